from __future__ import annotations

from collections.abc import Callable

import pytest

from hongyan.limits import Limits
from hongyan_core.store.models import Rate
from hongyan_web import limits
from hongyan_web.limits import THROTTLES, Throttle
from tests.hongyan_web.site import PASSWORD, START_MS, Site

ON = {"limits": Limits()}
ACCOUNT = {"password": PASSWORD}


@pytest.fixture
def throttled(make_site: Callable[..., Site]) -> Callable[..., Site]:
    def make(**throttles: list[Throttle]) -> Site:
        return make_site(**ON, throttles={name.replace("__", "."): rules for name, rules in throttles.items()})

    return make


def test_beyond_the_limit_the_answer_says_when_to_come_back(throttled: Callable[..., Site]) -> None:
    site = throttled(accounts__register=[Throttle("register", "2 per hour", limits.address)])
    for name in ("ann", "bob"):
        assert site.visitor().post("/accounts", {"username": name, **ACCOUNT}).status == 201
    response = site.visitor().send("POST", "/accounts", json={"username": "eve", **ACCOUNT})
    assert (response.status_code, response.json["error"]["code"]) == (429, "rate_limited")
    left_s = 3_600 - START_MS // 1_000 % 3_600
    assert left_s <= int(response.headers["Retry-After"]) <= left_s + 1
    site.clock.now_ms += left_s * 1_000
    assert site.visitor().post("/accounts", {"username": "eve", **ACCOUNT}).status == 201


def test_the_count_is_shared_between_processes(throttled: Callable[..., Site]) -> None:
    rules = [Throttle("register", "2 per hour", limits.address)]
    first, second = throttled(accounts__register=rules), throttled(accounts__register=rules)
    assert first.visitor().post("/accounts", {"username": "ann", **ACCOUNT}).status == 201
    assert second.visitor().post("/accounts", {"username": "bob", **ACCOUNT}).status == 201
    assert first.visitor().post("/accounts", {"username": "eve", **ACCOUNT}).refusal[:2] == (429, "rate_limited")
    assert second.visitor().post("/accounts", {"username": "eve", **ACCOUNT}).refusal[:2] == (429, "rate_limited")


def test_wrong_passwords_make_the_next_one_wait_ever_longer_and_right_ones_never_count(
    throttled: Callable[..., Site],
) -> None:
    site = throttled(**{name.replace(".", "__"): list(rules) for name, rules in THROTTLES.items()})
    site.member("ann")
    for _ in range(15):
        assert site.visitor().sign_in("ann").status == 200
    for _ in range(3):
        assert site.visitor().sign_in("ann", "a wild guess").refusal[:2] == (401, "bad_credentials")
    by_token = {"username": "ann", "password": "a wild guess", "label": "bot"}
    for _ in range(2):
        assert site.visitor().post("/tokens", by_token).refusal[:2] == (401, "bad_credentials")
    for wait_s in (2, 4, 8):
        refused = site.visitor().send("POST", "/session", json={"username": "ann", "password": PASSWORD})
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, str(wait_s))
        site.clock.now_ms += wait_s * 1_000
        assert site.visitor().sign_in("ann", "a wild guess").refusal[:2] == (401, "bad_credentials")
    site.clock.now_ms += 16_000
    assert site.visitor().sign_in("ann").status == 200
    assert site.visitor().sign_in("ann", "a wild guess").refusal[:2] == (401, "bad_credentials")


def test_searching_is_counted_by_account(throttled: Callable[..., Site]) -> None:
    site = throttled(people__search=[Throttle("search", "1 per minute", limits.account)])
    ann, bob = site.member("ann"), site.member("bob")
    assert ann.get("/people?q=ann").status == 200
    assert bob.get("/people?q=ann").status == 200
    assert ann.get("/people?q=ann").refusal[:2] == (429, "rate_limited")


def test_limits_that_are_off_count_nothing(site: Site) -> None:
    for number in range(3):
        site.visitor().post("/accounts", {"username": f"ann{number}", **ACCOUNT})
    assert Rate.select().count() == 0


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::"),
        ("2001:db8:1:2:bbbb::1", "2001:db8:1:2::"),
        ("", "unknown"),
    ],
)
def test_an_ipv6_network_counts_as_one_address(site: Site, address: str, key: str) -> None:
    with site.app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert limits.address() == key


def test_every_throttle_names_a_route(site: Site) -> None:
    assert set(THROTTLES) <= set(site.app.view_functions)


def test_counters_of_yesterday_are_swept_away(throttled: Callable[..., Site]) -> None:
    site = throttled(accounts__register=[Throttle("register", "100 per hour", limits.address)])
    site.visitor().post("/accounts", {"username": "ann", **ACCOUNT})
    site.clock.now_ms += 2 * 86_400_000
    site.visitor().post("/accounts", {"username": "bob", **ACCOUNT})
    assert [row.count for row in Rate.select()] == [1]
