"""The friends of somebody, with what they alone see of each; their labels, and whom they have blocked."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from hongyan_core.problems import Problem
from hongyan_core.rules import SEE_PRESENCE, SEND_TO_USER
from hongyan_core.standing import Pair
from hongyan_core.store.models import Account
from hongyan_core.store.sets import Row, read

_OFFLINE: Final = "offline"
_BLOCKS: Final = """EXISTS (SELECT 1 FROM block b WHERE b.owner_id = p.id AND b.blocked_id = f.account_id),
    EXISTS (SELECT 1 FROM block b WHERE b.owner_id = f.account_id AND b.blocked_id = p.id)"""
_FRIENDS: Final = f"""SELECT p.name, p.display_name, p.picture, p.kind, f.since_ms, f.remark, f.starred, {_BLOCKS},
    s.state, s.text, s.last_seen_ms
    FROM friendship f JOIN account p ON p.id = f.friend_id LEFT JOIN presence s ON s.account_id = p.id
    WHERE f.account_id = ? AND p.disabled_at_ms IS NULL AND p.deleted_at_ms IS NULL"""  # noqa: S608  # our own words
_LABELLED: Final = f"""SELECT p.name, {_BLOCKS} FROM contact_label l
    JOIN friendship f ON f.account_id = l.account_id AND f.friend_id = l.friend_id JOIN account p ON p.id = l.friend_id
    WHERE l.account_id = ? AND l.label = ? AND p.disabled_at_ms IS NULL
    AND p.deleted_at_ms IS NULL"""  # noqa: S608  # our own words


@dataclass(frozen=True, slots=True)
class ShownPresence:
    """What the viewer may see. `last_seen_ms` is 0 when it is not known or not shown."""

    state: str = _OFFLINE
    text: str = ""
    last_seen_ms: int = 0


@dataclass(frozen=True, slots=True)
class Friend:
    """A friend of the viewer; `remark`, `labels` and `starred` are the viewer's own."""

    username: str
    display_name: str
    picture: str | None
    kind: str
    since_ms: int
    remark: str
    labels: list[str]
    starred: bool
    presence: ShownPresence


@dataclass(frozen=True, slots=True)
class Label:
    """A label of the viewer's, and how many friends have it."""

    label: str
    count: int


@dataclass(frozen=True, slots=True)
class BlockedPerson:
    """Somebody whom the viewer has blocked."""

    username: str
    display_name: str
    picture: str | None
    since_ms: int


def list_friends(viewer: Account) -> list[Friend]:
    """All friends, by name, with the presence that the viewer may see."""
    labels: dict[str, list[str]] = defaultdict(list)
    for name, label in read(
        "SELECT p.name, l.label FROM contact_label l JOIN account p ON p.id = l.friend_id WHERE l.account_id = ?",
        viewer.id,
    ):
        labels[name].append(label)
    return [_make_friend(row, labels.get(row[0], [])) for row in sorted(read(_FRIENDS, viewer.id))]


def load_friend(viewer: Account, name: str) -> Friend:
    """One friend, as in `list_friends`.

    Raises:
        Problem: not_friends.
    """
    rows = read(f"{_FRIENDS} AND p.name = ?", viewer.id, name)
    if not rows:
        raise Problem("not_friends")
    return _make_friend(rows[0], list_labels_of(viewer, name))


def list_labels_of(viewer: Account, name: str) -> list[str]:
    """The viewer's labels on one person."""
    rows = read(
        """SELECT l.label FROM contact_label l JOIN account p ON p.id = l.friend_id
        WHERE p.name = ? AND l.account_id = ?""",
        *(name, viewer.id),
    )
    return [label for (label,) in rows]


def _make_friend(row: Row, labels: list[str]) -> Friend:
    name, display_name, picture, kind, since_ms, remark, starred, blocks_me, blocked_by_me, *presence = row
    pair = _make_pair(blocks_me, blocked_by_me)
    shown = show_presence(pair, *presence)
    return Friend(name, display_name, picture, kind, since_ms, remark, sorted(labels), bool(starred), shown)


def _make_pair(blocks_me: object, blocked_by_me: object) -> Pair:
    return Pair(other_in_use=True, friends=True, blocks_me=bool(blocks_me), blocked_by_me=bool(blocked_by_me))


def show_presence(pair: Pair, state: str | None, text: str | None, last_seen_ms: int | None) -> ShownPresence:
    """What somebody may see of a row of `Presence`; None: there is none yet."""
    if SEE_PRESENCE.decide(pair) is not None or state is None:
        return ShownPresence()
    if state in (_OFFLINE, "invisible"):
        return ShownPresence(last_seen_ms=last_seen_ms or 0)
    return ShownPresence(state, text or "", last_seen_ms or 0)


def list_labels(viewer: Account) -> list[Label]:
    """All labels of the viewer's, by name; friends who are gone do not count."""
    rows = read(
        """SELECT l.label, COUNT(*) FROM contact_label l JOIN account p ON p.id = l.friend_id
        WHERE l.account_id = ? AND p.disabled_at_ms IS NULL AND p.deleted_at_ms IS NULL GROUP BY l.label""",
        viewer.id,
    )
    return [Label(label, count) for label, count in sorted(rows)]


def list_reachable(viewer: Account, label: str) -> list[str]:
    """The friends of a label to whom the viewer may write today, by name."""
    rows = sorted(read(_LABELLED, viewer.id, label))
    return [name for name, *blocks in rows if SEND_TO_USER.decide(_make_pair(*blocks)) is None]


def list_blocks(viewer: Account) -> list[BlockedPerson]:
    """Whom the viewer has blocked, by name."""
    rows = read(
        """SELECT p.name, p.display_name, p.picture, b.since_ms
        FROM block b JOIN account p ON p.id = b.blocked_id WHERE b.owner_id = ?""",
        viewer.id,
    )
    return [BlockedPerson(*row) for row in sorted(rows)]
