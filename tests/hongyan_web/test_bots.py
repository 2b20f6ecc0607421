from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.hongyan_web.site import EXTERNAL, START_MS, Site, Visitor
from tests.support.images import png

THERMO = {"username": "thermo", "display_name": "Thermometer", "kind": "device"}


def test_a_bot_is_made_with_its_secrets_and_listed_without_them(site: Site, ann: Visitor) -> None:
    said = ann.post("/bots", {**THERMO, "scope": ["group/lab"]})
    bot = {
        **THERMO,
        "about": "",
        "owner": "ann",
        "picture": None,
        "scope": ["group/lab"],
        "disabled": False,
        "created_at": START_MS,
        "state": "offline",
        "last_seen": None,
    }
    token = said.body["token"]
    assert said == (201, {**bot, "token": token, "mqtt_password": token})
    assert ann.get("/bots") == (200, {"bots": [bot]})
    thermo = site.visitor(token=token)
    me = thermo.get("/me").body
    assert (me["username"], me["kind"], me["role"]) == ("thermo", "device", "user")
    assert [friend["username"] for friend in thermo.get("/friends").body["friends"]] == ["ann"]
    assert thermo.post("/mqtt-token").status == 200
    assert site.visitor().sign_in("thermo", "").refusal[:2] == (401, "bad_credentials")


def test_beside_an_external_broker_the_mqtt_password_is_the_accounts(make_site: Callable[..., Site]) -> None:
    ann = make_site(**EXTERNAL).member("ann")
    made = ann.post("/bots", THERMO).body
    renewed = ann.post("/bots/thermo/token").body
    assert made["mqtt_password"] != made["token"]
    assert len({made["mqtt_password"], renewed["mqtt_password"]}) == 2


def test_a_bot_is_changed(ann: Visitor) -> None:
    ann.post("/bots", THERMO)
    said = ann.call("PATCH", "/bots/thermo", {"display_name": "温度计", "about": "cellar", "scope": ["user/ann"]})
    assert (said.status, said.body["display_name"], said.body["scope"]) == (200, "温度计", ["user/ann"])
    assert ann.call("PATCH", "/bots/thermo", {"scope": None}).body["scope"] is None
    assert ann.call("PATCH", "/bots/thermo", {}).body["about"] == "cellar"


def test_a_new_token_ends_the_old_one(site: Site, ann: Visitor) -> None:
    old = site.visitor(token=ann.post("/bots", THERMO).body["token"])
    said = ann.post("/bots/thermo/token")
    assert (said.status, site.visitor(token=said.body["token"]).get("/me").status) == (200, 200)
    assert old.get("/me").refusal == (401, "token_invalid", None)


def test_a_bot_has_a_face(ann: Visitor) -> None:
    ann.post("/bots", THERMO)
    said = ann.call("PUT", "/bots/thermo/picture", data=png(), content_type="image/png")
    assert (said.status, ann.get("/people/thermo").body["picture"]) == (200, said.body["picture"])
    assert ann.delete("/bots/thermo/picture") == (204, None)
    assert ann.get("/bots").body["bots"][0]["picture"] is None


def test_a_deleted_bot_keeps_its_name(site: Site, ann: Visitor) -> None:
    thermo = site.visitor(token=ann.post("/bots", THERMO).body["token"])
    assert ann.delete("/bots/thermo") == (204, None)
    assert thermo.get("/me").refusal == (401, "token_invalid", None)
    assert ann.get("/bots").body == {"bots": []}
    assert ann.delete("/bots/thermo").refusal == (404, "unknown_bot", None)
    assert ann.post("/bots", THERMO).refusal == (409, "name_taken", "username")
    assert ann.get("/people/thermo").body["deleted"] is True


FIELDS: dict[str, tuple[dict[str, Any], tuple[int, str, str | None]]] = {
    "no name": ({"username": None}, (400, "malformed_field", "username")),
    "a taken name": ({"username": "ann"}, (409, "name_taken", "username")),
    "a name that is none": ({"username": "T"}, (400, "malformed_name", "username")),
    "a person": ({"kind": "person"}, (400, "malformed_field", "kind")),
    "a password": ({"password": "something"}, (400, "unknown_field", "password")),
    "another owner": ({"owner": "eve"}, (400, "unknown_field", "owner")),
    "a scope in one word": ({"scope": "group/lab"}, (400, "malformed_field", "scope")),
    "a scope of numbers": ({"scope": [7]}, (400, "malformed_field", "scope")),
    "a scope with a wildcard": ({"scope": ["group/#"]}, (400, "malformed_field", "scope")),
    "a scope of 101": ({"scope": [f"group/g{n}" for n in range(101)]}, (409, "too_many", "scope")),
}


@pytest.mark.parametrize(("change", "refusal"), FIELDS.values(), ids=FIELDS)
def test_a_bot_that_cannot_be(ann: Visitor, change: dict[str, Any], refusal: tuple[int, str, str | None]) -> None:
    assert ann.post("/bots", {**THERMO, **change}).refusal == refusal
    assert ann.get("/bots").body == {"bots": []}


def test_a_bot_owns_no_bot(site: Site, ann: Visitor) -> None:
    thermo = site.visitor(token=ann.post("/bots", THERMO).body["token"])
    assert thermo.post("/bots", {**THERMO, "username": "child"}).refusal == (403, "persons_only", None)


@pytest.mark.parametrize("name", ["thermo", "ann", "nobody", "a%00b", "%ff"])
def test_nobody_rules_the_bot_of_another(ann: Visitor, eve: Visitor, name: str) -> None:
    ann.post("/bots", THERMO)
    refusal = (404, "unknown_bot", None)
    assert eve.call("PATCH", f"/bots/{name}", {"about": "mine"}).refusal == refusal
    assert eve.call("PUT", f"/bots/{name}/picture", data=png(), content_type="image/png").refusal == refusal
    assert eve.post(f"/bots/{name}/token").refusal == refusal
    assert eve.delete(f"/bots/{name}/picture").refusal == refusal
    assert eve.delete(f"/bots/{name}").refusal == refusal
    assert len(ann.get("/bots").body["bots"]) == 1
