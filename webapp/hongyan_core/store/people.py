"""What the API shows of people, friends, blocks and groups; a fixed number of queries for any number of rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from peewee import JOIN, Expression, ForeignKeyField, ModelSelect, fn

from hongyan.names import is_name
from hongyan_core.problems import Problem
from hongyan_core.rules import SEE_PRESENCE
from hongyan_core.standing import Pair
from hongyan_core.store.database import read_rows
from hongyan_core.store.models import (
    Account,
    Block,
    FriendRequest,
    Friendship,
    Presence,
)

_OFFLINE: Final = "offline"


class Relation(StrEnum):
    """What somebody is to the viewer, the strongest first."""

    SELF = "self"
    BLOCKED = "blocked"  # by the viewer
    FRIEND = "friend"
    REQUESTED = "requested"  # the viewer asked
    REQUESTING = "requesting"  # they asked the viewer
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom the viewer looked for."""

    username: str
    display_name: str
    relation: Relation


@dataclass(frozen=True, slots=True)
class ShownPresence:
    """What the viewer may see. `last_seen_ms` is 0 when it is not known or not shown."""

    state: str = _OFFLINE
    text: str = ""
    last_seen_ms: int = 0


@dataclass(frozen=True, slots=True)
class Friend:
    """A friend of the viewer."""

    username: str
    display_name: str
    since_ms: int
    presence: ShownPresence


@dataclass(frozen=True, slots=True)
class PendingRequest:
    """A friend request that waits; `username` is the other side's."""

    id: int
    username: str
    display_name: str
    text: str
    created_at_ms: int


@dataclass(frozen=True, slots=True)
class BlockedPerson:
    """Somebody whom the viewer has blocked."""

    username: str
    display_name: str
    since_ms: int


# --- accounts


def find_account(name: str) -> Account | None:
    """The account that was ever given this name, deleted ones included."""
    # The grammar first: PostgreSQL cannot even be asked for a NUL or a lone surrogate.
    return Account.get_or_none(Account.name == name) if is_name(name) else None


def load_person(name: str, field: str | None = None) -> Account:
    """The account of this name, when it is in use.

    Raises:
        Problem: unknown_account, with `field`.
    """
    account = find_account(name)
    if account is None or not is_in_use(account):
        raise Problem("unknown_account", field)
    return account


def is_in_use(account: Account) -> bool:
    """Neither disabled nor deleted."""
    return account.disabled_at_ms is None and account.deleted_at_ms is None


def _in_use() -> Expression:
    return Account.disabled_at_ms.is_null() & Account.deleted_at_ms.is_null()


# --- how two stand to each other


def load_pair(account: Account, other: Account | None) -> Pair:
    """The facts that the rules of people ask for, read in the transaction of the change (`have_history` is not)."""
    if other is None:
        return Pair(in_use=is_in_use(account))
    blockers = {
        row.owner_id
        for row in Block.select(Block.owner).where(
            ((Block.owner == account) & (Block.blocked == other))
            | ((Block.owner == other) & (Block.blocked == account))
        )
    }
    return Pair(
        in_use=is_in_use(account),
        other_in_use=is_in_use(other),
        myself=account.id == other.id,
        friends=Friendship.select().where((Friendship.account == account) & (Friendship.friend == other)).exists(),
        blocks_me=other.id in blockers,
        blocked_by_me=account.id in blockers,
        requested=find_pending(account, other) is not None,
    )


def find_pending(sender: Account, recipient: Account) -> FriendRequest | None:
    """The request from one to the other that waits for an answer."""
    return FriendRequest.get_or_none(
        (FriendRequest.sender == sender) & (FriendRequest.recipient == recipient) & (FriendRequest.state == "pending")
    )


def _find_relations(viewer: Account, ids: list[int]) -> dict[int, Relation]:
    """What each of these accounts is to the viewer; who is missing is nothing."""
    incoming = FriendRequest.select(FriendRequest.sender).where(
        (FriendRequest.recipient == viewer) & (FriendRequest.state == "pending") & FriendRequest.sender.in_(ids)
    )
    outgoing = FriendRequest.select(FriendRequest.recipient).where(
        (FriendRequest.sender == viewer) & (FriendRequest.state == "pending") & FriendRequest.recipient.in_(ids)
    )
    friends = Friendship.select(Friendship.friend).where((Friendship.account == viewer) & Friendship.friend.in_(ids))
    blocked = Block.select(Block.blocked).where((Block.owner == viewer) & Block.blocked.in_(ids))
    # From the weakest to the strongest: a later one overwrites.
    return {
        **dict.fromkeys(_first_column(incoming), Relation.REQUESTING),
        **dict.fromkeys(_first_column(outgoing), Relation.REQUESTED),
        **dict.fromkeys(_first_column(friends), Relation.FRIEND),
        **dict.fromkeys(_first_column(blocked), Relation.BLOCKED),
        viewer.id: Relation.SELF,
    }


