"""What somebody has begun to write."""

from __future__ import annotations

import peewee
import pytest

from hongyan import topics
from hongyan.topics import ConversationKey
from hongyan_core.actions.drafts import drop_draft, keep_draft
from hongyan_core.actions.groups import create_group
from hongyan_core.problems import Problem
from hongyan_core.store.models import Account, UnsentDraft
from tests.support.cast import NOWHERE, make_account, make_friends, take_notices

BOB, LAB = topics.user("bob"), topics.group("lab")


@pytest.fixture
def ann(database: peewee.Database) -> Account:
    """She is bob's friend and has a group."""
    ann = make_account("ann")
    make_friends(ann, make_account("bob"))
    create_group(ann, "lab", "Lab", at_ms=1)
    take_notices()
    return ann


def kept() -> dict[str, tuple[str, int | None, int]]:
    return {row.key: (row.body, row.reply_seq, row.at_ms) for row in UnsentDraft.select()}


def test_the_newest_words_are_kept_and_own_devices_are_told(ann: Account) -> None:
    keep_draft(ann, BOB, "h", None, at_ms=10)
    keep_draft(ann, BOB, "hi", 7, at_ms=20)
    keep_draft(ann, LAB, "all", None, at_ms=30)
    assert kept() == {"user/bob": ("hi", 7, 20), "group/lab": ("all", None, 30)}
    assert [(to, notice) for to, notice in take_notices()] == [
        (["ann"], {"type": "draft", "key": "user/bob", "at": 10}),
        (["ann"], {"type": "draft", "key": "user/bob", "at": 20}),
        (["ann"], {"type": "draft", "key": "group/lab", "at": 30}),
    ]


def test_no_words_are_no_draft_but_an_answer_without_words_is_one(ann: Account) -> None:
    keep_draft(ann, BOB, "hi", 7, at_ms=10)
    keep_draft(ann, BOB, "", 7, at_ms=20)
    assert kept() == {"user/bob": ("", 7, 20)}
    keep_draft(ann, BOB, "", None, at_ms=30)
    assert kept() == {}


def test_a_draft_is_dropped_once(ann: Account) -> None:
    keep_draft(ann, BOB, "hi", None, at_ms=10)
    take_notices()
    drop_draft(ann, BOB, at_ms=20)
    drop_draft(ann, BOB, at_ms=30)
    assert (kept(), [notice["at"] for _, notice in take_notices()]) == ({}, [20])


@pytest.mark.parametrize("key", NOWHERE.values(), ids=NOWHERE)
def test_there_is_no_draft_where_there_is_no_conversation(ann: Account, key: ConversationKey) -> None:
    make_account("eve")
    with pytest.raises(Problem) as caught:
        keep_draft(ann, key, "hi", None, at_ms=10)
    assert caught.value.code == "unknown_conversation"
    drop_draft(ann, key, at_ms=10)
    assert (kept(), take_notices()) == ({}, [])
