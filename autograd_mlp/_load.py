"""Loads the compiled engine, under the conditions it wants."""

import os

# gcc's OpenMP reads this once, when the engine loads it: a thread that waits for work looks for it
# this often (some 20 to 100 µs), then sleeps.  Its default is to spin for milliseconds, which made
# MNIST 784-512-10 three times slower where both of 2 cores were busy (Cascade Lake); sleeping at
# once costs more to wake up than the products of a small network take.
_unset = not {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"} & set(os.environ)
if _unset:
    os.environ["GOMP_SPINCOUNT"] = "2000"
try:
    import autograd_mlp._engine  # noqa: F401
except ModuleNotFoundError as error:
    if error.name != "autograd_mlp._engine":
        raise
    raise ImportError(
        "this is the source folder of autograd_mlp, whose compiled part was not built in place: "
        "run  pip install -e .  in it, or start Python in another folder"
    ) from None
finally:
    if _unset:
        del os.environ["GOMP_SPINCOUNT"]
