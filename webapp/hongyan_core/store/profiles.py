"""What one account may see of another: the profile card, and who hears of its changes. One statement, whoever it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hongyan import topics
from hongyan.names import is_name
from hongyan_core.problems import Problem
from hongyan_core.rules import SEE_PROFILE
from hongyan_core.standing import Glance, Pair
from hongyan_core.store.contacts import ShownPresence, show_presence
from hongyan_core.store.keys import store_key
from hongyan_core.store.models import Account
from hongyan_core.store.people import Relation
from hongyan_core.store.sets import Row, read

_NOBODY: Final = " "  # no name


@dataclass(frozen=True, slots=True)
class ProfileCard:
    """Somebody, as the viewer may see them; `remark`, `labels` and `starred` are the viewer's own notes."""

    username: str
    display_name: str
    about: str
    picture: str | None
    kind: str
    owner: str | None  # of a bot or device
    relation: Relation
    deleted: bool
    remark: str
    labels: tuple[str, ...]
    starred: bool
    presence: ShownPresence


# Unknown names take the same statement and the same time as hidden people.
_CARD: Final = """SELECT a.id, a.name, a.display_name, a.about, a.picture, a.kind, a.hidden,
    a.disabled_at_ms IS NULL AND a.deleted_at_ms IS NULL, a.deleted_at_ms IS NOT NULL,
    (SELECT o.name FROM account o WHERE o.id = a.owner_id), a.owner_id, f.remark, f.starred,
    p.state, p.text, p.last_seen_ms,
    EXISTS (SELECT 1 FROM block b WHERE b.owner_id = a.id AND b.blocked_id = ?),
    EXISTS (SELECT 1 FROM block b WHERE b.owner_id = ? AND b.blocked_id = a.id),
    EXISTS (SELECT 1 FROM friend_request r WHERE r.sender_id = ? AND r.recipient_id = a.id AND r.state = 'pending'),
    EXISTS (SELECT 1 FROM friend_request r WHERE r.sender_id = a.id AND r.recipient_id = ? AND r.state = 'pending'),
    EXISTS (SELECT 1 FROM conversation c WHERE c.key = ?),
    EXISTS (
        SELECT 1 FROM membership mine JOIN chat_group g ON g.id = mine.group_id
        JOIN membership theirs ON theirs.group_id = mine.group_id AND theirs.account_id = a.id
        WHERE mine.account_id = ? AND (g.kind = 'group' OR theirs.role <> 'member')
    )
    FROM account a
    LEFT JOIN friendship f ON f.account_id = ? AND f.friend_id = a.id
    LEFT JOIN presence p ON p.account_id = a.id
    WHERE a.name = ?"""


@dataclass(frozen=True, slots=True)
class _Found:
    """A row of `_CARD` with names."""

    id: int
    name: str
    display_name: str
    about: str
    picture: str | None
    kind: str
    hidden: bool
    in_use: bool
    deleted: bool
    owner: str | None
    owner_id: int | None
    remark: str | None  # None: not a friend
    starred: bool | None
    state: str | None
    text: str | None
    last_seen_ms: int | None
    blocks_me: bool
    blocked_by_me: bool
    requested: bool
    requesting: bool
    have_history: bool
    share_group: bool


def show_profile(viewer: Account, name: str) -> ProfileCard:
    """The card of an account, as the viewer may see it.

    Raises:
        Problem: unknown_account, for whom the viewer may not see too.
    """
    found = _find(viewer, name)
    refusal = SEE_PROFILE.decide(Glance() if found is None else _make_glance(viewer, found))
    if refusal is not None or found is None:
        raise Problem(refusal or "unknown_account")
    return _make_card(viewer, found)


def find_shown_picture(viewer: Account, name: str) -> str | None:
    """The hash of somebody's picture, where the viewer may see it.

    Raises:
        Problem: unknown_account.
    """
    return show_profile(viewer, name).picture


def _find(viewer: Account, name: str) -> _Found | None:
    known = name if is_name(name) else _NOBODY
    conversation = store_key(viewer.name, topics.user(known)) if known != _NOBODY else _NOBODY
    me = viewer.id
    rows = read(_CARD, me, me, me, me, conversation, me, me, known)
    return _Found(*rows[0]) if rows else None


def _make_glance(viewer: Account, found: _Found) -> Glance:
    return Glance(
        myself=found.id == viewer.id,
        other_in_use=bool(found.in_use),
        hidden=bool(found.hidden),
        blocks_me=bool(found.blocks_me),
        friends=found.remark is not None,
        requested=bool(found.requested or found.requesting),
        have_history=bool(found.have_history),
        share_group=bool(found.share_group),
        owned=viewer.id == found.owner_id,
    )


def _make_card(viewer: Account, found: _Found) -> ProfileCard:
    gone = bool(found.deleted)
    return ProfileCard(
        username=found.name,
        display_name=found.display_name,
        about="" if gone else found.about,
        picture=None if gone else found.picture,
        kind=found.kind,
        owner=found.owner,
        relation=_find_relation(viewer, found),
        deleted=gone,
        remark=found.remark or "",
        labels=_read_labels(viewer, found.id),
        starred=bool(found.starred),
        presence=show_presence(_make_pair(found), found.state, found.text, found.last_seen_ms),
    )


def _make_pair(found: _Found) -> Pair:
    return Pair(
        other_in_use=bool(found.in_use),
        friends=found.remark is not None,
        blocks_me=bool(found.blocks_me),
        blocked_by_me=bool(found.blocked_by_me),
    )


def _find_relation(viewer: Account, found: _Found) -> Relation:
    said = (
        (Relation.SELF, found.id == viewer.id),
        (Relation.BLOCKED, found.blocked_by_me),
        (Relation.FRIEND, found.remark is not None),
        (Relation.REQUESTED, found.requested),
        (Relation.REQUESTING, found.requesting),
    )
    return next((relation for relation, holds in said if holds), Relation.NONE)


def _read_labels(viewer: Account, friend_id: int) -> tuple[str, ...]:
    rows: list[Row] = read(
        "SELECT label FROM contact_label WHERE account_id = ? AND friend_id = ? ORDER BY label", viewer.id, friend_id
    )
    return tuple(label for (label,) in rows)


def list_watching_friends(account: Account) -> list[str]:
    """The names of friends who may hear of a change: no block stands between the two."""
    rows = read(
        """SELECT a.name FROM friendship f JOIN account a ON a.id = f.friend_id
        WHERE f.account_id = ? AND a.disabled_at_ms IS NULL AND a.deleted_at_ms IS NULL
        AND NOT EXISTS (SELECT 1 FROM block b WHERE b.owner_id = f.friend_id AND b.blocked_id = f.account_id)
        AND NOT EXISTS (SELECT 1 FROM block b WHERE b.owner_id = f.account_id AND b.blocked_id = f.friend_id)
        ORDER BY a.name""",
        account.id,
    )
    return [name for (name,) in rows]
