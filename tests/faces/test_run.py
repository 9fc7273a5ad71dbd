"""``python -m autograd_mlp run script.py`` is ``python script.py``, but for keras."""

import importlib.util
import json
import sys

import pytest

from tests.faces.running import LIBRARY, output, python, run

LOOK = """
import json, sys, os
print(json.dumps({"argv": sys.argv, "name": __name__, "file": __file__, "spec": __spec__,
                  "path": sys.path[0], "main": sys.modules["__main__"].__dict__ is globals(),
                  "doc": __doc__, "cwd": os.getcwd()}))
"""


def test_a_script_finds_what_it_finds_under_python(tmp_path):
    (tmp_path / "plain.py").write_text(LOOK)
    (tmp_path / "neighbour.py").write_text("import keras; value = keras.__name__\n")
    plain = json.loads(python("plain.py", "a", "--help", "-m", cwd=tmp_path).stdout)
    ours = json.loads(output(tmp_path, LOOK, "a", "--help", "-m"))
    assert ours.pop("file") == str(tmp_path / "script.py")
    assert plain.pop("file") == str(tmp_path / "plain.py")
    assert ours.pop("argv") == ["script.py", "a", "--help", "-m"]
    assert plain.pop("argv") == ["plain.py", "a", "--help", "-m"]
    assert ours == plain
    assert output(tmp_path, "import neighbour; print(neighbour.value)") == "keras\n"


def test_a_module_runs_after_m(tmp_path):
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "__init__.py").write_text("")
    (tmp_path / "work" / "train.py").write_text(
        "import sys, keras\nfrom . import __name__ as package\n"
        "print(__name__, package, sys.argv[1:], keras)\n")
    result = python("-m", "autograd_mlp", "run", "-m", "work.train", "-x", cwd=tmp_path)
    assert result.stdout.startswith("__main__ work ['-x'] <module 'keras' (autograd_mlp")


@pytest.mark.parametrize("end, status, said", [
    ("sys.exit(3)", 3, ""), ("sys.exit('stop')", 1, "stop\n"), ("sys.exit()", 0, ""),
    ("os._exit(5)", 5, ""), ("os.kill(os.getpid(), 2)", -2, "KeyboardInterrupt\n")])
def test_exit_codes(tmp_path, end, status, said):
    result = run(tmp_path, f"import os, sys, time\n{end}\ntime.sleep(0)")
    assert result.returncode == status
    assert result.stderr.endswith(said)


@pytest.mark.parametrize("source", [
    "def f():\n    return 1 / 0\n\ntry:\n    f()\nexcept ZeroDivisionError as e:\n"
    "    raise ValueError('bad') from e\n",
    "x = (\n", "import nowhere_to_be_found\n", "raise KeyboardInterrupt\n"])
def test_a_traceback_is_pythons(tmp_path, source):
    ours = run(tmp_path, source)
    plain = python("script.py", cwd=tmp_path)
    assert ours.stderr == plain.stderr and ours.returncode == plain.returncode


def test_globals_live_until_the_end(tmp_path):
    assert output(tmp_path, "import atexit\nword = 'bye'\n"
                            "atexit.register(lambda: print(word))\n") == "bye\n"


def test_warnings_and_sources_of_functions(tmp_path):
    assert output(tmp_path, "import inspect\ndef f():\n    return 1\n"
                            "print(inspect.getsource(f))") == "def f():\n    return 1\n\n"


FAKE = "raise SystemExit('the installed one was imported')\n"


def fake_installation(folder):
    for name in ("keras", "tensorflow"):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(FAKE)
    return str(folder)


WORKERS = """
import multiprocessing, subprocess, sys
import tensorflow as tf

def face(i):
    from keras.layers import Dense
    import tensorflow.keras
    return repr(tensorflow.keras), Dense.__module__, "jax" in sys.modules

if __name__ == "__main__":
    for method in ("spawn", "forkserver", "fork"):
        if method in multiprocessing.get_all_start_methods():
            with multiprocessing.get_context(method).Pool(1) as pool:
                print(method, *pool.map(face, [0]))
    if JOBLIB:
        import joblib
        print("loky", *joblib.Parallel(n_jobs=2)(joblib.delayed(face)(i) for i in range(1)))
    code = "import keras, sys; sys.path.insert(0, '.'); import script; print('sub', script.face(0))"
    print(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout)
"""


