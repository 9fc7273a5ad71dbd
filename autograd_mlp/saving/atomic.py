"""Files written so that a crash leaves the old file or the new one, never a torn one.

The new content goes to a file beside the target, is flushed to the disk, and then takes the
target's name in one step, which POSIX and Windows both promise to be atomic.
"""

import contextlib
import os
import secrets
import shutil


@contextlib.contextmanager
def replacing(path):
    """Yield a binary file open for writing and reading, which becomes `path` if all goes well.

    If the block raises, the file is removed and `path` stays as it was. A process that is killed
    may leave a file ``.name.….part`` beside `path`.

    Raises
    ------
    OSError
        If the directory does not exist or may not be written to, if `path` is read-only, or if
        the disk is full.
    """
    target = os.path.realpath(path)
    _check_writable(target)
    part = _beside(target)
    file = open(part, "x+b")  # noqa: SIM115 - closed below, before the renaming
    try:
        with file:
            with contextlib.suppress(OSError):
                shutil.copymode(target, part)
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    except BaseException:
        file.close()
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise
    _sync_directory(os.path.dirname(target))


@contextlib.contextmanager
def replacing_directory(path):
    """Yield the path of a new directory, which becomes `path` if all goes well.

    Unlike with a file there is an instant, between two renamings, at which only the old
    directory's copy under another name exists.
    """
    target = os.path.realpath(path)
    part = _beside(target)
    os.mkdir(part)
    try:
        yield part
        for name in os.listdir(part):
            with open(os.path.join(part, name), "rb") as file:
                os.fsync(file.fileno())
        _sync_directory(part)
        old = None
        if os.path.lexists(target):
            old = _beside(target)
            os.rename(target, old)
        os.rename(part, target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)
    _sync_directory(os.path.dirname(target))


def _beside(target):
    directory, name = os.path.split(target)
    return os.path.join(directory, f".{name}.{secrets.token_hex(4)}.part")


def _check_writable(target):
    if os.path.isdir(target):
        raise IsADirectoryError(f"'{target}' is a directory: give the name of a file in it.")
    directory = os.path.dirname(target)
    if not os.path.isdir(directory):
        raise FileNotFoundError(
            f"There is no directory '{directory}' to save '{os.path.basename(target)}' in: make it "
            "first, for example with os.makedirs."
        )
    if os.path.exists(target) and not os.access(target, os.W_OK):
        raise PermissionError(f"'{target}' exists and is read-only; choose another name.")


def _sync_directory(directory):
    """Make the renaming itself outlive a power cut, where the system can do that."""
    with contextlib.suppress(OSError):
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
