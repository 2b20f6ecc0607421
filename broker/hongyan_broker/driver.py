"""Drives the plane: sockets on one side, the store on the other, and the loop's clock.

All of the plane runs in the event loop. One thread writes (exchange, outbox, sessions), a few read pages of the
history. Group commit is natural: while one batch is being written the next one gathers.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from itertools import count
from typing import Any, Final, Protocol
from uuid import uuid4

from hongyan.limits import Limits
from hongyan_broker.gathering import Gathering
from hongyan_broker.links import Link
from hongyan_broker.plane.connection import BAD_CREDENTIALS, UNAVAILABLE, Connection
from hongyan_broker.plane.events import (
    Closed,
    Event,
    FiltersAsked,
    HistoryWanted,
    Identity,
    LoadSession,
    Published,
    Resumed,
    SaveSession,
    SaveSubscriptions,
    SignIn,
)
from hongyan_broker.plane.plane import Plane
from hongyan_broker.plane.road import Road
from hongyan_broker.plane.ruled_road import RuledRoad
from hongyan_broker.plane.session import Snapshot
from hongyan_broker.store_jobs import MAX_STORING, OUTBOX_PAUSE_S, Loaded, StoreJobs, Storing
from hongyan_broker.threads import DatabaseThreads
from hongyan_core.clock import now_ms
from hongyan_core.decisions import Decision, Effect, LeftGroup, Revoked, StoreUnavailable, Told
from hongyan_core.exchange import Exchange
from hongyan_core.store.database import checkpoint
from hongyan_core.store.history import read_for_session
from hongyan_core.store.sessions import TooManySessions, find_storing, save_positions
from hongyan_core.store.sets import is_postgres

_MAX_BATCH: Final = 1_000
_READ_THREADS: Final = 2
_TICK_S: Final = 0.5
_SAVE_EVERY_S: Final = 5.0
_LINGER_S: Final = 0.02
_CHECKPOINT_EVERY_S: Final = 2.0
_EXPIRE_EVERY_S: Final = 3_600.0
_STOP_GRACE_S: Final = 10.0
_FAREWELL_S: Final = 1.0  # for the sockets, when the server stops
_log: Final = logging.getLogger(__name__)


class Gate(Protocol):
    """Who may come in: amqtt's plugins answer. Raising means that nobody can tell now."""

    async def identify(self, asked: Sequence[SignIn]) -> Sequence[Identity | BaseException | None]:
        """Whose password each is; None if nobody's, an exception where nobody can tell."""

    def may_subscribe_now(self, account: str, topic_filter: str) -> bool | None:
        """`may_subscribe`, if that needs no waiting; else None."""

    async def may_subscribe(self, account: str, topic_filter: str) -> bool:
        """Whether the account may subscribe a filter."""


