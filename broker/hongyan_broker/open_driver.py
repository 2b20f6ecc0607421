"""The driver of the open road: the same loop and sockets; instead of the exchange a journal, or nothing at all."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from functools import partial
from typing import Any, Final

from hongyan.limits import Limits
from hongyan_broker.driver import Driver
from hongyan_broker.plane.connection import Connection
from hongyan_broker.plane.events import Event, JournalWritten, Resumed
from hongyan_broker.plane.journal import Journal, Written
from hongyan_broker.plane.open_road import OpenRoad
from hongyan_core.clock import now_ms
from hongyan_core.lease import Lease, make_lease
from hongyan_core.store.kept import load_kept, save_changes
from hongyan_core.store.models import proxy

_log: Final = logging.getLogger(__name__)


class OpenDriver(Driver):
    """Nothing is asked of the exchange, so it is never opened.

    Args:
        keeps: Whether the database of the process, already open, keeps what must survive.
    """

    def __init__(self, limits: Limits, *, keeps: bool) -> None:
        super().__init__(limits, partial(OpenRoad, keeps=keeps))
        self._lease: Lease | None = None
        self._journaled = asyncio.Event()

    @property
    def road(self) -> OpenRoad:
        """The plane's road."""
        road = self.plane.road
        assert isinstance(road, OpenRoad)  # noqa: S101 - made above
        return road

    async def _open_store(self) -> None:
        """Take the database and begin where the last process ended.

        Raises:
            ExchangeRunning: Another hongyan serves it.
        """
        self.plane.tick(now_ms())
        if self.road.journal is not None:
            self._lease = make_lease(proxy.obj)
            await self._store.run(self._lease.hold)
            self.road.restore(await self._store.run(load_kept))

    async def _close_store(self) -> None:
        if self._lease is not None:
            await self._store.run(self._lease.release)

    def _loops(self) -> tuple[Coroutine[Any, Any, None], ...]:
        journal = self.road.journal
        return (self._tick_forever(),) if journal is None else (self._tick_forever(), self._write_forever(journal))

    def _do(self, event: Event) -> None:
        match event:
            case JournalWritten():
                self._is_idle.clear()
                self._journaled.set()
            case Resumed():
                self._resume(event.connection)

    async def _write_forever(self, journal: Journal) -> None:
        """Group commit: while one batch is being written the next one gathers."""
        while True:
            await self._journaled.wait()
            await self._save_changes(journal.take())
            self.plane.now_s = self._loop.time()
            journal.done(self._give_up)
            self._turn_soon()  # in a call of its own: what raises there does not end this loop
            if journal.is_idle():
                self._journaled.clear()
                self._is_idle.set()

    def _give_up(self, connection: Connection | None, error: Exception) -> None:
        """An error of ours costs the connection that it happened to: its client comes back as after a lost network."""
        _log.error("what waited for the disk has failed", exc_info=error)
        if connection is not None and (link := self._peers.get(connection)) is not None:
            link.abort()

    async def _save_changes(self, changes: list[Written]) -> None:
        """Commit; while the store cannot write, again and again: nothing that waits for it leaves meanwhile."""
        pause_s = 0.05
        while changes:
            try:
                await self._store.run(save_changes, changes)
            except Exception as problem:  # the driver's own kinds of errors, or peewee's
                _log.warning("the store cannot write, next try in %.2f s: %s", pause_s, problem)
            else:
                return
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, 1.0)
