from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hongyan_core.links import make_code
from hongyan_core.settings import Registration
from hongyan_core.store.models import Link
from tests.hongyan_web.site import PASSWORD, START_MS, Site, Visitor

INVITE = {"registration": Registration.INVITE}
KEY = b"k" * 32  # of the sites of these tests


def account(name: str, **more: Any) -> dict[str, Any]:
    return {"username": name, "password": PASSWORD, **more}


@pytest.fixture
def invited(make_site: Callable[..., Site]) -> Site:
    """A server by invitation, whose first account is ann's."""
    site = make_site(**INVITE)
    site.ann = site.member("ann")
    return site


def test_an_invitation_is_shown_with_its_link_and_lets_so_many_in(invited: Site) -> None:
    link = invited.ann.post("/links", {"max_uses": 1, "expires_at": START_MS + 1_000}).body
    assert link == {
        "id": 1, "url": f"http://localhost/#/join/{link['code']}", "code": link["code"], "created_at": START_MS,
        "expires_at": START_MS + 1_000, "max_uses": 1, "uses": 0,
    }  # fmt: skip
    visitor = invited.visitor()
    assert visitor.get(f"/links/{link['code']}") == (200, {"kind": "signup"})
    assert visitor.post("/accounts", account("bob")).refusal == (403, "invitation_needed", "invitation")
    assert visitor.post("/accounts", account("bob", invitation=link["code"])).status == 201
    said = visitor.post("/accounts", account("eve", invitation=link["code"]))
    assert said.refusal == (404, "invalid_link", "invitation")
    assert visitor.get(f"/links/{link['code']}").refusal == (404, "invalid_link", None)
    assert invited.ann.get("/links").body == {"links": [{**link, "uses": 1}]}


def test_a_public_url_is_where_invitations_lead(make_site: Callable[..., Site]) -> None:
    link = make_site(public_url="https://chat.example/").member("ann").post("/links", {}).body
    assert link["url"] == f"https://chat.example/#/join/{link['code']}"
    assert (link["expires_at"], link["max_uses"]) == (None, None)


def test_an_invitation_that_was_ended_leads_nowhere(invited: Site) -> None:
    link = invited.ann.post("/links", {}).body
    assert invited.ann.delete(f"/links/{link['id']}") == (204, None)
    assert invited.ann.get("/links").body == {"links": []}
    assert invited.visitor().get(f"/links/{link['code']}").refusal == (404, "invalid_link", None)
    assert invited.ann.delete(f"/links/{link['id']}").refusal == (404, "unknown_link", None)


def test_an_invitation_counts_until_it_expires(invited: Site) -> None:
    link = invited.ann.post("/links", {"expires_at": START_MS + 1_000}).body
    invited.clock.now_ms += 1_000
    said = invited.visitor().post("/accounts", account("bob", invitation=link["code"]))
    assert said.refusal == (404, "invalid_link", "invitation")


def test_only_moderators_invite_and_only_in_a_browser(site: Site, ann: Visitor, bob: Visitor) -> None:
    for visitor in (bob, site.program("ann")):
        assert visitor.get("/links").refusal == (403, "not_permitted", None)
        assert visitor.post("/links", {}).refusal == (403, "not_permitted", None)
        assert visitor.delete("/links/1").refusal == (403, "not_permitted", None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"expires_at": START_MS}, "expires_at"),
        ({"expires_at": 10**40}, "expires_at"),
        ({"expires_at": START_MS + 0.5}, "expires_at"),
        ({"max_uses": 0}, "max_uses"),
        ({"max_uses": True}, "max_uses"),
        ({"max_uses": 10**40}, "max_uses"),
    ],
)
def test_an_invitation_that_makes_no_sense_is_refused(ann: Visitor, body: dict[str, Any], field: str) -> None:
    assert ann.post("/links", body).refusal == (400, "malformed_field", field)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("nothing", id="no code"),
        pytest.param("7", id="a number"),
        pytest.param("a" * 1_000, id="a long one"),
        pytest.param("%00", id="a NUL"),
        pytest.param("安", id="Chinese"),
        pytest.param(make_code(b"another key", "signup", "1"), id="of another server"),
        pytest.param(make_code(KEY, "signup", "99"), id="that nobody made"),
        pytest.param(make_code(KEY, "signup", str(10**18)), id="of a large number"),
    ],
)
def test_a_code_that_is_none_is_refused(invited: Site, code: str) -> None:
    invited.ann.post("/links", {})
    assert invited.visitor().get(f"/links/{code}").refusal == (404, "invalid_link", None)
    if not code.startswith("%"):
        said = invited.visitor().post("/accounts", account("bob", invitation=code[:256]))
        assert said.refusal == (404, "invalid_link", "invitation")


def test_a_code_of_another_kind_is_no_invitation(invited: Site) -> None:
    Link.create(kind="group", creator=1, group_id=7, created_at_ms=1)
    for code in (make_code(KEY, "group", "1"), make_code(KEY, "person", "ann.1")):
        said = invited.visitor().post("/accounts", account("bob", invitation=code))
        assert said.refusal == (404, "invalid_link", "invitation")


def test_a_closed_server_says_so(make_site: Callable[..., Site]) -> None:
    site = make_site(registration=Registration.CLOSED)
    site.member("ann")
    assert site.visitor().post("/accounts", account("bob")).refusal[:2] == (403, "registration_closed")
