"""`hongyan serve` and those who never sign in: a stranger costs little, for a short time, and nobody else."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import peewee
import pytest

from hongyan.limits import Limits
from tests.hongyan_broker.running import House
from tests.hongyan_broker.wire import Wire, connack, connect
from tests.support.people import Participant, register
from tests.support.process import Server
from tests.support.waiting import wait_for

_RESET = b"\1\0\0\0\0\0\0\0"  # SO_LINGER of 0 s: close sends RST


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "data")
    server.start()
    yield server
    server.close()


def resident_kib(server: Server) -> int:
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def knock(port: int) -> socket.socket:
    opened = socket.create_connection(("127.0.0.1", port), timeout=10)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    return opened


def may_come_in(port: int, who: Participant) -> bool:
    one = Wire(port)
    try:
        one.send(connect(f"{who.name}-1", who.name, who.mqtt_password))
        return one.next() == connack()
    except OSError:
        return False
    finally:
        one.close()


def test_an_address_full_of_silent_sockets_keeps_its_own_people_out_only_until_they_are_reset(server: Server) -> None:
    ann = register(server.url, "ann")
    with ExitStack() as silent:
        for _ in range(250):  # 200 of one address are let in
            silent.enter_context(knock(server.mqtt_port))
        wait_for(lambda: not may_come_in(server.mqtt_port, ann), what="the address to be full")
    wait_for(lambda: may_come_in(server.mqtt_port, ann), what="the reset sockets to be forgotten")


def test_a_flood_of_endless_connects_does_not_stay_in_memory(server: Server) -> None:
    ann = register(server.url, "ann")
    assert may_come_in(server.mqtt_port, ann)
    before_kib = resident_kib(server)
    almost = b"\x10\xff\xff\x07" + b"x" * 60_000  # a CONNECT that announces 131,071 bytes and sends not half
    for _ in range(3):
        with ExitStack() as flood:
            for _ in range(150):
                flood.enter_context(knock(server.mqtt_port)).sendall(almost)
        wait_for(lambda: may_come_in(server.mqtt_port, ann), what="the flood to be forgotten")
    # 450 sockets sent 26 MiB; what malloc keeps of one round may stay, a leak would be three times as much.
    assert resident_kib(server) - before_kib < 16 * 1_024


@pytest.fixture
def hasty_house(sqlite_database: peewee.Database, tmp_path: Path) -> Iterator[House]:
    with House(tmp_path, replace(Limits(), connect_timeout_s=0.5)) as running:
        yield running


def test_a_connect_that_drips_in_is_closed_in_time_and_touches_nothing(hasty_house: House) -> None:
    slow = knock(hasty_house.port)
    packet = connect("ann-1", "ann", hasty_house.password["ann"])
    slow.settimeout(0.05)
    closed = False
    for at in range(len(packet) - 1):  # never whole
        try:
            slow.sendall(packet[at : at + 1])
            closed = slow.recv(10) == b""
        except TimeoutError:
            continue
        except OSError:
            closed = True
        if closed:
            break
    slow.close()
    assert closed
    plane = hasty_house.broker.driver.plane  # type: ignore[union-attr]
    assert (len(plane.connections), len(plane.sessions)) == (0, 0)


@pytest.mark.parametrize(
    "garbage",
    [
        pytest.param(b"\x00" * 200_000, id="zeros"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n" * 10_000, id="HTTP"),
        pytest.param(b"\x10\xff\xff\xff\x7f" + b"x" * 200_000, id="a CONNECT of 268 MB"),
        pytest.param(b"\x30\x05\x00\x01a01" * 30_000, id="PUBLISH before CONNECT"),
    ],
)
def test_bytes_that_are_no_connect_close_the_socket_at_once(hasty_house: House, garbage: bytes) -> None:
    with knock(hasty_house.port) as stranger:
        try:
            stranger.sendall(garbage)
            assert stranger.recv(10) == b""
        except OSError:
            pass  # the server has closed before it had read everything: a reset
    plane = hasty_house.broker.driver.plane  # type: ignore[union-attr]
    wait_for(lambda: not plane.connections, what="the stranger to be forgotten")
    assert not plane.sessions


def test_connects_whose_clients_leave_before_the_connack_leave_nothing(hasty_house: House) -> None:
    for number in range(10):
        hasty = knock(hasty_house.port)
        hasty.sendall(connect(f"a{number}", "ann", hasty_house.password["ann"]))
        hasty.close()
    driver = hasty_house.broker.driver  # type: ignore[union-attr]
    wait_for(lambda: not driver._peers and not driver._tasks, what="the connections to be forgotten")
    wait_for(lambda: not driver.plane.sessions, what="the sessions to be forgotten")
