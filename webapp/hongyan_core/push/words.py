"""What is said to whom, and what is not: pure. The words around it are the browser's, in the account's language."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from hongyan_core.push.encryption import MAX_PLAIN_BYTES
from hongyan_core.schedule import find_zone
from hongyan_core.store.push import Hearer, Request

_MORE: Final = "…"


def is_quiet(time_zone: str, quiet_from: int | None, quiet_to: int | None, at_ms: int) -> bool:
    """Whether it is one of the hours in which somebody wants to hear nothing; over midnight too."""
    if quiet_from is None or quiet_to is None:
        return False
    clock = datetime.fromtimestamp(at_ms / 1_000, find_zone(time_zone))
    minute = clock.hour * 60 + clock.minute
    if quiet_from <= quiet_to:
        return quiet_from <= minute < quiet_to
    return minute >= quiet_from or minute < quiet_to


def is_told(hearer: Hearer, at_ms: int) -> bool:
    """Whether somebody wants to be told of a message now. A mute holds for mentions too: no sound means none."""
    unwanted = hearer.blocked or hearer.hidden or hearer.muted_until_ms > at_ms
    return not (unwanted or hearer.read_seq >= hearer.seq or is_quiet_for(hearer, at_ms))


def is_quiet_for(who: Hearer | Request, at_ms: int) -> bool:
    """`is_quiet` of somebody."""
    return is_quiet(who.time_zone, who.quiet_from, who.quiet_to, at_ms)


def tell_message(hearer: Hearer, said: dict[str, Any], *, at_ms: int, unread: int) -> bytes:
    """A message, its words cut to what a push message holds; without any where somebody wants none."""
    kind = str(said.get("kind", "text"))
    fields = {
        "type": "message",
        "key": hearer.key,
        "seq": hearer.seq,
        "from": hearer.sender,
        "from_title": hearer.sender_title,
        "title": hearer.title,
        "kind": kind if hearer.words else "",
        **({"format": "markdown"} if said.get("format") == "markdown" else {}),
        "mention": hearer.mentioned,
        "unread": unread,
        "at": at_ms,
        "language": hearer.language,
    }
    return _encode(fields, _find_words(said) if hearer.words else "")


def tell_joined(hearer: Hearer, *, at_ms: int, unread: int) -> bytes:
    """Somebody has taken the hearer into a group."""
    fields = {
        "type": "group_added",
        "key": hearer.key,
        "seq": hearer.seq,
        "from": hearer.sender,
        "from_title": hearer.sender_title,
        "title": hearer.title,
        "unread": unread,
        "at": at_ms,
        "language": hearer.language,
    }
    return _encode(fields)


def tell_request(request: Request) -> bytes:
    """Somebody asks for a friendship."""
    who = {"who": request.who, "title": request.title}
    return _encode({"type": "friend_request", **who, "at": request.at_ms, "language": request.language})


def tell_test(language: str, *, at_ms: int) -> bytes:
    """It works."""
    return _encode({"type": "test", "at": at_ms, "language": language})


def _find_words(said: dict[str, Any]) -> str:
    """The words of a message: its text or caption, else what it is called."""
    files = said.get("files")
    file = files[0] if isinstance(files, list) and files and isinstance(files[0], dict) else {}
    named = (said.get("body"), said.get("display_name"), file.get("name") if said.get("kind") == "file" else None)
    place = said.get("name") if said.get("kind") == "location" else None
    return next((word for word in (*named, place, said.get("emoji")) if isinstance(word, str) and word), "")


def _encode(fields: dict[str, Any], body: str | None = None) -> bytes:
    if body is None:
        return _dump(fields)
    room = MAX_PLAIN_BYTES - len(_dump({**fields, "body": ""}))
    return _dump({**fields, "body": cut(body, room)})


def cut(text: str, max_bytes: int) -> str:
    """The text, or its beginning with a sign that there is more: so many bytes as JSON at most, no character halved."""
    if _size(text) <= max_bytes:
        return text
    kept = text[:max_bytes]  # a character has a byte at least
    while kept and _size(kept + _MORE) > max_bytes:
        # At most 6 bytes a character are saved by one character less: so many less cannot be too many.
        kept = kept[: -max(1, (_size(kept + _MORE) - max_bytes) // 6)]
    return kept + _MORE


def _size(text: str) -> int:
    return len(_dump(text)) - 2


def _dump(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
