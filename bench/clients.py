"""One MQTT client of the generator: an asyncio protocol that signs in, subscribes, acknowledges and counts."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, cast

from bench.packets import CONNACK, PUBACK, PUBLISH, SUBACK, Run, connect, subscribe, take_runs
from bench.websocket import UPGRADE, frame, unframe


class Failed(Exception):
    """The broker did not do what a measurement needs; the text says what."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the broker listens on loopback; a path means WebSocket."""

    port: int
    path: str = ""


@dataclass(frozen=True, slots=True)
class Who:
    """How a client signs in, and what it subscribes."""

    client_id: str
    username: str = ""
    password: str = ""
    filters: tuple[str, ...] = ()
    qos: int = 1


def _ignore(_: Any) -> None:
    pass


class Client(asyncio.Protocol):
    """`ready` is done once the last SUBACK (or CONNACK, without filters) has come."""

    def __init__(self, address: Address, who: Who) -> None:
        self._address = address
        self.who = who
        self._rest = b""
        self._frames = b""
        self._greeted = not address.path
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.on_publish: Callable[[Run], None] = _ignore
        self.on_acked: Callable[[int], None] = _ignore
        self._transport: asyncio.Transport | None = None

    async def open(self) -> Client:
        """Connect, and wait until ready.

        Raises:
            Failed: Refused, closed, or silent for 10 s.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(10):
                await loop.create_connection(lambda: self, "127.0.0.1", self._address.port)
                await self.ready
        except (OSError, TimeoutError) as problem:
            raise Failed(f"{self.who.client_id}: {problem or 'no answer'}") from problem
        return self

    def close(self) -> None:
        """Leave without a word."""
        if self._transport is not None:
            self._transport.abort()

    def send(self, data: bytes) -> None:
        """Write packets, over WebSocket in one frame."""
        assert self._transport is not None
        self._transport.write(frame(data, masked=True) if self._address.path else data)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say hello."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own class does not inherit from it
        if self._greeted:
            self._send_connect()
        else:
            self._transport.write(UPGRADE % (self._address.path.encode(), self._address.port))

    def _send_connect(self) -> None:
        self.send(connect(self.who.client_id, self.who.username, self.who.password))

    def connection_lost(self, problem: Exception | None) -> None:
        """A close before `ready` is a failure; a later one shows as messages that are lost."""
        if not self.ready.done():
            self.ready.set_exception(Failed(f"{self.who.client_id}: closed before it was ready: {problem}"))

    def data_received(self, data: bytes) -> None:
        """Count, and acknowledge what has come in one write."""
        if self._address.path:
            data = self._unframe(data)
        runs, self._rest = take_runs(self._rest + data)
        acks = []
        for run in runs:
            if run.kind == PUBLISH:
                if run.qos:
                    acks.append(run.acknowledge())
                self.on_publish(run)
            elif run.kind == PUBACK:
                self.on_acked(run.count)
            else:
                self._go_on(run)
        if acks:
            self.send(b"".join(acks))

    def _unframe(self, data: bytes) -> bytes:
        self._frames += data
        if not self._greeted:
            head, end, self._frames = self._frames.partition(b"\r\n\r\n")
            if not end:
                self._frames = head
                return b""
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                self._fail(f"no WebSocket: {head[:60]!r}")
                return b""
            self._greeted = True
            self._send_connect()
        held, self._frames = unframe(self._frames)
        return held

    def _go_on(self, run: Run) -> None:
        if run.kind == CONNACK and run.data[3] != 0:
            self._fail(f"refused with {run.data[3]}")
        elif run.kind == CONNACK and self.who.filters:
            self.send(subscribe(self.who.filters, self.who.qos))
        elif run.kind == SUBACK and set(run.data[run.head + 2 :]) != {self.who.qos}:
            self._fail(f"subscription granted with {set(run.data[run.head + 2 :])}")
        elif run.kind in {CONNACK, SUBACK} and not self.ready.done():
            self.ready.set_result(None)

    def _fail(self, text: str) -> None:
        if not self.ready.done():
            self.ready.set_exception(Failed(f"{self.who.client_id}: {text}"))
        self.close()


STAY_S: Final = 2.0


@asynccontextmanager
async def coming_and_going(address: Address, people: Sequence[Who], per_s: float) -> AsyncIterator[None]:
    """Meanwhile so many of the people come each second, one after the other, and go STAY_S later.

    Raises:
        Failed: One of them could not come.
    """

    async def visit(who: Who) -> None:
        client = await Client(address, who).open()
        try:
            await asyncio.sleep(STAY_S)
        finally:
            client.close()

    async def let_come(group: asyncio.TaskGroup) -> None:
        due = asyncio.get_running_loop().time()
        for who in itertools.cycle(people):
            due += 1 / per_s
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            visits.append(group.create_task(visit(who)))

    visits: list[asyncio.Task[None]] = []
    try:
        async with asyncio.TaskGroup() as group:
            visits.append(group.create_task(let_come(group)))
            await asyncio.sleep(STAY_S)  # from now on as many go as come
            yield
            for each in visits:
                each.cancel()
    except* Failed as problems:
        raise problems.exceptions[0] from None


async def open_all(address: Address, people: list[Who], pending: int = 50) -> list[Client]:
    """Open many clients, at most `pending` at a time (a flood makes Mosquitto slower, not faster).

    Raises:
        Failed: One of them could not.
    """
    left, opened = iter(people), []

    async def work() -> None:
        for who in left:
            opened.append(await Client(address, who).open())

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(pending):
                group.create_task(work())
    except* Failed as problems:
        raise problems.exceptions[0] from None
    return opened