class Driver:
    """One plane at work. `start`, then `connected`, `received` and `lost` from each link, then `stop`."""

    def __init__(
        self, limits: Limits, exchange: Exchange, gate: Gate, *, make_road: Callable[[Plane, Limits], Road] = RuledRoad
    ) -> None:
        self.plane = Plane(limits, head=0, new_id=make_ids(), make_road=make_road)
        self._limits = limits
        self._exchange = exchange
        self._gate = gate
        self._jobs = StoreJobs(exchange, limits)
        # Its connection holds the exchange's lease: the exchange itself sees to a broken one.
        self._store = DatabaseThreads(1, "hongyan-store", reconnects=False)
        self._reads = DatabaseThreads(_READ_THREADS, "hongyan-history")
        self._loop = asyncio.get_running_loop()
        self._peers: dict[Connection, Link] = {}
        self._per_address: Counter[str] = Counter()
        self._gathered: list[Published] = []
        self._sign_ins: Gathering[SignIn] = Gathering(self._spawn, self._sign_in)
        self._storing = Storing()
        self._loads: Gathering[LoadSession] = Gathering(self._spawn, self._load_sessions)
        self._has_gathered = asyncio.Event()
        self._is_awaited = asyncio.Event()  # a client waits for what has gathered
        self._is_idle = asyncio.Event()
        self._poked = asyncio.Event()
        self._committed = False  # since the last checkpoint
        self._revocations = 0  # counts; a sign-in that saw another number asks again
        self._turning = False
        self._stopping = False
        self._background: list[asyncio.Task[None]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Open the exchange.

        Raises:
            ExchangeRunning: Another one serves this database.
        """
        await self._open_store()
        self._is_idle.set()
        self._background = [self._loop.create_task(loop) for loop in self._loops()]
        for task in self._background:
            task.add_done_callback(_complain)

    async def _open_store(self) -> None:
        await self._store.run(self._exchange.open)
        self.plane.head = self._exchange.head
        if not is_postgres():  # its lease may go to another process and come back, and that one stores sessions too
            self._storing.begin(await self._store.run(find_storing, MAX_STORING))

    async def _close_store(self) -> None:
        await self._store.run(self._exchange.close)

    def _loops(self) -> tuple[Coroutine[Any, Any, None], ...]:
        """What runs from `start` to `stop`."""
        return (
            self._commit_forever(),
            self._watch_outbox(),
            self._tick_forever(),
            self._save_forever(),
            self._checkpoint_forever(),
        )

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
        await self._reads.close()
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
        """Look into the outbox now. From any thread."""
        self._loop.call_soon_threadsafe(self._poked.set)

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
            self._gathered += published
            self._has_gathered.set()
            self._is_idle.clear()
            if any(one.connection is not None for one in published):
                self._is_awaited.set()
        for connection in self.plane.take_dirty():
            self._write(connection)
        for connection in closed:
            if (link := self._peers.get(connection)) is not None:
                link.finish()
        if self.plane.has_work():
            self._turn_soon()

    def _do(self, event: Event) -> None:
        match event:
            case Resumed():
                if (link := self._peers.get(event.connection)) is not None and not event.connection.held:
                    link.go_on()
            case SaveSession():
                self._store.run(save_positions, [event.snapshot], at_ms=now_ms()).add_done_callback(_complain)
            case HistoryWanted():
                self._spawn(self._read_page(event))
            case FiltersAsked():
                self._decide_filters(event)
            case SaveSubscriptions():
                self._spawn(self._save_subscriptions(event))
            case SignIn():
                self._sign_ins.add(event)
            case LoadSession():
                self._load_session(event)

    def _spawn(self, job: Coroutine[Any, Any, None]) -> None:
        """Run a job that answers the plane; the answer's consequences are done in the same turn."""
        task = self._loop.create_task(job)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(_complain)

    # Answers

    async def _sign_in(self, events: list[SignIn]) -> None:
        found: Sequence[Identity | BaseException | None]
        try:
            while True:
                seen = self._revocations
                found = await self._gate.identify(events)
                if seen == self._revocations:
                    break
        except Exception as error:
            found = [error] * len(events)
        for event, identity in zip(events, found, strict=True):
            if isinstance(identity, Identity):
                self.plane.signed_in(event.connection, identity)
            elif identity is None:
                self.plane.refuse(event.connection, BAD_CREDENTIALS)
            else:
                _log.warning("cannot check a password: %s", identity)
                self.plane.refuse(event.connection, UNAVAILABLE)
        self._turn_soon()

    def _load_session(self, event: LoadSession) -> None:
        """At once if nothing can be stored for the account, which is most of them."""
        if not event.clean:
            self._storing.add(event.account)
        if event.account in self._storing:
            self._loads.add(event)
        elif event.live_sessions < self._limits.max_sessions:
            self.plane.opened(event.connection, None, present=False)
        else:
            self.plane.refuse(event.connection, UNAVAILABLE)

    async def _load_sessions(self, events: list[LoadSession]) -> None:
        try:
            found = await self._store.run(self._jobs.load_sessions, events, now_ms())
        except Exception as error:
            found = [error] * len(events)
        for event, loaded in zip(events, found, strict=True):
            if isinstance(loaded, Loaded):
                self.plane.opened(event.connection, loaded.stored, present=loaded.present, in_flight=loaded.in_flight)
                continue
            if not isinstance(loaded, TooManySessions):
                _log.warning("cannot load a session: %s", loaded)
            self.plane.refuse(event.connection, UNAVAILABLE)
        self._turn_soon()

    def _decide_filters(self, event: FiltersAsked) -> None:
        """At once, unless the database has to be asked: nearly all filters lie in the account's own tree."""
        said = [self._gate.may_subscribe_now(event.account, name) for name, _ in event.packet.requests]
        allowed = [answer for answer in said if answer is not None]
        if len(allowed) == len(said):
            self.plane.grant(event.connection, event.packet, allowed)
        else:
            self._spawn(self._ask_filters(event))

    async def _ask_filters(self, event: FiltersAsked) -> None:
        try:
            allowed = [await self._gate.may_subscribe(event.account, name) for name, _ in event.packet.requests]
        except Exception as error:
            _log.warning("cannot check a subscription: %s", error)
            self.plane.close(event.connection, "the store cannot be read")
        else:
            self.plane.grant(event.connection, event.packet, allowed)
        self._turn_soon()

    async def _save_subscriptions(self, event: SaveSubscriptions) -> None:
        try:
            await self._store.run(self._jobs.save_subscriptions, event)
        except Exception as error:
            _log.warning("cannot store a subscription: %s", error)
            self.plane.close(event.connection, "the store cannot write")
        else:
            self.plane.stored(event.connection, event.answer)
        self._turn_soon()

    async def _read_page(self, event: HistoryWanted) -> None:
        account = event.session.account
        try:
            page = await self._reads.run(read_for_session, account, after=event.after, limit=event.limit)
        except Exception as error:
            _log.warning("cannot read the history: %s", error)
            self.plane.page_failed(event)
        else:
            self.plane.page(event, page.deliveries, page.upto)
        self._turn_soon()

    # Loops

    async def _commit_forever(self) -> None:
        """Group commit: while one batch is being written the next one gathers, and is begun before the first is told.

        So the store writes while the loop delivers; the batches come back in their order.
        """
        deciding: tuple[list[Published], asyncio.Future[list[Decision]]] | None = None
        while True:
            if deciding is None:
                await self._has_gathered.wait()
                await self._linger()
                deciding = self._begin_batch()
            batch, decisions = deciding[0], await self._finish_batch(*deciding)
            self._committed = True
            deciding = self._begin_batch() if self._is_awaited.is_set() else None
            self.plane.now_s = self._loop.time()
            for published, decision in zip(batch, decisions, strict=False):
                self.plane.decided(published, decision)
            self._turn()
            if deciding is None and not self._gathered:
                self._has_gathered.clear()
                self._is_idle.set()

    async def _linger(self) -> None:
        """Let more come as long as nobody waits: presence and wills, a thousand at once when a network is back."""
        with suppress(TimeoutError):
            async with asyncio.timeout(0.0 if self._stopping else _LINGER_S):
                await self._is_awaited.wait()

    def _begin_batch(self) -> tuple[list[Published], asyncio.Future[list[Decision]]]:
        batch, self._gathered = self._gathered[:_MAX_BATCH], self._gathered[_MAX_BATCH:]
        if not self._gathered:
            self._is_awaited.clear()
        return batch, self._store.run(self._exchange.accept, batch)

    async def _finish_batch(self, batch: list[Published], deciding: asyncio.Future[list[Decision]]) -> list[Decision]:
        """The decisions; while the store cannot write, try again and again: no acknowledgement leaves meanwhile."""
        pause_s = 0.05
        while True:
            try:
                return await deciding
            except StoreUnavailable as problem:
                _log.warning("the store cannot write, next try in %.2f s: %s", pause_s, problem)
            except Exception:
                _log.exception("a batch of %d publishes cannot be decided; their connections are closed", len(batch))
                for published in batch:
                    if published.connection is not None:
                        self.plane.close(published.connection, "internal error")
                return []
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, 1.0)
            deciding = self._store.run(self._exchange.accept, batch)

    async def _watch_outbox(self) -> None:
        pause_s = OUTBOX_PAUSE_S[not is_postgres()]
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._poked.wait()
            self._poked.clear()
            try:
                effects = await self._store.run(self._jobs.drain_outbox)
            except Exception as error:
                _log.warning("cannot read the outbox: %s", error)
                await asyncio.sleep(1.0)
                continue
            for effect in effects:
                self._apply(effect)
            self._turn_soon()

    def _apply(self, effect: Effect) -> None:
        match effect:
            case Told():
                self.plane.deliver((effect.delivery,))
            case Revoked():
                self._revocations += 1
                self.plane.revoke(effect.account, effect.credential_ids)
            case LeftGroup():
                self.plane.leave_group(effect.account, effect.group)
                self._store.run(self._jobs.drop_feed, effect.account, effect.group).add_done_callback(_complain)

    async def _tick_forever(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            self.plane.now_s = self._loop.time()
            for connection, link in self._peers.items():
                connection.socket_bytes = link.buffered()
            self.plane.tick(now_ms())
            self._turn()

    async def _save_forever(self) -> None:
        expire_at_s = self._loop.time()
        while True:
            await asyncio.sleep(_SAVE_EVERY_S)
            if self._loop.time() >= expire_at_s:
                expire_at_s = self._loop.time() + _EXPIRE_EVERY_S
                living = self.plane.snapshots(moved_only=False)
                await self._save(living, self._store.run(self._jobs.expire_sessions, living, now_ms()))
            elif moved := self.plane.snapshots():
                await self._save(moved, self._store.run(save_positions, moved, at_ms=now_ms()))

    async def _checkpoint_forever(self) -> None:
        while True:
            await asyncio.sleep(_CHECKPOINT_EVERY_S)
            if not self._committed:
                continue
            self._committed = False
            with suppress(Exception):  # a full or failing disk is told by the commits
                await self._reads.run(checkpoint)
                await self._store.run(checkpoint)

    async def _save(self, snapshots: list[Snapshot], job: Awaitable[None]) -> None:
        try:
            await job
        except Exception as error:
            _log.warning("cannot save sessions: %s", error)
            for snapshot in snapshots:  # once more in five seconds
                if (session := self.plane.sessions.get((snapshot.account, snapshot.client_id))) is not None:
                    session.changed = True


def make_ids() -> Callable[[], str]:
    """Names that nobody has given out before: 80 random bits of this process, then a number. A UUID each costs 2 µs."""
    head, numbers = uuid4().hex[:20], count(1)
    return lambda: f"{head}{next(numbers)}"


def _complain(done: Any) -> None:
    """Log what went wrong where nobody waits for it."""
    if not done.cancelled() and (error := done.exception()) is not None:
        _log.error("a job of the broker failed", exc_info=error)
