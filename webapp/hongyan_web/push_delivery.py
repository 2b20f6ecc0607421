"""Requests to push services: public addresses over https, or a push service of the operator's own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Final

import requests

from hongyan_core.push.post import Answer, Deliver
from hongyan_web.fetcher import ForbiddenAddress, guard

_MAX_ANSWER_BYTES: Final = 16_384
_FORBIDDEN: Final = Answer(403)  # ours: another time will not help


def make_deliver(own_origins: tuple[str, ...]) -> Deliver:
    """The function that hands push messages over; each thread keeps connections of its own."""
    # At the level debug it would log the paths of endpoints, and who knows one can annoy somebody.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.WARNING)
    kept = threading.local()

    def deliver(endpoint: str, headers: Mapping[str, str], body: bytes) -> Answer:
        session = getattr(kept, "session", None)
        if session is None:
            session = kept.session = guard(requests.Session(), own=own_origins, max_bytes=_MAX_ANSWER_BYTES, cut=True)
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # it lives long, and they would pile up
        try:
            answer = session.post(endpoint, data=body, headers=dict(headers), allow_redirects=False)
        except ForbiddenAddress:
            return _FORBIDDEN
        return Answer(answer.status_code, read_pause(answer.headers.get("Retry-After")))

    return deliver


def read_pause(text: str | None, *, now: datetime | None = None) -> float | None:
    """Seconds of a Retry-After, which may be a date; None: it says nothing that we understand."""
    if text is None:
        return None
    if text.strip().isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - (now or datetime.now(UTC))).total_seconds())
    except (ValueError, TypeError):
        return None
