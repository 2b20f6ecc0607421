from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from itertools import product
from typing import Any

import pytest

from hongyan.errors import Code
from hongyan_core import rules, standing
from hongyan_core.rules import Rule
from hongyan_core.standing import (
    Administration,
    Arrival,
    Claim,
    Entry,
    Glance,
    Office,
    Ownership,
    Pair,
    Role,
    Seat,
    ServerRole,
)

ALL_RULES: dict[str, Rule[Any, Any]] = {name: rule for name, rule in vars(rules).items() if isinstance(rule, Rule)}
FRIENDS = Pair(other_in_use=True, friends=True)
KINDS_OF_FACTS = [kind for kind in vars(standing).values() if is_dataclass(kind)]
OWNER, ADMIN, MEMBER = Role.OWNER, Role.ADMIN, Role.MEMBER


@pytest.mark.parametrize("name", ALL_RULES)
def test_every_rule_needs_something_and_asks_for_facts_that_exist(name: str) -> None:
    needs = ALL_RULES[name].needs
    facts_of = [kind() for kind in KINDS_OF_FACTS]
    assert needs
    assert any(all(isinstance(getattr(facts, fact, None), bool) for fact, _, _ in needs) for facts in facts_of)


@pytest.mark.parametrize("name", sorted(ALL_RULES))
def test_nothing_known_is_nothing_allowed(name: str) -> None:
    refusals = set()
    for facts in (kind() for kind in KINDS_OF_FACTS):
        try:
            refusals.add(ALL_RULES[name].decide(facts))
        except AttributeError:  # a rule of the other kind of facts
            continue
    assert refusals
    assert None not in refusals


TALK = [
    ("friends", FRIENDS, None),
    ("a stranger", Pair(other_in_use=True), Code.NOT_FRIENDS),
    ("an unknown name", Pair(), Code.NOT_FRIENDS),
    ("a deleted friend", Pair(friends=True), Code.NOT_FRIENDS),
    ("a friend who blocked me", Pair(other_in_use=True, friends=True, blocks_me=True), Code.BLOCKED),
    ("a friend whom I blocked", Pair(other_in_use=True, friends=True, blocked_by_me=True), Code.YOU_BLOCKED),
    (
        "both blocked: I hear of mine only",
        Pair(other_in_use=True, friends=True, blocks_me=True, blocked_by_me=True),
        Code.YOU_BLOCKED,
    ),
    ("a stranger who blocked me tells nothing", Pair(other_in_use=True, blocks_me=True), Code.NOT_FRIENDS),
    ("a stranger whom I blocked", Pair(other_in_use=True, blocked_by_me=True), Code.NOT_FRIENDS),
    ("my account is disabled", Pair(in_use=False, other_in_use=True, friends=True), Code.ACCOUNT_DISABLED),
    ("a request is not a friendship", Pair(other_in_use=True, requested=True, have_history=True), Code.NOT_FRIENDS),
]


@pytest.mark.parametrize(("pair", "expected"), [case[1:] for case in TALK], ids=[case[0] for case in TALK])
@pytest.mark.parametrize("name", ["SEND_TO_USER", "SIGNAL_TO_USER", "SHOW_READ_MARK", "SEE_PRESENCE"])
def test_talk_between_two(name: str, pair: Pair, expected: Code | None) -> None:
    assert ALL_RULES[name].decide(pair) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("SEND_TO_USER", None), ("SIGNAL_TO_USER", None), ("SHOW_READ_MARK", Code.NOT_FRIENDS)],
)
def test_one_writes_notes_to_oneself_and_tells_nobody_that_they_were_read(name: str, expected: Code | None) -> None:
    assert ALL_RULES[name].decide(Pair(other_in_use=True, myself=True)) == expected


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        pytest.param(Pair(other_in_use=True, friends=True, in_scope=False), Code.OUT_OF_SCOPE, id="a friend"),
        pytest.param(Pair(other_in_use=True, in_scope=False), Code.NOT_FRIENDS, id="a stranger stays a stranger"),
    ],
)
def test_a_bot_writes_within_its_scope(pair: Pair, expected: Code) -> None:
    assert (rules.SEND_TO_USER.decide(pair), rules.SIGNAL_TO_USER.decide(pair)) == (expected, expected)


