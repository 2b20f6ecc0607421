"""What one PUBLISH asks for, before anybody knows whether it may: pure, no rule and no database."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Final, Literal

import msgspec

from hongyan.envelope import Draft, parse_draft
from hongyan.errors import Code, MalformedEnvelope, MalformedTopic
from hongyan.limits import MAX_INT, MAX_MESSAGE_ID_CHARS
from hongyan.topics import Branch, ConversationKey, ConversationKind, PublishTopic, parse_publish_topic
from hongyan_core.decisions import Submission
from hongyan_core.store.keys import store_key

MAX_SIGNAL_BYTES: Final = 4_096
_SEND: Final = Branch.SEND  # a member of an enum costs 0.1 us to look up
# What is decided without a look at anything but people. All else is special: it names messages, files, a time ...
_PLAIN_KINDS: Final = frozenset({"text", "data", "location"})
_SPECIAL_FIELDS: Final = frozenset({"reply", "thread", "mentions", "disappear_s", "deliver_at"})
StatusState = Literal["online", "away", "busy", "invisible", "offline"]


class SendRequest(msgspec.Struct, frozen=True, gc=False):
    """Store this message and deliver it."""

    account: str
    conversation: ConversationKey
    draft: Draft
    message_id: str
    key: str  # of the conversation in the store
    counted: bool = True  # against the rate of the account; else another door has counted it
    special: bool = False  # it may ask for more than a place in the log


class LineRequest(msgspec.Struct, frozen=True):
    """Store what `account` has changed in a group as a line of its conversation, and deliver it to the members."""

    account: str
    conversation: ConversationKey
    draft: Draft
    message_id: str
    key: str


class EraseRequest(LineRequest, frozen=True):
    """Erase messages of `account`'s whose time is over, and say so in an entry of their conversation."""

    seqs: tuple[int, ...]


class ReadRequest(msgspec.Struct, frozen=True):
    """Move the read mark up to `seq`, and the mark of what has been received up to `delivered`; 0: not this one."""

    account: str
    conversation: ConversationKey
    seq: int
    key: str
    delivered: int = 0


class SignalRequest(msgspec.Struct, frozen=True):
    """Deliver these fields now and never again."""

    account: str
    conversation: ConversationKey
    fields: dict[str, Any]
    key: str


class StatusRequest(msgspec.Struct, frozen=True):
    """A device of the account says how it is."""

    account: str
    device: str
    state: StatusState
    text: str


class BadRequest(msgspec.Struct, frozen=True):
    """Refused before any rule; what its notice will say. One of `conversation` and `topic` names the place."""

    account: str
    code: Code
    conversation: ConversationKey | None = None
    topic: str = ""
    message_id: str | None = None
    field: str | None = None
    limit: int | None = None  # that is reached


Request = SendRequest | LineRequest | EraseRequest | ReadRequest | SignalRequest | StatusRequest | BadRequest


_Mark = Annotated[int, msgspec.Meta(ge=0, le=MAX_INT)]


class _ReadPayload(msgspec.Struct, forbid_unknown_fields=True):
    seq: _Mark = 0
    delivered: _Mark = 0


class _StatusPayload(msgspec.Struct, forbid_unknown_fields=True):
    state: StatusState
    text: Annotated[str, msgspec.Meta(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""


class _OnlyId(msgspec.Struct):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_MESSAGE_ID_CHARS)]


_decode_read: Final = msgspec.json.Decoder(_ReadPayload).decode
_decode_status: Final = msgspec.json.Decoder(_StatusPayload).decode
_decode_id: Final = msgspec.json.Decoder(_OnlyId).decode
_decode_object: Final = msgspec.json.Decoder(dict[str, Any]).decode
_encode: Final = msgspec.json.Encoder().encode
# Decoding of bytes that are no UTF-8, no JSON, of another type or nested without end.
_UNREADABLE: Final = (msgspec.MsgspecError, ValueError, RecursionError)


class _Address(msgspec.Struct, frozen=True):
    """A topic taken apart, with the key of its conversation in the store (empty for a status)."""

    topic: PublishTopic
    key: str


# Valid topics only, so an entry is below 1 KB. Without it each message pays for the grammar again: 5 us.
@lru_cache(maxsize=16_384)
def _find_address(topic_name: str) -> _Address:
    topic = parse_publish_topic(topic_name)
    return _Address(topic, "" if topic.conversation is None else store_key(topic.account, topic.conversation))


def parse_submission(submission: Submission, *, max_payload_bytes: int) -> Request:
    """Parse a PUBLISH into what it asks for; what cannot be read comes back as a `BadRequest`, never as an error."""
    try:
        address = _find_address(submission.topic)
    except MalformedTopic:
        return BadRequest(submission.account, Code.FORBIDDEN_TOPIC, topic=submission.topic)
    topic = address.topic
    if topic.account != submission.account:
        return BadRequest(submission.account, Code.FORBIDDEN_TOPIC, topic=submission.topic)
    limit = max_payload_bytes if topic.branch is _SEND else MAX_SIGNAL_BYTES
    if len(submission.payload) > limit:
        return _bad(submission, topic, Code.TOO_LARGE, message_id=_find_id(submission.payload))
    try:
        if topic.branch is _SEND and topic.conversation is not None:
            draft = parse_draft(submission.payload)
            message_id = draft.id or submission.fallback_id
            special = draft.kind not in _PLAIN_KINDS or (len(draft.fields) > 1 and not _is_plain(draft.fields))
            return SendRequest(topic.account, topic.conversation, draft, message_id, address.key, special=special)
        return _parse_rest(submission.payload, address)
    except MalformedEnvelope as error:
        return _bad(submission, topic, error.code, message_id=error.message_id, field=error.field)
    except _UNREADABLE:
        return _bad(submission, topic, Code.MALFORMED)


def _is_plain(fields: dict[str, Any]) -> bool:
    return fields.keys().isdisjoint(_SPECIAL_FIELDS)


def _parse_rest(payload: bytes, address: _Address) -> Request:
    """All but messages."""
    topic, key = address.topic, address.key
    if topic.conversation is None:
        status = _decode_status(payload)
        return StatusRequest(topic.account, topic.device or "", status.state, status.text)
    if topic.branch is Branch.READ:
        return _parse_read(payload, topic.account, topic.conversation, key)
    return SignalRequest(topic.account, topic.conversation, _parse_signal(payload), key)


def _parse_read(payload: bytes, account: str, conversation: ConversationKey, key: str) -> ReadRequest:
    """What has been received is told one to one only."""
    fields = _decode_object(payload)
    mark = _decode_read(payload)
    if not fields or (conversation.kind is ConversationKind.GROUP and "delivered" in fields):
        raise MalformedEnvelope("seq, or delivered one to one", field="delivered" if fields else "seq")
    return ReadRequest(account, conversation, mark.seq, key, mark.delivered)


def _parse_signal(payload: bytes) -> dict[str, Any]:
    """A JSON object of any fields, with the values that an envelope may hold."""
    wrapped = _encode({"kind": "data", "data": _decode_object(payload)})
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
