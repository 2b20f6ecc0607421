"""What somebody may find: of which conversations which seqs, and whose words not."""

from __future__ import annotations

from dataclasses import dataclass, field

from hongyan import topics
from hongyan.topics import ConversationKey
from hongyan_core.store.models import Account
from hongyan_core.store.sets import read


@dataclass(slots=True)
class Sight:
    """A conversation as the viewer calls it, and what of it they see: ranges of seq, both ends included."""

    key: ConversationKey
    title: str
    ranges: list[tuple[int, int]] = field(default_factory=list)

    def holds(self, seq: int) -> bool:
        """Whether the viewer may see it."""
        return any(low <= seq <= high for low, high in self.ranges)


def load_sights(viewer: Account) -> dict[int, Sight]:
    """By conversation id: all talks of two, and the groups of today and of before, as far as one was a member."""
    sights: dict[int, Sight] = {}
    for conversation_id, name, title, first_seq, last_seq in _read_people(viewer):
        sights[conversation_id] = Sight(topics.user(name), title, [(first_seq, last_seq)])
    for conversation_id, name, title, low, high in _read_groups(viewer):
        sights.setdefault(conversation_id, Sight(topics.group(name), title)).ranges.append((low, high))
    return sights


def _read_people(viewer: Account) -> list[tuple[int, str, str, int, int]]:
    return [
        (conversation_id, name, title, first_seq, last_seq)
        for conversation_id, name, title, first_seq, last_seq in read(
            """SELECT c.id, p.name, p.display_name, c.first_seq, c.last_seq FROM conversation c
            JOIN account p ON p.id = CASE WHEN c.low_id = ? THEN c.high_id ELSE c.low_id END
            WHERE c.low_id = ? OR c.high_id = ?""",
            *(viewer.id,) * 3,
        )
    ]


def _read_groups(viewer: Account) -> list[tuple[int, str, str, int, int]]:
    return [
        (conversation_id, name, title, low, high)
        for conversation_id, name, title, low, high in read(
            """SELECT c.id, g.name, g.title, CASE WHEN c.first_seq > s.since_seq THEN c.first_seq
                ELSE s.since_seq + 1 END, COALESCE(s.until_seq, c.last_seq)
            FROM membership s JOIN chat_group g ON g.id = s.group_id JOIN conversation c ON c.id = g.conversation_id
            WHERE s.account_id = ? ORDER BY s.since_seq""",
            viewer.id,
        )
    ]


def load_silenced(viewer: Account) -> frozenset[int]:
    """The accounts whose messages the viewer does not want to see."""
    return frozenset(account_id for (account_id,) in read("SELECT blocked_id FROM block WHERE owner_id = ?", viewer.id))
