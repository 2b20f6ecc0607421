"""What a page says of itself, and what somebody writes who means harm."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hongyan_web.page_words import PageWords, parse_page

URL = "https://news.example.org/a/b?c=1"
SITE = "news.example.org"


def page(head: str, charset: str = "utf-8") -> bytes:
    return f"<!doctype html><html><head>{head}</head><body><title>body</title></body></html>".encode(charset)


def read(body: bytes, content_type: str = "text/html; charset=utf-8") -> PageWords | None:
    return parse_page(body, content_type, URL)


def meta(**said: str) -> str:
    return "".join(f'<meta property="{name.replace("_", ":", 1)}" content="{words}">' for name, words in said.items())


def test_open_graph_comes_before_twitter_and_the_title() -> None:
    own = "<title>Title</title><meta name=description content='plain'><meta name='twitter:title' content='Bird'>"
    assert read(page(own)) == PageWords("Bird", "plain", SITE, "")
    graph = meta(og_title="Graph", og_description="words", og_site_name="The News", og_image="/p.png")
    expected = PageWords("Graph", "words", "The News", "https://news.example.org/p.png")
    assert read(page(own + graph)) == expected


GOOD = [
    ("a title alone", "<title>Hi &amp; <b>bye</b></title>", "Hi &"),
    ("a title over several lines", "<title>\n  Hi\n\t there </title>", "Hi there"),
    ("capitals", "<TITLE>Hi</TITLE>", "Hi"),
    ("quotes and brackets in a value", """<meta content='a > "b" < c' property=og:title />""", 'a > "b" < c'),
    ("entities in a value", '<meta property="og:title" content="&#24744;&quot;">', '您"'),
    ("the first of two", meta(og_title="one") + meta(og_title="two"), "one"),
    ("an empty one is passed over", meta(og_title=" ") + "<title>Hi</title>", "Hi"),
    ("a title that is no title", '<meta name="title" content="x"><title>Hi</title>', "Hi"),
    ("control characters", "<title>a\u202eb\x07c\u200bd</title>", "a b c d"),
    ("a tag that never ends", "<meta property='og:title' content='x <title>Hi</title>", "Hi"),
    ("200 characters", f"<title>{'雁' * 200}</title>", "雁" * 200),
    ("201 characters", f"<title>{'雁' * 201}</title>", "雁" * 199 + "…"),
]


@pytest.mark.parametrize(("head", "title"), [row[1:] for row in GOOD], ids=[row[0] for row in GOOD])
def test_a_title_is_one_line_of_what_can_be_seen(head: str, title: str) -> None:
    found = read(page(head))
    assert found is not None
    assert found.title == title


CHARSETS = [
    ("by the header", page("<title>雁</title>", "gb18030"), "text/html; charset=GBK", "雁"),
    ("by the page", page("<meta charset=gb2312><title>雁</title>", "gb18030"), "text/html", "雁"),
    ("by the mark at the beginning", b"\xef\xbb\xbf" + page("<title>雁</title>"), "text/html", "雁"),
    ("Big5", page("<title>雁</title>", "big5"), 'text/html; charset="big5"', "雁"),
    ("UTF-8 where nothing is said", page("<title>雁</title>"), "text/html", "雁"),
    ("one that nobody knows", page("<title>雁</title>"), "text/html; charset=klingon", "雁"),
    ("a codec that is none", page("<title>雁</title>"), "text/html; charset=hex", "雁"),
    ("another of the kind", page("<title>雁</title>"), "text/html; charset=idna", "雁"),
    ("a wrong one", page("<title>雁</title>", "gb18030"), "text/html; charset=utf-8", "��"),
    ("as browsers read Latin", page("<title>a€</title>", "cp1252"), "text/html; charset=iso-8859-1", "a€"),
]


@pytest.mark.parametrize(("body", "kind", "title"), [row[1:] for row in CHARSETS], ids=[row[0] for row in CHARSETS])
def test_a_page_is_read_in_its_own_characters(body: bytes, kind: str, title: str) -> None:
    found = read(body, kind)
    assert found is not None
    assert found.title == title


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (page("<title>Hi</title>"), "application/pdf"),
        (page("<title>Hi</title>"), ""),
        (page(""), "text/html"),
        (page("<title> </title>"), "text/html"),
        (b"", "text/html"),
        (b"\xff\xfe\x00\x00", "text/html"),
        (b"<html><body><title>Hi</title>", "text/html"),
    ],
    ids=["a PDF", "no type", "no title", "an empty title", "nothing", "no text", "a title in the body"],
)
def test_what_says_nothing(body: bytes, kind: str) -> None:
    assert read(body, kind) is None


PICTURES = [
    ("https://cdn.example.org/p.png", "https://cdn.example.org/p.png"),
    ("//cdn.example.org/p.png", "https://cdn.example.org/p.png"),
    ("p.png", "https://news.example.org/a/p.png"),
    ("http://cdn.example.org/p.png", ""),
    ("data:image/png;base64,AAAA", ""),
    ("file:///etc/passwd", ""),
    ("javascript:alert(1)", ""),
    ("https://[::1", ""),
]


@pytest.mark.parametrize(("said", "found"), PICTURES, ids=[said for said, _ in PICTURES])
def test_a_picture_is_an_https_address(said: str, found: str) -> None:
    words = read(page("<title>Hi</title>" + meta(og_image=said)))
    assert words is not None
    assert words.picture == found


@pytest.mark.parametrize(
    "charset",
    """utf-8 UTF8 utf-16 utf-16le utf-16be gb2312 gbk gb18030 big5 big5-hkscs euc-jp euc-kr shift_jis shift-jis
    iso-2022-jp iso-8859-1 iso-8859-11 iso-8859-13 iso-8859-16 windows-1250 windows-1258 windows-874 koi8-r koi8-u
    us-ascii""".split(),
)
def test_every_character_set_that_is_known_can_be_read(charset: str) -> None:
    assert read(b"\x00\xff\x81", f"text/html; charset={charset}") is None


@given(st.binary(max_size=300), st.sampled_from(["text/html", "text/html; charset=utf-16", "text/html; charset=gbk"]))
def test_a_page_of_anything_is_read_or_passed_over(body: bytes, kind: str) -> None:
    found = read(b"<title>x" + body, kind)
    assert found is None or "\n" not in found.title


SLOW = [b"<a ", b"<!--", b"<meta ", b"<meta a='", b"<title", b"<", b"&#x", b"<meta " + b"a " * 2_000 + b">"]


@pytest.mark.parametrize("piece", SLOW, ids=[repr(piece[:10]) for piece in SLOW])
def test_a_page_that_was_made_to_be_slow_is_not(piece: bytes) -> None:
    body = piece * (524_288 // len(piece))
    began = time.process_time()
    read(body)
    assert time.process_time() - began < 3  # html.parser alone takes minutes
