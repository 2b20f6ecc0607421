"""What was measured of plain amqtt 0.12.1, each as a function from a running broker to what can be seen of it."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol, Self

import psutil
from websockets.sync.client import connect as open_websocket
from websockets.typing import Subprotocol

from tests.hongyan_broker.cases import Case, load, read_bytes
from tests.hongyan_broker.wire import (
    DISCONNECT,
    PINGREQ,
    PINGRESP,
    Publish,
    Wire,
    connect,
    puback,
    publish,
    suback,
    subscribe,
    unsubscribe,
)

# Under both brokers: ann may write to bob there, and bob may listen.
TOPIC = "im/ann/send/user/bob"


class Place(Protocol):
    """A broker with ann, bob and eve."""

    port: int
    web_port: int
    password: dict[str, str]

    @property
    def pid(self) -> int: ...

    def restart(self) -> None: ...


class People:
    """Clients at one place. Under the messenger's rules bob hears of ann in his inbox, elsewhere on her own topic."""

    def __init__(self, place: Place, filter_of_bob: str = TOPIC) -> None:
        self.place = place
        self.filter_of_bob = filter_of_bob
        self._wires: list[Wire] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for wire in self._wires:
            wire.close()

    def open(self, patience_s: float = 5.0) -> Wire:
        """A connection that ends with the people."""
        self._wires.append(Wire(self.place.port, deadline_s=patience_s))
        return self._wires[-1]

    def enter(self, name: str, client_id: str = "", *, password: str = "", patience_s: float = 5.0, **how: Any) -> Wire:
        """Connect; the CONNACK is not read."""
        wire = self.open(patience_s)
        wire.send(connect(client_id or f"{name}-1", name, password or self.place.password[name], **how))
        return wire

    def come(self, name: str, client_id: str = "", **how: Any) -> Wire:
        """Connect and be let in."""
        wire = self.enter(name, client_id, **how)
        answer = wire.next()
        assert answer[:2] == b"\x20\x02", answer
        assert answer[3] == 0, answer
        return wire

    def listen(self, topic_filter: str = "", qos: int = 1, **how: Any) -> Wire:
        """Bob subscribes."""
        bob = self.come("bob", **how)
        bob.send(subscribe(1, (topic_filter or self.filter_of_bob, qos)))
        bob.expect(suback(1, qos))
        return bob

    def say(self, *texts: str, ann: Wire | None = None, topic: str = TOPIC) -> Wire:
        """Ann publishes with QoS 1 and waits for each PUBACK."""
        ann = ann or self.come("ann")
        for number, text in enumerate(texts, 1):
            ann.send(publish(topic, text.encode(), number))
            assert _next_but_publishes(ann) == puback(number)
        return ann


def heard(wire: Wire, *, acknowledges: bool = True, quiet_s: float = 0.5) -> list[Publish]:
    """The PUBLISH packets that come until `quiet_s` after the last one; empty when the server has closed."""
    found: list[Publish] = []
    wire.socket.settimeout(quiet_s)
    with suppress(TimeoutError, OSError):
        while data := wire.next():
            if data[0] >> 4 == 3:
                found.append(Publish(data))
                if found[-1].qos and acknowledges:
                    wire.send(puback(found[-1].packet_id))
    return found


def texts(wire: Wire, **how: Any) -> list[str]:
    """The same, as what was said."""
    payloads = (one.payload for one in heard(wire, **how))
    return [str(json.loads(p)["body"]) if p.startswith(b"{") else p.decode() for p in payloads]


def _next_but_publishes(wire: Wire) -> bytes:
    while (data := wire.next()) and data[0] >> 4 == 3:
        pass
    return data


def is_open(wire: Wire, within_s: float = 2.0) -> bool:
    """Whether the server answers a PINGREQ."""
    wire.socket.settimeout(within_s)
    with suppress(OSError):
        wire.send(PINGREQ)
        while data := wire.next():
            if data == PINGRESP:
                return True
    return False


def leave(wire: Wire) -> None:
    """Say goodbye, and wait until the server has taken it."""
    wire.send(DISCONNECT)
    while wire.next():
        pass


def reset(wire: Wire) -> None:
    """Drop the connection with a RST."""
    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.socket.close()


def grown_kib(place: Place, work: Callable[[], object]) -> float:
    """By how much the broker's memory has grown when `work` is done."""
    process = psutil.Process(place.pid)
    before = process.memory_info().rss
    kept = work()
    grown = (process.memory_info().rss - before) / 1024
    del kept
    return grown


# --- before the password is right


def texts_left_after_a_wrong_password(people: People) -> list[str]:
    leave(people.listen(clean=False))
    people.enter("bob", password="wrong").next()
    people.say("1")
    return texts(people.come("bob", clean=False))


def stays_connected_beside_a_wrong_password(people: People) -> bool:
    bob = people.listen(clean=False)
    people.enter("bob", password="wrong", clean=False).next()
    return is_open(bob)


