from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from hongyan_core.store.models import FOREVER_MS
from tests.hongyan_web.site import START_MS, Visitor, publish

LAB = {
    "name": "lab",
    "title": "实验室",
    "owner": "ann",
    "role": "owner",
    "member_count": 1,
    "kind": "group",
    "picture": None,
}
SET = {
    "invites": "admins",
    "joins": "closed",
    "history": "joined",
    "writers": "all",
    "muted_until": None,
    "announcement": None,
    "my_nickname": "",
    "my_muted_until": None,
    "next": None,
}
PLAIN = {"nickname": "", "muted_until": None, "picture": None}
ANN = {"username": "ann", "display_name": "Ann Arbor", "role": "owner", **PLAIN}
BOB = {"username": "bob", "display_name": "bob", "role": "member", **PLAIN}


@pytest.fixture
def lab(friends: tuple[Visitor, Visitor]) -> tuple[Visitor, Visitor]:
    """Ann's group lab with bob in it."""
    ann, bob = friends
    assert ann.post("/groups", {"name": "lab", "title": "实验室"}).status == 201
    assert ann.put("/groups/lab/members/bob").status == 204
    return ann, bob


def test_a_new_group_has_its_owner_alone(ann: Visitor, bob: Visitor) -> None:
    assert ann.post("/groups", {"name": "lab", "title": "实验室"}) == (201, LAB)
    assert ann.get("/groups") == (200, {"groups": [LAB]})
    assert ann.get("/groups/lab") == (200, {**LAB, **SET, "members": [ANN]})
    assert bob.get("/groups") == (200, {"groups": []})


def test_the_owner_adds_a_friend_and_removes_him(lab: tuple[Visitor, Visitor]) -> None:
    ann, bob = lab
    as_bob = {**LAB, **SET, "role": "member", "member_count": 2}
    assert bob.get("/groups/lab") == (200, {**as_bob, "members": [ANN, BOB]})
    assert ann.put("/groups/lab/members/bob").refusal[:2] == (409, "already_member")
    assert ann.delete("/groups/lab/members/bob") == (204, None)
    assert bob.get("/groups/lab").refusal[:2] == (404, "unknown_group")
    assert ann.delete("/groups/lab/members/bob").refusal[:2] == (404, "not_a_member")


def test_a_member_leaves(lab: tuple[Visitor, Visitor]) -> None:
    ann, bob = lab
    assert bob.delete("/groups/lab/members/bob") == (204, None)
    assert bob.get("/groups").body == {"groups": []}
    assert ann.get("/groups/lab").body["member_count"] == 1


# Everything that can be done in a group: method, path after /groups/, body.
CALLS: list[tuple[str, str, Any]] = [
    ("GET", "lab", None),
    ("PATCH", "lab", {"title": "x"}),
    ("DELETE", "lab", None),
    ("POST", "lab/owner", {"username": "ann"}),
    ("GET", "lab/picture", None),
    ("PUT", "lab/picture", None),
    ("DELETE", "lab/picture", None),
    ("GET", "lab/members", None),
    ("PUT", "lab/members/eve", None),
    ("PATCH", "lab/members/ann", {"nickname": "x"}),
    ("DELETE", "lab/members/ann", None),
    ("GET", "lab/bans", None),
    ("PUT", "lab/bans/ann", None),
    ("DELETE", "lab/bans/ann", None),
    ("GET", "lab/announcement/readers", None),
    ("GET", "lab/links", None),
    ("POST", "lab/links", {}),
    ("DELETE", "lab/links/1", None),
    ("GET", "lab/join-requests", None),
    ("POST", "lab/join-requests/1/accept", None),
    ("POST", "lab/join-requests/1/decline", None),
]
MEMBERS_MAY = {"lab", "lab/members", "lab/picture"}


