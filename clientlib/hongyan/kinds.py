"""The kinds of message: which fields a client may send with each, and what each value may be (docs/messages.md).

A kind is a row of `KINDS`: the shape of its fields, and its role.

    content   an entry of the log that people read and count: text, image, poll ...
    mark      an entry of the log that names another one in `of`, and changes how that one is seen: edit, reaction ...
    card      no entry: the newest one of a name takes the place of the one before

A new kind? Also: contents.py, frontend/src/contract/{kinds,drafts}.ts, tests/contract/envelope.json, docs/messages.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from hongyan.errors import MalformedEnvelope, MalformedTopic
from hongyan.limits import MAX_INT
from hongyan.names import NAME_PATTERN
from hongyan.topics import parse_conversation_key

MAX_FILES: Final = 9  # of one message
MAX_MENTIONS: Final = 50
MAX_FORWARDED: Final = 100  # messages in one
MAX_OPTIONS: Final = 12  # of a poll
MAX_WAVEFORM: Final = 128  # bars
MAX_BUTTONS: Final = 6  # of a card
MIN_DISAPPEAR_S: Final = 5
MAX_DISAPPEAR_S: Final = 7 * 86_400
EVERYBODY: Final = "all"  # in `mentions`: a reserved name, so nobody's

Seq = Annotated[int, Meta(ge=1, le=MAX_INT)]
TimeMs = Annotated[int, Meta(ge=0, le=2**53 - 1)]
FileId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{22}$")]
Name = Annotated[str, Meta(pattern=f"^{NAME_PATTERN}$")]
Line = Annotated[str, Meta(min_length=1, max_length=100)]
Files = Annotated[list[FileId], Meta(min_length=1, max_length=MAX_FILES)]
DurationMs = Annotated[int, Meta(ge=1, le=86_400_000)]
Repeat = Literal["daily", "weekdays", "weekly", "monthly"]


class Fields(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What every draft may have; `id` has been looked at before."""

    kind: str = ""
    id: str | None = None
    ext: dict[str, Any] | UnsetType = UNSET


class Content(Fields, kw_only=True):
    """What all content may have."""

    body: str | UnsetType = UNSET  # text, a caption, a question
    reply: Seq | UnsetType = UNSET  # to this message of the same conversation
    thread: Seq | UnsetType = UNSET  # in a group: below this message
    mentions: Annotated[list[Name], Meta(max_length=MAX_MENTIONS)] | UnsetType = UNSET
    disappear_s: Annotated[int, Meta(ge=MIN_DISAPPEAR_S, le=MAX_DISAPPEAR_S)] | UnsetType = UNSET  # after it was read
    deliver_at: TimeMs | UnsetType = UNSET  # not now
    repeat: Repeat | UnsetType = UNSET  # and again


class Text(Content, kw_only=True):
    """Words; `format` says whether marks in them are Markdown's."""

    body: Annotated[str, Meta(min_length=1)]
    format: Literal["markdown"] | UnsetType = UNSET


class Image(Content, kw_only=True):
    """One picture or several, as files that the sender has uploaded."""

    files: Files


class Voice(Content, kw_only=True):
    """A recording; `waveform` are bars from 0 to 31."""

    files: Annotated[list[FileId], Meta(min_length=1, max_length=1)]
    duration_ms: DurationMs
    waveform: Annotated[list[Annotated[int, Meta(ge=0, le=31)]], Meta(max_length=MAX_WAVEFORM)] | UnsetType = UNSET


class Video(Content, kw_only=True):
    """A film; `poster` is a picture of it, uploaded too."""

    files: Annotated[list[FileId], Meta(min_length=1, max_length=1)]
    duration_ms: DurationMs | UnsetType = UNSET
    poster: FileId | UnsetType = UNSET


class File(Content, kw_only=True):
    """Anything else."""

    files: Files


class Sticker(Content, kw_only=True):
    """A picture of a pack."""

    pack: Name
    name: Name


