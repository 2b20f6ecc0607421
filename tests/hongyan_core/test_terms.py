from __future__ import annotations

import peewee
import pytest

from hongyan_core.store.models import AccountTerm
from hongyan_core.store.terms import fold, forget_names, index_names, make_terms
from tests.support.cast import make_account


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ann  Arbor ", "ann arbor"),
        ("ＡＮＮ", "ann"),
        ("Straße", "strasse"),
        ("ｶﾞ", "ガ"),
        ("a\u200db", "ab"),
        ("❤\ufe0f", "❤"),
        ("e\u0301", "é"),
    ],
)
def test_what_does_not_count_is_folded_away(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("display_name", "terms"),
    [
        pytest.param("Ann Arbor", {"ann arbor", "arbor"}, id="words; the user name begins the first"),
        pytest.param("Zoë", {"ann", "zoë"}, id="one word"),
        pytest.param("王小明", {"ann", "王小明", "小明", "明"}, id="Chinese"),
        pytest.param("妈妈", {"ann", "妈妈"}, id="a character twice"),
        pytest.param("O'Neil-Smith", {"ann", "o'neil-smith", "neil-smith", "smith"}, id="punctuation"),
        pytest.param("x\u0304y", {"ann", "x\u0304y"}, id="a mark that belongs to its letter"),
        pytest.param("Lee 李", {"ann", "lee 李", "李"}, id="two scripts"),
        pytest.param("雁🐦", {"ann", "雁🐦", "🐦"}, id="an emoji"),
        pytest.param("...", {"ann"}, id="nothing to read"),
    ],
)
def test_where_a_name_can_be_found(display_name: str, terms: set[str]) -> None:
    assert make_terms("ann", display_name) == terms


def test_the_longest_name_has_bounded_terms() -> None:
    terms = make_terms("ann", "ﷺ" * 64)
    assert len(terms) <= 129
    assert all(len(term) <= 64 for term in terms)


def test_names_are_indexed_anew_and_forgotten(database: peewee.Database) -> None:
    ann = make_account("ann", "Old Name")
    index_names(ann.id, "ann", "New")
    assert sorted(row.term for row in AccountTerm.select()) == ["ann", "new"]
    forget_names(ann.id)
    assert AccountTerm.select().count() == 0
