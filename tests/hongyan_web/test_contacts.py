"""Labels, remarks, the personal link, withdrawn and ignored requests, messages to a label."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from hongyan_core.store.models import Account
from hongyan_web.my_link import parse_person_code, resolve_person
from tests.hongyan_web.site import START_MS, Site, Visitor


def test_a_contact_is_changed_and_its_labels_are_counted_renamed_and_removed(friends: tuple[Visitor, Visitor]) -> None:
    ann, _ = friends
    changed = ann.send("PATCH", "/friends/bob", json={"remark": "老鲍", "labels": ["同事"], "starred": True}).json
    assert (changed["username"], changed["remark"], changed["labels"], changed["starred"]) == (
        "bob",
        "老鲍",
        ["同事"],
        True,
    )
    assert ann.get("/friends").body["friends"] == [changed]
    assert ann.get("/labels") == (200, {"labels": [{"label": "同事", "count": 1}]})
    assert ann.call("PATCH", "/labels/同事", {"label": "work"}) == (200, {"label": "work"})
    assert ann.post("/broadcasts", {"label": "work", "body": "早"}) == (200, {"sent_to": 1})
    assert ann.delete("/labels/work") == (204, None)
    assert ann.delete("/labels/work").refusal == (404, "unknown_label", None)
    assert ann.get("/labels").body == {"labels": []}


@pytest.mark.parametrize(
    ("method", "path", "body", "refusal"),
    [
        pytest.param("PATCH", "/friends/eve", {}, (409, "not_friends", None), id="a stranger"),
        pytest.param("PATCH", "/friends/bob", {"nick": "x"}, (400, "unknown_field", "nick"), id="an unknown field"),
        pytest.param("PATCH", "/friends/bob", {"starred": "yes"}, (400, "malformed_field", "starred"), id="no boolean"),
        pytest.param("PATCH", "/friends/bob", {"labels": "x"}, (400, "malformed_field", "labels"), id="no list"),
        pytest.param("PATCH", "/friends/bob", {"labels": [7]}, (400, "malformed_field", "labels"), id="no words"),
        pytest.param("PATCH", "/friends/bob", {"remark": "a\0"}, (400, "malformed_field", "remark"), id="a NUL"),
        pytest.param("PATCH", "/labels/none", {"label": "x"}, (404, "unknown_label", None), id="no such label"),
        pytest.param("PATCH", "/labels/a%00b", {"label": "x"}, (404, "unknown_label", None), id="a NUL in the path"),
        pytest.param("POST", "/broadcasts", {"label": "x"}, (400, "missing_field", "body"), id="no body"),
        pytest.param("POST", "/friend-requests", {}, (400, "missing_field", "to"), id="nobody to ask"),
        pytest.param(
            "POST",
            "/friend-requests",
            {"to": "eve", "link": "x"},
            (400, "malformed_field", "to"),
            id="both ways",
        ),
        pytest.param("POST", "/friend-requests", {"link": "x"}, (404, "invalid_link", "link"), id="no code"),
        pytest.param("POST", "/friend-requests", {"link": "é" * 9}, (404, "invalid_link", "link"), id="no ASCII"),
        pytest.param("DELETE", "/friend-requests/7", None, (404, "unknown_request", None), id="no such request"),
        pytest.param("PUT", "/mutes/user/bob", {}, (400, "missing_field", "until"), id="no time"),
        pytest.param("PUT", "/mutes/user/bob", {"until": "x"}, (400, "malformed_field", "until"), id="no number"),
        pytest.param("PUT", "/mutes/user/bob", {"until": 5}, (400, "malformed_field", "until"), id="the past"),
        pytest.param("PUT", "/mutes/user/bob", {"until": 10**40}, (400, "malformed_field", "until"), id="too far"),
        pytest.param("PUT", "/mutes/user/eve", {"until": None}, (404, "unknown_conversation", None), id="no talk"),
        pytest.param("PUT", "/mutes/group/lab", {"until": None}, (404, "unknown_conversation", None), id="no group"),
    ],
)
@pytest.mark.usefixtures("eve")
def test_what_cannot_be_is_refused(
    friends: tuple[Visitor, Visitor],
    method: str,
    path: str,
    body: dict[str, object] | None,
    refusal: tuple[object, ...],
) -> None:
    assert friends[0].call(method, path, body).refusal == refusal


def test_a_personal_link_is_also_a_picture_leads_to_its_owner_and_ends(site: Site, ann: Visitor, eve: Visitor) -> None:
    Account.update(hidden=True).where(Account.name == "ann").execute()
    shown = ann.get("/me/link").body
    assert shown["url"].endswith(f"/#/join/{shown['code']}")
    assert unquote(shown["qr"]).startswith("data:image/svg+xml;charset=utf-8,<svg ")
    assert ann.get("/me/link").body == shown
    assert eve.get("/people?q=ann").body == {"people": []}
    assert eve.post("/friend-requests", {"to": "ann"}).refusal == (404, "unknown_account", "to")
    with site.app.test_request_context():
        assert parse_person_code(shown["code"]) == ("ann", 1)
        assert resolve_person(Account.get(name="eve"), "ann.1")["person"].username == "ann"
    renewed = ann.post("/me/link").body
    assert renewed["code"] != shown["code"]
    assert eve.post("/friend-requests", {"link": shown["code"]}).refusal == (404, "invalid_link", "link")
    asked = eve.post("/friend-requests", {"link": renewed["code"]})
    assert (asked.status, asked.body["to"]) == (201, "ann")


def test_a_request_is_withdrawn_and_another_one_has_to_wait(ann: Visitor, bob: Visitor) -> None:
    request = ann.post("/friend-requests", {"to": "bob"}).body
    assert bob.delete(f"/friend-requests/{request['id']}").refusal == (404, "unknown_request", None)
    assert ann.delete(f"/friend-requests/{request['id']}") == (204, None)
    again = ann.send("POST", "/friend-requests", json={"to": "bob"})
    assert (again.status_code, again.headers["Retry-After"]) == (409, "86400")
    assert again.json["error"]["code"] == "request_too_soon"
    assert again.json["error"]["message"].endswith("in 24 hours.")


def test_an_ignored_request_waits_for_its_sender_only(ann: Visitor, bob: Visitor) -> None:
    request = ann.post("/friend-requests", {"to": "bob"}).body
    ignored = bob.post(f"/friend-requests/{request['id']}/ignore")
    assert (ignored.status, ignored.body["state"]) == (200, "ignored")
    assert bob.get("/friend-requests").body["incoming"] == []
    assert ann.get("/friend-requests").body["outgoing"][0]["to"] == "bob"


def test_a_mute_is_seen_in_the_head_until_it_is_over(site: Site, friends: tuple[Visitor, Visitor]) -> None:
    ann, _ = friends
    until = START_MS + 1_000
    assert ann.put("/mutes/user/bob", {"until": until}) == (200, {"key": "user/bob", "until": until})
    assert ann.get("/mutes").body == {"mutes": [{"key": "user/bob", "until": until}]}
    assert ann.get("/conversations").body["conversations"][0]["muted_until"] == until
    site.clock.now_ms = until
    assert ann.get("/mutes").body == {"mutes": []}
    assert ann.get("/conversations").body["conversations"][0]["muted_until"] is None
    assert ann.put("/mutes/user/bob", {"until": None}).body["until"] == 2**53 - 1
    assert ann.delete("/mutes/user/bob") == (204, None)
    assert ann.get("/conversations").body["conversations"][0]["muted_until"] is None


def test_a_group_is_muted(ann: Visitor) -> None:
    ann.post("/groups", {"name": "lab", "title": "Lab"})
    assert ann.put("/mutes/group/lab", {"until": None}).status == 200
    assert ann.delete("/mutes/group/lab") == (204, None)
    assert ann.delete("/mutes/group/lab") == (204, None)
