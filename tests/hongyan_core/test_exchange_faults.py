"""Poisonous messages, a database that cannot write, threads that change relations, and processes that are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import peewee
import psycopg
import pytest

from hongyan.limits import Limits
from hongyan_core.actions.blocks import block_account, unblock_account
from hongyan_core.exchange import Accepted, Exchange, StoreUnavailable
from hongyan_core.store import log
from hongyan_core.store.models import Account, Conversation, StoredMessage
from tests.support.cast import make_account, make_friends
from tests.support.exchanging import (
    StoppedClock,
    accept_one,
    code,
    publish,
    running_exchange,
    stamp,
    status,
    text,
    unfold,
)
from tests.support.waiting import wait_for

LONE_SURROGATE = "\ud800"


@pytest.fixture
def friends(database: peewee.Database) -> tuple[Account, Account]:
    """ann and bob."""
    ann, bob = make_account("ann"), make_account("bob")
    make_friends(ann, bob)
    return ann, bob


@pytest.fixture
def exchange(friends: tuple[Account, Account]) -> Iterator[Exchange]:
    with running_exchange(Limits(messages_per_s=1, messages_burst=50)) as opened:
        yield opened


def poison() -> object:
    """A message that no database takes: nothing checks the fallback id but the database itself."""
    return publish("ann", "im/ann/send/user/bob", b"poison", fallback_id=LONE_SURROGATE)


# --- poison


@pytest.mark.parametrize("places", [(0,), (3,), (7,), (2, 5), (0, 1, 2, 3, 4, 5, 6, 7)])
def test_poison_is_refused_alone_and_the_rest_is_stored_in_order(exchange: Exchange, places: tuple[int, ...]) -> None:
    batch = [poison() if n in places else text("ann", "user/bob", str(n), f"m{n}") for n in range(8)]
    decisions = exchange.accept(batch)
    good = [n for n in range(8) if n not in places]
    assert [n for n, decision in enumerate(decisions) if code(decision) == "malformed"] == list(places)
    assert [stamp(decisions[n])["body"] for n in good] == [str(n) for n in good]
    assert [stamp(decisions[n])["seq"] for n in good] == list(range(1, len(good) + 1))
    assert [row.position for row in StoredMessage.select().order_by(StoredMessage.seq)] == [
        n + 1 for n in range(len(good))
    ]
    assert exchange.head == len(good)


def test_what_follows_poison_in_the_next_batch_is_stored(exchange: Exchange) -> None:
    accept_one(exchange, poison())
    assert stamp(accept_one(exchange, text("ann", "user/bob", "x", "m1")))["seq"] == 1


def test_poison_beside_a_presence_and_a_repeat_keeps_both(exchange: Exchange) -> None:
    accept_one(exchange, status("bob", "laptop", "online"))  # who is not here is told nothing
    online, first, bad, again = exchange.accept(
        [
            status("ann", "phone", "online"),
            text("ann", "user/bob", "x", "m"),
            poison(),
            text("ann", "user/bob", "x", "m"),
        ]
    )
    assert [unfold(d)[:2] for d in online.deliveries] == [(("bob",), "live/presence/ann")]
    assert (first.repeat, code(bad), again.repeat) == (False, "malformed", True)


# --- a database that cannot write


@contextmanager
def locked_by_another(database: peewee.Database) -> Iterator[None]:
    """Somebody else holds what the exchange needs, and does not let go in time."""
    if isinstance(database, peewee.SqliteDatabase):
        database.execute_sql("PRAGMA busy_timeout = 20")
        other = type(database)(database.database)
        begin, end = "BEGIN IMMEDIATE", "ROLLBACK"
    else:
        database.execute_sql("SET lock_timeout = 20")
        other = peewee.PostgresqlDatabase(database.database, prefer_psycopg3=True)
        begin, end = "BEGIN; LOCK TABLE stored_message IN ACCESS EXCLUSIVE MODE", "ROLLBACK"
    other.execute_sql(begin)
    try:
        yield
    finally:
        other.execute_sql(end)
        other.close()


def test_a_locked_database_keeps_nothing_and_the_same_batch_is_taken_later(
    exchange: Exchange, database: peewee.Database
) -> None:
    accept_one(exchange, status("bob", "laptop", "online"))  # who is not here is told nothing
    batch = [text("ann", "user/bob", str(n), f"m{n}") for n in range(30)] + [status("ann", "phone", "online")]
    with locked_by_another(database):
        for _ in range(3):
            with pytest.raises(StoreUnavailable):
                exchange.accept(batch)
    assert (exchange.head, StoredMessage.select().count()) == (0, 0)
    decisions = exchange.accept(batch)
    # Neither tokens (30 of 50) nor the presence were spent by the attempts that failed.
    assert {code(d) for d in decisions} == {"accepted"}
    assert [d.repeat for d in decisions] == [False] * 31
    assert decisions[-1].deliveries[0].tail == "presence/ann"
    assert exchange.head == 30


def test_a_failure_in_the_middle_of_the_writes_leaves_nothing_half_done(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise peewee.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(log, "write_presence", full)
        with pytest.raises(StoreUnavailable):
            exchange.accept([text("ann", "user/bob", "x", "m1")])
    assert (StoredMessage.select().count(), Conversation.select().count()) == (0, 0)
    decision = accept_one(exchange, text("ann", "user/bob", "x", "m1"))
    assert (stamp(decision)["seq"], decision.repeat, decision.position) == (1, False, 1)


def test_a_commit_whose_answer_was_lost_is_delivered_in_full_at_the_next_try(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose_the_answer(memory: object) -> None:
        exchange._position = None
        raise StoreUnavailable("the server has committed, and the connection is gone")

    batch = [text("ann", "user/bob", "x", "m1"), text("ann", "user/bob", "x", "m1")]
    with monkeypatch.context() as patched:
        patched.setattr(exchange, "_keep", lose_the_answer)
        with pytest.raises(StoreUnavailable):
            exchange.accept(batch)
    first, again = exchange.accept(batch)
    assert (first.repeat, again.repeat, exchange.head) == (False, True, 1)
    assert [d.branch for d in first.deliveries] == ["inbox", "sent"]


def test_after_a_lost_connection_the_exchange_takes_its_lease_again(
    exchange: Exchange, database: peewee.Database
) -> None:
    if not isinstance(database, peewee.PostgresqlDatabase):
        database.close()  # SQLite has no connection to lose; a closed one is opened again
    else:
        accept_one(exchange, text("ann", "user/bob", "x", "m1"))
        ((pid,),) = database.execute_sql("SELECT pg_backend_pid()").fetchall()
        with psycopg.connect(database.database, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", (pid,))
            wait_for(lambda: not other.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", (pid,)).fetchall())
        with pytest.raises(StoreUnavailable):
            exchange.accept([text("ann", "user/bob", "x", "m2")])
    before = exchange.head
    decision = accept_one(exchange, text("ann", "user/bob", "x", "m2"))
    assert (decision.position, decision.repeat) == (before + 1, False)


# --- relations that change while the exchange accepts


def test_no_message_is_stored_after_the_commit_of_a_block(
    exchange: Exchange, friends: tuple[Account, Account], database: peewee.Database
) -> None:
    """Between a block and its end nothing may be added, however the threads interleave."""
    _, bob = friends
    leaks: list[tuple[int, int]] = []
    done = threading.Event()

    def block_and_unblock() -> None:
        try:
            for at_ms in range(25):
                block_account(bob, "ann", at_ms=at_ms)
                before = StoredMessage.select().count()
                # Let the exchange decide some more before looking again.
                target = decided[0] + 3
                wait_for(lambda target=target: decided[0] >= target, what="decisions")
                leaks.append((before, StoredMessage.select().count()))
                unblock_account(bob, "ann", at_ms=at_ms)
                target = decided[0] + 2
                wait_for(lambda target=target: decided[0] >= target, what="decisions")
        finally:
            database.close()
            done.set()

    decided = [0]
    exchange._buckets.burst = 10**9
    exchange._buckets.per_s = 1e9
    thread = threading.Thread(target=block_and_unblock)
    thread.start()
    codes = set()
    while not done.is_set():
        codes.add(code(accept_one(exchange, text("ann", "user/bob", "x", f"m{decided[0]}"))))
        decided[0] += 1
    thread.join()
    assert len(leaks) == 25
    assert [pair for pair in leaks if pair[0] != pair[1]] == []
    assert codes == {"accepted", "blocked"}
    seqs = [row.seq for row in StoredMessage.select().order_by(StoredMessage.position)]
    assert seqs == list(range(1, len(seqs) + 1))


# --- kill -9

CHILD = """
import sys
from hongyan.limits import Limits
from hongyan_core.clock import now_ms
from hongyan_core.exchange import Exchange, Submission
from hongyan_core.store.database import open_database

