"""What a batch must know of people, groups and messages, each asked for the whole batch at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import msgspec

from hongyan_core.standing import Pair, Role
from hongyan_core.store.sets import is_postgres, read, read_packed, read_wanted


class KnownAccount(msgspec.Struct, frozen=True, gc=False):
    """A person, a bot or a device. `active`: neither disabled nor deleted."""

    id: int
    name: str
    language: str
    active: bool
    scoped: bool = False  # writes only where a row of `Scope` says so
    shows_reading: bool = True  # tells others what it has read, and is told


class KnownConversation(msgspec.Struct, frozen=True, gc=False):
    """A log as the transaction found it."""

    id: int
    last_seq: int
    counted: int = 0
    shown_seq: int = 0
    disappear_s: int | None = None  # of messages that do not say; whoever changes it raises the relations version


class KnownMember(NamedTuple):
    """A member of today."""

    role: Role
    since_seq: int  # sees what is beyond it
    muted_until_ms: int


class KnownGroup(msgspec.Struct, frozen=True):
    """A group as it is under its version, its members of today by account name; `names` are theirs, in order."""

    version: int
    members: dict[str, KnownMember]
    names: tuple[str, ...]
    only_admins_write: bool = False
    muted_until_ms: int = 0  # nobody but admins writes before
    channel: bool = False  # its readers do not see each other
    dissolved: bool = False  # then `members` are those to whom that is still to be told


class KnownMessage(msgspec.Struct, frozen=True, gc=False):
    """A message that is stored already, by (sender, id)."""

    position: int
    seq: int
    key: str
    payload: bytes
    told: bool  # its deliveries have left this exchange


class KnownMark(NamedTuple):
    """How far an account has read a conversation, and received it."""

    seq: int
    delivered: int


NO_MARK: Final = KnownMark(0, 0)


class Watcher(msgspec.Struct, frozen=True):
    """A friend of somebody whose presence has changed, as the rules ask."""

    account: str
    pair: Pair


@dataclass(frozen=True, slots=True)
class Relations:
    """How some people stand to each other, and who sits in some groups."""

    accounts: dict[str, KnownAccount] = field(default_factory=dict)
    friends: frozenset[tuple[int, int]] = frozenset()  # (account, friend)
    blocks: frozenset[tuple[int, int]] = frozenset()  # (owner, blocked)
    scopes: frozenset[tuple[int, str]] = frozenset()  # (scoped account, conversation as it calls it)
    groups: dict[str, KnownGroup] = field(default_factory=dict)


def load_accounts(names: Iterable[str]) -> dict[str, KnownAccount]:
    """The accounts of these names; a name that is not there has none."""
    rows = read_packed(
        "name text",
        [(name,) for name in names],
        "a.id, a.name, a.language, a.disabled_at_ms IS NULL AND a.deleted_at_ms IS NULL, a.scoped, a.read_receipts",
        "FROM wanted CROSS JOIN account a WHERE a.name = wanted.name",
    )
    return {
        name: KnownAccount(id_, name, language, bool(active), bool(scoped), bool(shows_reading))
        for id_, name, language, active, scoped, shows_reading in rows
    }


def load_friends(pairs: Iterable[tuple[int, int]]) -> frozenset[tuple[int, int]]:
    """Those of the pairs of account ids that are friends."""
    return frozenset(
        (a, b)
        for a, b in read_wanted(
            "a bigint, b bigint",
            pairs,
            """SELECT f.account_id, f.friend_id FROM wanted CROSS JOIN friendship f
            WHERE f.account_id = wanted.a AND f.friend_id = wanted.b""",
        )
    )


def load_blocks(pairs: Iterable[tuple[int, int]]) -> frozenset[tuple[int, int]]:
    """The (owner, blocked) of these pairs of account ids, in either direction."""
    both = {pair for a, b in pairs for pair in ((a, b), (b, a))}
    return frozenset(
        (owner, blocked)
        for owner, blocked in read_wanted(
            "a bigint, b bigint",
            both,
            """SELECT b.owner_id, b.blocked_id FROM wanted CROSS JOIN block b
            WHERE b.owner_id = wanted.a AND b.blocked_id = wanted.b""",
        )
    )


def load_scopes(wanted: Iterable[tuple[int, str]]) -> frozenset[tuple[int, str]]:
    """Those of these (account, conversation as it calls it) that the account's owner lets it write to."""
    return frozenset(
        (account, key)
        for account, key in read_wanted(
            "account bigint, key text",
            wanted,
            """SELECT s.account_id, s.key FROM wanted CROSS JOIN scope s
            WHERE s.account_id = wanted.account AND s.key = wanted.key""",
        )
    )


def load_groups(names: Iterable[str], known: Mapping[str, KnownGroup]) -> dict[str, KnownGroup]:
    """The groups of these names; those of `known` are not read again while their versions stand."""
    rows = read_wanted(
        "name text",
        [(name,) for name in names],
        """SELECT g.id, g.name, g.version, g.writers, g.muted_until_ms, g.kind, g.dissolved_at_ms IS NOT NULL
        FROM wanted CROSS JOIN chat_group g WHERE g.name = wanted.name""",
    )
    groups = {}
    for id_, name, version, writers, muted_until_ms, kind, dissolved in rows:
        group = known.get(name)
        if group is None or group.version != version:
            members = _load_members(id_)
            names = tuple(sorted(members))
            rules = (writers == "admins", muted_until_ms or 0, kind == "channel", bool(dissolved))
            group = KnownGroup(version, members, names, *rules)
        groups[name] = group
    return groups


