"""`/previews`: what a linked page says of itself. The server looks, so that no page learns who reads of it here."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urldefrag, urlsplit

from apiflask import APIBlueprint
from flask import Response
from marshmallow import fields

from hongyan_core.actions.previews import keep_preview
from hongyan_core.courtesy import one_page
from hongyan_core.problems import Problem
from hongyan_core.store.previews import Preview, find_preview, hash_url
from hongyan_web.context import now_ms
from hongyan_web.page_reader import look_at
from hongyan_web.profile import PICTURE, UNCHANGED, send_picture
from hongyan_web.shapes import Answer, Body, Text

MAX_URL_CHARS: Final = 2_048
_AT_A_TIME: Final = 4  # pages looked at by this process: each holds a thread of the web app for up to 20 s
_slots: Final = threading.BoundedSemaphore(_AT_A_TIME)
_locks: Final = [threading.Lock() for _ in range(64)]  # by the page's hash: nobody looks twice at once
_WAIT_S: Final = 20.0

previews = APIBlueprint("previews", __name__, tag="Previews")


class PageQuery(Body):
    """The address of a page, http or https."""

    url = Text(required=True, max_chars=MAX_URL_CHARS)


class PreviewAnswer(Answer):
    """A page's own words; `picture`: there is one, at `/previews/picture`."""

    url = fields.String(required=True)
    title = fields.String(required=True)
    description = fields.String(required=True)
    site = fields.String(required=True)
    picture = fields.Boolean(required=True)


class PreviewOrNull(Answer):
    """Null: there is nothing to show."""

    preview = fields.Nested(PreviewAnswer, required=True, allow_none=True)


@previews.get("/previews")
@previews.input(PageQuery, location="query")
@previews.output(PreviewOrNull)
def show(query_data: dict[str, str]) -> dict[str, Any]:
    """What a page says of itself. It is looked at over https only, once a week for all."""
    url = parse_url(query_data["url"])
    found = find_preview(url, at_ms=now_ms()) or _look(url)
    if found is None or not found.title:
        return {"preview": None}
    words = {"title": found.title, "description": found.description, "site": found.site}
    return {"preview": {"url": url, **words, "picture": found.picture is not None}}


@previews.get("/previews/picture")
@previews.input(PageQuery, location="query")
@previews.output(PICTURE, content_type="image/webp")
@previews.doc(responses=UNCHANGED)
def show_picture(query_data: dict[str, str]) -> Response:
    """The small picture of a page that was looked at: a WebP of at most 480 x 480."""
    found = find_preview(parse_url(query_data["url"]), at_ms=now_ms())
    return send_picture(None if found is None else found.picture, None)


def parse_url(text: str) -> str:
    """An address as it is asked for and kept: without what follows `#`.

    Raises:
        Problem: malformed_field.
    """
    try:
        url = urldefrag(text.strip()).url
        parts = urlsplit(url)
        named = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
        if not named or not url.isprintable() or parts.port == 0:
            raise ValueError
    except ValueError:
        raise Problem("malformed_field", "url") from None
    return url


def _look(url: str) -> Preview | None:
    """Look, unless somebody has done so meanwhile; None: too many others are being looked at, ask again later."""
    if urlsplit(url).scheme != "https":
        return None
    with _alone(url) as is_free:
        if not is_free:
            return None
        return find_preview(url, at_ms=now_ms()) or _keep(url)


def _keep(url: str) -> Preview:
    seen = look_at(url)
    if seen is None:
        return keep_preview(url, at_ms=now_ms())
    words = seen.words
    return keep_preview(
        url, title=words.title, description=words.description, site=words.site, image=seen.image, at_ms=now_ms()
    )


@contextmanager
def _alone(url: str) -> Iterator[bool]:
    """Whether this thread may look now."""
    lock = _locks[int(hash_url(url)[:8], 16) % len(_locks)]
    with one_page.stepping_out():
        is_free = lock.acquire(timeout=_WAIT_S)
    if not is_free:
        yield False
        return
    try:
        if not _slots.acquire(blocking=False):
            yield False
            return
        try:
            yield True
        finally:
            _slots.release()
    finally:
        lock.release()
