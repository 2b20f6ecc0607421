"""Polls: their votes, their end, and what nobody is told of an anonymous one. On SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from peewee import Database

from hongyan_core.exchange import Exchange, Submission
from hongyan_core.store.models import StoredMessage, Vote
from tests.support.exchanging import StoppedClock, accept_one, running_exchange, stamp, told
from tests.support.lab import Lab, make_lab
from tests.support.talking import refusal, say, send, stored, try_one

Refusal = tuple[str, str | None] | None
YEAR_MS = 366 * 86_400_000


@pytest.fixture
def lab(database: Database) -> Lab:
    return make_lab()


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(10_000)


@pytest.fixture
def exchange(lab: Lab, clock: StoppedClock) -> Iterator[Exchange]:
    with running_exchange(clock=clock) as opened:
        yield opened


def ask(who: str = "ann", to: str = "group/lab", **fields: Any) -> Submission:
    return send(who, to, "poll", body="When?", options=["now", "later", "never"], **fields)


def vote(who: str, *choices: int, **fields: Any) -> Submission:
    return send(who, "group/lab", "vote", of=1, choices=list(choices), **fields)


def votes() -> list[tuple[str, int]]:
    return sorted((row.account.name, row.choice) for row in Vote.select())


def test_a_poll_is_voted_upon(exchange: Exchange) -> None:
    exchange.accept([ask(), vote("bob", 2), vote("ann", 0)])
    assert votes() == [("ann", 0), ("bob", 2)]
    assert {name: stored("group:lab", 2)[name] for name in ("from", "choices", "of")} == {
        "from": "bob",
        "choices": [2],
        "of": 1,
    }


def test_a_vote_is_taken_back_and_given_again(exchange: Exchange) -> None:
    decisions = exchange.accept([ask(), vote("bob", 2), vote("bob", 1), vote("bob"), vote("bob"), vote("bob", 1)])
    assert [refusal(one) for one in decisions] == [None, None, ("already_voted", "of"), None, None, None]
    assert votes() == [("bob", 1)]
    assert try_one(exchange, vote("bob", 1)) == ("already_voted", "of")
    assert try_one(exchange, vote("bob")) is None
    assert votes() == []


def test_several_choices_where_the_poll_allows_them(exchange: Exchange) -> None:
    exchange.accept([ask(multiple=True), vote("bob", 2, 0)])
    assert votes() == [("bob", 0), ("bob", 2)]


BAD: dict[str, tuple[dict[str, Any], Submission, Refusal]] = {
    "an option that is not there": ({}, vote("bob", 3), ("malformed", "choices")),
    "two where one is asked for": ({}, vote("bob", 0, 1), ("malformed", "choices")),
    "a text": ({}, send("bob", "group/lab", "vote", of=2, choices=[0]), ("unknown_message", "of")),
    "of another conversation": ({}, send("bob", "user/ann", "vote", of=1, choices=[0]), ("unknown_message", "of")),
    "no member": ({}, vote("eve", 0), ("not_member", None)),
    "another's to close": ({}, send("bob", "group/lab", "close", of=1), ("not_yours", "of")),
    "a text to close": ({}, send("ann", "group/lab", "close", of=2), ("unknown_message", "of")),
}


@pytest.mark.parametrize("case", BAD)
def test_votes_and_ends_that_are_refused(exchange: Exchange, case: str) -> None:
    fields, submission, expected = BAD[case]
    exchange.accept([ask(**fields), say("ann", "group/lab")])
    assert try_one(exchange, submission) == expected
    assert votes() == []


def test_its_author_closes_it(exchange: Exchange, clock: StoppedClock) -> None:
    exchange.accept([ask(), vote("bob", 0)])
    clock.at_ms = 11_000
    close = send("ann", "group/lab", "close", of=1)
    decisions = exchange.accept([close, vote("dan", 1), vote("bob"), send("ann", "group/lab", "close", of=1), close])
    late = ("too_late", "of")
    assert [refusal(one) for one in decisions] == [None, late, late, late, None]
    assert stored("group:lab", 1)["closed"] == 11_000
    assert votes() == [("bob", 0)]


def test_it_closes_at_its_time(exchange: Exchange, clock: StoppedClock) -> None:
    exchange.accept([ask(closes=12_000), vote("bob", 0)])
    clock.at_ms = 11_999
    assert try_one(exchange, vote("dan", 0)) is None
    clock.at_ms = 12_000
    assert try_one(exchange, vote("thermo", 0)) == ("too_late", "of")
    assert try_one(exchange, send("ann", "group/lab", "close", of=1)) == ("too_late", "of")


@pytest.mark.parametrize(
    ("closes", "expected"),
    [
        (10_001, None),
        (10_000 + YEAR_MS, None),
        (10_000, ("past_time", "closes")),
        (0, ("past_time", "closes")),
        (10_001 + YEAR_MS, ("past_time", "closes")),
    ],
)
def test_a_poll_closes_within_a_year(exchange: Exchange, closes: int, expected: Refusal) -> None:
    assert try_one(exchange, ask(closes=closes)) == expected


def test_of_an_anonymous_poll_nobody_hears_who_voted_for_what(exchange: Exchange) -> None:
    exchange.accept([ask(anonymous=True)])
    decision = accept_one(exchange, vote("bob", 2, id="v1", ext={"x": "bob"}))
    entry = {"id": "v1", "kind": "vote", "of": 1, "from": "ann", "to": "group/lab", "seq": 2, "at": 10_000}
    assert told(decision) == [
        (("ann", "dan", "thermo"), "inbox/group/lab", entry),
        (("bob",), "sent/group/lab", entry),
    ]
    assert stored("group:lab", 2) == entry
    assert votes() == [("bob", 2)]
    again = accept_one(exchange, vote("bob", 2, id="v1"))
    assert (again.repeat, stamp(again)) == (True, entry)
    assert StoredMessage.get(StoredMessage.seq == 2).sender.name == "bob"


def test_of_two_people_both_know_who_voted(exchange: Exchange) -> None:
    exchange.accept([ask(to="user/bob", anonymous=True)])
    stamped = stamp(accept_one(exchange, send("bob", "user/ann", "vote", of=1, choices=[1])))
    assert ("choices" in stamped, stamped["from"]) == (False, "bob")
