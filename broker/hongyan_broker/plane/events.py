"""What the plane asks of its driver, in order. The driver does it and answers with the method named here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from hongyan_broker.plane.packets import Connect, Subscribe
from hongyan_broker.plane.session import Session, Snapshot
from hongyan_core.decisions import Submission

if TYPE_CHECKING:
    from hongyan_broker.plane.connection import Connection


class Identity(msgspec.Struct, frozen=True):
    """Who signed in, with which credential; revoking that, or its parent, ends the connection."""

    account: str
    credential_id: int
    parent_id: int | None = None
    expires_at_ms: int | None = None


class Published(Submission, frozen=True, gc=False):
    """Have it decided, in order → `Plane.decided`. `connection` is None for a will and for presence.

    No event, but a submission that remembers where it came from: there are ten thousand a second.
    """

    connection: Connection | None = None
    qos: int = 1
    packet_id: int | None = None


class Event(msgspec.Struct, frozen=True):
    """Something to do."""


class SignIn(Event, frozen=True):
    """Check the password → `Plane.signed_in` or `Plane.refuse`."""

    connection: Connection
    packet: Connect


class LoadSession(Event, frozen=True):
    """Find or make the stored session, or delete it if `clean` → `Plane.opened` or `Plane.refuse`."""

    connection: Connection
    account: str
    client_id: str
    clean: bool
    live_sessions: int  # other clean sessions of the account, for its limit


class FiltersAsked(Event, frozen=True):
    """Ask which of the filters may be subscribed → `Plane.grant`."""

    connection: Connection
    account: str
    packet: Subscribe


class SaveSubscriptions(Event, frozen=True):
    """Store (filter, QoS, since_position), delete `removed`; then → `Plane.stored`, which sends `answer`."""

    connection: Connection
    session: Session
    added: tuple[tuple[str, int, int], ...]
    removed: tuple[str, ...]
    answer: bytes


class HistoryWanted(Event, frozen=True):
    """Read at most `limit` deliveries after `after` → `Plane.page` or `Plane.page_failed`."""

    session: Session
    after: int
    limit: int


class SaveSession(Event, frozen=True):
    """Store where a session stands: its client is gone. Before any later `LoadSession` of the same session."""

    snapshot: Snapshot


class Came(Event, frozen=True):
    """A client is in; `credential_id` is of the device that signed in, not of the device's short-lived password."""

    account: str
    client_id: str
    credential_id: int
    address: str


class Went(Event, frozen=True):
    """The client of this account and client identifier has gone."""

    account: str
    client_id: str


class JournalWritten(Event, frozen=True):
    """Commit batches of the road's journal until it is idle."""


class Resumed(Event, frozen=True):
    """Read from this connection's socket again."""

    connection: Connection


class Closed(Event, frozen=True):
    """Write what is waiting, then close the socket."""

    connection: Connection
