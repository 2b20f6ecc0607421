from __future__ import annotations

from dataclasses import replace

import pytest

from hongyan_core import rules
from hongyan_core.standing import Administration, Entry, Pair, Role, Seat

FRIENDS = Pair(other_in_use=True, friends=True)
OWNER, ADMIN, MEMBER = Role.OWNER, Role.ADMIN, Role.MEMBER


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(Administration(role=OWNER, pair=FRIENDS), None, id="the owner adds a friend"),
        pytest.param(Administration(role=ADMIN, pair=FRIENDS), None, id="an admin adds a friend"),
        pytest.param(Administration(role=MEMBER, pair=FRIENDS), "not_owner", id="a member"),
        pytest.param(Administration(pair=FRIENDS), "unknown_group", id="a foreign group"),
        pytest.param(Administration(role=OWNER), "not_friends", id="nobody, as a stranger"),
        pytest.param(Administration(role=MEMBER, pair=FRIENDS, members_invite=True), None, id="a member, if set so"),
        pytest.param(Administration(pair=FRIENDS, members_invite=True), "unknown_group", id="a foreigner, if set so"),
        pytest.param(Administration(role=OWNER, pair=Pair(friends=True)), "not_friends", id="a deleted friend"),
        pytest.param(Administration(role=OWNER, pair=FRIENDS, banned=True), "member_banned", id="a banned friend"),
        pytest.param(Administration(role=OWNER, pair=Pair(other_in_use=True)), "not_friends", id="a stranger"),
        pytest.param(Administration(role=OWNER, other_role=MEMBER, pair=FRIENDS), "already_member", id="twice"),
        pytest.param(Administration(role=OWNER, pair=FRIENDS, has_room=False), "too_many", id="a full group"),
        pytest.param(
            Administration(role=OWNER, pair=Pair(other_in_use=True, friends=True, blocks_me=True)),
            "blocked",
            id="a friend who blocked the owner",
        ),
        pytest.param(
            Administration(role=OWNER, pair=Pair(other_in_use=True, friends=True, blocked_by_me=True)),
            "you_blocked",
            id="a friend whom the owner blocked",
        ),
    ],
)
def test_adding_members(facts: Administration, expected: str | None) -> None:
    assert rules.ADD_MEMBER.decide(facts) == expected


REMOVAL: dict[tuple[Role | None, Role | None], str | None] = {
    (OWNER, ADMIN): None,
    (OWNER, MEMBER): None,
    (OWNER, None): "not_a_member",
    (ADMIN, OWNER): "outranked",
    (ADMIN, ADMIN): "outranked",
    (ADMIN, MEMBER): None,
    (ADMIN, None): "not_a_member",
    (MEMBER, OWNER): "not_owner",
    (MEMBER, ADMIN): "not_owner",
    (MEMBER, MEMBER): "not_owner",
    (MEMBER, None): "not_owner",
    (None, OWNER): "unknown_group",
    (None, ADMIN): "unknown_group",
    (None, MEMBER): "unknown_group",
    (None, None): "unknown_group",
}


@pytest.mark.parametrize(("roles", "expected"), REMOVAL.items())
def test_removing_members(roles: tuple[Role | None, Role | None], expected: str | None) -> None:
    assert rules.REMOVE_MEMBER.decide(Administration(role=roles[0], other_role=roles[1])) == expected


# rule → what it says to an admin, a member and a foreigner; the owner may
DEEDS: dict[str, tuple[str | None, str | None, str]] = {
    "CHANGE_GROUP": (None, "not_owner", "unknown_group"),
    "ANNOUNCE": (None, "not_owner", "unknown_group"),
    "SEE_READERS": (None, "not_owner", "unknown_group"),
    "UNBAN": (None, "not_owner", "unknown_group"),
    "SEE_BANS": (None, "not_owner", "unknown_group"),
    "DECIDE_JOIN": (None, "not_owner", "unknown_group"),
    "INVITE": (None, "not_owner", "unknown_group"),
    "SEE_MEMBERS": (None, None, "unknown_group"),
    "DISSOLVE": ("owner_only", "owner_only", "unknown_group"),
}


@pytest.mark.parametrize(("name", "codes"), DEEDS.items())
def test_what_may_be_done_with_a_group_as_such(name: str, codes: tuple[str | None, str | None, str]) -> None:
    decided = [getattr(rules, name).decide(Administration(role=role)) for role in (OWNER, ADMIN, MEMBER, None)]
    assert decided == [None, *codes]


def test_members_make_links_where_members_invite() -> None:
    assert rules.INVITE.decide(Administration(role=MEMBER, members_invite=True)) is None


def test_readers_of_a_channel_do_not_see_each_other() -> None:
    decided = [rules.SEE_MEMBERS.decide(Administration(role=role, channel=True)) for role in (OWNER, ADMIN, MEMBER)]
    assert decided == [None, None, "not_owner"]


