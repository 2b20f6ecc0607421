"""One raw MQTT connection of the torture: no library between the bytes and what is counted."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Final

from tests.hongyan_broker.wire import Publish, connect, subscribe

_SILENCE_S: Final = 10.0  # an answer takes longer than this only where nobody is left to answer


class Lost(Exception):
    """The connection has ended, or never came about."""


class Line:
    """An open connection. `present`: the broker had a session of this client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._rest = b""
        self._early: list[bytes] = []  # came while an answer was awaited
        self.present = False

    @classmethod
    async def open(cls, port: int, client_id: str, account: str, password: str, *, clean: bool) -> Line:
        """Connect and sign in, or raise `Lost`."""
        try:
            line = cls(*await asyncio.open_connection("127.0.0.1", port))
        except OSError as problem:
            raise Lost(str(problem)) from problem
        try:
            line.send(connect(client_id, account, password, clean=clean, keep_alive=0))
            answer = await line.answer(0x20)
            if answer[3]:
                raise Lost(f"return code {answer[3]}")
            line.present = bool(answer[2])
        except BaseException:
            line.cut()
            raise
        return line

    async def subscribe(self, *filters: str) -> None:
        """Subscribe at QoS 1 and wait for the SUBACK."""
        self.send(subscribe(1, *((f, 1) for f in filters)))
        granted = (await self.answer(0x90))[4:]
        assert granted == b"\x01" * len(filters), f"{filters}: {granted.hex()}"

    async def answer(self, first_byte: int) -> bytes:
        """Wait for a packet that begins so; what comes before it is kept for `read`."""
        early: list[bytes] = []
        while True:
            packets = await self.read(_SILENCE_S)
            if not packets:
                raise Lost("no answer")
            for at, packet in enumerate(packets):
                if packet[0] == first_byte:
                    self._early = early + packets[at + 1 :]
                    return packet
            early += packets

    async def read(self, wait_s: float) -> list[bytes]:
        """The whole packets that have come; none if nothing came in time."""
        if self._early:
            early, self._early = self._early, []
            return early
        try:
            async with asyncio.timeout(wait_s):
                data = await self._reader.read(65_536)
        except TimeoutError:
            return []
        except OSError as problem:
            raise Lost(str(problem)) from problem
        if not data:
            raise Lost("closed")
        packets, self._rest = split(self._rest + data)
        return packets

    def send(self, *packets: bytes) -> None:
        """Write; what the peer does not take any more shows in the next `read`."""
        if not self._writer.transport.is_closing():
            self._writer.write(b"".join(packets))

    def cut(self) -> None:
        """End it as a lost network does."""
        with suppress(OSError):
            self._writer.transport.abort()


def split(stream: bytes) -> tuple[list[bytes], bytes]:
    """Whole packets, and the rest; in one pass, for chunks of hundreds of packets."""
    packets, start = [], 0
    while True:
        length, at = 0, start + 1
        while at < len(stream):
            length |= (stream[at] & 127) << 7 * (at - start - 1)
            at += 1
            if stream[at - 1] < 128:
                break
        else:
            return packets, stream[start:]
        if len(stream) < at + length:
            return packets, stream[start:]
        packets.append(stream[start : at + length])
        start = at + length


def conversation_key(me: str, got: Publish) -> str:
    """The database's key of the conversation that a delivery on `inbox` or `sent` belongs to."""
    kind, name = got.topic.split("/")[3:5]
    return f"group:{name}" if kind == "group" else "user:" + ":".join(sorted((me, name)))


def stamp_of(got: Publish) -> tuple[int, str, str]:
    """seq, sender and message id of a stamped envelope."""
    envelope = json.loads(got.payload)
    return envelope["seq"], envelope["from"], envelope["id"]
