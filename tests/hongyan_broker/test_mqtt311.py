"""The wire cases of tests/contract/mqtt311: the plane alone, the broker that runs, and Debian's Mosquitto beside it.

`chat.json` speaks of the topics of the messenger and is played under its rules; the others speak of any topic and are
played at the open broker and at Mosquitto.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hongyan_broker.cases import Case, Door, load, play, tidy
from tests.hongyan_broker.desk import Desk
from tests.hongyan_broker.doors import DeskDoor, TcpDoor, WebSocketDoor, open_desk
from tests.hongyan_broker.running import House
from tests.support.plain_brokers import OpenHongyan, PlainMosquitto

OPEN = [case for name in ("connect", "publish", "subscribe", "topics", "packets") for case in load(name)]
CHAT = load("chat")
each_open_case = pytest.mark.parametrize("case", [c for c in OPEN if not c.todo], ids=lambda case: case.name)
each_chat_case = pytest.mark.parametrize("case", CHAT, ids=lambda case: case.name)
any_chunks = pytest.mark.parametrize("chunk", [0, 1], ids=["whole", "byte by byte"])


@any_chunks
@each_open_case
def test_the_plane_answers_as_the_standard_says(case: Case, chunk: int) -> None:
    play(case, DeskDoor(open_desk()), chunk=chunk)


@any_chunks
@each_chat_case
def test_the_plane_answers_so_under_the_rules_of_the_messenger_too(case: Case, chunk: int) -> None:
    play(case, DeskDoor(Desk()), chunk=chunk)


# Sockets: one broker for all cases


@pytest.fixture(scope="module")
def mosquitto() -> Iterator[PlainMosquitto]:
    with PlainMosquitto() as running:
        yield running


@pytest.fixture(scope="module")
def hongyan() -> Iterator[OpenHongyan]:
    with OpenHongyan() as running:
        yield running


@each_open_case
def test_mosquitto_answers_so_too_or_as_the_case_says(case: Case, mosquitto: PlainMosquitto) -> None:
    _play(case, TcpDoor(mosquitto.port), server="mosquitto")


@each_open_case
def test_the_open_broker_answers_so_over_tcp(case: Case, hongyan: OpenHongyan) -> None:
    _play(case, TcpDoor(hongyan.port))


@each_open_case
def test_the_open_broker_answers_so_over_websocket(case: Case, hongyan: OpenHongyan) -> None:
    _play(case, WebSocketDoor(hongyan.web_port))


def _play(case: Case, door: Door, server: str = "") -> None:
    play(case, door, server=server)
    tidy(case, door)


def test_the_running_messenger_answers_as_the_plane_does(house: House) -> None:
    """PUBACKs and refusals are here the real exchange's."""
    for case in CHAT:
        play(case, TcpDoor(house.port), secret=house.password["ann"].encode())


def test_the_running_messenger_answers_so_over_websocket_too(house: House) -> None:
    door = WebSocketDoor(house.web_port, frame_bytes=5)
    for case in CHAT:
        play(case, door, secret=house.password["ann"].encode())
