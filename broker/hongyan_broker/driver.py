"""Drives the plane: sockets on one side, the loop's clock, and turns. What the road asks for is done by its own driver.

All of the plane runs in the event loop; one thread writes to the store.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from itertools import count
from typing import Any, Final
from uuid import uuid4

from hongyan.limits import Limits
from hongyan_broker.links import Link
from hongyan_broker.plane.connection import Connection
from hongyan_broker.plane.events import Closed, Event, Published
from hongyan_broker.plane.plane import Plane
from hongyan_broker.plane.road import Road
from hongyan_broker.threads import DatabaseThreads
from hongyan_core.clock import now_ms

_TICK_S: Final = 0.5
_STOP_GRACE_S: Final = 10.0
_FAREWELL_S: Final = 1.0  # for the sockets, when the server stops
_log: Final = logging.getLogger(__name__)


class Driver(ABC):
    """One plane at work. `start`, then `connected`, `received` and `lost` from each link, then `stop`."""

    def __init__(self, limits: Limits, make_road: Callable[[Plane, Limits], Road]) -> None:
        self.plane = Plane(limits, head=0, new_id=make_ids(), make_road=make_road)
        self._limits = limits
        # Its connection holds the lease on the database: whoever writes sees to a broken one.
        self._store = DatabaseThreads(1, "hongyan-store", reconnects=False)
        self._loop = asyncio.get_running_loop()
        self._peers: dict[Connection, Link] = {}
        self._per_address: Counter[str] = Counter()
        self._is_idle = asyncio.Event()
        self._turning = False
        self._stopping = False
        self._background: list[asyncio.Task[None]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Take the database and begin.

        Raises:
            ExchangeRunning: Another hongyan serves it.
        """
        await self._open_store()
        self._is_idle.set()
        self._background = [self._loop.create_task(loop) for loop in self._loops()]
        for task in self._background:
            task.add_done_callback(complain)

    @abstractmethod
    async def _open_store(self) -> None:
        """Take the database."""

    @abstractmethod
    async def _close_store(self) -> None:
        """Give it back."""

    @abstractmethod
    def _loops(self) -> tuple[Coroutine[Any, Any, None], ...]:
        """What runs from `start` to `stop`."""

    async def stop(self) -> None:
        """Close every connection, publish the wills, write what is decided and where the sessions stand."""
        self._stopping = True
        for connection in list(self.plane.connections):
            self.plane.close(connection, "the server stops")
        self._turn()
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_GRACE_S):
                await self._is_idle.wait()
                while self._tasks:
                    await asyncio.wait(set(self._tasks))
        await self._say_farewell()
        for task in (*self._background, *self._tasks):
            task.cancel()
        await asyncio.gather(*self._background, *self._tasks, return_exceptions=True)
        await self._close_store()
        await self._store.close()

    async def _say_farewell(self) -> None:
        """Let the sockets take their last bytes; then they are cut."""
        ends_s = self._loop.time() + _FAREWELL_S
        while self._peers and self._loop.time() < ends_s:
            await asyncio.sleep(0.01)
        for link in list(self._peers.values()):
            link.abort()
        while self._peers:
            await asyncio.sleep(0)

    def poke(self) -> None:
        """Somebody else has written to the database. From any thread."""
        return

    # Sockets

    def connected(self, link: Link, address: str) -> Connection | None:
        """A client is there; None if it has to go at once."""
        if self._stopping or not address or self._is_full(address):
            return None
        self.plane.now_s = self._loop.time()
        connection = self.plane.connect(address)
        self._peers[connection] = link
        self._per_address[address] += 1
        return connection

    def received(self, link: Link, connection: Connection, chunk: bytes) -> None:
        """Handle what is whole in the stream; what follows from it is done once for all links, later in this turn."""
        self.plane.now_s = self._loop.time()
        connection.receive(chunk)
        if connection.held:
            link.hold()
        if self.plane.has_work():  # an acknowledgement asks for nothing
            self._turn_soon()

    def drained(self, link: Link, connection: Connection) -> None:
        """A socket that was slow has room again."""
        self.plane.written(connection, link.buffered())
        self._turn_soon()

    def lost(self, connection: Connection) -> None:
        """A socket is gone."""
        self.plane.close(connection, "the client has gone")
        self._forget(connection)
        self._turn_soon()
        _log.info("%s %r: %s", connection.address, connection.client_id, connection.close_reason)

    def _is_full(self, address: str) -> bool:
        limits = self._limits
        full = len(self._peers) >= limits.max_connections
        return full or self._per_address[address] >= limits.max_connections_per_address

    def _forget(self, connection: Connection) -> None:
        del self._peers[connection]
        self._per_address[connection.address] -= 1
        if not self._per_address[connection.address]:
            del self._per_address[connection.address]

    def _write(self, connection: Connection) -> None:
        link = self._peers.get(connection)
        data = connection.take_output()
        if link is not None:
            link.write(data)
            self.plane.written(connection, link.buffered())

    @property
    def high_water_bytes(self) -> int:
        """From how many unsent bytes on a socket counts as slow."""
        return self._limits.max_output_bytes // 4

    # Turns

    def _turn_soon(self) -> None:
        """Once per turn of the loop: all events, then each connection's bytes in one write."""
        if not self._turning:
            self._turning = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        self._turning = False
        self.plane.now_s = self._loop.time()
        closed: list[Connection] = []
        while events := self.plane.take_events():
            for event in events:
                if isinstance(event, Closed):
                    closed.append(event.connection)
                else:
                    self._do(event)
        if published := self.plane.take_published():
            self._gather(published)
        for connection in self.plane.take_dirty():
            try:
                self._write(connection)
            except Exception:  # an error of ours costs the connection that it happened to, not those after it
                _log.exception("%s %r: cannot write", connection.address, connection.client_id)
                if (link := self._peers.get(connection)) is not None:
                    link.abort()
        for connection in closed:
            if (link := self._peers.get(connection)) is not None:
                link.finish()
        if self.plane.has_work():
            self._turn_soon()

    def _gather(self, published: list[Published]) -> None:
        """Have these decided; on a road that decides itself there are none."""
        return

    @abstractmethod
    def _do(self, event: Event) -> None:
        """Do what the plane asks, and answer it."""

    def _resume(self, connection: Connection) -> None:
        """Read from its socket again."""
        if (link := self._peers.get(connection)) is not None and not connection.held:
            link.go_on()

    def _spawn(self, job: Coroutine[Any, Any, None]) -> None:
        """Run a job that answers the plane; the answer's consequences are done in the same turn."""
        task = self._loop.create_task(job)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(complain)

    # The clock

    async def _tick_forever(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            self.plane.now_s = self._loop.time()
            for connection, link in self._peers.items():
                connection.socket_bytes = link.buffered()
            self.plane.tick(now_ms())
            self._turn()


def make_ids() -> Callable[[], str]:
    """Names that nobody has given out before: 80 random bits of this process, then a number. A UUID each costs 2 µs."""
    head, numbers = uuid4().hex[:20], count(1)
    return lambda: f"{head}{next(numbers)}"


def complain(done: Any) -> None:
    """Log what went wrong where nobody waits for it."""
    if not done.cancelled() and (error := done.exception()) is not None:
        _log.error("a job of the broker failed", exc_info=error)
