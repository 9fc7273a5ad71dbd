"""Python lambdas in configs: their compiled code, which runs only where the loader allows it."""

import base64
import binascii
import marshal
import types

from .._errors import warn


def dump(function):
    """Return ``[code, defaults, closure]`` of a lambda as Keras writes it.

    The code is that of the Python version in use: another version may not read it.
    """
    warn(
        "A lambda is saved as its compiled code, which only loads with safe_mode=False and the "
        "same version of Python; a named function with "
        "@autograd_mlp.saving.register_keras_serializable() loads anywhere."
    )
    code = base64.encodebytes(marshal.dumps(function.__code__)).decode("ascii")
    closure = function.__closure__
    return [code, function.__defaults__,
            [cell.cell_contents for cell in closure] if closure else None]


def load(value):
    """Return the function; the caller has made sure that the user trusts the file.

    In the code the names ``autograd_mlp``, ``keras``, ``ops`` and ``np`` are known.
    """
    import numpy as np

    import autograd_mlp

    code, defaults, closure = value if isinstance(value, (list, tuple)) else (value, None, None)
    try:
        code = marshal.loads(base64.b64decode(code))
        if not isinstance(code, types.CodeType):
            raise ValueError("no code")
        return types.FunctionType(
            code,
            {"autograd_mlp": autograd_mlp, "keras": autograd_mlp, "ops": autograd_mlp.ops,
             "np": np},
            code.co_name,
            tuple(defaults) if defaults else None,
            tuple(types.CellType(item) for item in closure) if closure else None,
        )
    except (binascii.Error, EOFError, TypeError, ValueError) as error:
        raise ValueError(
            f"The code of a lambda cannot be read: {error}. It was damaged, or saved with another "
            "version of Python."
        ) from error
