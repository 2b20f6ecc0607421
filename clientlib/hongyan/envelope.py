"""The message on the wire: UTF-8 JSON, described in docs/messages.md.

A client sends `{"id", "kind", "body", ...}`; the exchange answers and delivers the same object with `seq`, `at`,
`from` and `to`. A new kind or field? Also: frontend/src/contract/envelope.ts, tests/contract/envelope.json,
docs/messages.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

import msgspec

from hongyan.contents import Content, FileObject, names_in, parse_content
from hongyan.errors import MalformedEnvelope, MalformedTopic
from hongyan.kinds import EVENT_KIND, KINDS, MARK_KINDS, check_fields
from hongyan.limits import MAX_INT, MAX_MESSAGE_ID_CHARS, MAX_NESTING, MAX_PAYLOAD_BYTES, MIN_INT
from hongyan.topics import ConversationKey, parse_conversation_key, user

# Fields that only the server writes.
SERVER_FIELDS: Final = frozenset({"seq", "at", "from", "to", "preview", "edited", "recalled", "first_seq"})
_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder().decode


class Draft(msgspec.Struct, frozen=True, gc=False):
    """A client's envelope, checked, before the stamp.

    `fields` are the client's own, without `id` and `kind`; every value is safe to store and to encode again.
    """

    kind: str
    fields: dict[str, Any]
    id: str | None = None  # None: the sender gave none, the exchange names it


@dataclass(frozen=True, slots=True)
class Message:
    """A stamped message as the exchange delivers it. `at_ms` is UTC; `to` is `user/bob` or `group/lab`.

    `fields` are all that its kind has beside `body`, `data` and `ext`; `content` is the same, typed.
    """

    id: str
    kind: str
    body: str
    seq: int
    at_ms: int
    sender: str
    to: str
    data: dict[str, Any] | None = None
    ext: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def content(self) -> Content | None:
        """What its kind says; None where only `body` can be shown."""
        return parse_content(self.kind, {**self.fields, "body": self.body, "data": self.data})

    @property
    def files(self) -> tuple[FileObject, ...]:
        """Its files, whatever the kind."""
        content = self.content
        one = getattr(content, "file", None)
        return tuple(getattr(content, "files", ())) or ((one,) if one is not None else ())

    @property
    def reply(self) -> int | None:
        """The seq of the message that it answers."""
        return self._seq("reply")

    @property
    def thread(self) -> int | None:
        """The seq of the message below whose thread it stands."""
        return self._seq("thread")

    @property
    def edited_ms(self) -> int | None:
        """When it got other words."""
        return self._seq("edited")

    @property
    def mentions(self) -> tuple[str, ...]:
        """Whom it names; `all` is everybody."""
        return names_in(self.fields, "mentions")

    def _seq(self, name: str) -> int | None:
        value = self.fields.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def conversation(self, reader: str) -> ConversationKey:
        """The conversation as `reader` names it: of ann's message to `user/bob`, bob's is `user/ann`."""
        key = parse_conversation_key(self.to)
        return user(self.sender) if key == user(reader) else key


@dataclass(frozen=True, slots=True)
class GroupEvent(Message):
    """A line of a group's conversation that the server wrote: `sender` has changed what `body` says in words."""

    event: str = ""  # joined, left, title ...: docs/messages.md


@dataclass(frozen=True, slots=True)
class Mark(Message):
    """An entry that changes how another message is seen: an edit, a reaction ...; `content` says what.

    `of` is the seq of that message; of kind `erase` there may be several, and `of` is the first.
    """

    of: int = 0


def parse_draft(payload: bytes) -> Draft:
    """Parse what a client published.

    Bytes that are not a JSON object are a text message as they stand; an object without `kind` is kind `data`.

    Raises:
        MalformedEnvelope: Not UTF-8, empty, a NUL, a lone surrogate, a number beyond 64 bits, nested beyond 32
            levels, a field of the server's, an unknown kind or field, a wrong type.
    """
    draft = _find_plain_text(payload)
    return draft if draft is not None else _parse_anything(payload)


