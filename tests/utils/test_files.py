"""`get_file`, with a server on 127.0.0.1 and with files."""

import hashlib
import http.server
import io
import os
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest

from autograd_mlp.utils import get_file

CONTENT = b"some content"
SHA256, MD5 = hashlib.sha256(CONTENT).hexdigest(), hashlib.md5(CONTENT).hexdigest()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The first home; nothing is written elsewhere."""
    monkeypatch.setenv("AUTOGRAD_MLP_HOME", str(tmp_path / "own"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("no_proxy", "*")
    return tmp_path / "own"


@pytest.fixture
def server(cache):
    """(address, dict of contents by path, list of requests)"""
    contents, requests = {"/data.txt": CONTENT}, []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            requests.append(self.path)
            content = contents.get(self.path)
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"") + ("torn" in self.path)))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *args):
            pass

    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{httpd.server_port}", contents, requests
    httpd.shutdown()
    httpd.server_close()


def read(path):
    return Path(path).read_bytes()


def files_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_it_is_downloaded_once(server, cache, capsys):
    url, _, requests = server
    path = get_file(origin=f"{url}/data.txt")
    assert path == str(cache / "datasets/data.txt") and read(path) == CONTENT
    assert capsys.readouterr().out == f"Downloading data from {url}/data.txt\n"
    assert get_file("data.txt", f"{url}/data.txt") == path
    assert len(requests) == 1
    get_file("data.txt", f"{url}/data.txt", force_download=True)
    assert len(requests) == 2


def test_it_is_found_in_every_home(server, tmp_path):
    url, _, requests = server
    there = tmp_path / "keras/datasets/data.txt"
    there.parent.mkdir(parents=True)
    there.write_bytes(b"older")
    assert get_file(origin=f"{url}/data.txt") == str(there) and not requests


@pytest.mark.parametrize("arguments, expected", [
    (dict(cache_subdir="models"), "own/models/data.txt"),
    (dict(fname="other.txt"), "own/datasets/other.txt"),
    (dict(cache_dir="{}/cache"), "cache/datasets/data.txt"),
    (dict(cache_dir="{}/cache", cache_subdir=""), "cache/data.txt"),
    (dict(cache_subdir="{}/absolute"), "absolute/data.txt"),
])
def test_where_it_goes(server, tmp_path, arguments, expected):
    arguments = {name: value.format(tmp_path) for name, value in arguments.items()}
    assert get_file(origin=f"{server[0]}/data.txt", **arguments) == str(tmp_path / expected)


@pytest.mark.parametrize("arguments", [
    dict(file_hash=SHA256), dict(file_hash=MD5), dict(md5_hash=MD5), dict(file_hash=SHA256.upper()),
    dict(file_hash=SHA256, hash_algorithm="sha256"), dict(file_hash=MD5, hash_algorithm="md5"),
])
def test_hashes(server, cache, arguments, capsys):
    url, contents, requests = server
    path = get_file(origin=f"{url}/data.txt", **arguments)
    Path(path).write_bytes(b"something else")
    get_file(origin=f"{url}/data.txt", **arguments)
    assert read(path) == CONTENT and len(requests) == 2
    assert "downloaded again" in capsys.readouterr().out
    contents["/data.txt"] = b"other content"
    with pytest.raises(ValueError, match="has not the hash"):
        get_file(origin=f"{url}/data.txt", force_download=True, **arguments)
    assert files_below(cache) == ["datasets/data.txt"]
    assert read(path) == CONTENT       # the good one of before


@pytest.mark.parametrize("name", ["missing.txt", "torn.txt"])
def test_failures_leave_nothing_behind(server, cache, name):
    url, contents, _ = server
    contents["/torn.txt"] = CONTENT
    with pytest.raises(OSError, match=f"URL fetch failure on {url}/{name}"):
        get_file(origin=f"{url}/{name}")
    assert files_below(cache) == []


def test_files_on_this_machine(cache, tmp_path):
    source = tmp_path / "with space.txt"
    source.write_bytes(CONTENT)
    path = get_file(origin=source.as_uri())
    assert path.endswith("with space.txt") and read(path) == CONTENT


def tar_of(name="folder/data.txt", mode="w:gz", link=None):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        info = tarfile.TarInfo(name)
        info.size = len(CONTENT)
        if link is not None:
            info.type, info.linkname, info.size = tarfile.SYMTYPE, link, 0
        archive.addfile(info, io.BytesIO(CONTENT))
    return file.getvalue()


def zip_of(name="folder/data.txt"):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, CONTENT)
    return file.getvalue()


@pytest.mark.parametrize("content", [tar_of(), tar_of(mode="w"), tar_of(mode="w:xz"), zip_of()])
@pytest.mark.parametrize("fname, expected", [
    (None, "datasets/archive.tgz"), ("flowers", "datasets/flowers"),
    ("flowers.tar.gz", "datasets/flowers_extracted"),
])
def test_archives(server, cache, content, fname, expected):
    url, contents, requests = server
    contents["/archive.tgz"] = content
    for _ in range(2):      # the second time over what is there
        path = get_file(fname, f"{url}/archive.tgz", extract=True)
        assert path == str(cache / expected)
        assert read(os.path.join(path, "folder/data.txt")) == CONTENT
    assert len(requests) == 1


def test_untar_is_the_older_form(server):
    server[1]["/archive"] = tar_of()
    assert "folder" in os.listdir(get_file("flowers", f"{server[0]}/archive", untar=True))


def test_a_file_that_is_no_archive_warns(server):
    for arguments in (dict(), dict(archive_format="zip"), dict(archive_format=None)):
        with pytest.warns(UserWarning, match="could not be extracted"):
            get_file(origin=f"{server[0]}/data.txt", extract=True, **arguments)


@pytest.mark.parametrize("content", [
    tar_of("../outside.txt"), tar_of("/outside.txt/../../x"), tar_of("folder/../../outside.txt"),
    tar_of("link", link="../../outside"), zip_of("../outside.txt"), zip_of("/outside.txt"),
    zip_of("folder\\..\\..\\outside.txt"),
], ids=["tar", "tar-absolute", "tar-folder", "tar-link", "zip", "zip-absolute", "zip-backslashes"])
def test_archives_do_not_write_elsewhere(server, cache, tmp_path, content):
    url, contents, _ = server
    contents["/archive"] = content
    with pytest.raises(ValueError, match="not safe"):
        get_file("flowers", f"{url}/archive", extract=True)
    assert files_below(tmp_path) == ["own/datasets/flowers_archive"]
    assert not (cache / "datasets/flowers").exists()


@pytest.mark.parametrize("arguments, error", [
    (dict(), ValueError), (dict(fname="x"), ValueError),
    (dict(origin="http://127.0.0.1:1/"), ValueError),
    (dict(fname="a/b.txt", origin="http://127.0.0.1:1/x"), ValueError),
    (dict(origin="http://127.0.0.1:1/x", hash_algorithm="sha1"), ValueError),
    (dict(origin="http://127.0.0.1:1/x", archive_format="rar"), NotImplementedError),
    (dict(origin="http://127.0.0.1:1/x"), OSError),
    (dict(origin="nothing://x/y"), OSError),
])
def test_what_cannot_be(cache, arguments, error):
    with pytest.raises(error):
        get_file(**arguments)
