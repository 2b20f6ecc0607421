"""Let members in and out, ban, silence, name them, and say who helps."""

from __future__ import annotations

from typing import Final, TypedDict

from hongyan.limits import Limits
from hongyan_core import rules
from hongyan_core.actions.groups.seats import (
    close_membership,
    hand_over,
    open_membership,
    reload_group,
    say,
    say_of_member,
    settle_join_requests,
    tell_added,
    tell_change,
)
from hongyan_core.fields import parse_mute, parse_nickname
from hongyan_core.problems import Problem, ProblemCode
from hongyan_core.rules import Rule
from hongyan_core.standing import Administration, Role
from hongyan_core.store.database import raise_relations_version, write_transaction
from hongyan_core.store.groups import (
    check,
    find_membership,
    load_invitation,
    load_seat,
    load_standing,
    touch_group,
)
from hongyan_core.store.models import Account, ChatGroup, GroupBan, Membership
from hongyan_core.store.people import find_account

_MAX_MEMBERS: Final = Limits().max_group_members


def add_member(
    account: Account, group: ChatGroup, username: str, *, at_ms: int, max_members: int = _MAX_MEMBERS
) -> None:
    """Let a friend in; the group's setting says who may, and what of the history they see.

    Raises:
        Problem: unknown_group, not_owner, already_member, not_friends (an unknown name too), you_blocked, blocked,
            member_banned, too_many.
    """
    with write_transaction():
        raise_relations_version()
        group = reload_group(group)
        other = find_account(username)
        refusal = rules.ADD_MEMBER.decide(load_invitation(account, group, other, max_members))
        if refusal is not None or other is None:
            raise Problem(refusal or "not_friends", limit=max_members)
        open_membership(group, other, Role.MEMBER, at_ms=at_ms)
        say_of_member(account, group, Role.MEMBER, "joined", [other])
        tell_added(group, other, by=account, at_ms=at_ms)
        tell_change(group, [account])


def remove_member(account: Account, group: ChatGroup, username: str, *, at_ms: int) -> None:
    """Put a member out, or leave, when it is one's own name. What they could read stays readable for them.

    The owner who leaves hands the group to the admin, else the member, who is there longest; the last one out
    dissolves it.

    Raises:
        Problem: unknown_group, not_owner, not_a_member, outranked.
    """
    with write_transaction():
        raise_relations_version()
        group = reload_group(group)
        other = find_account(username)
        if other == account:
            refusal = rules.LEAVE_GROUP.decide(load_seat(group, account))
        else:
            refusal = rules.REMOVE_MEMBER.decide(load_standing(account, group, other))
        if refusal is not None or other is None:
            raise Problem(refusal or "not_a_member")
        _put_out(account, group, other, "left" if other == account else "removed", at_ms)


def _put_out(account: Account, group: ChatGroup, other: Account, sentence: str, at_ms: int) -> None:
    seat = find_membership(group, other)
    if seat is None:
        return
    role = Role(seat.role)
    close_membership(group, seat, by=account, at_ms=at_ms)
    say_of_member(account, group, role, sentence, [] if other == account else [other])
    if role is Role.OWNER:
        hand_over(group, account, at_ms=at_ms)
    if other != account:
        tell_change(group, [account])


def ban_member(account: Account, group: ChatGroup, username: str, *, at_ms: int) -> None:
    """Put somebody out for good: who is, was or asked to be a member. Twice is once.

    Raises:
        Problem: unknown_group, not_owner, not_yourself, not_a_member, outranked.
    """
    with write_transaction():
        raise_relations_version()
        group = reload_group(group)
        other = find_account(username)
        facts = load_standing(account, group, other)
        refusal = rules.BAN.decide(facts)
        if refusal is not None or other is None:
            raise Problem(refusal or "not_a_member")
        if facts.banned:
            return
        GroupBan.create(group=group, account=other, at_ms=at_ms)
        settle_join_requests(group, other, "declined", at_ms=at_ms, by=account)
        if facts.other_is_member:
            _put_out(account, group, other, "banned", at_ms)
        else:
            say_of_member(account, group, None, "banned", [other])
            tell_change(group, [account])


