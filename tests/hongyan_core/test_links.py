from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hongyan_core.links import KINDS, Kind, make_code, parse_code
from hongyan_core.problems import Problem

KEY = b"k" * 32
CODE = make_code(KEY, "signup", "7")


@given(st.sampled_from(KINDS), st.from_regex(r"[a-z0-9][a-z0-9_.-]{0,40}", fullmatch=True))
def test_a_code_reads_back_in_any_case(kind: Kind, link_id: str) -> None:
    code = make_code(KEY, kind, link_id)
    assert re.fullmatch(r"[a-z2-7]+", code)
    assert parse_code(KEY, code) == parse_code(KEY, code.upper()) == (kind, link_id)


def test_a_code_is_the_letter_the_id_and_128_bits() -> None:
    assert len(CODE) == 29  # 18 bytes, five bits a character
    assert make_code(KEY, "person", "ann.1") == make_code(KEY, "person", "ann.1")


def test_codes_of_other_ids_kinds_and_servers_have_nothing_in_common() -> None:
    codes = [make_code(KEY, kind, "7") for kind in KINDS] + [
        make_code(KEY, "signup", "8"),
        make_code(b"x", "signup", "7"),
    ]
    assert len({code[-24:] for code in codes}) == len(codes)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("", id="nothing"),
        pytest.param("a", id="one letter"),
        pytest.param(CODE[:-1], id="cut short"),
        pytest.param(CODE + "a", id="too long"),
        pytest.param("b" + CODE[1:], id="another first letter"),
        pytest.param(CODE[:20] + ("a" if CODE[20] != "a" else "b") + CODE[21:], id="another letter inside"),
        pytest.param("0" + CODE[1:], id="a digit that base32 has not"),
        pytest.param(CODE[:8] + "=" + CODE[9:], id="padding inside"),
        pytest.param("安" * 29, id="Chinese"),
        pytest.param("\ud800", id="a surrogate"),
        pytest.param("a" * 100_000, id="very long"),
        pytest.param(make_code(b"another key", "signup", "7"), id="of another server"),
    ],
)
def test_a_code_that_was_not_made_here_is_refused(code: str) -> None:
    with pytest.raises(Problem, match=r"^invalid_link$"):
        parse_code(KEY, code)
