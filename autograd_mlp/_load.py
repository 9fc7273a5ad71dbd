"""Loads the compiled engine, under the conditions it wants."""

import os

# gcc's OpenMP reads this once, when the engine loads it: a thread that waits for work looks that
# many times whether there is some, then sleeps.  By default it looks for a long time, which made
# MNIST 784-512-10 four times slower where both of 2 cores were busy (Cascade Lake: 13 ms a step;
# one thread 3.1); if it slept at once, waking it would cost more than a small product takes.
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
