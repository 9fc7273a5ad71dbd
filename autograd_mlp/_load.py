"""Loads the compiled engine, under the conditions it wants."""

import os

# gcc's OpenMP reads this once, when the engine loads it: waiting threads then sleep instead of
# spinning.  Where both of 2 cores were busy, spinning made MNIST 784-512-10 three times slower
# (Cascade Lake: 13 ms a step instead of 4.5; one thread 3.1).
_unset = "OMP_WAIT_POLICY" not in os.environ
if _unset:
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
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
        del os.environ["OMP_WAIT_POLICY"]
