from __future__ import annotations

from dataclasses import fields, is_dataclass
from itertools import product
from typing import Any

import pytest

from hongyan.errors import Code
from hongyan_core import rules, standing
from hongyan_core.rules import Rule
from hongyan_core.standing import (
    Glance,
    Ownership,
    Pair,
    Role,
    Seat,
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
    assert len(pairs) == 8_192
    assert len(allowed) == 192  # friends, oneself or both, times all that does not matter: six facts of thirteen
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
