"""`get_file`: files from the web, kept for the next time."""

import os

from .._errors import warn
from . import download


def get_file(fname=None, origin=None, untar=False, md5_hash=None, file_hash=None,
             cache_subdir="datasets", hash_algorithm="auto", extract=False,
             archive_format="auto", cache_dir=None, force_download=False):
    """Return the path of a file that is downloaded unless it is there already.

    Parameters
    ----------
    fname : str or path, optional
        Its name here, without folders; that at `origin` if not given. If an archive is extracted
        and this has no dot, the name of the folder it is extracted to.
    origin : str
        Its address, ``https://…``, or ``file://…``.
    untar : bool
        Old form of ``extract=True, archive_format="tar"``.
    md5_hash : str, optional
        Old form of `file_hash`.
    file_hash : str, optional
        SHA-256 or MD5 of the file, in hexadecimal digits. A file that is there and has another is
        downloaded again.
    cache_subdir : str, default "datasets"
        Folder inside of `cache_dir`; an absolute path is taken as it is.
    hash_algorithm : {"auto", "sha256", "md5"}
        ``"auto"`` tells it by the length of `file_hash`.
    extract : bool, default False
        Extract an archive, and return the folder. An archive that would write outside of it is
        refused.
    archive_format : {"auto", "tar", "zip", None} or list of them
        Formats to try; ``"tar"`` also if it is compressed.
    cache_dir : str or path, optional
        If not given, the file is looked up in ``$AUTOGRAD_MLP_HOME``, ``$KERAS_HOME`` and
        ``~/.keras``, and downloaded to the first of these that is set (to the folder for
        temporary files if that cannot be written to).
    force_download : bool, default False
        Download it although it is there.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If `origin` is missing, `fname` has a folder in it, the hash is not the expected one, or an
        archive is not safe. A download with a wrong hash is not kept.
    OSError
        If it cannot be downloaded; nothing is left behind then.
    """
    if origin is None:
        raise ValueError("get_file: give the address of the file as `origin`")
    if file_hash is None and md5_hash is not None:
        file_hash, hash_algorithm = md5_hash, "md5"
    if hash_algorithm not in ("auto", "sha256", "md5"):
        raise ValueError("get_file: hash_algorithm must be 'auto', 'sha256' or 'md5', got "
                         f"{hash_algorithm!r}")
    formats = _formats("tar" if untar else archive_format)
    target, folder = _names(fname, origin, extract or untar)
    path = _find(target, cache_subdir, cache_dir)
    if force_download or not path.is_file() or not _is_right(path, file_hash, hash_algorithm):
        def check(part):
            if file_hash is not None and not _has_hash(part, file_hash, hash_algorithm):
                raise ValueError(f"get_file: what {origin} gave has not the hash {file_hash}: it "
                                 "is incomplete, or another file. Nothing was kept.")

        try:
            download.fetch(origin, path, check)
        except OSError as error:
            raise OSError(f"URL fetch failure on {origin}: {error}") from error
    if folder is None:
        return str(path)
    return _extract(path, path.with_name(folder), formats)


def _names(fname, origin, extract):
    """The name of the file, and that of the folder if an archive is to be extracted."""
    import urllib.parse

    given = os.fspath(fname) if fname else ""
    if os.sep in given or "/" in given:
        raise ValueError(f"get_file: fname must be a name without folders, got {given!r}; give the "
                         "folder as cache_dir or cache_subdir")
    name = given or os.path.basename(urllib.parse.unquote(urllib.parse.urlsplit(origin).path))
    if not name:
        raise ValueError(f"get_file: {origin!r} does not end in the name of a file; give fname")
    if not extract:
        return name, None
    if "." in given:
        return name, f"{name[: name.find('.')]}_extracted"
    return f"{name}_archive", name


def _find(name, cache_subdir, cache_dir):
    """Where the file is, or else where it is to be."""
    import tempfile
    from pathlib import Path

    if cache_dir is not None:
        homes = [Path(cache_dir).expanduser()]
    else:
        homes = download.homes()
        for home in homes:
            if (home / cache_subdir / name).is_file():
                return home / cache_subdir / name
    home = homes[0]
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    if not os.access(there, os.W_OK):
        home = Path(tempfile.gettempdir()) / ".keras"
    return home / cache_subdir / name


def _is_right(path, file_hash, algorithm):
    if file_hash is None or _has_hash(path, file_hash, algorithm):
        return True
    print(f"{path} is there, but has not the hash {file_hash}: it is downloaded again.")
    return False


def _has_hash(path, file_hash, algorithm):
    import hashlib

    if algorithm == "auto":
        algorithm = "sha256" if len(file_hash) == 64 else "md5"
    with path.open("rb") as file:
        found = hashlib.file_digest(file, lambda: hashlib.new(algorithm, usedforsecurity=False))
    return found.hexdigest() == file_hash.lower()


def _formats(archive_format):
    if archive_format == "auto":
        return ["tar", "zip"]
    formats = [archive_format] if isinstance(archive_format, str) else list(archive_format or ())
    for one in formats:
        if one not in ("tar", "zip"):
            raise NotImplementedError("get_file: archive_format must be 'auto', 'tar', 'zip' or "
                                      f"None, got {one!r}")
    return formats


def _extract(path, folder, formats):
    """Extract an archive to a folder, which appears with all its files if it was not there."""
    import secrets
    import shutil
    import tarfile
    import zipfile

    kinds = {"tar": (tarfile.is_tarfile, _extract_tar), "zip": (zipfile.is_zipfile, _extract_zip)}
    for one in formats:
        is_one, extract = kinds[one]
        if is_one(path):
            break
    else:
        warn(f"{path} could not be extracted: it is no archive of the formats {formats}")
        return str(folder)
    if folder.is_dir():
        extract(path, folder)
        return str(folder)
    part = folder.with_name(f".{folder.name}.{secrets.token_hex(8)}.part")
    try:
        extract(path, part)
        os.replace(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return str(folder)


def _extract_tar(path, folder):
    import tarfile

    with tarfile.open(path) as archive:
        try:
            archive.extractall(folder, filter="data")
        except tarfile.FilterError as error:
            raise ValueError(f"{path} is not safe to extract: {error}") from error


def _extract_zip(path, folder):
    import zipfile
    from pathlib import PurePosixPath, PureWindowsPath

    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if (PurePosixPath(name).is_absolute() or PureWindowsPath(name).drive
                    or ".." in name.replace("\\", "/").split("/")):
                raise ValueError(f"{path} is not safe to extract: {name!r} would be written "
                                 f"outside of {folder}")
        archive.extractall(folder)
