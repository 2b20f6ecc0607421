"""Signing in by a real provider over real HTTP: to it, back, and whatever may be wrong on the way."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from hongyan_core.store.models import Account, Identity
from tests.hongyan_web.site import PASSWORD, Site, Visitor
from tests.hongyan_web.test_second_factor import code_at, turn_on
from tests.support.provider import CLIENT_ID, CLIENT_SECRET, Provider, running_provider

HOME, CODE, NAME, FAILED = "/", "/#/sign-in/code", "/#/sign-in/name", "/#/sign-in/failed"
MINUTE_MS = 60_000


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as running:
        running.person = {"sub": "a-17", "preferred_username": "ann", "name": "Ann Arbor", "email": "ann@example.org"}
        yield running


@pytest.fixture
def site(make_site: Callable[..., Site], provider: Provider) -> Site:
    return make_site(
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=CLIENT_SECRET,
        oidc_label="The school",
    )


def start(visitor: Visitor, query: str = "") -> str:
    """Where the browser is sent first."""
    answer = visitor.client.get(f"/oidc/start{query}")
    assert answer.status_code == 302
    return answer.headers["Location"]


def come_back(visitor: Visitor, url: str) -> str:
    """Where the browser is sent at the end."""
    assert url.startswith("http://localhost/oidc/callback?")
    answer = visitor.client.get(url.removeprefix("http://localhost"))
    assert answer.status_code == 302
    return answer.headers["Location"]


def go(visitor: Visitor, provider: Provider, query: str = "") -> str:
    """The whole way there and back."""
    return come_back(visitor, provider.visit(start(visitor, query)))


def register(site: Site, provider: Provider, name: str = "ann") -> Visitor:
    visitor = site.visitor()
    assert go(visitor, provider) == NAME
    said = visitor.post("/session/pending", {"username": name})
    assert said.status == 200
    visitor.headers["X-CSRF-Token"] = said.body["csrf_token"]
    return visitor


def test_somebody_new_chooses_a_name_and_is_signed_in(site: Site, provider: Provider) -> None:
    visitor = site.visitor()
    assert go(visitor, provider) == NAME
    assert visitor.get("/session/pending").body == {
        "needs": "name",
        "username": "ann",
        "display_name": "Ann Arbor",
    }
    said = visitor.post("/session/pending", {"username": "ann2", "display_name": "安"})
    assert (said.status, said.body["username"], said.body["display_name"]) == (200, "ann2", "安")
    assert visitor.get("/me").body["username"] == "ann2"
    assert visitor.get("/session/pending").body == {"needs": None}
    assert [(row.issuer, row.subject) for row in Identity.select()] == [(provider.issuer, "a-17")]
    assert Account.get().password_hash == ""


def test_who_is_known_is_signed_in_at_once(site: Site, provider: Provider) -> None:
    register(site, provider)
    visitor = site.visitor()
    assert go(visitor, provider) == HOME
    assert visitor.get("/me").body["username"] == "ann"


@pytest.mark.parametrize("audience", [{"aud": [CLIENT_ID]}, {"aud": [CLIENT_ID, "other"], "azp": CLIENT_ID}], ids=repr)
def test_a_token_for_us_among_others_is_ours(site: Site, provider: Provider, audience: dict[str, Any]) -> None:
    provider.claims = audience
    assert go(site.visitor(), provider) == NAME


def test_a_provider_that_takes_the_secret_in_the_form_only_gets_it_there(site: Site, provider: Provider) -> None:
    provider.discovery = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert go(site.visitor(), provider) == NAME


def test_one_is_known_by_the_subject_and_never_by_a_name_or_an_address(site: Site, provider: Provider) -> None:
    register(site, provider)
    Account.update(email="ann@example.org").execute()
    provider.person = {**provider.person, "sub": "e-666", "email_verified": True}
    assert go(site.visitor(), provider) == NAME


@pytest.mark.parametrize(
    ("names", "refusal"),
    [
        pytest.param({}, (400, "missing_field", "username"), id="no name"),
        pytest.param({"username": "A B"}, (400, "malformed_name", "username"), id="a malformed name"),
        pytest.param({"username": "admin"}, (400, "reserved_name", "username"), id="a reserved name"),
        pytest.param({"username": "bob"}, (409, "name_taken", "username"), id="a taken name"),
        pytest.param(
            {"username": "ann", "display_name": " "}, (400, "malformed_display_name", "display_name"), id="blank"
        ),
    ],
)
def test_a_bad_name_is_refused_and_another_may_be_tried(
    site: Site, provider: Provider, bob: Visitor, names: dict[str, str], refusal: tuple[int, str, str]
) -> None:
    visitor = site.visitor()
    go(visitor, provider)
    assert visitor.post("/session/pending", names).refusal == refusal
    assert Identity.select().count() == 0
    assert visitor.post("/session/pending", {"username": "ann"}).status == 200


def test_without_a_visit_to_the_provider_nothing_is_pending(site: Site) -> None:
    visitor = site.visitor()
    assert visitor.get("/session/pending").body == {"needs": None}
    assert visitor.post("/session/pending", {"username": "ann"}).refusal == (409, "not_pending", None)


def test_what_is_pending_waits_ten_minutes(site: Site, provider: Provider) -> None:
    visitor = site.visitor()
    go(visitor, provider)
    site.clock.now_ms += 10 * MINUTE_MS + 1
    assert visitor.post("/session/pending", {"username": "ann"}).refusal == (409, "not_pending", None)


def test_one_identity_makes_one_account(site: Site, provider: Provider) -> None:
    first, second = site.visitor(), site.visitor()
    for visitor in (first, second):
        assert go(visitor, provider) == NAME
    assert first.post("/session/pending", {"username": "ann"}).status == 200
    assert second.post("/session/pending", {"username": "ann2"}).refusal == (409, "identity_taken", None)
    assert Account.select().count() == 1


def test_with_a_second_factor_the_provider_is_not_enough(site: Site, provider: Provider) -> None:
    secret, _ = turn_on(register(site, provider), password="")
    visitor = site.visitor()
    assert go(visitor, provider) == CODE
    assert visitor.get("/me").refusal == (401, "not_signed_in", None)
    assert visitor.get("/session/pending").body == {"needs": "code"}
    assert visitor.post("/session/pending", {}).refusal == (400, "missing_field", "code")
    assert visitor.post("/session/pending", {"code": "000000"}).refusal == (401, "wrong_code", "code")
    site.clock.now_ms += 30_000
    said = visitor.post("/session/pending", {"code": code_at(secret, site.clock.now_ms)})
    assert (said.status, said.body["username"]) == (200, "ann")


@pytest.mark.parametrize("column", ["disabled_at_ms", "deleted_at_ms"])
def test_an_account_that_is_not_in_use_stays_closed(site: Site, provider: Provider, column: str) -> None:
    register(site, provider)
    Account.update(**{column: 5}).execute()
    assert go(site.visitor(), provider) == FAILED


# --- linking


def test_an_identity_is_linked_after_the_password_and_taken_off_again(site: Site, provider: Provider) -> None:
    ann = site.member("ann")
    assert ann.post("/me/identities", {"password": "a wild guess"}).refusal == (401, "bad_credentials", "password")
    said = ann.post("/me/identities", {"password": PASSWORD})
    assert said == (200, {"url": "/oidc/start?link=1"})
    assert go(ann, provider, "?link=1") == HOME
    shown = ann.get("/me/security").body
    assert shown["provider"] == {"label": "The school"}
    (identity,) = shown["identities"]
    assert (identity["issuer"], identity["email"]) == (provider.issuer, "ann@example.org")
    assert go(site.visitor(), provider) == HOME
    assert ann.delete(f"/me/identities/{identity['id']}") == (204, None)
    assert go(site.visitor(), provider) == NAME


def test_nobody_is_led_into_linking(site: Site, provider: Provider) -> None:
    ann = site.member("ann")
    assert start(ann, "?link=1") == FAILED
    ann.post("/me/identities", {"password": PASSWORD})
    site.clock.now_ms += 5 * MINUTE_MS + 1
    assert start(ann, "?link=1") == FAILED
    assert start(site.visitor(), "?link=1") == FAILED


def test_a_link_goes_to_who_asked_for_it_and_to_nobody_else(site: Site, provider: Provider) -> None:
    ann, bob = site.member("ann"), site.member("bob")
    ann.post("/me/identities", {"password": PASSWORD})
    back = provider.visit(start(ann, "?link=1"))
    with ann.client.session_transaction() as anns, bob.client.session_transaction() as bobs:
        bobs["oidc"] = anns["oidc"]
    assert come_back(bob, back) == FAILED
    assert Identity.select().count() == 0


def test_who_has_signed_out_meanwhile_links_nothing(site: Site, provider: Provider) -> None:
    ann = site.member("ann")
    ann.post("/me/identities", {"password": PASSWORD})
    back = provider.visit(start(ann, "?link=1"))
    ann.delete("/session")
    assert come_back(ann, back) == FAILED
    assert Identity.select().count() == 0


def test_an_identity_of_another_account_is_not_taken_over(site: Site, provider: Provider) -> None:
    register(site, provider, "ann")
    bob = site.member("bob")
    bob.post("/me/identities", {"password": PASSWORD})
    assert go(bob, provider, "?link=1") == FAILED
    assert bob.get("/me/security").body["identities"] == []


def test_the_only_way_in_is_not_taken_off(site: Site, provider: Provider) -> None:
    ann = register(site, provider)
    (identity,) = ann.get("/me/security").body["identities"]
    assert ann.delete(f"/me/identities/{identity['id']}").refusal == (409, "last_way_in", None)
    assert ann.put("/password", {"old_password": "", "new_password": "a first password"}).status == 204
    assert ann.delete(f"/me/identities/{identity['id']}").status == 204


def test_nobody_takes_off_the_identity_of_another(site: Site, provider: Provider) -> None:
    ann = register(site, provider)
    (identity,) = ann.get("/me/security").body["identities"]
    bob = site.member("bob")
    for path in (f"/me/identities/{identity['id']}", "/me/identities/3000000000"):
        assert bob.delete(path).refusal == (404, "unknown_identity", None)


# --- what may be wrong


def _sign(claims: dict[str, Any], header: dict[str, Any], key: Any) -> str:
    return jwt.encode(header, claims, key, algorithms=[header["alg"]])


def _unsigned(claims: dict[str, Any]) -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


def _by_the_shared_secret(claims: dict[str, Any]) -> str:
    return _sign(claims, {"alg": "HS256"}, OctKey.import_key(CLIENT_SECRET.encode().ljust(32, b"x")))


def _by_a_strange_key(claims: dict[str, Any]) -> str:
    return _sign(claims, {"alg": "RS256"}, RSAKey.generate_key(2048))


LIES: dict[str, dict[str, Any]] = {
    "another issuer's token": {"claims": {"iss": "https://evil.example"}},
    "no issuer": {"claims": {"iss": None}},
    "a token for another client": {"claims": {"aud": "somebody else"}},
    "a token for another client, given to us": {"claims": {"aud": "somebody else", "azp": CLIENT_ID}},
    "for us and another, without saying to whom it was given": {"claims": {"aud": ["x", "y"]}},
    "given to another client": {"claims": {"azp": "somebody else"}},
    "another nonce": {"claims": {"nonce": "of yesterday"}},
    "no nonce": {"claims": {"nonce": None}},
    "expired": {"claims": {"exp": 1_789_999_000}},
    "never expires": {"claims": {"exp": None}},
    "of tomorrow": {"claims": {"iat": 1_790_086_400, "nbf": 1_790_086_400}},
    "no subject": {"claims": {"sub": None}},
    "an empty subject": {"claims": {"sub": ""}},
    "a number for a subject": {"claims": {"sub": 17}},
    "a subject too long to keep": {"claims": {"sub": "x" * 256}},
    "a NUL in the subject": {"claims": {"sub": "a\0b"}},
    "not signed": {"forge": _unsigned},
    "signed by the shared secret": {"forge": _by_the_shared_secret},
    "signed by a strange key": {"forge": _by_a_strange_key},
    "no token": {"forge": lambda _: "nonsense"},
    "a refusal": {"refuses": "access_denied"},
    "none allowed as an algorithm": {
        "forge": _unsigned,
        "discovery": {"id_token_signing_alg_values_supported": ["none", "HS256", "RS256"]},
    },
    "a discovery document of another issuer": {"discovery": {"issuer": "https://evil.example"}},
    "codes to be redeemed elsewhere in the clear": {"discovery": {"token_endpoint": "http://127.0.0.2:1/token"}},
    "codes to be redeemed in the house next door": {"discovery": {"token_endpoint": "https://127.0.0.1:1/token"}},
    "people to be sent elsewhere in the clear": {"discovery": {"authorization_endpoint": "http://127.0.0.2:1/a"}},
    "people to be sent to a script": {"discovery": {"authorization_endpoint": "javascript:alert(1)"}},
    "nowhere to send people": {"discovery": {"authorization_endpoint": None}},
    "keys in a file": {"discovery": {"jwks_uri": "file:///etc/passwd"}},
}


@pytest.mark.parametrize("lie", LIES)
def test_what_a_provider_must_not_say_lets_nobody_in(
    site: Site, provider: Provider, lie: str, caplog: pytest.LogCaptureFixture
) -> None:
    for name, value in LIES[lie].items():
        setattr(provider, name, value)
    visitor = site.visitor()
    with caplog.at_level(logging.WARNING):
        way = start(visitor)
        assert (way if way == FAILED else come_back(visitor, provider.visit(way))) == FAILED
    assert visitor.get("/session/pending").body == {"needs": None}
    assert CLIENT_SECRET not in caplog.text


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda query: {**query, "state": "mine"}, id="another state"),
        pytest.param(lambda query: {"code": query["code"]}, id="no state"),
        pytest.param(lambda query: {"state": query["state"]}, id="no code"),
        pytest.param(lambda query: {**query, "code": "stolen"}, id="another code"),
        pytest.param(lambda query: {**query, "iss": "https://evil.example"}, id="another provider's answer"),
        pytest.param(lambda query: {**query, "state": "\u9e3f"}, id="a state beyond ASCII"),
    ],
)
def test_an_answer_that_was_tampered_with_is_refused(
    site: Site, provider: Provider, change: Callable[[dict[str, str]], dict[str, str]]
) -> None:
    visitor = site.visitor()
    back = provider.visit(start(visitor))
    query = change(dict(parse_qsl(urlsplit(back).query)))
    assert come_back(visitor, f"{back.partition('?')[0]}?{urlencode(query)}") == FAILED


def test_the_answer_to_another_browser_is_refused(site: Site, provider: Provider) -> None:
    assert come_back(site.visitor(), provider.visit(start(site.visitor()))) == FAILED


def test_an_answer_is_good_once_even_with_the_old_cookie(site: Site, provider: Provider) -> None:
    visitor = site.visitor()
    back = provider.visit(start(visitor))
    kept = visitor.client.get_cookie("hongyan_session")
    assert kept is not None
    codes = dict(provider.codes)
    assert come_back(visitor, back) == NAME
    provider.codes.update(codes)  # the provider would take it once more
    visitor.client.set_cookie("hongyan_session", kept.value)
    assert come_back(visitor, back) == FAILED


def test_an_answer_that_took_too_long_is_refused(site: Site, provider: Provider) -> None:
    visitor = site.visitor()
    back = provider.visit(start(visitor))
    site.clock.now_ms += 10 * MINUTE_MS + 1
    assert come_back(visitor, back) == FAILED


def test_a_provider_with_new_keys_is_asked_for_them(site: Site, provider: Provider) -> None:
    assert go(site.visitor(), provider) == NAME
    provider.change_key()
    assert go(site.visitor(), provider) == FAILED  # within a minute nobody makes us ask again and again
    site.clock.now_ms += MINUTE_MS
    assert go(site.visitor(), provider) == NAME
    assert provider.asked.count("/keys") == 2
    assert provider.asked.count("/.well-known/openid-configuration") == 1


def test_a_provider_that_is_away_lets_nobody_in(make_site: Callable[..., Site]) -> None:
    with running_provider() as provider:
        issuer = provider.issuer
    site = make_site(oidc_issuer=issuer, oidc_client_id=CLIENT_ID)
    assert start(site.visitor()) == FAILED


def test_without_a_provider_there_is_no_such_page(make_site: Callable[..., Site]) -> None:
    site = make_site()
    for path in ("/oidc/start", "/oidc/callback"):
        assert site.visitor().client.get(path).status_code == 404
    ann = site.member("ann")
    assert ann.get("/me/security").body["provider"] is None
    assert ann.post("/me/identities", {"password": PASSWORD}).refusal == (404, "no_provider", None)
