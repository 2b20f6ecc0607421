"""What somebody has begun to write, the same on every device."""

from __future__ import annotations

from hongyan.names import is_name
from hongyan.topics import ConversationKey
from hongyan_core.problems import Problem
from hongyan_core.rules import KEEP_DRAFT
from hongyan_core.standing import Plan
from hongyan_core.store.database import write_transaction
from hongyan_core.store.models import Account, UnsentDraft
from hongyan_core.store.mutes import decide_mute
from hongyan_core.store.outbox import tell_notice


def keep_draft(account: Account, key: ConversationKey, body: str, reply: int | None, *, at_ms: int) -> None:
    """Keep the words for a conversation, in place of those of before; none at all drop them. Own devices are told.

    Args:
        reply: The seq of the message that they will answer.

    Raises:
        Problem: unknown_conversation.
    """
    if not body and reply is None:
        drop_draft(account, key, at_ms=at_ms)
        return
    with write_transaction():
        refusal = KEEP_DRAFT.decide(Plan(converses=is_name(key.name) and decide_mute(account, key) is None))
        if refusal is not None:
            raise Problem(refusal)
        words = {UnsentDraft.body: body, UnsentDraft.reply_seq: reply, UnsentDraft.at_ms: at_ms}
        UnsentDraft.insert({UnsentDraft.account: account, UnsentDraft.key: str(key), **words}).on_conflict(
            conflict_target=[UnsentDraft.account, UnsentDraft.key], update=words
        ).execute()
        _tell(account, key, at_ms)


def drop_draft(account: Account, key: ConversationKey, *, at_ms: int) -> None:
    """Forget the words, if there are any: they were sent, or given up."""
    if not is_name(key.name):
        return
    with write_transaction():
        mine = (UnsentDraft.account == account) & (UnsentDraft.key == str(key))
        if UnsentDraft.delete().where(mine).execute():
            _tell(account, key, at_ms)


def _tell(account: Account, key: ConversationKey, at_ms: int) -> None:
    tell_notice([account.name], {"type": "draft", "key": str(key), "at": at_ms})
