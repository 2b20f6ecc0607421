"""How far somebody has read and received, and who is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from peewee import Database

from hongyan_core.actions.blocks import block_account
from hongyan_core.actions.groups import add_member, create_group
from hongyan_core.actions.profile import change_profile
from hongyan_core.exchange import Exchange
from hongyan_core.store.models import Account, ReadMark
from tests.support.cast import make_account, make_friends, take_outbox
from tests.support.exchanging import StoppedClock, accept_one, code, publish, running_exchange, text, told

Cast = dict[str, Account]
Told = list[tuple[str, str, dict[str, Any]]]


@pytest.fixture
def cast(database: Database) -> Cast:
    """ann and bob are friends, and both in ann's group lab."""
    people = {name: make_account(name) for name in ("ann", "bob")}
    make_friends(people["ann"], people["bob"])
    add_member(people["ann"], create_group(people["ann"], "lab", "Lab", at_ms=1), "bob", at_ms=1)
    take_outbox()
    return people


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(1_000)


@pytest.fixture
def exchange(cast: Cast, clock: StoppedClock) -> Iterator[Exchange]:
    """Ann has written five messages to bob, and five to the group."""
    with running_exchange(clock=clock) as opened:
        for to in ("user/bob", "group/lab"):
            opened.accept([text("ann", to, "hi", f"{to}-{n}") for n in range(5)])
        yield opened


def mark(exchange: Exchange, of: str = "user/ann", **fields: int) -> Told:
    """What is told of a mark of bob's: (to whom, where, seq and delivered)."""
    decision = accept_one(exchange, publish("bob", f"im/bob/read/{of}", fields))
    names = ("seq", "delivered")
    return [
        (",".join(to), place, {name: payload[name] for name in names if name in payload})
        for to, place, payload in told(decision)
    ]


def marks_of(account: Account) -> list[tuple[int, int, int]]:
    query = ReadMark.select().where(ReadMark.account == account).order_by(ReadMark.conversation)
    return [(row.seq, row.delivered_seq, row.at_ms) for row in query]


def test_what_was_received_is_told_to_the_other_only_and_moves_no_read_mark(exchange: Exchange, cast: Cast) -> None:
    assert mark(exchange, delivered=3) == [("ann", "live/read/user/bob", {"delivered": 3})]
    assert marks_of(cast["bob"]) == [(0, 3, 0)]


def test_both_may_stand_together(exchange: Exchange, cast: Cast, clock: StoppedClock) -> None:
    clock.at_ms = 7_000
    assert mark(exchange, seq=2, delivered=4) == [
        ("bob", "live/read/user/ann", {"seq": 2}),
        ("ann", "live/read/user/bob", {"seq": 2, "delivered": 4}),
    ]
    assert marks_of(cast["bob"]) == [(2, 4, 7_000)]


def test_each_mark_goes_forward_for_itself_and_not_beyond_the_end(exchange: Exchange, cast: Cast) -> None:
    mark(exchange, seq=2, delivered=4)
    assert mark(exchange, seq=2, delivered=3) == []
    assert mark(exchange, seq=1, delivered=99) == [("ann", "live/read/user/bob", {"delivered": 5})]
    assert mark(exchange, seq=99)[0] == ("bob", "live/read/user/ann", {"seq": 5})
    assert marks_of(cast["bob"])[0][:2] == (5, 5)


def test_when_it_was_read_is_kept_and_receiving_does_not_change_it(
    exchange: Exchange, cast: Cast, clock: StoppedClock
) -> None:
    clock.at_ms = 2_000
    mark(exchange, seq=1)
    clock.at_ms = 3_000
    mark(exchange, delivered=5)
    assert marks_of(cast["bob"]) == [(1, 5, 2_000)]


@pytest.mark.parametrize("who", ["bob", "ann"])
def test_who_does_not_show_what_was_read_is_not_told_either(exchange: Exchange, cast: Cast, who: str) -> None:
    mark(exchange, seq=1)
    change_profile(cast[who], {"read_receipts": False}, at_ms=5)
    assert mark(exchange, seq=2) == [("bob", "live/read/user/ann", {"seq": 2})]
    assert mark(exchange, seq=3, delivered=3) == [
        ("bob", "live/read/user/ann", {"seq": 3}),
        ("ann", "live/read/user/bob", {"delivered": 3}),
    ]
    change_profile(cast[who], {"read_receipts": True}, at_ms=6)
    assert mark(exchange, seq=4)[1] == ("ann", "live/read/user/bob", {"seq": 4})


def test_behind_a_block_nothing_is_told_at_all(exchange: Exchange, cast: Cast) -> None:
    block_account(cast["bob"], "ann", at_ms=5)
    assert mark(exchange, seq=1, delivered=1) == [("bob", "live/read/user/ann", {"seq": 1})]


@pytest.mark.parametrize(
    ("of", "fields"),
    [
        pytest.param("group/lab", {"delivered": 1}, id="received in a group"),
        pytest.param("group/lab", {"seq": 1, "delivered": 1}, id="both in a group"),
        pytest.param("user/ann", {}, id="nothing"),
        pytest.param("user/ann", {"delivered": -1}, id="below zero"),
        pytest.param("user/ann", {"delivered": 2**63}, id="beyond 64 bits"),
        pytest.param("user/ann", {"delivered": "1"}, id="a word"),
        pytest.param("user/ann", {"received": 1}, id="another name"),
        pytest.param("user/ann", [1], id="a list"),
    ],
)
def test_a_mark_that_is_none(exchange: Exchange, cast: Cast, of: str, fields: Any) -> None:
    assert code(accept_one(exchange, publish("bob", f"im/bob/read/{of}", fields))) == "malformed"
    assert marks_of(cast["bob"]) == []
