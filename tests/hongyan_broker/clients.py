"""Clients at a broker, ours or another: they come, listen, speak, and tell what they heard."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Protocol, Self

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
)

# Everywhere ann may write to bob there, and bob may listen.
TOPIC = "im/ann/send/user/bob"


class Place(Protocol):
    """A broker with ann, bob and eve."""

    password: dict[str, str]

    @property
    def port(self) -> int: ...

    @property
    def web_port(self) -> int: ...

    @property
    def pid(self) -> int: ...

    def restart(self) -> None: ...


class Clients:
    """Clients at one place; they end with it.

    Args:
        mark: Part of every client identifier, so that nobody finds the session of somebody before him.
        patience_s: How long what must come is waited for. Short where it is expected not to come.
        filter_of_bob: Under the messenger's rules bob hears of ann in his inbox, elsewhere on her own topic.
    """

    def __init__(self, place: Place, mark: str, patience_s: float, filter_of_bob: str = TOPIC) -> None:
        self.place = place
        self.mark = mark
        self.patience_s = patience_s
        self.filter_of_bob = filter_of_bob
        self._wires: list[Wire] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for wire in self._wires:
            wire.close()

    def open(self, at_least_s: float = 0.0) -> Wire:
        """A connection that says nothing; it waits for the clients' patience, or longer."""
        self._wires.append(Wire(self.place.port, deadline_s=max(self.patience_s, at_least_s)))
        return self._wires[-1]

    def enter(self, name: str, client_id: str = "", *, password: str = "", at_least_s: float = 5.0, **how: Any) -> Wire:
        """Connect; the CONNACK is not read."""
        wire = self.open(at_least_s)
        client_id = f"{client_id or name}-{self.mark}"
        wire.send(connect(client_id, name, password or self.place.password[name], **how))
        return wire

    def come(self, name: str, client_id: str = "", **how: Any) -> Wire:
        """Connect and be let in."""
        wire = self.enter(name, client_id, **how)
        answer = wire.next()
        assert (answer[:2], answer[3:]) == (b"\x20\x02", b"\0"), answer
        return wire

    def listen(self, topic_filter: str = "", qos: int = 1, *, client_id: str = "", **how: Any) -> Wire:
        """Bob subscribes."""
        bob = self.come("bob", client_id, **how)
        bob.send(subscribe(1, (topic_filter or self.filter_of_bob, qos)))
        bob.expect(suback(1, qos))
        return bob

    def say(self, *texts: str, ann: Wire | None = None, topic: str = TOPIC) -> Wire:
        """Ann publishes with QoS 1 and waits for each PUBACK."""
        ann = ann or self.come("ann")
        for text in texts:
            ann.send(publish(topic, text.encode(), 1))
            assert ann.next() == puback(1)
        return ann

    def hear(self, wire: Wire, most: int, *, silence_s: float = 0.0, acknowledges: bool = True) -> list[Publish]:
        """PUBLISH packets until so many have come, it was silent for too long, or the server has closed.

        Args:
            silence_s: Too long, where that is not the clients' patience: long for what comes at either broker.
        """
        found: list[Publish] = []
        for one in _published(wire, silence_s or self.patience_s, acknowledges=acknowledges):
            found.append(one)
            if len(found) == most:
                break
        return found

    def hear_texts(self, wire: Wire, most: int, **how: Any) -> list[str]:
        """The same, as what was said."""
        return [text_of(one) for one in self.hear(wire, most, **how)]

    def hear_until_end(self, wire: Wire) -> list[str]:
        """What came before the word `end`, which somebody has said or will say."""
        found = []
        for one in _published(wire, 10.0):
            if (text := text_of(one)) == "end":
                return found
            found.append(text)
        raise AssertionError(f"only {found}, and no end")

    def are_served(self) -> bool:
        """Whether somebody is let in."""
        with suppress(TimeoutError, OSError):
            return self.enter("ann", "late", at_least_s=self.patience_s).next() == b"\x20\x02\x00\x00"
        return False


def _published(wire: Wire, silence_s: float, *, acknowledges: bool = True) -> Iterator[Publish]:
    wire.socket.settimeout(silence_s)
    with suppress(TimeoutError, OSError):
        while data := wire.next():
            if data[0] >> 4 == 3:
                one = Publish(data)
                if one.qos and acknowledges:
                    wire.send(puback(one.packet_id))
                yield one


def text_of(one: Publish) -> str:
    """A messenger puts what was said into an envelope."""
    return str(json.loads(one.payload)["body"]) if one.payload.startswith(b"{") else one.payload.decode()


def is_open(wire: Wire, within_s: float = 5.0) -> bool:
    """Whether the server answers a PINGREQ."""
    wire.socket.settimeout(within_s)
    with suppress(OSError):
        wire.send(PINGREQ)
        while data := wire.next():
            if data == PINGRESP:
                return True
    return False


def is_closed_by(wire: Wire, deadline_s: float) -> bool:
    """Whether the server has closed at that moment of the monotonic clock, whatever it says before."""
    with suppress(OSError):
        while True:
            wire.socket.settimeout(max(deadline_s - time.monotonic(), 0.001))
            if not wire.next():
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
