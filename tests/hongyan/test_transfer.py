"""Files over a small server that speaks tus and ranges, and breaks off where a test wants it."""

from __future__ import annotations

import json
import threading
from base64 import b64decode
from errno import ENOSPC
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from hongyan import _transfer
from hongyan.api import Api
from hongyan.errors import ApiError, NotConnected, TransferFailed

FILE_ID = "AAAAAAAAAAAAAAAAAAAAAA"
WORDS = bytes(range(256)) * 40


class FileServer:
    """One upload, one file. `troubles` are used up one a request: a status to answer with, or the bytes to take."""

    def __init__(self):
        self.stored = bytearray()
        self.created = {}
        self.asked = []
        self.troubles = []
        self.location = f"/api/v1/uploads/{FILE_ID}"

    def refuse(self, request, status):
        payload = json.dumps({"error": {"code": "no_room", "message": "no room"}}).encode()
        request.answer(status, payload)

    def post(self, request):
        self.created = dict(request.headers)
        request.answer(201, b"", Location=self.location)

    def head(self, request):
        request.answer(200, b"", **{"Upload-Offset": str(len(self.stored))})

    def patch(self, request):
        offset = int(request.headers["Upload-Offset"])
        body = request.rfile.read(int(request.headers["Content-Length"]))
        trouble = self.troubles.pop(0) if self.troubles else None
        if isinstance(trouble, tuple):  # takes so many, then the connection is lost
            self.stored += body[: trouble[0]]
            request.break_off()
        elif trouble is not None:
            self.refuse(request, trouble)
        elif offset != len(self.stored):
            self.refuse(request, 409)
        else:
            self.stored += body
            request.answer(204, b"", **{"Upload-Offset": str(len(self.stored))})

    def get(self, request):
        start = int((request.headers.get("Range") or "bytes=0-")[6:-1])
        trouble = self.troubles.pop(0) if self.troubles else None
        if isinstance(trouble, tuple):
            request.answer(206 if start else 200, WORDS[start : start + trouble[0]], length=len(WORDS) - start)
            request.break_off()
        elif trouble == 200:  # a server that knows no ranges
            request.answer(200, WORDS)
        elif trouble is not None:
            self.refuse(request, trouble)
        else:
            request.answer(206 if start else 200, WORDS[start:])


@pytest.fixture
def server():
    files = FileServer()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self):
            files.asked.append(self.command)
            getattr(files, self.command.lower())(self)

        do_POST = do_HEAD = do_PATCH = do_GET = handle_any  # noqa: N815 (the standard library's names)

        def answer(self, status, payload, length=None, **headers):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(payload) if length is None else length))
            self.end_headers()
            self.wfile.write(payload)

        def break_off(self):
            self.close_connection = True

        def log_message(self, *_):
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    files.url = f"http://127.0.0.1:{http.server_port}"
    yield files
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.fixture
def api(server, monkeypatch):
    monkeypatch.setattr(_transfer, "PIECE_BYTES", 4_000)
    return Api(server.url, "hy_x")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "鸿雁.bin"
    path.write_bytes(WORDS)
    return path


def upload(api, path, steps=None, pauses=None):
    return _transfer.upload(
        api._open,
        path,
        name=None,
        content_type=None,
        progress=None if steps is None else lambda there, whole: steps.append((there, whole)),
        pause=(pauses if pauses is not None else []).append,
    )


def download(api, path, steps=None):
    progress = None if steps is None else lambda there, whole: steps.append((there, whole))
    _transfer.download(api._open, FILE_ID, path, progress=progress, pause=lambda _: None)


def test_a_file_goes_up_in_pieces(server, api, path):
    steps = []
    assert upload(api, path, steps) == FILE_ID
    assert bytes(server.stored) == WORDS
    assert steps == [(4_000, 10_240), (8_000, 10_240), (10_240, 10_240)]
    assert (server.created["Upload-Length"], server.created["Tus-Resumable"]) == ("10240", "1.0.0")
    name, kind = (b64decode(item.split()[1]).decode() for item in server.created["Upload-Metadata"].split(","))
    assert (name, kind) == ("鸿雁.bin", "application/octet-stream")


@pytest.mark.parametrize(
    "troubles",
    [[(1_000,)], [None, (0,)], [(4_000,)], [503, None, 423], [409]],
    ids=["a part arrived", "nothing arrived", "all of the piece arrived", "the server is busy", "a conflict"],
)
def test_an_upload_goes_on_where_it_stopped(server, api, path, troubles):
    server.troubles = troubles
    assert upload(api, path) == FILE_ID
    assert bytes(server.stored) == WORDS
    assert "HEAD" in server.asked
    assert server.asked.count("POST") == 1


def test_an_upload_that_is_refused_ends_at_once(server, api, path):
    server.troubles = [413]
    with pytest.raises(ApiError) as refused:
        upload(api, path)
    assert (refused.value.status, refused.value.code, server.asked) == (413, "no_room", ["POST", "PATCH"])


def test_an_upload_gives_up_after_some_tries_that_bring_nothing(server, api, path):
    server.troubles, pauses = [503] * 99, []
    with pytest.raises(TransferFailed):
        upload(api, path, pauses=pauses)
    assert server.asked.count("PATCH") == 6
    assert pauses == [0.4, 0.8, 1.6, 3.2, 6.4]


@pytest.mark.parametrize("location", ["", "/api/v1/uploads/../../etc", "http://elsewhere/x"])
def test_a_server_that_says_not_where_to_upload_is_none(server, api, path, location):
    server.location = location
    with pytest.raises(NotConnected):
        upload(api, path)
    assert server.asked == ["POST"]


def test_an_upload_by_the_api(server, api, path):
    assert api.upload(path, name="x.png", content_type="image/png") == FILE_ID
    name, kind = (b64decode(item.split()[1]).decode() for item in server.created["Upload-Metadata"].split(","))
    assert (name, kind) == ("x.png", "image/png")


def test_a_file_comes_down(server, api, tmp_path):
    steps = []
    download(api, tmp_path / "down", steps)
    assert (tmp_path / "down").read_bytes() == WORDS
    assert steps[-1] == (10_240, 10_240)
    assert [item.name for item in tmp_path.iterdir()] == ["down"]


@pytest.mark.parametrize(
    "troubles",
    [[(5_000,)], [(0,)], [(5_000,), 503], [(5_000,), 200]],
    ids=["a part arrived", "nothing arrived", "then the server is busy", "then the server knows no ranges"],
)
def test_a_download_goes_on_where_it_stopped(server, api, tmp_path, troubles):
    server.troubles = troubles
    download(api, tmp_path / "down")
    assert (tmp_path / "down").read_bytes() == WORDS


def test_a_download_that_is_refused_leaves_what_was_there(server, api, tmp_path):
    (tmp_path / "down").write_bytes(b"before")
    server.troubles = [404]
    with pytest.raises(ApiError):
        download(api, tmp_path / "down")
    assert (tmp_path / "down").read_bytes() == b"before"


def test_a_download_by_the_api(server, api, tmp_path):
    api.download(FILE_ID, tmp_path / "down")
    assert (tmp_path / "down").read_bytes() == WORDS


def test_a_full_disk_is_no_lost_connection(server, api, tmp_path):
    def full(there, whole):
        raise OSError(ENOSPC, "no space left")

    with pytest.raises(OSError, match="no space left"):
        _transfer.download(api._open, FILE_ID, tmp_path / "down", progress=full, pause=pytest.fail)
    assert server.asked == ["GET"]
