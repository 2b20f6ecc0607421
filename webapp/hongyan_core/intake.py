"""What one PUBLISH asks for, before anybody knows whether it may: pure, no rule and no database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

import msgspec

from hongyan.envelope import Draft, parse_draft
from hongyan.errors import Code, MalformedEnvelope, MalformedTopic
from hongyan.limits import MAX_INT, MAX_MESSAGE_ID_CHARS
from hongyan.topics import Branch, ConversationKey, PublishTopic, parse_publish_topic
from hongyan_core.decisions import Submission

MAX_SIGNAL_BYTES: Final = 4_096
StatusState = Literal["online", "away", "busy", "invisible", "offline"]


@dataclass(frozen=True, slots=True)
class SendRequest:
    """Store this message and deliver it."""

    account: str
    conversation: ConversationKey
    draft: Draft
    message_id: str


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """Move the read mark up to `seq`."""

    account: str
    conversation: ConversationKey
    seq: int


@dataclass(frozen=True, slots=True)
class SignalRequest:
    """Deliver these fields now and never again."""

    account: str
    conversation: ConversationKey
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class StatusRequest:
    """A device of the account says how it is."""

    account: str
    device: str
    state: StatusState
    text: str


@dataclass(frozen=True, slots=True)
class BadRequest:
    """Refused before any rule; what its notice will say. One of `conversation` and `topic` names the place."""

    account: str
    code: Code
    conversation: ConversationKey | None = None
    topic: str = ""
    message_id: str | None = None
    field: str | None = None


Request = SendRequest | ReadRequest | SignalRequest | StatusRequest | BadRequest


class _ReadPayload(msgspec.Struct, forbid_unknown_fields=True):
    seq: Annotated[int, msgspec.Meta(ge=0, le=MAX_INT)]


class _StatusPayload(msgspec.Struct, forbid_unknown_fields=True):
    state: StatusState
    text: Annotated[str, msgspec.Meta(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""


class _OnlyId(msgspec.Struct):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_MESSAGE_ID_CHARS)]


_decode_read: Final = msgspec.json.Decoder(_ReadPayload).decode
_decode_status: Final = msgspec.json.Decoder(_StatusPayload).decode
_decode_id: Final = msgspec.json.Decoder(_OnlyId).decode
_decode_signal: Final = msgspec.json.Decoder(dict[str, Any]).decode
_encode: Final = msgspec.json.Encoder().encode
# Decoding of bytes that are no UTF-8, no JSON, of another type or nested without end.
_UNREADABLE: Final = (msgspec.MsgspecError, ValueError, RecursionError)


def parse_submission(submission: Submission, *, max_payload_bytes: int) -> Request:
    """Parse a PUBLISH into what it asks for; what cannot be read comes back as a `BadRequest`, never as an error."""
    try:
        topic = parse_publish_topic(submission.topic)
    except MalformedTopic:
        return BadRequest(submission.account, Code.FORBIDDEN_TOPIC, topic=submission.topic)
    if topic.account != submission.account:
        return BadRequest(submission.account, Code.FORBIDDEN_TOPIC, topic=submission.topic)
    limit = MAX_SIGNAL_BYTES if topic.branch is not Branch.SEND else max_payload_bytes
    if len(submission.payload) > limit:
        return _bad(submission, topic, Code.TOO_LARGE, message_id=_find_id(submission.payload))
    try:
        return _parse(submission, topic)
    except MalformedEnvelope as error:
        return _bad(submission, topic, error.code, message_id=error.message_id, field=error.field)
    except _UNREADABLE:
        return _bad(submission, topic, Code.MALFORMED)


def _parse(submission: Submission, topic: PublishTopic) -> Request:
    payload = submission.payload
    if topic.conversation is None:
        status = _decode_status(payload)
        return StatusRequest(topic.account, topic.device or "", status.state, status.text)
    match topic.branch:
        case Branch.SEND:
            draft = parse_draft(payload)
            return SendRequest(topic.account, topic.conversation, draft, draft.id or submission.fallback_id)
        case Branch.READ:
            return ReadRequest(topic.account, topic.conversation, _decode_read(payload).seq)
        case _:
            return SignalRequest(topic.account, topic.conversation, _parse_signal(payload))


def _parse_signal(payload: bytes) -> dict[str, Any]:
    """A JSON object of any fields, with the values that an envelope may hold."""
    wrapped = _encode({"kind": "data", "data": _decode_signal(payload)})
    fields: dict[str, Any] = parse_draft(wrapped).fields["data"]
    return fields


def _bad(
    submission: Submission, topic: PublishTopic, code: Code, *, message_id: str | None = None, field: str | None = None
) -> BadRequest:
    place = "" if topic.conversation is not None else submission.topic
    return BadRequest(submission.account, code, topic.conversation, place, message_id, field)


def _find_id(payload: bytes) -> str | None:
    """The id in a payload that is too large to be taken: its sender waits for an answer by this id."""
    try:
        message_id = _decode_id(payload).id
    except _UNREADABLE:
        return None
    return message_id if message_id.isprintable() else None
