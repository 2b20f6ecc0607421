from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from hongyan_core.lines import EVENTS, SENTENCES, make_line

MESSAGES = Path(__file__).parents[2] / "docs" / "messages.md"


def test_the_events_are_those_of_the_api() -> None:
    assert sorted(EVENTS) == sorted(
        """created joined left removed banned unbanned role owner muted unmuted muted_all unmuted_all title picture
        announcement settings nickname dissolved""".split()
    )


def test_every_event_is_documented() -> None:
    page = MESSAGES.read_text(encoding="utf-8").partition("## Events")[2].partition("\n## ")[0]
    documented = [
        name for cell in re.findall(r"^\| (`.*?`) \|", page, re.MULTILINE) for name in re.findall(r"`(\w+)`", cell)
    ]
    assert documented[1:] == list(EVENTS)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_both_languages_name_the_same_values(sentence: str) -> None:
    used = [{name for _, name, _, _ in string.Formatter().parse(text)} - {None} for text in SENTENCES[sentence]]
    assert used[0] == used[1]
    assert re.search(r"[\u4e00-\u9fff]", SENTENCES[sentence].zh)


def test_a_line_says_who_did_what_to_whom() -> None:
    bob, dan = ("bob", "鲍勃"), ("dan", "Dan")
    assert make_line("joined", "en", "Ann", [bob, dan]) == {
        "event": "joined",
        "body": "Ann added 鲍勃, Dan",
        "who": ["bob", "dan"],
    }
    assert make_line("joined", "zh", "安", [bob, dan])["body"] == "安邀请鲍勃、Dan加入"
    assert make_line("joined:link", "en", "Bob", [bob]) == {
        "event": "joined",
        "body": "Bob joined by a link",
        "who": ["bob"],
    }


def test_a_line_keeps_its_values() -> None:
    assert make_line("title", "zh", "安", title="雁") == {"event": "title", "body": "安将名称改为“雁”", "title": "雁"}
    assert make_line("muted", "en", "Ann", [("bob", "Bob")], until=7) == {
        "event": "muted",
        "body": "Ann muted Bob",
        "who": ["bob"],
        "until": 7,
    }


def test_a_name_with_braces_is_a_name() -> None:
    assert make_line("left", "en", "{title}")["body"] == "{title} left"
    assert make_line("title", "en", "Ann", title="{actor}")["body"] == "Ann changed the title to “{actor}”"


def test_another_language_is_english() -> None:
    assert make_line("left", "de", "Ann")["body"] == "Ann left"