class Location(Content, kw_only=True):
    """A place, in degrees (WGS 84)."""

    lat: Annotated[float, Meta(ge=-90, le=90)]
    lon: Annotated[float, Meta(ge=-180, le=180)]
    name: Line | UnsetType = UNSET
    accuracy_m: Annotated[float, Meta(ge=0, le=100_000)] | UnsetType = UNSET


class Contact(Content, kw_only=True):
    """Somebody's card: the sender's own, or a friend's."""

    who: Name


class Forward(Content, kw_only=True):
    """Messages of another conversation, as they were; `source` as the sender names it."""

    source: str
    seqs: Annotated[list[Seq], Meta(min_length=1, max_length=MAX_FORWARDED)]


class Poll(Content, kw_only=True):
    """A question, `body`, with its answers."""

    body: Annotated[str, Meta(min_length=1, max_length=300)]
    options: Annotated[list[Line], Meta(min_length=2, max_length=MAX_OPTIONS)]
    multiple: bool | UnsetType = UNSET
    anonymous: bool | UnsetType = UNSET
    closes: TimeMs | UnsetType = UNSET


class Data(Content, kw_only=True):
    """An object, shown as a table."""

    data: dict[str, Any]


class Button(msgspec.Struct, forbid_unknown_fields=True):
    """Of a card: pressed, its `command` goes back to the device as a signal."""

    label: Annotated[str, Meta(min_length=1, max_length=32)]
    command: Annotated[str, Meta(min_length=1, max_length=64)]


class Card(Fields, kw_only=True):
    """A device's latest values."""

    name: Name
    data: dict[str, Any]
    title: Annotated[str, Meta(min_length=1, max_length=64)] | UnsetType = UNSET
    body: str | UnsetType = UNSET
    buttons: Annotated[list[Button], Meta(max_length=MAX_BUTTONS)] | UnsetType = UNSET


class Mark(Fields, kw_only=True):
    """What names another message of the conversation."""

    of: Seq


class Edit(Mark, kw_only=True):
    """Other words for one's own text, caption or table."""

    body: str
    format: Literal["markdown"] | UnsetType = UNSET
    mentions: Annotated[list[Name], Meta(max_length=MAX_MENTIONS)] | UnsetType = UNSET


class Recall(Mark, kw_only=True):
    """Take back: the text is gone for everybody."""


class Reaction(Mark, kw_only=True):
    """A sign below a message."""

    emoji: Annotated[str, Meta(min_length=1, max_length=32)]
    remove: bool | UnsetType = UNSET


class Pin(Mark, kw_only=True):
    """Keep it at the top."""

    remove: bool | UnsetType = UNSET


class Vote(Mark, kw_only=True):
    """Answer a poll by places of its options; none takes the vote back."""

    choices: Annotated[list[Annotated[int, Meta(ge=0, lt=MAX_OPTIONS)]], Meta(max_length=MAX_OPTIONS)]


class Close(Mark, kw_only=True):
    """End one's own poll."""


class Role(StrEnum):
    """What the exchange makes of a draft."""

    CONTENT = "content"
    MARK = "mark"
    CARD = "card"


@dataclass(frozen=True, slots=True)
class Kind:
    """A row of the table."""

    shape: type[Fields]
    role: Role = Role.CONTENT


KINDS: Final[dict[str, Kind]] = {
    "text": Kind(Text),
    "image": Kind(Image),
    "voice": Kind(Voice),
    "video": Kind(Video),
    "file": Kind(File),
    "sticker": Kind(Sticker),
    "location": Kind(Location),
    "contact": Kind(Contact),
    "forward": Kind(Forward),
    "poll": Kind(Poll),
    "data": Kind(Data),
    "card": Kind(Card, Role.CARD),
    "edit": Kind(Edit, Role.MARK),
    "recall": Kind(Recall, Role.MARK),
    "reaction": Kind(Reaction, Role.MARK),
    "pin": Kind(Pin, Role.MARK),
    "vote": Kind(Vote, Role.MARK),
    "close": Kind(Close, Role.MARK),
}
# Only the server writes these: a line about a group; messages whose time was over; what is left of a message.
EVENT_KIND: Final = "event"
ERASE_KIND: Final = "erase"
GONE_KIND: Final = "gone"
MARK_KINDS: Final = frozenset({name for name, kind in KINDS.items() if kind.role is Role.MARK} | {ERASE_KIND})

