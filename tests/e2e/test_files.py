"""Files through the whole server, by a client that others have written and by hand."""

from __future__ import annotations

import hashlib
import http.client
import os
import time
import urllib.request
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import psutil
import pytest
from tusclient.client import TusClient

from tests.support.people import Participant, register
from tests.support.process import Server

MIB = 1_048_576
LONG = 256 * MIB


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "data")
    server.start()
    yield server
    assert "Traceback" not in server.read_log()
    server.close()


@pytest.fixture
def ann(server: Server) -> Participant:
    return register(server.url, "ann")


def bearer(who: Participant) -> dict[str, str]:
    return {"Authorization": f"Bearer {who.token}"}


def fetch(server: Server, who: Participant, path: str) -> bytes:
    request = urllib.request.Request(f"{server.url}/api/v1{path}", headers=bearer(who))
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


def test_a_tus_client_uploads_in_chunks_is_cut_off_and_goes_on(server: Server, ann: Participant) -> None:
    data = os.urandom(5 * MIB + 1)
    stream, client = BytesIO(data), TusClient(f"{server.url}/api/v1/uploads", headers=bearer(ann))
    begun = client.uploader(file_stream=stream, chunk_size=MIB, metadata={"filename": "film.bin"})
    begun.upload(stop_at=2 * MIB)
    resumed = client.uploader(file_stream=stream, chunk_size=MIB, url=begun.url)
    assert resumed.offset == 2 * MIB
    resumed.upload()
    file_id = begun.url.rpartition("/")[2]
    assert fetch(server, ann, f"/files/{file_id}") == data


def memory_of(server: Server) -> int:
    assert server.process is not None
    return psutil.Process(server.process.pid).memory_info().rss


def begin(server: Server, who: Participant, size: int) -> str:
    """The path of a new upload."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    headers = {**bearer(who), "Tus-Resumable": "1.0.0", "Upload-Length": str(size), "Content-Length": "0"}
    connection.request("POST", "/api/v1/uploads", headers=headers)
    response = connection.getresponse()
    assert response.status == 201, response.read()
    connection.close()
    location = response.headers["Location"]
    assert location is not None
    return location


def open_patch(server: Server, who: Participant, path: str, size: int) -> http.client.HTTPConnection:
    """A request whose body has yet to be sent."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.putrequest("PATCH", path)
    headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Length": str(size)}
    for name, value in {**bearer(who), **headers, "Content-Type": "application/offset+octet-stream"}.items():
        connection.putheader(name, value)
    connection.endheaders()
    return connection


def test_a_long_file_never_stands_in_memory(server: Server, ann: Participant) -> None:
    """Sent as fast as it goes, and fetched in one; of each only buffers are in the process."""
    path = begin(server, ann, LONG)
    fetch(server, ann, "/me/storage")
    before, piece, sent = memory_of(server), os.urandom(MIB), hashlib.sha256()
    highest = before
    patch = open_patch(server, ann, path, LONG)
    for _ in range(LONG // MIB):
        patch.send(piece)
        sent.update(piece)
        highest = max(highest, memory_of(server))
    response = patch.getresponse()
    assert (response.status, response.read()) == (204, b"")
    patch.close()
    got = hashlib.sha256()
    request = urllib.request.Request(f"{server.url}{path.replace('/uploads/', '/files/')}", headers=bearer(ann))
    with urllib.request.urlopen(request, timeout=60) as answer:
        while data := answer.read(MIB):
            got.update(data)
            highest = max(highest, memory_of(server))
    assert got.digest() == sent.digest()
    assert highest - before < 16 * MIB, f"{(highest - before) / MIB:.0f} MiB more"


def test_slow_uploads_hold_up_no_page(server: Server, ann: Participant) -> None:
    """More of them than there are threads for pages; each has sent a byte and says nothing more."""
    slow = []
    for who in (ann, *(register(server.url, f"slow{n}") for n in range(4))):
        for _ in range(4):
            slow.append(open_patch(server, who, begin(server, who, 100), 100))
            slow[-1].send(b"x")
    began_s = time.monotonic()
    assert b'"used"' in fetch(server, ann, "/me/storage")
    assert time.monotonic() - began_s < 5
    for connection in slow:
        connection.close()
