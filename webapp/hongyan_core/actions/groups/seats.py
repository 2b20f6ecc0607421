"""What all changes of a group do: open and close intervals of membership, say it as a line, tell whom it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hongyan_core.lines import make_line
from hongyan_core.standing import Role
from hongyan_core.store.groups import find_heir, touch_group
from hongyan_core.store.models import Account, ChatGroup, Conversation, JoinRequest, Membership, ReadMark
from hongyan_core.store.outbox import tell, tell_line, tell_notice


def reload_group(group: ChatGroup) -> ChatGroup:
    """The group as it is in this transaction: what the caller holds may be older."""
    fresh: ChatGroup = ChatGroup.get_by_id(group.id)
    return fresh


def open_membership(group: ChatGroup, account: Account, role: Role, *, at_ms: int) -> None:
    """Let somebody in, from the next message on or with all that was said, as the group is set.

    Who may see all has one interval: older ones would overlap with it.
    """
    last_seq = Conversation.get_by_id(group.conversation_id).last_seq
    since_seq = last_seq
    if group.history == "all":
        since_seq = 0
        Membership.delete().where((Membership.group == group) & (Membership.account == account)).execute()
        _count_as_read(group, account, last_seq)
    Membership.create(group=group, account=account, role=role.value, since_seq=since_seq, joined_at_ms=at_ms)
    settle_join_requests(group, account, "accepted", at_ms=at_ms)
    touch_group(group)


def _count_as_read(group: ChatGroup, account: Account, seq: int) -> None:
    """What was said before somebody came is nothing new to them."""
    mark = ReadMark.insert(account=account, conversation=group.conversation_id, seq=seq)
    keys = [ReadMark.account, ReadMark.conversation]
    mark.on_conflict(conflict_target=keys, update={ReadMark.seq: seq}, where=(ReadMark.seq < seq)).execute()


def settle_join_requests(
    group: ChatGroup, account: Account, state: str, *, at_ms: int, by: Account | None = None
) -> None:
    """Nobody has to answer a request of somebody who is in, or out for good."""
    waiting = (JoinRequest.group == group) & (JoinRequest.account == account) & (JoinRequest.state == "pending")
    JoinRequest.update(state=state, decided_at_ms=at_ms, decided_by=by).where(waiting).execute()


def close_membership(group: ChatGroup, membership: Membership, *, by: Account, at_ms: int) -> None:
    """Let somebody out: what they could read stays readable for them, and their live feed ends."""
    until_seq = Conversation.get_by_id(group.conversation_id).last_seq
    Membership.update(until_seq=until_seq, left_at_ms=at_ms).where(Membership.id == membership.id).execute()
    name = membership.account.name
    tell_notice([name], {"type": "group_removed", "group": group.name, "by": by.name, "at": at_ms})
    tell("left_group", {"account": name, "group": group.name})
    touch_group(group)


def hand_over(group: ChatGroup, by: Account, *, at_ms: int) -> None:
    """Give the group of an owner who is gone to its heir; without one it is dissolved."""
    heir = find_heir(group)
    if heir is None:
        ChatGroup.update(dissolved_at_ms=at_ms).where(ChatGroup.id == group.id).execute()
        return
    make_owner(group, heir)
    say(by, group, "owner", [heir.account])
    tell_change(group, [heir.account])


def make_owner(group: ChatGroup, membership: Membership) -> None:
    """Write the new owner; a silence ends."""
    changes = {"role": Role.OWNER.value, "muted_until_ms": None}
    Membership.update(changes).where(Membership.id == membership.id).execute()
    ChatGroup.update(owner=membership.account_id).where(ChatGroup.id == group.id).execute()


def say(actor: Account, group: ChatGroup, sentence: str, who: Sequence[Account] = (), **values: Any) -> None:
    """Write a line into the conversation; `sentence` is one of `hongyan_core.lines`."""
    named = [(account.name, account.display_name) for account in who]
    tell_line(actor.name, group.name, make_line(sentence, actor.language, actor.display_name, named, **values))


def say_of_member(
    actor: Account, group: ChatGroup, role: Role | None, sentence: str, who: Sequence[Account], **values: Any
) -> None:
    """The same of somebody who has, or had, this role: readers of a channel do not learn of each other."""
    if group.kind != "channel" or role in (Role.OWNER, Role.ADMIN):
        say(actor, group, sentence, who, **values)


def tell_change(group: ChatGroup, whom: Iterable[Account]) -> None:
    """Ask those whom it concerns to look at the group again; the line tells the others."""
    tell_notice({account.name for account in whom}, {"type": "group_changed", "group": group.name})


def tell_added(group: ChatGroup, account: Account, *, by: Account, at_ms: int) -> None:
    """Tell somebody that they are in."""
    notice = {"group": group.name, "title": group.title, "by": by.name, "at": at_ms}
    tell_notice([account.name], {"type": "group_added", **notice})
