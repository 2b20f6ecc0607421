from __future__ import annotations

import pytest

from hongyan_core.store.models import ListMarks
from tests.hongyan_web.site import START_MS, Site, Visitor, publish

Friends = tuple[Visitor, Visitor]


def marks(visitor: Visitor) -> dict[str, list[str]]:
    return {head["key"]: head["marks"] for head in visitor.get("/conversations").body["conversations"]}


@pytest.mark.parametrize("place", ["user/bob", "group/lab"])
def test_a_conversation_is_marked_and_unmarked_for_all_devices_of_one_person(friends: Friends, place: str) -> None:
    ann, bob = friends
    assert ann.post("/groups", {"name": "lab", "title": "Lab"}).status == 201
    for mark in ("unread", "archived", "pinned", "pinned"):
        assert ann.call("PUT", f"/conversations/{place}/marks/{mark}").status == 204
    assert marks(ann) == {"user/bob": [], "group/lab": []} | {place: ["pinned", "archived", "unread"]}
    assert marks(bob) == {"user/ann": []}
    for mark in ("pinned", "archived", "unread"):
        path = f"/conversations/{place}/marks/{mark}"
        assert [ann.call("DELETE", path).status for _ in range(2)] == [204, 204]
    assert ListMarks.select().count() == 0


def test_reading_on_any_device_takes_the_mark_unread_back(friends: Friends, site: Site) -> None:
    ann, _ = friends
    publish(("bob", "send/user/ann", b"hello"))
    site.clock.now_ms = START_MS - 1
    assert ann.call("PUT", "/conversations/user/bob/marks/unread").status == 204
    assert marks(ann) == {"user/bob": ["unread"]}
    publish(("ann", "read/user/bob", b'{"seq": 1}'))
    assert marks(ann) == {"user/bob": []}


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        pytest.param("user/eve/marks/pinned", (404, "unknown_conversation", None), id="a stranger"),
        pytest.param("group/theirs/marks/unread", (404, "unknown_conversation", None), id="a foreign group"),
        pytest.param("user/bob/marks/starred", (404, "not_found", None), id="no such mark"),
    ],
)
def test_what_cannot_be_marked(friends: Friends, eve: Visitor, path: str, refusal: tuple[int, str, str | None]) -> None:
    eve.post("/groups", {"name": "theirs", "title": "Theirs"})
    assert friends[0].call("PUT", f"/conversations/{path}").refusal == refusal