def unban_member(account: Account, group: ChatGroup, username: str) -> None:
    """Let somebody come back who was banned; of somebody else nothing happens.

    Raises:
        Problem: unknown_group, not_owner.
    """
    with write_transaction():
        raise_relations_version()
        group = reload_group(group)
        check(rules.UNBAN, account, group)
        other = find_account(username)
        if other is None:
            return
        if GroupBan.delete().where((GroupBan.group == group) & (GroupBan.account == other)).execute():
            say_of_member(account, group, None, "unbanned", [other])
            tell_change(group, [account])


class MemberChanges(TypedDict, total=False):
    """What is to be changed; what is left out stays. See `set_role`, `mute_member`, `name_member`."""

    role: str
    muted_until: int | None
    nickname: str


def change_member(account: Account, group: ChatGroup, username: str, changes: MemberChanges, *, at_ms: int) -> None:
    """Change all of these, or nothing.

    Raises:
        Problem: As the three of them.
    """
    with write_transaction():
        raise_relations_version()
        if "role" in changes:
            set_role(account, group, username, Role(changes["role"]))
        if "muted_until" in changes:
            mute_member(account, group, username, changes["muted_until"], at_ms=at_ms)
        if "nickname" in changes:
            name_member(account, group, username, changes["nickname"])


def set_role(account: Account, group: ChatGroup, username: str, role: Role) -> None:
    """Make a member an admin, or an admin a plain member.

    Raises:
        Problem: malformed_field (owner: see `transfer_group`), unknown_group, owner_only, not_a_member, not_yourself.
    """
    if role is Role.OWNER:
        raise Problem("malformed_field", "role")
    with write_transaction():
        raise_relations_version()
        group = reload_group(group)
        other, seat = _find_seat(rules.SET_ROLE, account, group, username)
        if seat.role == role.value:
            return
        Membership.update(role=role.value).where(Membership.id == seat.id).execute()
        touch_group(group)
        say(account, group, f"role:{role.value}", [other], role=role.value)
        tell_change(group, [account, other])


def mute_member(account: Account, group: ChatGroup, username: str, until_ms: int | None, *, at_ms: int) -> None:
    """Let a member read only, until a time to come; None: until it is taken back, 0 takes it back.

    Raises:
        Problem: malformed_field, unknown_group, not_owner, not_a_member, not_yourself, outranked.
    """
    kept = parse_mute(until_ms, at_ms)
    with write_transaction():
        raise_relations_version()
        group = reload_group(group)
        other, seat = _find_seat(rules.MUTE_MEMBER, account, group, username)
        if seat.muted_until_ms == kept:
            return
        Membership.update(muted_until_ms=kept).where(Membership.id == seat.id).execute()
        touch_group(group)
        sentence, values = ("unmuted", {}) if kept is None else ("muted", {"until": kept})
        say_of_member(account, group, Role(seat.role), sentence, [other], **values)
        tell_change(group, [account, other])


def name_member(account: Account, group: ChatGroup, username: str, nickname: str) -> None:
    """Choose what oneself, or by an admin a member, is called in the group; empty: by the display name.

    Raises:
        Problem: malformed_display_name (field nickname), unknown_group, not_owner, not_a_member, outranked.
    """
    kept = parse_nickname(nickname)
    with write_transaction():
        group = reload_group(group)
        other, seat = _find_seat(rules.NAME_MEMBER, account, group, username)
        if seat.nickname == kept:
            return
        Membership.update(nickname=kept).where(Membership.id == seat.id).execute()
        touch_group(group)
        sentence = "nickname" if kept else "nickname:none"
        say_of_member(account, group, Role(seat.role), sentence, [other], nickname=kept)
        tell_change(group, [account, other])


def _find_seat(
    rule: Rule[Administration, ProblemCode], account: Account, group: ChatGroup, username: str
) -> tuple[Account, Membership]:
    """The member upon whom the account may act."""
    other = find_account(username)
    refusal = rule.decide(load_standing(account, group, other))
    seat = None if other is None else find_membership(group, other)
    if refusal is not None or other is None or seat is None:
        raise Problem(refusal or "not_a_member")
    return other, seat
