from __future__ import annotations

from collections.abc import Callable

from hongyan_core.store.models import Account, Credential
from tests.hongyan_web.site import EXTERNAL, PASSWORD, START_MS, Site, Visitor

DAY_MS = 86_400_000


def test_a_token_is_shown_once_and_is_the_mqtt_password_of_the_embedded_broker(site: Site, ann: Visitor) -> None:
    said = ann.post("/tokens", {"label": "thermometer"})
    token = said.body["token"]
    assert said == (
        201,
        {
            "id": said.body["id"],
            "label": "thermometer",
            "token": token,
            "mqtt_password": token,
            "created_at": START_MS,
        },
    )
    assert token.startswith("hy_")
    assert len(token) == 46
    listed = {"id": said.body["id"], "label": "thermometer", "created_at": START_MS, "last_used_at": None}
    assert ann.get("/tokens") == (200, {"tokens": [listed]})


def test_a_program_gets_its_token_by_name_and_password(site: Site, ann: Visitor) -> None:
    assert site.program("ann").get("/me").body["username"] == "ann"


def test_an_external_broker_has_one_mqtt_password_for_all_devices_of_an_account(make_site: Callable[..., Site]) -> None:
    site = make_site(**EXTERNAL)
    ann = site.member("ann")
    first, second = ann.post("/tokens", {"label": "one"}).body, ann.post("/tokens", {"label": "two"}).body
    assert first["mqtt_password"] == second["mqtt_password"]
    assert first["mqtt_password"] not in (first["token"], second["token"])


def test_a_revoked_token_is_refused_at_the_next_call(site: Site, ann: Visitor) -> None:
    created = ann.post("/tokens", {"label": "lost phone"}).body
    phone = site.visitor(token=created["token"])
    assert phone.get("/me").status == 200
    assert ann.delete(f"/tokens/{created['id']}") == (204, None)
    assert phone.get("/me").refusal == (401, "token_invalid", None)
    assert ann.get("/tokens").body == {"tokens": []}


def test_nobody_revokes_the_token_of_another(site: Site, ann: Visitor, eve: Visitor) -> None:
    created = ann.post("/tokens", {"label": "bot"}).body
    assert eve.delete(f"/tokens/{created['id']}").refusal == (404, "unknown_token", None)
    assert eve.delete("/tokens/999999999999999999").refusal == (404, "unknown_token", None)
    assert site.visitor(token=created["token"]).get("/me").status == 200


def test_a_token_cannot_make_another_one(site: Site, ann: Visitor) -> None:
    assert site.program("ann").post("/tokens", {"label": "offspring"}).refusal == (401, "not_signed_in", None)


def test_a_label_alone_needs_somebody_who_is_signed_in(site: Site) -> None:
    assert site.visitor().post("/tokens", {"label": "bot"}).refusal == (401, "not_signed_in", None)


def test_name_and_password_come_together(site: Site) -> None:
    visitor = site.visitor()
    assert visitor.post("/tokens", {"label": "bot", "username": "ann"}).refusal == (400, "missing_field", "password")
    said = visitor.post("/tokens", {"label": "bot", "password": PASSWORD})
    assert said.refusal == (400, "missing_field", "username")


def test_an_expired_token_says_that_it_expired(site: Site, ann: Visitor) -> None:
    created = ann.post("/tokens", {"label": "for a day"}).body
    Credential.update(expires_at_ms=START_MS + DAY_MS).where(Credential.id == created["id"]).execute()
    bot = site.visitor(token=created["token"])
    site.clock.now_ms = START_MS + DAY_MS - 1
    assert bot.get("/me").status == 200
    site.clock.now_ms = START_MS + DAY_MS
    assert bot.get("/me").refusal == (401, "token_expired", None)


def test_a_disabled_account_has_no_way_in(site: Site, ann: Visitor) -> None:
    bot = site.program("ann")
    Account.update(disabled_at_ms=START_MS).execute()
    assert ann.get("/me").refusal == (401, "not_signed_in", None)
    assert bot.get("/me").refusal == (401, "token_invalid", None)
    assert site.visitor().sign_in("ann").refusal == (401, "bad_credentials", None)


def test_a_token_that_never_was_is_refused(site: Site) -> None:
    for token in ("", "x", "hy_" + "A" * 43, "é" * 10):
        assert site.visitor(token=token).get("/me").refusal[:2] in ((401, "token_invalid"), (401, "not_signed_in"))
