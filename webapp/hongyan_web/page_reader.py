"""Look at a page for its preview, through the one fetcher: public addresses, https, bounded in bytes and time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import requests
from requests.exceptions import RequestException

from hongyan_core.pictures import MAX_FILE_BYTES
from hongyan_core.preview_pictures import make_preview_picture
from hongyan_core.problems import Problem
from hongyan_web.fetcher import guard
from hongyan_web.page_words import PageWords, parse_page

MAX_PAGE_BYTES: Final = 524_288  # more is not read; what a page says of itself stands at its beginning
_HEADERS: Final = {"User-Agent": "Hongyan (link preview)", "Accept": "text/html,application/xhtml+xml"}


@dataclass(frozen=True, slots=True)
class SeenPage:
    """What a page says, and its small picture where it has one."""

    words: PageWords
    image: bytes | None


def look_at(url: str, *, own: Iterable[str] = ()) -> SeenPage | None:
    """Look at a page; None: it is not there, is not for us, or says nothing.

    Args:
        own: URLs of which the origins may be private: for tests.
    """
    try:
        with guard(requests.Session(), own=own, max_bytes=MAX_PAGE_BYTES, cut=True) as session:
            answer = session.get(url, headers=_HEADERS)
        if answer.status_code != 200:
            return None
        words = parse_page(answer.content, answer.headers.get("Content-Type", ""), answer.url)
    except (RequestException, ValueError):  # ValueError: an address that only requests or urllib3 refuses
        return None
    return None if words is None else SeenPage(words, _fetch_picture(words.picture, own))


def _fetch_picture(url: str, own: Iterable[str]) -> bytes | None:
    if not url:
        return None
    try:
        with guard(requests.Session(), own=own, max_bytes=MAX_FILE_BYTES) as session:
            answer = session.get(url, headers={**_HEADERS, "Accept": "image/*"})
        return make_preview_picture(answer.content) if answer.status_code == 200 else None
    except (RequestException, ValueError, Problem):
        return None
