"""Errors of ours behind a commit of `hongyan broker --open --data`: one connection is lost, and the rest goes on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import peewee
import pytest

from hongyan_broker.open_broker import OpenBroker, open_settings
from hongyan_broker.options import parse_open_options
from hongyan_broker.plane.connection import Connection
from hongyan_broker.plane.open_road import OpenRoad
from hongyan_broker.plane.plane import Plane
from tests.hongyan_broker.wire import Wire, connack, connect, packet, puback, publish, suback, subscribe, text
from tests.support.waiting import wait_for

RETAIN = 0x33  # PUBLISH, QoS 1


@pytest.fixture
def open_port(sqlite_database: peewee.Database, tmp_path: Path) -> Iterator[int]:
    """The port of an open broker in this process, which keeps what must survive."""
    ports = ("--mqtt-port", "0", "--websocket-port", "0")
    settings = open_settings(parse_open_options(["--open", "--data", str(tmp_path), *ports], {}))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="broker")
    thread.start()

    async def start() -> OpenBroker:
        broker = OpenBroker(settings)
        await broker.start()
        return broker

    broker = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    yield broker.mqtt_port
    try:
        asyncio.run_coroutine_threadsafe(broker.shutdown(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def come_in(wire: Wire, client_id: str) -> Wire:
    wire.send(connect(client_id, None, None))
    wire.expect(connack())
    return wire


def retained(topic: str, packet_id: int) -> bytes:
    return packet(RETAIN, text(topic) + packet_id.to_bytes(2, "big") + b"x")


def test_a_continuation_that_raises_costs_its_own_connection_and_no_other(
    open_port: int, wire_to: Callable[[int], Wire], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    decide = OpenRoad._decided

    def decide_or_fail(connection: Connection, qos: int, packet_id: int | None) -> None:
        if connection.client_id == "eve":
            raise RuntimeError("eve's turn")
        decide(connection, qos, packet_id)

    monkeypatch.setattr(OpenRoad, "_decided", staticmethod(decide_or_fail))
    ann, eve, bob = (come_in(wire_to(open_port), name) for name in ("ann", "eve", "bob"))
    bob.send(subscribe(1, ("late", 1)))
    bob.expect(suback(1, 1))
    eve.send(retained("e", 1), retained("e", 2))
    assert eve.is_closed()  # without a PUBACK
    assert "what waited for the disk has failed" in caplog.text
    for number in (1, 2, 3):
        ann.send(retained("a", number))
        ann.expect(puback(number))
    ann.send(publish("late", b"y", 4))
    ann.expect(puback(4))
    assert bob.next_publish().payload == b"y"


def test_an_error_in_the_turn_after_a_commit_does_not_end_the_writing(
    open_port: int, wire_to: Callable[[int], Wire], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    written = Plane.written

    def write_or_fail(plane: Plane, connection: Connection, socket_bytes: int) -> None:
        if connection.client_id == "eve":
            raise RuntimeError("eve's turn")
        written(plane, connection, socket_bytes)

    ann, eve = (come_in(wire_to(open_port), name) for name in ("ann", "eve"))
    monkeypatch.setattr(Plane, "written", write_or_fail)
    eve.send(retained("e", 1))  # its PUBACK races with the reset of the connection
    wait_for(lambda: "eve's turn" in caplog.text, what="the error to be logged")
    for number in (1, 2):
        ann.send(retained("a", number))
        ann.expect(puback(number))
