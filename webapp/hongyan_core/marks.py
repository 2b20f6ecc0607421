"""What marks do to messages: a table kind → function. Each asks its rule, and moves on what the batch knows.

A new mark? Also: hongyan/kinds.py, rules.py, docs/messages.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from hongyan.errors import Code
from hongyan.kinds import GONE_KIND
from hongyan.limits import MAX_PINS, MAX_REACTIONS
from hongyan_core import rules
from hongyan_core.content import Accounts, Fields, find_mentions
from hongyan_core.rules import Rule
from hongyan_core.standing import Touch
from hongyan_core.store.changes import Changes
from hongyan_core.subjects import Ask, Entry, Place, Subjects, Unfit

# What may be said in other words. The question of a poll stays what was voted upon.
_WITH_WORDS: Final = frozenset({"text", "image", "voice", "video", "file", "location"})
_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Said:
    """What the entry of a mark says, and as whose; None: as that of whoever has made it."""

    fields: Fields
    sender: str | None = None


@dataclass(frozen=True, slots=True)
class Marking:
    """A mark, what it is made upon, and where its effects go."""

    ask: Ask
    subjects: Subjects
    changes: Changes
    accounts: Accounts
    window_ms: int  # in which one edits and takes back

    @property
    def place(self) -> Place:
        """Of the message that it names."""
        return self.ask.request.key, self.ask.fields["of"]

    @property
    def mine(self) -> tuple[str, int, int]:
        """The message, and who marks it."""
        return (*self.place, self.ask.me.id)

    @property
    def removes(self) -> bool:
        """It takes away instead of adding."""
        return self.ask.fields.get("remove") is True

    def demand(self, rule: Rule[Touch, Code], limit: int | None = None, **facts: bool) -> Entry:
        """The message, if the rule allows; `limit` is what `has_room` is about.

        Raises:
            Unfit: It does not.
        """
        entry = self.subjects.find(self.ask.me.id, *self.place)
        refusal = rule.decide(self._touch(entry, facts))
        if refusal is not None or entry is None:
            raise Unfit(refusal or Code.UNKNOWN_MESSAGE, "of", limit)
        return entry

    def _touch(self, entry: Entry | None, facts: dict[str, bool]) -> Touch:
        if entry is None:
            return Touch()
        seat = self.ask.lane.seat
        return Touch(
            seen=True,
            own=entry.sender_id == self.ask.me.id,
            in_group=seat is not None,
            manages_group=seat is not None and seat.manages,
            has_words=entry.kind in _WITH_WORDS,
            in_time=self.ask.at_ms - entry.at_ms <= self.window_ms,
            poll=entry.kind == "poll",
            open=entry.kind == "poll" and _is_open(entry.read(), self.ask.at_ms),
            **facts,
        )

    def rewrite(self, entry: Entry, fields: Fields) -> None:
        """The message says something else from now on."""
        entry.payload = self.changes.payloads[entry.position] = _encode(fields)


def make_mark(marking: Marking) -> Said:
    """Let it take effect; returns what its own entry will say.

    Raises:
        Unfit: It may not be made.
    """
    return _MARKS[marking.ask.request.draft.kind](marking)


def _edit(m: Marking) -> Said:
    entry = m.demand(rules.EDIT)
    new = m.ask.fields
    if entry.kind == "text" and not new["body"]:
        raise Unfit(Code.MALFORMED, "body")
    before = entry.read()
    kept = {name: value for name, value in before.items() if name not in ("body", "format", "mentions", "edited")}
    words = {name: new[name] for name in ("body", "format", "mentions") if new.get(name) not in ("", None)}
    m.changes.mentions[m.place] = find_mentions(m.ask, _find_answered(m, before), m.accounts)
    number = m.subjects.versions[m.place] = m.subjects.versions.get(m.place, 0) + 1
    m.changes.versions.append((m.place, number, before.get("edited", entry.at_ms), _as_text(entry.payload)))
    m.rewrite(entry, kept | words | {"edited": m.ask.at_ms})
    return Said(new)


def _find_answered(m: Marking, before: Fields) -> Entry | None:
    """The message that the edited one answers: whoever is answered stays named."""
    return m.subjects.entries.get((m.place[0], before.get("reply", 0)))


def _as_text(payload: bytes | str) -> str:
    return payload if isinstance(payload, str) else payload.decode()


def _recall(m: Marking) -> Said:
    entry = m.demand(rules.RECALL)
    key, seq = m.place
    m.changes.erased.setdefault(m.ask.me.name, []).append(m.place)
    m.subjects.pins.get(key, set()).discard(seq)
    entry.kind = GONE_KIND
    return Said(m.ask.fields)


def _react(m: Marking) -> Said:
    emoji: str = m.ask.fields["emoji"]
    signs = m.subjects.reactions.setdefault(m.mine, set())
    entry = m.demand(rules.REACT, MAX_REACTIONS, has_room=m.removes or emoji in signs or len(signs) < MAX_REACTIONS)
    sign = (m.place, m.ask.me.id, emoji)
    if m.removes:
        signs.discard(emoji)
        m.changes.reactions[sign] = None
    elif emoji not in signs:
        signs.add(emoji)
        m.changes.reactions[sign] = m.ask.at_ms
    return _whisper(m, entry) if _is_reader(m) else Said(m.ask.fields)


def _pin(m: Marking) -> Said:
    """Pinned again it stays as it was."""
    key, seq = m.place
    pins = m.subjects.pins.setdefault(key, set())
    m.demand(rules.PIN, MAX_PINS, has_room=m.removes or seq in pins or len(pins) < MAX_PINS)
    if m.removes:
        pins.discard(seq)
        m.changes.pins[m.place] = None
    elif seq not in pins:
        pins.add(seq)
        m.changes.pins[m.place] = (m.ask.me.id, m.ask.at_ms)
    return Said(m.ask.fields)


def _vote(m: Marking) -> Said:
    choices = frozenset(m.ask.fields["choices"])
    voted = bool(m.subjects.votes.get(m.mine)) and bool(choices)
    entry = m.demand(rules.VOTE, voted=voted)
    poll = entry.read()
    if any(choice >= len(poll["options"]) for choice in choices) or (len(choices) > 1 and not poll.get("multiple")):
        raise Unfit(Code.MALFORMED, "choices")
    m.subjects.votes[m.mine] = set(choices)
    m.changes.votes[m.place, m.ask.me.id] = (choices, m.ask.at_ms)
    return _whisper(m, entry) if poll.get("anonymous") or _is_reader(m) else Said(m.ask.fields)


def _is_reader(m: Marking) -> bool:
    """The readers of a channel do not see each other."""
    seat, group = m.ask.lane.seat, m.ask.lane.group
    return seat is not None and group is not None and group.channel and not seat.manages


def _whisper(m: Marking, entry: Entry) -> Said:
    """That something has changed, not what; in a group not by whom either: it is told as the message's sender's."""
    return Said({"of": m.place[1]}, entry.sender if m.ask.lane.group is not None else None)


def _close(m: Marking) -> Said:
    entry = m.demand(rules.CLOSE_POLL)
    m.rewrite(entry, entry.read() | {"closed": m.ask.at_ms})
    return Said(m.ask.fields)


def _is_open(poll: dict[str, Any], at_ms: int) -> bool:
    return "closed" not in poll and at_ms < poll.get("closes", at_ms + 1)


_MARKS: Final[dict[str, Callable[[Marking], Said]]] = {
    "edit": _edit,
    "recall": _recall,
    "reaction": _react,
    "pin": _pin,
    "vote": _vote,
    "close": _close,
}
