"""What is running: for bug reports and for benchmarks."""

__version__ = "0.1.0"

# The Keras that behaviour and files are compared with (tests/parity); files and the face of
# ``keras`` say that they are of this version.
KERAS_VERSION = "3.15.1"


def show_versions():
    """Print the versions, the CPU target in use, threads and compiler.

    Examples
    --------
    >>> from autograd_mlp import show_versions
    >>> show_versions()  # doctest: +ELLIPSIS
    autograd_mlp  ...
    """
    import platform

    import numpy

    from autograd_mlp._engine import cpu_info

    info = cpu_info()
    lines = {
        "autograd_mlp": __version__,
        "Python": platform.python_version(),
        "NumPy": numpy.__version__,
        "compiler": info["compiler"],
        "CPU target": f"{info['target']} ({info['float32 lanes']} float32 lanes; "
        f"available: {', '.join(info['available'])})",
        "threads": info["threads"],
        "platform": platform.platform(),
    }
    for name, value in lines.items():
        print(f"{name:<13} {value}")