@pytest.mark.parametrize(("method", "path", "body"), CALLS, ids=[f"{method} {path}" for method, path, _ in CALLS])
def test_a_foreign_group_and_an_unknown_one_are_the_same(
    lab: tuple[Visitor, Visitor], eve: Visitor, method: str, path: str, body: Any
) -> None:
    for group in ("lab", "nowhere", "NOT%20A%20NAME", "a%00b"):
        said = eve.call(method, f"/groups/{path.replace('lab', group, 1)}", body)
        assert said.refusal[:2] == (404, "unknown_group")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [call for call in CALLS if call[0] != "GET" or call[1] not in MEMBERS_MAY],
    ids=[f"{method} {path}" for method, path, _ in CALLS if method != "GET" or path not in MEMBERS_MAY],
)
def test_a_member_may_not_what_is_for_admins(lab: tuple[Visitor, Visitor], method: str, path: str, body: Any) -> None:
    _, bob = lab
    options: dict[str, Any] = (
        {"data": draw(), "content_type": "image/png"} if (method, path) == ("PUT", "lab/picture") else {}
    )
    said = bob.call(method, f"/groups/{path}", body, **options)
    assert said.refusal[:2] in ((403, "not_owner"), (403, "owner_only"))


def test_who_may_not_is_told_so(lab: tuple[Visitor, Visitor], eve: Visitor) -> None:
    ann, bob = lab
    stranger, nobody = ann.put("/groups/lab/members/eve"), ann.put("/groups/lab/members/nobody")
    assert stranger == nobody
    assert stranger.refusal[:2] == (409, "not_friends")
    assert bob.delete("/groups/lab/members/ann").refusal[:2] == (403, "not_owner")
    assert eve.post("/groups", {"name": "lab", "title": "mine"}).refusal[:2] == (409, "name_taken")
    assert eve.post("/groups", {"name": "Lab", "title": "mine"}).refusal[:2] == (400, "malformed_name")
    assert eve.post("/groups", {"name": "system", "title": "mine"}).refusal[:2] == (400, "reserved_name")


def test_a_group_is_set_another_way(lab: tuple[Visitor, Visitor]) -> None:
    ann, bob = lab
    change = {"title": "Lab", "invites": "members", "joins": "open", "history": "all", "writers": "admins"}
    assert ann.patch("/groups/lab", {**change, "muted_until": None, "announcement": "茶"}) == (204, None)
    shown = bob.get("/groups/lab").body
    assert {name: shown[name] for name in change} == change
    assert shown["muted_until"] == FOREVER_MS
    assert shown["announcement"] == {"text": "茶", "at": START_MS, "by": "ann", "read_count": None}
    assert ann.get("/groups/lab").body["announcement"]["read_count"] == 0
    assert ann.patch("/groups/lab", {"muted_until": 0}).status == 204
    assert bob.get("/groups/lab").body["muted_until"] is None


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("lab", {"title": ""}, "title"),
    ("lab", {"title": 7}, "title"),
    ("lab", {"invites": "all"}, "invites"),
    ("lab", {"muted_until": "tomorrow"}, "muted_until"),
    ("lab", {"muted_until": -1}, "muted_until"),
    ("lab", {"muted_until": START_MS}, "muted_until"),
    ("lab", {"announcement": "x" * 2_001}, "announcement"),
    ("lab", {"kind": "channel"}, "kind"),
    ("lab/members/bob", {"role": "owner"}, "role"),
    ("lab/members/bob", {"role": None}, "role"),
    ("lab/members/bob", {"muted_until": 1}, "muted_until"),
    ("lab/members/bob", {"nickname": "x" * 65}, "nickname"),
]


@pytest.mark.parametrize(("path", "body", "field"), WRONG, ids=[f"{path} {body}"[:50] for path, body, _ in WRONG])
def test_a_change_that_cannot_be_names_its_field(
    lab: tuple[Visitor, Visitor], path: str, body: dict[str, Any], field: str
) -> None:
    status, _, named = lab[0].patch(f"/groups/{path}", body).refusal
    assert (status, named) == (400, field)


def test_a_member_is_made_an_admin_muted_and_named(lab: tuple[Visitor, Visitor]) -> None:
    ann, bob = lab
    change = {"role": "admin", "muted_until": START_MS + 1, "nickname": "Bobby"}
    assert ann.patch("/groups/lab/members/bob", change) == (204, None)
    (_, shown) = bob.get("/groups/lab/members").body["members"]
    assert shown == {**BOB, **change}
    mine = bob.get("/groups/lab").body
    assert (mine["role"], mine["my_muted_until"], mine["my_nickname"]) == ("admin", START_MS + 1, "Bobby")