def robbed_will(people: People) -> list[str]:
    bob = people.listen()
    people.come("ann", clean=False)
    people.enter("ann", password="wrong", clean=False, will=(TOPIC, b"robbed")).next()
    return texts(bob)


def kib_a_bad_login(people: People) -> float:
    def try_often() -> None:
        for number in range(300):
            wire = people.enter("ann", f"bad-{number}", password="wrong")
            wire.next()
            wire.close()

    try_often()  # what the first ones cost once
    return grown_kib(people.place, try_often) / 300


def closes_a_packet_of_200_megabytes_at_its_header(people: People) -> bool:
    wire = people.open(1.0)
    wire.send(b"\x30\x80\x84\xaf\x5f")
    with suppress(TimeoutError):
        return wire.is_closed()
    return False


def closes_a_silent_socket(people: People) -> bool:
    wire = people.open(3.0)
    with suppress(TimeoutError):
        return wire.is_closed()
    return False


def serves_after_clients_that_reset_before_their_connack(people: People) -> bool:
    """Twenty-five of them, where twenty connections are the limit."""
    for number in range(25):
        reset(people.enter("ann", f"hasty-{number}", keep_alive=0))
    return _is_served(people)


def _is_served(people: People) -> bool:
    """Whether somebody else is let in, at the latest at the third time of asking."""
    for _ in range(3):
        with suppress(TimeoutError, OSError):
            if people.enter("ann", patience_s=1.0).next() == b"\x20\x02\x00\x00":
                return True
    return False


def serves_after_an_empty_websocket_frame(people: People) -> bool:
    url = f"ws://127.0.0.1:{people.place.web_port}/mqtt"
    with open_websocket(url, subprotocols=[Subprotocol("mqtt")], proxy=None, close_timeout=1) as websocket:
        websocket.send(b"")
    return _is_served(people)


# --- whose session, whose message


def texts_for_another_account(people: People) -> list[str]:
    leave(people.listen(clean=False))
    witness = people.listen(client_id="bob-2")  # when it hears the message, that is queued for the other too
    people.say("1")
    witness.next_publish()
    eve = people.enter("eve", "bob-1", clean=False)
    return texts(eve)


def forged_will(people: People) -> list[str]:
    bob = people.listen()
    people.enter("eve", will=(TOPIC, b"forged")).close()
    return texts(bob)


def retained_texts_that_eve_reads(people: People) -> list[str]:
    ann = people.come("ann")
    ann.send(bytes([0x33]) + publish(TOPIC, b"private", 1)[1:])
    ann.expect(puback(1))
    eve = people.come("eve")
    eve.send(subscribe(1, ("#", 1)))
    return texts(eve)


def retained_texts_without_a_subscription(people: People) -> list[str]:
    people.listen("r/#")
    ann = people.come("ann")
    ann.send(bytes([0x33]) + publish("r/1", b"retained", 1)[1:])
    ann.expect(puback(1))
    return texts(people.come("eve"))


# --- delivery


def delivered_of_a_thousand_acknowledged(people: People) -> int:
    bob = people.listen("t/1")
    ann = people.come("ann", patience_s=20.0)
    ann.send(*(publish("t/1", b"x", n) for n in range(1, 1_001)))
    for _ in range(1_000):
        ann.next()
    reset(ann)
    return len(heard(bob, quiet_s=1.5))


def still_open_after_its_keep_alive(people: People) -> bool:
    wire = people.come("ann", keep_alive=1, patience_s=4.0)
    with suppress(TimeoutError):
        return not wire.is_closed()
    return True


def texts_again_without_a_puback(people: People) -> list[str]:
    bob = people.listen(clean=False)
    people.say("1")
    assert texts(bob, acknowledges=False, quiet_s=6.0) == ["1"]
    bob.close()
    return texts(people.come("bob", clean=False), quiet_s=1.0)


def texts_after_a_take_over(people: People) -> list[str]:
    people.listen(clean=False)
    new = people.come("bob", clean=False)
    time.sleep(0.2)
    people.say("1")
    return texts(new, quiet_s=1.0)


def keeps_the_order_over_reconnects(people: People) -> bool:
    """Whether what comes while the queue is read comes after it, twice."""
    ann = people.come("ann", patience_s=20.0)
    for start in (0, 1_000):
        leave(people.listen("t/2", clean=False))
        ann.send(*(publish("t/2", b"%d" % n, n) for n in range(start + 1, start + 501)))
        for _ in range(500):
            ann.next()
        ann.send(*(publish("t/2", b"%d" % n, n) for n in range(start + 501, start + 801)))
        bob = people.enter("bob", clean=False)
        ann.send(*(publish("t/2", b"%d" % n, n) for n in range(start + 801, start + 1_001)))
        if [int(one.payload) for one in heard(bob, quiet_s=1.0)] != list(range(start + 1, start + 1_001)):
            return False
        bob.close()
    return True


