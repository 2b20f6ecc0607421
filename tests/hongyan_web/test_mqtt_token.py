from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from hongyan_core.store.models import Account, Credential
from hongyan_web import mqtt_token
from tests.hongyan_web.site import EXTERNAL, START_MS, Site, Visitor


def test_the_embedded_broker_gets_a_short_lived_password(site: Site, ann: Visitor) -> None:
    said = ann.post("/mqtt-token")
    assert said == (
        200,
        {
            "username": "ann",
            "password": said.body["password"],
            "expires_at": START_MS + 3_600_000,
            "client_id_prefix": "ann-",
            "websocket_url": "ws://localhost/mqtt",
            "tcp": {"host": "localhost", "port": 1883, "tls": False},
            "protocol": 1,
        },
    )
    assert ann.post("/mqtt-token").body["password"] != said.body["password"]


def test_signing_out_ends_the_mqtt_passwords_too(ann: Visitor) -> None:
    ann.post("/mqtt-token")
    assert Credential.select().where(Credential.kind == "mqtt").count() == 1
    ann.delete("/session")
    assert Credential.select().where(Credential.kind == "mqtt").count() == 0


def test_an_mqtt_password_is_no_way_into_the_api(site: Site, ann: Visitor) -> None:
    password = ann.post("/mqtt-token").body["password"]
    assert site.visitor(token=password).get("/me").refusal == (401, "token_invalid", None)


def test_the_addresses_follow_the_name_under_which_the_page_was_opened(ann: Visitor) -> None:
    body = ann.call("POST", "/mqtt-token", base_url="http://localhost:8000").body
    assert (body["websocket_url"], body["tcp"]["host"]) == ("ws://localhost:8000/mqtt", "localhost")


@pytest.mark.parametrize(
    ("settings", "websocket_url", "host"),
    [
        ({"public_url": "https://chat.example/"}, "wss://chat.example/mqtt", "chat.example"),
        ({"websocket_url": "ws://mqtt.example:9001"}, "ws://mqtt.example:9001", "localhost"),
    ],
    ids=["a public URL", "a broker of its own"],
)
def test_the_addresses_follow_the_settings(
    make_site: Callable[..., Site], settings: dict[str, str], websocket_url: str, host: str
) -> None:
    site = make_site(**settings)
    site.member("ann")
    body = site.program("ann").post("/mqtt-token").body
    assert (body["websocket_url"], body["tcp"]["host"]) == (websocket_url, host)


def test_an_external_broker_is_asked_once_it_knows_the_account(make_site: Callable[..., Site]) -> None:
    site = make_site(**EXTERNAL)
    ann = site.member("ann")
    provisioning = threading.Timer(0.2, Account.update(mqtt_provisioned=Account.mqtt_generation).execute)
    provisioning.start()
    said = ann.post("/mqtt-token")
    provisioning.join()
    assert said.status == 200
    assert said.body["expires_at"] is None
    assert said.body["password"] == ann.post("/tokens", {"label": "device"}).body["mqtt_password"]


def test_an_external_broker_that_knows_nothing_yet_is_a_503(
    make_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt_token, "_PROVISIONING_S", 0.1)
    ann = make_site(**EXTERNAL).member("ann")
    response = ann.send("POST", "/mqtt-token")
    assert (response.status_code, response.json["error"]["code"]) == (503, "broker_not_ready")
    assert response.headers["Retry-After"] == "1"
