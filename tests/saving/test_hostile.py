"""Files that want something else than to be loaded: ValueError or OSError, soon, and no harm."""

import base64
import io
import json
import marshal
import pickle
import resource
import struct
import time
import zipfile

import numpy as np
import pytest

from autograd_mlp import Input, Sequential, layers, models

h5py = pytest.importorskip("h5py")


def network():
    return Sequential([Input((4,)), layers.Dense(3, activation="relu", name="first"),
                       layers.Dense(2, name="second")])


@pytest.fixture
def refused(tmp_path):
    """A check that a file is refused quickly, within little memory, and changes nothing."""
    model = network()
    before = model.get_weights()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def check(path, load, match=None):
        began = time.monotonic()
        with pytest.raises((ValueError, OSError), match=match) as found:
            load(path) if load is models.load_model else model.load_weights(path)
        assert not isinstance(found.value, UnicodeError) and str(path) in str(found.value)
        assert time.monotonic() - began < 2
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 300_000  # kB
        for now, then in zip(model.get_weights(), before, strict=True):
            assert np.array_equal(now, then)

    return check


@pytest.fixture
def keras_file(tmp_path):
    """A way to write a .keras file with one of its parts exchanged."""
    def write(**parts):
        path, source = tmp_path / "changed.keras", tmp_path / "whole.keras"
        if not source.exists():
            network().save(source)
        with zipfile.ZipFile(source) as archive:
            content = {name: archive.read(name) for name in archive.namelist()}
        content |= {name.replace("__", "."): value for name, value in parts.items()}
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, value in content.items():
                if value is not None:
                    archive.writestr(name, value)
        return path

    write.config = lambda: json.loads(zipfile.ZipFile(write()).read("config.json"))
    return write


def h5_file(fill):
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as h5:
        fill(h5)
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["m.keras", "m.h5", "w.weights.h5", "w.npz", "w.safetensors"])
def test_a_file_cut_anywhere(tmp_path, refused, name, recwarn):
    path, whole = tmp_path / name, network()
    whole.save(path) if name[0] == "m" else whole.save_weights(path)
    recwarn.clear()
    content = path.read_bytes()
    for length in sorted({0, 1, 7, 8, 9, 50, *np.linspace(60, len(content) - 1, 25).astype(int)}):
        path.write_bytes(content[:length])
        refused(path, models.load_model if name[0] == "m" else None)


@pytest.mark.parametrize("name", ["w.weights.h5", "w.npz", "w.safetensors", "m.keras"])
def test_bytes_changed_at_random_never_crash(tmp_path, name):
    path, model = tmp_path / name, network()
    model.save(path) if name[0] == "m" else model.save_weights(path)
    content, rng = path.read_bytes(), np.random.default_rng(0)
    for _ in range(60):
        damaged = bytearray(content)
        for place in rng.integers(0, len(content) if rng.random() < 0.5 else 400, size=4):
            damaged[place] = rng.integers(256)
        path.write_bytes(damaged)
        try:
            models.load_model(path) if name[0] == "m" else model.load_weights(path)
        except (ValueError, OSError):
            pass


@pytest.mark.parametrize("config", [
    "", "null", "[]", "3", '{"class_name": 3}', "[" * 100_000, '{"a":' * 100_000, "\xff",
    '{"module": "os", "class_name": "system", "config": "true"}',
    '{"module": "autograd_mlp.saving.lambdas", "class_name": "load", "config": {}}',
    '{"module": "keras", "class_name": "Sequential", "config": {}}',
    '{"module": "keras", "class_name": "Sequential", "config": {"layers": 3}}',
    '{"module": "keras", "class_name": "Sequential", "config": {"layers": [[], "x"]}}',
    '{"module": "keras.losses", "class_name": "MeanSquaredError", "config": {}}',
], ids=lambda config: config[:60])
def test_configs(keras_file, refused, config):
    refused(keras_file(config__json=config), models.load_model)


@pytest.mark.parametrize("units", [10**9, 10**18, 2**63, -1, 0, 1.5, "3", None, [3]])
def test_absurd_sizes(keras_file, refused, units):
    config = keras_file.config()
    config["config"]["layers"][1]["config"]["units"] = units
    refused(keras_file(config__json=json.dumps(config)), models.load_model)


@pytest.mark.parametrize("shape", [[None, 10**9], [None, 2**62, 2**62], [None, -4], "4", [[4]],
                                   [None, 5]])
def test_absurd_input_shapes(keras_file, refused, shape):
    config = keras_file.config()
    config["config"]["layers"][0]["config"]["batch_shape"] = shape
    refused(keras_file(config__json=json.dumps(config)), models.load_model)


