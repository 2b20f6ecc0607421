"""Who may mark which message, by table."""

from __future__ import annotations

from dataclasses import fields
from itertools import product

import pytest

from hongyan.errors import Code
from hongyan_core import rules
from hongyan_core.standing import Pair, Role, Seat, Touch

MEMBER, ADMIN, OWNER = Role.MEMBER, Role.ADMIN, Role.OWNER
OWN = {"seen": True, "own": True, "has_words": True, "in_time": True}
POLL = {"seen": True, "poll": True, "open": True}


@pytest.mark.parametrize(
    ("name", "touch", "expected"),
    [
        pytest.param("EDIT", Touch(**OWN), None, id="edit one's own"),
        pytest.param("EDIT", Touch(**OWN | {"seen": False}), Code.UNKNOWN_MESSAGE, id="edit what is gone"),
        pytest.param(
            "EDIT", Touch(**OWN | {"own": False, "manages_group": True}), Code.NOT_YOURS, id="edit as an admin"
        ),
        pytest.param("EDIT", Touch(**OWN | {"has_words": False}), Code.NOT_EDITABLE, id="edit a sticker"),
        pytest.param("EDIT", Touch(**OWN | {"in_time": False}), Code.TOO_LATE, id="edit late"),
        pytest.param("RECALL", Touch(seen=True, own=True, in_time=True), None, id="recall one's own"),
        pytest.param("RECALL", Touch(seen=True, own=True), Code.TOO_LATE, id="recall late"),
        pytest.param("RECALL", Touch(seen=True, in_time=True), Code.NOT_YOURS, id="recall another's"),
        pytest.param("RECALL", Touch(seen=True, manages_group=True), None, id="recall anybody's, late, as an admin"),
        pytest.param("REACT", Touch(seen=True), None, id="react"),
        pytest.param("REACT", Touch(seen=True, has_room=False), Code.TOO_MANY, id="react too often"),
        pytest.param("PIN", Touch(seen=True), None, id="pin between two"),
        pytest.param("PIN", Touch(seen=True, in_group=True), Code.ADMINS_ONLY, id="pin as a member"),
        pytest.param("PIN", Touch(seen=True, in_group=True, manages_group=True), None, id="pin as an admin"),
        pytest.param("PIN", Touch(seen=True, has_room=False), Code.TOO_MANY, id="pin too many"),
        pytest.param("VOTE", Touch(**POLL), None, id="vote"),
        pytest.param("VOTE", Touch(seen=True), Code.UNKNOWN_MESSAGE, id="vote upon a text"),
        pytest.param("VOTE", Touch(**POLL | {"open": False}), Code.TOO_LATE, id="vote late"),
        pytest.param("VOTE", Touch(**POLL, voted=True), Code.ALREADY_VOTED, id="vote twice"),
        pytest.param("CLOSE_POLL", Touch(**POLL, own=True), None, id="close"),
        pytest.param("CLOSE_POLL", Touch(**POLL, manages_group=True), Code.NOT_YOURS, id="close another's"),
        pytest.param("CLOSE_POLL", Touch(**POLL | {"open": False}, own=True), Code.TOO_LATE, id="close twice"),
    ],
)
def test_marks(name: str, touch: Touch, expected: Code | None) -> None:
    assert getattr(rules, name).decide(touch) == expected


@pytest.mark.parametrize("name", ["EDIT", "RECALL", "REACT", "PIN", "VOTE", "CLOSE_POLL"])
def test_what_one_does_not_see_is_unknown_whatever_else(name: str) -> None:
    others = [field.name for field in fields(Touch) if field.name != "seen"]
    touches = [Touch(**dict(zip(others, values, strict=True))) for values in product((False, True), repeat=len(others))]
    assert {getattr(rules, name).decide(touch) for touch in touches} == {Code.UNKNOWN_MESSAGE}


@pytest.mark.parametrize(
    ("seat", "expected"),
    [
        pytest.param(Seat(role=MEMBER), None, id="a member"),
        pytest.param(Seat(role=MEMBER, only_admins_write=True), None, id="a reader of a channel"),
        pytest.param(Seat(role=MEMBER, muted=True), Code.MUTED, id="muted"),
        pytest.param(Seat(role=MEMBER, in_scope=False), Code.OUT_OF_SCOPE, id="a bot out of its scope"),
        pytest.param(Seat(), Code.NOT_MEMBER, id="no member"),
        pytest.param(Seat(role=MEMBER, in_use=False), Code.ACCOUNT_DISABLED, id="disabled"),
    ],
)
def test_who_shows_signs_and_votes(seat: Seat, expected: Code | None) -> None:
    assert rules.MARK_IN_GROUP.decide(seat) == expected


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        pytest.param(Pair(have_history=True), None, id="friends once"),
        pytest.param(Pair(have_history=True, blocks_me=True, blocked_by_me=True), None, id="blocked"),
        pytest.param(Pair(myself=True), None, id="notes"),
        pytest.param(Pair(other_in_use=True), Code.NOT_FRIENDS, id="a stranger"),
        pytest.param(Pair(have_history=True, in_use=False), Code.ACCOUNT_DISABLED, id="disabled"),
    ],
)
def test_who_takes_back_between_two(pair: Pair, expected: Code | None) -> None:
    assert rules.TAKE_BACK_WITH_USER.decide(pair) == expected


@pytest.mark.parametrize(
    ("role", "expected"),
    [(OWNER, None), (ADMIN, None), (MEMBER, Code.ADMINS_ONLY), (None, Code.NOT_MEMBER)],
)
def test_who_names_everybody(role: Role | None, expected: Code | None) -> None:
    assert rules.MENTION_EVERYBODY.decide(Seat(role=role)) == expected


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        (Pair(other_in_use=True, friends=True), None),
        (Pair(other_in_use=True, myself=True), None),
        (Pair(other_in_use=True), Code.UNKNOWN_ACCOUNT),
        (Pair(friends=True), Code.UNKNOWN_ACCOUNT),
    ],
    ids=["a friend", "oneself", "a stranger", "a deleted friend"],
)
def test_whose_card_one_sends(pair: Pair, expected: Code | None) -> None:
    assert rules.SEND_CARD_OF.decide(pair) == expected