def test_worker_processes_have_the_same_keras(tmp_path):
    joblib = importlib.util.find_spec("joblib") is not None
    lines = output(tmp_path, WORKERS.replace("JOBLIB", str(joblib)),
                   PYTHONPATH=fake_installation(tmp_path / "site")).split("\n")
    lines = [line for line in lines if line]
    assert len(lines) >= 2 + joblib
    for line in lines:
        assert "<module 'tensorflow.keras' (autograd_mlp" in line, lines
        assert "'autograd_mlp.layers.dense', False" in line


def test_workers_find_a_library_that_only_the_current_folder_has(tmp_path):
    """``python -m`` looks into the current folder first; workers of a script elsewhere do not."""
    script = tmp_path / "script.py"
    script.write_text("import subprocess, sys\n"
                      "print(subprocess.run([sys.executable, '-c', 'import keras; "
                      "print(keras.Sequential.__module__, keras.activations.__path__)'], cwd='/',"
                      " capture_output=True, text=True))\n")
    result = python("-m", "autograd_mlp", "run", script, cwd=LIBRARY)
    assert "autograd_mlp.models.sequential []" in result.stdout


def test_install_as_keras_in_a_session(tmp_path):
    session = (
        "import os, sys, autograd_mlp\n"
        "first = sys.path[0]\n"
        "assert autograd_mlp.install_as_keras() is None\n"
        "once = list(sys.path), os.environ['PYTHONPATH'], list(sys.meta_path)\n"
        "autograd_mlp.install_as_keras()\n"
        "assert once == (sys.path, os.environ['PYTHONPATH'], sys.meta_path)\n"
        "assert sys.path[0] == first\n"
        "import keras, tensorflow as tf\n"
        "assert tf.keras.Sequential is keras.Sequential is autograd_mlp.Sequential\n"
        "autograd_mlp.install_as_keras()\n")
    result = python("-W", "error", "-c", session, cwd=tmp_path,
                    PYTHONPATH=fake_installation(tmp_path / "site"))
    assert result.returncode == 0, result.stderr


def test_a_keras_imported_before_is_refused(tmp_path):
    (tmp_path / "keras.py").write_text("")
    result = python("-c", "import keras, autograd_mlp; autograd_mlp.install_as_keras()",
                    cwd=tmp_path)
    assert "RuntimeError: keras was imported already (from " in result.stderr
    assert "restart the kernel" in result.stderr


def test_the_library_itself_does_not_install_the_names():
    result = python("-c", "import autograd_mlp, sys; print('keras' in sys.modules, "
                          "'autograd_mlp.faces.tf' in sys.modules)")
    assert result.stdout == "False False\n", result.stderr


@pytest.mark.parametrize("arguments, status, said", [
    ([], 0, "usage: python -m autograd_mlp run SCRIPT"),
    (["--help"], 0, "usage: "),
    (["run", "--help"], 0, "usage: "),
    (["--version"], 0, "autograd_mlp 0."),
    (["versions"], 0, "CPU target"),
    (["run"], 2, "run needs a script"),
    (["run", "nowhere.py"], 2, "can't open the script 'nowhere.py': No such file"),
    (["run", "."], 2, "can't open the script '.'"),
    (["run", "-q", "a.py"], 2, "run does not know the option '-q'"),
    (["run", "-m"], 2, "-m needs the name of a module"),
    (["rum"], 2, "there is no command 'rum'; did you mean 'run'?"),
    (["train.py"], 2, "python -m autograd_mlp run train.py"),
])
def test_the_command_line_explains_itself(arguments, status, said, capsys):
    from autograd_mlp.cli import main
    code = 0
    try:
        main(arguments)
    except SystemExit as end:
        code = end.code
    captured = capsys.readouterr()
    assert code == status
    assert said in (captured.err if status else captured.out)
    assert sys.argv[0] != "nowhere.py"