@pytest.mark.parametrize(
    ("seat", "expected"),
    [
        pytest.param(Seat(role=MEMBER, muted=True), Code.MUTED, id="muted"),
        pytest.param(Seat(role=OWNER, muted=True), Code.MUTED, id="whoever is said to be muted"),
        pytest.param(Seat(role=MEMBER, only_admins_write=True), Code.ANNOUNCEMENTS_ONLY, id="a reader of a channel"),
        pytest.param(Seat(role=ADMIN, only_admins_write=True), None, id="an admin of a channel"),
        pytest.param(Seat(role=OWNER, only_admins_write=True), None, id="the owner of a channel"),
        pytest.param(Seat(role=MEMBER, in_scope=False), Code.OUT_OF_SCOPE, id="a bot out of its scope"),
        pytest.param(Seat(muted=True, in_scope=False, only_admins_write=True), Code.NOT_MEMBER, id="a stranger"),
    ],
)
def test_who_writes_in_a_group(seat: Seat, expected: Code | None) -> None:
    assert (rules.SEND_TO_GROUP.decide(seat), rules.SIGNAL_TO_GROUP.decide(seat)) == (expected, expected)
    if expected is not Code.NOT_MEMBER:
        assert (rules.MARK_READ_IN_GROUP.decide(seat), rules.FOLLOW_FEED.decide(seat)) == (None, None)


def test_of_all_pairs_only_unblocked_friends_in_use_may_talk() -> None:
    names = [field.name for field in fields(Pair)]
    pairs = [Pair(**dict(zip(names, values, strict=True))) for values in product((False, True), repeat=len(names))]
    allowed = [pair for pair in pairs if rules.SEND_TO_USER.decide(pair) is None]
    assert len(pairs) == 4_096
    assert len(allowed) == 128  # of twelve facts five matter
    assert all(
        (pair.in_use, pair.other_in_use, pair.friends_or_self, pair.blocks_me, pair.blocked_by_me, pair.in_scope)
        == (True, True, True, False, False, True)
        for pair in allowed
    )


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        pytest.param(FRIENDS, None, id="friends"),
        pytest.param(Pair(have_history=True), None, id="friends once"),
        pytest.param(Pair(other_in_use=True, friends=True, blocks_me=True), None, id="blocked: it is one's own mark"),
        pytest.param(Pair(other_in_use=True), Code.NOT_FRIENDS, id="a stranger"),
        pytest.param(Pair(in_use=False, friends=True), Code.ACCOUNT_DISABLED, id="disabled"),
    ],
)
def test_read_marks_between_two(pair: Pair, expected: Code | None) -> None:
    assert rules.MARK_READ_WITH_USER.decide(pair) == expected


@pytest.mark.parametrize(
    ("seat", "expected"),
    [
        pytest.param(Seat(role=MEMBER), None, id="member"),
        pytest.param(Seat(role=ADMIN), None, id="admin"),
        pytest.param(Seat(role=OWNER), None, id="owner"),
        pytest.param(Seat(), Code.NOT_MEMBER, id="a foreign group and an unknown one alike"),
        pytest.param(Seat(in_use=False, role=OWNER), Code.ACCOUNT_DISABLED, id="disabled"),
    ],
)
@pytest.mark.parametrize("name", ["SEND_TO_GROUP", "SIGNAL_TO_GROUP", "MARK_READ_IN_GROUP", "FOLLOW_FEED"])
def test_talk_in_a_group(name: str, seat: Seat, expected: Code | None) -> None:
    assert ALL_RULES[name].decide(seat) == expected


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        pytest.param(Pair(other_in_use=True), None, id="a stranger"),
        pytest.param(Pair(other_in_use=True, myself=True), "request_to_self", id="oneself"),
        pytest.param(Pair(), "unknown_account", id="nobody"),
        pytest.param(FRIENDS, "already_friends", id="a friend"),
        pytest.param(Pair(other_in_use=True, requested=True), "already_requested", id="doubled"),
        pytest.param(Pair(other_in_use=True, blocks_me=True), "unknown_account", id="a blocker"),
        pytest.param(Pair(other_in_use=True, blocks_me=True, by_link=True), "unknown_account", id="a blocker's link"),
        pytest.param(Pair(other_in_use=True, blocked_by_me=True), "you_blocked", id="whom I blocked"),
        pytest.param(
            Pair(other_in_use=True, blocks_me=True, blocked_by_me=True), "unknown_account", id="both: as a blocker"
        ),
        pytest.param(
            Pair(other_in_use=True, requested=True, blocks_me=True), "already_requested", id="a block changes no answer"
        ),
        pytest.param(Pair(other_in_use=True, hidden=True), "unknown_account", id="hidden"),
        pytest.param(Pair(other_in_use=True, hidden=True, by_link=True), None, id="hidden, by their link"),
        pytest.param(Pair(other_in_use=True, hidden=True, asks_me=True), None, id="hidden, but they asked me"),
        pytest.param(
            Pair(other_in_use=True, hidden=True, friends=True), "already_friends", id="a hidden friend is a friend"
        ),
    ],
)
def test_friend_requests(pair: Pair, expected: str | None) -> None:
    assert rules.REQUEST_FRIEND.decide(pair) == expected


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