_PLACE: Final = re.compile(r" - at `\$\.?([A-Za-z_]+)?")
_UNKNOWN: Final = re.compile(r"unknown field `(.+?)`(?: - at|$)", re.DOTALL)
_MISSING: Final = re.compile(r"missing required field `(\w+)`")


def check_fields(kind: str, fields: dict[str, Any], message_id: str | None) -> None:
    """Check the fields of a draft of a known kind; values deep inside `data` and `ext` are not looked at.

    Raises:
        MalformedEnvelope: With the first field that is wrong.
    """
    shape = KINDS[kind].shape
    try:
        draft = msgspec.convert(fields, shape)
    except msgspec.ValidationError as error:
        raise _explain(str(error), message_id) from None
    for wrong, field, reason in _FURTHER:
        if wrong(draft):
            raise MalformedEnvelope(reason, field=field, message_id=message_id)


def _explain(text: str, message_id: str | None) -> MalformedEnvelope:
    """Msgspec says in words which field it is."""
    place = _PLACE.search(text)
    inside = place.group(1) if place is not None else None
    if inside is None and (unknown := _UNKNOWN.search(text)) is not None:
        return MalformedEnvelope(
            "unknown field; free extensions live in ext", field=unknown.group(1), message_id=message_id
        )
    if inside is None and (missing := _MISSING.search(text)) is not None:
        return MalformedEnvelope("missing", field=missing.group(1), message_id=message_id)
    return MalformedEnvelope(text.partition(" - at ")[0], field=inside, message_id=message_id)


def _is_no_conversation(text: str) -> bool:
    try:
        parse_conversation_key(text)
    except MalformedTopic:
        return True
    return False


def _has_doubles(values: list[Any] | UnsetType) -> bool:
    return values is not UNSET and len(set(values)) < len(values)


# What a shape cannot say: (whether it is wrong, the field, why).
_FURTHER: Final[tuple[tuple[Callable[[Any], bool], str, str], ...]] = (
    (lambda d: isinstance(d, Content) and _has_doubles(d.mentions), "mentions", "the same name twice"),
    (lambda d: isinstance(d, Content) and d.repeat is not UNSET and d.deliver_at is UNSET, "deliver_at", "missing"),
    (lambda d: isinstance(d, Edit) and _has_doubles(d.mentions), "mentions", "the same name twice"),
    (lambda d: isinstance(d, Image | File) and _has_doubles(d.files), "files", "the same file twice"),
    (lambda d: isinstance(d, Forward) and _is_no_conversation(d.source), "source", "not a conversation"),
    (lambda d: isinstance(d, Forward) and _has_doubles(d.seqs), "seqs", "the same message twice"),
    (lambda d: isinstance(d, Poll) and _has_doubles(d.options), "options", "the same option twice"),
    (lambda d: isinstance(d, Vote) and _has_doubles(d.choices), "choices", "the same choice twice"),
    (lambda d: isinstance(d, Reaction) and not is_drawn(d.emoji), "emoji", "blank"),
)
# What joins drawn characters to one: the joiner, the variation, the tags of a flag.
_JOINERS: Final = frozenset("\u200d\ufe0f") | {chr(tag) for tag in range(0xE0020, 0xE0080)}


# Python knows the emoji of its own year only, and 🪿 is of 2022.
_EMOJI: Final = range(0x1F000, 0x1FB00)


def is_drawn(text: str) -> bool:
    """Whether all of it can be seen: no white space, no control characters, nothing that turns the line round."""
    return all(c in _JOINERS or ord(c) in _EMOJI or (c.isprintable() and not c.isspace()) for c in text)
