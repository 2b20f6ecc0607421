"""Entries of a log written straight into the tables, as the exchange leaves them: for the tests of what reads them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hongyan import topics
from hongyan.kinds import EVENT_KIND, MARK_KINDS
from hongyan_core.store.keys import store_key
from hongyan_core.store.models import Account, ChatGroup, Conversation, ReadMark, StoredMessage
from hongyan_core.store.sets import last_position


@dataclass
class Log:
    """One conversation; `say` returns the seq."""

    id: int
    to: str = ""

    def say(self, sender: Account, body: str = "", *, kind: str = "text", at_ms: int = 1_000, **fields: Any) -> int:
        log = Conversation.get_by_id(self.id)
        seq, shows = log.last_seq + 1, kind not in MARK_KINDS
        counted = log.counted + (shows and kind != EVENT_KIND)
        stamp = {"id": f"m{self.id}-{seq}", "from": sender.name, "to": self.to, "seq": seq, "at": at_ms}
        words = {"body": body} if body else {}
        StoredMessage.create(
            position=last_position() + 1,
            conversation=self.id,
            seq=seq,
            sender=sender,
            message_id=stamp["id"],
            kind=kind,
            at_ms=at_ms,
            payload=json.dumps({"kind": kind, **words, **fields, **stamp}, ensure_ascii=False),
            ordinal=counted,
        )
        changes = {"last_seq": seq, "counted": counted} | ({"shown_seq": seq} if shows else {})
        Conversation.update(changes).where(Conversation.id == self.id).execute()
        return seq

    def read(self, reader: Account, seq: int, *, at_ms: int = 2_000, delivered_seq: int = 0) -> None:
        """The reader has read up to `seq`."""
        mine = (ReadMark.account == reader) & (ReadMark.conversation == self.id)
        ReadMark.delete().where(mine).execute()
        ReadMark.create(account=reader, conversation=self.id, seq=seq, at_ms=at_ms, delivered_seq=delivered_seq)


def open_log(one: Account, other: Account) -> Log:
    """The conversation of two people, begun."""
    low, high = sorted((one, other), key=lambda each: each.name)
    key = store_key(one.name, topics.user(other.name))
    return Log(Conversation.create(key=key, kind="user", low=low, high=high).id, f"user/{other.name}")


def log_of(group: ChatGroup) -> Log:
    """A group's."""
    return Log(group.conversation_id, f"group/{group.name}")
