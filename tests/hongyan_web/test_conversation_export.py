from __future__ import annotations

import json

import pytest

from tests.hongyan_web.site import Visitor, publish


def test_a_conversation_is_taken_along_as_json_and_as_a_page(friends: tuple[Visitor, Visitor]) -> None:
    ann, _ = friends
    publish(("ann", "send/user/bob", b"hello"))
    answer = ann.send("GET", "/conversations/user/bob/export")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="hongyan-user-bob.json"'
    assert [message["body"] for message in json.loads(answer.data)["messages"]] == ["hello"]
    answer = ann.send("GET", "/conversations/user/bob/export?format=html")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="hongyan-user-bob.html"'
    assert answer.mimetype == "application/octet-stream"  # never shown as a page of ours
    assert answer.data.decode().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        ("user/bob/export?format=pdf", (400, "malformed_field", "format")),
        ("user/nobody/export", (404, "unknown_conversation", None)),
        ("group/lab/export", (404, "unknown_conversation", None)),
    ],
    ids=["another form", "a stranger", "a foreign group"],
)
def test_what_cannot_be_taken_along_is_refused(
    friends: tuple[Visitor, Visitor], path: str, refusal: tuple[int, str, str | None]
) -> None:
    assert friends[0].get(f"/conversations/{path}").refusal == refusal
