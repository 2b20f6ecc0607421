"""What is taken back is gone: on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from peewee import Database

from hongyan.limits import Limits
from hongyan_core.actions.blocks import block_account
from hongyan_core.actions.friends import unfriend
from hongyan_core.actions.groups import remove_member
from hongyan_core.exchange import Exchange, Submission
from hongyan_core.store.models import (
    Account,
    Attachment,
    ChatGroup,
    Erasure,
    Fleeting,
    Mention,
    MessageVersion,
    Pin,
    Reaction,
    StoredMessage,
    ThreadEntry,
    Vote,
)
from tests.support.exchanging import StoppedClock, accept_one, running_exchange, stamp, told
from tests.support.lab import Lab, make_lab
from tests.support.talking import make_file, refusal, say, send, stored, try_one

Refusal = tuple[str, str | None] | None


@pytest.fixture
def lab(database: Database) -> Lab:
    return make_lab()


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(10_000)


@pytest.fixture
def exchange(lab: Lab, clock: StoppedClock) -> Iterator[Exchange]:
    with running_exchange(Limits(recall_window_s=60, messages_burst=1_000), clock=clock) as opened:
        yield opened


def test_a_tombstone_is_left_and_the_others_are_told(exchange: Exchange) -> None:
    exchange.accept([say("ann", "user/bob", "secret", id="m1")])
    decision = accept_one(exchange, send("ann", "user/bob", "recall", id="r1", of=1))
    entry = {"id": "r1", "kind": "recall", "of": 1, "from": "ann", "to": "user/bob", "seq": 2, "at": 10_000}
    assert told(decision) == [(("bob",), "inbox/user/ann", entry), (("ann",), "sent/user/bob", entry)]
    stone = {"id": "m1", "kind": "gone", "from": "ann", "to": "user/bob", "seq": 1, "at": 10_000, "by": "ann"}
    assert stored("user:ann:bob", 1) == stone
    assert [row.kind for row in StoredMessage.select().order_by(StoredMessage.seq)] == ["gone", "recall"]
    assert [row.position for row in Erasure.select()] == [1]


@pytest.mark.parametrize("at_once", [True, False])
def test_nothing_that_hung_on_it_is_left_but_its_threads(exchange: Exchange, lab: Lab, at_once: bool) -> None:
    picture = make_file(lab.ann)
    batch = [
        send("ann", "group/lab", "image", files=[picture], body="lilac", mentions=["bob"], disappear_s=60),
        send("bob", "group/lab", "reaction", of=1, emoji="x"),
        send("dan", "group/lab", "pin", of=1),
        send("ann", "group/lab", "edit", of=1, body="maroon", mentions=["dan"]),
        say("bob", "group/lab", thread=1),
        send("ann", "group/lab", "recall", of=1),
    ]
    for part in [batch] if at_once else [[one] for one in batch]:
        assert {refusal(decision) for decision in exchange.accept(part)} == {None}
    tables = (Attachment, Fleeting, Mention, MessageVersion, Pin, Reaction, Vote)
    assert [table.select().count() for table in tables] == [0] * len(tables)
    assert [(row.root_seq, row.seq) for row in ThreadEntry.select()] == [(1, 5)]
    assert stored("group:lab", 1)["kind"] == "gone"
    assert "body" not in stored("group:lab", 4)
    assert [row for row in StoredMessage.select() if "lilac" in row.payload or "maroon" in row.payload] == []


@pytest.mark.parametrize("at_once", [True, False])
def test_nothing_is_done_to_what_is_gone(exchange: Exchange, at_once: bool) -> None:
    first = [say("ann", "group/lab"), send("ann", "group/lab", "recall", of=1)]
    marks = [
        send("ann", "group/lab", "recall", of=1),
        send("ann", "group/lab", "edit", of=1, body="x"),
        send("ann", "group/lab", "reaction", of=1, emoji="x"),
        send("ann", "group/lab", "pin", of=1),
    ]
    decisions = exchange.accept(first + marks)[2:] if at_once else (exchange.accept(first), exchange.accept(marks))[1]
    assert {refusal(decision) for decision in decisions} == {("unknown_message", "of")}


def test_what_is_gone_is_pinned_no_longer(exchange: Exchange) -> None:
    exchange.accept([say("ann", "user/bob") for _ in range(51)])
    exchange.accept([send("ann", "user/bob", "pin", of=seq) for seq in range(1, 51)])
    batch = [send("ann", "user/bob", "recall", of=7), send("ann", "user/bob", "pin", of=51)]
    assert [refusal(decision) for decision in exchange.accept(batch)] == [None, None]
    assert Pin.select().count() == 50


CASES: dict[str, tuple[Submission, Refusal]] = {
    "one's own": (send("bob", "group/lab", "recall", of=1), None),
    "another's, by the owner": (send("ann", "group/lab", "recall", of=1), None),
    "another's, by an admin": (send("dan", "group/lab", "recall", of=1), None),
    "the owner's, by an admin": (send("dan", "group/lab", "recall", of=2), None),
    "another's, by a member": (send("thermo", "group/lab", "recall", of=1), ("not_yours", "of")),
    "a mark": (send("bob", "group/lab", "recall", of=3), ("unknown_message", "of")),
    "of the future": (send("bob", "group/lab", "recall", of=99), ("unknown_message", "of")),
    "by no member": (send("eve", "group/lab", "recall", of=1), ("not_member", None)),
    "the other's, of two": (send("bob", "user/ann", "recall", of=1), ("not_yours", "of")),
    "of a stranger": (send("eve", "user/bob", "recall", of=1), ("not_friends", None)),
}


@pytest.mark.parametrize("case", CASES)
def test_who_takes_back_what(exchange: Exchange, case: str) -> None:
    exchange.accept(
        [say("bob", "group/lab"), say("ann", "group/lab"), send("bob", "group/lab", "reaction", of=1, emoji="x")]
    )
    exchange.accept([say("ann", "user/bob")])
    submission, expected = CASES[case]
    assert try_one(exchange, submission) == expected


@pytest.mark.parametrize(
    ("who", "later_ms", "expected"),
    [
        ("bob", 60_000, None),
        ("bob", 60_001, ("too_late", "of")),
        ("dan", 10**9, None),
    ],
    ids=["in time", "too late", "an admin is never late"],
)
def test_there_is_a_time_to_take_back(
    exchange: Exchange, clock: StoppedClock, who: str, later_ms: int, expected: Refusal
) -> None:
    exchange.accept([say("bob", "group/lab")])
    clock.at_ms += later_ms
    assert try_one(exchange, send(who, "group/lab", "recall", of=1)) == expected


@pytest.mark.parametrize("end", ["unfriended", "blocked", "blocking"])
def test_one_takes_back_where_one_does_not_write_any_more(exchange: Exchange, lab: Lab, end: str) -> None:
    exchange.accept([say("ann", "user/bob")])
    ends = {
        "unfriended": lambda: unfriend(lab.bob, "ann", at_ms=5),
        "blocked": lambda: block_account(lab.bob, "ann", at_ms=5),
        "blocking": lambda: block_account(lab.ann, "bob", at_ms=5),
    }
    ends[end]()
    assert try_one(exchange, say("ann", "user/bob")) is not None
    assert try_one(exchange, send("ann", "user/bob", "recall", of=1)) is None
    assert stored("user:ann:bob", 1)["kind"] == "gone"


def test_who_is_muted_takes_back_and_who_was_removed_does_not(exchange: Exchange, lab: Lab) -> None:
    exchange.accept([say("bob", "group/lab"), say("bob", "group/lab")])
    ChatGroup.update(version=ChatGroup.version + 1, muted_until_ms=10**6).execute()
    exchange._known.forget()
    assert try_one(exchange, send("bob", "group/lab", "recall", of=1)) is None
    remove_member(lab.ann, lab.again(), "bob", at_ms=5)
    assert try_one(exchange, send("bob", "group/lab", "recall", of=2)) == ("not_member", None)


def test_whose_account_is_disabled_takes_nothing_back(exchange: Exchange) -> None:
    exchange.accept([say("ann", "user/bob")])
    Account.update(disabled_at_ms=5).where(Account.name == "ann").execute()
    exchange._known.forget()
    assert try_one(exchange, send("ann", "user/bob", "recall", of=1)) == ("account_disabled", None)


def test_its_id_stays_used(exchange: Exchange) -> None:
    exchange.accept([say("ann", "user/bob", "secret", id="m1"), send("ann", "user/bob", "recall", of=1)])
    again = accept_one(exchange, say("ann", "user/bob", "secret", id="m1"))
    assert (again.repeat, stamp(again)["kind"], "body" in stamp(again)) == (True, "gone", False)
    assert try_one(exchange, say("ann", "user/thermo", id="m1")) == ("id_reused", None)
