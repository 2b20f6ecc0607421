"""The messenger's driver: publishes go to the exchange, passwords to the plugins, sessions and pages to the store.

One thread writes (exchange, outbox, sessions), a few read pages of the history. Group commit is natural: while one
batch is being written the next one gathers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Final, Protocol

from hongyan.limits import Limits
from hongyan_broker.driver import Driver, complain
from hongyan_broker.gathering import Gathering
from hongyan_broker.plane.connection import BAD_CREDENTIALS, UNAVAILABLE
from hongyan_broker.plane.events import (
    Came,
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
    Went,
)
from hongyan_broker.plane.ruled_road import RuledRoad
from hongyan_broker.plane.session import Snapshot
from hongyan_broker.store_jobs import MAX_STORING, OUTBOX_PAUSE_S, Loaded, StoreJobs, Storing
from hongyan_broker.threads import DatabaseThreads
from hongyan_core.clock import now_ms
from hongyan_core.decisions import Decided, Decision, Effect, LeftGroup, Revoked, SessionEnded, StoreUnavailable, Told
from hongyan_core.exchange import Exchange
from hongyan_core.store.connections import Attendance, forget_connections, note_connections
from hongyan_core.store.database import checkpoint
from hongyan_core.store.history import read_for_session
from hongyan_core.store.sessions import TooManySessions, find_storing, save_positions
from hongyan_core.store.sets import is_postgres

_MAX_BATCH: Final = 1_000
_READ_THREADS: Final = 2
_SAVE_EVERY_S: Final = 5.0
_LINGER_S: Final = 0.02
_ATTENDANCE_PAUSE_S: Final = 0.5  # who comes meanwhile is written together: a thousand clients are a few transactions
_CHECKPOINT_EVERY_S: Final = 2.0
_EXPIRE_EVERY_S: Final = 3_600.0
_log: Final = logging.getLogger(__name__)


class Gate(Protocol):
    """Who may come in: amqtt's plugins answer. Raising means that nobody can tell now."""

    async def identify(self, asked: Sequence[SignIn]) -> Sequence[Identity | BaseException | None]:
        """Whose password each is; None if nobody's, an exception where nobody can tell."""

    def may_subscribe_now(self, account: str, topic_filter: str) -> bool | None:
        """`may_subscribe`, if that needs no waiting; else None."""

    async def may_subscribe(self, account: str, topic_filter: str) -> bool:
        """Whether the account may subscribe a filter."""


class ExchangeDriver(Driver):
    """The ruled road at work.

    Args:
        gate: Who may come in, and who may subscribe what.
    """

    def __init__(self, limits: Limits, exchange: Exchange, gate: Gate) -> None:
        super().__init__(limits, RuledRoad)
        self._exchange = exchange
        self._gate = gate
        self._jobs = StoreJobs(exchange, limits)
        self._reads = DatabaseThreads(_READ_THREADS, "hongyan-history")
        self._gathered: list[Published] = []
        self._sign_ins: Gathering[SignIn] = Gathering(self._spawn, self._sign_in)
        self._storing = Storing()
        self._loads: Gathering[LoadSession] = Gathering(self._spawn, self._load_sessions)
        self._has_gathered = asyncio.Event()
        self._is_awaited = asyncio.Event()  # a client waits for what has gathered
        self._poked = asyncio.Event()
        self._attendance: dict[tuple[str, str], Attendance] = {}  # not written yet, by account and client identifier
        self._has_attendance = asyncio.Event()
        self._committed = False  # since the last checkpoint
        self._revocations = 0  # counts; a sign-in that saw another number asks again

    async def _open_store(self) -> None:
        """Take the exchange's lease.

        Raises:
            ExchangeRunning: Another one serves this database.
        """
        await self._store.run(self._exchange.open)
        self.plane.head = self._exchange.head
        if not is_postgres():  # its lease may go to another process and come back, and that one stores sessions too
            self._storing.begin(await self._store.run(find_storing, MAX_STORING))

    async def _close_store(self) -> None:
        await self._reads.close()
        with suppress(Exception):  # the next start does it too
            await self._store.run(forget_connections)
        await self._store.run(self._exchange.close)

    def _loops(self) -> tuple[Coroutine[Any, Any, None], ...]:
        return (
            self._commit_forever(),
            self._watch_outbox(),
            self._tick_forever(),
            self._save_forever(),
            self._attend_forever(),
            self._checkpoint_forever(),
        )

    def poke(self) -> None:
        """Look into the outbox now. From any thread."""
        self._loop.call_soon_threadsafe(self._poked.set)

    def _gather(self, published: list[Published]) -> None:
        self._gathered += published
        self._has_gathered.set()
        self._is_idle.clear()
        if any(one.connection is not None for one in published):
            self._is_awaited.set()

    def _do(self, event: Event) -> None:
        match event:
            case Resumed():
                self._resume(event.connection)
            case SaveSession():
                self._store.run(save_positions, [event.snapshot], at_ms=now_ms()).add_done_callback(complain)
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
            case Came():
                self._attend(
                    Attendance(
                        event.account,
                        event.client_id,
                        here=True,
                        credential_id=event.credential_id,
                        address=event.address,
                        at_ms=now_ms(),
                    )
                )
            case Went():
                self._attend(Attendance(event.account, event.client_id, here=False))

    def _attend(self, change: Attendance) -> None:
        self._attendance[change.account, change.client_id] = change
        self._has_attendance.set()

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
                effects = await self._store.run(self._jobs.take_effects)
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
            case Decided():
                self.plane.deliver(effect.decision.deliveries)
            case Revoked():
                self._revocations += 1
                self.plane.revoke(effect.account, effect.credential_ids)
            case SessionEnded():
                ended_s = self._loop.time() - (now_ms() - effect.at_ms) / 1_000
                self.plane.end_session(effect.account, effect.client_id, ended_s)
            case LeftGroup():
                self.plane.leave_group(effect.account, effect.group)
                self._store.run(self._jobs.drop_feed, effect.account, effect.group).add_done_callback(complain)

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

    async def _attend_forever(self) -> None:
        """Write who has come and gone, for "my devices"; what cannot be written now is tried again with the rest."""
        while True:
            await self._has_attendance.wait()
            await asyncio.sleep(_ATTENDANCE_PAUSE_S)
            self._has_attendance.clear()
            changes, self._attendance = self._attendance, {}
            try:
                await self._store.run(note_connections, list(changes.values()))
            except Exception as error:
                _log.warning("cannot note who is connected: %s", error)
                self._attendance = {**changes, **self._attendance}
                self._has_attendance.set()

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
