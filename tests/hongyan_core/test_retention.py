"""Old messages go, by the server's time and by a conversation's own."""

from __future__ import annotations

import json
from collections.abc import Iterator

import peewee
import pytest

from hongyan_core.exchange import Exchange
from hongyan_core.store.models import Conversation, Meta, StoredMessage
from hongyan_core.store.retention import Retention
from tests.support.cast import make_account, make_friends
from tests.support.exchanging import StoppedClock, running_exchange, text

DAY_MS = 86_400_000
TODAY = 100 * DAY_MS


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(0)


@pytest.fixture
def exchange(database: peewee.Database, clock: StoppedClock) -> Iterator[Exchange]:
    """ann has two friends."""
    Meta.delete().where(Meta.key == "retention_position").execute()  # the one PostgreSQL of all tests keeps it
    ann = make_account("ann")
    for friend in ("bob", "dan"):
        make_friends(ann, make_account(friend))
    with running_exchange(clock=clock) as opened:
        yield opened


def write(exchange: Exchange, clock: StoppedClock, to: str, *, day: int, count: int = 1) -> None:
    """So many messages of ann's on that day."""
    clock.at_ms = day * DAY_MS
    for at in range(0, count, 100):
        ids = [f"{to}-{day}-{n}" for n in range(at, min(at + 100, count))]
        exchange.accept([text("ann", to, "rare", message_id) for message_id in ids])
        clock.at_ms += 10_000


def sweep(days: int | None, *, at_ms: int = TODAY) -> int:
    """Sweep until nothing is left to do; how many steps it took."""
    retention, steps = Retention(days), 1
    while retention.sweep(at_ms):
        steps += 1
    return steps


def standing() -> dict[str, list[int]]:
    """Which messages are no tombstones, by conversation."""
    found: dict[str, list[int]] = {}
    for row in StoredMessage.select().order_by(StoredMessage.position):
        if json.loads(row.payload)["kind"] != "gone":
            found.setdefault(row.conversation.key, []).append(row.seq)
    return found


def first_seqs() -> dict[str, int]:
    return {row.key: row.first_seq for row in Conversation.select()}


def keep(key: str, days: int) -> None:
    Conversation.update(retention_days=days).where(Conversation.key == key).execute()


def test_what_is_older_than_the_servers_time_goes(exchange: Exchange, clock: StoppedClock) -> None:
    for day in (60, 69, 71):
        write(exchange, clock, "user/bob", day=day)
    write(exchange, clock, "user/dan", day=99)
    sweep(30)
    assert standing() == {"user:ann:bob": [3], "user:ann:dan": [1]}
    assert first_seqs() == {"user:ann:bob": 3, "user:ann:dan": 1}


def test_without_a_time_everything_stays(exchange: Exchange, clock: StoppedClock) -> None:
    write(exchange, clock, "user/bob", day=1)
    assert sweep(None) == 1
    assert (standing(), Meta.select().where(Meta.key == "retention_position").count()) == ({"user:ann:bob": [1]}, 0)


def test_a_conversation_has_a_time_of_its_own_and_the_shorter_one_wins(exchange: Exchange, clock: StoppedClock) -> None:
    for day in (60, 80, 99):
        for to in ("user/bob", "user/dan", "user/ann"):
            write(exchange, clock, to, day=day)
    keep("user:ann:bob", 7)
    keep("user:ann:dan", 90)
    sweep(30)
    assert standing() == {"user:ann:bob": [3], "user:ann:dan": [2, 3], "user:ann:ann": [2, 3]}


def test_it_goes_in_steps_and_on_from_where_it_was(exchange: Exchange, clock: StoppedClock) -> None:
    write(exchange, clock, "user/bob", day=1, count=1_100)
    keep("user:ann:bob", 30)
    assert sweep(None) == 4  # the last one finds nothing
    assert first_seqs() == {"user:ann:bob": 1_101}
    write(exchange, clock, "user/bob", day=50)
    assert sweep(30) == 3
    assert sweep(30) == 1
    assert first_seqs() == {"user:ann:bob": 1_102}


def test_the_numbering_goes_on_and_ids_stay_used(exchange: Exchange, clock: StoppedClock) -> None:
    write(exchange, clock, "user/bob", day=1)
    sweep(30)
    clock.at_ms = TODAY
    (again, new) = exchange.accept([text("ann", "user/bob", "x", "user/bob-1-0"), text("ann", "user/bob", "y", "n")])
    kinds = [json.loads(decision.deliveries[-1].payload)["kind"] for decision in (again, new)]
    assert kinds == ["gone", "text"]
    assert standing() == {"user:ann:bob": [2]}
