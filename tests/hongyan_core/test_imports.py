"""What archives of other messengers say, and which of them are refused."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from hongyan_core.imports import archive as bounds
from hongyan_core.imports.archive import Archive
from hongyan_core.imports.found import BadArchive, Found, clean_body, clean_name, make_id, read_time_ms
from hongyan_core.imports.sources import SOURCES
from hongyan_core.imports.walking import find_list, walk_list
from tests.support.archives import CHATLAB, SLACK, TELEGRAM, WEFLOW, pack

MS = 1_577_836_800_000  # 2020-01-01 00:00 UTC


def read(source: str, data: bytes) -> list[Found | None]:
    """All of it, as long as it said beforehand."""
    with Archive(io.BytesIO(data)) as archive:
        found = list(SOURCES[source].read(archive))
        assert len(found) == SOURCES[source].count(archive)
    return found


def test_slack_comes_by_time_whatever_the_channel() -> None:
    assert read("slack", pack(SLACK)) == [
        None,
        Found(
            ("general", "1577836801.000100"),
            "Ann",
            MS + 1_000,
            "hi @Bob B., see the page (https://example.org) in #general & @here",
        ),
        Found(("random", "1577880000.000100"), "robot", MS + 43_200_000, "beep"),
        Found(("random", "1577880001.000100"), "U9", MS + 43_201_000, "📎 a.pdf"),
        Found(("general", "1577923200.000200"), "Bob B.", MS + 86_400_000, "second"),
    ]


def test_telegram_is_read_from_a_text_and_from_an_archive_with_its_media() -> None:
    first = Found(("4242", "2"), "Ann 安", MS + 1_000, "see this!")
    rest = [
        Found(("4242", "4"), "Bob", MS + 3_000, "🪿"),
        Found(("4242", "5"), "Bob", MS + 4_000, "📍 48.1, 11.5"),
    ]
    bare = Found(("4242", "3"), "user2", MS + 2_000, "look\n📎 photo_1.jpg")
    assert read("telegram", json.dumps(TELEGRAM).encode()) == [None, first, bare, *rest]
    packed = pack({"Chat/result.json": TELEGRAM, "Chat/photos/photo_1.jpg": b"jpeg"})
    whole = Found(("4242", "3"), "user2", MS + 2_000, "look", "Chat/photos/photo_1.jpg")
    assert read("telegram", packed) == [None, first, whole, *rest]


def test_wechat_is_read_in_both_shapes() -> None:
    weflow = read("wechat", json.dumps(WEFLOW, ensure_ascii=False).encode())
    assert weflow == [
        None,
        Found(("wxid_bob", "2"), "wxid_bob", MS + 1_000, "你好"),
        Found(("wxid_bob", "3"), "wxid_ann", MS + 2_000, "[图片]"),
    ]
    chatlab = read("wechat", pack({"chat.json": CHATLAB}))
    assert [(each.sender, each.body) for each in chatlab if each] == [("鲍勃", "你好"), ("Ann", "你好")]
    keys = [each.key for each in chatlab if each]
    assert keys[0] != keys[1]
    assert keys == [each.key for each in read("wechat", pack({"chat.json": CHATLAB})) if each]


def test_an_id_is_the_same_for_the_same_message_alone() -> None:
    def name(source: str, *key: str, body: str = "hi") -> str:
        return make_id(source, Found(key, "ann", 1, body))

    # The first 40 digits of: printf '["slack", "general", "1.0"]' | sha256sum
    assert name("slack", "general", "1.0") == "import-d34657d4387e2a25ff5aee80b32e56340d58a2e0"
    assert name("slack", "general", "1.0") == name("slack", "general", "1.0", body="edited since")
    others = {name("slack", "general", "1.1"), name("telegram", "general", "1.0"), name("slack", "general1", ".0")}
    assert name("slack", "general", "1.0") not in others


# --- bad ones


def bomb() -> bytes:
    return pack({"result.json": b"[" + b" " * 3_000 + b"]"})


def encrypted() -> bytes:
    data = bytearray(pack({"result.json": TELEGRAM}))
    for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(sign) + offset] |= 1
    return bytes(data)


def cut() -> bytes:
    return pack({"result.json": TELEGRAM})[:-30]


def damaged() -> bytes:
    data = bytearray(pack({"result.json": TELEGRAM}))
    data[60] ^= 0xFF
    return bytes(data)


def lying() -> bytes:
    """Its directory says 5 bytes, and there are more."""
    data = bytearray(pack({"result.json": TELEGRAM}))
    at = data.find(b"PK\x01\x02")
    data[at + 24 : at + 28] = (5).to_bytes(4, "little")
    return bytes(data)


def telegram(**changes: Any) -> bytes:
    """With another first message."""
    entry = {"id": 1, "type": "message", "date_unixtime": "1577836801", "from": "Ann", "text": "hi"} | changes
    return json.dumps({"id": 1, "messages": [entry]}).encode()


BAD: dict[str, tuple[str, bytes]] = {
    "nothing": ("telegram", b""),
    "no JSON": ("telegram", b"hello"),
    "JSON that is cut": ("telegram", json.dumps(TELEGRAM).encode()[:-5]),
    "a list": ("telegram", b"[]"),
    "no messages": ("telegram", b'{"chats": {"list": []}}'),
    "messages that are an object": ("telegram", b'{"messages": {}}'),
    "no UTF-8": ("telegram", b'{"messages": ["\xff"]}'),
    "100,000 brackets": ("telegram", b'{"messages": ' + b"[" * 100_000),
    "no time": ("telegram", telegram(date_unixtime=None)),
    "a time that is a word": ("telegram", telegram(date_unixtime="now")),
    "a time before all times": ("telegram", telegram(date_unixtime=-1)),
    "a time that is no number": ("telegram", b'{"messages": [{"type": "message", "date_unixtime": NaN, "text": "a"}]}'),
    "a zip that is cut": ("telegram", cut()),
    "a zip that is damaged": ("telegram", damaged()),
    "a zip that lies about a size": ("telegram", lying()),
    "a zip that is encrypted": ("telegram", encrypted()),
    "a zip without a result": ("telegram", pack({"other.json": TELEGRAM})),
    "a path that leads out": ("telegram", pack({"result.json": TELEGRAM, "../x": b""})),
    "a path from the root": ("telegram", pack({"result.json": TELEGRAM, "/etc/x": b""})),
    "a path of Windows": ("telegram", pack({"result.json": TELEGRAM, "..\\x": b""})),
    "Telegram's as Slack's": ("slack", pack({"result.json": TELEGRAM})),
    "a day that is no list": ("slack", pack({"general/2020-01-01.json": {}})),
    "Slack's as WeChat's": ("wechat", pack(SLACK)),
}


@pytest.mark.parametrize(("source", "data"), BAD.values(), ids=BAD)
def test_what_cannot_be_read_is_refused(source: str, data: bytes) -> None:
    with pytest.raises(BadArchive):
        read(source, data)


@pytest.mark.parametrize(
    ("name", "value", "data"),
    [
        ("MAX_ENTRIES", 1, pack({"result.json": TELEGRAM, "x": b""})),
        ("MAX_UNPACKED_BYTES", 2_000, bomb()),
        ("MAX_TEXT_BYTES", 2_000, bomb()),
        ("MAX_TEXT_BYTES", 100, json.dumps(TELEGRAM).encode()),
    ],
    ids=["too many entries", "a zip bomb", "a text that is too long", "a plain one"],
)
def test_what_is_too_large_is_refused_before_it_is_unpacked(
    name: str, value: int, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, name, value)
    with pytest.raises(BadArchive) as caught:
        read("telegram", data)
    assert caught.value.too_large


def test_the_directory_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile.ZipExtFile, "read", lambda _, most: b"x" * most)
    with Archive(io.BytesIO(pack({"a": b"12345"}))) as archive, pytest.raises(BadArchive) as caught:
        list(archive.read_pieces("a"))
    assert caught.value.too_large


# --- words and times


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" hi\n", "hi"),
        ("a\0b", "ab"),
        ("\ud800", "?"),
        ("安" * 30_000, "安" * 20_000 + "…"),
        ("\0 ", ""),
    ],
    ids=["spaces", "a NUL", "half a sign", "too long", "nothing"],
)
def test_a_body_is_what_a_message_may_hold(given: str, kept: str) -> None:
    assert clean_body(given) == kept


@pytest.mark.parametrize(
    ("given", "kept"),
    [("Ann  A.", "Ann A."), ("a\nb\x1b", "a b"), (None, "?"), ("", "?"), ("安" * 70, "安" * 64), (7, "7")],
    ids=["spaces", "lines", "nobody", "an empty name", "too long", "a number"],
)
def test_a_name_is_a_line(given: object, kept: str) -> None:
    assert clean_name(given) == kept


@pytest.mark.parametrize(
    ("given", "at_ms"),
    [("1577836800.000200", MS), (1_577_836_800, MS), (MS, MS), (str(MS), MS), (0, 0)],
    ids=["Slack's", "seconds", "milliseconds", "as a text", "the epoch"],
)
def test_a_time_is_in_seconds_or_milliseconds(given: object, at_ms: int) -> None:
    assert read_time_ms(given) == at_ms


# --- one value after the other


def test_a_list_is_walked_element_by_element() -> None:
    assert list(walk_list(' [ 1 , {"a": [2]} ,"x,]" ] ')) == [1, {"a": [2]}, "x,]"]
    assert list(walk_list("[]")) == []
    walk = walk_list("[1, 2, oops")
    assert [next(walk), next(walk)] == [1, 2]
    with pytest.raises(BadArchive):
        next(walk)


def test_a_list_is_found_among_other_members_before_and_behind_it() -> None:
    text = '{"a": {"messages": [9]}, "messages": [1, [2]], "b": "]"}'
    others, begins, length = find_list(text, "messages")
    assert (others, length) == ({"a": {"messages": [9]}, "b": "]"}, 2)
    assert list(walk_list(text, begins)) == [1, [2]]


def test_an_id_of_64_bits_keeps_all_its_digits() -> None:
    assert list(walk_list("[7234567890123456789, -9223372036854775808]")) == [7234567890123456789, -(2**63)]
    assert list(walk_list(f"[{'9' * 5_000}]")) == [float("inf")]


@pytest.mark.parametrize("text", ["[1", "[1,]", "[1 2]", "[,]", "", "{", '["a]'])
def test_every_list_that_does_not_end_well_is_refused(text: str) -> None:
    with pytest.raises(BadArchive):
        list(walk_list(text))
