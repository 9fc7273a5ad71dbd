"""Where files are looked up, and what happens when they must be downloaded.

A server on 127.0.0.1 takes the place of the public addresses.
"""

import http.server
import io
import os
import threading

import numpy as np
import pytest

from autograd_mlp.datasets import _files, mnist, pima_indians

ARRAYS = {"x": np.arange(6, dtype=np.float32).reshape(2, 3), "y": np.array([1, 0], np.uint8)}
SHA256 = _files.content_sha256(ARRAYS)


def npz(arrays, **kwargs):
    file = io.BytesIO()
    np.savez(file, **arrays, **kwargs)
    return file.getvalue()


def read(path):
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


class Server:
    """Serves `content`; counts requests."""

    def __init__(self):
        self.content, self.status, self.requests, self.announced = npz(ARRAYS), 200, 0, None
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.requests += 1
                self.send_response(outer.status)
                self.send_header("Content-Length", str(outer.announced or len(outer.content)))
                self.end_headers()
                self.wfile.write(outer.content)

            def log_message(self, *args):
                pass

        self.httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.httpd.server_port}/data.npz"
        threading.Thread(target=self.httpd.serve_forever, daemon=True).start()

    def close(self):
        self.httpd.shutdown()
        self.httpd.server_close()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    server = Server()
    yield server
    server.close()


@pytest.fixture
def homes(tmp_path, monkeypatch):
    """Three empty homes, in the order in which they are looked at."""
    names = ["own", "keras", "user/.keras"]
    homes = [tmp_path / name for name in names]
    monkeypatch.setenv("AUTOGRAD_MLP_HOME", str(homes[0]))
    monkeypatch.setenv("KERAS_HOME", str(homes[1]))
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    return homes


def load(url="http://127.0.0.1:1/nothing", sha256=SHA256):
    return _files.load("data.npz", url, sha256, read)


def everything_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def put(home, content):
    folder = home / "datasets"
    folder.mkdir(parents=True)
    (folder / "data.npz").write_bytes(content)


@pytest.mark.parametrize("holder", [0, 1, 2])
def test_any_of_the_folders_will_do(homes, holder):
    put(homes[holder], npz(ARRAYS))
    arrays = load()
    assert np.array_equal(arrays["x"], ARRAYS["x"])


def test_the_first_folder_wins(homes, server):
    put(homes[0], npz(ARRAYS))
    put(homes[1], b"torn")
    load()


@pytest.mark.parametrize(
    "unset, expected",
    [((), 0), (("AUTOGRAD_MLP_HOME",), 1), (("AUTOGRAD_MLP_HOME", "KERAS_HOME"), 2)],
)
def test_download_goes_to_the_first_folder_that_is_set(
    homes, server, monkeypatch, tmp_path, unset, expected, capsys
):
    for name in unset:
        monkeypatch.setenv(name, "")
    arrays = load(server.url)
    assert np.array_equal(arrays["y"], ARRAYS["y"]) and server.requests == 1
    assert everything_below(tmp_path) == [
        str((homes[expected] / "datasets/data.npz").relative_to(tmp_path))
    ]
    assert capsys.readouterr().out == f"Downloading data from {server.url}\n"
    load(server.url)
    assert server.requests == 1 and capsys.readouterr().out == ""


def test_a_tilde_is_the_home(homes, monkeypatch, tmp_path):
    monkeypatch.setenv("AUTOGRAD_MLP_HOME", "~/mine")
    assert _files.folders()[0] == tmp_path / "user/mine/datasets"


@pytest.mark.skipif(os.name != "posix", reason="permission bits are a matter of POSIX")
def test_downloaded_file_has_the_usual_permissions(homes, server):
    load(server.url)
    other = homes[0] / "datasets" / "other"
    other.touch()
    mode = (homes[0] / "datasets" / "data.npz").stat().st_mode
    assert mode == other.stat().st_mode


