"""Conversations pinned, archived and marked as unread."""

from __future__ import annotations

from dataclasses import dataclass

import peewee
import pytest

from hongyan import topics
from hongyan.topics import ConversationKey
from hongyan_core.actions.groups import create_group
from hongyan_core.actions.list_marks import MAX_PINNED, drop_list_mark, keep_list_mark
from hongyan_core.problems import Problem
from hongyan_core.store.history import list_conversations
from hongyan_core.store.models import Account, ChatGroup, Conversation, ListMarks, ReadMark
from tests.support.cast import NOWHERE, make_account, make_friends, take_notices

BOB, LAB = topics.user("bob"), topics.group("lab")


@dataclass(frozen=True)
class Cast:
    ann: Account
    bob: Account
    lab: ChatGroup


@pytest.fixture
def cast(database: peewee.Database) -> Cast:
    """Ann and bob are friends; ann has a group."""
    ann, bob = make_account("ann"), make_account("bob")
    make_friends(ann, bob)
    lab = create_group(ann, "lab", "Lab", at_ms=1)
    take_notices()
    return Cast(ann, bob, lab)


def marks(account: Account) -> dict[str, tuple[str, ...]]:
    return {str(head.key): head.marks for head in list_conversations(account)}


def test_marks_are_kept_for_their_person_alone_and_own_devices_are_told(cast: Cast) -> None:
    keep_list_mark(cast.ann, BOB, "unread", at_ms=10)
    keep_list_mark(cast.ann, BOB, "pinned", at_ms=20)
    keep_list_mark(cast.ann, LAB, "archived", at_ms=30)
    assert marks(cast.ann) == {"user/bob": ("pinned", "unread"), "group/lab": ("archived",)}
    assert marks(cast.bob) == {"user/ann": ()}
    assert take_notices() == [
        (["ann"], {"type": "list_marked", "key": "user/bob", "at": 10}),
        (["ann"], {"type": "list_marked", "key": "user/bob", "at": 20}),
        (["ann"], {"type": "list_marked", "key": "group/lab", "at": 30}),
    ]


def test_a_mark_is_taken_back_once_and_the_last_one_leaves_no_row(cast: Cast) -> None:
    keep_list_mark(cast.ann, BOB, "pinned", at_ms=10)
    keep_list_mark(cast.ann, BOB, "archived", at_ms=10)
    take_notices()
    drop_list_mark(cast.ann, BOB, "pinned", at_ms=20)
    drop_list_mark(cast.ann, BOB, "pinned", at_ms=30)
    drop_list_mark(cast.ann, BOB, "unread", at_ms=30)
    assert (marks(cast.ann)["user/bob"], ListMarks.select().count()) == (("archived",), 1)
    drop_list_mark(cast.ann, BOB, "archived", at_ms=40)
    assert ListMarks.select().count() == 0
    assert [notice["at"] for _, notice in take_notices()] == [20, 40]


@pytest.mark.parametrize(
    ("key", "marked"),
    [pytest.param(BOB, "user/bob", id="of two"), pytest.param(LAB, "group/lab", id="a group")],
)
def test_unread_goes_with_the_next_read_mark_and_may_be_set_again(
    cast: Cast, key: ConversationKey, marked: str
) -> None:
    talk = cast.lab.conversation_id
    if key == BOB:
        talk = Conversation.create(key="user:ann:bob", kind="user", low=cast.ann, high=cast.bob).id
    keep_list_mark(cast.ann, key, "unread", at_ms=10)
    keep_list_mark(cast.ann, key, "pinned", at_ms=10)
    ReadMark.insert(account=cast.bob, conversation=talk, seq=3, at_ms=11).execute()
    assert marks(cast.ann)[marked] == ("pinned", "unread")
    mine = {"account": cast.ann, "conversation": talk, "seq": 3, "at_ms": 11}
    ReadMark.insert(mine).on_conflict(
        conflict_target=[ReadMark.account, ReadMark.conversation], update={"seq": 3, "at_ms": 11}
    ).execute()
    assert marks(cast.ann)[marked] == ("pinned",)
    keep_list_mark(cast.ann, key, "unread", at_ms=12)
    assert marks(cast.ann)[marked] == ("pinned", "unread")


def test_a_hundred_are_pinned_at_most_and_any_number_archived(cast: Cast) -> None:
    others = [{"account": cast.ann, "key": f"user/p{n}", "pinned_at_ms": 1} for n in range(MAX_PINNED - 1)]
    ListMarks.insert_many(others).execute()
    keep_list_mark(cast.ann, BOB, "pinned", at_ms=10)
    keep_list_mark(cast.ann, BOB, "pinned", at_ms=20)
    with pytest.raises(Problem) as caught:
        keep_list_mark(cast.ann, LAB, "pinned", at_ms=30)
    assert (caught.value.code, caught.value.params) == ("too_many", {"limit": 100})
    keep_list_mark(cast.ann, LAB, "archived", at_ms=40)
    assert marks(cast.ann) == {"user/bob": ("pinned",), "group/lab": ("archived",)}


@pytest.mark.parametrize("key", NOWHERE.values(), ids=NOWHERE)
def test_there_is_no_mark_where_there_is_no_conversation(cast: Cast, key: ConversationKey) -> None:
    make_account("eve")
    with pytest.raises(Problem) as caught:
        keep_list_mark(cast.ann, key, "pinned", at_ms=10)
    assert caught.value.code == "unknown_conversation"
    drop_list_mark(cast.ann, key, "pinned", at_ms=10)
    assert (ListMarks.select().count(), take_notices()) == (0, [])
