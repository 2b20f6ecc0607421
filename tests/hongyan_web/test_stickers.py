from __future__ import annotations

import pytest

from hongyan_core.store.models import Account, StoredFile
from tests.hongyan_web.site import Visitor

PICTURE = "p" * 22


@pytest.fixture
def picture(ann: Visitor) -> str:
    """A picture that ann has uploaded."""
    owner = Account.get(Account.name == "ann")
    StoredFile.insert(
        id=PICTURE, account=owner, hash="0" * 64, name="x", media_type="image/webp", size=1, created_at_ms=1
    ).execute()
    return PICTURE


def test_a_pack_is_made_used_by_others_and_deleted(ann: Visitor, bob: Visitor, picture: str) -> None:
    made = ann.post("/stickers", {"name": "geese", "title": "大雁"})
    empty = {"name": "geese", "title": "大雁", "owner": "ann", "saved": False, "stickers": []}
    assert (made.status, made.body) == (201, empty)
    assert ann.put("/stickers/geese/hello", {"file": picture, "emoji": "👋"}).status == 204
    hello = {"name": "hello", "emoji": "👋", "file": picture}
    assert bob.get("/stickers/geese").body == {**empty, "stickers": [hello]}
    assert bob.put("/me/stickers/geese").status == 204
    assert bob.get("/stickers").body == {"packs": [{**empty, "saved": True, "stickers": [hello]}]}
    assert bob.delete("/me/stickers/geese").status == 204
    assert bob.get("/stickers").body == {"packs": []}
    assert ann.delete("/stickers/geese/hello").status == 204
    assert ann.delete("/stickers/geese").status == 204
    assert ann.get("/stickers").body == {"packs": []}


REFUSED = [
    ("GET", "/stickers/swans", None, (404, "unknown_pack", None)),
    ("PUT", "/me/stickers/swans", None, (404, "unknown_pack", None)),
    ("DELETE", "/stickers/geese", None, (403, "not_your_pack", None)),
    ("PUT", "/stickers/geese/hello", {"file": PICTURE}, (403, "not_your_pack", None)),
    ("PUT", "/stickers/geese/hello", {}, (400, "missing_field", "file")),
    ("POST", "/stickers", {"name": "geese", "title": "x"}, (409, "name_taken", "name")),
    ("POST", "/stickers", {"name": "swans"}, (400, "missing_field", "title")),
    ("POST", "/stickers", {"name": 7, "title": "x"}, (400, "malformed_field", "name")),
]


@pytest.mark.parametrize(("method", "path", "body", "refusal"), REFUSED, ids=[f"{r[0]} {r[1]} {r[2]}" for r in REFUSED])
def test_what_is_refused(
    ann: Visitor, bob: Visitor, method: str, path: str, body: object, refusal: tuple[int, str, str | None]
) -> None:
    ann.post("/stickers", {"name": "geese", "title": "x"})
    assert bob.call(method, path, body).refusal == refusal
