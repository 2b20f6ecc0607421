"""Conversations pinned, archived and marked as unread: the same on all devices of a person, and nobody else's."""

from __future__ import annotations

from typing import Final

from hongyan.names import is_name
from hongyan.topics import ConversationKey
from hongyan_core.problems import Problem
from hongyan_core.rules import KEEP_LIST_MARK
from hongyan_core.standing import Listing
from hongyan_core.store.database import write_transaction
from hongyan_core.store.list_marks import ListMark, count_others, erase_mark, write_mark
from hongyan_core.store.models import Account
from hongyan_core.store.mutes import decide_mute
from hongyan_core.store.outbox import tell_notice

MAX_PINNED: Final = 100


def keep_list_mark(account: Account, key: ConversationKey, mark: ListMark, *, at_ms: int) -> None:
    """Mark a conversation in the account's list. Own devices are told; `unread` holds until the next read mark.

    Raises:
        Problem: unknown_conversation, too_many (pinned).
    """
    with write_transaction():
        converses = is_name(key.name) and decide_mute(account, key) is None
        full = converses and mark == "pinned" and count_others(account, key, mark) >= MAX_PINNED
        refusal = KEEP_LIST_MARK.decide(Listing(converses, has_room=not full))
        if refusal is not None:
            raise Problem(refusal, limit=MAX_PINNED)
        write_mark(account, key, mark, at_ms)
        _tell(account, key, at_ms)


def drop_list_mark(account: Account, key: ConversationKey, mark: ListMark, *, at_ms: int) -> None:
    """Take a mark back; where there is none nothing happens."""
    if not is_name(key.name):
        return
    with write_transaction():
        if erase_mark(account, key, mark):
            _tell(account, key, at_ms)


def _tell(account: Account, key: ConversationKey, at_ms: int) -> None:
    tell_notice([account.name], {"type": "list_marked", "key": str(key), "at": at_ms})
