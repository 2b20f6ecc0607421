"""Who is in a group and what they may do there: ban, silence, roles, nicknames, hand-over, end; page by page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import peewee
import pytest

from hongyan import topics
from hongyan_core.actions.groups import (
    add_member,
    ban_member,
    change_member,
    dissolve_group,
    lifecycle,
    mute_member,
    name_member,
    remove_member,
    set_role,
    transfer_group,
    unban_member,
)
from hongyan_core.problems import Problem
from hongyan_core.standing import Role
from hongyan_core.store.groups import find_membership, list_groups, load_group
from hongyan_core.store.history import list_conversations, read_history
from hongyan_core.store.members import list_bans, list_members
from hongyan_core.store.models import FOREVER_MS, Account, ChatGroup, GroupBan, Membership
from tests.support.cast import make_account, make_friends, take_lines, take_notices, take_outbox
from tests.support.lab import Lab, make_lab
from tests.support.recorded import recorded


@pytest.fixture
def lab(database: peewee.Database) -> Lab:
    return make_lab()


@pytest.fixture
def channel(database: peewee.Database) -> Lab:
    return make_lab(kind="channel", writers="admins")


Deed = Callable[[Account, ChatGroup, str], Any]
DEEDS: dict[str, Deed] = {
    "ban": lambda who, group, name: ban_member(who, group, name, at_ms=30),
    "role": lambda who, group, name: set_role(who, group, name, Role.ADMIN),
    "mute": lambda who, group, name: mute_member(who, group, name, None, at_ms=30),
    "nickname": lambda who, group, name: name_member(who, group, name, "Nick"),
    "transfer": transfer_group,
    "remove": lambda who, group, name: remove_member(who, group, name, at_ms=30),
    "unban": unban_member,
    "dissolve": lambda who, group, _: dissolve_group(who, group, at_ms=30),
}
REFUSED = [
    ("ban", "dan", "ann", "outranked"),
    ("ban", "bob", "thermo", "not_owner"),
    ("ban", "ann", "ann", "not_yourself"),
    ("ban", "ann", "eve", "not_a_member"),
    ("ban", "ann", "nobody", "not_a_member"),
    ("ban", "eve", "bob", "unknown_group"),
    ("role", "dan", "bob", "owner_only"),
    ("role", "bob", "bob", "owner_only"),
    ("role", "ann", "ann", "not_yourself"),
    ("role", "ann", "eve", "not_a_member"),
    ("role", "ann", "no name", "not_a_member"),
    ("role", "eve", "eve", "unknown_group"),
    ("mute", "dan", "ann", "outranked"),
    ("mute", "dan", "dan", "not_yourself"),
    ("mute", "bob", "thermo", "not_owner"),
    ("mute", "ann", "eve", "not_a_member"),
    ("nickname", "bob", "thermo", "not_owner"),
    ("nickname", "dan", "ann", "outranked"),
    ("nickname", "dan", "eve", "not_a_member"),
    ("nickname", "eve", "eve", "unknown_group"),
    ("transfer", "dan", "bob", "owner_only"),
    ("transfer", "ann", "eve", "not_a_member"),
    ("transfer", "ann", "ann", "not_yourself"),
    ("remove", "dan", "ann", "outranked"),
    ("unban", "bob", "eve", "not_owner"),
    ("unban", "eve", "eve", "unknown_group"),
    ("dissolve", "dan", "", "owner_only"),
    ("dissolve", "eve", "", "unknown_group"),
]


@pytest.mark.parametrize(
    ("deed", "who", "name", "code"),
    REFUSED,
    ids=[f"{who}: {deed} {name} - {code}" for deed, who, name, code in REFUSED],
)
def test_who_may_not_changes_nothing(lab: Lab, deed: str, who: str, name: str, code: str) -> None:
    before = list(Membership.select().order_by(Membership.id).dicts())
    with pytest.raises(Problem) as caught:
        DEEDS[deed](Account.get(name=who), lab.group, name)
    assert caught.value.code == code
    assert list(Membership.select().order_by(Membership.id).dicts()) == before
    assert GroupBan.select().count() == 0
    assert lab.again() == lab.group
    assert lab.again().version == lab.group.version
    assert take_outbox() == []


CHANGES = [deed for deed in DEEDS if deed != "unban"]


@pytest.mark.parametrize("deed", CHANGES)
def test_every_change_is_a_line_and_raises_the_version_of_the_group(lab: Lab, deed: str) -> None:
    DEEDS[deed](lab.ann, lab.group, "bob")
    assert lab.again().version > lab.group.version
    assert [who for who, _ in take_lines()] == ["ann"]


# --- invitations by members


def test_members_invite_where_it_is_set_so(lab: Lab) -> None:
    make_friends(lab.bob, lab.eve)
    with pytest.raises(Problem, match="not_owner"):
        add_member(lab.bob, lab.group, "eve", at_ms=30)
    ChatGroup.update(invites="members").execute()
    add_member(lab.bob, lab.group, "eve", at_ms=30)
    assert lab.roles()["eve"] == "member"
    assert take_lines() == [("bob", {"event": "joined", "body": "Bob added Eve", "who": ["eve"]})]


# --- bans


def test_a_ban_puts_out_and_keeps_out_until_it_is_lifted(lab: Lab) -> None:
    ban_member(lab.dan, lab.group, "bob", at_ms=30)
    assert lab.roles() == {"ann": "owner", "dan": "admin", "thermo": "member"}
    assert [(ban.username, ban.at_ms) for ban in list_bans(lab.ann, lab.group).bans] == [("bob", 30)]
    told = take_outbox()
    assert [payload["fields"] for kind, payload in told if kind == "line"] == [
        {"event": "banned", "body": "Dan banned Bob", "who": ["bob"]}
    ]
    assert [(kind, payload) for kind, payload in told if kind != "line"] == [
        ("notice", {"to": ["bob"], "notice": {"type": "group_removed", "group": "lab", "by": "dan", "at": 30}}),
        ("left_group", {"account": "bob", "group": "lab"}),
        ("notice", {"to": ["dan"], "notice": {"type": "group_changed", "group": "lab"}}),
    ]
    with pytest.raises(Problem, match="member_banned"):
        add_member(lab.ann, lab.group, "bob", at_ms=40)
    ban_member(lab.dan, lab.group, "bob", at_ms=50)
    assert take_outbox() == []
    unban_member(lab.dan, lab.group, "bob")
    assert take_lines() == [("dan", {"event": "unbanned", "body": "Dan lifted the ban of Bob", "who": ["bob"]})]
    unban_member(lab.dan, lab.group, "bob")
    unban_member(lab.dan, lab.group, "nobody")
    assert take_outbox() == []
    add_member(lab.ann, lab.group, "bob", at_ms=60)
    assert "bob" in lab.roles()


def test_who_left_can_be_banned_so_that_they_do_not_come_back(lab: Lab) -> None:
    remove_member(lab.bob, lab.group, "bob", at_ms=30)
    ban_member(lab.dan, lab.group, "bob", at_ms=40)
    assert GroupBan.get().account == lab.bob


def test_a_ban_is_seen_by_those_who_may_lift_it(lab: Lab) -> None:
    with pytest.raises(Problem, match="not_owner"):
        list_bans(lab.bob, lab.group)
    with pytest.raises(Problem, match="unknown_group"):
        list_bans(lab.eve, lab.group)


# --- roles and owners


def test_the_owner_makes_admins_and_takes_it_back(lab: Lab) -> None:
    set_role(lab.ann, lab.group, "bob", Role.ADMIN)
    assert lab.roles()["bob"] == "admin"
    assert [fields for _, fields in take_lines()] == [
        {"event": "role", "body": "Ann made Bob an admin", "who": ["bob"], "role": "admin"}
    ]
    set_role(lab.ann, lab.group, "bob", Role.ADMIN)
    assert take_outbox() == []
    set_role(lab.ann, lab.group, "bob", Role.MEMBER)
    assert lab.roles()["bob"] == "member"
    assert take_notices() == [(["ann", "bob"], {"type": "group_changed", "group": "lab"})]
    with pytest.raises(Problem) as caught:
        set_role(lab.ann, lab.group, "bob", Role.OWNER)
    assert (caught.value.code, caught.value.field) == ("malformed_field", "role")


def test_a_group_that_is_handed_over_has_one_owner(lab: Lab) -> None:
    mute_member(lab.ann, lab.group, "bob", None, at_ms=30)
    take_outbox()
    transfer_group(lab.ann, lab.group, "bob")
    assert lab.roles() == {"ann": "admin", "dan": "admin", "bob": "owner", "thermo": "member"}
    assert lab.again().owner == lab.bob
    assert lab.seat("bob").muted_until_ms is None
    assert take_lines() == [
        ("ann", {"event": "owner", "body": "Ann handed the ownership to Bob", "who": ["bob"]}),
    ]


def test_nobody_is_given_more_groups_than_they_may_own(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "MAX_OWNED_GROUPS", 0)
    with pytest.raises(Problem, match="too_many"):
        transfer_group(lab.ann, lab.group, "bob")
    assert lab.again().owner == lab.ann


def test_several_changes_of_a_member_are_made_together_or_not_at_all(lab: Lab) -> None:
    change_member(lab.ann, lab.group, "bob", {"role": "admin", "muted_until": None, "nickname": "B"}, at_ms=30)
    seat = lab.seat("bob")
    assert (seat.role, seat.muted_until_ms, seat.nickname) == ("admin", FOREVER_MS, "B")
    take_outbox()
    with pytest.raises(Problem, match="malformed_display_name"):
        change_member(lab.ann, lab.group, "bob", {"role": "member", "nickname": "a\0b"}, at_ms=40)
    assert (lab.seat("bob").role, take_outbox()) == ("admin", [])


# --- silence


@pytest.mark.parametrize(
    ("until_ms", "kept"),
    [
        pytest.param(31, 31, id="a millisecond"),
        pytest.param(None, FOREVER_MS, id="until it is taken back"),
        pytest.param(FOREVER_MS, FOREVER_MS, id="the last moment"),
        pytest.param(0, None, id="taken back"),
    ],
)
def test_a_member_is_muted_until(lab: Lab, until_ms: int | None, kept: int | None) -> None:
    mute_member(lab.ann, lab.group, "bob", 1_000, at_ms=20)
    take_outbox()
    mute_member(lab.dan, lab.group, "bob", until_ms, at_ms=30)
    assert lab.seat("bob").muted_until_ms == kept
    ((who, fields),) = take_lines()
    assert (who, fields["event"], fields.get("until")) == ("dan", "muted" if kept else "unmuted", kept)


@pytest.mark.parametrize("until_ms", [30, 1, -1, FOREVER_MS + 1], ids=["now", "long ago", "negative", "beyond"])
def test_a_silence_that_cannot_be(lab: Lab, until_ms: int) -> None:
    with pytest.raises(Problem) as caught:
        mute_member(lab.ann, lab.group, "bob", until_ms, at_ms=30)
    assert (caught.value.code, caught.value.field) == ("malformed_field", "muted_until")


# --- nicknames


def test_a_member_has_a_nickname_in_the_group(lab: Lab) -> None:
    name_member(lab.bob, lab.group, "bob", " 鲍勃 ")
    assert lab.seat("bob").nickname == "鲍勃"
    name_member(lab.dan, lab.group, "bob", "")
    assert lab.seat("bob").nickname == ""
    assert take_lines() == [
        (
            "bob",
            {"event": "nickname", "body": "Bob is called “鲍勃” here now", "who": ["bob"], "nickname": "鲍勃"},
        ),
        ("dan", {"event": "nickname", "body": "Bob has no nickname here any more", "who": ["bob"], "nickname": ""}),
    ]


@pytest.mark.parametrize("nickname", ["x" * 65, "a\0b", "\u202eabc"], ids=["65 characters", "a NUL", "turned around"])
def test_a_nickname_that_cannot_be(lab: Lab, nickname: str) -> None:
    with pytest.raises(Problem) as caught:
        name_member(lab.bob, lab.group, "bob", nickname)
    assert (caught.value.code, caught.value.field) == ("malformed_display_name", "nickname")


# --- the end


def test_a_dissolved_group_is_nobodys(lab: Lab) -> None:
    dissolve_group(lab.ann, lab.group, at_ms=30)
    assert lab.again().dissolved_at_ms == 30
    for name in ("ann", "bob"):
        viewer = Account.get(name=name)
        assert list_groups(viewer) == []
        assert [str(head.key) for head in list_conversations(viewer) if head.key.kind == "group"] == []
        assert find_membership(lab.again(), viewer) is None
        with pytest.raises(Problem, match="unknown_group"):
            load_group(viewer, "lab")
        for deed in DEEDS.values():
            with pytest.raises(Problem, match="unknown_group"):
                deed(viewer, lab.group, "thermo")


def test_the_last_line_of_a_group_is_for_all_who_were_there(lab: Lab) -> None:
    dissolve_group(lab.ann, lab.group, at_ms=30)
    assert len(lab.roles()) == 4  # intervals that go on, to the line that is to come
    assert take_outbox()[-1] == ("notice", {"to": ["ann"], "notice": {"type": "group_changed", "group": "lab"}})
    lab.speak(1)
    assert read_history(lab.bob, topics.group("lab"), after=None, before=None, limit=9).last_seq == 1


# --- pages


def names(viewer: Account, group: ChatGroup, **options: Any) -> list[str]:
    return [member.username for member in list_members(viewer, group, **options).members]


def test_members_are_listed_page_by_page(lab: Lab) -> None:
    first = list_members(lab.bob, lab.group, limit=3)
    assert [member.username for member in first.members] == ["ann", "dan", "bob"]
    assert first.next is not None
    second = list_members(lab.bob, lab.group, limit=3, after=first.next)
    assert ([member.username for member in second.members], second.next) == (["thermo"], None)
    assert list_members(lab.bob, lab.group, limit=4).next is None
    assert names(lab.bob, lab.group, after=2**63 - 1) == []
    assert names(lab.bob, lab.group, limit=0) == ["ann"]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("bo", ["bob"]),
        ("BOB", ["bob"]),
        ("hermo", ["thermo"]),
        ("温度", ["thermo"]),
        ("ob", ["bob"]),
        ("%", []),
        ("_", []),
        (" ", ["ann", "dan", "bob", "thermo"]),
        ("eve", []),
    ],
)
def test_members_are_found_by_name_and_nickname(lab: Lab, q: str, found: list[str]) -> None:
    Membership.update(nickname="车间温度计").where(Membership.account == lab.thermo).execute()
    assert names(lab.ann, lab.group, q=q) == found


def test_a_member_is_shown_with_nickname_and_silence(lab: Lab) -> None:
    name_member(lab.bob, lab.group, "bob", "Bobby")
    mute_member(lab.ann, lab.group, "bob", 100, at_ms=30)
    shown = {m.username: m for m in list_members(lab.thermo, lab.group, at_ms=99).members}
    assert (shown["bob"].nickname, shown["bob"].muted_until_ms, shown["bob"].role) == ("Bobby", 100, Role.MEMBER)
    assert list_members(lab.thermo, lab.group, at_ms=100).members[2].muted_until_ms is None


def test_a_foreigner_sees_nobody(lab: Lab) -> None:
    with pytest.raises(Problem, match="unknown_group"):
        list_members(lab.eve, lab.group)


def test_readers_of_a_channel_see_its_admins_only(channel: Lab) -> None:
    assert names(channel.bob, channel.group) == ["ann", "dan"]
    assert names(channel.bob, channel.group, q="thermo") == []
    assert names(channel.dan, channel.group) == ["ann", "dan", "bob", "thermo"]


def test_of_readers_a_channel_says_nothing(channel: Lab) -> None:
    make_friends(channel.ann, channel.eve)
    add_member(channel.ann, channel.group, "eve", at_ms=30)
    mute_member(channel.ann, channel.group, "eve", None, at_ms=30)
    name_member(channel.eve, channel.group, "eve", "E")
    remove_member(channel.bob, channel.group, "bob", at_ms=30)
    remove_member(channel.ann, channel.group, "thermo", at_ms=30)
    ban_member(channel.ann, channel.group, "eve", at_ms=30)
    unban_member(channel.ann, channel.group, "eve")
    assert take_lines() == []
    remove_member(channel.dan, channel.group, "dan", at_ms=30)
    assert take_lines() == [("dan", {"event": "left", "body": "Dan left"})]


def test_the_number_of_queries_does_not_grow_with_the_members(lab: Lab, database: peewee.Database) -> None:
    def count(nickname: str) -> int:
        with recorded(database) as statements:
            list_members(lab.ann, lab.group)
            name_member(lab.ann, lab.group, "bob", nickname)
        return len(statements)

    few = count("Bo")
    for number in range(20):
        name = f"user{number}"
        make_friends(lab.ann, make_account(name))
        add_member(lab.ann, lab.group, name, at_ms=30)
    assert count("Bobby") == few
