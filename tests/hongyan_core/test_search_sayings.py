from __future__ import annotations

import pytest

from hongyan.kinds import KINDS, Role
from hongyan_core.search.sayings import NOT_FOUND, make_line

FILE = {"id": "x" * 22, "name": "Plan B.pdf", "type": "application/pdf", "size": 3, "thumb": False}


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"kind": "text", "body": "Hi 你好"}, " hi 你好 "),
        ({"kind": "image", "files": [FILE], "body": "look"}, " look plan b pdf "),
        ({"kind": "video", "files": [FILE], "poster": {**FILE, "name": "poster"}}, " plan b pdf "),
        ({"kind": "voice", "files": [{**FILE, "name": ""}], "duration_ms": 700}, ""),
        ({"kind": "sticker", "pack": "geese", "name": "fly", "emoji": "🕊", "file": FILE}, " fly 🕊 "),
        ({"kind": "location", "lat": 1.5, "lon": 2.5, "name": "大雁塔"}, " 大雁塔 "),
        ({"kind": "contact", "who": "bob", "display_name": "鲍勃"}, " bob 鲍勃 "),
        ({"kind": "poll", "body": "Tea?", "options": ["茶", "Coffee"]}, " tea 茶 coffee "),
        ({"kind": "data", "data": {"t": 21.5, "on": True, "in": {"room": ["厨房", None]}}}, " 21 5 厨房 "),
        ({"kind": "forward", "items": [{"kind": "text", "body": "old"}, {"kind": "file", "files": [FILE]}]},
         " old plan b pdf "),
        ({"kind": "surprise", "body": "news"}, " news "),
        ({"kind": "text", "body": "a", "ext": {"body": "secret"}, "id": "m1", "from": "ann", "to": "user/bob"}, " a "),
        ({"kind": "text", "body": 5, "options": {"a": 1}, "files": [3, {"name": 4}], "items": ["b"]}, ""),
    ],
    ids=["text", "pictures", "film", "nameless recording", "sticker", "place", "card", "poll", "table", "forward",
         "unknown kind", "only what is shown", "odd types"],
)  # fmt: skip
def test_the_words_of_each_kind(fields, line):
    assert make_line(fields) == line


def test_marks_and_lines_of_the_server_are_no_messages():
    marks = {name for name, kind in KINDS.items() if kind.role is Role.MARK}
    assert marks | {"event", "erase", "gone"} == NOT_FOUND
