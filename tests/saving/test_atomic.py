"""A save replaces a file in one step, or leaves it as it was."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from autograd_mlp import Input, Sequential, layers
from autograd_mlp.saving import atomic

SAVE_FOREVER = """
import sys
import numpy as np
from autograd_mlp import Input, Sequential, layers
model = Sequential([Input((64,)), layers.Dense(256)])
model.layers[0].bias.assign(np.full(256, 1.0))
model.layers[0].kernel.assign(np.full((64, 256), 1.0))
model.save_weights(sys.argv[1])
print("ready", flush=True)
number = 1.0
while True:
    number += 1.0
    for w in model.weights:
        w.assign(np.full(w.shape, number))
    model.save_weights(sys.argv[1])
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
@pytest.mark.parametrize("name", ["w.npz", "w.weights.h5"])
def test_killed_while_saving(tmp_path, name):
    if name.endswith("h5"):
        pytest.importorskip("h5py")
    path = tmp_path / name
    model = Sequential([Input((64,)), layers.Dense(256)])
    rng = np.random.default_rng(0)
    for _ in range(3):
        process = subprocess.Popen([sys.executable, "-c", SAVE_FOREVER, str(path)],
                                   stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(rng.uniform(0, 0.05))
        process.kill()
        process.wait()
        process.stdout.close()
        model.load_weights(path)
        kernel, bias = model.get_weights()
        assert (kernel == bias[0]).all() and (bias == bias[0]).all()


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), atomic.replacing(path) as file:
        file.write(b"half of it")
        file.write(1 / 0)
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["file"]


def test_disk_full(tmp_path):
    """Not only the writing may fail, also the flushing at the end."""
    path = tmp_path / "w.npz"
    model = Sequential([Input((4,)), layers.Dense(3)])
    model.save_weights(path)
    before = path.read_bytes()
    script = ("import resource, signal, sys\n"
              "from autograd_mlp import Input, Sequential, layers\n"
              "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
              "model = Sequential([Input((64,)), layers.Dense(512)])\n"
              "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
              "for name in sys.argv[1:]:\n"
              "    try:\n"
              "        model.save_weights(name)\n"
              "    except OSError as error:\n"
              "        print(type(error).__name__)\n")
    names = [str(path), str(tmp_path / "w.safetensors")]
    result = subprocess.run([sys.executable, "-c", script, *names], capture_output=True, text=True)
    assert result.stdout == "OSError\n" * 2, result.stderr
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["w.npz"]


def test_modes_and_links(tmp_path):
    path, link = tmp_path / "file", tmp_path / "link"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    with atomic.replacing(link) as file:
        file.write(b"new")
    assert path.read_text() == "new" and link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    mask = os.umask(0o027)
    try:
        with atomic.replacing(tmp_path / "fresh") as file:
            file.write(b"x")
    finally:
        os.umask(mask)
    assert (tmp_path / "fresh").stat().st_mode & 0o777 == 0o640


def test_where_nothing_can_be_written(tmp_path):
    with pytest.raises(IsADirectoryError), atomic.replacing(tmp_path):
        pass
    with pytest.raises(FileNotFoundError, match="os.makedirs"), atomic.replacing(
            tmp_path / "a" / "b"):
        pass
    if os.getuid():
        path = tmp_path / "file"
        path.write_text("old")
        path.chmod(0o440)
        with pytest.raises(PermissionError, match="read-only"), atomic.replacing(path):
            pass
