from __future__ import annotations

from tests.hongyan_web.site import Visitor

LAB = {"name": "lab", "title": "实验室", "owner": "ann", "role": "owner", "member_count": 1}
ANN = {"username": "ann", "display_name": "Ann Arbor", "role": "owner"}
BOB = {"username": "bob", "display_name": "bob", "role": "member"}


def test_a_new_group_has_its_owner_alone(ann: Visitor, bob: Visitor) -> None:
    assert ann.post("/groups", {"name": "lab", "title": "实验室"}) == (201, LAB)
    assert ann.get("/groups") == (200, {"groups": [LAB]})
    assert ann.get("/groups/lab") == (200, {**LAB, "members": [ANN]})
    assert bob.get("/groups") == (200, {"groups": []})


def test_the_owner_adds_a_friend_and_removes_him(friends: tuple[Visitor, Visitor]) -> None:
    ann, bob = friends
    ann.post("/groups", {"name": "lab", "title": "实验室"})
    assert ann.put("/groups/lab/members/bob") == (204, None)
    as_bob = {**LAB, "role": "member", "member_count": 2}
    assert bob.get("/groups/lab") == (200, {**as_bob, "members": [ANN, BOB]})
    assert ann.put("/groups/lab/members/bob").refusal[:2] == (409, "already_member")
    assert ann.delete("/groups/lab/members/bob") == (204, None)
    assert bob.get("/groups/lab").refusal[:2] == (404, "unknown_group")
    assert ann.delete("/groups/lab/members/bob").refusal[:2] == (404, "not_a_member")


def test_a_member_leaves(friends: tuple[Visitor, Visitor]) -> None:
    ann, bob = friends
    ann.post("/groups", {"name": "lab", "title": "实验室"})
    ann.put("/groups/lab/members/bob")
    assert bob.delete("/groups/lab/members/bob") == (204, None)
    assert bob.get("/groups").body == {"groups": []}
    assert ann.get("/groups/lab").body["member_count"] == 1


def test_a_foreign_group_and_an_unknown_one_are_the_same(ann: Visitor, eve: Visitor) -> None:
    ann.post("/groups", {"name": "lab", "title": "实验室"})
    for group in ("lab", "nowhere", "NOT%20A%20NAME"):
        assert eve.get(f"/groups/{group}").refusal[:2] == (404, "unknown_group")
        assert eve.put(f"/groups/{group}/members/eve").refusal[:2] == (404, "unknown_group")
        assert eve.delete(f"/groups/{group}/members/ann").refusal[:2] == (404, "unknown_group")


def test_who_may_not_is_told_so(friends: tuple[Visitor, Visitor], eve: Visitor) -> None:
    ann, bob = friends
    ann.post("/groups", {"name": "lab", "title": "实验室"})
    ann.put("/groups/lab/members/bob")
    assert ann.put("/groups/lab/members/eve").refusal[:2] == (409, "not_friends")
    assert ann.put("/groups/lab/members/nobody").refusal[1] in ("unknown_account", "not_friends")
    assert bob.delete("/groups/lab/members/ann").refusal[:2] == (403, "not_owner")
    assert eve.post("/groups", {"name": "lab", "title": "mine"}).refusal[:2] == (409, "name_taken")
    assert eve.post("/groups", {"name": "Lab", "title": "mine"}).refusal[:2] == (400, "malformed_name")
    assert eve.post("/groups", {"name": "system", "title": "mine"}).refusal[:2] == (400, "reserved_name")
