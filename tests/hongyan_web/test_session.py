from __future__ import annotations

from collections.abc import Callable

from hongyan_core.store.models import Credential
from tests.hongyan_web.site import FIRST, PASSWORD, START_MS, Site, Visitor

DAY_MS = 86_400_000


def test_signing_in_answers_who_one_is_with_a_csrf_token(site: Site) -> None:
    site.member("ann")
    said = site.visitor().sign_in("ann")
    assert said.status == 200
    assert said.body == {
        "username": "ann",
        "display_name": "ann",
        "language": "en",
        **FIRST,
        "csrf_token": said.body["csrf_token"],
    }
    assert len(said.body["csrf_token"]) > 40


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(site: Site) -> None:
    site.member("ann")
    response = site.visitor().send("POST", "/session", json={"username": "ann", "password": PASSWORD})
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("hongyan_session=")
    attributes = {part.strip() for part in cookie.split(";")[1:]}
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= attributes
    assert "Secure" not in attributes


def test_over_https_the_cookie_stays_there(make_site: Callable[..., Site]) -> None:
    site = make_site(public_url="https://chat.example")
    site.visitor().post("/accounts", {"username": "ann", "password": PASSWORD})
    response = site.visitor().send("POST", "/session", json={"username": "ann", "password": PASSWORD})
    assert "; Secure;" in response.headers["Set-Cookie"]


def test_signing_out_ends_the_credential_and_a_kept_cookie_is_worth_nothing(site: Site, ann: Visitor) -> None:
    kept = ann.client.get_cookie("hongyan_session")
    assert kept is not None
    assert ann.delete("/session") == (204, None)
    assert Credential.select().count() == 0
    assert ann.get("/me").refusal == (401, "not_signed_in", None)
    ann.client.set_cookie("hongyan_session", kept.value)
    assert ann.get("/me").refusal == (401, "not_signed_in", None)


def test_a_cookie_ends_after_thirty_days(site: Site, ann: Visitor) -> None:
    site.clock.now_ms = START_MS + 30 * DAY_MS - 1
    assert ann.get("/me").status == 200
    site.clock.now_ms = START_MS + 30 * DAY_MS + 1
    assert ann.get("/me").refusal == (401, "not_signed_in", None)


def test_a_forged_cookie_is_nobody(site: Site) -> None:
    visitor = site.visitor()
    visitor.client.set_cookie("hongyan_session", "eyJfdXNlcl9pZCI6ImFubiJ9.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb")
    assert visitor.get("/me").refusal == (401, "not_signed_in", None)


def test_an_unknown_name_and_a_wrong_password_are_answered_alike(site: Site, ann: Visitor) -> None:
    wrong, unknown = site.visitor().sign_in("ann", "not this one"), site.visitor().sign_in("nobody")
    assert wrong.refusal == unknown.refusal == (401, "bad_credentials", None)
    assert wrong.body == unknown.body