def test_a_group_is_handed_over_and_dissolved(lab: tuple[Visitor, Visitor]) -> None:
    ann, bob = lab
    assert ann.post("/groups/lab/owner", {"username": "bob"}) == (204, None)
    assert ann.get("/groups/lab").body["owner"] == "bob"
    assert ann.delete("/groups/lab").refusal[:2] == (403, "owner_only")
    assert bob.delete("/groups/lab") == (204, None)
    assert bob.get("/groups/lab").refusal[:2] == (404, "unknown_group")
    assert ann.post("/groups", {"name": "lab", "title": "again"}).refusal[:2] == (409, "name_taken")


def test_members_come_page_by_page(lab: tuple[Visitor, Visitor]) -> None:
    ann, _ = lab
    first = ann.get("/groups/lab/members?limit=1").body
    assert first["members"] == [ANN]
    assert ann.get(f"/groups/lab/members?limit=1&after={first['next']}").body == {"members": [BOB], "next": None}
    assert ann.get("/groups/lab/members?q=BOB").body["members"] == [BOB]
    for query in ("limit=0", "limit=201", "after=-1", "after=x", f"after={'1' * 40}"):
        assert ann.get(f"/groups/lab/members?{query}").refusal[:2] == (400, "malformed_field")


def test_a_ban_is_listed_and_lifted(lab: tuple[Visitor, Visitor]) -> None:
    ann, bob = lab
    assert ann.put("/groups/lab/bans/bob") == (204, None)
    assert bob.get("/groups/lab").refusal[:2] == (404, "unknown_group")
    banned = {"username": "bob", "display_name": "bob", "at": START_MS}
    assert ann.get("/groups/lab/bans") == (200, {"bans": [banned], "next": None})
    assert ann.put("/groups/lab/members/bob").refusal[:2] == (409, "member_banned")
    assert ann.delete("/groups/lab/bans/bob") == (204, None)
    assert ann.put("/groups/lab/members/bob").status == 204


def test_who_has_read_the_announcement(lab: tuple[Visitor, Visitor]) -> None:
    ann, bob = lab
    assert ann.patch("/groups/lab", {"announcement": "茶"}).status == 204
    publish(("bob", "send/group/lab", b"coming"))
    assert ann.get("/groups/lab/announcement/readers").body == {
        "readers": [{"username": "bob", "display_name": "bob"}],
        "next": None,
    }
    assert bob.get("/groups/lab/announcement/readers").refusal[:2] == (403, "not_owner")


def test_a_channel_shows_its_readers_to_its_admins_only(friends: tuple[Visitor, Visitor]) -> None:
    ann, bob = friends
    assert ann.post("/groups", {"name": "news", "title": "News", "kind": "channel"}).body["kind"] == "channel"
    assert ann.put("/groups/news/members/bob").status == 204
    assert bob.get("/groups/news").body["members"] == [ANN]
    assert bob.get("/groups/news").body["writers"] == "admins"
    assert ann.get("/groups/news").body["members"] == [ANN, BOB]
    assert ann.patch("/groups/news", {"writers": "all"}).refusal == (400, "malformed_field", "writers")
    assert ann.post("/groups", {"name": "club", "title": "Club", "kind": "club"}).refusal == (
        400,
        "malformed_field",
        "kind",
    )


def draw() -> bytes:
    file = BytesIO()
    Image.new("RGB", (40, 30), "red").save(file, "PNG")
    return file.getvalue()


def test_a_group_has_a_picture_for_its_members(lab: tuple[Visitor, Visitor], eve: Visitor) -> None:
    ann, bob = lab
    assert bob.get("/groups/lab/picture").refusal[:2] == (404, "no_picture")
    put = ann.call("PUT", "/groups/lab/picture", data=draw(), content_type="image/png")
    assert put.status == 200
    assert bob.get("/groups/lab").body["picture"] == put.body["picture"]
    answer = bob.send("GET", "/groups/lab/picture")
    assert (answer.mimetype, answer.data[8:12]) == ("image/webp", b"WEBP")
    known = bob.client.get("/api/v1/groups/lab/picture", headers={"If-None-Match": answer.headers["ETag"]})
    assert (known.status_code, known.data) == (304, b"")
    assert eve.get("/groups/lab/picture").refusal[:2] == (404, "unknown_group")
    assert ann.put("/groups/lab/picture", {"not": "a picture"}).refusal[:2] == (415, "not_a_picture")
    assert ann.delete("/groups/lab/picture") == (204, None)
    assert bob.get("/groups/lab").body["picture"] is None
