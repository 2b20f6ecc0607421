"""What an HTML page says of itself: Open Graph, Twitter cards, its title. Whoever wrote it chose every byte."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from itertools import islice
from typing import Final
from urllib.parse import urljoin, urlsplit

MAX_TITLE_CHARS: Final = 200
MAX_DESCRIPTION_CHARS: Final = 300
MAX_SITE_CHARS: Final = 100
_MAX_HEAD_BYTES: Final = 524_288
_HTML: Final = ("text/html", "application/xhtml+xml")
_END_OF_HEAD: Final = re.compile(rb"</head\s*>|<body[\s>]", re.IGNORECASE)
_META_CHARSET: Final = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE)
_CHARSET: Final = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE)
# What browsers know. Python knows more, of which some are no character sets and some are slow.
_KNOWN: Final = re.compile(
    r"utf-?8(-sig)?|utf-?16([lb]e)?|gb2312|gbk|gb18030|big5(-hkscs)?|euc-jp|euc-kr|shift[_-]jis|iso-2022-jp|"
    r"iso-8859-([1-9]|1[0134-6])|windows-(125[0-8]|874)|koi8-[ru]|us-ascii",
    re.IGNORECASE,
)
# Browsers read the larger set where the smaller one is named.
_READ_AS: Final = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-8859-1": "cp1252",
    "us-ascii": "cp1252",
    "windows-874": "cp874",
}
_MAX_TAGS: Final = 200
_MAX_TAG_CHARS: Final = 4_096
_META: Final = re.compile(r"<meta[\s/]", re.IGNORECASE)
_TAG: Final = re.compile(r"""<[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*>""")
_TITLE: Final = re.compile(r"<title(?:\s[^>]{0,200})?>([^<]{0,2000})", re.IGNORECASE)
_TITLES: Final = ("og:title", "twitter:title", "title")
_DESCRIPTIONS: Final = ("og:description", "twitter:description", "description")
_PICTURES: Final = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")


@dataclass(frozen=True, slots=True)
class PageWords:
    """One line each, shortened; `picture` is an address, or empty."""

    title: str
    description: str
    site: str
    picture: str


def parse_page(body: bytes, content_type: str, url: str) -> PageWords | None:
    """Read the head of a page.

    Args:
        url: Where it was found at last: what it says of places begins there.

    Returns:
        None: It is no HTML, or has no title.
    """
    if content_type.partition(";")[0].strip().lower() not in _HTML:
        return None
    head = body[:_MAX_HEAD_BYTES]
    if (end := _END_OF_HEAD.search(head)) is not None:
        head = head[: end.start()]
    said = _read(head.decode(_find_charset(head, content_type), "replace"))
    title = _first(said, _TITLES, MAX_TITLE_CHARS)
    if not title:
        return None
    return PageWords(
        title=title,
        description=_first(said, _DESCRIPTIONS, MAX_DESCRIPTION_CHARS),
        site=_first(said, ("og:site_name",), MAX_SITE_CHARS) or (urlsplit(url).hostname or "")[:MAX_SITE_CHARS],
        picture=_find_picture(said, url),
    )


def _find_charset(head: bytes, content_type: str) -> str:
    """By the header, by the mark at the beginning, by the page's own word; else UTF-8."""
    named = _CHARSET.search(content_type)
    own = _META_CHARSET.search(head[:4_096])
    for name in (
        named.group(1) if named else None,
        "utf-8-sig" if head.startswith(b"\xef\xbb\xbf") else None,
        own.group(1).decode("ascii") if own else None,
    ):
        if name is not None and _KNOWN.fullmatch(name):
            return _READ_AS.get(name.lower(), name)
    return "utf-8"


def _read(head: str) -> dict[str, str]:
    """The first of each `<meta>`, and the words of `<title>`.

    Tag by tag: the standard library's parser takes time that grows with the square of what somebody made to be slow.
    """
    title = _TITLE.search(head)
    reader = _Metas()
    for start in islice(_META.finditer(head), _MAX_TAGS):
        if (tag := _TAG.match(head[start.start() : start.start() + _MAX_TAG_CHARS])) is not None:
            reader.feed(tag.group())
            reader.reset()
    return {"title": unescape(title.group(1)) if title else "", **reader.said}


class _Metas(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        name = (values.get("property") or values.get("name") or "").strip().lower()
        content = (values.get("content") or "").strip()
        if content and name != "title":
            self.said.setdefault(name, content)


def _first(said: dict[str, str], names: tuple[str, ...], max_chars: int) -> str:
    """The first of these that says something, as one line of what can be seen."""
    for name in names:
        words = "".join(c if c.isprintable() else " " for c in said.get(name, "")[: 4 * max_chars])
        if line := " ".join(words.split()):
            return line if len(line) <= max_chars else f"{line[: max_chars - 1].rstrip()}…"
    return ""


def _find_picture(said: dict[str, str], url: str) -> str:
    for name in _PICTURES:
        try:
            found = urljoin(url, said.get(name, "")) if name in said else ""
            if urlsplit(found).scheme == "https" or found.startswith(_own_origin(url)):
                return found
        except ValueError:  # brackets without an address in them
            continue
    return ""


def _own_origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"
