"""`hongyan broker --open` as a process, with other people's clients: paho and the tools of Mosquitto."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect as open_websocket
from websockets.typing import Subprotocol

from hongyan_broker.options import UnsafeOptions, parse_open_options
from tests.hongyan_broker.wire import PINGREQ, PINGRESP, Wire, connack, connect, puback, publish, suback, subscribe
from tests.support.missing import leave_out
from tests.support.plain_brokers import OpenHongyan
from tests.support.process import Program
from tests.support.waiting import wait_for


@pytest.fixture
def start() -> Iterator[Callable[..., OpenHongyan]]:
    """Start open brokers; they end with the test."""
    started: list[OpenHongyan] = []

    def start_one(*extra: str) -> OpenHongyan:
        started.append(OpenHongyan(*extra))
        started[-1].start()
        return started[-1]

    yield start_one
    for each in started:
        each.close()


@pytest.fixture(scope="module")
def shared() -> Iterator[OpenHongyan]:
    """One without data, for all tests that do not end it."""
    with OpenHongyan() as broker:
        yield broker


class Listener:
    """A paho client that remembers what it got."""

    def __init__(self, client_id: str, *, clean: bool) -> None:
        self.got: list[tuple[str, bytes, int, bool]] = []
        self.connected, self.subscribed = Event(), Event()
        self.present = False
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id, clean_session=clean)
        self.client.on_message = lambda _c, _u, m: self.got.append((m.topic, bytes(m.payload), m.qos, m.retain))
        self.client.on_subscribe = lambda *_: self.subscribed.set()
        self.client.on_connect = self._on_connect

    def _on_connect(self, _client: object, _data: object, flags: paho.ConnectFlags, *_: object) -> None:
        self.present = flags.session_present
        self.connected.set()


@contextmanager
def listening(
    port: int, client_id: str, topic_filter: str = "", qos: int = 2, *, clean: bool = False
) -> Iterator[Listener]:
    listener = Listener(client_id, clean=clean)
    listener.client.connect("127.0.0.1", port)
    listener.client.loop_start()
    try:
        assert listener.connected.wait(10)
        if topic_filter:
            listener.client.subscribe(topic_filter, qos)
            assert listener.subscribed.wait(10)
        yield listener
    finally:
        listener.client.disconnect()
        listener.client.loop_stop()


def say(port: int, *messages: tuple[str, bytes, int, bool]) -> None:
    """Publish from a paho client, and wait until every message is acknowledged."""
    with listening(port, "ann", clean=True) as ann:
        for sent in [ann.client.publish(*message) for message in messages]:
            sent.wait_for_publish(10)


def test_paho_gets_every_qos_live_and_retained(shared: OpenHongyan) -> None:
    port = shared.port
    with listening(port, "bob", "home/#", clean=True) as bob:
        say(port, *(("home/t", b"%d" % qos, qos, True) for qos in (0, 1, 2)))
        wait_for(lambda: len(bob.got) == 3, what="three messages")
        assert bob.got == [("home/t", b"%d" % qos, qos, False) for qos in (0, 1, 2)]
    with listening(port, "eve", "home/+", clean=True) as eve:
        wait_for(lambda: bool(eve.got), what="the retained message")
        assert eve.got == [("home/t", b"2", 2, True)]


@pytest.mark.parametrize("ends", ["stop", "kill"])
def test_with_data_sessions_queues_and_retained_messages_survive(
    start: Callable[..., OpenHongyan], tmp_path: Path, ends: str
) -> None:
    broker = start("--data", str(tmp_path))
    with listening(broker.port, "bob", "home/#"):
        pass
    sent = [("home/t", b"%d" % n, 1 + n % 2, False) for n in range(20)]
    say(broker.port, *sent, ("kept/t", b"x", 1, True))
    getattr(broker, ends)()
    broker.start()
    with listening(broker.port, "bob") as bob:
        assert bob.present
        wait_for(lambda: len(bob.got) >= 20, what="the queue")
        for qos in (1, 2):  # paho hands QoS 2 out when it is released, so the order holds for each QoS
            assert [m for m in bob.got if m[2] == qos] == [m for m in sent if m[2] == qos]
    with listening(broker.port, "eve", "kept/#", clean=True) as eve:
        wait_for(lambda: bool(eve.got), what="the retained message")
        assert eve.got == [("kept/t", b"x", 1, True)]


def test_without_data_a_restart_begins_anew(start: Callable[..., OpenHongyan]) -> None:
    broker = start()
    with listening(broker.port, "bob", "t"):
        pass
    with listening(broker.port, "bob") as bob:
        assert bob.present
    broker.stop()
    broker.start()
    with listening(broker.port, "bob") as bob:
        assert not bob.present


def test_nothing_acknowledged_is_lost_or_doubled_by_kill_9_in_a_flood(
    start: Callable[..., OpenHongyan], tmp_path: Path
) -> None:
    broker = start("--data", str(tmp_path))
    with listening(broker.port, "bob", "t"):
        pass
    ann = Wire(broker.port)
    ann.send(connect("ann", None, None))
    ann.expect(connack())
    ann.send(*(publish("t", b"%d" % n, n) for n in range(1, 501)))
    ann.expect(*(puback(n) for n in range(1, 101)))
    broker.kill()
    acknowledged = 100
    while ann.next():
        acknowledged += 1
    ann.close()
    broker.start()
    with listening(broker.port, "bob") as bob:
        wait_for(lambda: len(bob.got) >= acknowledged, what="all that was acknowledged")
        got = [int(payload) for _, payload, _, _ in bob.got]
    assert got == list(range(1, len(got) + 1))


def test_while_the_store_cannot_write_nothing_is_acknowledged_and_afterwards_all_is(
    start: Callable[..., OpenHongyan], tmp_path: Path
) -> None:
    broker = start("--data", str(tmp_path))
    with listening(broker.port, "bob", "t"):
        pass
    with closing(Wire(broker.port)) as ann, closing(sqlite3.connect(tmp_path / "open.sqlite3")) as other:
        ann.send(connect("ann", None, None))
        ann.expect(connack())
        other.execute("BEGIN IMMEDIATE")
        ann.send(publish("t", b"x", 1), publish("nobody", b"y", 2))
        assert ann.is_quiet()
        other.execute("ROLLBACK")
        ann.expect(puback(1), puback(2))
        ann.send(publish("t", b"z", 3))
        ann.expect(puback(3))


def test_mosquittos_own_tools_work(shared: OpenHongyan) -> None:
    tools = {name: shutil.which(name) for name in ("mosquitto_pub", "mosquitto_sub")}
    if None in tools.values():
        leave_out("mosquitto_pub", "apt-get install mosquitto-clients")
    port = str(shared.port)
    options = ["-p", port, "-V", "mqttv311"]
    asks = [str(tools["mosquitto_sub"]), *options, "-i", "bob", "-c", "-q", "2", "-t", "a/#"]
    subprocess.run([*asks, "-E"], check=True, timeout=20)
    for qos in "012":
        says = [str(tools["mosquitto_pub"]), *options, "-u", "ann", "-P", "anything", "-q", qos]
        subprocess.run([*says, "-t", "a/b", "-m", f"m{qos}", "-r"], check=True, timeout=20)
    found = subprocess.run(
        [*asks, "-C", "3", "-F", "%t %q %r %p"], check=True, timeout=20, capture_output=True, text=True
    )
    # The two that waited, then the retained one for the SUBSCRIBE that mosquitto_sub sends again.
    assert found.stdout.splitlines() == ["a/b 1 0 m1", "a/b 2 0 m2", "a/b 2 1 m2"]


@pytest.mark.parametrize("path", ["/mqtt", "/"])
def test_websocket_speaks_the_same(shared: OpenHongyan, path: str) -> None:
    url = f"ws://127.0.0.1:{shared.web_port}{path}"
    with open_websocket(url, subprotocols=[Subprotocol("mqtt")], proxy=None) as bob:
        bob.send(connect("bob", None, None) + subscribe(1, ("t", 1)))
        assert bob.recv(10) == connack() + suback(1, 1)
        with closing(Wire(shared.port)) as ann:
            ann.send(connect("ann", None, None), publish("t", b"x", 1), PINGREQ)
            ann.expect(connack(), puback(1), PINGRESP)
        assert bob.recv(10) == publish("t", b"x", 1)


def test_a_page_of_another_machine_may_not_open_a_websocket(shared: OpenHongyan) -> None:
    url = f"ws://127.0.0.1:{shared.web_port}/"
    with pytest.raises(InvalidStatus, match="403"):
        open_websocket(url, subprotocols=[Subprotocol("mqtt")], origin="https://evil.example", proxy=None)  # type: ignore[arg-type]
    with open_websocket(url, subprotocols=[Subprotocol("mqtt")], origin="http://localhost:8000", proxy=None):  # type: ignore[arg-type]
        pass


def test_it_says_loudly_that_it_is_open(shared: OpenHongyan) -> None:
    wait_for(lambda: "mqtt://" in shared.read_log(), what="the address")
    assert "OPEN: any topic for anyone on this machine, without passwords or rules." in shared.read_log()


def test_a_second_one_on_the_same_data_is_refused(start: Callable[..., OpenHongyan], tmp_path: Path) -> None:
    start("--data", str(tmp_path))
    second = OpenHongyan("--data", str(tmp_path))
    try:
        Program.start(second)
        assert second.process is not None
        assert second.process.wait(30) == 1
        assert "another hongyan serves this database" in second.read_log()
    finally:
        second.close()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "say --open if you mean that"),
        (["--open", "--mqtt-host", "0.0.0.0"], "for this machine only"),
        (["--open", "--mqtt-host", "chat.example.org"], "for this machine only"),
    ],
)
def test_open_must_be_said_and_stays_on_this_machine(arguments: list[str], reason: str) -> None:
    with pytest.raises(UnsafeOptions, match=reason):
        parse_open_options(arguments, {})
