"""Pages as the Internet has them, on 127.0.0.1: through the one fetcher, within its bounds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from io import BytesIO

import pytest
from PIL import Image

from hongyan_web import fetcher, page_reader
from hongyan_web.page_reader import look_at
from tests.hongyan_web.test_fetcher import serving
from tests.support.images import draw, png, png_that_claims, write

WORDS = b'<head><title>Hi</title><meta property="og:image" content="/p.png"></head>'


class Pages:
    """What is answered by path: (status, type, body), or a function."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[str] = []
        self.pages: dict[str, tuple[int, str, bytes]] = {"/": (200, "text/html", WORDS)}

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.append(handler.path)
        status, kind, body = self.pages.get(handler.path, (404, "text/plain", b""))
        handler.send_response(status)
        handler.send_header("Location" if status in (301, 302) else "Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def endless(self, handler: BaseHTTPRequestHandler) -> None:
        """A page that begins well and never ends."""
        self.asked.append(handler.path)
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.end_headers()
        with suppress(OSError):
            handler.wfile.write(b"<title>Hi</title>")
            while True:
                handler.wfile.write(b" " * 65_536)


@pytest.fixture
def pages() -> Iterator[Pages]:
    pages = Pages()
    with serving(pages.answer) as pages.url:
        yield pages


def title_of(pages: Pages, path: str = "/") -> str | None:
    seen = look_at(pages.url + path, own=[pages.url])
    return None if seen is None else seen.words.title


def test_a_page_is_seen_with_its_picture_made_small(pages: Pages) -> None:
    pages.pages["/p.png"] = (200, "image/png", png((1_000, 500)))
    seen = look_at(f"{pages.url}/", own=[pages.url])
    assert seen is not None
    assert seen.words.title == "Hi"
    assert seen.image is not None
    image = Image.open(BytesIO(seen.image))
    assert (image.format, image.size) == ("WEBP", (480, 240))


PICTURES = [
    ("none there", (404, "text/plain", b"")),
    ("no picture", (200, "image/png", b"<svg onload=alert(1)>")),
    ("one that claims to be huge", (200, "image/png", png_that_claims(60_000, 60_000))),
    ("one of too many bytes", (200, "image/png", b"\x89PNG" + b"\0" * 5_300_000)),
    ("another format", (200, "image/tiff", write(draw(), "TIFF"))),
    ("a redirect to a private address", (302, "http://127.0.0.2:9/p.png", b"")),
]


@pytest.mark.parametrize("answer", [row[1] for row in PICTURES], ids=[row[0] for row in PICTURES])
def test_a_page_with_a_bad_picture_has_none(pages: Pages, answer: tuple[int, str, bytes]) -> None:
    pages.pages["/p.png"] = answer
    seen = look_at(f"{pages.url}/", own=[pages.url])
    assert seen is not None
    assert (seen.words.title, seen.image) == ("Hi", None)
    assert pages.asked == ["/", "/p.png"]


BAD = [
    ("not there", (404, "text/html", WORDS)),
    ("an error of theirs", (500, "text/html", WORDS)),
    ("not HTML", (200, "application/pdf", WORDS)),
    ("a redirect to itself", (302, "/", b"")),
    ("a redirect to a private address", (302, "http://127.0.0.2:9/", b"")),
    ("a redirect to a file", (302, "file:///etc/passwd", b"")),
    ("a redirect to nowhere", (302, "https://[", b"")),
]


@pytest.mark.parametrize("answer", [row[1] for row in BAD], ids=[row[0] for row in BAD])
def test_a_page_that_has_no_preview(pages: Pages, answer: tuple[int, str, bytes]) -> None:
    pages.pages["/"] = answer
    assert title_of(pages) is None
    assert len(pages.asked) <= 4


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/",
        "https://127.0.0.1:9/",
        "https://10.0.0.1/",
        "https://[::ffff:127.0.0.1]/",
        "ftp://x/",
        "x",
    ],
)
def test_a_private_or_foreign_address_is_not_asked(url: str) -> None:
    assert look_at(url) is None


def test_a_page_in_the_clear_is_not_asked(pages: Pages) -> None:
    assert look_at(f"{pages.url}/") is None
    assert pages.asked == []


def test_a_redirect_to_another_page_is_followed(pages: Pages) -> None:
    pages.pages["/old"] = (301, "/", b"")
    assert title_of(pages, "/old") == "Hi"


def test_of_an_endless_page_the_beginning_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_reader, "MAX_PAGE_BYTES", 200_000)
    pages = Pages()
    with serving(pages.endless) as url:
        seen = look_at(f"{url}/", own=[url])
    assert seen is not None
    assert seen.words.title == "Hi"


def test_a_page_that_comes_too_slowly_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetcher, "TOTAL_S", 0.0)
    pages = Pages()
    with serving(pages.answer) as url:
        assert look_at(f"{url}/", own=[url]) is None
