from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import peewee
import pytest

from hongyan_core.actions.groups import add_member, create_group, lifecycle, remove_member
from hongyan_core.problems import Problem
from hongyan_core.standing import Role
from hongyan_core.store.groups import GroupSummary, list_groups, load_group, summarize_group
from hongyan_core.store.models import Account, ChatGroup, Conversation, Membership, Meta
from tests.support.cast import make_account, make_block, make_friends, take_lines, take_notices, take_outbox


@dataclass(frozen=True)
class Cast:
    ann: Account
    bob: Account
    eve: Account
    thermo: Account


@pytest.fixture
def cast(database: peewee.Database) -> Cast:
    """Ann has two friends, bob and thermo; eve is a stranger."""
    cast = Cast(*(make_account(name) for name in ("ann", "bob", "eve", "thermo")))
    make_friends(cast.ann, cast.bob)
    make_friends(cast.ann, cast.thermo)
    return cast


@pytest.fixture
def lab(cast: Cast) -> ChatGroup:
    """Ann's group lab, with nobody else in it, and an empty outbox."""
    group = create_group(cast.ann, "lab", "The lab", at_ms=10)
    take_outbox()
    return group


def intervals(account: Account) -> list[tuple[int, int | None]]:
    rows = Membership.select().where(Membership.account == account).order_by(Membership.id)
    return [(row.since_seq, row.until_seq) for row in rows]


def speak(group: ChatGroup, last_seq: int) -> None:
    Conversation.update(last_seq=last_seq).where(Conversation.id == group.conversation_id).execute()


def roles(group: ChatGroup) -> dict[str, str]:
    rows = Membership.select().where((Membership.group == group) & Membership.until_seq.is_null())
    return {row.account.name: row.role for row in rows.order_by(Membership.id)}


def test_a_group_starts_with_its_owner(cast: Cast) -> None:
    group = create_group(cast.ann, "lab", " 实验室 ", at_ms=10)
    assert (group.name, group.title, group.owner, group.created_at_ms) == ("lab", "实验室", cast.ann, 10)
    assert (group.conversation.key, group.conversation.kind, group.conversation.last_seq) == ("group:lab", "group", 0)
    assert roles(group) == {"ann": "owner"}
    (line_kind, line), notice = take_outbox()
    assert (line_kind, line["account"], line["group"]) == ("line", "ann", "lab")
    assert line["fields"] == {"event": "created", "body": "Ann created “实验室”", "title": "实验室"}
    assert notice == ("notice", {"to": ["ann"], "notice": {"type": "group_changed", "group": "lab"}})
    assert Meta.get_by_id("relations_version").value == 2


@pytest.mark.parametrize(
    ("name", "title", "code", "field"),
    [
        pytest.param("L", "x", "malformed_name", "name", id="a name of one letter"),
        pytest.param("la.b", "x", "malformed_name", "name", id="a full stop"),
        pytest.param("lab\0", "x", "malformed_name", "name", id="a NUL in the name"),
        pytest.param("system", "x", "reserved_name", "name", id="a system name"),
        pytest.param("lab", "x", "name_taken", "name", id="a taken name"),
        pytest.param("lab2", " ", "malformed_display_name", "title", id="a blank title"),
        pytest.param("lab2", "x" * 65, "malformed_display_name", "title", id="a title of 65 characters"),
        pytest.param("lab2", "a\0b", "malformed_display_name", "title", id="a NUL in the title"),
    ],
)
def test_a_group_that_cannot_be(cast: Cast, lab: ChatGroup, name: str, title: str, code: str, field: str) -> None:
    with pytest.raises(Problem) as caught:
        create_group(cast.bob, name, title, at_ms=20)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert ChatGroup.select().count() == 1
    assert Conversation.select().count() == 1
    assert take_outbox() == []


def test_groups_and_accounts_have_names_of_their_own(cast: Cast) -> None:
    assert create_group(cast.ann, "bob", "Bob's fans", at_ms=10).name == "bob"


def test_owned_groups_are_limited_and_dissolved_ones_do_not_count(
    cast: Cast, lab: ChatGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifecycle, "MAX_OWNED_GROUPS", 1)
    with pytest.raises(Problem) as caught:
        create_group(cast.ann, "lab2", "x", at_ms=20)
    assert (caught.value.code, caught.value.params) == ("too_many", {"limit": 1})
    remove_member(cast.ann, lab, "ann", at_ms=30)
    assert create_group(cast.ann, "lab2", "x", at_ms=40).name == "lab2"


