"""Who is to be told what, for whole sets of messages: as many statements for a thousand members as for one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from hongyan.kinds import GONE_KIND
from hongyan_core.store.database import write_transaction
from hongyan_core.store.models import Meta, PushSubscription
from hongyan_core.store.sets import Row, read, read_wanted

MAX_FAILURES: Final = 20
_GIVE_UP_MS: Final = 7 * 86_400_000  # and as long without one that was taken


class Entry(msgspec.Struct, frozen=True):
    """An entry of the log, as it is now."""

    position: int
    conversation_id: int
    seq: int
    sender_id: int
    kind: str
    at_ms: int
    payload: str


class Hearer(msgspec.Struct, frozen=True):
    """Somebody who may be told of an entry, and what counts for it. `title` and `key` as this account has them."""

    conversation_id: int
    seq: int
    account_id: int
    name: str
    language: str
    time_zone: str
    quiet_from: int | None
    quiet_to: int | None
    words: bool
    sender: str
    sender_title: str
    key: str
    title: str
    muted_until_ms: int
    read_seq: int = 0
    mentioned: bool = False
    hidden: bool = False
    blocked: bool = False


_FLAGS: Final = frozenset({"words", "mentioned", "hidden", "blocked"})


class Request(msgspec.Struct, frozen=True):
    """A friend request that waits, and who answers it."""

    id: int
    at_ms: int
    who: str
    title: str
    account_id: int
    language: str
    time_zone: str
    quiet_from: int | None
    quiet_to: int | None


class Subscription(msgspec.Struct, frozen=True):
    """A browser of an account."""

    id: int
    account_id: int
    endpoint_hash: str
    sealed: str
    created_at_ms: int
    last_ok_ms: int | None
    failures: int


_SUBSCRIBED: Final = """a.disabled_at_ms IS NULL AND a.deleted_at_ms IS NULL
    AND EXISTS (SELECT 1 FROM push_subscription p WHERE p.account_id = a.id)"""
# Of the hearer `a`, the sender `s`, `m`: the sender's seat. A remark of one's own comes first.
_WHO: Final = """wanted.conversation, wanted.seq, a.id, a.name, a.language, a.time_zone, a.quiet_from, a.quiet_to,
    a.push_words, s.name, COALESCE(NULLIF(f.remark, ''), {nickname}s.display_name), {key},
    {title}, COALESCE(q.until_ms, 0)"""
_STATE: Final = """COALESCE(r.seq, 0),
    EXISTS (SELECT 1 FROM mention n WHERE n.account_id IN (0, a.id) AND n.conversation_id = wanted.conversation
        AND n.seq = wanted.seq),
    EXISTS (SELECT 1 FROM hidden_message h WHERE h.account_id = a.id AND h.conversation_id = wanted.conversation
        AND h.seq = wanted.seq),
    EXISTS (SELECT 1 FROM block b WHERE b.owner_id = a.id AND b.blocked_id = wanted.sender)"""
_JOINS: Final = """JOIN account s ON s.id = wanted.sender
    LEFT JOIN friendship f ON f.account_id = a.id AND f.friend_id = wanted.sender
    LEFT JOIN conversation_mute q ON q.account_id = a.id AND q.key = {key}"""
_READ: Final = "LEFT JOIN read_mark r ON r.account_id = a.id AND r.conversation_id = wanted.conversation"
_USER_KEY: Final = "'user/' || s.name"
_GROUP_KEY: Final = "'group/' || g.name"
_NICKNAME: Final = "NULLIF(m.nickname, ''), "
_SEAT: Final = "LEFT JOIN membership m ON m.group_id = g.id AND m.account_id = wanted.sender AND m.until_seq IS NULL"
_PEOPLE: Final = f"""SELECT {
    _WHO.format(nickname="", key=_USER_KEY, title="COALESCE(NULLIF(f.remark, ''), s.display_name)")
}, {_STATE}
    FROM wanted CROSS JOIN conversation c
    JOIN account a ON a.id = CASE WHEN c.low_id = wanted.sender THEN c.high_id ELSE c.low_id END
    {_JOINS.format(key=_USER_KEY)} {_READ}
    WHERE c.id = wanted.conversation AND c.kind = 'user' AND a.id <> wanted.sender AND {_SUBSCRIBED}"""  # noqa: S608  # our own words
_GROUPS: Final = f"""SELECT {_WHO.format(nickname=_NICKNAME, key=_GROUP_KEY, title="g.title")}, {_STATE}
    FROM wanted CROSS JOIN chat_group g
    JOIN membership i ON i.group_id = g.id AND i.until_seq IS NULL AND i.since_seq < wanted.seq
    JOIN account a ON a.id = i.account_id
    {_JOINS.format(key=_GROUP_KEY)} {_READ} {_SEAT}
    WHERE g.conversation_id = wanted.conversation AND g.dissolved_at_ms IS NULL AND a.id <> wanted.sender
    AND {_SUBSCRIBED}"""  # noqa: S608  # our own words
_NAMED: Final = f"""SELECT {_WHO.format(nickname=_NICKNAME, key=_GROUP_KEY, title="g.title")}
    FROM wanted CROSS JOIN account a JOIN chat_group g ON g.conversation_id = wanted.conversation
    {_JOINS.format(key=_GROUP_KEY)} {_SEAT}
    WHERE a.name = wanted.name AND a.id <> wanted.sender AND {_SUBSCRIBED}
    AND EXISTS (SELECT 1 FROM membership i WHERE i.group_id = g.id AND i.account_id = a.id AND i.until_seq IS NULL)"""  # noqa: S608  # our own words
_REQUESTS: Final = f"""SELECT r.id, r.created_at_ms, s.name, s.display_name, a.id, a.language, a.time_zone,
    a.quiet_from, a.quiet_to
    FROM friend_request r JOIN account s ON s.id = r.sender_id JOIN account t ON t.id = r.recipient_id
    JOIN account a ON a.id = COALESCE(t.owner_id, t.id)
    WHERE r.id > ? AND r.state = 'pending' AND r.created_at_ms > ? AND {_SUBSCRIBED}
    AND NOT EXISTS (SELECT 1 FROM block b WHERE b.owner_id = a.id AND b.blocked_id = s.id) ORDER BY r.id LIMIT ?"""  # noqa: S608  # our own words
# A conversation `c` with what was read or was before one came, `low`: what is new is a difference of two counters.
_NEW: Final = """SELECT account, SUM(CASE WHEN counted > before THEN counted - before ELSE 0 END) FROM (
    SELECT d.account, d.counted, COALESCE((SELECT o.ordinal FROM stored_message o
        WHERE o.conversation_id = d.id AND o.seq = CASE WHEN d.low < d.kept THEN d.kept ELSE d.low END), 0) AS before
    FROM ({some}) d WHERE d.low < d.shown
    AND NOT EXISTS (SELECT 1 FROM conversation_mute q
        WHERE q.account_id = d.account AND q.key = d.key AND q.until_ms > ?)) e GROUP BY account"""
_SOME_PEOPLE: Final = """SELECT wanted.account, c.id, c.counted, c.shown_seq AS shown, c.first_seq - 1 AS kept,
        COALESCE(r.seq, 0) AS low, 'user/' || p.name AS key
    FROM wanted CROSS JOIN conversation c JOIN account p ON p.id = c.{other}_id
    LEFT JOIN read_mark r ON r.account_id = wanted.account AND r.conversation_id = c.id
    WHERE c.{mine}_id = wanted.account"""
_SOME_GROUPS: Final = """SELECT wanted.account, c.id, c.counted, c.shown_seq AS shown, c.first_seq - 1 AS kept,
        CASE WHEN r.seq > i.since_seq THEN r.seq ELSE i.since_seq END AS low, 'group/' || g.name AS key
    FROM wanted CROSS JOIN membership i JOIN chat_group g ON g.id = i.group_id
    JOIN conversation c ON c.id = g.conversation_id
    LEFT JOIN read_mark r ON r.account_id = wanted.account AND r.conversation_id = c.id
    WHERE i.account_id = wanted.account AND i.until_seq IS NULL AND g.dissolved_at_ms IS NULL"""
_UNREAD: Final = _NEW.format(
    some=f"""{_SOME_PEOPLE.format(mine="low", other="high")}
    UNION ALL {_SOME_PEOPLE.format(mine="high", other="low")} AND c.low_id <> c.high_id
    UNION ALL {_SOME_GROUPS}"""
)
_SUBSCRIPTIONS: Final = """SELECT p.id, p.account_id, p.endpoint_hash, p.sealed, p.created_at_ms, p.last_ok_ms,
    p.failures FROM wanted CROSS JOIN push_subscription p JOIN credential c ON c.id = p.credential_id
    WHERE p.account_id = wanted.account AND (c.expires_at_ms IS NULL OR c.expires_at_ms > ?) ORDER BY p.id"""


def read_entries(after: int, limit: int) -> list[Entry]:
    """The next entries of the log."""
    rows = read(
        """SELECT position, conversation_id, seq, sender_id, kind, at_ms, payload FROM stored_message
        WHERE position > ? ORDER BY position LIMIT ?""",
        *(after, limit),
    )
    return [Entry(*row) for row in rows]


def find_hearers(entries: Iterable[Entry]) -> list[Hearer]:
    """Those with a subscription who may see these entries, but not who wrote each."""
    wanted = [(entry.conversation_id, entry.seq, entry.sender_id) for entry in entries]
    columns = "conversation bigint, seq bigint, sender bigint"
    return [_make_hearer(row) for sql in (_PEOPLE, _GROUPS) for row in read_wanted(columns, wanted, sql)]


def find_named(lines: Iterable[tuple[Entry, str]]) -> list[Hearer]:
    """Those with a subscription whom a line of a group names, and who are in it."""
    wanted = [(entry.conversation_id, entry.seq, entry.sender_id, name) for entry, name in lines]
    columns = "conversation bigint, seq bigint, sender bigint, name text"
    return [_make_hearer(row) for row in read_wanted(columns, wanted, _NAMED)]


def _make_hearer(row: Row) -> Hearer:
    """A row; SQLite has numbers for truth values."""
    values: list[Any] = [
        bool(value) if name in _FLAGS else value for name, value in zip(Hearer.__struct_fields__, row, strict=False)
    ]
    return Hearer(*values)


def find_requests(after: int, since_ms: int, limit: int) -> list[Request]:
    """Friend requests beyond an id, to those with a subscription."""
    return [Request(*row) for row in read(_REQUESTS, after, since_ms, limit)]


def last_request() -> int:
    """The id of the newest friend request, 0 before the first."""
    (newest,) = read("SELECT MAX(id) FROM friend_request")[0]
    return newest or 0


def count_unread(account_ids: Iterable[int], *, at_ms: int) -> dict[int, int]:
    """What each of them has not read, muted conversations left out; as the pages count."""
    rows = read_wanted("account bigint", [(each,) for each in account_ids], _UNREAD, at_ms)
    return {account: int(unread) for account, unread in rows}


def find_subscriptions(account_ids: Iterable[int], *, at_ms: int) -> list[Subscription]:
    """Where they are told, as long as the sessions that gave it last."""
    rows = read_wanted("account bigint", [(each,) for each in account_ids], _SUBSCRIPTIONS, at_ms)
    return [Subscription(*row) for row in rows]


def is_subscribed(subscription_id: int, *, at_ms: int) -> bool:
    """Whether this one is still told: it was not ended, nor was its session."""
    found = read(
        """SELECT 1 FROM push_subscription p JOIN credential c ON c.id = p.credential_id
        WHERE p.id = ? AND (c.expires_at_ms IS NULL OR c.expires_at_ms > ?)""",
        *(subscription_id, at_ms),
    )
    return bool(found)


def is_unread(account_id: int, conversation_id: int, seq: int) -> bool:
    """Whether this message is still there, and beyond what the account has read."""
    found = read(
        """SELECT 1 FROM stored_message o
        LEFT JOIN read_mark r ON r.account_id = ? AND r.conversation_id = o.conversation_id
        WHERE o.conversation_id = ? AND o.seq = ? AND o.kind <> ? AND COALESCE(r.seq, 0) < o.seq""",
        *(account_id, conversation_id, seq, GONE_KIND),
    )
    return bool(found)


def has_subscriptions() -> bool:
    """Whether anybody is told anything."""
    return bool(read("SELECT 1 FROM push_subscription LIMIT 1"))


def read_place(name: str) -> int | None:
    """How far a row of `meta` says we have come."""
    rows = read("SELECT value FROM meta WHERE key = ?", name)
    return rows[0][0] if rows else None


def write_places(places: dict[str, int]) -> None:
    """Keep how far we have come."""
    with write_transaction():
        for name, value in places.items():
            Meta.insert(key=name, value=value).on_conflict(
                conflict_target=[Meta.key], update={Meta.value: value}
            ).execute()


def note_taken(subscription_id: int, *, at_ms: int) -> None:
    """The push service has taken one."""
    with write_transaction():
        mine = PushSubscription.id == subscription_id
        PushSubscription.update(last_ok_ms=at_ms, failures=0).where(mine).execute()


def note_failure(subscription_id: int, *, at_ms: int) -> None:
    """It has not; who fails again and again, and for a week, is not told any more."""
    with write_transaction():
        mine = PushSubscription.id == subscription_id
        PushSubscription.update(failures=PushSubscription.failures + 1).where(mine).execute()
        old = (PushSubscription.created_at_ms < at_ms - _GIVE_UP_MS) & (
            PushSubscription.last_ok_ms.is_null() | (PushSubscription.last_ok_ms < at_ms - _GIVE_UP_MS)
        )
        PushSubscription.delete().where(mine & (PushSubscription.failures >= MAX_FAILURES) & old).execute()


def drop_subscription(subscription_id: int) -> None:
    """The push service knows it no more."""
    with write_transaction():
        PushSubscription.delete().where(PushSubscription.id == subscription_id).execute()
