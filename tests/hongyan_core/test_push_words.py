from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from hongyan_core.push.words import cut, is_quiet, is_told, tell_joined, tell_message, tell_request, tell_test
from hongyan_core.store.push import Hearer, Request

NOON_MS = int(datetime(2026, 11, 21, 12, 0, tzinfo=UTC).timestamp() * 1_000)
ANN = Hearer(
    conversation_id=1,
    seq=7,
    account_id=2,
    name="ann",
    language="zh",
    time_zone="",
    quiet_from=None,
    quiet_to=None,
    words=True,
    sender="bob",
    sender_title="小波",
    key="group/lab",
    title="The lab",
    muted_until_ms=0,
    read_seq=6,
)


def ann(**changes: Any) -> Hearer:
    return msgspec.structs.replace(ANN, **changes)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({}, True, id="new"),
        pytest.param({"read_seq": 7}, False, id="read"),
        pytest.param({"muted_until_ms": NOON_MS + 1}, False, id="muted"),
        pytest.param({"muted_until_ms": NOON_MS + 1, "mentioned": True}, False, id="muted, though named"),
        pytest.param({"muted_until_ms": NOON_MS}, True, id="the mute is over"),
        pytest.param({"hidden": True}, False, id="deleted for herself"),
        pytest.param({"blocked": True}, False, id="blocked"),
        pytest.param({"quiet_from": 700, "quiet_to": 800}, False, id="quiet hours"),
        pytest.param({"quiet_from": 700, "quiet_to": 720}, True, id="quiet hours are over"),
        pytest.param({"quiet_from": 1, "quiet_to": 60, "time_zone": "Asia/Shanghai"}, True, id="there it is eight"),
    ],
)
def test_who_is_told_of_a_message(changes: dict[str, Any], told: bool) -> None:
    assert is_told(ann(**changes), NOON_MS) is told


@pytest.mark.parametrize(
    ("zone", "quiet_from", "quiet_to", "quiet"),
    [
        ("", None, None, False),
        ("", 720, 721, True),
        ("", 719, 720, False),
        ("", 1_320, 420, False),  # 22:00 to 7:00
        ("Asia/Shanghai", 1_200, 420, True),  # 20:00 there
        ("Asia/Shanghai", 1_201, 420, False),
        ("America/New_York", 1_320, 421, True),  # 7:00 there
        ("America/New_York", 1_320, 420, False),
        ("No/Where", 720, 721, True),  # UTC
    ],
)
def test_quiet_hours_are_of_the_time_zone_and_go_over_midnight(
    zone: str, quiet_from: int | None, quiet_to: int | None, quiet: bool
) -> None:
    assert is_quiet(zone, quiet_from, quiet_to, NOON_MS) is quiet


def test_a_message_is_told_with_its_words() -> None:
    plain = tell_message(ann(mentioned=True), {"kind": "text", "body": "你好"}, at_ms=5, unread=12)
    assert json.loads(plain) == {
        "type": "message",
        "key": "group/lab",
        "seq": 7,
        "from": "bob",
        "from_title": "小波",
        "title": "The lab",
        "kind": "text",
        "mention": True,
        "unread": 12,
        "at": 5,
        "language": "zh",
        "body": "你好",
    }


def test_who_wants_no_words_gets_neither_words_nor_kind() -> None:
    said = json.loads(tell_message(ann(words=False), {"kind": "voice", "body": "secret"}, at_ms=5, unread=1))
    assert (said["body"], said["kind"], said["title"]) == ("", "", "The lab")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"kind": "image", "files": [{"name": "p.png"}], "body": "Look!"}, "Look!"),
        ({"kind": "image", "files": [{"name": "p.png"}]}, ""),
        ({"kind": "file", "files": [{"name": "notes.pdf"}]}, "notes.pdf"),
        ({"kind": "contact", "who": "eve", "display_name": "Eve"}, "Eve"),
        ({"kind": "location", "lat": 1, "lon": 2, "name": "The pond"}, "The pond"),
        ({"kind": "sticker", "pack": "geese", "name": "honk", "emoji": "🪿"}, "🪿"),
        ({"kind": "poll", "body": "When?", "options": ["a", "b"]}, "When?"),
        ({"kind": "data", "data": {"t": 1}}, ""),
        ({"kind": "file", "files": "?"}, ""),
    ],
)
def test_what_a_message_of_another_kind_says(said: dict[str, Any], words: str) -> None:
    assert json.loads(tell_message(ANN, said, at_ms=5, unread=1))["body"] == words


@pytest.mark.parametrize("body", ["a" * 9_000, "雁" * 3_000, "\x00" * 3_000, '"' * 3_000, "🪿" * 2_000, "雁\n" * 2_000])
def test_long_words_are_cut_between_characters(body: str) -> None:
    plain = tell_message(ANN, {"kind": "text", "body": body}, at_ms=5, unread=1)
    said = json.loads(plain)["body"]
    assert 2_980 < len(plain) <= 3_000
    assert said.endswith("…")
    assert body.startswith(said[:-1])


def test_short_words_are_left_as_they_are() -> None:
    assert cut("雁雁", 6) == "雁雁"
    assert cut("雁雁", 5) == "…"


def test_the_other_occasions() -> None:
    request = Request(3, 9, "eve", "Eve", 2, "zh", "", None, None)
    assert json.loads(tell_request(request)) == {
        "type": "friend_request",
        "who": "eve",
        "title": "Eve",
        "at": 9,
        "language": "zh",
    }
    assert json.loads(tell_test("en", at_ms=4)) == {"type": "test", "at": 4, "language": "en"}
    joined = json.loads(tell_joined(ANN, at_ms=4, unread=2))
    assert (joined["type"], joined["key"], joined["title"], joined["from_title"]) == (
        *("group_added", "group/lab", "The lab", "小波"),
    )
