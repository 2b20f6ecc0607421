"""Who is online, from what their devices say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from peewee import Database

from hongyan.limits import Limits
from hongyan_core.exchange import Decision, Exchange
from hongyan_core.presence import Device, Visible, combine
from hongyan_core.store.models import Account, Presence
from tests.support.cast import make_account, make_block, make_friends
from tests.support.exchanging import StoppedClock, accept_one, running_exchange, status, told, unfold

STATES = {
    "no device": ([], "offline"),
    "one": (["away"], "away"),
    "one that hides": (["invisible"], "offline"),
    "online over away": (["away", "online"], "online"),
    "busy over online": (["online", "busy", "away"], "busy"),
    "invisible hides all": (["online", "busy", "invisible"], "offline"),
}


@pytest.mark.parametrize("case", STATES)
def test_devices_are_seen_together(case: str) -> None:
    states, expected = STATES[case]
    assert combine({str(n): Device(state, "", 1) for n, state in enumerate(states)}).state == expected


def test_the_newest_text_is_shown_and_an_invisible_person_has_none() -> None:
    devices = {"a": Device("away", "lunch", 1), "b": Device("online", "", 3), "c": Device("away", "gone", 2)}
    assert combine(devices) == Visible("online", "gone")
    assert combine({**devices, "d": Device("invisible", "secret", 4)}) == Visible("offline", "")


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def people(database: Database) -> dict[str, Account]:
    """bob, carl and eve are ann's friends; ann blocked eve, carl blocked ann."""
    people = {name: make_account(name) for name in ("ann", "bob", "carl", "eve")}
    for name in ("bob", "carl", "eve"):
        make_friends(people["ann"], people[name])
    make_block(people["ann"], people["eve"])
    make_block(people["carl"], people["ann"])
    return people


@pytest.fixture
def exchange(people: dict[str, Account], clock: StoppedClock) -> Iterator[Exchange]:
    with running_exchange(leases=True, clock=clock) as opened:
        yield opened


def shown(decision: Decision) -> list[tuple[tuple[str, ...], Any, Any]]:
    """(to whom, state, text) of each delivery."""
    return [(accounts, fields["state"], fields["text"]) for accounts, _, fields in told(decision)]


def test_a_change_is_told_to_friends_and_a_block_hides_it_both_ways(exchange: Exchange) -> None:
    assert told(accept_one(exchange, status("ann", "phone", "online", "hi"))) == [
        (("bob",), "live/presence/ann", {"from": "ann", "state": "online", "text": "hi", "last_seen": 1000})
    ]
    row = Presence.get()
    assert (row.account.name, row.state, row.text, row.last_seen_ms) == ("ann", "online", "hi", 1000)


def test_the_embedded_broker_tells_only_friends_who_are_here(people: dict[str, Account], clock: StoppedClock) -> None:
    with running_exchange(leases=False, clock=clock) as exchange:
        assert shown(accept_one(exchange, status("ann", "phone", "online"))) == []
        assert shown(accept_one(exchange, status("bob", "phone", "invisible"))) == []
        assert shown(accept_one(exchange, status("ann", "phone", "away"))) == [(("bob",), "away", "")]
        left, told_no_more = exchange.accept([status("bob", "phone", "offline"), status("ann", "phone", "busy")])
        assert (shown(left), shown(told_no_more)) == ([], [])
        _, told_again = exchange.accept([status("bob", "phone", "online"), status("ann", "phone", "online")])
        assert shown(told_again) == [(("bob",), "online", "")]


def test_only_a_change_is_told(exchange: Exchange) -> None:
    words = [("phone", "online"), ("phone", "online"), ("laptop", "away"), ("phone", "offline"), ("laptop", "offline")]
    decisions = [accept_one(exchange, status("ann", *word)) for word in words]
    assert [shown(d) for d in decisions] == [
        [(("bob",), "online", "")],
        [],
        [],
        [(("bob",), "away", "")],
        [(("bob",), "offline", "")],
    ]


def test_several_changes_in_one_batch_are_told_one_after_the_other(exchange: Exchange) -> None:
    decisions = exchange.accept([status("ann", "phone", state) for state in ("online", "busy", "offline")])
    assert [shown(d)[0][1] for d in decisions] == ["online", "busy", "offline"]
    assert Presence.get().state == "offline"


def test_an_invisible_person_looks_offline_and_keeps_their_last_seen(exchange: Exchange, clock: StoppedClock) -> None:
    accept_one(exchange, status("ann", "phone", "online"))
    clock.at_ms = 2_000
    assert shown(accept_one(exchange, status("ann", "phone", "invisible", "psst"))) == [(("bob",), "offline", "")]
    clock.at_ms = 3_000
    assert shown(accept_one(exchange, status("ann", "phone", "offline"))) == []
    assert (Presence.get().state, Presence.get().last_seen_ms) == ("offline", 2_000)


def test_a_device_without_a_word_for_150_s_is_offline(exchange: Exchange, clock: StoppedClock) -> None:
    exchange.accept([status("ann", "phone", "online"), status("bob", "phone", "online")])
    clock.at_ms += 100_000
    accept_one(exchange, status("bob", "phone", "online"))
    clock.at_ms += 50_000
    assert exchange.expire_leases() == []
    clock.at_ms += 1
    assert [unfold(d) for d in exchange.expire_leases()] == [
        (("bob",), "live/presence/ann", {"from": "ann", "state": "offline", "text": "", "last_seen": 151_001})
    ]
    assert exchange.expire_leases() == []
    assert [row.state for row in Presence.select().order_by(Presence.account)] == ["offline", "online"]


def test_without_leases_a_silent_device_stays(people: dict[str, Account], clock: StoppedClock) -> None:
    with running_exchange(leases=False, clock=clock) as exchange:
        accept_one(exchange, status("ann", "phone", "online"))
        clock.at_ms += 10**9
        assert exchange.expire_leases() == []


def test_a_new_exchange_knows_nobody_to_be_online(exchange: Exchange, clock: StoppedClock) -> None:
    accept_one(exchange, status("ann", "phone", "busy", "x"))
    exchange.close()
    clock.at_ms = 9_000
    with running_exchange(leases=True, clock=clock) as second:
        row = Presence.get()
        assert (row.state, row.text, row.last_seen_ms) == ("offline", "", 9_000)
        assert shown(accept_one(second, status("ann", "phone", "online"))) == [(("bob",), "online", "")]


def test_of_too_many_devices_the_one_that_was_silent_for_longest_is_forgotten(
    people: dict[str, Account], clock: StoppedClock
) -> None:
    with running_exchange(Limits(max_sessions=2), leases=True, clock=clock) as exchange:
        for n, state in enumerate(("busy", "away", "away")):
            clock.at_ms += 1
            decision = accept_one(exchange, status("ann", f"device{n}", state))
        assert shown(decision) == [(("bob",), "away", "")]
