"""Conversations from which somebody wants no sound, and until when."""

from __future__ import annotations

from dataclasses import dataclass

from hongyan.topics import ConversationKey, ConversationKind
from hongyan_core import rules
from hongyan_core.problems import ProblemCode
from hongyan_core.standing import Role, Seat
from hongyan_core.store.models import Account
from hongyan_core.store.people import find_account, is_in_use, load_pair
from hongyan_core.store.sets import read


@dataclass(frozen=True, slots=True)
class Mute:
    """A conversation as its owner calls it; `until_ms` is FOREVER_MS until it is taken back."""

    key: str
    until_ms: int


def list_mutes(viewer: Account, *, at_ms: int) -> list[Mute]:
    """What is muted now, by key."""
    rows = read("SELECT key, until_ms FROM conversation_mute WHERE account_id = ? AND until_ms > ?", viewer.id, at_ms)
    return [Mute(*row) for row in sorted(rows)]


def decide_mute(viewer: Account, key: ConversationKey) -> ProblemCode | None:
    """Whether there is such a conversation of the viewer's to mute."""
    if key.kind is ConversationKind.USER:
        return rules.MUTE_WITH_USER.decide(load_pair(viewer, find_account(key.name)))
    rows = read(
        """SELECT s.role FROM chat_group g JOIN membership s ON s.group_id = g.id
        WHERE g.name = ? AND g.dissolved_at_ms IS NULL AND s.account_id = ? AND s.until_seq IS NULL""",
        *(key.name, viewer.id),
    )
    return rules.MUTE_IN_GROUP.decide(Seat(is_in_use(viewer), Role(rows[0][0]) if rows else None))
