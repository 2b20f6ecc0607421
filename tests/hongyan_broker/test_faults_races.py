"""A block or a removal in the middle of a flood on `hongyan serve`: nothing sent after its answer gets through."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.hongyan_broker.wire import (
    PINGREQ,
    PINGRESP,
    Publish,
    Wire,
    connack,
    connect,
    puback,
    publish,
    suback,
    subscribe,
)
from tests.support.people import Participant, befriend, register
from tests.support.process import Server
from tests.support.waiting import wait_for

_BURST = 20


class Flood(threading.Thread):
    """Ann publishes bursts until told to stop; each envelope's id counts up from 1."""

    def __init__(self, one: Wire, topic: str) -> None:
        super().__init__()
        self._one, self._topic = one, topic
        self.published = 0  # those that the server has acknowledged
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.is_set():
            first = self.published
            for place in range(1, _BURST + 1):
                body = json.dumps({"id": f"ann-{first + place}", "kind": "text", "body": "x"}).encode()
                self._one.send(publish(self._topic, body, place))
            self._one.expect(*(puback(place) for place in range(1, _BURST + 1)))
            self.published += _BURST


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "data", "--limits", "off")
    server.start()
    yield server
    server.close()


def remove_from_group(ann: Participant, _: Participant) -> None:
    ann.api.remove_member("lab", "bob")


def block(_: Participant, bob: Participant) -> None:
    bob.api.block("ann")


@pytest.mark.parametrize(
    ("target", "change"),
    [pytest.param("group/lab", remove_from_group, id="removal"), pytest.param("user/bob", block, id="block")],
)
def test_nothing_that_is_sent_after_the_answer_is_delivered(
    server: Server, tmp_path: Path, target: str, change: Callable[[Participant, Participant], None]
) -> None:
    ann, bob = (register(server.url, name) for name in ("ann", "bob"))
    befriend(ann, bob)
    ann.api.create_group("lab", "The lab")
    ann.api.add_member("lab", "bob")
    ears, mouth = Wire(server.mqtt_port), Wire(server.mqtt_port)
    ears.send(connect("bob-1", "bob", bob.mqtt_password), subscribe(1, ("im/bob/inbox/#", 0)))
    ears.expect(connack(), suback(1, 0))
    mouth.send(connect("ann-1", "ann", ann.mqtt_password))
    mouth.expect(connack())
    flood = Flood(mouth, f"im/ann/send/{target}")
    flood.start()
    wait_for(lambda: flood.published > 100, what="the flood to rise")
    change(ann, bob)  # returns with the 204
    stored = count_seqs(tmp_path, target)
    published = flood.published
    wait_for(lambda: flood.published > published + 100, what="the flood to go on")
    flood.ended.set()
    flood.join(20)
    mouth.close()
    heard = [json.loads(payload) for payload in hear_all(ears)]
    seqs = [message["seq"] for message in heard if message["to"] == target]  # not the lines of a group beside it
    assert seqs[0] <= 3  # the lines that bob comes in by may be written before he listens
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))  # dense up to the change
    if change is block:
        assert len(seqs) == stored == count_seqs(tmp_path, target)  # the rest was refused
    else:
        assert 100 < len(seqs) <= stored < count_seqs(tmp_path, target)  # the group goes on without bob
    ears.close()


def hear_all(ears: Wire) -> list[bytes]:
    """Every payload on the inbox up to the answer of a PINGREQ, which comes behind them all."""
    ears.send(PINGREQ)
    payloads = []
    while (packet := ears.next()) != PINGRESP:
        assert packet, "the connection ended"
        payloads.append(Publish(packet).payload)
    return payloads


def count_seqs(folder: Path, target: str) -> int:
    key = "group:lab" if target == "group/lab" else "user:ann:bob"
    with closing(sqlite3.connect(f"file:{folder}/data/hongyan.sqlite3?mode=ro", uri=True)) as database:
        found = database.execute("SELECT last_seq FROM conversation WHERE key = ?", (key,)).fetchone()
    return int(found[0])
