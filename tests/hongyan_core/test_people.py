from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import peewee
import pytest

from hongyan_core.actions.friends import request_friend
from hongyan_core.problems import Problem
from hongyan_core.store.contacts import BlockedPerson, Friend, ShownPresence, list_blocks, list_friends, list_labels
from hongyan_core.store.groups import list_groups
from hongyan_core.store.models import Account, ContactLabel, Presence
from hongyan_core.store.people import load_person
from hongyan_core.store.requests import PendingRequest, list_incoming, list_outgoing
from hongyan_core.store.search import search_people
from tests.support.cast import make_account, make_block, make_friends
from tests.support.recorded import recorded


@dataclass(frozen=True)
class Cast:
    ann: Account
    bob: Account
    eve: Account


@pytest.fixture
def cast(database: peewee.Database) -> Cast:
    return Cast(make_account("ann", "安"), make_account("bob", "Bob B."), make_account("eve", "Eve"))


OFFLINE = ShownPresence("offline", "", 0)


@pytest.mark.parametrize(
    ("stored", "block", "expected"),
    [
        pytest.param(None, None, OFFLINE, id="never seen"),
        pytest.param(("online", "at work"), None, ShownPresence("online", "at work", 9), id="online"),
        pytest.param(("busy", ""), None, ShownPresence("busy", "", 9), id="busy"),
        pytest.param(("offline", "at work"), None, ShownPresence("offline", "", 9), id="offline"),
        pytest.param(("invisible", "at work"), None, ShownPresence("offline", "", 9), id="invisible looks offline"),
        pytest.param(("online", "at work"), "by me", OFFLINE, id="whom I blocked"),
        pytest.param(("online", "at work"), "by them", OFFLINE, id="who blocked me"),
    ],
)
def test_friends_are_listed_with_the_presence_that_may_be_seen(
    cast: Cast, stored: tuple[str, str] | None, block: str | None, expected: ShownPresence
) -> None:
    make_friends(cast.ann, cast.bob)
    make_friends(cast.bob, cast.eve)
    if stored:
        Presence.create(account=cast.bob, state=stored[0], text=stored[1], last_seen_ms=9)
    if block:
        make_block(*((cast.ann, cast.bob) if block == "by me" else (cast.bob, cast.ann)))
    assert list_friends(cast.ann) == [Friend("bob", "Bob B.", None, "person", 1, "", [], False, expected)]


def test_an_account_that_is_gone_is_nobodys_friend(cast: Cast) -> None:
    make_friends(cast.ann, make_account("gone", deleted_at_ms=5))
    assert list_friends(cast.ann) == []


def test_requests_are_listed_on_both_sides_newest_first(cast: Cast) -> None:
    first = request_friend(cast.bob, "ann", "hello", at_ms=10)
    second = request_friend(cast.eve, "ann", "", at_ms=20)
    assert list_incoming(cast.ann, at_ms=30) == [
        PendingRequest(second.id, "eve", "Eve", "", 20, None, "person", "ann"),
        PendingRequest(first.id, "bob", "Bob B.", "hello", 10, None, "person", "ann"),
    ]
    assert list_outgoing(cast.bob, at_ms=30) == [
        PendingRequest(first.id, "ann", "安", "hello", 10, None, "person", "ann")
    ]
    assert (list_outgoing(cast.ann, at_ms=30), list_incoming(cast.bob, at_ms=30)) == ([], [])


def test_requests_of_the_blocked_are_not_shown_to_who_blocked_them(cast: Cast) -> None:
    request_friend(cast.eve, "ann", "", at_ms=20)
    make_block(cast.ann, cast.eve)
    assert list_incoming(cast.ann, at_ms=30) == []
    assert len(list_outgoing(cast.eve, at_ms=30)) == 1


def test_blocks_are_listed_for_their_owner(cast: Cast) -> None:
    make_block(cast.ann, cast.eve)
    assert list_blocks(cast.ann) == [BlockedPerson("eve", "Eve", None, 1)]
    assert list_blocks(cast.eve) == []


@pytest.mark.parametrize("name", ["nobody", "gone", "Not A Name", "\0", "\ud800"])
def test_nobody_of_that_name(cast: Cast, name: str) -> None:
    make_account("gone", deleted_at_ms=5)
    with pytest.raises(Problem) as caught:
        load_person(name, "to")
    assert (caught.value.code, caught.value.field) == ("unknown_account", "to")


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda viewer: search_people(viewer, "user", at_ms=30), id="search"),
        pytest.param(list_friends, id="friends"),
        pytest.param(lambda viewer: list_incoming(viewer, at_ms=30), id="requests"),
        pytest.param(list_labels, id="labels"),
        pytest.param(list_blocks, id="blocks"),
        pytest.param(list_groups, id="groups"),
    ],
)
def test_ten_rows_take_as_many_queries_as_one(
    cast: Cast, database: peewee.Database, ask: Callable[[Account], list[Any]]
) -> None:
    def add(number: int) -> None:
        friend, blocked, asking = (make_account(f"user{number}{kind}") for kind in "abc")
        make_friends(cast.ann, friend)
        ContactLabel.create(account=cast.ann, label=f"label {number}", friend=friend)
        make_block(cast.ann, blocked)
        request_friend(asking, "ann", "", at_ms=1)

    add(0)
    with recorded(database) as few:
        ask(cast.ann)
    for number in range(1, 10):
        add(number)
    with recorded(database) as many:
        ask(cast.ann)
    assert len(few) == len(many) <= 5