def _load_members(group_id: int) -> dict[str, KnownMember]:
    rows = read(
        """SELECT a.name, m.role, m.since_seq, m.muted_until_ms FROM membership m
        JOIN account a ON a.id = m.account_id WHERE m.group_id = ? AND m.until_seq IS NULL""",
        group_id,
    )
    roles = {role.value: role for role in Role}
    return {name: KnownMember(roles[role], since_seq, until_ms or 0) for name, role, since_seq, until_ms in rows}


def load_conversations(keys: Iterable[str]) -> dict[str, KnownConversation]:
    """The conversations of these keys, locked until the transaction ends, in the order of their keys."""
    locked = "FOR UPDATE OF c" if is_postgres() else ""
    rows = read_wanted(
        "key text",
        [(key,) for key in keys],
        f"""SELECT c.key, c.id, c.last_seq, c.counted, c.shown_seq, c.disappear_s
        FROM wanted CROSS JOIN conversation c WHERE c.key = wanted.key ORDER BY c.key {locked}""",  # noqa: S608  # a constant
    )
    return {key: KnownConversation(*rest) for key, *rest in rows}


def load_messages(ids: Iterable[tuple[int, str]], untold: range) -> dict[tuple[int, str], KnownMessage]:
    """The stored messages of these (sender, message id).

    Args:
        untold: Positions whose commit was never answered, because the connection was lost meanwhile.
    """
    rows = read_wanted(
        "sender bigint, message_id text",
        ids,
        """SELECT m.sender_id, m.message_id, m.position, m.seq, c.key, m.payload FROM wanted
        CROSS JOIN stored_message m JOIN conversation c ON c.id = m.conversation_id
        WHERE m.sender_id = wanted.sender AND m.message_id = wanted.message_id""",
    )
    return {
        (sender, message_id): KnownMessage(position, seq, key, payload.encode(), position not in untold)
        for sender, message_id, position, seq, key, payload in rows
    }


def load_marks(wanted: Iterable[tuple[int, str]]) -> dict[tuple[int, str], KnownMark]:
    """The marks of these (account, models.Conversation.key)."""
    rows = read_wanted(
        "account bigint, key text",
        wanted,
        """SELECT r.account_id, c.key, r.seq, r.delivered_seq FROM wanted CROSS JOIN conversation c
        JOIN read_mark r ON r.conversation_id = c.id AND r.account_id = wanted.account WHERE c.key = wanted.key""",
    )
    return {(account, key): KnownMark(seq, delivered) for account, key, seq, delivered in rows}


def load_watchers(ids: Iterable[int], *, pick: Callable[[set[int]], set[int]]) -> dict[int, list[Watcher]]:
    """Those friends of each of these accounts who may hear of anything now, in the order of their names.

    Most friends of most people are away, and nothing is asked of these: the ids of 200 friends are one walk along an
    index, 40 us, where their rows took 600.

    Args:
        pick: Of some account ids those that are here.
    """
    pairs = [(one, other) for one, friends in _load_friend_ids(ids) for other in pick(friends)]
    watchers: dict[int, list[Watcher]] = {}
    for one, name, in_use, other_in_use, blocks_me, blocked_by_me in _load_standings(pairs):
        pair = Pair(
            in_use=bool(in_use),
            other_in_use=bool(other_in_use),
            friends=True,
            blocks_me=bool(blocks_me),
            blocked_by_me=bool(blocked_by_me),
        )
        watchers.setdefault(one, []).append(Watcher(name, pair))
    return {one: sorted(found, key=lambda watcher: watcher.account) for one, found in watchers.items()}


def _load_friend_ids(ids: Iterable[int]) -> Iterator[tuple[int, set[int]]]:
    """Each of these accounts with its friends, as one text: a row, or a list of JSON, for each friend costs more."""
    listed = "string_agg(f.friend_id::text, ',')" if is_postgres() else "group_concat(f.friend_id)"
    friends = f"(SELECT {listed} FROM friendship f WHERE f.account_id = wanted.id)"  # noqa: S608  # our own words
    for one, others in read_packed("id bigint", [(id_,) for id_ in ids], f"wanted.id, {friends}", "FROM wanted"):
        yield one, set(map(int, others.split(","))) if others else set()


def _load_standings(pairs: Iterable[tuple[int, int]]) -> list[Sequence[Any]]:
    """Of each (account, friend) the account's id, the friend's name, and what stands between them."""
    return read_packed(
        "a bigint, b bigint",
        pairs,
        """a.id, b.name, b.disabled_at_ms IS NULL AND b.deleted_at_ms IS NULL,
            a.disabled_at_ms IS NULL AND a.deleted_at_ms IS NULL,
            EXISTS (SELECT 1 FROM block x WHERE x.owner_id = a.id AND x.blocked_id = b.id),
            EXISTS (SELECT 1 FROM block x WHERE x.owner_id = b.id AND x.blocked_id = a.id)""",
        "FROM wanted CROSS JOIN account a JOIN account b ON b.id = wanted.b WHERE a.id = wanted.a",
    )
