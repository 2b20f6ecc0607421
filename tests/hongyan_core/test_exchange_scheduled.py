"""Messages for later, as they are handed in: on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from peewee import Database

from hongyan_core.exchange import Exchange, Submission
from hongyan_core.store.models import Account, ScheduledMessage, StoredMessage
from tests.support.exchanging import StoppedClock, accept_one, running_exchange, told
from tests.support.lab import Lab, make_lab
from tests.support.talking import make_file, refusal, say, send, trust, try_one

NOW_MS = 10_000
YEAR_MS = 366 * 86_400_000


@pytest.fixture
def lab(database: Database) -> Lab:
    return make_lab()


@pytest.fixture
def exchange(lab: Lab) -> Iterator[Exchange]:
    with running_exchange(clock=StoppedClock(NOW_MS)) as opened:
        yield opened


def later(to: str = "user/bob", **fields: Any) -> Submission:
    return say("ann", to, **{"deliver_at": 20_000, **fields})


def test_it_is_kept_for_its_time_and_only_its_sender_hears_of_it(exchange: Exchange, lab: Lab) -> None:
    Account.update(time_zone="Asia/Shanghai").where(Account.name == "ann").execute()
    decision = accept_one(exchange, later(id="m1", repeat="daily", format="markdown"))
    notice = {"type": "scheduled", "id": "m1", "to": "user/bob", "deliver_at": 20_000, "at": NOW_MS}
    assert told(decision) == [(("ann",), "notice", notice)]
    assert (decision.position, StoredMessage.select().count()) == (None, 0)
    (row,) = ScheduledMessage.select()
    assert (row.account.name, row.key, row.message_id, row.due_ms) == ("ann", "user/bob", "m1", 20_000)
    assert (row.repeat, row.time_zone, row.times, row.refusal) == ("daily", "Asia/Shanghai", 0, "")
    assert json.loads(row.draft) == {"id": "m1", "kind": "text", "body": "hi", "format": "markdown"}


@pytest.mark.parametrize("at_once", [True, False])
def test_a_repeat_is_answered_again(exchange: Exchange, at_once: bool) -> None:
    batch = [later(id="m1"), later(id="m1", deliver_at=30_000)]
    trust(exchange)
    first, again = exchange.accept(batch) if at_once else [accept_one(exchange, one) for one in batch]
    assert again == first
    assert ScheduledMessage.select().count() == 1


def test_a_repeat_of_what_was_sent_is_answered_with_its_stamp(exchange: Exchange) -> None:
    exchange.accept([say("ann", "user/bob", id="m1")])
    trust(exchange)
    assert [place for _, place, _ in told(accept_one(exchange, later(id="m1")))] == ["inbox/user/ann", "sent/user/bob"]
    assert ScheduledMessage.select().count() == 0


def test_an_id_towards_another_conversation_is_refused(exchange: Exchange) -> None:
    exchange.accept([later(id="m1")])
    assert try_one(exchange, later("user/dan", id="m1")) == ("id_reused", "id")


@pytest.mark.parametrize("at_ms", [0, NOW_MS, NOW_MS + YEAR_MS + 1])
def test_a_time_that_is_over_or_too_far(exchange: Exchange, at_ms: int) -> None:
    assert try_one(exchange, later(deliver_at=at_ms)) == ("past_time", "deliver_at")
    assert try_one(exchange, later(deliver_at=NOW_MS + YEAR_MS)) is None


def test_what_is_refused_now_is_refused_for_later(exchange: Exchange, lab: Lab) -> None:
    assert try_one(exchange, later("user/eve")) == ("not_friends", None)
    assert try_one(exchange, later(reply=7)) == ("unknown_message", "reply")
    picture = make_file(lab.bob)
    assert try_one(exchange, send("ann", "user/bob", "image", files=[picture], deliver_at=20_000)) == (
        "unknown_file",
        "files",
    )
    poll = {"body": "?", "options": ["a", "b"], "deliver_at": 20_000}
    assert try_one(exchange, send("ann", "user/bob", "poll", closes=20_000, **poll)) == ("past_time", "closes")
    assert try_one(exchange, send("ann", "user/bob", "poll", closes=20_001, **poll)) is None


@pytest.mark.parametrize("at_once", [True, False])
def test_a_hundred_wait(exchange: Exchange, at_once: bool) -> None:
    batch = [later() for _ in range(101)]
    decisions = exchange.accept(batch) if at_once else [accept_one(exchange, one) for one in batch]
    assert [refusal(decision) for decision in decisions] == [None] * 100 + [("too_many", "deliver_at")]
    ScheduledMessage.update(due_ms=None, refusal="blocked").where(ScheduledMessage.id == 1).execute()
    one = ScheduledMessage.select().order_by(ScheduledMessage.id).first()
    ScheduledMessage.update(due_ms=None, refusal="blocked").where(ScheduledMessage.id == one.id).execute()
    assert try_one(exchange, later()) is None
