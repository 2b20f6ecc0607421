"""The JSON API as any program uses it: for what the library has no function for."""

from __future__ import annotations

import base64
import json
import urllib.parse
import urllib.request
from email.message import Message
from typing import Any

from tests.support.people import Participant


def ask(who: Participant, method: str, path: str, body: bytes | None, **headers: str) -> tuple[Message, bytes]:
    """A request of the API; the headers and the body of its answer."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(f"{who.api.url}/api/v1{path}", body, given, method=method)
    request.add_header("Authorization", f"Bearer {who.token}")
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.headers, answer.read()


def call(who: Participant, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """The same in JSON."""
    data = None if body is None else json.dumps(body).encode()
    _, found = ask(who, method, path, data, Content_Type="application/json")
    return json.loads(found or "null")


def upload(who: Participant, name: str, data: bytes) -> str:
    """Send a file in two pieces, as the tus protocol has it; returns its id."""
    named = base64.b64encode(name.encode()).decode()
    tus = {"Tus_Resumable": "1.0.0"}
    made, _ = ask(
        who, "POST", "/uploads", None, **tus, Upload_Length=str(len(data)), Upload_Metadata=f"filename {named}"
    )
    path = urllib.parse.urlsplit(made["Location"]).path.removeprefix("/api/v1")
    half = len(data) // 2
    for offset, piece in ((0, data[:half]), (half, data[half:])):
        kind = "application/offset+octet-stream"
        ask(who, "PATCH", path, piece, **tus, Content_Type=kind, Upload_Offset=str(offset))
    return path.rpartition("/")[2]