SHOWN = [
    ("a stranger", Pair(other_in_use=True), True),
    ("nobody", Pair(), False),
    ("gone, but a friend", Pair(friends=True), False),
    ("hidden", Pair(other_in_use=True, hidden=True), False),
    ("oneself, hidden", Pair(other_in_use=True, hidden=True, myself=True), True),
    ("a hidden friend", Pair(other_in_use=True, hidden=True, friends=True), True),
    ("a friend who blocked me", Pair(other_in_use=True, friends=True, blocks_me=True), True),
    ("a blocker", Pair(other_in_use=True, blocks_me=True), False),
    ("whom I blocked", Pair(other_in_use=True, blocked_by_me=True), True),
    ("hidden, and asks me", Pair(other_in_use=True, hidden=True, asks_me=True), True),
    ("hidden, whom I once asked", Pair(other_in_use=True, hidden=True, requested=True), False),
]


@pytest.mark.parametrize(("pair", "shown"), [case[1:] for case in SHOWN], ids=[case[0] for case in SHOWN])
def test_who_is_found(pair: Pair, shown: bool) -> None:
    assert rules.FIND_PERSON.decide(pair) == (None if shown else "unknown_account")


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        pytest.param(Pair(other_in_use=True), None, id="a stranger"),
        pytest.param(Pair(other_in_use=True, myself=True), "block_self", id="oneself"),
        pytest.param(Pair(), "unknown_account", id="nobody"),
        pytest.param(Pair(other_in_use=True, hidden=True), "unknown_account", id="hidden, never met"),
        pytest.param(Pair(other_in_use=True, blocks_me=True), "unknown_account", id="a blocker, never met"),
        pytest.param(Pair(other_in_use=True, hidden=True, fellows=True), None, id="hidden, in a group with me"),
        pytest.param(Pair(other_in_use=True, blocks_me=True, have_history=True), None, id="a blocker whom I know"),
        pytest.param(Pair(other_in_use=True, hidden=True, blocked_by_me=True), None, id="blocked already"),
    ],
)
def test_blocks(pair: Pair, expected: str | None) -> None:
    assert rules.BLOCK.decide(pair) == expected


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        pytest.param(FRIENDS, None, id="a friend"),
        pytest.param(Pair(have_history=True), None, id="a friend of once"),
        pytest.param(Pair(other_in_use=True, myself=True), None, id="notes to oneself"),
        pytest.param(Pair(other_in_use=True), "unknown_conversation", id="a stranger"),
        pytest.param(Pair(), "unknown_conversation", id="nobody"),
    ],
)
def test_mutes_of_two(pair: Pair, expected: str | None) -> None:
    assert rules.MUTE_WITH_USER.decide(pair) == expected


def test_only_members_mute_a_group() -> None:
    assert rules.MUTE_IN_GROUP.decide(Seat(role=MEMBER)) is None
    assert rules.MUTE_IN_GROUP.decide(Seat()) == "unknown_conversation"


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        pytest.param(Pair(other_in_use=True), None, id="who asked me"),
        pytest.param(Pair(), "unknown_account", id="gone meanwhile"),
        pytest.param(Pair(other_in_use=True, blocked_by_me=True), "you_blocked", id="whom I blocked"),
        pytest.param(Pair(other_in_use=True, blocks_me=True), "unknown_request", id="who blocked me: as if withdrawn"),
    ],
)
def test_accepting_a_request(pair: Pair, expected: str | None) -> None:
    assert rules.ACCEPT_REQUEST.decide(pair) == expected


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