def test_wrong_data_are_not_kept(homes, server, tmp_path):
    server.content = npz({**ARRAYS, "y": np.array([1, 1], np.uint8)})
    with pytest.raises(OSError, match="SHA-256") as raised:
        load(server.url)
    assert server.url in str(raised.value) and ".part" not in str(raised.value)
    assert everything_below(tmp_path) == []


def test_torn_downloads_are_not_kept(homes, server, tmp_path):
    server.announced = len(server.content) + 1000
    server.httpd.RequestHandlerClass.protocol_version = "HTTP/1.0"
    with pytest.raises(OSError, match="failed"):
        load(server.url)
    assert everything_below(tmp_path) == []


def test_a_page_instead_of_the_file_is_not_kept(homes, server, tmp_path):
    server.content = b"<html>Please log in</html>"
    with pytest.raises(OSError, match="cannot be read"):
        load(server.url)
    assert everything_below(tmp_path) == []


def test_pickles_are_not_opened(homes, server, tmp_path):
    class Bomb:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "exploded"),))

    server.content = npz({"x": np.array([Bomb()], dtype=object)})
    with pytest.raises(OSError):
        load(server.url)
    assert everything_below(tmp_path) == [] and not (tmp_path / "exploded").exists()


def test_not_found_at_the_address(homes, server, tmp_path):
    server.status = 404
    with pytest.raises(OSError, match="404"):
        load(server.url)
    assert everything_below(tmp_path) == []


def test_offline_says_what_to_do(homes, tmp_path):
    url = "http://127.0.0.1:1/data.npz"  # nobody listens there
    with pytest.raises(OSError) as raised:
        load(url)
    message = str(raised.value)
    assert isinstance(raised.value, _files.DatasetError)
    for part in ("data.npz", url, str(homes[0] / "datasets"), str(homes[1]), str(homes[2])):
        assert part in message
    assert everything_below(tmp_path) == []


def test_a_file_with_other_data_is_reported_and_left_alone(homes, server):
    put(homes[1], npz({"x": ARRAYS["x"]}))
    with pytest.raises(OSError, match="SHA-256") as raised:
        load(server.url)
    assert str(homes[1] / "datasets" / "data.npz") in str(raised.value)
    assert server.requests == 0 and (homes[1] / "datasets" / "data.npz").exists()


def test_the_hash_is_of_the_content(tmp_path):
    plain, packed = tmp_path / "a.npz", tmp_path / "b.npz"
    np.savez(plain, **ARRAYS)
    np.savez_compressed(packed, **dict(reversed(ARRAYS.items())))
    assert plain.read_bytes() != packed.read_bytes()
    assert _files.content_sha256(read(plain)) == _files.content_sha256(read(packed)) == SHA256


@pytest.mark.parametrize(
    "changed",
    [
        {"x": ARRAYS["x"] + 1, "y": ARRAYS["y"]},
        {"x": ARRAYS["x"].astype(np.float64), "y": ARRAYS["y"]},
        {"x": ARRAYS["x"].reshape(3, 2), "y": ARRAYS["y"]},
        {"x": ARRAYS["x"]},
        {"z": ARRAYS["x"], "y": ARRAYS["y"]},
    ],
)
def test_the_hash_sees_every_change(changed):
    assert _files.content_sha256(changed) != SHA256


def test_the_hash_does_not_see_layout_and_byte_order():
    x = np.asfortranarray(ARRAYS["x"]).astype(">f4")
    assert _files.content_sha256({**ARRAYS, "x": x}) == SHA256


def test_data_sets_use_their_public_addresses(homes, monkeypatch):
    asked = []
    monkeypatch.setattr(_files, "load", lambda *args: asked.append(args) or {})
    for module, file_name, host in (
        (mnist, "mnist.npz", "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"),
        (pima_indians, "pima-indians-diabetes.csv", "https://raw.githubusercontent.com/jbrownlee/"),
    ):
        with pytest.raises(KeyError):
            module.load_data()
        assert asked[-1][0] == file_name and asked[-1][1].startswith(host)
