"""Files over HTTP: up by the tus protocol 1.0, down by ranges; both go on where a lost connection stopped them."""

from __future__ import annotations

import mimetypes
import re
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from http.client import HTTPResponse
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from hongyan.errors import ApiError, NotConnected, TransferFailed

Progress = Callable[[int, int], object]  # the bytes that are there, those of the whole

PIECE_BYTES: Final = 1_048_576
TRIES: Final = 6  # one after the other that bring nothing
_FILE_ID: Final = re.compile(r"[A-Za-z0-9_-]{22}")
_TUS: Final = {"Tus-Resumable": "1.0.0"}
_WORTH_ANOTHER: Final = frozenset({408, 409, 423, 429, 500, 502, 503, 504})


class Http(Protocol):
    """One request to the API. Raises `ApiError` for an answer that is an error, `NotConnected` for none."""

    def __call__(
        self, method: str, path: str, data: bytes | None, headers: dict[str, str]
    ) -> AbstractContextManager[HTTPResponse]:
        """Open the answer."""


def upload(
    http: Http,
    path: Path,
    *,
    name: str | None,
    content_type: str | None,
    progress: Progress | None,
    pause: Callable[[float], object] = time.sleep,
) -> str:
    """Upload a file; its id.

    Raises:
        ApiError: Refused: too large, no room, a picture that cannot be read ...
        TransferFailed: The connection was lost again and again.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        upload_id = _create(http, name or path.name, content_type or _guess(path), size)
        steps = _Steps(http, f"/uploads/{upload_id}", file, size, progress)
        _persist(steps.send_rest, pause)
    return upload_id


def download(
    http: Http, file_id: str, path: Path, *, progress: Progress | None, pause: Callable[[float], object] = time.sleep
) -> None:
    """Download a file; `path` is there only when all of it is.

    Raises:
        ApiError: It is not there, or not for this account.
        TransferFailed: The connection was lost again and again.
    """
    beside = path.with_name(f"{path.name}.part")
    with beside.open("wb") as file:
        _persist(lambda: _receive_rest(http, f"/files/{file_id}?download=1", file, progress), pause)
    beside.replace(path)


def _create(http: Http, name: str, content_type: str, size: int) -> str:
    metadata = ",".join(
        f"{key} {b64encode(value.encode()).decode()}" for key, value in (("filename", name), ("filetype", content_type))
    )
    headers = _TUS | {"Upload-Length": str(size), "Upload-Metadata": metadata}
    with http("POST", "/uploads", b"", headers) as answer:
        upload_id = (answer.headers.get("Location") or "").rpartition("/")[2]
    if not _FILE_ID.fullmatch(upload_id):
        raise NotConnected("the server did not say where to upload")
    return upload_id


def _guess(path: Path) -> str:
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"


def _persist(go_on: Callable[[], Iterator[int]], pause: Callable[[float], object]) -> None:
    """Carry a transfer to its end: it tells of every step forwards, and begins again where it stopped."""
    failures = 0
    while True:
        try:
            for _ in go_on():
                failures = 0
            return
        except NotConnected as trouble:
            reason: Exception = trouble
        except ApiError as refused:
            if refused.status not in _WORTH_ANOTHER:
                raise
            reason = refused
        failures += 1
        if failures >= TRIES:
            raise TransferFailed(f"gave up after {TRIES} tries: {reason}") from reason
        pause(0.2 * 2**failures)


class _Steps:
    """The pieces of an upload."""

    def __init__(self, http: Http, path: str, file: BinaryIO, size: int, progress: Progress | None) -> None:
        self._http = http
        self._path = path
        self._file = file
        self._size = size
        self._progress = progress or (lambda there, whole: None)
        self._offset: int | None = 0  # None: ask the server

    def send_rest(self) -> Iterator[int]:
        if self._offset is None:
            with self._http("HEAD", self._path, None, _TUS) as answer:
                self._offset = _header(answer, "Upload-Offset")
        while self._offset < self._size:
            there, self._offset = self._offset, None
            self._offset = self._send_piece(there)
            self._progress(self._offset, self._size)
            yield self._offset

    def _send_piece(self, offset: int) -> int:
        self._file.seek(offset)
        piece = self._file.read(PIECE_BYTES)
        headers = _TUS | {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        with self._http("PATCH", self._path, piece, headers) as answer:
            return _header(answer, "Upload-Offset")


def _header(answer: HTTPResponse, name: str) -> int:
    value = answer.headers.get(name) or ""
    if not value.isdecimal():
        raise NotConnected(f"the server did not say {name}")
    return int(value)


def _receive_rest(http: Http, path: str, file: BinaryIO, progress: Progress | None) -> Iterator[int]:
    there = file.tell()
    with http("GET", path, None, {"Range": f"bytes={there}-"} if there else {}) as answer:
        if answer.status != 206:  # the whole
            there = file.seek(0)
            file.truncate()
        whole = there + _header(answer, "Content-Length")
        while piece := answer.read(PIECE_BYTES):
            file.write(piece)
            if progress is not None:
                progress(file.tell(), whole)
            yield file.tell()
    if file.tell() < whole:
        raise NotConnected("the connection was lost")
