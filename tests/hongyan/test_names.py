from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hongyan.errors import MalformedName
from hongyan.names import NAME_PATTERN, RESERVED_NAMES, is_name, parse_name
from tests.hongyan.cases import read_cases


@pytest.mark.parametrize("case", read_cases("names.json", "names"), ids=lambda case: ascii(case["text"]))
def test_a_name_is_valid_reserved_or_malformed(case):
    if case["answer"] == "valid":
        assert parse_name(case["text"]) == case["text"]
        return
    with pytest.raises(MalformedName) as refused:
        parse_name(case["text"])
    assert refused.value.reserved is (case["answer"] == "reserved")


@pytest.mark.parametrize("value", [None, 7, b"ann", ["ann"]], ids=repr)
def test_what_is_no_text_is_no_name(value):
    with pytest.raises(MalformedName):
        parse_name(value)


def test_every_reserved_word_would_be_a_name_otherwise():
    assert all(is_name(word) for word in RESERVED_NAMES)


@given(st.text())
def test_any_text_is_a_name_or_is_refused_by_name(text):
    try:
        assert parse_name(text) == text
    except MalformedName:
        assert not is_name(text) or text in RESERVED_NAMES


@given(st.from_regex(NAME_PATTERN, fullmatch=True))
def test_what_fits_the_pattern_is_one_plain_topic_level(text):
    assert is_name(text)
    assert not set(text) & set("/+#$.\0")
