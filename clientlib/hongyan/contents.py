"""What each kind of message says, typed: `Message.content` (docs/messages.md, "Kinds").

Nothing here raises: of a kind of tomorrow, or of one without what it needs, the content is None, and its `body` is all
that can be shown. Also: frontend/src/contract/kinds.ts, tests/contract/envelope.json.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from hongyan.kinds import ERASE_KIND, GONE_KIND
from hongyan.names import is_name

Fields = Mapping[str, Any]


class FileObject(msgspec.Struct, frozen=True):
    """A file of a message. `width` and `height` are a picture's; `thumb`: the server has a small picture of it."""

    id: str
    name: str = ""
    type: str = "application/octet-stream"
    size: int = 0
    width: int | None = None
    height: int | None = None
    thumb: bool = False


class _Content(msgspec.Struct, frozen=True, tag_field="kind"):
    pass


class TextContent(_Content, frozen=True, tag="text"):
    """`format` is `markdown` or None: the words as they stand."""

    format: str | None = None


class ImageContent(_Content, frozen=True, tag="image"):
    """One picture or several."""

    files: tuple[FileObject, ...]


class VoiceContent(_Content, frozen=True, tag="voice"):
    """A recording; `waveform` are bars from 0 to 31."""

    file: FileObject
    duration_ms: int = 0
    waveform: tuple[int, ...] = ()


class VideoContent(_Content, frozen=True, tag="video"):
    """A film; `poster` is a picture of it."""

    file: FileObject
    duration_ms: int | None = None
    poster: FileObject | None = None


class FileContent(_Content, frozen=True, tag="file"):
    """Anything else."""

    files: tuple[FileObject, ...]


class StickerContent(_Content, frozen=True, tag="sticker"):
    """A picture of a pack."""

    pack: str
    name: str
    file: FileObject | None = None
    emoji: str = ""


class LocationContent(_Content, frozen=True, tag="location"):
    """A place, in degrees (WGS 84)."""

    lat: float
    lon: float
    name: str = ""
    accuracy_m: float | None = None


class ContactContent(_Content, frozen=True, tag="contact"):
    """Somebody's card."""

    who: str
    display_name: str


class ForwardItem(msgspec.Struct, frozen=True, rename={"sender": "from", "at_ms": "at"}):
    """A message as it was where it comes from."""

    sender: str
    at_ms: int
    body: str
    content: Content | None


class ForwardContent(_Content, frozen=True, tag="forward"):
    """Messages of another conversation."""

    items: tuple[ForwardItem, ...]


class PollContent(_Content, frozen=True, tag="poll"):
    """The question is the message's `body`. `closes` and `closed` (its author ended it) are ms since the epoch."""

    options: tuple[str, ...]
    multiple: bool = False
    anonymous: bool = False
    closes: int | None = None
    closed: int | None = None


class DataContent(_Content, frozen=True, tag="data"):
    """An object, shown as a table."""

    data: dict[str, Any]


class GoneContent(_Content, frozen=True, tag="gone"):
    """What is left of a message. `by` took it back; `hidden`: the account has deleted it for itself."""

    by: str | None = None
    hidden: bool = False


class EditMark(_Content, frozen=True, tag="edit"):
    """Other words."""

    of: int
    body: str
    format: str | None = None
    mentions: tuple[str, ...] = ()


class RecallMark(_Content, frozen=True, tag="recall"):
    """Taken back."""

    of: int


class ReactionMark(_Content, frozen=True, tag="reaction"):
    """A sign below a message, or not any longer."""

    of: int
    emoji: str
    remove: bool = False


class PinMark(_Content, frozen=True, tag="pin"):
    """Kept at the top, or not any longer."""

    of: int
    remove: bool = False


class VoteMark(_Content, frozen=True, tag="vote"):
    """Places of options, none: taken back; None: they are another's secret."""

    of: int
    choices: tuple[int, ...] | None = None


class CloseMark(_Content, frozen=True, tag="close"):
    """A poll is over."""

    of: int


class EraseMark(_Content, frozen=True, tag="erase"):
    """Messages whose time was over."""

    of: tuple[int, ...]


Content = (
    TextContent
    | ImageContent
    | VoiceContent
    | VideoContent
    | FileContent
    | StickerContent
    | LocationContent
    | ContactContent
    | ForwardContent
    | PollContent
    | DataContent
    | GoneContent
    | EditMark
    | RecallMark
    | ReactionMark
    | PinMark
    | VoteMark
    | CloseMark
    | EraseMark
)


class _Wanting(Exception):
    """A field that its kind cannot do without is not there."""


def parse_content(kind: str, fields: Fields) -> Content | None:
    """What a delivered message of `kind` with these fields says; None where only its `body` can be shown."""
    parse = _PARSERS.get(kind)
    try:
        return None if parse is None else parse(fields)
    except (_Wanting, RecursionError):  # forwarded within forwarded within ...
        return None