def retain_flags_of_queued_messages(people: People) -> list[bool]:
    leave(people.listen("t/3", clean=False))
    people.say("1", "2", topic="t/3")
    return [one.retain for one in heard(people.come("bob", clean=False))]


def texts_after_a_restart(people: People) -> list[str]:
    leave(people.listen(clean=False))
    people.say("1", "2")
    people.place.restart()
    return texts(people.come("bob", clean=False))


def lost_during_churn(people: People) -> int:
    """Of 100 to each of 10 bobs, while fifty others, who subscribed in between, unsubscribe one by one."""
    others, bobs = [], []
    for number in range(50):
        others.append(_subscribed(people, f"other-{number}"))
        if number % 5 == 4:
            bobs.append(_subscribed(people, f"bob-{number}"))
    ann = people.come("ann", patience_s=20.0)
    ann.send(*(publish("t/4", b"x", n) for n in range(1, 101)))
    for other in others:
        one = bobs[0].next_publish()  # the pace
        bobs[0].send(puback(one.packet_id))
        other.send(unsubscribe(2, "t/4"))
    received = len(others) + sum(len(heard(bob, quiet_s=1.0 if bob is bobs[0] else 0.2)) for bob in bobs)
    return 100 * len(bobs) - received


def _subscribed(people: People, client_id: str) -> Wire:
    wire = people.come("ann", client_id)
    wire.send(subscribe(1, ("t/4", 1)))
    wire.expect(suback(1, 1))
    return wire


def qos_after_subscribing_again(people: People) -> list[int]:
    bob = people.listen("t/5", 0)
    bob.send(subscribe(2, ("t/5", 1)))
    bob.expect(suback(2, 1))
    people.say("1", topic="t/5")
    return [one.qos for one in heard(bob)]


def qos_of_a_message_of_qos_0(people: People) -> list[int]:
    bob = people.listen("t/6", 1)
    people.come("ann").send(publish("t/6", b"x"))
    return [one.qos for one in heard(bob)]


def texts_after_a_publish_to_dollar(people: People) -> list[str]:
    bob = people.listen("t/7")
    ann = people.come("ann")
    ann.send(publish("$x/1", b"hidden", 1), publish("t/7", b"after", 2))
    return texts(bob, quiet_s=1.0)


def malformed_inputs_that_stay_open(people: People) -> int:
    """Of the wire cases of one client that must end: how many do not within a second and a half."""
    waiting = []
    for case in filter(_ends_alone, load("connect") + load("publish") + load("subscribe") + load("packets")):
        wire = people.open(1.5)
        for step in case.steps:
            notations = [step.send] if isinstance(step.send, str) else step.send
            with suppress(OSError):
                wire.send(*(_with_a_name(read_bytes(one)) for one in notations))
        waiting.append(wire)
    deadline_s = time.monotonic() + 1.5
    return sum(_stays_open(wire, deadline_s) for wire in waiting)


def _ends_alone(case: Case) -> bool:
    alone = {step.client for step in case.steps} == {"ann"}
    return alone and case.steps[-1].closed and not any(step.after_s for step in case.steps)


def _with_a_name(data: bytes) -> bytes:
    """The plain CONNECT of the cases with ann's name and password: amqtt's rules want them."""
    return connect("a", "ann", "secret") if data == connect("a", None, None) else data


def _stays_open(wire: Wire, deadline_s: float) -> bool:
    try:
        while True:
            wire.socket.settimeout(max(deadline_s - time.monotonic(), 0.05))
            if not wire.next():
                return False
    except TimeoutError:
        return True
    except OSError:
        return False


# --- what it costs


def kib_for_a_consumer_that_never_reads(people: People) -> float:
    bob = people.come("bob")
    bob.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    bob.send(subscribe(1, ("t/8", 0)))
    bob.expect(suback(1, 0))
    ann = people.come("ann", patience_s=30.0)
    flood = [publish("t/8", bytes(1_024)) for _ in range(100)]

    def send_20_000() -> None:
        for _ in range(200):
            ann.send(*flood)
        assert is_open(ann, 30.0)

    return grown_kib(people.place, send_20_000)


def kib_an_idle_connection(people: People) -> float:
    def hold(start: int) -> list[Wire]:
        held = [people.come("ann", f"idle-{n}") for n in range(start, start + 200)]
        for number, wire in enumerate(held):
            wire.send(subscribe(1, (f"idle/{start + number}", 1)))
            wire.next()
        return held

    first = hold(0)  # what the first ones cost once
    grown = grown_kib(people.place, lambda: hold(200)) / 200
    for wire in first:
        wire.close()
    return grown


def cpu_s_to_connect_and_subscribe_800(people: People) -> float:
    process = psutil.Process(people.place.pid)
    before = sum(process.cpu_times()[:2])
    held = []
    for number in range(800):
        held.append(people.come("ann", f"many-{number}"))
        held[-1].send(subscribe(1, (f"many/{number}", 1)))
        held[-1].next()
    spent = sum(process.cpu_times()[:2]) - before
    for wire in held:
        wire.close()
    return spent
