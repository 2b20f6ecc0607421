from __future__ import annotations

from typing import Any

import pytest

from hongyan_core.store.models import UnsentDraft
from tests.hongyan_web.site import Visitor

Friends = tuple[Visitor, Visitor]


@pytest.mark.parametrize("place", ["user/bob", "group/lab"])
def test_a_draft_is_kept_and_dropped(friends: Friends, place: str) -> None:
    ann, _ = friends
    assert ann.post("/groups", {"name": "lab", "title": "Lab"}).status == 201
    path = f"/conversations/{place}/draft"
    assert ann.call("PUT", path, {"body": "hi", "reply": 7}).status == 204
    (row,) = UnsentDraft.select()
    assert (row.key, row.body, row.reply_seq) == (place, "hi", 7)
    assert [ann.call("DELETE", path).status for _ in range(2)] == [204, 204]
    assert UnsentDraft.select().count() == 0


BAD: dict[str, tuple[str, Any, tuple[int, str, str | None]]] = {
    "to a stranger": ("user/eve", {"body": "hi"}, (404, "unknown_conversation", None)),
    "in a foreign group": ("group/theirs", {"body": "hi"}, (404, "unknown_conversation", None)),
    "without words": ("user/bob", {}, (400, "missing_field", "body")),
    "a number": ("user/bob", {"body": 7}, (400, "malformed_field", "body")),
    "a NUL": ("user/bob", {"body": "\0"}, (400, "malformed_field", "body")),
    "an answer to nothing": ("user/bob", {"body": "hi", "reply": 0}, (400, "malformed_field", "reply")),
    "an answer to a word": ("user/bob", {"body": "hi", "reply": "7"}, (400, "malformed_field", "reply")),
    "a field too much": ("user/bob", {"body": "hi", "kind": "text"}, (400, "unknown_field", "kind")),
}


@pytest.mark.parametrize(("place", "body", "refusal"), BAD.values(), ids=BAD)
def test_what_is_no_draft(
    friends: Friends, eve: Visitor, place: str, body: Any, refusal: tuple[int, str, str | None]
) -> None:
    eve.post("/groups", {"name": "theirs", "title": "Theirs"})
    assert friends[0].call("PUT", f"/conversations/{place}/draft", body).refusal == refusal
