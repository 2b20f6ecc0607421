"""What the exchange itself says to people: refusals, presence, read marks, signals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from hongyan import topics
from hongyan.topics import Branch, ConversationKey, ConversationKind
from hongyan_core.decisions import Delivery, Refused
from hongyan_core.intake import BadRequest
from hongyan_core.presence import Visible
from hongyan_core.texts import say

_encode: Final = msgspec.json.Encoder().encode


def notice(accounts: Sequence[str], fields: dict[str, Any]) -> Delivery:
    """A notice to some accounts, as it stands."""
    return Delivery(tuple(accounts), Branch.NOTICE, "", _encode(fields))


def refuse(bad: BadRequest, language: str, at_ms: int) -> Refused:
    """The refusal with its notice to the sender, in the sender's language."""
    fields: dict[str, Any] = {"type": "rejected", "id": bad.message_id}
    if bad.conversation is not None:
        fields["to"] = str(bad.conversation)
    else:
        # A topic may be 64 KB long; the head is enough to recognise it.
        fields["topic"] = bad.topic[:256].encode(errors="replace").decode()
    params = {} if bad.limit is None else {"limit": bad.limit}
    fields |= {"code": bad.code.value, "message": say(bad.code.value, language, **params), "at": at_ms}
    if bad.field is not None:
        fields["field"] = bad.field
    return Refused(bad.code, (notice((bad.account,), fields),))


def tell_presence(account: str, visible: Visible, at_ms: int, friends: Sequence[str]) -> tuple[Delivery, ...]:
    """How somebody is now, to those friends who may know."""
    if not friends:
        return ()
    fields = {"from": account, "state": visible.state, "text": visible.text, "last_seen": at_ms}
    return (Delivery(tuple(friends), Branch.LIVE, f"presence/{account}", _encode(fields)),)


class Reading(msgspec.Struct, frozen=True):
    """How far somebody has read now, and received; 0: as far as before."""

    account: str
    conversation: ConversationKey
    seq: int
    delivered: int
    at_ms: int


def tell_read(reading: Reading, *, tell_peer: bool, tell_seq: bool) -> tuple[Delivery, ...]:
    """To the reader's own devices what was read, and to the other of a one-to-one conversation what that one may know.

    Args:
        tell_peer: The other may hear anything.
        tell_seq: And what was read.
    """
    account, conversation = reading.account, reading.conversation
    own = Delivery((account,), Branch.LIVE, f"read/{conversation}", _encode_reading(reading, "seq"))
    names = ("seq", "delivered") if tell_seq else ("delivered",)
    peer = Delivery((conversation.name,), Branch.LIVE, f"read/{topics.user(account)}", _encode_reading(reading, *names))
    told = ((own, reading.seq), (peer, tell_peer and any(getattr(reading, name) for name in names)))
    return tuple(delivery for delivery, wanted in told if wanted)


def _encode_reading(reading: Reading, *names: str) -> bytes:
    marks = {name: getattr(reading, name) for name in names if getattr(reading, name)}
    return _encode({"from": reading.account, "to": str(reading.conversation), **marks, "at": reading.at_ms})


def tell_signal(
    account: str, conversation: ConversationKey, fields: dict[str, Any], at_ms: int, accounts: Sequence[str]
) -> tuple[Delivery, ...]:
    """A signal to the others of a conversation."""
    payload = _encode({**fields, "from": account, "to": str(conversation), "at": at_ms})
    return (Delivery(tuple(accounts), Branch.LIVE, f"signal/{seen_by_others(account, conversation)}", payload),)


def seen_by_others(account: str, conversation: ConversationKey) -> ConversationKey:
    """What the others call the conversation: a group as it is, one to one by the name of `account`."""
    return conversation if conversation.kind is ConversationKind.GROUP else topics.user(account)
