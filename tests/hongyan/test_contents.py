from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hongyan.contents import FileObject, parse_content, parse_file
from hongyan.envelope import parse_message
from tests.hongyan.cases import read_cases

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ["files", "file", "poster", "items", "of", "choices", "emoji", "pack", "name", "lat", "lon", "who", "options"]
KINDS = ["image", "voice", "video", "sticker", "location", "contact", "forward", "poll", "edit", "vote", "erase"]


def name_of(case):
    return case["name"]


@pytest.mark.parametrize("case", read_cases("envelope.json", "stamped"), ids=name_of)
def test_the_content_of_a_message(case):
    content = parse_message(json.dumps(case["message"])).content
    assert json.loads(msgspec.json.encode(content)) == case["content"]


@given(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(FIELDS), values))
def test_anything_is_understood_or_passed_over(kind, fields):
    content = parse_content(kind, fields)
    assert content is None or msgspec.to_builtins(content)["kind"] == kind


def test_of_a_forward_of_a_thousand_levels_the_innermost_are_passed_over():
    item = {"kind": "text", "body": "hi"}
    for _ in range(1_000):
        item = {"kind": "forward", "items": [item]}
    levels = 0
    content = parse_content("forward", item)
    while content is not None:
        levels += 1
        content = content.items[0].content
    assert 10 < levels < 1_000


@pytest.mark.parametrize("value", [None, 7, "AAAA", [], {}, {"id": 7}], ids=repr)
def test_what_is_no_file(value):
    assert parse_file(value) is None


def test_a_file_with_the_least_that_there_is():
    assert parse_file({"id": "x", "size": "big", "thumb": 1}) == FileObject("x")


@pytest.mark.parametrize(
    ("kind", "fields", "ids"),
    [
        ("image", {"files": [{"id": "a"}, {"id": "b"}]}, ["a", "b"]),
        ("voice", {"files": [{"id": "a"}]}, ["a"]),
        ("sticker", {"pack": "geese", "name": "hello", "file": {"id": "a"}}, ["a"]),
        ("text", {}, []),
        ("poem", {"files": [{"id": "a"}]}, []),
    ],
)
def test_the_files_of_a_message_whatever_its_kind(kind, fields, ids):
    stamp = {"id": "m1", "kind": kind, "from": "ann", "to": "group/lab", "seq": 9, "at": 1}
    assert [file.id for file in parse_message(json.dumps(stamp | fields)).files] == ids
