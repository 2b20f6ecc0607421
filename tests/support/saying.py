"""What was said, as rows that the exchange would have written; every kind, without the rules."""

from __future__ import annotations

import json
from typing import Any

from hongyan_core.store.models import Account, Conversation, Erasure, StoredMessage
from hongyan_core.store.sets import last_position


def begin_talk(one: Account, other: Account) -> Conversation:
    """A conversation of two."""
    low, high = sorted((one, other), key=lambda account: account.name)
    key = f"user:{low.name}:{high.name}"
    talk: Conversation = Conversation.create(key=key, kind="user", low=low, high=high)
    return talk


def say(
    talk: Conversation, sender: Account, body: str = "", *, kind: str = "text", at_ms: int = 1_000, **fields: Any
) -> int:
    """Write an entry of the log and return its seq."""
    position, seq = last_position() + 1, Conversation.get_by_id(talk.id).last_seq + 1
    said = {"body": body, **fields} if body else fields
    envelope = {"id": f"m{position}", "kind": kind, **said, "from": sender.name, "to": "group/lab", "seq": seq}
    StoredMessage.create(
        position=position,
        conversation=talk,
        seq=seq,
        sender=sender,
        message_id=f"m{position}",
        kind=kind,
        at_ms=at_ms,
        payload=json.dumps({**envelope, "at": at_ms}, ensure_ascii=False),
    )
    Conversation.update(last_seq=seq).where(Conversation.id == talk.id).execute()
    return seq


def edit(talk: Conversation, sender: Account, of: int, body: str) -> None:
    """Other words for a message, and the mark that says so."""
    message = StoredMessage.get(StoredMessage.conversation == talk, StoredMessage.seq == of)
    message.payload = json.dumps({**json.loads(message.payload), "body": body, "edited": 2_000}, ensure_ascii=False)
    message.save()
    say(talk, sender, body, kind="edit", of=of)


def erase(talk: Conversation, seq: int) -> None:
    """Leave a tombstone, and the note for those who have copied the words."""
    message = StoredMessage.get(StoredMessage.conversation == talk, StoredMessage.seq == seq)
    left = {
        name: value for name, value in json.loads(message.payload).items() if name in ("id", "from", "to", "seq", "at")
    }
    message.kind, message.payload = "gone", json.dumps({**left, "kind": "gone"})
    message.save()
    Erasure.create(position=message.position)
