"""What the API shows of groups, and who sits in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import Expression, fn

from hongyan.names import is_name
from hongyan_core.problems import Problem
from hongyan_core.standing import Role, Seat
from hongyan_core.store.database import read_rows
from hongyan_core.store.models import Account, ChatGroup, Membership
from hongyan_core.store.people import is_in_use


@dataclass(frozen=True, slots=True)
class GroupSummary:
    """A group of the viewer's."""

    name: str
    title: str
    owner: str
    role: Role
    member_count: int


@dataclass(frozen=True, slots=True)
class Member:
    """A member of today."""

    username: str
    display_name: str
    role: Role


def find_group(name: str) -> ChatGroup | None:
    """The group that was ever given this name, dissolved ones included."""
    return ChatGroup.get_or_none(ChatGroup.name == name) if is_name(name) else None


def load_group(viewer: Account, name: str) -> ChatGroup:
    """A group that the viewer is a member of.

    Raises:
        Problem: unknown_group, for a foreign one too.
    """
    group = find_group(name)
    if group is None or find_role(group, viewer) is None:
        raise Problem("unknown_group")
    return group


def find_membership(group: ChatGroup, account: Account) -> Membership | None:
    """The open membership, which is at most one."""
    return Membership.get_or_none(_open(group) & (Membership.account == account))


def find_role(group: ChatGroup, account: Account) -> Role | None:
    """What the account is in the group today; None: no member."""
    membership = find_membership(group, account)
    return None if membership is None else Role(membership.role)


def load_seat(group: ChatGroup | None, account: Account) -> Seat:
    """The facts that the rules of groups ask for."""
    return Seat(is_in_use(account), None if group is None else find_role(group, account))


def summarize_group(viewer: Account, group: ChatGroup) -> GroupSummary:
    """One row of `list_groups`.

    Raises:
        Problem: unknown_group, when the viewer is no member.
    """
    for summary in _summaries(viewer, ChatGroup.id == group.id):
        return summary
    raise Problem("unknown_group")


def list_groups(viewer: Account) -> list[GroupSummary]:
    """The groups that the viewer is a member of, by name."""
    return _summaries(viewer)


def _summaries(viewer: Account, *conditions: Any) -> list[GroupSummary]:
    everybody = Membership.alias()
    member_count = everybody.select(fn.COUNT(everybody.id)).where(
        (everybody.group == ChatGroup.id) & everybody.until_seq.is_null()
    )
    query = (
        Membership.select(ChatGroup.name, ChatGroup.title, Account.name, Membership.role, member_count)
        .join(ChatGroup, on=(Membership.group == ChatGroup.id))
        .join(Account, on=(ChatGroup.owner == Account.id))
        .where((Membership.account == viewer) & Membership.until_seq.is_null(), *conditions)
        .order_by(ChatGroup.name)
    )
    return [GroupSummary(name, title, owner, Role(role), count) for name, title, owner, role, count in read_rows(query)]


def list_members(group: ChatGroup) -> list[Member]:
    """The members of today, who is there longest first."""
    query = (
        Membership.select(Account.name, Account.display_name, Membership.role)
        .join(Account, on=(Membership.account == Account.id))
        .where(_open(group))
        .order_by(Membership.id)
    )
    return [Member(name, display_name, Role(role)) for name, display_name, role in read_rows(query)]


def list_member_names(group: ChatGroup) -> list[str]:
    """The user names of the members of today, who is there longest first."""
    return [member.username for member in list_members(group)]


def count_members(group: ChatGroup) -> int:
    """How many members there are today."""
    return Membership.select().where(_open(group)).count()


def find_heir(group: ChatGroup) -> Membership | None:
    """The open membership that began first."""
    return Membership.select().where(_open(group)).order_by(Membership.id).limit(1).get_or_none()


def _open(group: ChatGroup) -> Expression:
    return (Membership.group == group) & Membership.until_seq.is_null()


def touch_group(group: ChatGroup) -> None:
    """Raise the group's version; in the transaction of every change of the group or of its members."""
    ChatGroup.update(version=ChatGroup.version + 1).where(ChatGroup.id == group.id).execute()
