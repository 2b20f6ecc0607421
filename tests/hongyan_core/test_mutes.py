from __future__ import annotations

from dataclasses import dataclass

import peewee
import pytest

from hongyan import topics
from hongyan_core.actions.groups import create_group, dissolve_group
from hongyan_core.actions.mutes import mute_conversation, unmute_conversation
from hongyan_core.problems import Problem
from hongyan_core.store.history import list_conversations, read_history
from hongyan_core.store.models import FOREVER_MS, Account, Conversation, ConversationMute, StoredMessage
from hongyan_core.store.mutes import Mute, list_mutes
from tests.support.cast import make_account, make_friends, take_notices

BOB = topics.user("bob")
LAB = topics.group("lab")


@dataclass(frozen=True)
class Cast:
    ann: Account
    bob: Account


@pytest.fixture
def cast(database: peewee.Database) -> Cast:
    """Ann and bob are friends; ann has a group."""
    cast = Cast(make_account("ann"), make_account("bob"))
    make_friends(cast.ann, cast.bob)
    create_group(cast.ann, "lab", "Lab", at_ms=1)
    take_notices()
    return cast


def write_note(account: Account) -> None:
    """As the exchange stores what somebody writes to themselves."""
    key = f"user:{account.name}:{account.name}"
    heads = {"last_seq": 1, "counted": 1, "shown_seq": 1}
    talk = Conversation.create(key=key, kind="user", low=account, high=account, **heads)
    stamp = {"position": 1, "seq": 1, "message_id": "m", "kind": "text", "at_ms": 1, "ordinal": 1}
    StoredMessage.create(conversation=talk, sender=account, payload="{}", **stamp)


def test_a_mute_lasts_until_its_time_or_until_it_is_taken_back(cast: Cast) -> None:
    assert mute_conversation(cast.ann, BOB, 50, at_ms=10) == Mute("user/bob", 50)
    assert mute_conversation(cast.ann, LAB, None, at_ms=10) == Mute("group/lab", FOREVER_MS)
    both = [Mute("group/lab", FOREVER_MS), Mute("user/bob", 50)]
    assert (list_mutes(cast.ann, at_ms=49), list_mutes(cast.ann, at_ms=50)) == (both, both[:1])
    assert list_mutes(cast.bob, at_ms=10) == []
    unmute_conversation(cast.ann, LAB, at_ms=20)
    unmute_conversation(cast.ann, LAB, at_ms=30)
    told = [(to, notice["key"], notice["muted_until"], notice["at"]) for to, notice in take_notices()]
    assert told == [
        (["ann"], "user/bob", 50, 10),
        (["ann"], "group/lab", FOREVER_MS, 10),
        (["ann"], "group/lab", None, 20),
    ]


def test_a_second_mute_sets_the_new_time(cast: Cast) -> None:
    mute_conversation(cast.ann, BOB, 50, at_ms=10)
    mute_conversation(cast.ann, BOB, 90, at_ms=20)
    assert list_mutes(cast.ann, at_ms=60) == [Mute("user/bob", 90)]


def test_heads_say_until_when(cast: Cast) -> None:
    write_note(cast.ann)
    mute_conversation(cast.ann, BOB, 50, at_ms=10)
    mute_conversation(cast.ann, LAB, 60, at_ms=10)
    mute_conversation(cast.ann, topics.user("ann"), 70, at_ms=10)
    heads = {str(head.key): head.muted_until_ms for head in list_conversations(cast.ann)}
    assert heads == {"user/bob": 50, "group/lab": 60, "user/ann": 70}
    assert [head.muted_until_ms for head in list_conversations(cast.bob)] == [None]


def test_notes_to_oneself_are_listed_once_there_are_any(cast: Cast) -> None:
    assert "user/ann" not in [str(head.key) for head in list_conversations(cast.ann)]
    write_note(cast.ann)
    assert next(str(head.key) for head in list_conversations(cast.ann)) == "user/ann"
    page = read_history(cast.ann, topics.user("ann"), after=None, before=None, limit=9)
    assert (page.messages, page.first_seq, page.last_seq) == (["{}"], 1, 1)
    page = read_history(cast.bob, topics.user("bob"), after=None, before=None, limit=9)
    assert (page.messages, page.first_seq, page.last_seq) == ([], 1, 0)


@pytest.mark.parametrize(
    ("key", "until_ms", "code", "field"),
    [
        pytest.param(BOB, 10, "malformed_field", "until", id="now"),
        pytest.param(BOB, 0, "malformed_field", "until", id="long ago"),
        pytest.param(BOB, FOREVER_MS + 1, "malformed_field", "until", id="beyond for ever"),
        pytest.param(topics.user("eve"), 50, "unknown_conversation", None, id="a stranger"),
        pytest.param(topics.user("nobody"), 50, "unknown_conversation", None, id="nobody"),
        pytest.param(topics.user("a\0b"), 50, "unknown_conversation", None, id="a NUL"),
        pytest.param(topics.group("theirs"), 50, "unknown_conversation", None, id="a foreign group"),
        pytest.param(topics.group("attic"), 50, "unknown_conversation", None, id="a dissolved group"),
        pytest.param(topics.group("nothing"), 50, "unknown_conversation", None, id="no group"),
        pytest.param(topics.group("\ud800"), 50, "unknown_conversation", None, id="a lone surrogate"),
    ],
)
def test_a_mute_that_cannot_be(
    cast: Cast, key: topics.ConversationKey, until_ms: int, code: str, field: str | None
) -> None:
    create_group(make_account("eve"), "theirs", "Theirs", at_ms=1)
    dissolve_group(cast.ann, create_group(cast.ann, "attic", "Attic", at_ms=1), at_ms=2)
    take_notices()
    with pytest.raises(Problem) as caught:
        mute_conversation(cast.ann, key, until_ms, at_ms=10)
    assert (caught.value.code, caught.value.field) == (code, field)
    unmute_conversation(cast.ann, key, at_ms=10)
    assert ConversationMute.select().count() == 0
    assert take_notices() == []
