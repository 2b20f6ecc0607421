"""What messages are about: those that they answer, forward or mark, files, stickers, people. As one batch sees it.

Loaded once for the batch (references.py), then moved on by each decision of it: a mark may follow its message in the
same batch. Pure: no database here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hongyan.errors import Code
from hongyan.kinds import KINDS, Role
from hongyan_core.standing import Pair

if TYPE_CHECKING:
    from hongyan_core.intake import SendRequest
    from hongyan_core.lanes import Lane
    from hongyan_core.store.facts import KnownAccount

CONTENT_KINDS: Final = frozenset(name for name, kind in KINDS.items() if kind.role is Role.CONTENT)
Place = tuple[str, int]  # models.Conversation.key, seq
_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode


class Unfit(Exception):
    """A message that cannot be taken, though its sender may write here. `limit` is what the text of too_many names."""

    def __init__(self, code: Code, field: str, limit: int | None = None) -> None:
        super().__init__(f"{code}: {field}")
        self.code = code
        self.field = field
        self.limit = limit


@dataclass(frozen=True, slots=True)
class Ask:
    """A special message, and who wants to send it where."""

    request: SendRequest
    lane: Lane
    me: KnownAccount
    at_ms: int

    @property
    def fields(self) -> dict[str, Any]:
        """The client's own."""
        return self.request.draft.fields


@dataclass(slots=True)
class Entry:
    """An entry of a log as it is at this moment of the batch."""

    position: int
    sender_id: int
    sender: str
    kind: str
    at_ms: int
    payload: bytes | str

    def read(self) -> dict[str, Any]:
        """The fields of its stamped envelope; a copy."""
        return _decode(self.payload)


class KnownSticker(msgspec.Struct, frozen=True):
    """A sticker of a pack."""

    emoji: str
    file: dict[str, Any]  # as an envelope says it


class KnownContact(msgspec.Struct, frozen=True):
    """Somebody whose card is sent, and how the sender stands to them."""

    display_name: str
    pair: Pair


class KnownSchedule(msgspec.Struct, frozen=True):
    """A message for later that is there already."""

    key: str  # of its conversation, as the account calls it
    due_ms: int | None


class Planner(msgspec.Struct, frozen=True):
    """An account that sends something for later; `waiting` by message id."""

    time_zone: str
    waiting: dict[str, KnownSchedule]


@dataclass(slots=True)
class Subjects:
    """The facts that special kinds ask for; only what the batch names is in it."""

    entries: dict[Place, Entry] = field(default_factory=dict)
    intervals: dict[tuple[int, str], list[tuple[int, int | None]]] = field(default_factory=dict)  # (account, key)
    hidden: set[tuple[int, str, int]] = field(default_factory=set)  # (account, key, seq)
    reactions: dict[tuple[str, int, int], set[str]] = field(default_factory=dict)  # (key, seq, account)
    votes: dict[tuple[str, int, int], set[int]] = field(default_factory=dict)
    pins: dict[str, set[int]] = field(default_factory=dict)
    versions: dict[Place, int] = field(default_factory=dict)  # how many there are
    files: dict[tuple[int, str], dict[str, Any]] = field(default_factory=dict)  # (whose, id) → as an envelope says it
    stickers: dict[tuple[str, str], KnownSticker] = field(default_factory=dict)  # (pack, name)
    contacts: dict[tuple[int, str], KnownContact] = field(default_factory=dict)  # (account, who)
    cards: dict[tuple[str, int], dict[str, bytes]] = field(default_factory=dict)  # (key, account) → name → payload
    planners: dict[int, Planner] = field(default_factory=dict)

    def find(self, account_id: int, key: str, seq: int) -> Entry | None:
        """The content at this place, if the account sees it: no line of a group, no mark, nothing that is gone."""
        entry = self.entries.get((key, seq))
        if entry is None or entry.kind not in CONTENT_KINDS or (account_id, key, seq) in self.hidden:
            return None
        return entry if self._is_inside(account_id, key, seq) else None

    def _is_inside(self, account_id: int, key: str, seq: int) -> bool:
        if key.startswith("user:"):  # the key of another pair is made of neither's topics
            return True
        seen = self.intervals.get((account_id, key), ())
        return any(since < seq and (until is None or seq <= until) for since, until in seen)
