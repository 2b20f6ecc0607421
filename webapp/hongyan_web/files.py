"""`/files`: files as they are kept, for their owners and for whoever sees a message that holds them.

No script of a file ever runs here: it has no type but what its bytes say, and whoever opens it alone gets it in a
sandbox without an origin. What a browser does not show by itself is saved.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from apiflask import APIBlueprint, FileSchema
from flask import Response, request
from marshmallow import fields
from werkzeug.http import parse_range_header, quote_etag, unquote_etag

from hongyan_core.files.store import BlobMissing
from hongyan_core.files.types import INLINE
from hongyan_core.problems import Problem
from hongyan_core.store.files import FileEntry, load_quota, load_readable, used_bytes
from hongyan_web import errors
from hongyan_web.context import vault
from hongyan_web.shapes import Answer, Body
from hongyan_web.signin import me
from hongyan_web.transfers import SMALL_BYTES, downloading
from hongyan_web.uploads import FILE_ID

ANYTHING: Final = "*/*"
_BYTES: Final = FileSchema(type="string", format="binary")
_POLICY: Final = "sandbox; default-src 'none'"
_PART: Final[dict[int | str, Any]] = {
    206: {"description": "The part that `Range` asks for", "content": {ANYTHING: {"schema": {"type": "string"}}}},
    304: "The file that the caller has is the same",
}
_UNESCAPED: Final = "!#$&+-.^_`|~"  # RFC 8187, attr-char

files = APIBlueprint("files", __name__, tag="Files")


class About(Answer):
    """What envelopes say of a file; `type` is what its bytes say. Pixels only of a picture."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    type = fields.String(required=True, attribute="media_type")
    size = fields.Integer(required=True)
    width = fields.Integer(required=True, allow_none=True)
    height = fields.Integer(required=True, allow_none=True)
    thumb = fields.Function(lambda file: file.thumb_hash is not None, required=True, metadata={"type": "boolean"})


class Storage(Answer):
    """How many bytes the caller keeps, uploads that are not whole yet among them, and how many it may."""

    used = fields.Integer(required=True)
    quota = fields.Integer(required=True)


class FileQuery(Body):
    """`download=1`: to be saved under its name, also what a browser would show."""

    download = fields.Boolean(load_default=False)


@files.get("/files/<file_id>/about")
@files.output(About)
def show(file_id: str) -> FileEntry:
    """What is said of a file."""
    return _load(file_id)


@files.get("/files/<file_id>")
@files.input(FileQuery, location="query")
@files.output(_BYTES, content_type=ANYTHING)
@files.doc(responses=_PART)
def read(file_id: str, query_data: dict[str, Any]) -> Response:
    """A file, or the part of it that `Range` asks for."""
    file = _load(file_id)
    shown = file.media_type in INLINE and not query_data["download"]
    way = "inline" if shown else "attachment"
    headers = {"Content-Disposition": name_file(way, file.name), "Accept-Ranges": "bytes"}
    return _send(file.hash, file.size, _mimetype(file.media_type), file.id, headers)


@files.get("/files/<file_id>/thumb")
@files.output(_BYTES, content_type="image/webp")
@files.doc(responses={304: "The picture that the caller has is the same"})
def show_thumb(file_id: str) -> Response:
    """A small picture of it: WebP, at most 480 pixels."""
    file = _load(file_id)
    if file.thumb_hash is None:
        raise Problem("no_picture")
    return _send(file.thumb_hash, None, "image/webp", f"{file.id}-thumb", {})


@files.get("/me/storage")
@files.output(Storage)
def show_storage() -> dict[str, int]:
    """How much room is left."""
    return {"used": used_bytes(me().id), "quota": load_quota(me().id, vault().quota_bytes)}


def _load(file_id: str) -> FileEntry:
    if not FILE_ID.fullmatch(file_id):
        raise Problem("unknown_file")
    return load_readable(me(), file_id)


def _mimetype(media_type: str) -> str:
    return f"{media_type}; charset=utf-8" if media_type == "text/plain" else media_type


def name_file(way: str, name: str) -> str:
    """The header that says how a file is called (RFC 6266): once in ASCII, once as it is."""
    plain = "".join(char if " " <= char < "\x7f" and char not in '"\\%' else "_" for char in name)
    return f"{way}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe=_UNESCAPED)}"


def _send(blob: str, size: int | None, media_type: str, tag: str, headers: dict[str, str]) -> Response:
    """The answer with bytes of the store.

    Args:
        size: None: it is small and sent whole, and its length is not known.
    """
    kept = {
        **headers,
        "ETag": quote_etag(tag),
        "Cache-Control": "private, no-cache",  # what was recalled is asked for once more, and is gone
        "Content-Security-Policy": _POLICY,
        "Content-Type": media_type,
    }
    if tag in request.if_none_match:
        return Response(status=304, headers=kept)
    wanted = None if size is None else _read_range(size, tag)
    if wanted is None:
        return _stream(blob, 0, size, kept)
    start, stop = wanted
    if start == stop:
        return _refuse_range(stop)
    return _stream(blob, start, stop, {**kept, "Content-Range": f"bytes {start}-{stop - 1}/{size}"})


def _read_range(size: int, tag: str) -> tuple[int, int] | None:
    """From where to where, exclusive; None: the whole file; from its end to its end: nothing of it."""
    wanted = parse_range_header(request.headers.get("Range"))
    unless_changed = request.headers.get("If-Range")
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        return None
    if unless_changed is not None and unquote_etag(unless_changed) != (tag, False):
        return None
    first, stop = wanted.ranges[0]
    start = max(0, size + first) if first < 0 else min(first, size)
    return start, size if stop is None else max(start, min(stop, size))


def _refuse_range(size: int) -> Response:
    response = errors.answer(Problem("bad_range"))
    response.headers["Content-Range"] = f"bytes */{size}"
    return response


def _stream(blob: str, start: int, stop: int | None, headers: dict[str, str]) -> Response:
    if request.method == "HEAD":
        pieces: Iterator[bytes] = iter(())
    else:
        try:
            pieces = vault().store.read(blob, start, 2**62 if stop is None else stop)
        except BlobMissing:
            raise Problem("files_unavailable", wait_s=60) from None
    status = 206 if "Content-Range" in headers else 200
    response = Response(pieces, status, headers)
    if stop is not None:
        response.content_length = stop - start
        if stop - start > SMALL_BYTES and request.method != "HEAD":
            _take_turn(response)
    return response


def _take_turn(response: Response) -> None:
    account = me().name
    try:
        downloading.take(account)
    except Problem:
        response.close()
        raise
    response.call_on_close(lambda: downloading.give_back(account))
