from __future__ import annotations

import re
import string

import pytest

from hongyan.errors import Code
from hongyan_core.problems import PROBLEM_CODES, Problem
from hongyan_core.texts import TEXTS, say

ALL_CODES = sorted({*PROBLEM_CODES, *(code.value for code in Code)})


@pytest.mark.parametrize("code", ALL_CODES)
def test_every_code_has_a_sentence_in_both_languages(code: str) -> None:
    chinese, english = say(code, "zh", limit=5, wait_s=3), say(code, "en", limit=5, wait_s=3)
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert chinese.endswith("。")
    assert re.fullmatch(r"[A-Z“][ -~“”…]+\.", english)


def test_no_sentence_is_left_over() -> None:
    assert sorted(TEXTS) == ALL_CODES


def test_both_languages_name_the_same_params() -> None:
    def params(template: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(template)} - {None}

    assert {code: params(text.zh) for code, text in TEXTS.items()} == {
        code: params(text.en) for code, text in TEXTS.items()
    }


def test_a_limit_is_named() -> None:
    assert say("too_many", "zh", limit=100) == "已达到上限（100），请先清理一些再试。"
    assert say("too_many", "en", limit=100) == "The limit of 100 is reached. Remove some first, then try again."


def test_a_param_that_is_left_out_does_not_turn_a_refusal_into_an_error() -> None:
    assert say("too_many", "en") == "The limit of … is reached. Remove some first, then try again."


def test_another_language_is_answered_in_english() -> None:
    assert say("not_signed_in", "de") == "Please sign in first."


def test_an_unknown_code_is_an_error_of_ours() -> None:
    with pytest.raises(KeyError):
        say("no_such_code", "en")


def test_a_problem_keeps_its_code_field_and_params() -> None:
    problem = Problem("too_many", "name", limit=3)
    assert (problem.code, problem.field, problem.params) == ("too_many", "name", {"limit": 3})
    assert str(problem) == "too_many: name"