def parse_file(value: object) -> FileObject | None:
    """Parse a file's description; None: it is none."""
    if not isinstance(value, dict) or not isinstance(value.get("id"), str):
        return None
    return FileObject(
        id=value["id"],
        name=_text(value, "name"),
        type=_text(value, "type") or "application/octet-stream",
        size=_integer(value, "size") or 0,
        width=_integer(value, "width"),
        height=_integer(value, "height"),
        thumb=value.get("thumb") is True,
    )


def _voice(fields: Fields) -> VoiceContent:
    return VoiceContent(_files(fields)[0], _integer(fields, "duration_ms") or 0, _integers(fields, "waveform"))


def _video(fields: Fields) -> VideoContent:
    return VideoContent(_files(fields)[0], _integer(fields, "duration_ms"), _optional_file(fields, "poster"))


def _sticker(fields: Fields) -> StickerContent:
    pack, name = _needed_text(fields, "pack"), _needed_text(fields, "name")
    return StickerContent(pack, name, _optional_file(fields, "file"), _text(fields, "emoji"))


def _location(fields: Fields) -> LocationContent:
    lat, lon = _number(fields, "lat"), _number(fields, "lon")
    if lat is None or lon is None:
        raise _Wanting
    return LocationContent(lat, lon, _text(fields, "name"), _number(fields, "accuracy_m"))


def _contact(fields: Fields) -> ContactContent:
    who = _needed_text(fields, "who")
    return ContactContent(who, _text(fields, "display_name") or who)


def _poll(fields: Fields) -> PollContent:
    return PollContent(
        options=_texts(fields, "options"),
        multiple=fields.get("multiple") is True,
        anonymous=fields.get("anonymous") is True,
        closes=_integer(fields, "closes"),
        closed=_integer(fields, "closed"),
    )


def _data(fields: Fields) -> DataContent:
    data = fields.get("data")
    if not isinstance(data, dict):
        raise _Wanting
    return DataContent(data)


def _forward(fields: Fields) -> ForwardContent:
    items = tuple(_item(value) for value in _list(fields, "items"))
    if not items:
        raise _Wanting
    return ForwardContent(items)


def _item(value: object) -> ForwardItem:
    if not isinstance(value, dict):
        raise _Wanting
    content = parse_content(_text(value, "kind"), value)
    return ForwardItem(_text(value, "from"), _integer(value, "at") or 0, _text(value, "body"), content)


def _edit(fields: Fields) -> EditMark:
    return EditMark(_of(fields), _text(fields, "body"), _format(fields), names_in(fields, "mentions"))


def _vote(fields: Fields) -> VoteMark:
    choices = _integers(fields, "choices") if isinstance(fields.get("choices"), list) else None
    return VoteMark(_of(fields), choices)


_PARSERS: Final[dict[str, Callable[[Fields], Content]]] = {
    "text": lambda fields: TextContent(_format(fields)),
    "image": lambda fields: ImageContent(_files(fields)),
    "voice": _voice,
    "video": _video,
    "file": lambda fields: FileContent(_files(fields)),
    "sticker": _sticker,
    "location": _location,
    "contact": _contact,
    "forward": _forward,
    "poll": _poll,
    "data": _data,
    GONE_KIND: lambda fields: GoneContent(_text(fields, "by") or None, fields.get("hidden") is True),
    "edit": _edit,
    "recall": lambda fields: RecallMark(_of(fields)),
    "reaction": lambda fields: ReactionMark(_of(fields), _needed_text(fields, "emoji"), fields.get("remove") is True),
    "pin": lambda fields: PinMark(_of(fields), fields.get("remove") is True),
    "vote": _vote,
    "close": lambda fields: CloseMark(_of(fields)),
    ERASE_KIND: lambda fields: EraseMark(_integers(fields, "of")),
}


def names_in(fields: Fields, name: str) -> tuple[str, ...]:
    """The names of people in a list; what is none is left out."""
    return tuple(item for item in _texts(fields, name) if is_name(item))


def _of(fields: Fields) -> int:
    seq = _integer(fields, "of")
    if seq is None:
        raise _Wanting
    return seq


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _needed_text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise _Wanting
    return value


def _number(fields: Fields, name: str) -> float | None:
    value = fields.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _integer(fields: Fields, name: str) -> int | None:
    value = fields.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _list(fields: Fields, name: str) -> list[Any]:
    value = fields.get(name)
    return value if isinstance(value, list) else []


def _texts(fields: Fields, name: str) -> tuple[str, ...]:
    return tuple(item for item in _list(fields, name) if isinstance(item, str))


def _integers(fields: Fields, name: str) -> tuple[int, ...]:
    return tuple(item for item in _list(fields, name) if isinstance(item, int) and not isinstance(item, bool))


def _format(fields: Fields) -> str | None:
    return "markdown" if fields.get("format") == "markdown" else None


def _files(fields: Fields) -> tuple[FileObject, ...]:
    """At least one, or nothing can be shown of the kind."""
    files = tuple(parse_file(value) for value in _list(fields, "files"))
    found = tuple(file for file in files if file is not None)
    if not found or len(found) < len(files):
        raise _Wanting
    return found


def _optional_file(fields: Fields, name: str) -> FileObject | None:
    if fields.get(name) is None:
        return None
    file = parse_file(fields[name])
    if file is None:
        raise _Wanting
    return file