IN_USE = Pair(other_in_use=True)
MYSELF = Pair(other_in_use=True, myself=True)
UPON_MEMBERS: list[tuple[str, str, Administration, str | None]] = [
    ("MUTE_MEMBER", "an admin a member", Administration(ADMIN, MEMBER, IN_USE), None),
    ("MUTE_MEMBER", "an admin an admin", Administration(ADMIN, ADMIN, IN_USE), "outranked"),
    ("MUTE_MEMBER", "the owner an admin", Administration(OWNER, ADMIN, IN_USE), None),
    ("MUTE_MEMBER", "oneself", Administration(OWNER, OWNER, MYSELF), "not_yourself"),
    ("MUTE_MEMBER", "a member a member", Administration(MEMBER, MEMBER, IN_USE), "not_owner"),
    ("MUTE_MEMBER", "nobody", Administration(OWNER), "not_a_member"),
    ("NAME_MEMBER", "oneself", Administration(MEMBER, MEMBER, MYSELF), None),
    ("NAME_MEMBER", "an admin a member", Administration(ADMIN, MEMBER, IN_USE), None),
    ("NAME_MEMBER", "an admin the owner", Administration(ADMIN, OWNER, IN_USE), "outranked"),
    ("NAME_MEMBER", "a member a member", Administration(MEMBER, MEMBER, IN_USE), "not_owner"),
    ("NAME_MEMBER", "nobody", Administration(ADMIN), "not_a_member"),
    ("BAN", "an admin a member", Administration(ADMIN, MEMBER, IN_USE, known=True), None),
    ("BAN", "an admin who left", Administration(ADMIN, None, IN_USE, known=True), None),
    ("BAN", "an admin the owner", Administration(ADMIN, OWNER, IN_USE, known=True), "outranked"),
    ("BAN", "somebody who never came", Administration(OWNER, None, IN_USE), "not_a_member"),
    ("BAN", "oneself", Administration(OWNER, OWNER, MYSELF, known=True), "not_yourself"),
    ("BAN", "a member a member", Administration(MEMBER, MEMBER, IN_USE, known=True), "not_owner"),
    ("SET_ROLE", "the owner a member", Administration(OWNER, MEMBER, IN_USE), None),
    ("SET_ROLE", "the owner oneself", Administration(OWNER, OWNER, MYSELF), "not_yourself"),
    ("SET_ROLE", "an admin a member", Administration(ADMIN, MEMBER, IN_USE), "owner_only"),
    ("SET_ROLE", "a foreigner", Administration(OWNER, None, IN_USE), "not_a_member"),
    ("TRANSFER", "to a member", Administration(OWNER, MEMBER, IN_USE), None),
    ("TRANSFER", "to a deleted member", Administration(OWNER, MEMBER), "not_a_member"),
    ("TRANSFER", "to oneself", Administration(OWNER, OWNER, MYSELF), "not_yourself"),
    ("TRANSFER", "by an admin", Administration(ADMIN, MEMBER, IN_USE), "owner_only"),
    ("LET_IN", "by an admin", Administration(ADMIN, None, IN_USE), None),
    ("LET_IN", "by a member", Administration(MEMBER, None, IN_USE), "not_owner"),
    ("LET_IN", "a deleted account", Administration(ADMIN), "unknown_join_request"),
    ("LET_IN", "into a full group", Administration(ADMIN, None, IN_USE, has_room=False), "too_many"),
]


@pytest.mark.parametrize(
    ("name", "facts", "expected"),
    [pytest.param(name, facts, expected, id=f"{name}: {why}") for name, why, facts, expected in UPON_MEMBERS],
)
def test_what_may_be_done_with_a_member(name: str, facts: Administration, expected: str | None) -> None:
    assert getattr(rules, name).decide(facts) == expected
    assert getattr(rules, name).decide(replace(facts, role=None)) == "unknown_group"


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        pytest.param(Entry(link_works=True, joins_open=True), None, id="an open door"),
        pytest.param(Entry(joins_open=True), "invalid_link", id="a link that is over"),
        pytest.param(Entry(link_works=True, joins_open=True, banned=True), "banned", id="banned"),
        pytest.param(Entry(link_works=True, joins_open=True, member=True), "already_member", id="in already"),
        pytest.param(Entry(link_works=True), "joins_closed", id="a closed door"),
        pytest.param(Entry(link_works=True, joins_open=True, has_room=False), "too_many", id="a full group"),
    ],
)
def test_coming_in_by_a_link(entry: Entry, expected: str | None) -> None:
    assert rules.JOIN_BY_LINK.decide(entry) == expected


@pytest.mark.parametrize(
    ("seat", "expected"),
    [
        pytest.param(Seat(role=MEMBER), None, id="member"),
        pytest.param(Seat(role=OWNER), None, id="owner"),
        pytest.param(Seat(), "unknown_group", id="a foreign group"),
        pytest.param(Seat(role=MEMBER, everyones=True), "everyone_stays", id="the channel of everybody"),
    ],
)
def test_leaving_a_group(seat: Seat, expected: str | None) -> None:
    assert rules.LEAVE_GROUP.decide(seat) == expected
