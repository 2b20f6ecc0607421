"""The router on real Mosquitto while the database is locked or gone, or Mosquitto ends: it recovers by itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import peewee
import psycopg
import pytest

from hongyan_core.store.database import open_database
from hongyan_core.store.models import StoredMessage
from tests.hongyan_broker.test_router import RouterThread, enter, text
from tests.support.cast import make_account, make_friends
from tests.support.database import empty_postgres
from tests.support.mosquitto import Mosquitto
from tests.support.mqtt import Client, Received
from tests.support.waiting import wait_for

FLOOD = 300
SAID = "the database cannot be used now"  # in the router's log


@pytest.fixture(scope="module")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    broker = Mosquitto(tmp_path_factory.mktemp("mosquitto"))
    broker.start()
    yield broker
    broker.stop()


@contextmanager
def opened(url: str) -> Iterator[peewee.Database]:
    database = open_database(url)
    ann, bob = make_account("ann"), make_account("bob")
    make_account("eve")
    make_friends(ann, bob)
    yield database
    database.close()


@contextmanager
def routing(mosquitto: Mosquitto, database: peewee.Database) -> Iterator[RouterThread]:
    router = RouterThread(mosquitto, database)
    router.start()
    try:
        yield router
    finally:
        router.stop()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[peewee.Database]:
    with opened(f"sqlite:///{tmp_path / 'hongyan.sqlite3'}") as database:
        yield database


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program holds the write lock."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def gone(url: str) -> Iterator[None]:
    """The server lets nobody into the database, and ends whoever is in it."""
    admin_url = url.replace("/hongyan?", "/postgres?")
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute("ALTER DATABASE hongyan ALLOW_CONNECTIONS false")
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'hongyan'")
        try:
            yield
        finally:
            admin.execute("ALTER DATABASE hongyan ALLOW_CONNECTIONS true")


@contextmanager
def stalled(url: str) -> Iterator[None]:
    """Whoever writes a message waits, without an error; the stall ends when the body has ended and somebody waits."""

    def somebody_waits() -> bool:
        (waiting,) = other.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone() or (0,)
        return bool(waiting)

    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE stored_message IN ACCESS EXCLUSIVE MODE")
        yield
        wait_for(somebody_waits, what="the router to wait for the database")


def send(ann: Client, numbers: range) -> None:
    for number in numbers:
        ann.publish("im/ann/send/user/bob", text(f"m{number}"))


def stored() -> list[tuple[int, str]]:
    """(seq, id) of everything in the database, in commit order."""
    return [(row.seq, row.message_id) for row in StoredMessage.select().order_by(StoredMessage.position)]


def dense(numbers: range) -> list[tuple[int, str]]:
    return [(number, f"m{number}") for number in numbers]


def stamps(received: list[Received]) -> list[tuple[int, str]]:
    return [(message.json["seq"], message.json["id"]) for message in received]


def test_while_the_database_is_locked_nothing_is_stamped_and_afterwards_all_is_once(
    mosquitto: Mosquitto, database: peewee.Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with routing(mosquitto, database):
        ann, bob = enter(mosquitto, "ann", "sent/#"), enter(mosquitto, "bob", "inbox/#")
        send(ann, range(1, 6))
        assert stamps([ann.receive() for _ in range(5)]) == dense(range(1, 6))
        with locked(tmp_path / "hongyan.sqlite3"):
            send(ann, range(6, 106))
            wait_for(lambda: SAID in caplog.text, what="the router to notice")
            assert (ann.messages.empty(), stored()) == (True, dense(range(1, 6)))
        assert stamps([ann.receive() for _ in range(100)]) == dense(range(6, 106))
        assert stamps([bob.receive() for _ in range(105)]) == dense(range(1, 106))
        assert stored() == dense(range(1, 106))
        ann.close()
        bob.close()


def test_a_restart_of_mosquitto_while_the_database_is_locked_loses_nothing(
    mosquitto: Mosquitto, database: peewee.Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with routing(mosquitto, database):
        ann = enter(mosquitto, "ann", "sent/#", client_id="ann-laptop", clean_session=False)
        with locked(tmp_path / "hongyan.sqlite3"):
            for number in range(1, 51):
                ann.publish_and_wait("im/ann/send/user/bob", text(f"m{number}"))  # Mosquitto has it
            wait_for(lambda: SAID in caplog.text, what="the router to notice")
            mosquitto.stop()
            ann.wait_for_end()
            ann.cut()
            mosquitto.start()
        wait_for(lambda: len(stored()) >= 50, timeout_s=30, what="the router to come back")
        assert stored() == dense(range(1, 51))
        ann = enter(mosquitto, "ann", client_id="ann-laptop", clean_session=False)
        stamped: dict[tuple[int, str], int] = {}  # by QoS 1 one may come twice when a connection ends
        while len(stamped) < 50:
            (stamp,) = stamps([ann.receive()])
            stamped[stamp] = stamped.get(stamp, 0) + 1
        assert list(stamped) == dense(range(1, 51))
        ann.close()


def test_a_postgresql_that_is_gone_for_a_while_delays_and_loses_nothing(
    mosquitto: Mosquitto, postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    empty_postgres(postgres_url)
    with opened(postgres_url) as database, routing(mosquitto, database):
        ann, bob = enter(mosquitto, "ann", "sent/#"), enter(mosquitto, "bob", "inbox/#")
        send(ann, range(1, 6))
        assert stamps([ann.receive() for _ in range(5)]) == dense(range(1, 6))
        database.close()  # this thread's own connection
        with gone(postgres_url):
            send(ann, range(6, 106))
            wait_for(lambda: caplog.text.count(SAID) > 2, what="the router to try again and again")
            assert ann.messages.empty()
        assert stamps([ann.receive(timeout_s=20) for _ in range(100)]) == dense(range(6, 106))
        assert stamps([bob.receive() for _ in range(105)]) == dense(range(1, 106))
        assert stored() == dense(range(1, 106))
        ann.close()
        bob.close()


def test_a_postgresql_that_stalls_delays_and_loses_nothing(mosquitto: Mosquitto, postgres_url: str) -> None:
    empty_postgres(postgres_url)
    with opened(postgres_url) as database, routing(mosquitto, database):
        ann, bob = enter(mosquitto, "ann", "sent/#"), enter(mosquitto, "bob", "inbox/#")
        with stalled(postgres_url):
            for number in range(1, 101):
                ann.publish_and_wait("im/ann/send/user/bob", text(f"m{number}"))  # Mosquitto has it
        assert stamps([ann.receive() for _ in range(100)]) == dense(range(1, 101))
        assert stamps([bob.receive() for _ in range(100)]) == dense(range(1, 101))
        ann.close()
        bob.close()


def test_after_kill_9_of_mosquitto_in_a_flood_who_sends_again_without_a_stamp_has_all_stored_once(
    mosquitto: Mosquitto, database: peewee.Database
) -> None:
    with routing(mosquitto, database):
        known: dict[str, int] = {}
        ann = enter(mosquitto, "ann", "sent/#")
        for _ in range(3):
            send_missing(ann, known)
            receive_stamp(ann, known)  # some are through, others are on their way
            mosquitto.kill()
            ann.wait_for_end()
            ann.cut()
            while not ann.messages.empty():
                receive_stamp(ann, known)
            mosquitto.start()
            ann = enter(mosquitto, "ann", "sent/#")
        send_missing(ann, known)
        while len(known) < FLOOD:
            receive_stamp(ann, known)
        by_seq = stored()
        assert [seq for seq, _ in by_seq] == list(range(1, FLOOD + 1))
        assert {message_id: seq for seq, message_id in by_seq} == known
        ann.close()


def send_missing(ann: Client, known: dict[str, int]) -> None:
    """As a client does that comes back: what has no stamp goes again, with the same id."""
    for number in range(FLOOD):
        if f"m{number}" not in known:
            ann.publish("im/ann/send/user/bob", text(f"m{number}"))


def receive_stamp(ann: Client, known: dict[str, int]) -> None:
    stamp = ann.receive(timeout_s=20).json
    assert known.setdefault(stamp["id"], stamp["seq"]) == stamp["seq"]
