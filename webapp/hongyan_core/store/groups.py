"""Groups as the rules and the API ask for them. Nobody is a member of a dissolved group, whatever its rows say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from peewee import Expression, fn

from hongyan.names import is_name
from hongyan_core import rules
from hongyan_core.problems import Problem, ProblemCode
from hongyan_core.rules import Rule
from hongyan_core.standing import Administration, Pair, Role, Seat
from hongyan_core.store.database import read_rows
from hongyan_core.store.models import Account, ChatGroup, GroupBan, JoinRequest, Membership, ReadMark
from hongyan_core.store.people import is_in_use, load_pair

EVERYONE: Final = "everyone"  # the channel of everybody: a reserved name, so nobody else's


@dataclass(frozen=True, slots=True)
class GroupSummary:
    """A group of the viewer's. `picture` is a version, for the address of the image."""

    name: str
    title: str
    owner: str
    role: Role
    member_count: int
    kind: str = "group"
    picture: str | None = None


@dataclass(frozen=True, slots=True)
class Announcement:
    """What the admins want everybody to read; `read_count` is for them only."""

    text: str
    at_ms: int
    by: str
    read_count: int | None


@dataclass(frozen=True, slots=True)
class GroupDetail:
    """All about a group of the viewer's. A silence that is over is None; FOREVER_MS lasts until it is taken back."""

    summary: GroupSummary
    invites: str
    joins: str
    history: str
    writers: str
    muted_until_ms: int | None
    announcement: Announcement | None
    my_nickname: str
    my_muted_until_ms: int | None


def find_group(name: str) -> ChatGroup | None:
    """The group that was ever given this name, dissolved ones included."""
    return ChatGroup.get_or_none(ChatGroup.name == name) if is_name(name) else None


def load_group(viewer: Account, name: str) -> ChatGroup:
    """A group that the viewer is a member of.

    Raises:
        Problem: unknown_group, for a foreign one and a dissolved one too.
    """
    group = find_group(name)
    if group is None or find_role(group, viewer) is None:
        raise Problem("unknown_group")
    return group


def find_membership(group: ChatGroup, account: Account) -> Membership | None:
    """The open membership, which is at most one."""
    if group.dissolved_at_ms is not None:
        return None
    return Membership.get_or_none(_is_seat(group) & (Membership.account == account))


def find_role(group: ChatGroup, account: Account) -> Role | None:
    """What the account is in the group today; None: no member."""
    membership = find_membership(group, account)
    return None if membership is None else Role(membership.role)


def load_seat(group: ChatGroup | None, account: Account) -> Seat:
    """The facts that the rules of groups ask for."""
    if group is None:
        return Seat(is_in_use(account))
    return Seat(is_in_use(account), find_role(group, account), everyones=group.name == EVERYONE)


# --- who acts upon whom


def load_standing(account: Account, group: ChatGroup, other: Account | None = None) -> Administration:
    """The facts that the rules of groups ask for, but for what stands between the two people."""
    roles = _find_roles(group, account, other)
    pair = Pair(
        in_use=is_in_use(account),
        other_in_use=other is not None and is_in_use(other),
        myself=other is not None and other.id == account.id,
    )
    return Administration(
        role=roles.get(account.id),
        other_role=None if other is None else roles.get(other.id),
        pair=pair,
        members_invite=group.invites == "members",
        channel=group.kind == "channel",
        everyones=group.name == EVERYONE,
        banned=other is not None and is_banned(group, other),
        known=other is not None and (other.id in roles or _ever_came(group, other)),
    )


def load_invitation(account: Account, group: ChatGroup, other: Account | None, max_members: int) -> Administration:
    """The facts for letting somebody in whom the one who acts must know."""
    has_room = count_members(group) < max_members
    return replace(load_standing(account, group, other), pair=load_pair(account, other), has_room=has_room)


def check(rule: Rule[Administration, ProblemCode], account: Account, group: ChatGroup) -> None:
    """Refuse what the account may not do with the group as such.

    Raises:
        Problem: What the rule says.
    """
    refusal = rule.decide(load_standing(account, group))
    if refusal is not None:
        raise Problem(refusal)


def _find_roles(group: ChatGroup, *accounts: Account | None) -> dict[int, Role]:
    if group.dissolved_at_ms is not None:
        return {}
    ids = [account.id for account in accounts if account is not None]
    rows = Membership.select(Membership.account, Membership.role).where(_is_seat(group) & Membership.account.in_(ids))
    return {account: Role(role) for account, role in read_rows(rows)}


