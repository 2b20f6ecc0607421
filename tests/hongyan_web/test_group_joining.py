from __future__ import annotations

from typing import Any

import pytest

from hongyan_core.links import make_code
from hongyan_core.qr import make_qr
from tests.hongyan_web.site import START_MS, Site, Visitor


@pytest.fixture
def lab(ann: Visitor) -> Visitor:
    """Ann, who owns the group lab, open to whoever has a link."""
    assert ann.post("/groups", {"name": "lab", "title": "实验室"}).status == 201
    assert ann.patch("/groups/lab", {"joins": "open"}).status == 204
    return ann


def make_link(ann: Visitor, **options: Any) -> dict[str, Any]:
    said = ann.post("/groups/lab/links", options)
    assert said.status == 201
    return dict(said.body)


def test_a_link_is_made_shown_and_ended(lab: Visitor, eve: Visitor) -> None:
    link = make_link(lab, expires_at=START_MS + 5_000, max_uses=2)
    assert link == {
        "id": link["id"],
        "url": f"http://localhost/#/join/{link['code']}",
        "code": link["code"],
        "qr": make_qr(link["url"]),
        "created_at": START_MS,
        "expires_at": START_MS + 5_000,
        "max_uses": 2,
        "uses": 0,
    }
    assert eve.post(f"/links/{link['code']}/join", {}).body == {"state": "joined", "group": "lab", "request_id": None}
    assert lab.get("/groups/lab/links").body == {"links": [{**link, "uses": 1}]}
    assert lab.delete(f"/groups/lab/links/{link['id']}") == (204, None)
    assert lab.get("/groups/lab/links").body == {"links": []}
    assert lab.delete(f"/groups/lab/links/{link['id']}").refusal[:2] == (404, "unknown_link")
    assert eve.post(f"/links/{link['code']}/join", {}).refusal[:2] == (404, "invalid_link")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"expires_at": START_MS}, "expires_at"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"expires_at": 10**30}, "expires_at"),
        ({"max_uses": 0}, "max_uses"),
        ({"max_uses": 1.5}, "max_uses"),
        ({"max_uses": 100_001}, "max_uses"),
    ],
)
def test_a_link_that_cannot_be(lab: Visitor, body: dict[str, Any], field: str) -> None:
    assert lab.post("/groups/lab/links", body).refusal == (400, "malformed_field", field)


@pytest.mark.parametrize("code", ["x", "a%00b", "z" * 200, "%ff", "signup", "99"])
def test_a_code_that_leads_into_no_group(lab: Visitor, eve: Visitor, code: str) -> None:
    made = {"signup": make_code(b"k" * 32, "signup", "1"), "99": make_code(b"k" * 32, "group", "99")}
    assert eve.post(f"/links/{made.get(code, code)}/join", {}).refusal[:2] == (404, "invalid_link")


def test_who_asks_is_let_in_by_an_admin(lab: Visitor, eve: Visitor) -> None:
    code = make_link(lab)["code"]
    lab.patch("/groups/lab", {"joins": "approval"})
    said = eve.post(f"/links/{code}/join", {"text": "it's me"})
    request_id = said.body["request_id"]
    assert said.body == {"state": "pending", "group": "lab", "request_id": request_id}
    waiting = {"id": request_id, "text": "it's me", "created_at": START_MS}
    assert lab.get("/groups/lab/join-requests").body == {
        "requests": [{"username": "eve", "display_name": "eve", **waiting}]
    }
    assert eve.get("/me/join-requests").body == {"requests": [{"group": "lab", "title": "实验室", **waiting}]}
    assert lab.post(f"/groups/lab/join-requests/{request_id}/accept") == (204, None)
    assert eve.get("/groups/lab").status == 200
    assert lab.post(f"/groups/lab/join-requests/{request_id}/decline").refusal[:2] == (404, "unknown_join_request")


def test_who_asks_is_declined_or_takes_it_back(lab: Visitor, eve: Visitor) -> None:
    code = make_link(lab)["code"]
    lab.patch("/groups/lab", {"joins": "approval"})
    first = eve.post(f"/links/{code}/join", {}).body["request_id"]
    assert lab.post(f"/groups/lab/join-requests/{first}/decline") == (204, None)
    second = eve.post(f"/links/{code}/join", {}).body["request_id"]
    assert eve.delete(f"/me/join-requests/{second}") == (204, None)
    assert eve.delete(f"/me/join-requests/{second}").refusal[:2] == (404, "unknown_join_request")
    assert lab.get("/groups/lab/join-requests").body == {"requests": []}


def test_a_closed_door_and_a_ban_say_so(lab: Visitor, eve: Visitor) -> None:
    code = make_link(lab)["code"]
    assert eve.post(f"/links/{code}/join", {}).status == 200
    assert lab.put("/groups/lab/bans/eve").status == 204
    assert eve.post(f"/links/{code}/join", {}).refusal[:2] == (403, "banned")
    assert lab.patch("/groups/lab", {"joins": "closed"}).status == 204
    assert lab.delete("/groups/lab/bans/eve").status == 204
    assert eve.post(f"/links/{code}/join", {}).refusal[:2] == (403, "joins_closed")


def test_a_door_is_shown_to_who_is_signed_in(lab: Visitor, eve: Visitor, site: Site) -> None:
    code = make_link(lab)["code"]
    door = {"name": "lab", "title": "实验室", "kind": "group", "member_count": 1, "joins": "open", "picture": None}
    assert eve.get(f"/links/{code}") == (200, {"kind": "group", "group": door})
    assert site.visitor().get(f"/links/{code}").refusal[:2] == (401, "not_signed_in")
