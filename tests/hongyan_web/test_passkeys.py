"""Passkeys through the API, with a phone in software; a real browser's are in tests/e2e/test_passkeys.py."""

from __future__ import annotations

from typing import Any

import pytest

from hongyan_core.store.models import Account, Passkey
from tests.hongyan_web.site import PASSWORD, START_MS, Site, Visitor
from tests.hongyan_web.test_second_factor import turn_on
from tests.support.authenticator import PRESENT, VERIFIED, Authenticator, encode

ORIGIN = "http://localhost"
MINUTE_MS = 60_000
INVALID = (401, "passkey_invalid", None)


def ask(visitor: Visitor, **proof: str) -> dict[str, Any]:
    said = visitor.post("/me/passkeys/options", {"password": PASSWORD, **proof})
    assert said.status == 200
    options: dict[str, Any] = said.body["options"]
    return options


def add(visitor: Visitor, phone: Authenticator, label: str = "phone", **proof: str) -> Any:
    return visitor.post("/me/passkeys", {"label": label, "credential": phone.create(ask(visitor, **proof), ORIGIN)})


def enter(visitor: Visitor, phone: Authenticator, origin: str = ORIGIN) -> Any:
    options = visitor.post("/session/passkey/options").body["options"]
    return visitor.post("/session/passkey", {"credential": phone.get(options, origin)})


def test_a_passkey_signs_in_without_a_name_or_a_password(site: Site, ann: Visitor) -> None:
    phone = Authenticator()
    said = add(ann, phone, " My phone ")
    shown = {"id": said.body["id"], "label": "My phone", "created_at": START_MS, "last_used_at": None}
    assert said == (201, shown)
    visitor = site.visitor()
    site.clock.now_ms += 1
    entered = enter(visitor, phone)
    assert (entered.status, entered.body["username"]) == (200, "ann")
    assert visitor.get("/me/security").body["passkeys"] == [{**shown, "last_used_at": START_MS + 1}]
    assert enter(site.visitor(), phone).status == 200


def test_what_the_browser_is_asked_for_a_new_one(site: Site, ann: Visitor) -> None:
    phone = Authenticator()
    add(ann, phone)
    options = ask(ann)
    assert options["rp"]["id"] == "localhost"
    assert (options["user"]["name"], options["user"]["displayName"]) == ("ann", "Ann Arbor")
    assert "ann" not in options["user"]["id"]
    assert options["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert options["attestation"] == "none"
    assert options["excludeCredentials"] == [{"id": encode(phone.credential_id), "type": "public-key"}]


def test_a_passkey_is_both_factors(site: Site, ann: Visitor) -> None:
    _, recovery = turn_on(ann)
    phone = Authenticator()
    assert add(ann, phone, code=recovery[0]).status == 201
    assert enter(site.visitor(), phone).status == 200


@pytest.mark.parametrize(
    ("phone", "origin"),
    [
        pytest.param(Authenticator(flags=PRESENT), ORIGIN, id="the person was not verified"),
        pytest.param(Authenticator(flags=VERIFIED), ORIGIN, id="nobody was there"),
        pytest.param(Authenticator(rp_id="evil.example"), ORIGIN, id="made for another site"),
        pytest.param(Authenticator(), "https://evil.example", id="made on another page"),
        pytest.param(Authenticator(), "http://localhost:9", id="made on another port"),
        pytest.param(Authenticator(credential_id=b"x" * 1_024), ORIGIN, id="a name longer than the standard allows"),
    ],
)
def test_a_new_passkey_that_lies_is_refused(site: Site, ann: Visitor, phone: Authenticator, origin: str) -> None:
    credential = phone.create(ask(ann), origin)
    assert ann.post("/me/passkeys", {"credential": credential}).refusal == INVALID
    assert Passkey.select().count() == 0


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"flags": PRESENT}, id="the person was not verified"),
        pytest.param({"flags": VERIFIED}, id="nobody was there"),
        pytest.param({"rp_id": "evil.example"}, id="signed for another site"),
        pytest.param({"key": Authenticator().key}, id="signed by another key"),
        pytest.param({"sign_count": 4}, id="a copy that counts less"),
        pytest.param({"sign_count": 3}, id="a copy that counts much less"),
        pytest.param({"credential_id": b"x" * 32}, id="a passkey that nobody has"),
        pytest.param({"user_handle": encode(b"eve")}, id="the handle of another account"),
    ],
)
def test_a_signature_that_lies_lets_nobody_in(site: Site, ann: Visitor, change: dict[str, Any]) -> None:
    phone = Authenticator(sign_count=4)
    add(ann, phone)
    assert enter(site.visitor(), phone).status == 200  # it counts 5 now
    for name, value in change.items():
        setattr(phone, name, value)
    assert enter(site.visitor(), phone).refusal == INVALID
    assert Passkey.get().sign_count == 5


def test_a_signature_made_on_another_page_lets_nobody_in(site: Site, ann: Visitor) -> None:
    phone = Authenticator()
    add(ann, phone)
    assert enter(site.visitor(), phone, "https://evil.example").refusal == INVALID


def test_passkeys_that_do_not_count_are_taken_again_and_again(site: Site, ann: Visitor) -> None:
    phone = Authenticator(counts=False)
    add(ann, phone)
    for _ in range(3):
        assert enter(site.visitor(), phone).status == 200


