from __future__ import annotations

import base64
import urllib.parse

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from tests.hongyan_web.site import PASSWORD, START_MS, Site, Visitor

STEP_MS = 30_000


def code_at(secret: str, at_ms: int) -> str:
    """What the app shows."""
    return TOTP(base64.b32decode(secret), 6, SHA1(), 30).generate(at_ms // 1_000).decode()


def turn_on(visitor: Visitor, password: str = PASSWORD) -> tuple[str, list[str]]:
    """The secret and the recovery codes; the code of this moment is used."""
    begun = visitor.post("/me/second-factor", {"password": password})
    assert begun.status == 200
    secret = begun.body["secret"]
    said = visitor.put("/me/second-factor", {"code": code_at(secret, visitor.site.clock.now_ms)})
    assert said.status == 200
    return secret, said.body["recovery_codes"]


def test_setting_it_up_shows_a_secret_and_its_qr_code(site: Site, ann: Visitor) -> None:
    said = ann.post("/me/second-factor", {"password": PASSWORD}).body
    assert said["uri"] == f"otpauth://totp/localhost%3Aann?secret={said['secret']}&issuer=localhost"
    kind, _, image = said["qr"].partition(",")
    assert kind.startswith("data:image/svg+xml")
    assert urllib.parse.unquote(image).startswith("<svg ")


def test_every_way_in_demands_a_code_and_what_is_in_stays_in(site: Site, ann: Visitor) -> None:
    bot = site.program("ann")
    secret, recovery = turn_on(ann)
    assert site.visitor().sign_in("ann").refusal == (401, "second_factor_required", "code")
    by_password = {"username": "ann", "password": PASSWORD, "label": "bot"}
    assert site.visitor().post("/tokens", by_password).refusal == (401, "second_factor_required", "code")
    body = {"username": "ann", "password": PASSWORD, "code": code_at(secret, START_MS)}
    assert site.visitor().post("/session", body).refusal == (401, "wrong_code", "code")  # it confirmed the setup
    site.clock.now_ms += STEP_MS
    good = code_at(secret, site.clock.now_ms)
    assert site.visitor().post("/session", {**body, "code": good}).status == 200
    assert site.visitor().post("/tokens", {**by_password, "code": good}).refusal == (401, "wrong_code", "code")
    assert site.visitor().post("/tokens", {**by_password, "code": recovery[0]}).status == 201
    assert ann.get("/me").status == bot.get("/me").status == 200
    assert bot.post("/mqtt-token").status == 200
    assert ann.get("/me/security").body["recovery_codes_left"] == 9


def test_what_asks_for_the_password_asks_for_a_code_too(site: Site, ann: Visitor) -> None:
    _, recovery = turn_on(ann)
    change = {"old_password": PASSWORD, "new_password": "a better one"}
    asking = {
        ("PUT", "/password"): change,
        ("DELETE", "/me/second-factor"): {"password": PASSWORD},
        ("POST", "/me/recovery-codes"): {"password": PASSWORD},
        ("POST", "/me/passkeys/options"): {"password": PASSWORD},
    }
    for (method, path), body in asking.items():
        assert ann.call(method, path, body).refusal == (401, "second_factor_required", "code"), path
    assert ann.put("/password", {**change, "code": recovery[0]}).status == 204


def test_without_the_password_nothing_about_it_changes(site: Site, ann: Visitor) -> None:
    wrong = {"password": "a wild guess"}
    for method, path in (
        ("POST", "/me/second-factor"),
        ("DELETE", "/me/second-factor"),
        ("POST", "/me/recovery-codes"),
        ("POST", "/me/passkeys/options"),
    ):
        assert ann.call(method, path, wrong).refusal == (401, "bad_credentials", "password"), path
        assert ann.call(method, path, {}).refusal == (401, "bad_credentials", "password"), path


def test_a_wrong_first_code_turns_nothing_on(site: Site, ann: Visitor) -> None:
    assert ann.put("/me/second-factor", {"code": "123456"}).refusal == (409, "second_factor_off", None)
    ann.post("/me/second-factor", {"password": PASSWORD})
    assert ann.put("/me/second-factor", {"code": "not six"}).refusal == (401, "wrong_code", "code")
    assert ann.get("/me/security").body["second_factor"] is False
    assert site.visitor().sign_in("ann").status == 200


def test_turned_off_the_password_is_enough_again(site: Site, ann: Visitor) -> None:
    _, recovery = turn_on(ann)
    assert ann.post("/me/second-factor", {"password": PASSWORD, "code": recovery[0]}).refusal == (
        409,
        "second_factor_on",
        None,
    )
    said = ann.post("/me/recovery-codes", {"password": PASSWORD, "code": recovery[1]})
    fresh = said.body["recovery_codes"]
    assert len(fresh) == 10
    off = {"password": PASSWORD, "code": recovery[2]}
    assert ann.call("DELETE", "/me/second-factor", off).refusal == (401, "wrong_code", "code")
    assert ann.call("DELETE", "/me/second-factor", {**off, "code": fresh[0]}) == (204, None)
    assert site.visitor().sign_in("ann").status == 200
    assert ann.call("DELETE", "/me/second-factor", {"password": PASSWORD}).refusal == (409, "second_factor_off", None)


def test_the_list_of_ways_in_shows_no_secret(site: Site, ann: Visitor) -> None:
    turn_on(ann)
    assert ann.get("/me/security").body == {
        "has_password": True,
        "email": None,
        "second_factor": True,
        "recovery_codes_left": 10,
        "passkeys": [],
        "identities": [],
        "provider": None,
    }
