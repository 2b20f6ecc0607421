"""`/uploads`: files on their way up, by the tus protocol (https://tus.io, 1.0.0; creation, termination, expiration).

Whoever is cut off asks by HEAD how far the upload is, and goes on from there. With its last byte it is a file of the
same id.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Final

from apiflask import APIBlueprint
from flask import Response, request
from peewee import PostgresqlDatabase
from werkzeug.http import http_date

from hongyan_core.actions.uploads import UPLOAD_TTL_MS, begin_upload, end_upload, receive_bytes
from hongyan_core.courtesy import one_page
from hongyan_core.files.store import PIECE_BYTES
from hongyan_core.problems import Problem
from hongyan_core.store.files import find_own_file, find_upload
from hongyan_core.store.models import Upload, proxy
from hongyan_web.context import now_ms, vault
from hongyan_web.security import OCTETS
from hongyan_web.shapes import Nothing
from hongyan_web.signin import me
from hongyan_web.transfers import uploading

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,expiration,termination"
FILE_ID: Final = re.compile(r"[A-Za-z0-9_-]{22}")
_NUMBER: Final = re.compile(r"[0-9]{1,15}")

uploads = APIBlueprint("uploads", __name__, tag="Files")


@uploads.after_request
def _sign(response: Response) -> Response:
    response.headers["Tus-Resumable"] = VERSION
    if response.status_code == 412:
        response.headers["Tus-Version"] = VERSION
    return response


@uploads.route("/uploads", methods=["OPTIONS"], provide_automatic_options=False)
def describe() -> tuple[str, int, dict[str, str]]:
    """What this server knows of the protocol."""
    most = str(vault().max_file_bytes)
    return "", 204, {"Tus-Version": VERSION, "Tus-Extension": EXTENSIONS, "Tus-Max-Size": most}


@uploads.post("/uploads")
@uploads.output(Nothing, 201)
def begin() -> tuple[str, int, dict[str, str]]:
    """Begin at `Location`: `Upload-Length` says how many bytes, `Upload-Metadata` has `filename` and `filetype`."""
    _demand_version()
    told = _read_metadata(request.headers.get("Upload-Metadata", ""))
    size = _read_number("Upload-Length")
    name, media_type = told.get("filename", ""), told.get("filetype", "")
    upload = begin_upload(vault(), me(), name, media_type, size, at_ms=now_ms())
    headers = {"Location": f"/api/v1/uploads/{upload.id}"}
    return "", 201, headers | (_expiry(upload.touched_at_ms) if size else {})


@uploads.route("/uploads/<upload_id>", methods=["HEAD"])
def show(upload_id: str) -> tuple[str, int, dict[str, str]]:
    """How far it is: `Upload-Offset` of `Upload-Length`."""
    _demand_version()
    upload = _find(upload_id)
    headers = {"Cache-Control": "no-store"}
    if upload is not None:
        told = {"Upload-Metadata": _write_metadata(upload.name, upload.media_type)}
        offsets = {"Upload-Offset": str(upload.received), "Upload-Length": str(upload.size)}
        return "", 200, headers | told | offsets | _expiry(upload.touched_at_ms)
    file = find_own_file(me().id, upload_id)
    if file is None:
        raise Problem("unknown_upload")
    told = {"Upload-Metadata": _write_metadata(file.name, file.media_type)}
    return "", 200, headers | told | {"Upload-Offset": str(file.size), "Upload-Length": str(file.size)}


@uploads.patch("/uploads/<upload_id>")
@uploads.output(Nothing, 204)
def append(upload_id: str) -> tuple[str, int, dict[str, str]]:
    """Send bytes from `Upload-Offset` on. With the last one it is a file; a picture that is none is refused then."""
    return _append(upload_id)


@uploads.delete("/uploads/<upload_id>")
@uploads.output(Nothing, 204)
def end(upload_id: str) -> tuple[str, int]:
    """Give it up."""
    return _end(upload_id)


@uploads.post("/uploads/<upload_id>")
@uploads.output(Nothing, 204)
def override(upload_id: str) -> tuple[str, int] | tuple[str, int, dict[str, str]]:
    """PATCH or DELETE by the header `X-HTTP-Method-Override`, for whom a proxy lets neither through."""
    meant = request.headers.get("X-HTTP-Method-Override", "").upper()
    if meant == "PATCH":
        return _append(upload_id)
    if meant == "DELETE":
        return _end(upload_id)
    raise Problem("method_not_allowed")


def _append(upload_id: str) -> tuple[str, int, dict[str, str]]:
    _demand_version()
    if request.mimetype not in OCTETS.types or "Transfer-Encoding" in request.headers:
        raise Problem("not_octets")
    offset = _read_number("Upload-Offset")
    upload = _find(upload_id)
    if upload is None:
        raise Problem("unknown_upload")
    if offset + (request.content_length or 0) > upload.size:
        raise Problem("upload_too_long")
    received = _receive(upload, offset)
    return "", 204, {"Upload-Offset": str(received)} | (_expiry(now_ms()) if received < upload.size else {})


def _receive(upload: Upload, offset: int) -> int:
    """It may take hours: meanwhile others have their pages, and their connections to the database."""
    account, at_ms = me().name, now_ms()
    uploading.take(account)
    try:
        if isinstance(proxy.obj, PostgresqlDatabase):
            proxy.obj.close()
        with one_page.stepping_out():
            return receive_bytes(vault(), upload, offset, _read_pieces(), at_ms=at_ms)
    finally:
        uploading.give_back(account)


def _read_pieces() -> Iterator[bytes]:
    while piece := request.stream.read(PIECE_BYTES):
        yield piece


def _end(upload_id: str) -> tuple[str, int]:
    _demand_version()
    if _find(upload_id) is None:
        raise Problem("unknown_upload")
    end_upload(vault(), me().id, upload_id)
    return "", 204


def _find(upload_id: str) -> Upload | None:
    return find_upload(me().id, upload_id) if FILE_ID.fullmatch(upload_id) else None


def _demand_version() -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise Problem("tus_version")


def _read_number(header: str) -> int:
    given = request.headers.get(header)
    if given is None:
        raise Problem("missing_field", header)
    if not _NUMBER.fullmatch(given):
        raise Problem("malformed_field", header)
    return int(given)


def _read_metadata(header: str) -> dict[str, str]:
    """Keys with values in base64, by commas; a key may have none."""
    told = {}
    for pair in filter(None, header.split(",")):
        key, _, value = pair.strip().partition(" ")
        try:
            told[key] = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, ValueError):
            raise Problem("malformed_field", "Upload-Metadata") from None
    return told


def _write_metadata(name: str, media_type: str) -> str:
    told = {"filename": name, "filetype": media_type}
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}".strip() for key, value in told.items())


def _expiry(touched_at_ms: int) -> dict[str, str]:
    return {"Upload-Expires": http_date((touched_at_ms + UPLOAD_TTL_MS) // 1_000)}