def test_a_new_member_sees_what_is_written_from_now_on_and_everybody_is_told(cast: Cast, lab: ChatGroup) -> None:
    speak(lab, 7)
    add_member(cast.ann, lab, "bob", at_ms=20)
    assert intervals(cast.bob) == [(7, None)]
    assert roles(lab) == {"ann": "owner", "bob": "member"}
    assert take_notices() == [
        (["bob"], {"type": "group_added", "group": "lab", "title": "The lab", "by": "ann", "at": 20}),
        (["ann"], {"type": "group_changed", "group": "lab"}),
    ]


@pytest.mark.parametrize(
    ("who", "name", "code"),
    [
        pytest.param("ann", "bob", "already_member", id="twice"),
        pytest.param("ann", "ann", "already_member", id="oneself"),
        pytest.param("ann", "eve", "not_friends", id="a stranger"),
        pytest.param("ann", "nobody", "not_friends", id="an unknown name, as a stranger"),
        pytest.param("ann", "bob\0", "not_friends", id="a NUL"),
        pytest.param("ann", "dan", "blocked", id="a friend who blocked me"),
        pytest.param("ann", "kim", "you_blocked", id="a friend whom I blocked"),
        pytest.param("bob", "ann", "not_owner", id="by a plain member"),
        pytest.param("eve", "eve", "unknown_group", id="by a stranger, oneself"),
    ],
)
def test_a_member_who_cannot_be_added(cast: Cast, lab: ChatGroup, who: str, name: str, code: str) -> None:
    dan, kim = make_account("dan"), make_account("kim")
    make_friends(cast.ann, dan)
    make_friends(cast.ann, kim)
    make_block(dan, cast.ann)
    make_block(cast.ann, kim)
    add_member(cast.ann, lab, "bob", at_ms=20)
    take_outbox()
    with pytest.raises(Problem) as caught:
        add_member(Account.get(name=who), lab, name, at_ms=30)
    assert caught.value.code == code
    assert roles(lab) == {"ann": "owner", "bob": "member"}
    assert take_outbox() == []


def test_a_group_is_full_at_its_limit(cast: Cast, lab: ChatGroup) -> None:
    add_member(cast.ann, lab, "bob", at_ms=20, max_members=2)
    with pytest.raises(Problem) as caught:
        add_member(cast.ann, lab, "thermo", at_ms=30, max_members=2)
    assert (caught.value.code, caught.value.params) == ("too_many", {"limit": 2})


def test_an_admin_adds_and_removes_plain_members(cast: Cast, lab: ChatGroup) -> None:
    make_friends(cast.bob, cast.thermo)
    add_member(cast.ann, lab, "bob", at_ms=20)
    Membership.update(role="admin").where(Membership.account == cast.bob).execute()
    add_member(cast.bob, lab, "thermo", at_ms=30)
    remove_member(cast.bob, lab, "thermo", at_ms=40)
    with pytest.raises(Problem, match="outranked"):
        remove_member(cast.bob, lab, "ann", at_ms=50)
    assert roles(lab) == {"ann": "owner", "bob": "admin"}


def test_who_is_removed_keeps_the_interval_and_everybody_is_told(cast: Cast, lab: ChatGroup) -> None:
    add_member(cast.ann, lab, "bob", at_ms=20)
    speak(lab, 7)
    take_outbox()
    remove_member(cast.ann, lab, "bob", at_ms=30)
    assert intervals(cast.bob) == [(0, 7)]
    assert Membership.get(account=cast.bob).left_at_ms == 30
    told = take_outbox()
    assert [(kind, payload) for kind, payload in told if kind != "line"] == [
        ("notice", {"to": ["bob"], "notice": {"type": "group_removed", "group": "lab", "by": "ann", "at": 30}}),
        ("left_group", {"account": "bob", "group": "lab"}),
        ("notice", {"to": ["ann"], "notice": {"type": "group_changed", "group": "lab"}}),
    ]
    assert [payload["fields"] for kind, payload in told if kind == "line"] == [
        {"event": "removed", "body": "Ann removed Bob", "who": ["bob"]}
    ]


def test_who_comes_back_has_two_intervals(cast: Cast, lab: ChatGroup) -> None:
    add_member(cast.ann, lab, "bob", at_ms=20)
    speak(lab, 3)
    remove_member(cast.bob, lab, "bob", at_ms=30)
    speak(lab, 5)
    add_member(cast.ann, lab, "bob", at_ms=40)
    assert intervals(cast.bob) == [(0, 3), (5, None)]


