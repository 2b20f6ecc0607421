from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hongyan_core.search.words import MAX_NEEDLES, find_spans, fold_line, parse_query


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("  ...!? ", ""),
        ("Hello, World", " hello world "),
        ("今天天气很好", " 今天天气很好 "),
        ("今天，天气「很」好", " 今天 天气 很 好 "),
        ("用Python3写", " 用 python3 写 "),
        ("Ｆｕｌｌ　ｗｉｄｔｈ", " full width "),
        ("Crème Brûlée", " creme brulee "),
        ("cafe\u0301", " cafe "),
        ("STRASSE Straße", " strasse strasse "),
        ("ガギグ ｶﾞｷﾞｸﾞ", " ガギグ ガギグ "),
        ("か\u3099", " が "),
        ("ラーメン・寿司", " ラーメン 寿司 "),
        ("안녕하세요 세계", " 안녕하세요 세계 "),
        ("\u1112\u1161\u11ab\u1100\u116e\u11a8", " 한국 "),
        ("Ёлка Йод", " елка иод "),
        ("ΆΛΦΑ", " αλφα "),
        ("สวัสดีครับ", " สวัสดีครับ "),
        ("หมู ร้อน", " หมู ร้อน "),
        ("שלום, עולם", " שלום עולם "),
        ("نعم؟ لا", " نعم لا "),
        ("नमस्ते दुनिया", " नमस्ते दुनिया "),
        ("snake_case e-mail", " snake case e mail "),
        ("21.5 °C", " 21 5 c "),
        ("好👍🏽 ❤️", " 好👍🏽 ❤ "),
        ("a\u200bb\u00adc", " abc "),
        ("一\n二", " 一 二 "),
    ],
    ids=str,
)
def test_a_text_becomes_a_line(text, line):
    assert fold_line(text) == line


@pytest.mark.parametrize(
    ("query", "needles"),
    [
        ("", ()),
        (" !? ", ()),
        ("好", ("好",)),
        ("天气", ("天气",)),
        ("he", (" he",)),
        ("H", (" h",)),
        ("hello 天气", (" hello", "天气")),
        ('"hello world"', (" hello world ",)),
        ('"天气 好" x', ("天气 好", " x")),
        ("“hello”", (" hello ",)),
        ('say "hello wor', (" say", " hello wor ")),
        ('a"b"', (" a", " b ")),
        ('""', ()),
        ("用python写", ("用 python 写",)),
        ("写python", ("写 python",)),
        ("e-mail", (" e mail",)),
        ("HE he Hé", (" he",)),
        ("a b c d e f g h i j", (" a", " b", " c", " d", " e", " f", " g", " h")),
    ],
    ids=str,
)
def test_a_query_becomes_needles(query, needles):
    assert parse_query(query) == needles
    assert len(needles) <= MAX_NEEDLES


@pytest.mark.parametrize(
    ("text", "query", "found"),
    [
        ("今天天气很好", "天", True),
        ("今天天气很好", "天气", True),
        ("今天天气很好", "今天天气很", True),
        ("今天天气很好", "天很", False),
        ("東京タワーへ", "タワー", True),
        ("東京タワーへ", "ワ", True),
        ("학교에서 만나요", "학교", True),
        ("학교에서 만나요", "교에", True),
        ("Hello there", "he", True),
        ("Hello there", "ell", False),
        ("Hello there", '"the"', False),
        ("Hello there", '"there"', True),
        ("Hello there", "there hello", True),
        ("Hello there", '"there hello"', False),
        ("用Python写", "pyth", True),
        ("用Python写", "用Pyth", True),
        ("ÜBER", "uber", True),
        ("uber", "Über", True),
        ("ｱﾆﾒ", "アニメ", True),
        ("21.5", "21.5", True),
        ("https://example.org/path", "example.org", True),
    ],
)
def test_what_is_found(text, query, found):
    line = fold_line(text)
    assert all(needle in line for needle in parse_query(query)) == found


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("今天天气很好，天", "天", ["天天", "天"]),
        ("Hello, hello there", "hello", ["Hello", "hello"]),
        ("Hello there", '"hello there"', ["Hello", "there"]),
        ("Hello there", "th he", ["He", "th"]),
        ("Crème Brûlée", "cre bru", ["Crè", "Brû"]),
        ("cafe\u0301!", "cafe", ["cafe\u0301"]),
        ("Straße", "strass", ["Straß"]),
        ("ｶﾞｷﾞ", "ガ", ["ｶﾞ"]),
        ("用Python写", "用pyth", ["用Pyth"]),
        ("👍🏽 ok", "👍", ["👍"]),
        ("\u1112\u1161\u11abx", "한", ["\u1112\u1161\u11ab"]),
        ("nothing", "else", []),
        ("", "a", []),
    ],
)
def test_what_was_found_is_marked_in_the_text_as_it_was_written(text, query, marked):
    assert [text[start:end] for start, end in find_spans(text, parse_query(query))] == marked


_TEXT = st.text(
    st.one_of(st.sampled_from("aZéß 好天のガ한ｶﾞ.,-_'\"👍"), st.characters(exclude_categories=("Cs",))), max_size=40
)


@given(_TEXT)
def test_a_line_is_words_with_one_space_around_each(text):
    line = fold_line(text)
    assert line == "" or line == f" {' '.join(line.split())} "
    assert "\n" not in line


@given(st.text(st.characters(max_codepoint=0x2FF, exclude_categories=("Cs",)), max_size=40))
def test_each_word_of_a_text_is_found_and_marked(text):
    line = fold_line(text)
    for word in line.split():
        needles = parse_query(word)
        assert all(needle in line for needle in needles)
        assert find_spans(text, needles)


@given(_TEXT)
def test_marks_lie_within_the_text_and_do_not_overlap(text):
    spans = find_spans(text, parse_query("a 好 の 한"))
    places = [place for span in spans for place in span]
    assert places == sorted(set(places))
    assert all(0 <= place <= len(text) for place in places)