class _PlainText(msgspec.Struct, forbid_unknown_fields=True):
    """What nearly every message is; id and body have their bounds here and nothing else is in it."""

    kind: Literal["text"]
    body: Annotated[str, msgspec.Meta(min_length=1)]
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_MESSAGE_ID_CHARS)] | None = None
    ext: dict[str, Any] | msgspec.UnsetType | None = msgspec.UNSET


_decode_plain_text: Final = msgspec.json.Decoder(_PlainText).decode


def _find_plain_text(payload: bytes) -> Draft | None:
    """The draft of a plain text without surprises in a tenth of the time; None: look at it with all care."""
    try:
        found = _decode_plain_text(payload)
        if "\0" in found.body or (found.id is not None and not found.id.isprintable()):
            return None
        if found.ext is msgspec.UNSET:
            return Draft("text", {"body": found.body}, found.id)
        if found.ext is None:
            return None
        _check_value(found.ext, "ext", found.id, 1)
        return Draft("text", {"body": found.body, "ext": found.ext}, found.id)
    except (msgspec.MsgspecError, MalformedEnvelope, ValueError, RecursionError):
        return None


def _parse_anything(payload: bytes) -> Draft:
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        raise MalformedEnvelope("not UTF-8") from None
    if "\0" in text:
        raise MalformedEnvelope("a NUL character")
    fields = _decode_object(text)
    if fields is None:
        if not text:
            raise MalformedEnvelope("empty", field="body")
        return Draft("text", {"body": text})
    if "kind" not in fields:
        _check_value(fields, "data", None, 1)
        return Draft("data", {"data": fields})
    return _parse_fields(fields)


def _decode_object(text: str) -> dict[str, Any] | None:
    """The JSON object that `text` is, or None if it is something else."""
    if not text.lstrip(" \t\r\n").startswith("{"):
        return None
    try:
        value = _decode(text)
    except RecursionError:
        raise MalformedEnvelope("nested too deeply") from None
    except msgspec.DecodeError:
        # msgspec refuses lone surrogates, NaN, 1e400 and thousands of digits, which other parsers take: those are bad
        # envelopes, not texts.
        try:
            value = json.loads(text, parse_int=float)  # float: int() refuses more than 4,300 digits
        except (ValueError, RecursionError):
            return None
        raise MalformedEnvelope("a lone surrogate or a number out of range", message_id=_readable_id(value)) from None
    return value if isinstance(value, dict) else None


def _readable_id(value: object) -> str | None:
    message_id = value.get("id") if isinstance(value, dict) else None
    return message_id if isinstance(message_id, str) and _is_message_id(message_id) else None


def _is_message_id(text: str) -> bool:
    return 1 <= len(text) <= MAX_MESSAGE_ID_CHARS and text.isprintable()


def _parse_fields(fields: dict[str, Any]) -> Draft:
    message_id = _readable_id(fields)

    def refuse(reason: str, name: str) -> MalformedEnvelope:
        return MalformedEnvelope(reason, field=name, message_id=message_id)

    if fields.get("id") is not None and message_id is None:
        raise refuse(f"must be 1 to {MAX_MESSAGE_ID_CHARS} printable characters", "id")
    kind = fields["kind"]
    if not isinstance(kind, str) or kind not in KINDS:
        raise refuse("unknown kind", "kind")
    for name in fields:
        if name in SERVER_FIELDS:
            raise refuse("only the server writes this field", name)
    check_fields(kind, fields, message_id)
    for name, value in fields.items():
        _check_value(value, name, message_id, 1)
    return Draft(kind, {n: v for n, v in fields.items() if n not in ("id", "kind")}, message_id)


def _check_value(value: object, name: str, message_id: str | None, depth: int) -> None:
    """Refuse what a database or another parser would choke on."""
    match value:
        case str():
            if "\0" in value:
                raise MalformedEnvelope("a NUL character", field=name, message_id=message_id)
        case bool() | None | float():
            pass
        case int():
            if not MIN_INT <= value <= MAX_INT:
                raise MalformedEnvelope("a number beyond 64 bits", field=name, message_id=message_id)
        case dict() | list():
            if depth > MAX_NESTING:
                raise MalformedEnvelope("nested too deeply", field=name, message_id=message_id)
            for key in value if isinstance(value, dict) else ():
                _check_value(key, name, message_id, depth + 1)
            for item in value.values() if isinstance(value, dict) else value:
                _check_value(item, name, message_id, depth + 1)


