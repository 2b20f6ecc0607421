"""Who somebody is, and how two stand to each other."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from hongyan import topics
from hongyan.names import is_name
from hongyan_core import rules
from hongyan_core.asking import REQUEST_LIFETIME_MS
from hongyan_core.likeness import skeleton
from hongyan_core.problems import Problem
from hongyan_core.standing import Pair
from hongyan_core.store.keys import store_key
from hongyan_core.store.models import FOREVER_MS, Account
from hongyan_core.store.sets import read

# The facts of a pair but for the accounts' own columns; {me} and {other} are ids. A request of one sender is found
# among that sender's: `+` keeps both databases from walking all that a famous recipient has ever been asked.
PAIR_COLUMNS: Final = """
    EXISTS (SELECT 1 FROM friendship f WHERE f.account_id = {me} AND f.friend_id = {other}),
    EXISTS (SELECT 1 FROM block b WHERE b.owner_id = {other} AND b.blocked_id = {me}),
    EXISTS (SELECT 1 FROM block b WHERE b.owner_id = {me} AND b.blocked_id = {other}),
    EXISTS (SELECT 1 FROM friend_request q WHERE q.sender_id = {me} AND +q.recipient_id = {other}
        AND q.state IN ('pending', 'ignored') AND q.created_at_ms > {since}),
    EXISTS (SELECT 1 FROM friend_request q WHERE q.sender_id = {other} AND +q.recipient_id = {me}
        AND q.state = 'pending' AND q.created_at_ms > {since})"""
_PAIR: Final = """WITH two(me, other, since, key) AS (
    SELECT CAST(? AS integer), CAST(? AS integer), CAST(? AS bigint), CAST(? AS text))
SELECT {pair}, EXISTS (SELECT 1 FROM conversation c WHERE c.key = two.key AND c.last_seq > 0) FROM two""".format(  # noqa: S608  # our own words
    pair=PAIR_COLUMNS.format(me="two.me", other="two.other", since="two.since")
)
_FELLOWS: Final = """SELECT 1 FROM membership m JOIN membership o ON o.group_id = m.group_id
    AND o.account_id = ? AND o.until_seq IS NULL
    JOIN chat_group g ON g.id = m.group_id AND g.dissolved_at_ms IS NULL
    WHERE m.account_id = ? AND m.until_seq IS NULL LIMIT 1"""
_NOBODY: Final = 0  # an id that no account has: who is not there is asked about like everybody


class Relation(StrEnum):
    """What somebody is to the viewer, the strongest first."""

    SELF = "self"
    BLOCKED = "blocked"  # by the viewer
    FRIEND = "friend"
    REQUESTED = "requested"  # the viewer asked
    REQUESTING = "requesting"  # they asked the viewer
    NONE = "none"


def name_relation(pair: Pair) -> Relation:
    """The strongest that holds."""
    held = (
        (pair.myself, Relation.SELF),
        (pair.blocked_by_me, Relation.BLOCKED),
        (pair.friends, Relation.FRIEND),
        (pair.requested, Relation.REQUESTED),
        (pair.asks_me, Relation.REQUESTING),
    )
    return next((relation for holds, relation in held if holds), Relation.NONE)


def find_account(name: str) -> Account | None:
    """The account that was ever given this name, deleted ones included."""
    # The grammar first: PostgreSQL cannot even be asked for a NUL or a lone surrogate.
    return Account.get_or_none(Account.name == name) if is_name(name) else None


def refuse_taken(name: str, field: str = "username") -> None:
    """Whether the name is free, by one statement: between two, another one's registration may be committed.

    Raises:
        Problem: name_taken, by a deleted account too; confusable_name, it looks like another account's.
    """
    same = (Account.name == name) | (Account.skeleton == skeleton(name))
    found = {account.name for account in Account.select(Account.name).where(same)}
    if found:
        raise Problem("name_taken" if name in found else "confusable_name", field)


def load_person(name: str, field: str | None = None) -> Account:
    """The account of this name, when it is in use.

    Raises:
        Problem: unknown_account, with `field`.
    """
    account = find_account(name)
    if account is None or not is_in_use(account):
        raise Problem("unknown_account", field)
    return account


def load_shown_person(viewer: Account, name: str, *, at_ms: int) -> tuple[Account, Pair]:
    """Somebody whom the viewer may know of, and how the two stand.

    Raises:
        Problem: unknown_account, by the same statements for an unknown name, a hidden person and a blocker.
    """
    other = find_account(name)
    pair = load_pair(viewer, other, at_ms=at_ms)
    refusal = rules.FIND_PERSON.decide(pair)
    if refusal is not None or other is None:
        raise Problem(refusal or "unknown_account")
    return other, pair


def is_in_use(account: Account) -> bool:
    """Neither disabled nor deleted."""
    return account.disabled_at_ms is None and account.deleted_at_ms is None


def load_pair(account: Account, other: Account | None, *, at_ms: int = FOREVER_MS) -> Pair:
    """The facts that the rules of people ask for, by one statement whoever the other is; `fellows` is not among them.

    Args:
        at_ms: When friend requests between the two are looked at; without it they have all expired.
    """
    other_id = _NOBODY if other is None else other.id
    key = store_key(account.name, topics.user(account.name if other is None else other.name))
    ((friends, blocks_me, blocked_by_me, requested, asks_me, have_history),) = read(
        _PAIR, account.id, other_id, at_ms - REQUEST_LIFETIME_MS, key
    )
    if other is None:
        return Pair(in_use=is_in_use(account))
    return Pair(
        in_use=is_in_use(account),
        other_in_use=is_in_use(other) and not other.unconfirmed,  # who has yet to confirm is nobody for others
        myself=account.id == other.id,
        friends=bool(friends),
        blocks_me=bool(blocks_me),
        blocked_by_me=bool(blocked_by_me),
        requested=bool(requested),
        asks_me=bool(asks_me),
        hidden=other.hidden,
        have_history=bool(have_history),
    )


def are_fellows(account: Account, other: Account | None) -> bool:
    """Whether both are members of one group today."""
    return bool(read(_FELLOWS, _NOBODY if other is None else other.id, account.id))
