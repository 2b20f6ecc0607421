"""Accept a message: parse, rules, rate limit, stamp, store, answer, deliver. Knows no broker and no socket."""

from __future__ import annotations

from dataclasses import dataclass

from hongyan.errors import Code
from hongyan.topics import Branch


@dataclass(frozen=True, slots=True)
class Submission:
    """One PUBLISH as a broker took it. `account` is proven by the broker, `topic` and `payload` are not checked yet."""

    account: str
    topic: str
    payload: bytes
    fallback_id: str  # the message id where the envelope has none; the same for a DUP of the same packet


@dataclass(frozen=True, slots=True)
class Delivery:
    """One payload for `im/{account}/{branch}/{tail}` of each account (`tail` is empty for a notice).

    `position` is set on what the history keeps (inbox, sent); the rest is gone when nobody is there to take it.
    """

    accounts: tuple[str, ...]
    branch: Branch
    tail: str
    payload: bytes
    position: int | None = None
    feed: str | None = None  # the group whose feed `im/group/{feed}` gets it too


@dataclass(frozen=True, slots=True)
class Accepted:
    """Decided and, where it is a message, on disk.

    A repeat of a known (sender, id) carries the first stamp and all its deliveries again: a broker that
    keeps its own history of deliveries sends only those on `sent`.
    """

    deliveries: tuple[Delivery, ...]
    position: int | None = None
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Decided: nothing is stored; the notice to the sender is the only delivery."""

    code: Code
    deliveries: tuple[Delivery, ...]


Decision = Accepted | Refused