def _first_column(query: ModelSelect[Any]) -> Iterator[int]:
    return (row[0] for row in read_rows(query))


def search_people(viewer: Account, text: str, limit: int = 20) -> list[Person]:
    """Find by the beginning of the user name or any part of the display name, case ignored, by name.

    An exact user name comes first. Blank text finds nobody.
    """
    wanted = text.strip().lower()
    if not wanted.isprintable() or not wanted:
        return []
    found = list(
        Account.select()
        .where(_in_use() & (Account.name.startswith(wanted) | fn.LOWER(Account.display_name).contains(wanted)))
        .order_by(Account.name != wanted, Account.name)
        .limit(limit)
    )
    relations = _find_relations(viewer, [account.id for account in found])
    return [Person(a.name, a.display_name, relations.get(a.id, Relation.NONE)) for a in found]


# --- friends, requests, blocks


def list_friends(viewer: Account) -> list[Friend]:
    """All friends, by name, with the presence that the viewer may see."""
    query = (
        Friendship.select(
            Account.id,
            Account.name,
            Account.display_name,
            Friendship.since_ms,
            Presence.state,
            Presence.text,
            Presence.last_seen_ms,
        )
        .join(Account, on=(Friendship.friend == Account.id))
        .join(Presence, JOIN.LEFT_OUTER, on=(Presence.account == Account.id))
        .where((Friendship.account == viewer) & _in_use())
        .order_by(Account.name)
    )
    blocks_me = set(_first_column(Block.select(Block.owner).where(Block.blocked == viewer)))
    blocked_by_me = set(_first_column(Block.select(Block.blocked).where(Block.owner == viewer)))
    friends = []
    for friend_id, name, display_name, since_ms, *presence in read_rows(query):
        pair = Pair(
            other_in_use=True,
            friends=True,
            blocks_me=friend_id in blocks_me,
            blocked_by_me=friend_id in blocked_by_me,
        )
        friends.append(Friend(name, display_name, since_ms, show_presence(pair, *presence)))
    return friends


def show_presence(pair: Pair, state: str | None, text: str | None, last_seen_ms: int | None) -> ShownPresence:
    """What somebody may see of a row of `Presence`; None: there is none yet."""
    if SEE_PRESENCE.decide(pair) is not None or state is None:
        return ShownPresence()
    if state in (_OFFLINE, "invisible"):
        return ShownPresence(last_seen_ms=last_seen_ms or 0)
    return ShownPresence(state, text or "", last_seen_ms or 0)


def list_incoming(viewer: Account) -> list[PendingRequest]:
    """Requests that wait for the viewer, newest first; not from people whom the viewer has blocked."""
    blocked = Block.select(Block.blocked).where(Block.owner == viewer)
    query = _pending(FriendRequest.sender).where(
        (FriendRequest.recipient == viewer) & FriendRequest.sender.not_in(blocked)
    )
    return [PendingRequest(*row) for row in read_rows(query)]


def list_outgoing(viewer: Account) -> list[PendingRequest]:
    """Requests of the viewer's that wait, newest first."""
    query = _pending(FriendRequest.recipient).where(FriendRequest.sender == viewer)
    return [PendingRequest(*row) for row in read_rows(query)]


def _pending(other_side: ForeignKeyField) -> ModelSelect[FriendRequest]:
    return (
        FriendRequest.select(
            FriendRequest.id, Account.name, Account.display_name, FriendRequest.text, FriendRequest.created_at_ms
        )
        .join(Account, on=(other_side == Account.id))
        .where((FriendRequest.state == "pending") & _in_use())
        .order_by(FriendRequest.id.desc())
    )


def list_blocks(viewer: Account) -> list[BlockedPerson]:
    """Whom the viewer has blocked, by name."""
    query = (
        Block.select(Account.name, Account.display_name, Block.since_ms)
        .join(Account, on=(Block.blocked == Account.id))
        .where(Block.owner == viewer)
        .order_by(Account.name)
    )
    return [BlockedPerson(*row) for row in read_rows(query)]
