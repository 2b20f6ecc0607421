"""`hongyan serve` on a database that is locked, full or slow: nothing is acknowledged that is not on disk."""

from __future__ import annotations

import json
import resource
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import peewee
import pytest

from hongyan.api import Api
from hongyan.errors import ApiError
from hongyan.limits import Limits
from hongyan_core.store.models import StoredMessage
from tests.hongyan_broker.running import House
from tests.hongyan_broker.wire import Wire, connack, connect, puback, publish, suback, subscribe
from tests.support.people import Participant, befriend, register
from tests.support.process import Server
from tests.support.waiting import wait_for

OpenWire = Callable[[int], Wire]


class Town:
    """A server with ann and bob, who are friends."""

    def __init__(self, folder: Path, open_wire: OpenWire) -> None:
        self.database = folder / "data" / "hongyan.sqlite3"
        self.server = Server(folder / "data", "--limits", "off")
        self.server.start()
        self.ann, self.bob = (register(self.server.url, name) for name in ("ann", "bob"))
        befriend(self.ann, self.bob)
        self._open_wire = open_wire

    def come_in(self, who: Participant, *filters: str) -> Wire:
        one = self._open_wire(self.server.mqtt_port)
        one.send(connect(f"{who.name}-1", who.name, who.mqtt_password))
        one.expect(connack())
        if filters:
            one.send(subscribe(1, *((f, 1) for f in filters)))
            one.expect(suback(1, *(1 for _ in filters)))
        return one

    def patient(self, who: Participant) -> Api:
        return Api(self.server.url, who.token, timeout_s=60)

    def stored(self) -> list[tuple[int, str]]:
        """(seq, id) of everything on the disk, in commit order."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            return connection.execute("SELECT seq, message_id FROM stored_message ORDER BY position").fetchall()


@pytest.fixture
def town(tmp_path: Path, wire_to: OpenWire) -> Iterator[Town]:
    town = Town(tmp_path, wire_to)
    yield town
    town.server.close()


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Another program holds the write lock."""
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def full_disk(town: Town) -> Iterator[None]:
    """No file of the server grows beyond 4 KiB: each write further behind fails, as on a full disk."""
    assert town.server.process is not None
    pid = town.server.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (4_096, before[1]))
    try:
        yield
    finally:
        if town.server.process is not None:  # the test may have killed it
            resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def send(one: Wire, numbers: range) -> None:
    """Ann says to bob what has these ids; the packet identifiers are the same numbers."""
    envelopes = [json.dumps({"id": f"ann-{n}", "kind": "text", "body": f"{n}"}).encode() for n in numbers]
    one.send(*(publish("im/ann/send/user/bob", e, n) for n, e in zip(numbers, envelopes, strict=True)))


def dense(numbers: range) -> list[tuple[int, str]]:
    return [(seq, f"ann-{seq}") for seq in numbers]


def heard(one: Wire, count: int) -> list[int]:
    return [json.loads(one.next_publish().payload)["seq"] for _ in range(count)]


@pytest.mark.parametrize("fault", [pytest.param(locked, id="locked"), pytest.param(full_disk, id="full")])
def test_while_the_store_cannot_write_nothing_is_acknowledged_and_afterwards_all_is_stored_once(
    town: Town, fault: Callable[..., object]
) -> None:
    ann, bob = town.come_in(town.ann), town.come_in(town.bob, "im/bob/inbox/#")
    send(ann, range(1, 6))
    ann.expect(*map(puback, range(1, 6)))
    with fault(town.database if fault is locked else town):  # type: ignore[attr-defined]
        send(ann, range(6, 26))
        with pytest.raises(ApiError) as refused:
            town.patient(town.ann).create_group("lab", "The lab")  # ends when the store has given up
        assert (refused.value.status, refused.value.code) == (503, "store_unavailable")
        assert town.patient(town.bob).me().username == "bob"  # reading goes on
        assert ann.is_quiet()
        assert heard(bob, 5) == [1, 2, 3, 4, 5]
        assert bob.is_quiet()
        assert town.stored() == dense(range(1, 6))
    ann.expect(*map(puback, range(6, 26)))
    assert heard(bob, 20) == list(range(6, 26))
    assert town.stored() == dense(range(1, 26))
    assert town.patient(town.ann).create_group("lab", "The lab").name == "lab"


def test_killed_on_a_full_disk_it_starts_again_with_exactly_what_it_had_acknowledged(town: Town) -> None:
    ann = town.come_in(town.ann)
    send(ann, range(1, 6))
    ann.expect(*map(puback, range(1, 6)))
    with full_disk(town):
        send(ann, range(6, 11))
        assert ann.is_quiet()
        town.server.kill()
    town.server.start()
    assert town.stored() == dense(range(1, 6))
    ann = town.come_in(town.ann)
    send(ann, range(4, 11))
    ann.expect(*map(puback, range(4, 11)))
    assert town.stored() == dense(range(1, 11))


def test_a_stall_closes_who_waits_too_long_and_what_is_sent_again_is_stored_once(
    sqlite_database: peewee.Database, tmp_path: Path, wire_to: OpenWire
) -> None:
    limits = replace(Limits(), store_stall_close_s=1)
    with House(tmp_path, limits) as house:
        ann, bob = wire_to(house.port), wire_to(house.port)
        for name, one in (("ann", ann), ("bob", bob)):
            one.send(connect(f"{name}-1", name, house.password[name]))
            one.expect(connack())
        with locked(tmp_path / "hongyan.sqlite3"):
            send(ann, range(1, 4))
            assert ann.is_closed()  # no PUBACK came before
            assert bob.is_quiet()  # who waits for nothing stays
            assert StoredMessage.select().count() == 0
        again = wire_to(house.port)
        again.send(connect("ann-1", "ann", house.password["ann"]))
        again.expect(connack())
        send(again, range(1, 6))
        again.expect(*map(puback, range(1, 6)))
        rows = StoredMessage.select(StoredMessage.seq, StoredMessage.message_id).order_by(StoredMessage.position)
        assert list(rows.tuples()) == dense(range(1, 6))


def test_a_locked_database_does_not_queue_the_api_up_for_minutes(town: Town) -> None:
    """Each of a dozen writers would wait its own five seconds behind all others."""
    api = town.patient(town.ann)

    def refused(_: int) -> int:
        try:
            api.block("bob")
        except ApiError as error:
            return error.status
        return 204

    with locked(town.database), ThreadPoolExecutor(12) as pool:
        assert set(pool.map(refused, range(12), timeout=25)) == {503}
    wait_for(lambda: refused(0) == 204, what="the API to write again")
