"""How long messages of a conversation stay: either of two people says so, in a group who manages it."""

from __future__ import annotations

import peewee
import pytest

from hongyan import topics
from hongyan_core.actions.friends import unfriend
from hongyan_core.actions.groups import add_member, create_group
from hongyan_core.actions.talk import ConversationChanges, change_conversation
from hongyan_core.problems import Problem
from hongyan_core.store.models import Account, Conversation
from tests.support.cast import make_account, make_block, make_friends, take_lines, take_notices, take_outbox
from tests.support.exchanging import accept_one, code, running_exchange, text

BOB, LAB = topics.user("bob"), topics.group("lab")


@pytest.fixture
def ann(database: peewee.Database) -> Account:
    """Bob's friend, dan's too, and owner of the group lab, in which bob is."""
    ann = make_account("ann")
    for name in ("bob", "dan"):
        make_friends(ann, make_account(name))
    add_member(ann, create_group(ann, "lab", "The lab", at_ms=1), "bob", at_ms=1)
    take_outbox()
    return ann


def find(name: str) -> Account:
    account: Account = Account.get(Account.name == name)
    return account


def stays(key: str) -> tuple[int | None, int | None]:
    row = Conversation.get(Conversation.key == key)
    return row.disappear_s, row.retention_days


def test_either_of_two_changes_it_and_both_are_told(ann: Account) -> None:
    change_conversation(ann, BOB, {"disappear_s": 60}, at_ms=7)
    assert stays("user:ann:bob") == (60, None)
    told = {"type": "conversation_changed", "by": "ann", "at": 7}
    assert take_notices() == [(["ann"], {**told, "key": "user/bob"}), (["bob"], {**told, "key": "user/ann"})]
    change_conversation(find("bob"), topics.user("ann"), {"disappear_s": None, "retention_days": 30}, at_ms=8)
    assert stays("user:ann:bob") == (None, 30)
    take_notices()
    change_conversation(ann, BOB, {"retention_days": 30}, at_ms=9)
    assert take_notices() == []


def test_a_conversation_that_nobody_has_begun_can_be_written_to_afterwards(ann: Account) -> None:
    with running_exchange() as exchange:
        assert code(accept_one(exchange, text("dan", "user/ann", "hi", "d1"))) == "accepted"
        assert code(accept_one(exchange, text("ann", "user/eve", "hi", "m0"))) == "not_friends"
        change_conversation(ann, BOB, {"disappear_s": 60}, at_ms=7)
        assert code(accept_one(exchange, text("ann", "user/bob", "hi", "m1"))) == "accepted"
    assert Conversation.get(Conversation.key == "user:ann:bob").last_seq == 1


def test_in_a_group_who_manages_it_changes_it_and_a_line_says_so(ann: Account) -> None:
    change_conversation(ann, LAB, {"retention_days": 7}, at_ms=7)
    assert stays("group:lab") == (None, 7)
    assert take_lines() == [
        ("ann", {"event": "settings", "body": "Ann changed the settings", "settings": {"retention_days": 7}})
    ]
    with pytest.raises(Problem, match=r"^not_owner$"):
        change_conversation(find("bob"), LAB, {"retention_days": 8}, at_ms=8)
    with pytest.raises(Problem, match=r"^unknown_conversation$"):
        change_conversation(find("dan"), LAB, {"retention_days": 8}, at_ms=8)


def test_notes_to_oneself_may_go_too(ann: Account) -> None:
    change_conversation(ann, topics.user("ann"), {"retention_days": 7}, at_ms=7)
    assert stays("user:ann:ann") == (None, 7)
    assert len(take_notices()) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"disappear_s": 4}, "disappear_s"),
        ({"disappear_s": 604_801}, "disappear_s"),
        ({"retention_days": 0}, "retention_days"),
        ({"retention_days": 3_651}, "retention_days"),
    ],
    ids=["too short", "too long", "no day", "more than ten years"],
)
def test_bounds(ann: Account, changes: ConversationChanges, field: str) -> None:
    with pytest.raises(Problem, match=rf"^malformed_field: {field}$"):
        change_conversation(ann, BOB, changes, at_ms=7)


def test_who_is_kept_out_changes_nothing(ann: Account) -> None:
    eve = make_account("eve")
    for who, to, refusal in ((eve, "ann", "unknown_conversation"), (ann, "nobody", "unknown_conversation")):
        with pytest.raises(Problem, match=rf"^{refusal}$"):
            change_conversation(who, topics.user(to), {"retention_days": 7}, at_ms=7)
    make_block(find("bob"), ann)
    with pytest.raises(Problem, match=r"^blocked$"):
        change_conversation(ann, BOB, {"retention_days": 7}, at_ms=7)
    with pytest.raises(Problem, match=r"^you_blocked$"):
        change_conversation(find("bob"), topics.user("ann"), {"retention_days": 7}, at_ms=7)
    with running_exchange() as exchange:
        assert code(accept_one(exchange, text("dan", "user/ann", "hi", "m1"))) == "accepted"
    unfriend(ann, "dan", at_ms=8)
    with pytest.raises(Problem, match=r"^not_friends$"):
        change_conversation(ann, topics.user("dan"), {"retention_days": 7}, at_ms=9)
