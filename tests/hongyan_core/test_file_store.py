from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from hongyan_core.files.s3 import S3Store
from hongyan_core.files.store import PIECE_BYTES, BlobMissing, DiskStore, FileStore
from hongyan_core.problems import Problem
from tests.support.ports import free_port

BLOB = "ab" + "c" * 62
OTHER = "ab" + "d" * 62
LONG = bytes(range(256)) * 1_024  # two pieces


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    """An S3 server on loopback, with a bucket."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "goose")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "letters")
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=free_port())
        server.start()
        host, port = server.get_host_and_port()
        boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1").create_bucket(Bucket="geese")
        yield f"s3://geese/files?endpoint=http://{host}:{port}"
        server.stop()


@pytest.fixture(params=["disk", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FileStore]:
    """An empty store of either kind."""
    if request.param == "disk":
        yield DiskStore(tmp_path / "files")
        return
    made = S3Store(request.getfixturevalue("s3_url"))
    yield made
    for blob, _ in list(made.list("ab")):
        made.delete(blob)


def put(store: FileStore, folder: Path, data: bytes, blob: str = BLOB) -> None:
    (folder / "upload").write_bytes(data)
    store.put(blob, folder / "upload")


def read(store: FileStore, start: int, stop: int) -> bytes:
    return b"".join(store.read(BLOB, start, stop))


@pytest.mark.parametrize(
    ("start", "stop", "data"),
    [
        (0, len(LONG), LONG),
        (0, 2**62, LONG),
        (10, 20, LONG[10:20]),
        (PIECE_BYTES - 1, PIECE_BYTES + 1, LONG[PIECE_BYTES - 1 : PIECE_BYTES + 1]),
        (len(LONG) - 1, len(LONG), LONG[-1:]),
        (5, 5, b""),
    ],
)
def test_what_was_put_is_read_back_in_any_part(
    store: FileStore, tmp_path: Path, start: int, stop: int, data: bytes
) -> None:
    put(store, tmp_path, LONG)
    assert read(store, start, stop) == data
    assert all(len(piece) <= PIECE_BYTES for piece in store.read(BLOB, start, stop))


def test_an_empty_file_is_kept_too(store: FileStore, tmp_path: Path) -> None:
    put(store, tmp_path, b"")
    assert (store.exists(BLOB), read(store, 0, 0)) == (True, b"")


def test_what_was_never_put_is_missing_at_once(store: FileStore) -> None:
    assert not store.exists(BLOB)
    with pytest.raises(BlobMissing):
        store.read(BLOB, 0, 10)


def test_the_upload_is_left_where_it_was(store: FileStore, tmp_path: Path) -> None:
    put(store, tmp_path, LONG)
    assert (tmp_path / "upload").read_bytes() == LONG


def test_the_same_again_is_the_same(store: FileStore, tmp_path: Path) -> None:
    put(store, tmp_path, LONG)
    put(store, tmp_path, LONG)
    assert [blob for blob, _ in store.list("ab")] == [BLOB]


def test_what_is_deleted_is_gone_and_again_is_the_same(store: FileStore, tmp_path: Path) -> None:
    put(store, tmp_path, LONG)
    for _ in range(2):
        store.delete(BLOB)
    assert (store.exists(BLOB), list(store.list("ab"))) == (False, [])


def test_the_list_has_what_begins_so_with_its_time(store: FileStore, tmp_path: Path) -> None:
    before_ms = int((tmp_path.stat().st_mtime - 1) * 1_000)
    for blob in (BLOB, OTHER, "ff" + "0" * 62):
        put(store, tmp_path, b"x", blob)
    assert sorted(blob for blob, _ in store.list("ab")) == [BLOB, OTHER]
    assert all(at_ms >= before_ms for _, at_ms in store.list("ab"))
    assert list(store.list("00")) == []
    store.delete("ff" + "0" * 62)


# --- on disk


def test_files_are_their_owner_s_alone(tmp_path: Path) -> None:
    put(DiskStore(tmp_path / "files"), tmp_path, LONG)
    kept = tmp_path / "files" / "ab" / ("c" * 62)
    assert [path.stat().st_mode & 0o777 for path in (kept, kept.parent, kept.parent.parent)] == [0o600, 0o700, 0o700]


def test_where_there_are_no_second_names_it_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("another disk")

    monkeypatch.setattr(os, "link", refuse)
    store = DiskStore(tmp_path / "files")
    put(store, tmp_path, LONG)
    assert read(store, 0, len(LONG)) == LONG


def test_what_a_crash_left_half_made_is_no_file(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "files")
    put(store, tmp_path, LONG)
    (tmp_path / "files" / "ab" / "upload.part").write_bytes(b"half")
    assert [blob for blob, _ in store.list("ab")] == [BLOB]


def test_who_reads_is_not_stopped_by_a_deletion(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "files")
    put(store, tmp_path, LONG)
    pieces = store.read(BLOB, 0, len(LONG))
    store.delete(BLOB)
    assert b"".join(pieces) == LONG


# --- in S3


def test_a_long_file_goes_up_in_parts(s3_url: str, tmp_path: Path) -> None:
    store = S3Store(s3_url)
    put(store, tmp_path, b"x" * 17_000_000)
    assert sum(map(len, store.read(BLOB, 0, 17_000_000))) == 17_000_000
    store.delete(BLOB)


@pytest.mark.parametrize("path", ["no-such-bucket", "geese"])
def test_a_store_that_cannot_be_used_is_a_problem_of_its_own(
    s3_url: str, tmp_path: Path, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    """No such bucket; nobody listens."""
    endpoint = s3_url.partition("endpoint=")[2] if path != "geese" else f"http://127.0.0.1:{free_port()}"
    store = S3Store(f"s3://{path}?endpoint={endpoint}")
    with pytest.raises((Problem, BlobMissing)):
        put(store, tmp_path, LONG)
    assert path == "no-such-bucket" or "cannot be reached" in caplog.text