@pytest.mark.parametrize(
    ("who", "name", "code"),
    [
        pytest.param("bob", "ann", "not_owner", id="a member removes the owner"),
        pytest.param("bob", "thermo", "not_owner", id="a member removes a member"),
        pytest.param("ann", "eve", "not_a_member", id="no member"),
        pytest.param("ann", "nobody", "not_a_member", id="an unknown name"),
        pytest.param("ann", "Not A Name", "not_a_member", id="no name at all"),
        pytest.param("eve", "bob", "unknown_group", id="a stranger removes a member"),
        pytest.param("eve", "eve", "unknown_group", id="a stranger leaves"),
    ],
)
def test_a_member_who_cannot_be_removed(cast: Cast, lab: ChatGroup, who: str, name: str, code: str) -> None:
    add_member(cast.ann, lab, "bob", at_ms=20)
    add_member(cast.ann, lab, "thermo", at_ms=20)
    take_outbox()
    with pytest.raises(Problem) as caught:
        remove_member(Account.get(name=who), lab, name, at_ms=30)
    assert caught.value.code == code
    assert list(roles(lab)) == ["ann", "bob", "thermo"]
    assert take_outbox() == []


def test_an_owner_who_leaves_hands_the_group_to_who_is_there_longest(cast: Cast, lab: ChatGroup) -> None:
    add_member(cast.ann, lab, "thermo", at_ms=20)
    add_member(cast.ann, lab, "bob", at_ms=30)
    take_outbox()
    remove_member(cast.ann, lab, "ann", at_ms=40)
    assert roles(lab) == {"thermo": "owner", "bob": "member"}
    assert take_lines() == [
        ("ann", {"event": "left", "body": "Ann left"}),
        ("ann", {"event": "owner", "body": "Ann handed the ownership to Thermo", "who": ["thermo"]}),
    ]
    assert ChatGroup.get_by_id(lab.id).owner == cast.thermo
    assert ChatGroup.get_by_id(lab.id).dissolved_at_ms is None


def test_an_admin_inherits_before_a_member_and_nobody_who_is_disabled(cast: Cast, lab: ChatGroup) -> None:
    make_friends(cast.ann, cast.eve)
    for name in ("thermo", "bob", "eve"):
        add_member(cast.ann, lab, name, at_ms=20)
    for admin in (cast.bob, cast.eve):
        Membership.update(role="admin").where(Membership.account == admin).execute()
    Account.update(disabled_at_ms=1).where(Account.name == "bob").execute()
    remove_member(cast.ann, lab, "ann", at_ms=40)
    assert roles(lab) == {"thermo": "member", "bob": "admin", "eve": "owner"}


def test_the_last_one_out_dissolves_the_group_and_its_name_stays_used(cast: Cast, lab: ChatGroup) -> None:
    remove_member(cast.ann, lab, "ann", at_ms=20)
    assert roles(lab) == {}
    assert ChatGroup.get_by_id(lab.id).dissolved_at_ms == 20
    with pytest.raises(Problem, match="name_taken"):
        create_group(cast.ann, "lab", "Again", at_ms=30)


def test_only_members_see_a_group(cast: Cast, lab: ChatGroup) -> None:
    assert load_group(cast.ann, "lab").id == lab.id
    unseen: list[tuple[Account, str]] = [
        (cast.bob, "lab"),
        (cast.ann, "nolab"),
        (cast.ann, "Not A Name"),
        (cast.ann, "lab\0"),
    ]
    for viewer, name in unseen:
        with pytest.raises(Problem, match="unknown_group"):
            load_group(viewer, name)
    with pytest.raises(Problem, match="unknown_group"):
        summarize_group(cast.bob, lab)


def test_groups_are_listed_with_the_viewers_role_and_the_number_of_members(cast: Cast, lab: ChatGroup) -> None:
    create_group(cast.ann, "attic", "The attic", at_ms=20)
    add_member(cast.ann, lab, "thermo", at_ms=30)
    add_member(cast.ann, lab, "bob", at_ms=30)
    remove_member(cast.ann, lab, "thermo", at_ms=40)
    assert list_groups(cast.ann) == [
        GroupSummary("attic", "The attic", "ann", Role.OWNER, 1),
        GroupSummary("lab", "The lab", "ann", Role.OWNER, 2),
    ]
    expected: Any = GroupSummary("lab", "The lab", "ann", Role.MEMBER, 2)
    assert list_groups(cast.bob) == [expected]
    assert summarize_group(cast.bob, lab) == expected
    assert list_groups(cast.thermo) == []