open_database(sys.argv[1])
exchange = Exchange(limits=Limits().lifted(), now_ms=now_ms, leases=False)
exchange.open()
n = int(sys.argv[2])
while True:
    pairs = [(f"m{n + i}", *(("ann", "bob") if i % 3 else ("bob", "ann"))) for i in range(20)]
    batch = [
        Submission(a, f"im/{a}/send/user/{b}", b'{"id":"%s","kind":"text","body":"x"}' % i.encode(), "")
        for i, a, b in pairs
    ]
    for (message_id, sender, _), decision in zip(pairs, exchange.accept(batch)):
        print(sender, message_id, decision.position, flush=True)
    n += 20
"""


def test_what_a_killed_exchange_has_answered_is_stored_once_and_in_order(
    friends: tuple[Account, Account], database_url: str, tmp_path: Path
) -> None:
    script = tmp_path / "child.py"
    script.write_text(CHILD)
    answered: list[tuple[str, str, int]] = []
    for round_ in range(3):
        child = subprocess.Popen(
            [sys.executable, script, database_url, str(round_ * 100_000)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        for _ in range(150 + 7 * round_):
            answered.append(_parse_answer(child.stdout.readline()))
        os.kill(child.pid, signal.SIGKILL)
        # The last line may have been cut in the middle.
        rest = child.stdout.read().splitlines(keepends=True)
        answered += [_parse_answer(line) for line in rest if line.endswith("\n")]
        child.wait(10)
        child.stdout.close()
    rows = list(
        StoredMessage.select(StoredMessage, Account)
        .join(Account, on=StoredMessage.sender)
        .order_by(StoredMessage.position)
    )
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    stored = {(row.sender.name, row.message_id, row.position) for row in rows}
    assert [one for one in answered if one not in stored] == []
    assert len(answered) > 450
    assert Conversation.get().last_seq == len(rows)


def _parse_answer(line: str) -> tuple[str, str, int]:
    sender, message_id, position = line.split()
    return sender, message_id, int(position)


def test_a_decision_survives_even_if_nobody_asks_for_it(exchange: Exchange) -> None:
    decision = accept_one(exchange, text("ann", "user/bob", "x", "m1"))
    assert isinstance(decision, Accepted)
    exchange.close()
    with running_exchange(clock=StoppedClock(2_000)) as second:
        again = accept_one(second, text("ann", "user/bob", "x", "m1"))
    assert again == Accepted(decision.deliveries, 1, repeat=True)
