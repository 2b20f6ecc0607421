"""Who is found by a name, in what order, and that those who are not shown look like nobody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import peewee
import pytest

from hongyan_core.actions.friends import request_friend
from hongyan_core.problems import Problem
from hongyan_core.store.models import Account
from hongyan_core.store.people import Relation, load_shown_person
from hongyan_core.store.search import Person, search_people, show_person_link
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


def found(viewer: Account, text: str, limit: int = 20) -> list[str]:
    return [person.username for person in search_people(viewer, text, limit, at_ms=30)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("bo", ["bo", "bob", "boris", "carla"], id="exact, user names, display names"),
        pytest.param("BOB", ["bob"], id="capitals"),
        pytest.param("oris", [], id="not the middle of a name"),
        pytest.param("zoË", ["zoe"], id="case of another script"),
        pytest.param("爱丽", ["alice"], id="the middle of a Chinese name"),
        pytest.param("丝", ["alice"], id="one Chinese character, the last"),
        pytest.param("さく", ["sakura"], id="kana within kanji"),
        pytest.param("サク", ["katakana"], id="half-width katakana, typed full-width"),
        pytest.param("民수", [], id="another script that looks alike"),
        pytest.param("민수", ["minsu"], id="a given name in Hangul"),
        pytest.param("wide", ["width"], id="full-width letters, typed narrow"),
        pytest.param("e\u0301mile", ["emile"], id="a combining accent, typed apart"),
        pytest.param("🐦", ["goose"], id="an emoji"),
        pytest.param("❤\ufe0f", ["heart"], id="an emoji with its selector"),
        pytest.param("boat race", ["carla"], id="two words"),
        pytest.param("boat  race", ["carla"], id="two spaces are one"),
        pytest.param("boat\u3000race", ["carla"], id="the space of Chinese keyboards"),
        pytest.param(" bob ", ["bob"], id="spaces around it"),
        pytest.param("_", [], id="an underscore is no wildcard"),
        pytest.param("%", [], id="a percent sign is no wildcard"),
        pytest.param("\\", [], id="a backslash"),
        pytest.param("", [], id="nothing"),
        pytest.param("  ", [], id="blank"),
        pytest.param("bo\0", [], id="a NUL"),
        pytest.param("\ud800", [], id="a lone surrogate"),
        pytest.param("x" * 500, [], id="longer than any name"),
        pytest.param("gone", [], id="a deleted account"),
        pytest.param("off", [], id="a disabled account"),
    ],
)
def test_people_are_found(cast: Cast, text: str, expected: list[str]) -> None:
    shown = {
        "bo": "x",
        "boris": "x",
        "carla": "Carla Boat Race",
        "zoe": "ZOË",
        "alice": "小爱丽丝",
        "sakura": "木村さくら",
        "katakana": "ｻｸﾗ",
        "minsu": "김민수",
        "width": "Ｗｉｄｅ",
        "emile": "Émile",
        "goose": "雁🐦",
        "heart": "I ❤ you",
        "under_score": "a_b",
        "percent": "100%",
        "slash": "a\\b",
    }
    for name, display_name in shown.items():
        make_account(name, display_name)
    make_account("gone", deleted_at_ms=5)
    make_account("off", disabled_at_ms=5)
    assert found(cast.ann, text) == expected


def test_one_who_is_found_at_many_words_is_found_once_and_hides_nobody(cast: Cast) -> None:
    make_account("many", " ".join(f"w{letter}" for letter in "abcdefghijklmnopqrst"))
    make_account("wz")
    assert found(cast.ann, "w", 2) == ["wz", "many"]


def test_a_search_is_limited(cast: Cast) -> None:
    for number in range(5):
        make_account(f"user{number}")
    assert found(cast.ann, "user", 3) == ["user0", "user1", "user2"]


def test_a_search_says_what_each_is_to_the_viewer(cast: Cast) -> None:
    for name in ("xfriend", "xasked", "xasking", "xblocked", "xboth", "xblocker", "xstranger", "xhidden", "xown"):
        make_account(name, hidden=name in ("xhidden", "xown"))
    people = {account.name: account for account in Account.select()}
    make_friends(cast.ann, people["xfriend"])
    make_friends(cast.ann, people["xboth"])
    make_friends(cast.ann, people["xown"])
    make_block(cast.ann, people["xblocked"])
    make_block(cast.ann, people["xboth"])
    make_block(people["xblocker"], cast.ann)
    request_friend(cast.ann, "xasked", "", at_ms=5)
    request_friend(people["xasking"], "ann", "", at_ms=5)
    assert search_people(cast.ann, "ann", at_ms=30) == [Person("ann", "安", None, "person", Relation.SELF)]
    assert {person.username: person.relation.value for person in search_people(cast.ann, "x", at_ms=30)} == {
        "xfriend": "friend",
        "xasked": "requested",
        "xasking": "requesting",
        "xblocked": "blocked",
        "xboth": "blocked",
        "xstranger": "none",
        "xown": "friend",  # hidden, but a friend
    }


def ask_by_search(viewer: Account, name: str) -> Any:
    return search_people(viewer, name, at_ms=30)


def ask_by_request(viewer: Account, name: str) -> Any:
    return request_friend(viewer, name, "", at_ms=30)


def ask_by_profile(viewer: Account, name: str) -> Any:
    return load_shown_person(viewer, name, at_ms=30)


@pytest.mark.parametrize("ask", [ask_by_search, ask_by_request, ask_by_profile])
def test_unknown_hidden_and_blocking_people_are_one_answer_by_the_same_statements(
    cast: Cast, database: peewee.Database, ask: Callable[[Account, str], Any]
) -> None:
    make_account("hidden", hidden=True)
    make_account("off", disabled_at_ms=5)
    make_account("waiting", unconfirmed=True)
    make_block(make_account("blocker"), cast.ann)
    answers = set()
    for name in ("nobody", "hidden", "blocker", "off", "waiting"):
        with recorded(database) as statements:
            try:
                answer = str(ask(cast.ann, name))
            except Problem as problem:
                answer = str(problem)
        answers.add((answer, tuple(statements)))
    assert len(answers) == 1
    assert next(iter(answers))[0] in ("[]", "unknown_account", "unknown_account: to")


def test_a_search_walks_along_an_index(cast: Cast, database: peewee.Database) -> None:
    with recorded(database) as statements:
        found(cast.ann, "bo")
    (sql,) = statements
    if "COLLATE" in sql:
        return  # PostgreSQL plans by what it has counted, and nothing is counted here
    params = (1, 0, "bo", "bo", "bo~", "bo", 200)
    plan = "\n".join(str(row[3]) for row in database.execute_sql(f"EXPLAIN QUERY PLAN {sql}", params))
    assert "SEARCH t USING COVERING INDEX sqlite_autoindex_account_term_1 (term>? AND term<?)" in plan
    assert "SCAN t" not in plan


def test_a_personal_link_shows_its_owner_while_it_lasts(cast: Cast) -> None:
    hidden = make_account("hidden", hidden=True)
    wanted = Person("hidden", "Hidden", None, "person", Relation.NONE)
    assert show_person_link(cast.ann, "hidden", 1, at_ms=30) == wanted
    make_friends(cast.ann, hidden)
    assert show_person_link(cast.ann, "hidden", 1, at_ms=30) == replace(wanted, relation=Relation.FRIEND)


@pytest.mark.parametrize(
    ("name", "generation"),
    [
        pytest.param("bob", 2, id="renewed"),
        pytest.param("nobody", 1, id="nobody"),
        pytest.param("gone", 1, id="deleted"),
        pytest.param("blocker", 1, id="a blocker"),
    ],
)
def test_a_personal_link_that_leads_nowhere(cast: Cast, name: str, generation: int) -> None:
    make_account("gone", deleted_at_ms=5)
    make_block(make_account("blocker"), cast.ann)
    with pytest.raises(Problem, match="invalid_link"):
        show_person_link(cast.ann, name, generation, at_ms=30)
