from __future__ import annotations

from dataclasses import dataclass

import peewee
import pytest

from hongyan_core.actions.blocks import block_account, unblock_account
from hongyan_core.actions.groups import create_group, dissolve_group
from hongyan_core.problems import Problem
from hongyan_core.rules import SEND_TO_USER
from hongyan_core.store.models import Account, Block, Friendship, Membership, Meta
from hongyan_core.store.people import load_pair
from tests.support.cast import make_account, make_friends, take_notices


@dataclass(frozen=True)
class Cast:
    ann: Account
    bob: Account
    eve: Account


@pytest.fixture
def cast(database: peewee.Database) -> Cast:
    return Cast(make_account("ann"), make_account("bob"), make_account("eve"))


def test_a_block_is_told_to_its_owner_only_and_twice_is_once(cast: Cast) -> None:
    block_account(cast.ann, "eve", at_ms=10)
    block_account(cast.ann, "eve", at_ms=20)
    assert [(row.owner.name, row.blocked.name, row.since_ms) for row in Block.select()] == [("ann", "eve", 10)]
    assert take_notices() == [(["ann"], {"type": "blocked", "who": "eve", "at": 10})]
    assert Meta.get_by_id("relations_version").value == 3


def test_a_block_leaves_the_friendship_and_ends_the_talk_both_ways(cast: Cast) -> None:
    make_friends(cast.ann, cast.bob)
    block_account(cast.bob, "ann", at_ms=10)
    assert Friendship.select().count() == 2
    assert SEND_TO_USER.decide(load_pair(cast.ann, cast.bob)) == "blocked"
    assert SEND_TO_USER.decide(load_pair(cast.bob, cast.ann)) == "you_blocked"
    unblock_account(cast.bob, "ann", at_ms=20)
    assert SEND_TO_USER.decide(load_pair(cast.ann, cast.bob)) is None
    assert SEND_TO_USER.decide(load_pair(cast.bob, cast.ann)) is None


def test_an_unblock_is_told_once(cast: Cast) -> None:
    block_account(cast.ann, "eve", at_ms=10)
    take_notices()
    unblock_account(cast.ann, "eve", at_ms=20)
    unblock_account(cast.ann, "eve", at_ms=30)
    assert Block.select().count() == 0
    assert take_notices() == [(["ann"], {"type": "unblocked", "who": "eve", "at": 20})]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("ann", "block_self"),
        ("nobody", "unknown_account"),
        ("Not A Name", "unknown_account"),
        ("eve\0", "unknown_account"),
        ("gone", "unknown_account"),
    ],
)
def test_a_block_that_cannot_be(cast: Cast, name: str, code: str) -> None:
    make_account("gone", deleted_at_ms=5)
    with pytest.raises(Problem) as caught:
        block_account(cast.ann, name, at_ms=10)
    assert caught.value.code == code
    assert Block.select().count() == 0
    assert take_notices() == []


def test_a_hidden_one_is_blocked_by_who_is_in_a_group_with_them(cast: Cast) -> None:
    Account.update(hidden=True).where(Account.name == "eve").execute()
    lab = create_group(cast.ann, "lab", "Lab", at_ms=1)
    Membership.create(group=lab, account=cast.eve, since_seq=0, joined_at_ms=1)
    block_account(cast.ann, "eve", at_ms=10)
    unblock_account(cast.ann, "eve", at_ms=20)
    dissolve_group(cast.ann, lab, at_ms=30)
    with pytest.raises(Problem, match="unknown_account"):
        block_account(cast.ann, "eve", at_ms=40)


@pytest.mark.parametrize("name", ["nobody", "bob", "Not A Name", "eve\0"])
def test_whoever_is_not_blocked_can_be_unblocked_and_nothing_happens(cast: Cast, name: str) -> None:
    unblock_account(cast.ann, name, at_ms=10)
    assert take_notices() == []


def test_a_deleted_account_can_be_unblocked(cast: Cast) -> None:
    block_account(cast.ann, "eve", at_ms=10)
    Account.update(deleted_at_ms=15).where(Account.id == cast.eve.id).execute()
    unblock_account(cast.ann, "eve", at_ms=20)
    assert Block.select().count() == 0


def test_a_block_is_its_owners_alone(cast: Cast) -> None:
    block_account(cast.ann, "eve", at_ms=10)
    unblock_account(cast.eve, "ann", at_ms=20)
    assert Block.select().count() == 1