def _ever_came(group: ChatGroup, account: Account) -> bool:
    was_here = (Membership.group == group) & (Membership.account == account)
    asked = (JoinRequest.group == group) & (JoinRequest.account == account)
    return Membership.select().where(was_here).exists() or JoinRequest.select().where(asked).exists()


def is_banned(group: ChatGroup, account: Account) -> bool:
    """Whether the account may not come back."""
    return GroupBan.select().where((GroupBan.group == group) & (GroupBan.account == account)).exists()


def is_open(group: ChatGroup) -> Expression:
    """The memberships of today."""
    return (Membership.group == group) & Membership.until_seq.is_null()


def _is_seat(group: ChatGroup) -> Expression:
    """The same where the account is known: SQLite would else walk along all members, 20 ms of 100,000."""
    return (Membership.group == group) & (fn.COALESCE(Membership.until_seq, -1) == -1)


def count_members(group: ChatGroup) -> int:
    """How many members there are today."""
    return Membership.select().where(is_open(group)).count()


def find_heir(group: ChatGroup) -> Membership | None:
    """Who takes over: the admin who is there longest, else the member; nobody whose account is not in use."""
    heirs = (
        Membership.select()
        .join(Account, on=(Membership.account == Account.id))
        .where(is_open(group) & Account.disabled_at_ms.is_null() & Account.deleted_at_ms.is_null())
        .order_by(Membership.id)
        .limit(1)
    )
    return heirs.where(Membership.role == Role.ADMIN.value).get_or_none() or heirs.get_or_none()


def touch_group(group: ChatGroup) -> None:
    """Raise the group's version; in the transaction of every change of the group or of its members."""
    ChatGroup.update(version=ChatGroup.version + 1).where(ChatGroup.id == group.id).execute()


# --- what is shown


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
    return list(_summaries(viewer))


def _summaries(viewer: Account, *conditions: Any) -> Iterable[GroupSummary]:
    everybody = Membership.alias()
    member_count = everybody.select(fn.COUNT(everybody.id)).where(
        (everybody.group == ChatGroup.id) & everybody.until_seq.is_null()
    )
    query = (
        Membership.select(
            ChatGroup.name,
            ChatGroup.title,
            Account.name,
            Membership.role,
            member_count,
            ChatGroup.kind,
            ChatGroup.picture,
        )
        .join(ChatGroup, on=(Membership.group == ChatGroup.id))
        .join(Account, on=(ChatGroup.owner == Account.id))
        .where(
            (Membership.account == viewer) & Membership.until_seq.is_null() & ChatGroup.dissolved_at_ms.is_null(),
            *conditions,
        )
        .order_by(ChatGroup.name)
    )
    return [
        GroupSummary(name, title, owner, Role(role), count, kind, picture)
        for name, title, owner, role, count, kind, picture in read_rows(query)
    ]


def describe_group(viewer: Account, group: ChatGroup, *, at_ms: int) -> GroupDetail:
    """All that a member may know of a group but for its members.

    Raises:
        Problem: unknown_group, when the viewer is no member.
    """
    mine = find_membership(group, viewer)
    if mine is None:
        raise Problem("unknown_group")
    return GroupDetail(
        summary=summarize_group(viewer, group),
        invites=group.invites,
        joins=group.joins,
        history=group.history,
        writers=group.writers,
        muted_until_ms=still(group.muted_until_ms, at_ms),
        announcement=_describe_announcement(viewer, group),
        my_nickname=mine.nickname,
        my_muted_until_ms=still(mine.muted_until_ms, at_ms),
    )


def still(until_ms: int | None, at_ms: int) -> int | None:
    """A silence that is not over yet."""
    return until_ms if until_ms is not None and until_ms > at_ms else None


def _describe_announcement(viewer: Account, group: ChatGroup) -> Announcement | None:
    if not group.announcement or group.announced_at_ms is None or group.announced_by is None:
        return None
    may_see = rules.SEE_READERS.decide(load_standing(viewer, group)) is None
    count = Membership.select().join(ReadMark, on=has_read(group)).where(was_told(group)).count() if may_see else None
    return Announcement(group.announcement, group.announced_at_ms, group.announced_by.name, count)


def has_read(group: ChatGroup) -> Expression:
    """The read marks beyond the announcement, joined to memberships."""
    return (
        (ReadMark.account == Membership.account)
        & (ReadMark.conversation == group.conversation_id)
        & (ReadMark.seq > group.announced_after_seq)
    )


def was_told(group: ChatGroup) -> Expression:
    """The members of today who were there when it was announced: of who came later, what was said counts as read."""
    return is_open(group) & (Membership.joined_at_ms <= group.announced_at_ms)
