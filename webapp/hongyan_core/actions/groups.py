"""Make a group, let people in and out.

A membership is an interval of the group's seq. The version of the relations is raised first, which keeps the exchange
out until the commit: no message falls between two intervals.
"""

from __future__ import annotations

from typing import Final

from hongyan.limits import Limits
from hongyan_core import rules
from hongyan_core.fields import parse_new_name, parse_title
from hongyan_core.problems import Problem
from hongyan_core.standing import Administration, Role
from hongyan_core.store.database import raise_relations_version, write_transaction
from hongyan_core.store.groups import (
    count_members,
    find_group,
    find_heir,
    find_membership,
    find_role,
    list_member_names,
    load_seat,
    touch_group,
)
from hongyan_core.store.models import Account, ChatGroup, Conversation, Membership
from hongyan_core.store.outbox import tell, tell_notice
from hongyan_core.store.people import find_account, load_pair

MAX_OWNED_GROUPS: Final = 200
_MAX_MEMBERS: Final = Limits().max_group_members


def create_group(account: Account, name: str, title: str, *, at_ms: int) -> ChatGroup:
    """Make a group with its owner as the only member. Names of groups and of accounts are apart.

    Raises:
        Problem: malformed_name, reserved_name, name_taken, malformed_display_name (field title), too_many.
    """
    kept_name, kept_title = parse_new_name(name, "name"), parse_title(title)
    with write_transaction():
        raise_relations_version()
        if find_group(kept_name) is not None:
            raise Problem("name_taken", "name")
        _refuse_too_many(account)
        conversation = Conversation.create(key=f"group:{kept_name}", kind="group")
        group = ChatGroup.create(
            name=kept_name, title=kept_title, owner=account, conversation=conversation, created_at_ms=at_ms
        )
        _open_membership(group, account, Role.OWNER, at_ms)
        _tell_members(group)
    return group


def _refuse_too_many(account: Account) -> None:
    alive = (ChatGroup.owner == account) & ChatGroup.dissolved_at_ms.is_null()
    if ChatGroup.select().where(alive).count() >= MAX_OWNED_GROUPS:
        raise Problem("too_many", limit=MAX_OWNED_GROUPS)


def add_member(
    account: Account, group: ChatGroup, username: str, *, at_ms: int, max_members: int = _MAX_MEMBERS
) -> None:
    """Let a friend in; they see what is written from now on.

    Raises:
        Problem: unknown_group, not_owner, unknown_account, already_member, not_friends, you_blocked, blocked,
            too_many.
    """
    with write_transaction():
        raise_relations_version()
        other = find_account(username)
        facts = _load_facts(account, group, other, max_members)
        refusal = rules.ADD_MEMBER.decide(facts)
        if refusal is not None or other is None:
            raise Problem(refusal or "unknown_account", limit=max_members)
        _open_membership(group, other, Role.MEMBER, at_ms)
        notice = {"group": group.name, "title": group.title, "by": account.name, "at": at_ms}
        tell_notice([other.name], {"type": "group_added", **notice})
        _tell_members(group)


def remove_member(account: Account, group: ChatGroup, username: str, *, at_ms: int) -> None:
    """Put a member out, or leave, when it is one's own name. What they could read stays readable for them.

    The owner who leaves hands the group to the member who is there longest; the last one out dissolves it.

    Raises:
        Problem: unknown_group, not_owner, not_a_member.
    """
    with write_transaction():
        raise_relations_version()
        other = find_account(username)
        if other == account:
            refusal = rules.LEAVE_GROUP.decide(load_seat(group, account))
        else:
            refusal = rules.REMOVE_MEMBER.decide(_load_facts(account, group, other))
        if refusal is not None or other is None:
            raise Problem(refusal or "not_a_member")
        _close_membership(group, other, at_ms)
        notice = {"group": group.name, "by": account.name, "at": at_ms}
        tell_notice([other.name], {"type": "group_removed", **notice})
        tell("left_group", {"account": other.name, "group": group.name})
        _tell_members(group)


def _load_facts(
    account: Account, group: ChatGroup, other: Account | None, max_members: int = _MAX_MEMBERS
) -> Administration:
    return Administration(
        role=find_role(group, account),
        other_role=None if other is None else find_role(group, other),
        pair=load_pair(account, other),
        has_room=count_members(group) < max_members,
    )


def _open_membership(group: ChatGroup, account: Account, role: Role, at_ms: int) -> None:
    since_seq = Conversation.get_by_id(group.conversation_id).last_seq
    Membership.create(group=group, account=account, role=role.value, since_seq=since_seq, joined_at_ms=at_ms)
    touch_group(group)


def _close_membership(group: ChatGroup, account: Account, at_ms: int) -> None:
    membership = find_membership(group, account)
    if membership is None:
        return
    until_seq = Conversation.get_by_id(group.conversation_id).last_seq
    Membership.update(until_seq=until_seq, left_at_ms=at_ms).where(Membership.id == membership.id).execute()
    if membership.role == Role.OWNER.value:
        _hand_over(group, at_ms)
    touch_group(group)


def _hand_over(group: ChatGroup, at_ms: int) -> None:
    heir = find_heir(group)
    this_group = ChatGroup.id == group.id
    if heir is None:
        ChatGroup.update(dissolved_at_ms=at_ms).where(this_group).execute()
    else:
        Membership.update(role=Role.OWNER.value).where(Membership.id == heir.id).execute()
        ChatGroup.update(owner=heir.account_id).where(this_group).execute()


def _tell_members(group: ChatGroup) -> None:
    tell_notice(list_member_names(group), {"type": "group_changed", "group": group.name})
