"""CPU targets and threads: choosing them, and the same bits from all that have FMA."""

import os
import subprocess
import sys

import pytest

from autograd_mlp import show_versions
from autograd_mlp._engine import cpu_info

AVAILABLE = cpu_info()["available"]

# Trains on odd sizes with every activation, every optimizer, and matrices large
# enough to be split among threads, then prints a digest of all weights and outputs.
TRAINING = """
import hashlib
import numpy as np
import autograd_mlp as keras
from autograd_mlp import Input, Sequential, ops, optimizers
from autograd_mlp._engine import Tape
from autograd_mlp.layers import Dense

digest = hashlib.sha256()
rng = np.random.default_rng(0)
x, t = rng.normal(size=(67, 33)), np.eye(5)[rng.integers(0, 5, 67)]
for dtype in ("float32", "float64"):
    kinds = [optimizers.SGD(0.01, 0.9), optimizers.Adagrad(), optimizers.Adadelta(),
             optimizers.RMSprop(), optimizers.Adam(), optimizers.AdamW(clipnorm=0.1),
             optimizers.RMSprop(centered=True, momentum=0.9, use_ema=True), optimizers.Adamax(),
             optimizers.Nadam(global_clipnorm=0.2), optimizers.Ftrl(l1_regularization_strength=0.1),
             optimizers.Lion(clipvalue=0.1, gradient_accumulation_steps=2),
             optimizers.Adam(amsgrad=True, weight_decay=0.1)]
    names = sorted(name for name, op in ops.OPS.items() if op.family == "activation"
                   and name not in ("glu", "threshold"))     # which need an even width, numbers
    for number, name in enumerate(names):
        keras.set_random_seed(number)
        model = Sequential([Input((33,)), Dense(19, activation=name, dtype=dtype),
                            Dense(5, activation="softmax", dtype=dtype)])
        model.compile(type(kinds[number % 12]).from_config(kinds[number % 12].get_config()),
                      "categorical_crossentropy")
        model.fit(x, t, batch_size=16, epochs=2, verbose=0)
        digest.update(model.predict(x, verbose=0).tobytes())
        for w in model.get_weights():
            digest.update(w.tobytes())
# steps that try one thread and several by turns, and a batch that is done in blocks
x, t = rng.normal(size=(256, 300)).astype("float32"), rng.normal(size=(256, 5))
keras.set_random_seed(7)
model = Sequential([Input((300,)), Dense(401, activation="tanh"), Dense(5)])
model.compile("rmsprop", "mse")
model.fit(x, t, batch_size=64, epochs=8, verbose=0)
for w in model.get_weights():
    digest.update(w.tobytes())
x, u, b = (keras.Tensor(rng.normal(size=n), requires_grad=True)
           for n in ((1100, 5), (5, 300), 300))
with Tape() as tape:
    for v in (u, b, x):
        v.zero_grad()
    y = ops.dense(x, u, b, activation="selu")
    ops.mean(ops.tanh(y)).backward()
tape.replay(12)
for array in (y, u.grad, b.grad, x.grad):
    digest.update(array.numpy().tobytes())
a, b = rng.normal(size=(301, 257)), rng.normal(size=(257, 290))
for dtype in ("float32", "float64"):
    u = keras.Tensor(a, dtype=dtype, requires_grad=True)
    v = keras.Tensor(b, dtype=dtype, requires_grad=True)
    y = u @ v
    ops.mean(ops.tanh(y)).backward()
    for array in (y, u.grad, v.grad):
        digest.update(array.numpy().tobytes())
# random numbers and normalization, in parts done by several threads
for name, arguments in (("dropout", (0.3, 1)), ("alpha_dropout", (0.3, 2)), ("add_noise", (0.5, 3)),
                        ("multiply_noise", (0.5, 4)), ("batch_norm", ()), ("layer_norm", ())):
    for dtype in ("float32", "float64"):
        x = keras.Tensor(rng.normal(size=(301, 517)), dtype=dtype, requires_grad=True)
        with Tape() as tape:
            x.zero_grad()
            y = getattr(ops, name)(x, *arguments)
            ops.mean(ops.tanh(y)).backward()
        tape.replay(9)
        for array in (y, x.grad):
            digest.update(array.numpy().tobytes())
digest.update(keras.random.uniform((1000, 77), 1.0, 3.0, seed=1).numpy().tobytes())
print(digest.hexdigest())
"""


def run(code, **environment):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                          env={**os.environ, **environment}, timeout=300)


@pytest.mark.parametrize("target", AVAILABLE)
def test_a_target_can_be_forced(target):
    code = "from autograd_mlp._engine import cpu_info; print(cpu_info()['target'])"
    assert run(code, AUTOGRAD_MLP_CPU=target).stdout.strip() == target


def test_an_unknown_target_is_refused():
    result = run("import autograd_mlp", AUTOGRAD_MLP_CPU="avx1024")
    assert result.returncode != 0
    assert "'avx1024'" in result.stderr and "baseline" in result.stderr


@pytest.mark.skipif("avx512" in AVAILABLE, reason="this processor has all targets")
def test_an_unavailable_target_is_refused():
    result = run("import autograd_mlp", AUTOGRAD_MLP_CPU="avx512")
    assert result.returncode != 0 and "does not have" in result.stderr


def test_show_versions(capsys):
    show_versions()
    text = capsys.readouterr().out
    for part in ("NumPy", "CPU target", "threads", "compiler", cpu_info()["target"]):
        assert part in text


@pytest.mark.skipif("avx2" not in AVAILABLE, reason="needs a processor with AVX2")
def test_same_bits_for_every_target_with_fma_and_any_number_of_threads():
    digests = {}
    for target in AVAILABLE[1:]:
        for threads in ("1", "2", "3"):
            result = run(TRAINING, AUTOGRAD_MLP_CPU=target, OMP_NUM_THREADS=threads)
            assert result.returncode == 0, result.stderr
            digests[target, threads] = result.stdout
    assert len(set(digests.values())) == 1, digests


def test_import_leaves_the_environment_alone():
    code = ("import os; before = dict(os.environ); import autograd_mlp; "
            "print(dict(os.environ) == before)")
    assert run(code).stdout.strip() == "True"


FORK = """
import os, sys
import numpy as np
from autograd_mlp import Tensor
a = Tensor(np.ones((600, 600)))
a @ a                                   # runs on several threads
child = os.fork()
if child == 0:
    ok = float((a @ a).sum()) == 600.0**3
    os._exit(0 if ok else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_works_after_threads_ran():
    assert run(FORK, OMP_NUM_THREADS="2").returncode == 0


def test_import_loads_nothing_heavy():
    heavy = ("matplotlib", "sklearn", "h5py", "pandas", "scipy", "urllib.request")
    code = f"import sys, autograd_mlp; print([m for m in {heavy} if m in sys.modules])"
    assert run(code).stdout.strip() == "[]"
