"""What one account may see of another: the profile card, and who hears of its changes. One statement, whoever it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hongyan import topics
from hongyan.names import is_name
from hongyan_core.asking import REQUEST_LIFETIME_MS
from hongyan_core.problems import Problem
from hongyan_core.rules import SEE_PROFILE
from hongyan_core.standing import Glance, Pair
from hongyan_core.store.contacts import ShownPresence, show_presence
from hongyan_core.store.keys import store_key
from hongyan_core.store.models import Account
from hongyan_core.store.people import PAIR_COLUMNS, Relation, name_relation
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
_CARD: Final = """WITH asked(me, since, key) AS (SELECT CAST(? AS integer), CAST(? AS bigint), CAST(? AS text))
SELECT a.id, a.name, a.display_name, a.about, a.picture, a.kind, a.hidden,
    a.disabled_at_ms IS NULL AND a.deleted_at_ms IS NULL AND NOT a.unconfirmed, a.deleted_at_ms IS NOT NULL,
    (SELECT o.name FROM account o WHERE o.id = a.owner_id), a.owner_id, f.remark, f.starred,
    p.state, p.text, p.last_seen_ms,
    a.id = asked.me,{pair},
    EXISTS (SELECT 1 FROM conversation c WHERE c.key = asked.key AND c.last_seq > 0),
    EXISTS (
        SELECT 1 FROM membership mine JOIN chat_group g ON g.id = mine.group_id
        JOIN membership theirs ON theirs.group_id = mine.group_id AND theirs.account_id = a.id
        WHERE mine.account_id = asked.me AND (g.kind = 'group' OR theirs.role <> 'member')
    )
    FROM asked CROSS JOIN account a
    LEFT JOIN friendship f ON f.account_id = asked.me AND f.friend_id = a.id
    LEFT JOIN presence p ON p.account_id = a.id
    WHERE a.name = ?""".format(  # noqa: S608  # our own words
    pair=PAIR_COLUMNS.format(me="asked.me", other="a.id", since="asked.since")
)


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
    remark: str | None
    starred: bool | None
    state: str | None
    text: str | None
    last_seen_ms: int | None
    myself: bool
    friends: bool
    blocks_me: bool
    blocked_by_me: bool
    requested: bool
    asks_me: bool
    have_history: bool
    share_group: bool


def show_profile(viewer: Account, name: str, *, at_ms: int) -> ProfileCard:
    """The card of an account, as the viewer may see it.

    Raises:
        Problem: unknown_account, for whom the viewer may not see too.
    """
    found = _find(viewer, name, at_ms)
    refusal = SEE_PROFILE.decide(Glance() if found is None else _make_glance(viewer, found))
    if refusal is not None or found is None:
        raise Problem(refusal or "unknown_account")
    return _make_card(viewer, found)


def find_shown_picture(viewer: Account, name: str, *, at_ms: int) -> str | None:
    """The hash of somebody's picture, where the viewer may see it.

    Raises:
        Problem: unknown_account.
    """
    return show_profile(viewer, name, at_ms=at_ms).picture


def _find(viewer: Account, name: str, at_ms: int) -> _Found | None:
    known = name if is_name(name) else _NOBODY
    conversation = store_key(viewer.name, topics.user(known)) if known != _NOBODY else _NOBODY
    rows = read(_CARD, viewer.id, at_ms - REQUEST_LIFETIME_MS, conversation, known)
    return _Found(*rows[0]) if rows else None


def _make_glance(viewer: Account, found: _Found) -> Glance:
    return Glance(
        myself=bool(found.myself),
        other_in_use=bool(found.in_use),
        hidden=bool(found.hidden),
        blocks_me=bool(found.blocks_me),
        friends=bool(found.friends),
        requested=bool(found.requested or found.asks_me),
        have_history=bool(found.have_history),
        share_group=bool(found.share_group),
        owned=viewer.id == found.owner_id,
    )


def _make_card(viewer: Account, found: _Found) -> ProfileCard:
    gone, pair = bool(found.deleted), _make_pair(found)
    return ProfileCard(
        username=found.name,
        display_name=found.display_name,
        about="" if gone else found.about,
        picture=None if gone else found.picture,
        kind=found.kind,
        owner=found.owner,
        relation=name_relation(pair),
        deleted=gone,
        remark=found.remark or "",
        labels=_read_labels(viewer, found.id),
        starred=bool(found.starred),
        presence=show_presence(pair, found.state, found.text, found.last_seen_ms),
    )


def _make_pair(found: _Found) -> Pair:
    return Pair(
        other_in_use=bool(found.in_use),
        myself=bool(found.myself),
        friends=bool(found.friends),
        blocks_me=bool(found.blocks_me),
        blocked_by_me=bool(found.blocked_by_me),
        requested=bool(found.requested),
        asks_me=bool(found.asks_me),
    )


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
