"""What the embedded broker asks of the store, each a job for its one store thread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from peewee import SqliteDatabase

from hongyan.limits import Limits
from hongyan.topics import feed_topic
from hongyan_broker.plane.events import LoadSession, SaveSubscriptions
from hongyan_broker.plane.session import Snapshot
from hongyan_core.decisions import Delivery, Effect, StoreUnavailable
from hongyan_core.exchange import Exchange
from hongyan_core.store import sessions
from hongyan_core.store.models import Account, MqttSession, MqttSubscription, proxy
from hongyan_core.store.sessions import StoredSession, StoredSubscription, TooManySessions
from hongyan_core.store.sets import read

MAX_STORING: Final = 50_000  # names, 5 MB; with more of them each clean session asks
OUTBOX_PAUSE_S: Final = {True: 0.05, False: 0.1}  # between two looks: SQLite, PostgreSQL


class Loaded(msgspec.Struct, frozen=True):
    """A session from the store; `stored` is None for a clean one."""

    stored: StoredSession | None
    present: bool
    in_flight: Sequence[Delivery] = ()


class Storing:
    """Accounts that may have stored sessions: for a clean one of anybody else the store need not be asked.

    Only this process makes stored sessions, and whoever was here stays, so it is never too few. Used in the loop.
    """

    def __init__(self) -> None:
        self._names: set[str] | None = None  # None: everybody

    def begin(self, names: set[str]) -> None:
        """Begin with what `find_storing(MAX_STORING)` has found."""
        self._names = names
        self._check()

    def add(self, account: str) -> None:
        """A session of this account is about to be stored."""
        if self._names is not None:
            self._names.add(account)
            self._check()

    def _check(self) -> None:
        if self._names is not None and len(self._names) >= MAX_STORING:
            self._names = None

    def __contains__(self, account: str) -> bool:
        """Whether the account may have any."""
        return self._names is None or account in self._names


class StoreJobs:
    """Everything here runs in the store thread; it is the exchange's thread too, so all writes are in one order."""

    def __init__(self, exchange: Exchange, limits: Limits) -> None:
        self._exchange = exchange
        self._limits = limits
        self._data_version = -1

    def load_sessions(self, wanted: Sequence[LoadSession], at_ms: int) -> list[Loaded | Exception]:
        """`load_session` for each; what fails is in its place. A hop to this thread costs more than a session."""
        found: list[Loaded | Exception] = []
        for one in wanted:
            try:
                found.append(self.load_session(one, at_ms))
            except Exception as error:  # one client's, and said by the driver
                found.append(error)
        return found

    def load_session(self, wanted: LoadSession, at_ms: int) -> Loaded:
        """Find or make a stored session; for a clean one delete what was stored [MQTT-3.1.2-6].

        Raises:
            TooManySessions: The account has as many as it may, stored and clean together.
        """
        account, client_id = wanted.account, wanted.client_id
        found = sessions.find_session(account, client_id)
        if wanted.clean:
            if found is not None:
                sessions.delete_session(account, client_id)
            if _count_sessions(account) + wanted.live_sessions >= self._limits.max_sessions:
                raise TooManySessions(account)
            return Loaded(None, present=False)
        if found is not None:
            positions = [position for _, position in found.in_flight]
            return Loaded(found, present=True, in_flight=sessions.read_by_positions(account, positions))
        made = sessions.create_session(
            account,
            client_id,
            head=self._exchange.head,
            max_sessions=self._limits.max_sessions - wanted.live_sessions,
            expire_before_ms=self._expire_before_ms(at_ms),
            at_ms=at_ms,
        )
        return Loaded(made, present=False)

    def _expire_before_ms(self, at_ms: int) -> int:
        return at_ms - self._limits.session_expiry_s * 1_000

    def save_subscriptions(self, wanted: SaveSubscriptions) -> None:
        """Store what one SUBSCRIBE or UNSUBSCRIBE changed."""
        added = [StoredSubscription(*row) for row in wanted.added]
        sessions.save_subscriptions(wanted.session.account, wanted.session.client_id, added, wanted.removed)

    def expire_sessions(self, living: Sequence[Snapshot], at_ms: int) -> None:
        """Delete the sessions that nobody has used for long; the living are marked as used first."""
        sessions.save_positions(living, at_ms=at_ms)
        sessions.delete_expired_sessions(self._expire_before_ms(at_ms))

    def drop_feed(self, account_name: str, group: str) -> None:
        """Delete the stored subscriptions of an account to a group's feed."""
        of_account = MqttSession.select().join(Account).where(Account.name == account_name)
        feed = MqttSubscription.topic_filter == feed_topic(group)
        MqttSubscription.delete().where(feed & MqttSubscription.session.in_(of_account)).execute()

    def take_effects(self) -> list[Effect]:
        """What is due, and what the web app wants told. What was done is told though the rest fails."""
        effects: list[Effect] = [*self._exchange.run_due()]
        try:
            return effects + self.drain_outbox()
        except StoreUnavailable:
            if not effects:
                raise
            return effects

    def drain_outbox(self) -> list[Effect]:
        """What the web app wants told; on SQLite one PRAGMA says that nothing has changed."""
        version = _data_version()
        if version is not None and version == self._data_version:
            return []
        effects: list[Effect] = []
        while page := self._exchange.drain_outbox():
            effects += page
        self._data_version = -1 if version is None else version
        return effects


def _count_sessions(account_name: str) -> int:
    rows = read(
        "SELECT COUNT(*) FROM mqtt_session s JOIN account a ON a.id = s.account_id WHERE a.name = ?", account_name
    )
    return int(rows[0][0])


def _data_version() -> int | None:
    """SQLite's count of other connections' commits; None on PostgreSQL."""
    if not isinstance(proxy.obj, SqliteDatabase):
        return None
    (version,) = proxy.obj.execute_sql("PRAGMA data_version").fetchone()
    return int(version)