def test_code_in_a_config_is_not_run(keras_file, refused, tmp_path):
    proof = tmp_path / "proof"
    code = compile(f"lambda x: open({str(proof)!r}, 'w').close() or x", "f", "eval").co_consts[0]
    value = [base64.b64encode(marshal.dumps(code)).decode(), None, None]
    config = keras_file.config()
    config["config"]["layers"][1]["config"]["activation"] = {
        "class_name": "__lambda__", "config": {"value": value}}
    path = keras_file(config__json=json.dumps(config))
    refused(path, models.load_model, match="safe_mode=False")
    assert not proof.exists()
    models.load_model(path, safe_mode=False).predict(np.zeros((1, 4)), verbose=0)
    assert proof.exists()


class Bomb:
    def __reduce__(self):
        return exec, ("raise SystemExit('this code must not run')",)


def test_pickles_are_not_opened(tmp_path, refused):
    path = tmp_path / "w.npz"
    array = np.array([Bomb()], dtype=object)
    np.savez(path, **{"first/kernel": array})
    refused(path, None, match="instead of numbers")
    path.write_bytes(pickle.dumps({"first/kernel": 3}))
    refused(path, None)


@pytest.mark.parametrize("fill", [
    lambda h5: h5.__setitem__("layers", h5py.SoftLink("/elsewhere")),
    lambda h5: h5.__setitem__("layers", h5py.ExternalLink("/etc/passwd", "/")),
    lambda h5: h5.create_dataset("layers/dense/vars/0", (4, 3), "f4",
                                 external=[("/etc/hostname", 0, 48)]),
    lambda h5: h5.create_dataset("layers/dense/vars/0", (10**9, 10**3), "f4", chunks=(1000, 1000),
                                 compression="gzip"),
    lambda h5: h5.create_dataset("layers/dense/vars/0", (10**8,), "f4"),
    lambda h5: h5.create_dataset("layers/dense/vars/0", data=["text"] * 12),
    lambda h5: h5.create_dataset("layers/dense/vars/0", data=np.zeros((4, 3), "c8")),
    lambda h5: h5.create_dataset("layers/dense/vars", data=np.zeros((4, 3))),
    lambda h5: h5.create_group("layers/dense/vars/0"),
    lambda h5: h5.__setitem__("layers/loop", h5.create_group("layers")),
    lambda h5: h5.create_dataset("layers/dense/vars/0", data=h5py.Empty("f4")),
], ids=["soft link", "external link", "external values", "empty chunks", "not written", "text",
        "complex", "no group", "no dataset", "cycle", "null"])
def test_hdf5_tricks(tmp_path, refused, keras_file, fill):
    content = h5_file(fill)
    path = tmp_path / "w.weights.h5"
    path.write_bytes(content)
    refused(path, None)
    refused(keras_file(model__weights__h5=content), models.load_model)


def test_zip_bomb(keras_file, refused):
    for part in ("config__json", "model__weights__h5"):
        path = keras_file(**{part: b"\0" * 30_000_000})
        assert path.stat().st_size < 1_000_000
        refused(path, models.load_model, match="claims 30000000 bytes")


def test_missing_parts(keras_file, refused):
    for part in ("config__json", "model__weights__h5"):
        refused(keras_file(**{part: None}), models.load_model, match="no model saved by Keras 3")


def test_names_in_the_archive_lead_nowhere(keras_file, tmp_path):
    path = keras_file(**{"../escaped": b"x", "/tmp/absolute__": b"x"})
    models.load_model(path)
    assert not (tmp_path.parent / "escaped").exists()


def test_npz_bomb(tmp_path, refused):
    path = tmp_path / "w.npz"
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000, 1000), }"
    header += b" " * (118 - len(header) - 1) + b"\n"
    for content in (b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header,
                    b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**32 - 1) + b"{}", b"text", b"",
                    b"\x93NUMPY\x01\x00" + b"\x3c\x00{'descr': (" + b" " * 49 + b"\n"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("first/kernel.npy", content)
        refused(path, None)


def safetensors(header, data=b""):
    text = json.dumps(header).encode() if isinstance(header, dict) else header
    return struct.pack("<Q", len(text)) + text + data


@pytest.mark.parametrize("content", [
    b"", b"\xff" * 8, struct.pack("<Q", 2**62), safetensors(b"no json"), safetensors(b"[]"),
    safetensors(b"[" * 50_000),
    safetensors({"a": 3}), safetensors({"a": {"dtype": "F32", "shape": [2]}}),
    safetensors({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}, b"1234"),
    safetensors({"a": {"dtype": "X", "shape": [1], "data_offsets": [0, 4]}}, b"1234"),
    safetensors({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}, b"12345678"),
    safetensors({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, b"12345678"),
    safetensors({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
                 "b": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, b"1234"),
    safetensors({"a": {"dtype": "F32", "shape": [-1, -1], "data_offsets": [0, 4]}}, b"1234"),
    safetensors({"a": {"dtype": "F32", "shape": [10**18] * 9, "data_offsets": [0, 4]}}, b"1234"),
    safetensors({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, True]}}, b"1234"),
    safetensors(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},'
                b'"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', b"1234"),
])
def test_safetensors_headers(tmp_path, refused, content):
    path = tmp_path / "w.safetensors"
    path.write_bytes(content)
    refused(path, None, match="no .safetensors file")
