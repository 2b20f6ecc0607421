"""From a message by MQTT to the notification of a browser, with both deployments and a push service as they are."""

from __future__ import annotations

import http.cookiejar
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.deployment import Deployment, EmbeddedDeployment, MosquittoDeployment
from tests.support.mqtt import Client
from tests.support.people import PASSWORD, befriend, register
from tests.support.push_service import PushService, Subscribed, running_push_service
from tests.support.waiting import wait_for


class Browser:
    """A browser's session with the API."""

    def __init__(self, url: str, name: str) -> None:
        self.url = url
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(cookies)
        self._csrf = ""
        self._csrf = self.call("POST", "/session", {"username": name, "password": PASSWORD})["csrf_token"]

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Content-Type": "application/json", "X-CSRF-Token": self._csrf}
        sent = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/api/v1{path}", sent, headers, method=method)
        with self._opener.open(request, timeout=10) as answer:
            said = answer.read()
        return json.loads(said) if said else None


@pytest.fixture
def service() -> Iterator[PushService]:
    with running_push_service() as service:
        yield service


@pytest.fixture(params=[EmbeddedDeployment, MosquittoDeployment], ids=["embedded", "mosquitto"])
def server(request: pytest.FixtureRequest, tmp_path: Path, service: PushService) -> Iterator[Deployment]:
    """One process for all; or pages and exchange apart, of which one alone may tell."""
    server: Deployment = request.param(tmp_path, "--push-origins", service.origin, "--log-level", "debug")
    try:
        server.start()
        yield server
        assert "Traceback" not in server.read_logs()
    finally:
        server.close()


def wait_for_words(words: str, *browsers: Subscribed) -> None:
    wait_for(lambda: all(words in each.said() for each in browsers), what=f"all browsers to be told “{words}”")


def test_who_is_away_is_told_once_with_the_right_words_and_who_is_signed_out_is_not(
    server: Deployment, service: PushService
) -> None:
    ann, bob = register(server.url, "ann", "Ann"), register(server.url, "bob", "小波")
    eve = register(server.url, "eve", "Eve")
    befriend(ann, bob)
    befriend(ann, eve)
    desk, lost, phone = (Browser(server.url, name) for name in ("ann", "ann", "ann"))
    told, signed_out, second = (service.subscribe() for _ in range(3))
    for browser, subscribed in ((desk, told), (lost, signed_out), (phone, second)):
        browser.call("POST", "/push/subscriptions", subscribed.body)
    lost.call("DELETE", "/session")
    client = Client(server.mqtt_port, "bob", bob.mqtt_password)
    client.publish_and_wait("im/bob/send/user/ann", {"id": "m1", "kind": "text", "body": "大雁 🪿"})
    wait_for(lambda: told.pushed and second.pushed, what="both browsers to be told")
    (pushed,) = told.pushed
    expected = {"key": "user/bob", "from_title": "小波", "body": "大雁 🪿", "unread": 1, "seq": 1}
    assert {name: pushed.said[name] for name in expected} == expected
    assert pushed.headers["Urgency"] == "high"
    # Muted, the next is told to nobody; what eve says after it shows that it was passed over.
    phone.call("PUT", "/mutes/user/bob", {"until": None})
    client.publish_and_wait("im/bob/send/user/ann", {"id": "m2", "kind": "text", "body": "quiet"})
    client.cut()
    client = Client(server.mqtt_port, "eve", eve.mqtt_password)
    for words in ("honk", "honk again"):  # by the second the first would be there twice, if two processes told it
        client.publish_and_wait("im/eve/send/user/ann", {"kind": "text", "body": words, "id": words.replace(" ", "-")})
        wait_for_words(words, told, second)
    client.cut()
    assert told.said() == second.said() == ["大雁 🪿", "honk", "honk again"]
    assert signed_out.pushed == []
    assert told.endpoint.rpartition("/")[2] not in server.read_logs()
