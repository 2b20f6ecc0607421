from __future__ import annotations

from tests.hongyan_web.site import START_MS, Site, Visitor

OFFLINE = {"state": "offline", "text": "", "last_seen": 0}


def test_a_request_is_seen_by_both_and_accepted(ann: Visitor, bob: Visitor) -> None:
    request = ann.post("/friend-requests", {"to": "bob", "text": "你好"})
    shown = {"id": request.body["id"], "from": "ann", "to": "bob", "text": "你好", "created_at": START_MS}
    assert request == (201, {**shown, "state": "pending"})
    face = {"picture": None, "kind": "person"}
    times = {"created_at": START_MS, "expires_at": START_MS + 14 * 86_400_000}
    waiting = {"id": request.body["id"], "text": "你好", **times, **face}
    outgoing = {**waiting, "to": "bob", "display_name": "bob"}
    incoming = {**waiting, "from": "ann", "display_name": "Ann Arbor", "to": "bob"}
    assert ann.get("/friend-requests") == (200, {"incoming": [], "outgoing": [outgoing]})
    assert bob.get("/friend-requests") == (200, {"incoming": [incoming], "outgoing": []})

    accepted = bob.post(f"/friend-requests/{request.body['id']}/accept")
    assert accepted == (200, {**shown, "state": "accepted"})
    own = {"remark": "", "labels": [], "starred": False}
    friend = {"username": "bob", "display_name": "bob", **face, **own, "since": START_MS, "presence": OFFLINE}
    assert ann.get("/friends") == (200, {"friends": [friend]})
    assert bob.get("/friends").body["friends"][0]["username"] == "ann"
    assert bob.get("/friend-requests").body == {"incoming": [], "outgoing": []}


def test_crossed_requests_make_friends_at_once(ann: Visitor, bob: Visitor) -> None:
    ann.post("/friend-requests", {"to": "bob"})
    crossed = bob.post("/friend-requests", {"to": "ann"})
    assert (crossed.status, crossed.body["state"]) == (201, "accepted")
    assert ann.get("/friends").body["friends"][0]["username"] == "bob"


def test_a_declined_request_is_gone(ann: Visitor, bob: Visitor) -> None:
    request = ann.post("/friend-requests", {"to": "bob"}).body
    declined = bob.post(f"/friend-requests/{request['id']}/decline")
    assert (declined.status, declined.body["state"]) == (200, "declined")
    assert bob.get("/friend-requests").body["incoming"] == []
    assert bob.get("/friends").body == {"friends": []}


def test_a_friendship_ends_for_both(friends: tuple[Visitor, Visitor]) -> None:
    ann, bob = friends
    assert ann.delete("/friends/bob") == (204, None)
    assert bob.get("/friends").body == {"friends": []}
    assert bob.delete("/friends/ann").refusal[:2] == (409, "not_friends")


def test_only_the_one_who_was_asked_decides(ann: Visitor, bob: Visitor, eve: Visitor) -> None:
    request = ann.post("/friend-requests", {"to": "bob"}).body
    for visitor in (ann, eve):
        assert visitor.post(f"/friend-requests/{request['id']}/accept").refusal == (404, "unknown_request", None)
    assert bob.post("/friend-requests/999999999999999999/accept").refusal == (404, "unknown_request", None)


def test_what_cannot_be_asked_is_refused_with_a_reason(
    site: Site, friends: tuple[Visitor, Visitor], eve: Visitor
) -> None:
    ann, bob = friends
    site.member("carl")
    ann.put("/blocks/eve")
    ann.post("/friend-requests", {"to": "carl"})
    refusals = {
        name: visitor.post("/friend-requests", {"to": name}).refusal[:2]
        for name, visitor in {"ann": ann, "bob": ann, "carl": ann, "nobody": ann, "eve": ann}.items()
    }
    assert refusals == {
        "ann": (409, "request_to_self"),
        "bob": (409, "already_friends"),
        "carl": (409, "already_requested"),
        "nobody": (404, "unknown_account"),
        "eve": (409, "you_blocked"),
    }
    assert eve.post("/friend-requests", {"to": "ann"}).refusal[:2] == (404, "unknown_account")
    assert bob.get("/friends").body["friends"][0]["username"] == "ann"
