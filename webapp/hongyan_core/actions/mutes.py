"""No sound from a conversation, until a time or until it is taken back."""

from __future__ import annotations

from hongyan.names import is_name
from hongyan.topics import ConversationKey
from hongyan_core.problems import Problem
from hongyan_core.store.database import write_transaction
from hongyan_core.store.models import FOREVER_MS, Account, ConversationMute
from hongyan_core.store.mutes import Mute, decide_mute
from hongyan_core.store.outbox import tell_notice


def mute_conversation(account: Account, key: ConversationKey, until_ms: int | None, *, at_ms: int) -> Mute:
    """Mute until a time to come, None: until it is taken back. Again sets the new time; own devices are told.

    Raises:
        Problem: malformed_field (field until), unknown_conversation.
    """
    until = FOREVER_MS if until_ms is None else until_ms
    if not at_ms < until <= FOREVER_MS:
        raise Problem("malformed_field", "until")
    with write_transaction():
        refusal = decide_mute(account, key) if is_name(key.name) else "unknown_conversation"
        if refusal is not None:
            raise Problem(refusal)
        ConversationMute.insert(account=account, key=str(key), until_ms=until).on_conflict(
            conflict_target=[ConversationMute.account, ConversationMute.key],
            update={ConversationMute.until_ms: until},
        ).execute()
        _tell(account, key, until, at_ms)
    return Mute(str(key), until)


def unmute_conversation(account: Account, key: ConversationKey, *, at_ms: int) -> None:
    """Take it back; of one that is not muted nothing happens."""
    if not is_name(key.name):
        return
    with write_transaction():
        mine = (ConversationMute.account == account) & (ConversationMute.key == str(key))
        if ConversationMute.delete().where(mine).execute():
            _tell(account, key, None, at_ms)


def _tell(account: Account, key: ConversationKey, until_ms: int | None, at_ms: int) -> None:
    notice = {"type": "contact_changed", "key": str(key), "muted_until": until_ms, "at": at_ms}
    tell_notice([account.name], notice)
