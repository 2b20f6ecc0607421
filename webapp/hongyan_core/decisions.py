"""What goes into the exchange and what comes out of it: values between a broker's driver and `exchange.Exchange`.

Structs of msgspec, because one is made per message and delivery: 0.1 us each, a frozen dataclass takes 1 us.
"""

from __future__ import annotations

import msgspec

from hongyan.errors import Code
from hongyan.topics import Branch


class StoreUnavailable(Exception):
    """The database cannot write now and nothing was kept: call again with the same batch."""


class ExchangeRunning(Exception):
    """Another exchange holds the lease on this database."""


class Submission(msgspec.Struct, frozen=True, gc=False):
    """One PUBLISH as a broker took it. `account` is proven by the broker, `topic` and `payload` are not checked yet."""

    account: str
    topic: str
    payload: bytes
    fallback_id: str  # the message id where the envelope has none; the same for a DUP of the same packet


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """One payload for `im/{account}/{branch}/{tail}` of each account (`tail` is empty for a notice).

    `position` is set on what the history keeps (inbox, sent); the rest is gone when nobody is there to take it.
    `feed` names a group: those of `accounts` that subscribe `im/group/{feed}` get the payload there too. It is set
    on the inbox and on the sent delivery of a group message, so that every member's screen has it once.
    """

    accounts: tuple[str, ...]
    branch: Branch
    tail: str
    payload: bytes
    position: int | None = None
    feed: str | None = None


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """Decided and, where it is a message, on disk.

    A repeat of a known (sender, id) carries the first stamp and all its deliveries again: a broker that
    keeps its own history of deliveries sends only those on `sent`.
    """

    deliveries: tuple[Delivery, ...]
    position: int | None = None
    repeat: bool = False


class Refused(msgspec.Struct, frozen=True, gc=False):
    """Decided: nothing is stored; the notice to the sender is the only delivery."""

    code: Code
    deliveries: tuple[Delivery, ...]


Decision = Accepted | Refused


class Told(msgspec.Struct, frozen=True):
    """Effect of the outbox: deliver this notice."""

    delivery: Delivery


class Revoked(msgspec.Struct, frozen=True):
    """Effect of the outbox: close the live connections that signed in with these credentials or their children."""

    account: str
    credential_ids: tuple[int, ...] | None  # None: with any credential of the account


class SessionEnded(msgspec.Struct, frozen=True):
    """Effect of the outbox: close the connection of this MQTT session, which is stored no longer, if it is older."""

    account: str
    client_id: str
    at_ms: int


class LeftGroup(msgspec.Struct, frozen=True):
    """Effect of the outbox: drop the account's subscriptions to the group's feed."""

    account: str
    group: str


class AccountChanged(msgspec.Struct, frozen=True):
    """Effect of the outbox: the account is new, or its MQTT generation was raised; external brokers provision it."""

    account: str


class Decided(msgspec.Struct, frozen=True):
    """Effect of the outbox: a message or a line that the web app handed in was decided; deliver what came of it."""

    decision: Decision


Effect = Told | Revoked | SessionEnded | LeftGroup | AccountChanged | Decided