ARRIVAL = Arrival(closed=False, by_invitation=False, email_demanded=False)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(ARRIVAL, None, id="an open server"),
        pytest.param(Arrival(first=True), None, id="the first one, on any terms"),
        pytest.param(replace(ARRIVAL, closed=True), "registration_closed", id="a closed server"),
        pytest.param(
            replace(ARRIVAL, closed=True, by_invitation=True, has_code=True, code_holds=True),
            "registration_closed",
            id="a closed server and an invitation",
        ),
        pytest.param(replace(ARRIVAL, by_invitation=True), "invitation_needed", id="nobody was invited"),
        pytest.param(replace(ARRIVAL, by_invitation=True, has_code=True), "invalid_link", id="an invitation of old"),
        pytest.param(replace(ARRIVAL, by_invitation=True, has_code=True, code_holds=True), None, id="invited"),
        pytest.param(replace(ARRIVAL, has_code=True), None, id="an invitation of old that nobody asks for"),
        pytest.param(replace(ARRIVAL, email_demanded=True), "email_needed", id="no address"),
        pytest.param(replace(ARRIVAL, email_demanded=True, has_email=True), None, id="an address"),
    ],
)
def test_registering(facts: Arrival, expected: str | None) -> None:
    assert rules.REGISTER.decide(facts) == expected


def test_only_who_moderates_invites_and_only_in_person() -> None:
    allowed = {
        (role, in_person)
        for role, in_person in product(ServerRole, (False, True))
        if rules.INVITE_TO_SERVER.decide(Office(role=role, in_person=in_person)) is None
    }
    assert allowed == {(ServerRole.ADMIN, True), (ServerRole.MODERATOR, True)}


GLANCES = [
    ("a stranger", Glance(other_in_use=True), None),
    ("oneself, hidden", Glance(other_in_use=True, myself=True, hidden=True), None),
    ("an unknown name", Glance(), "unknown_account"),
    ("a stranger who is gone", Glance(other_in_use=False), "unknown_account"),
    ("a hidden stranger", Glance(other_in_use=True, hidden=True), "unknown_account"),
    ("a stranger who blocked me", Glance(other_in_use=True, blocks_me=True), "unknown_account"),
    ("a hidden friend", Glance(other_in_use=True, hidden=True, friends=True), None),
    ("a hidden one who asked me", Glance(other_in_use=True, hidden=True, requested=True), None),
    ("a hidden one of my group", Glance(other_in_use=True, hidden=True, share_group=True), None),
    ("a friend who blocked me", Glance(other_in_use=True, friends=True, blocks_me=True), None),
    ("one who is gone and wrote to me", Glance(have_history=True), None),
    ("my own bot that is disabled", Glance(owned=True), None),
]


@pytest.mark.parametrize(("glance", "expected"), [case[1:] for case in GLANCES], ids=[case[0] for case in GLANCES])
def test_who_may_see_a_profile(glance: Glance, expected: str | None) -> None:
    assert rules.SEE_PROFILE.decide(glance) == expected


@pytest.mark.parametrize(
    ("facts", "create", "manage"),
    [
        pytest.param(Ownership(is_person=True, owned=True), None, None, id="the owner"),
        pytest.param(Ownership(is_person=True), None, "unknown_bot", id="another person"),
        pytest.param(Ownership(is_person=False), "persons_only", "unknown_bot", id="a bot"),
        pytest.param(Ownership(is_person=True, owned=True, has_room=False), "too_many", None, id="an owner of 50"),
    ],
)
def test_who_may_own_bots(facts: Ownership, create: str | None, manage: str | None) -> None:
    assert (rules.CREATE_BOT.decide(facts), rules.MANAGE_BOT.decide(facts)) == (create, manage)


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
    decided = [ALL_RULES[name].decide(Administration(role=role)) for role in (OWNER, ADMIN, MEMBER, None)]
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
    assert ALL_RULES[name].decide(facts) == expected
    assert ALL_RULES[name].decide(replace(facts, role=None)) == "unknown_group"


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


# --- administration and reports

