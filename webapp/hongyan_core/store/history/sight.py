"""What somebody may see of a conversation: ranges of seq."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from hongyan.names import is_name
from hongyan.topics import ConversationKey, ConversationKind
from hongyan_core.problems import Problem
from hongyan_core.store.keys import store_key
from hongyan_core.store.models import Account
from hongyan_core.store.sets import read

Range = tuple[int, int]  # first and last seq, both inclusive


@dataclass(frozen=True, slots=True)
class Sight:
    """A conversation as one viewer sees it; `conversation_id` is None before the first message.

    `ranges` ascend and do not touch; there is one but for who left a group and came back. `first_seq` and `last_seq`
    bound them: where there is nothing to see, `first_seq` is `last_seq` + 1.
    """

    viewer: Account
    key: ConversationKey
    conversation_id: int | None
    last_seq: int
    group_id: int | None = None
    inside: bool = True  # no former member
    sees_people: bool = True  # no reader of a channel, who does not learn who else is there
    first_seq: int = 1
    ranges: tuple[Range, ...] = ()

    def sees(self, seq: int) -> bool:
        """Whether the message of this seq is to be seen."""
        at = bisect_left(self.ranges, seq, key=lambda each: each[1])
        return at < len(self.ranges) and self.ranges[at][0] <= seq

    def clip(self, low: int, high: int) -> Iterator[Range]:
        """What is to be seen from `low` to `high`, both inclusive."""
        for first, last in self.ranges:
            if max(first, low) <= min(last, high):
                yield max(first, low), min(last, high)


def load_sight(viewer: Account, key: ConversationKey) -> Sight:
    """What the viewer may see.

    Raises:
        Problem: unknown_conversation, also for a foreign group and for a stranger without any history.
    """
    # The grammar first: PostgreSQL cannot even be asked for a NUL.
    sight = _find_sight(viewer, key) if is_name(key.name) else None
    if sight is None:
        raise Problem("unknown_conversation")
    return sight


def _find_sight(viewer: Account, key: ConversationKey) -> Sight | None:
    if key.kind is ConversationKind.GROUP:
        return _find_group_sight(viewer, key)
    rows = read("SELECT id, last_seq, first_seq FROM conversation WHERE key = ?", store_key(viewer.name, key))
    if rows:
        conversation_id, last_seq, first_seq = rows[0]
        return _make_sight(Sight(viewer, key, conversation_id, last_seq), [(first_seq, last_seq)])
    may_begin = key.name == viewer.name or read(
        "SELECT 1 FROM friendship f JOIN account p ON p.id = f.friend_id WHERE f.account_id = ? AND p.name = ?",
        *(viewer.id, key.name),
    )
    return _make_sight(Sight(viewer, key, None, 0), []) if may_begin else None


def _find_group_sight(viewer: Account, key: ConversationKey) -> Sight | None:
    rows = read(
        """SELECT c.id, g.id, c.last_seq, c.first_seq, g.kind, s.since_seq, s.until_seq, s.role FROM chat_group g
        JOIN conversation c ON c.id = g.conversation_id JOIN membership s ON s.group_id = g.id
        WHERE g.name = ? AND s.account_id = ? ORDER BY s.since_seq""",
        *(key.name, viewer.id),
    )
    if not rows:
        return None
    conversation_id, group_id, head, kept_from, kind = rows[0][:5]
    seen = [(max(since + 1, kept_from), head if until is None else until) for *_, since, until, _ in rows]
    roles = [role for *_, until, role in rows if until is None]
    sees_people = kind != "channel" or any(role in ("owner", "admin") for role in roles)
    last_seq = max(until for _, until in seen)
    return _make_sight(Sight(viewer, key, conversation_id, last_seq, group_id, bool(roles), sees_people), seen)


def _make_sight(blank: Sight, seen: Iterable[Range]) -> Sight:
    ranges = tuple(_join(seen))
    return replace(blank, ranges=ranges, first_seq=ranges[0][0] if ranges else blank.last_seq + 1)


def _join(seen: Iterable[Range]) -> Iterator[Range]:
    """Without empty ranges; those that touch or overlap become one."""
    held: Range | None = None
    for first, last in seen:
        if first > last:
            continue
        if held is not None and first <= held[1] + 1:
            held = held[0], max(held[1], last)
            continue
        if held is not None:
            yield held
        held = first, last
    if held is not None:
        yield held
