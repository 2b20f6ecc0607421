from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import peewee
import pytest

from hongyan_core.actions.friends import request_friend
from hongyan_core.problems import Problem
from hongyan_core.store.groups import list_groups
from hongyan_core.store.models import Account, Presence
from hongyan_core.store.people import (
    BlockedPerson,
    Friend,
    PendingRequest,
    Person,
    Relation,
    ShownPresence,
    list_blocks,
    list_friends,
    list_incoming,
    list_outgoing,
    load_person,
    search_people,
)
from tests.support.cast import make_account, make_block, make_friends


@dataclass(frozen=True)
class Cast:
    ann: Account
    bob: Account
    eve: Account


@pytest.fixture
def cast(database: peewee.Database) -> Cast:
    return Cast(make_account("ann", "安"), make_account("bob", "Bob B."), make_account("eve", "Eve"))


def found(viewer: Account, text: str, limit: int = 20) -> list[str]:
    return [person.username for person in search_people(viewer, text, limit)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("bo", ["bo", "bob", "boris"], id="the beginning of a name, the exact one first"),
        pytest.param("BOB", ["bob"], id="capitals"),
        pytest.param("oris", [], id="not the middle of a name"),
        pytest.param("zoË", ["zoe"], id="case of another script in a display name"),
        pytest.param("爱丽", ["alice"], id="the middle of a Chinese display name"),
        pytest.param(" bob ", ["bob"], id="spaces around it"),
        pytest.param("_", ["under_score"], id="an underscore is no wildcard"),
        pytest.param("%", ["percent"], id="a percent sign is no wildcard"),
        pytest.param("\\", ["slash"], id="a backslash"),
        pytest.param("", [], id="nothing"),
        pytest.param("  ", [], id="blank"),
        pytest.param("bo\0", [], id="a NUL"),
        pytest.param("\ud800", [], id="a lone surrogate"),
        pytest.param("gone", [], id="a deleted account"),
        pytest.param("off", [], id="a disabled account"),
    ],
)
def test_people_are_found(cast: Cast, text: str, expected: list[str]) -> None:
    make_account("bo", "x")
    make_account("boris", "x")
    make_account("zoe", "ZOË")
    make_account("alice", "小爱丽丝")
    make_account("under_score", "a_b")
    make_account("percent", "100%")
    make_account("slash", "a\\b")
    make_account("gone", deleted_at_ms=5)
    make_account("off", disabled_at_ms=5)
    assert found(cast.ann, text) == expected


def test_a_search_is_limited(cast: Cast) -> None:
    for number in range(5):
        make_account(f"user{number}")
    assert found(cast.ann, "user", 3) == ["user0", "user1", "user2"]


def test_a_search_says_what_each_is_to_the_viewer(cast: Cast) -> None:
    for name in ("xfriend", "xasked", "xasking", "xblocked", "xboth", "xblocker", "xstranger"):
        make_account(name)
    people = {account.name: account for account in Account.select()}
    make_friends(cast.ann, people["xfriend"])
    make_friends(cast.ann, people["xboth"])
    make_block(cast.ann, people["xblocked"])
    make_block(cast.ann, people["xboth"])
    make_block(people["xblocker"], cast.ann)
    request_friend(cast.ann, "xasked", "", at_ms=5)
    request_friend(people["xasking"], "ann", "", at_ms=5)
    assert search_people(cast.ann, "ann") == [Person("ann", "安", Relation.SELF)]
    assert {person.username: person.relation.value for person in search_people(cast.ann, "x")} == {
        "xfriend": "friend",
        "xasked": "requested",
        "xasking": "requesting",
        "xblocked": "blocked",
        "xboth": "blocked",
        "xblocker": "none",  # that one was blocked is not told
        "xstranger": "none",
    }


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
    assert list_friends(cast.ann) == [Friend("bob", "Bob B.", 1, expected)]


def test_an_account_that_is_gone_is_nobodys_friend(cast: Cast) -> None:
    make_friends(cast.ann, make_account("gone", deleted_at_ms=5))
    assert list_friends(cast.ann) == []


def test_requests_are_listed_on_both_sides_newest_first(cast: Cast) -> None:
    first = request_friend(cast.bob, "ann", "hello", at_ms=10)
    second = request_friend(cast.eve, "ann", "", at_ms=20)
    assert list_incoming(cast.ann) == [
        PendingRequest(second.id, "eve", "Eve", "", 20),
        PendingRequest(first.id, "bob", "Bob B.", "hello", 10),
    ]
    assert list_outgoing(cast.bob) == [PendingRequest(first.id, "ann", "安", "hello", 10)]
    assert (list_outgoing(cast.ann), list_incoming(cast.bob)) == ([], [])


def test_requests_of_the_blocked_are_not_shown_to_who_blocked_them(cast: Cast) -> None:
    request_friend(cast.eve, "ann", "", at_ms=20)
    make_block(cast.ann, cast.eve)
    assert list_incoming(cast.ann) == []
    assert len(list_outgoing(cast.eve)) == 1


def test_blocks_are_listed_for_their_owner(cast: Cast) -> None:
    make_block(cast.ann, cast.eve)
    assert list_blocks(cast.ann) == [BlockedPerson("eve", "Eve", 1)]
    assert list_blocks(cast.eve) == []


@pytest.mark.parametrize("name", ["nobody", "gone", "Not A Name", "\0", "\ud800"])
def test_nobody_of_that_name(cast: Cast, name: str) -> None:
    make_account("gone", deleted_at_ms=5)
    with pytest.raises(Problem) as caught:
        load_person(name, "to")
    assert (caught.value.code, caught.value.field) == ("unknown_account", "to")


@contextmanager
def counted(database: peewee.Database) -> Iterator[list[str]]:
    statements: list[str] = []
    hook = lambda event: statements.append(event.sql)  # noqa: E731
    database.query_hooks.append(hook)
    yield statements
    database.query_hooks.remove(hook)


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda viewer: search_people(viewer, "user"), id="search"),
        pytest.param(list_friends, id="friends"),
        pytest.param(list_incoming, id="requests"),
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
        make_block(cast.ann, blocked)
        request_friend(asking, "ann", "", at_ms=1)

    add(0)
    with counted(database) as few:
        ask(cast.ann)
    for number in range(1, 10):
        add(number)
    with counted(database) as many:
        ask(cast.ann)
    assert len(few) == len(many) <= 5
