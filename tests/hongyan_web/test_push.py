from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from hongyan_core.actions.push import MAX_SUBSCRIPTIONS
from hongyan_core.push.vapid import Vapid
from hongyan_core.store.models import PushSubscription
from hongyan_web.push_delivery import read_pause
from tests.hongyan_web.site import PASSWORD, START_MS, Site, Visitor
from tests.support.push_service import PushService, Subscribed, running_push_service


@pytest.fixture
def service() -> Iterator[PushService]:
    with running_push_service() as service:
        yield service


@pytest.fixture
def site(make_site: Callable[..., Site], service: PushService) -> Site:
    return make_site(push_origins=(service.origin,))


def listen(visitor: Visitor, service: PushService) -> Subscribed:
    browser = service.subscribe()
    assert visitor.post("/push/subscriptions", browser.body).status == 201
    return browser


def again(site: Site, name: str) -> Visitor:
    """Another browser of somebody who has an account."""
    visitor = site.visitor()
    visitor.sign_in(name)
    return visitor


def test_a_browser_subscribes_and_is_listed_with_the_others(ann: Visitor, site: Site, service: PushService) -> None:
    assert ann.get("/push").body == {"public_key": Vapid(b"k" * 32, "").public_key, "subscriptions": []}
    listen(ann, service)
    elsewhere = again(site, "ann")
    listen(elsewhere, service)
    told = elsewhere.get("/push").body["subscriptions"]
    assert [(each["created_at"], each["current"]) for each in told] == [(START_MS, False), (START_MS, True)]
    assert elsewhere.delete(f"/push/subscriptions/{told[0]['id']}").status == 204
    assert [each["current"] for each in elsewhere.get("/push").body["subscriptions"]] == [True]
    assert ann.get("/push").body["subscriptions"][0]["current"] is False


def test_a_session_has_one_subscription_and_an_endpoint_one_session(
    ann: Visitor, bob: Visitor, service: PushService
) -> None:
    listen(ann, service)
    browser = listen(ann, service)
    assert len(ann.get("/push").body["subscriptions"]) == 1
    assert bob.post("/push/subscriptions", browser.body).status == 201  # the same browser, somebody else now
    assert ann.get("/push").body["subscriptions"] == []


def test_it_ends_with_the_session(ann: Visitor, site: Site, service: PushService) -> None:
    listen(ann, service)
    assert ann.delete("/session").status == 204
    assert again(site, "ann").get("/push").body["subscriptions"] == []


def test_nothing_of_the_address_can_be_read_in_the_database(ann: Visitor, service: PushService) -> None:
    browser = listen(ann, service)
    kept = repr([row.__data__ for row in PushSubscription.select()])
    assert [secret for secret in (browser.endpoint, *browser.body["keys"].values()) if secret in kept] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        pytest.param({"endpoint": "http://push.example.org/1"}, "endpoint", id="plain"),
        pytest.param({"endpoint": "push"}, "endpoint", id="no address"),
        pytest.param({"endpoint": "https://user@push.example.org/"}, "endpoint", id="with a user"),
        pytest.param({"endpoint": "https://push.example.org/ x"}, "endpoint", id="a space"),
        pytest.param({"endpoint": "https://推.example.org/"}, "endpoint", id="not ASCII"),
        pytest.param({"endpoint": "https://push.example.org:99999/"}, "endpoint", id="no port"),
        pytest.param({"endpoint": "https://push.example.org/" + "x" * 2_048}, "endpoint", id="too long"),
        pytest.param({"keys": {"p256dh": "AAAA", "auth": "AAAA"}}, "keys", id="no keys"),
        pytest.param({"keys": {"p256dh": "A" * 87, "auth": "?" * 22}}, "keys", id="no base64url"),
        pytest.param({"keys": {"p256dh": "BA" + "A" * 85, "auth": "A" * 22}}, "keys", id="no point of the curve"),
    ],
)
def test_an_address_that_cannot_be(ann: Visitor, service: PushService, change: dict[str, Any], field: str) -> None:
    said = ann.post("/push/subscriptions", {**service.subscribe().body, **change})
    assert said.refusal == (400, "malformed_field", field)


