"""Files as people upload them: one request for the beginning, and one for the bytes."""

from __future__ import annotations

import base64
from typing import Any

from werkzeug.test import TestResponse

from tests.hongyan_web.site import Visitor

TUS = {"Tus-Resumable": "1.0.0"}
OCTETS = "application/offset+octet-stream"


def metadata(**told: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in told.items())


def begin(visitor: Visitor, size: int, name: str = "notes.txt", media_type: str = "text/plain") -> TestResponse:
    headers = {**TUS, "Upload-Length": str(size), "Upload-Metadata": metadata(filename=name, filetype=media_type)}
    return visitor.send("POST", "/uploads", headers=headers)


def path_of(begun: TestResponse) -> str:
    """The path of an upload below `/api/v1`."""
    assert begun.status_code == 201, begun.data
    return begun.headers["Location"].removeprefix("/api/v1")


def append(visitor: Visitor, path: str, data: bytes, offset: int = 0, **options: Any) -> TestResponse:
    headers = {**TUS, "Upload-Offset": str(offset)}
    return visitor.send("PATCH", path, headers=headers, data=data, content_type=OCTETS, **options)


def ask(visitor: Visitor, path: str) -> TestResponse:
    return visitor.send("HEAD", path, headers=TUS)


def upload(visitor: Visitor, data: bytes, name: str = "notes.txt", media_type: str = "") -> str:
    """A whole file; its id."""
    path = path_of(begin(visitor, len(data), name, media_type))
    if data:
        response = append(visitor, path, data)
        assert response.status_code == 204, response.data
    return path.removeprefix("/uploads/")
