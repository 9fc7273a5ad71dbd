"""Fetching files: whole or not at all, and only what was expected.

Modules that only a download needs are imported by the functions that use them: they take a tenth
of the time of ``import autograd_mlp``, which most programs would spend for nothing.
"""

import os

_TIMEOUT_SECONDS = 30
_PIECE = 1 << 16    # bytes that are read at once


def homes():
    """Return the folders that hold ``datasets/`` and the like, first choice first."""
    from pathlib import Path

    found = [os.environ.get("AUTOGRAD_MLP_HOME"), os.environ.get("KERAS_HOME"), "~/.keras"]
    return [Path(home).expanduser() for home in found if home]


def fetch(url, path, check=None):
    """Download a file.

    Parameters
    ----------
    url : str
        ``http``, ``https``, ``ftp`` or ``file``.
    path : pathlib.Path
        Where it goes to; its folder is made. What is there is replaced, at the end and at once.
    check : callable, optional
        Called with the path of the downloaded file before it gets its name; what it raises ends
        the download, and nothing is kept.

    Returns
    -------
    What `check` returned.

    Raises
    ------
    OSError
        If it cannot be had, or arrives incomplete.
    """
    import http.client
    import secrets
    import urllib.request

    print(f"Downloading data from {url}", flush=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as response, \
                    part.open("xb") as file:
                _copy(response, file)
                file.flush()
                os.fsync(file.fileno())
        except (http.client.HTTPException, ValueError) as error:    # ValueError: no such scheme
            raise OSError(str(error)) from error
        result = check(part) if check else None
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return result


def _copy(response, file):
    """Copy a response to a file, with a progress bar on a terminal."""
    from . import console
    from .progbar import Progbar

    size = int(response.headers.get("Content-Length") or -1)
    bar = Progbar(size) if size > 0 and console.is_live() else None
    done = 0
    while piece := response.read(_PIECE):
        file.write(piece)
        done += len(piece)
        if bar is not None:
            bar.update(done)
    if 0 <= size != done:
        raise OSError(f"the connection ended after {done} of {size} bytes")
