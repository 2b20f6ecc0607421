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


def tell_read(
    account: str, conversation: ConversationKey, seq: int, at_ms: int, *, tell_peer: bool
) -> tuple[Delivery, ...]:
    """How far somebody has read: to the reader's own devices, and to the other of a one-to-one conversation."""
    payload = _encode({"from": account, "to": str(conversation), "seq": seq, "at": at_ms})
    own = Delivery((account,), Branch.LIVE, f"read/{conversation}", payload)
    if not tell_peer:
        return (own,)
    return own, Delivery((conversation.name,), Branch.LIVE, f"read/{topics.user(account)}", payload)


def tell_signal(
    account: str, conversation: ConversationKey, fields: dict[str, Any], at_ms: int, accounts: Sequence[str]
) -> tuple[Delivery, ...]:
    """A signal to the others of a conversation."""
    payload = _encode({**fields, "from": account, "to": str(conversation), "at": at_ms})
    return (Delivery(tuple(accounts), Branch.LIVE, f"signal/{seen_by_others(account, conversation)}", payload),)


def seen_by_others(account: str, conversation: ConversationKey) -> ConversationKey:
    """What the others call the conversation: a group as it is, one to one by the name of `account`."""
    return conversation if conversation.kind is ConversationKind.GROUP else topics.user(account)
