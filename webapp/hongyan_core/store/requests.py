"""Friend requests: those that wait, and those that were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hongyan_core.asking import REQUEST_LIFETIME_MS, WINDOW_MS, Attempt, is_waiting
from hongyan_core.store.models import Account, FriendRequest
from hongyan_core.store.sets import read

MAX_LISTED: Final = 200
_IN_USE: Final = "p.disabled_at_ms IS NULL AND p.deleted_at_ms IS NULL"
_FIELDS: Final = "q.id, p.name, p.display_name, q.text, q.created_at_ms, p.picture, p.kind"
_BETWEEN: Final = """SELECT q.id, q.state, q.created_at_ms, q.decided_at_ms FROM friend_request q
    WHERE q.sender_id = ? AND +q.recipient_id = ? AND q.created_at_ms > ? ORDER BY q.id"""
# Of the viewer's own and of the viewer's bots and devices.
_INCOMING: Final = f"""WITH mine(id, name) AS (
    SELECT id, name FROM account WHERE id = ? UNION ALL SELECT id, name FROM account WHERE owner_id = ?)
SELECT {_FIELDS}, mine.name FROM mine JOIN friend_request q ON q.recipient_id = mine.id AND q.state = 'pending'
    JOIN account p ON p.id = q.sender_id
    WHERE q.created_at_ms > ? AND {_IN_USE}
    AND NOT EXISTS (SELECT 1 FROM block b WHERE b.owner_id = ? AND b.blocked_id = p.id)
    AND NOT EXISTS (SELECT 1 FROM block b WHERE b.owner_id = mine.id AND b.blocked_id = p.id)
    AND NOT EXISTS (SELECT 1 FROM block b WHERE b.owner_id = p.id AND b.blocked_id = mine.id)
    ORDER BY q.id DESC LIMIT ?"""  # noqa: S608  # our own words
_OUTGOING: Final = f"""SELECT {_FIELDS}, p.name FROM friend_request q JOIN account p ON p.id = q.recipient_id
    WHERE q.sender_id = ? AND q.state IN ('pending', 'ignored') AND q.created_at_ms > ? AND {_IN_USE}
    ORDER BY q.id DESC LIMIT ?"""  # noqa: S608  # our own words


@dataclass(frozen=True, slots=True)
class PendingRequest:
    """A friend request that waits; `username` is the other side's, `to` is who is asked: the viewer or a bot."""

    id: int
    username: str
    display_name: str
    text: str
    created_at_ms: int
    picture: str | None
    kind: str
    to: str

    @property
    def expires_at_ms(self) -> int:
        """When it stops to wait."""
        return self.created_at_ms + REQUEST_LIFETIME_MS


def list_attempts(sender: Account, recipient: Account | None, *, at_ms: int) -> list[Attempt]:
    """What the one has asked the other in the last 30 days, oldest first; by the same statement for nobody."""
    rows = read(_BETWEEN, sender.id, 0 if recipient is None else recipient.id, at_ms - WINDOW_MS)
    return [Attempt(*row) for row in rows]


def find_pending(sender: Account | None, recipient: Account, *, at_ms: int) -> FriendRequest | None:
    """The request from one to the other that waits for an answer; one that was ignored does."""
    since_ms = at_ms - REQUEST_LIFETIME_MS
    attempts = [Attempt(*row) for row in read(_BETWEEN, 0 if sender is None else sender.id, recipient.id, since_ms)]
    waiting = [attempt.id for attempt in attempts if is_waiting(attempt, at_ms)]
    return FriendRequest.get_by_id(waiting[-1]) if waiting else None


def count_pending(sender: Account, *, at_ms: int) -> int:
    """How many requests of the sender's wait for an answer."""
    ((count,),) = read(
        """SELECT COUNT(*) FROM friend_request
        WHERE sender_id = ? AND state IN ('pending', 'ignored') AND created_at_ms > ?""",
        *(sender.id, at_ms - REQUEST_LIFETIME_MS),
    )
    return int(count)


def list_incoming(viewer: Account, *, at_ms: int) -> list[PendingRequest]:
    """Requests that wait for the viewer, newest first, at most 200; none that were ignored or where one is blocked."""
    since_ms = at_ms - REQUEST_LIFETIME_MS
    rows = read(_INCOMING, viewer.id, viewer.id, since_ms, viewer.id, MAX_LISTED)
    return [PendingRequest(*row) for row in rows]


def list_outgoing(viewer: Account, *, at_ms: int) -> list[PendingRequest]:
    """Requests of the viewer's that wait, newest first."""
    rows = read(_OUTGOING, viewer.id, at_ms - REQUEST_LIFETIME_MS, MAX_LISTED)
    return [PendingRequest(*row) for row in rows]
