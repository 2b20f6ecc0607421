"""The wire cases of tests/contract/mqtt311: the plane alone, the broker that runs, and Debian's Mosquitto beside it.

`chat.json` speaks of the topics of the messenger and is played under its rules; the others speak of any topic and are
played at the open broker and at Mosquitto.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.hongyan_broker.cases import Case, Door, load, play, tidy
from tests.hongyan_broker.desk import Desk
from tests.hongyan_broker.doors import DeskDoor, TcpDoor, WebSocketDoor
from tests.hongyan_broker.open_desk import OpenDesk
from tests.hongyan_broker.running import House
from tests.support.plain_brokers import OpenHongyan, PlainMosquitto

FILES = ("connect", "publish", "subscribe", "topics", "packets")
OPEN = [case for name in FILES for case in load(name) if not case.todo]
SILENT = [case for case in OPEN if any(step.after_s for step in case.steps)]
CHAT = load("chat")
each_open_case = pytest.mark.parametrize("case", OPEN, ids=lambda case: case.name)
each_chat_case = pytest.mark.parametrize("case", CHAT, ids=lambda case: case.name)
any_chunks = pytest.mark.parametrize("chunk", [0, 1], ids=["whole", "byte by byte"])


@any_chunks
@each_open_case
def test_the_plane_answers_as_the_standard_says(case: Case, chunk: int) -> None:
    play(case, DeskDoor(OpenDesk()), chunk=chunk)


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


@pytest.fixture(scope="module")
def silences() -> Iterator[dict[str, Future[None]]]:
    """The cases of a keep alive, played at Mosquittos of their own beside the other tests: it looks every 5 s."""
    with ThreadPoolExecutor(len(SILENT)) as pool:
        yield {case.name: pool.submit(_play_at_a_mosquitto, case) for case in SILENT}


def _play_at_a_mosquitto(case: Case) -> None:
    with PlainMosquitto() as mosquitto:
        play(case, TcpDoor(mosquitto.port), server="mosquitto")


@pytest.mark.usefixtures("silences")
@pytest.mark.parametrize("case", [case for case in OPEN if case not in SILENT], ids=lambda case: case.name)
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


@pytest.mark.parametrize("case", SILENT, ids=lambda case: case.name)
def test_mosquitto_closes_who_is_silent_too(case: Case, silences: dict[str, Future[None]]) -> None:
    silences[case.name].result()