BOSS, KEEPER, USER = ServerRole.ADMIN, ServerRole.MODERATOR, ServerRole.USER
# Who acts upon whom → what may be done: Disable, Enable, change the Role, rEset the password, deleTe.
OFFICES: dict[tuple[ServerRole, ServerRole], str] = {
    (BOSS, BOSS): "D E R S T",
    (BOSS, KEEPER): "D E R S T",
    (BOSS, USER): "D E R S T",
    (KEEPER, BOSS): "",
    (KEEPER, KEEPER): "",
    (KEEPER, USER): "D E",
    (USER, BOSS): "",
    (USER, KEEPER): "",
    (USER, USER): "",
}
DEEDS = {
    "D": rules.DISABLE_ACCOUNT,
    "E": rules.ENABLE_ACCOUNT,
    "R": rules.CHANGE_ROLE,
    "S": rules.RESET_PASSWORD,
    "T": rules.DELETE_ACCOUNT,
}


@pytest.mark.parametrize(("roles", "allowed"), OFFICES.items(), ids=[f"{a} upon {b}" for a, b in OFFICES])
def test_who_acts_upon_whom(roles: tuple[ServerRole, ServerRole], allowed: str) -> None:
    facts = Office(role=roles[0], other_role=roles[1], in_person=True, known=True, person=True, keeps_admin=True)
    assert [letter for letter, rule in DEEDS.items() if rule.decide(facts) is None] == allowed.split()
    assert {rule.decide(facts) for rule in DEEDS.values()} <= {None, "not_permitted"}


@pytest.mark.parametrize("rule", [*DEEDS.values(), rules.MODERATE, rules.ADMINISTER, rules.DELETE_MYSELF])
def test_a_device_token_holds_no_office(rule: Rule[Office, Any]) -> None:
    facts = Office(role=BOSS, in_person=False, known=True, person=True, keeps_admin=True)
    assert rule.decide(facts) == "not_permitted"


@pytest.mark.parametrize(
    ("rule", "facts", "expected"),
    [
        pytest.param(
            rules.DISABLE_ACCOUNT,
            Office(role=BOSS, in_person=True, known=True, myself=True, keeps_admin=True),
            "not_yourself",
            id="an administrator keeps themselves out",
        ),
        pytest.param(
            rules.DISABLE_ACCOUNT,
            Office(role=BOSS, in_person=True, known=True, other_role=BOSS),
            "last_admin",
            id="the command line disables the last one",
        ),
        pytest.param(rules.DISABLE_ACCOUNT, Office(role=BOSS, in_person=True), "unknown_account", id="nobody"),
        pytest.param(
            rules.CHANGE_ROLE,
            Office(role=BOSS, in_person=True, known=True, keeps_admin=True),
            "not_a_person",
            id="a bot in office",
        ),
        pytest.param(
            rules.CHANGE_ROLE,
            Office(role=BOSS, in_person=True, known=True, person=True, myself=True),
            "last_admin",
            id="the last one resigns",
        ),
        pytest.param(
            rules.RESET_PASSWORD,
            Office(role=BOSS, in_person=True, known=True),
            "not_a_person",
            id="the password of a bot",
        ),
        pytest.param(
            rules.DELETE_ACCOUNT,
            Office(role=BOSS, in_person=True, known=True, myself=True, keeps_admin=True),
            "not_yourself",
            id="oneself, without a proof",
        ),
        pytest.param(
            rules.DELETE_MYSELF,
            Office(in_person=True, known=True, myself=True, keeps_admin=True),
            None,
            id="anybody deletes themselves",
        ),
        pytest.param(
            rules.DELETE_MYSELF,
            Office(role=BOSS, in_person=True, known=True, myself=True),
            "last_admin",
            id="but not the last administrator",
        ),
        pytest.param(rules.MODERATE, Office(role=KEEPER, in_person=True), None, id="a moderator moderates"),
        pytest.param(rules.ADMINISTER, Office(role=KEEPER, in_person=True), "not_permitted", id="and no more"),
        pytest.param(rules.ADMINISTER, Office(role=BOSS, in_person=True), None, id="an administrator administers"),
    ],
)
def test_deeds_for_the_whole_server(rule: Rule[Office, Any], facts: Office, expected: str | None) -> None:
    assert rule.decide(facts) == expected


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (Claim(visible=True), [None, None, None]),
        (Claim(visible=True, myself=True), ["report_self", None, None]),
        (Claim(), ["unknown_account", "unknown_group", "unknown_message"]),
    ],
)
def test_reports_are_of_what_one_sees_but_oneself(claim: Claim, expected: list[str | None]) -> None:
    asked = (rules.REPORT_PERSON, rules.REPORT_GROUP, rules.REPORT_MESSAGE)
    assert [rule.decide(claim) for rule in asked] == expected
