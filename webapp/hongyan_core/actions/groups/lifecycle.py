"""Make a group, hand it over, dissolve it."""

from __future__ import annotations

from typing import Final

from hongyan_core import rules
from hongyan_core.actions.groups.seats import make_owner, open_membership, reload_group, say, tell_change
from hongyan_core.fields import parse_new_name, parse_title
from hongyan_core.problems import Problem
from hongyan_core.standing import Role
from hongyan_core.store.database import raise_relations_version, write_transaction
from hongyan_core.store.groups import check, find_group, find_membership, load_standing, touch_group
from hongyan_core.store.models import Account, ChatGroup, Conversation, Membership
from hongyan_core.store.people import find_account

MAX_OWNED_GROUPS: Final = 200


def create_group(account: Account, name: str, title: str, *, at_ms: int, kind: str = "group") -> ChatGroup:
    """Make a group with its owner as the only member. Names of groups and of accounts are apart.

    Args:
        kind: `group`, or `channel`: its owner and admins write, many read and do not see each other.

    Raises:
        Problem: malformed_name, reserved_name, name_taken, malformed_display_name (field title), too_many.
    """
    kept_name, kept_title = parse_new_name(name, "name"), parse_title(title)
    with write_transaction():
        raise_relations_version()
        if find_group(kept_name) is not None:
            raise Problem("name_taken", "name")
        _refuse_too_many(account)
        group = ChatGroup.create(
            name=kept_name,
            title=kept_title,
            kind=kind,
            writers="admins" if kind == "channel" else "all",
            owner=account,
            conversation=Conversation.create(key=f"group:{kept_name}", kind="group"),
            created_at_ms=at_ms,
        )
        open_membership(group, account, Role.OWNER, at_ms=at_ms)
        say(account, group, "created", title=kept_title)
        tell_change(group, [account])
    return group


def _refuse_too_many(account: Account) -> None:
    alive = (ChatGroup.owner == account) & ChatGroup.dissolved_at_ms.is_null()
    if ChatGroup.select().where(alive).count() >= MAX_OWNED_GROUPS:
        raise Problem("too_many", limit=MAX_OWNED_GROUPS)


def transfer_group(account: Account, group: ChatGroup, username: str) -> None:
    """Make another member the owner; the old one stays as an admin.

    Raises:
        Problem: unknown_group, owner_only, not_a_member, not_yourself, too_many.
    """
    with write_transaction():
        raise_relations_version()
        group = reload_group(group)
        other = find_account(username)
        refusal = rules.TRANSFER.decide(load_standing(account, group, other))
        seat = None if other is None else find_membership(group, other)
        if refusal is not None or other is None or seat is None:
            raise Problem(refusal or "not_a_member")
        _refuse_too_many(other)
        mine = (Membership.group == group) & (Membership.account == account) & Membership.until_seq.is_null()
        Membership.update(role=Role.ADMIN.value).where(mine).execute()
        make_owner(group, seat)
        touch_group(group)
        say(account, group, "owner", [other])
        tell_change(group, [account, other])


def dissolve_group(account: Account, group: ChatGroup, *, at_ms: int) -> None:
    """Close the group for everybody, at once; its name stays used, and what one could read stays readable.

    The memberships stay as they are, however many: nobody is a member of a dissolved group, and its last line, which
    says so, is still for all of them.

    Raises:
        Problem: unknown_group, owner_only.
    """
    with write_transaction():
        raise_relations_version()
        group = reload_group(group)
        check(rules.DISSOLVE, account, group)
        ChatGroup.update(dissolved_at_ms=at_ms).where(ChatGroup.id == group.id).execute()
        touch_group(group)
        say(account, group, "dissolved")
        tell_change(group, [account])