def test_a_challenge_is_good_once_even_with_the_old_cookie(site: Site, ann: Visitor) -> None:
    phone = Authenticator(counts=False)
    add(ann, phone)
    thief = site.visitor()
    options = thief.post("/session/passkey/options").body["options"]
    kept = thief.client.get_cookie("hongyan_session")
    assert kept is not None
    signed = {"credential": phone.get(options, ORIGIN)}
    assert thief.post("/session/passkey", signed).status == 200
    again = site.visitor()
    again.client.set_cookie("hongyan_session", kept.value)
    assert again.post("/session/passkey", signed).refusal == INVALID


def test_a_challenge_is_good_for_five_minutes(site: Site, ann: Visitor) -> None:
    phone = Authenticator()
    options = ask(ann)
    site.clock.now_ms += 5 * MINUTE_MS + 1
    assert ann.post("/me/passkeys", {"credential": phone.create(options, ORIGIN)}).refusal == INVALID


def test_a_challenge_of_another_browser_or_for_another_purpose_is_none(site: Site, ann: Visitor, bob: Visitor) -> None:
    phone = Authenticator()
    options = ask(ann)
    assert bob.post("/me/passkeys", {"credential": phone.create(options, ORIGIN)}).refusal == INVALID
    ann.post("/session/passkey/options")
    assert ann.post("/me/passkeys", {"credential": phone.create(options, ORIGIN)}).refusal == INVALID
    add(ann, phone)
    signed = phone.get({"rpId": "localhost", "challenge": ask(ann)["challenge"]}, ORIGIN)
    assert ann.post("/session/passkey", {"credential": signed}).refusal == INVALID


def test_a_passkey_belongs_to_one_account(site: Site, ann: Visitor, bob: Visitor) -> None:
    phone = Authenticator()
    assert add(ann, phone).status == 201
    assert add(bob, phone).refusal == INVALID
    assert add(ann, phone).refusal == INVALID


@pytest.mark.parametrize(
    "credential",
    [
        {},
        {"id": 7},
        {"id": "\u9e3f"},
        {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {}},
        {"id": "AAAA", "rawId": "BBBB", "type": "password", "response": {"clientDataJSON": "!"}},
        {
            "id": "AAAA",
            "rawId": "AAAA",
            "type": "public-key",
            "response": {"clientDataJSON": "e30", "attestationObject": "gA", "signature": "", "authenticatorData": ""},
        },
    ],
    ids=repr,
)
def test_nonsense_is_refused(site: Site, ann: Visitor, credential: dict[str, Any]) -> None:
    ask(ann)
    assert ann.post("/me/passkeys", {"credential": credential}).refusal == INVALID
    visitor = site.visitor()
    visitor.post("/session/passkey/options")
    assert visitor.post("/session/passkey", {"credential": credential}).refusal == INVALID


@pytest.mark.parametrize("column", ["disabled_at_ms", "deleted_at_ms"])
def test_a_disabled_account_stays_closed(site: Site, ann: Visitor, column: str) -> None:
    phone = Authenticator()
    add(ann, phone)
    Account.update(**{column: 5}).execute()
    assert enter(site.visitor(), phone).refusal == INVALID


def test_an_account_that_waits_for_its_mail_is_told_so(site: Site, ann: Visitor) -> None:
    phone = Authenticator()
    add(ann, phone)
    Account.update(unconfirmed=True).execute()
    assert enter(site.visitor(), phone).refusal == (403, "email_unconfirmed", None)


def test_a_deleted_passkey_is_worth_nothing(site: Site, ann: Visitor, bob: Visitor) -> None:
    phone = Authenticator()
    passkey_id = add(ann, phone).body["id"]
    assert bob.delete(f"/me/passkeys/{passkey_id}").refusal == (404, "unknown_passkey", None)
    assert bob.delete("/me/passkeys/3000000000").refusal == (404, "unknown_passkey", None)
    assert ann.delete(f"/me/passkeys/{passkey_id}") == (204, None)
    assert enter(site.visitor(), phone).refusal == INVALID


def test_a_device_token_takes_no_way_in_away(site: Site, ann: Visitor) -> None:
    program = site.program("ann")
    assert program.delete("/me/passkeys/1").refusal == (401, "not_signed_in", None)
    assert program.delete("/me/identities/1").refusal == (401, "not_signed_in", None)
    for path in ("/me/passkeys/{passkey_id}", "/me/identities/{identity_id}", "/admin/accounts/{name}"):
        (way,) = site.description["paths"][f"/api/v1{path}"]["delete"]["security"]
        assert sorted(way) == ["cookie", "csrf"]


def test_the_only_way_in_is_not_deleted(site: Site, ann: Visitor) -> None:
    one, two = add(ann, Authenticator()).body["id"], add(ann, Authenticator()).body["id"]
    Account.update(password_hash="").execute()
    assert ann.delete(f"/me/passkeys/{one}").status == 204
    assert ann.delete(f"/me/passkeys/{two}").refusal == (409, "last_way_in", None)


def test_twenty_passkeys_are_enough(site: Site, ann: Visitor) -> None:
    for _ in range(20):
        assert add(ann, Authenticator()).status == 201
    assert add(ann, Authenticator()).refusal == (409, "too_many", None)
