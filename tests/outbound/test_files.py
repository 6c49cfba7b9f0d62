"""Files in a folder, and in a bucket of a server that speaks S3."""

import contextlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import timedelta

import pytest

from app.kernel.clock import SystemClock
from app.outbound.files import Files
from app.settings import Settings


@pytest.fixture(scope="session")
def s3_server():
    """A real server in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                urllib.request.urlopen(
                    urllib.request.Request(f"{address}/depot", method="PUT"), timeout=30
                ).close()
                break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(params=["folder", "bucket"])
def files(request, tmp_path):
    if request.param == "folder":
        return Files(Settings(_env_file=None, data_dir=tmp_path))
    return Files(
        Settings(
            _env_file=None,
            files_url="s3://depot/photos-of-leipzig",
            files_endpoint=request.getfixturevalue("s3_server"),
            files_key_id="key",
            files_secret="secret",
            files_region="us-east-1",
        )
    )


def test_what_was_put_is_there_until_it_is_deleted(files):
    files.put("photos/1/large.webp", b"one")
    files.put("photos/1/large.webp", b"two")

    assert files.get("photos/1/large.webp") == b"two"

    files.delete("photos/1/large.webp")
    files.delete("photos/1/large.webp")
    assert files.get("photos/1/large.webp") is None


def test_old_files_are_found(files):
    files.put("photos/2/large.webp", b"two")
    now = SystemClock().now()

    assert list(files.older_than(now + timedelta(minutes=1), under="photos")) == ["photos/2/large.webp"]
    assert list(files.older_than(now - timedelta(minutes=1), under="photos")) == []


@pytest.mark.parametrize("key", ["../outside", "photos/../../outside", "/etc/passwd"])
def test_no_key_leads_out_of_the_folder(key, tmp_path):
    files = Files(Settings(_env_file=None, data_dir=tmp_path / "data"))

    with contextlib.suppress(Exception):  # whether refused or put elsewhere
        files.put(key, b"x")

    assert not [
        path
        for path in tmp_path.rglob("*")
        if path.is_file() and tmp_path / "data" / "files" not in path.parents
    ]