def test_an_account_has_so_many_and_no_more(ann: Visitor, site: Site, service: PushService) -> None:
    for _ in range(MAX_SUBSCRIPTIONS):
        listen(again(site, "ann"), service)
    assert ann.post("/push/subscriptions", service.subscribe().body).refusal == (409, "too_many", None)


def test_a_test_comes_through_in_the_language_of_the_account(ann: Visitor, service: PushService) -> None:
    browser = listen(ann, service)
    ann.patch("/me", {"language": "zh"})
    assert ann.post("/push/test").status == 204
    (pushed,) = browser.pushed
    assert pushed.said == {"type": "test", "at": START_MS, "language": "zh"}
    assert (pushed.headers["TTL"], pushed.headers["Urgency"]) == ("60", "high")
    assert pushed.claims["aud"] == service.origin


def test_a_test_says_what_is_wrong(ann: Visitor, bob: Visitor, service: PushService) -> None:
    assert ann.post("/push/test").refusal == (404, "unknown_subscription", None)
    listen(ann, service)
    assert bob.post("/push/test").refusal == (404, "unknown_subscription", None)
    service.answers = [(500, {})]
    assert ann.post("/push/test").refusal == (502, "not_pushed", None)
    service.answers = [(410, {})]
    assert ann.post("/push/test").refusal == (502, "not_pushed", None)
    assert ann.get("/push").body["subscriptions"] == []


def test_a_push_service_leaves_no_cookies_with_us(ann: Visitor, service: PushService) -> None:
    browser = listen(ann, service)
    service.answers = [(201, {"Set-Cookie": "spy=1"})]
    for _ in range(2):
        assert ann.post("/push/test").status == 204
    assert "Cookie" not in browser.pushed[1].headers


def test_the_server_asks_nobody_in_its_own_network(make_site: Callable[..., Site], service: PushService) -> None:
    ann = make_site().member("ann")
    inside = {**service.subscribe().body, "endpoint": f"https://localhost:{service.origin.rpartition(':')[2]}/x"}
    assert ann.post("/push/subscriptions", inside).status == 201  # names are looked up when something is sent
    assert ann.post("/push/test").refusal == (502, "not_pushed", None)
    assert service.asked == 0


def test_somebody_elses_subscription_is_none(ann: Visitor, bob: Visitor, service: PushService) -> None:
    listen(ann, service)
    (told,) = ann.get("/push").body["subscriptions"]
    assert bob.delete(f"/push/subscriptions/{told['id']}").refusal == (404, "unknown_subscription", None)
    assert bob.delete("/push/subscriptions/999999999999").refusal == (404, "unknown_subscription", None)


def test_where_it_is_off_the_pages_are_told_so(make_site: Callable[..., Site], service: PushService) -> None:
    ann = make_site(push=False).member("ann", PASSWORD)
    assert ann.get("/push").body == {"public_key": None, "subscriptions": []}
    assert ann.post("/push/subscriptions", service.subscribe().body).refusal == (409, "push_off", None)
    assert ann.post("/push/test").refusal == (409, "push_off", None)


def test_whether_words_stand_in_a_notification_is_the_accounts_choice(ann: Visitor) -> None:
    assert ann.patch("/me", {"push_words": False}).body["push_words"] is False
    assert ann.get("/me").body["push_words"] is False


@pytest.mark.parametrize(
    ("text", "pause_s"),
    [
        (None, None),
        ("120", 120.0),
        ("Sat, 21 Nov 2026 12:00:30 GMT", 30.0),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-1", None),
    ],
)
def test_a_push_service_says_when_to_come_back(text: str | None, pause_s: float | None) -> None:
    assert read_pause(text, now=datetime(2026, 11, 21, 12, 0, tzinfo=UTC)) == pause_s
