"""What a browser keeps for us between two requests: signed in its cookie, good for minutes, used once.

Whoever holds the browser can read it, so nothing of it is a secret from them.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any, Literal

from flask import session as cookie

from hongyan_core.actions.attempts import use_once
from hongyan_web.context import now_ms

# passkey: a challenge · oidc: on the way to the provider · link: may go there to link · pending: back from there
Purpose = Literal["passkey", "oidc", "link", "pending"]


def keep(purpose: Purpose, **values: Any) -> None:
    """Keep JSON values in the browser; what was kept for this purpose before is forgotten."""
    cookie[purpose] = {**values, "at_ms": now_ms(), "id": secrets.token_urlsafe(16)}


def look(purpose: Purpose, lifetime_ms: int) -> dict[str, Any] | None:
    """What was kept, or None: nothing, or too long ago."""
    kept = cookie.get(purpose)
    return kept if isinstance(kept, dict) and 0 <= now_ms() - kept["at_ms"] <= lifetime_ms else None


def take(purpose: Purpose, lifetime_ms: int) -> dict[str, Any] | None:
    """What was kept, this once: an older copy of the cookie brings it back to nobody."""
    kept = look(purpose, lifetime_ms)
    cookie.pop(purpose, None)
    if kept is None:
        return None
    digest = hashlib.sha256(kept["id"].encode()).hexdigest()
    return kept if use_once(f"{purpose}:{digest}", kept["at_ms"]) else None


def forget(purpose: Purpose) -> None:
    """Let the browser forget it."""
    cookie.pop(purpose, None)