def encode_draft(
    body: str | None = None,
    *,
    message_id: str,
    kind: str = "text",
    fields: Mapping[str, Any] | None = None,
    ext: dict[str, Any] | None = None,
) -> bytes:
    """Encode a message as a client sends it; `fields` are those of its kind, those that are None are left out.

    Raises:
        MalformedEnvelope: The exchange would refuse it.
    """
    given = {"body": body, **(fields or {}), "ext": ext}
    draft = {"id": message_id, "kind": kind} | {name: value for name, value in given.items() if value is not None}
    try:
        payload = _encode(draft)
    except (TypeError, ValueError, OverflowError) as wrong:  # not JSON's, a lone surrogate, a number beyond 64 bits
        raise MalformedEnvelope(str(wrong), message_id=message_id) from None
    parse_draft(payload)
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise MalformedEnvelope(f"more than {MAX_PAYLOAD_BYTES} bytes", message_id=message_id)
    return payload


class _StampedText(msgspec.Struct):
    """A stamped text without ext; as a struct it is encoded in half the time of a dict."""

    id: str
    kind: str
    body: str
    sender: str = msgspec.field(name="from")
    to: str
    seq: int
    at: int


def encode_stamped(draft: Draft, *, message_id: str, seq: int, at_ms: int, sender: str, to: str) -> bytes:
    """Encode a draft with its stamp: what is stored, answered and delivered, byte for byte."""
    fields = draft.fields
    if len(fields) == 1 and draft.kind == "text":
        return _encode(_StampedText(message_id, "text", fields["body"], sender, to, seq, at_ms))
    return _encode({"id": message_id, "kind": draft.kind, **fields, "from": sender, "to": to, "seq": seq, "at": at_ms})


def parse_message(payload: bytes | str) -> Message:
    """Parse a stamped message. Fields and kinds that are not known are ignored, `body` is shown.

    Raises:
        MalformedEnvelope: It is not a stamped envelope.
    """
    try:
        whole = _decode(payload)
        stamp = msgspec.convert(whole, _Stamp)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise MalformedEnvelope("not a stamped message") from None
    try:
        parse_conversation_key(stamp.to)
    except MalformedTopic as wrong:
        raise MalformedEnvelope(str(wrong), field="to") from None
    return _make_message(stamp, {name: value for name, value in whole.items() if name not in _OWN_FIELDS})


class _Stamp(msgspec.Struct):
    """What every stamped message has; the rest is Any, because kinds of tomorrow may use these names otherwise."""

    id: str
    kind: str
    to: str
    at: int
    seq: Annotated[int, msgspec.Meta(ge=1)]
    sender: str = msgspec.field(name="from")
    body: Any = None
    data: Any = None
    ext: Any = None


_OWN_FIELDS: Final = frozenset(_Stamp.__struct_encode_fields__)  # those that have a place of their own in `Message`


def _make_message(stamp: _Stamp, fields: dict[str, Any]) -> Message:
    common: dict[str, Any] = {
        "id": stamp.id,
        "kind": stamp.kind,
        "body": stamp.body if isinstance(stamp.body, str) else "",
        "seq": stamp.seq,
        "at_ms": stamp.at,
        "sender": stamp.sender,
        "to": stamp.to,
        "data": stamp.data if isinstance(stamp.data, dict) else None,
        "ext": stamp.ext if isinstance(stamp.ext, dict) else {},
        "fields": fields,
    }
    if stamp.kind == EVENT_KIND:
        event = fields.get("event")
        return GroupEvent(**common, event=event if isinstance(event, str) else "")
    return Mark(**common, of=_first_seq(fields.get("of"))) if stamp.kind in MARK_KINDS else Message(**common)


def _first_seq(of: object) -> int:
    first = of[0] if isinstance(of, list) and of else of
    return first if isinstance(first, int) else 0
