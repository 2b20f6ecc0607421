"""Which pages may open MQTT over WebSocket: browsers send cookies and Origin along, so another site's page must not."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import urlsplit

from hongyan_core.settings import Settings


def is_own_origin(settings: Settings, scope: MutableMapping[str, Any]) -> bool:
    """Whether the handshake comes from our own page, or from a program, which sends no Origin.

    A set public URL is demanded. Without one people may open the page under any name that reaches it, so the page's
    host must be the host that is asked: the same-origin rule.
    """
    headers: dict[bytes, bytes] = dict(scope.get("headers", ()))
    origin = headers.get(b"origin")
    if origin is None:
        return True
    if settings.public_url:
        return origin.decode("latin-1") == settings.origin
    return urlsplit(origin.decode("latin-1")).netloc == headers.get(b"host", b"").decode("latin-1") != ""
