"""What somebody changes in a conversation beside its messages: what they hide for themselves, how long things stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypedDict

from hongyan import topics
from hongyan.kinds import MAX_DISAPPEAR_S, MIN_DISAPPEAR_S
from hongyan.names import is_name
from hongyan.topics import ConversationKey, ConversationKind
from hongyan_core import rules
from hongyan_core.actions.groups.seats import say, tell_change
from hongyan_core.problems import Problem
from hongyan_core.standing import Claim
from hongyan_core.store.database import raise_relations_version, write_transaction
from hongyan_core.store.groups import find_group, load_standing, touch_group
from hongyan_core.store.history import load_sight
from hongyan_core.store.keys import store_key
from hongyan_core.store.models import Account, Conversation, HiddenMessage
from hongyan_core.store.outbox import tell_notice
from hongyan_core.store.people import find_account, load_pair

MAX_HIDDEN: Final = 100  # at a time
MAX_RETENTION_DAYS: Final = 3_650
# change → its bounds
BOUNDS: Final[dict[str, tuple[int, int]]] = {
    "disappear_s": (MIN_DISAPPEAR_S, MAX_DISAPPEAR_S),
    "retention_days": (1, MAX_RETENTION_DAYS),
}


class ConversationChanges(TypedDict, total=False):
    """What is to be changed; what is left out stays, None takes it back."""

    disappear_s: int | None  # messages that do not say themselves are gone so long after they were read
    retention_days: int | None


def hide_messages(account: Account, key: ConversationKey, seqs: Sequence[int], *, at_ms: int) -> None:
    """Delete messages for oneself alone; again is the same. Own devices are told.

    Raises:
        Problem: unknown_conversation, unknown_message (field seqs), malformed_field (field seqs).
    """
    if not 1 <= len(seqs) <= MAX_HIDDEN:
        raise Problem("malformed_field", "seqs")
    wanted = sorted(set(seqs))
    sight = load_sight(account, key)
    refusal = rules.HIDE_MESSAGE.decide(Claim(visible=all(map(sight.sees, wanted))))
    if refusal is not None:
        raise Problem(refusal, "seqs")
    rows = [(account.id, sight.conversation_id, seq) for seq in wanted]
    with write_transaction():
        columns = [HiddenMessage.account, HiddenMessage.conversation, HiddenMessage.seq]
        HiddenMessage.insert_many(rows, columns).on_conflict_ignore().execute()
        tell_notice([account.name], {"type": "hidden", "key": str(key), "seqs": wanted, "at": at_ms})


def change_conversation(account: Account, key: ConversationKey, changes: ConversationChanges, *, at_ms: int) -> None:
    """Change how long messages stay: either of two people may, in a group who manages it. All are told.

    Raises:
        Problem: unknown_conversation, malformed_field; not_owner in a group.
    """
    wanted = _parse(changes)
    if not is_name(key.name):
        raise Problem("unknown_conversation")
    if key.kind is ConversationKind.GROUP:
        _change_in_group(account, key.name, wanted)
    else:
        _change_with_user(account, key, wanted, at_ms)


def _parse(changes: ConversationChanges) -> dict[str, Any]:
    wanted = dict[str, Any](changes)
    for name, value in wanted.items():
        low, high = BOUNDS[name]
        if value is not None and not low <= value <= high:
            raise Problem("malformed_field", name)
    return wanted


def _change_with_user(account: Account, key: ConversationKey, wanted: dict[str, Any], at_ms: int) -> None:
    with write_transaction():
        # The exchange keeps what it has read of conversations, and that nobody had begun one, under this version.
        raise_relations_version()
        other = find_account(key.name)
        refusal = rules.CHANGE_WITH_USER.decide(load_pair(account, other))
        if refusal is not None or other is None:
            raise Problem(refusal or "unknown_conversation")
        if _update(_load_or_begin(account, other), wanted):
            for one, its_key in {account.name: key, other.name: topics.user(account.name)}.items():
                notice = {"type": "conversation_changed", "key": str(its_key), "by": account.name, "at": at_ms}
                tell_notice([one], notice)


def _load_or_begin(account: Account, other: Account) -> Conversation:
    low, high = sorted((account, other), key=lambda each: each.name)
    key = store_key(account.name, topics.user(other.name))
    Conversation.insert(key=key, kind="user", low=low, high=high).on_conflict_ignore().execute()
    begun: Conversation = Conversation.get(Conversation.key == key)
    return begun


def _change_in_group(account: Account, name: str, wanted: dict[str, Any]) -> None:
    with write_transaction():
        raise_relations_version()
        group = find_group(name)
        if group is None:
            raise Problem("unknown_conversation")
        refusal = rules.CHANGE_IN_GROUP.decide(load_standing(account, group))
        if refusal is not None:
            raise Problem(refusal)
        changed = _update(group.conversation, wanted)
        if changed:
            touch_group(group)
            say(account, group, "settings", settings=changed)
            tell_change(group, [account])


def _update(conversation: Conversation, wanted: dict[str, Any]) -> dict[str, Any]:
    """What is not as it was."""
    changed = {name: value for name, value in wanted.items() if getattr(conversation, name) != value}
    if changed:
        Conversation.update(changed).where(Conversation.id == conversation.id).execute()
    return changed
