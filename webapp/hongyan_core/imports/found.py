"""What an archive has to say, whoever wrote it; and why it cannot be read."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

MAX_BODY_BYTES: Final = 60_000  # of a message, so that its envelope stays within the limit of a payload
MAX_NAME_CHARS: Final = 64
_MAX_TIME_MS: Final = 253_402_300_799_999  # the end of the year 9999
_SECONDS_BELOW: Final = 100_000_000_000  # a time below it is in seconds: the year 5138


class BadArchive(Exception):
    """It is not what it was said to be, or too large."""

    def __init__(self, reason: str, *, too_large: bool = False) -> None:
        super().__init__(reason)
        self.too_large = too_large


@dataclass(frozen=True, slots=True)
class Found:
    """A message of an archive. `key` names it within the archive; `file` is an entry of the archive, empty for none."""

    key: tuple[str, ...]  # channel, and what it is called there
    sender: str
    at_ms: int
    body: str
    file: str = ""


def make_id(source: str, found: Found) -> str:
    """The id of the message here: the same for the same message, however often its archive comes."""
    named = json.dumps([source, *found.key], ensure_ascii=True)
    return f"import-{hashlib.sha256(named.encode()).hexdigest()[:40]}"


def clean_body(text: str) -> str:
    """What a message may hold: no NUL, no lone surrogate, not too long."""
    kept = text.replace("\0", "").encode(errors="replace")
    if len(kept) > MAX_BODY_BYTES:
        kept = kept[:MAX_BODY_BYTES] + "…".encode()
    return kept.decode(errors="ignore").strip()


def clean_name(text: object) -> str:
    """Who said it, as a line; `?` where nobody is named."""
    shown = "".join(char if char.isprintable() else " " for char in str(text or ""))
    return " ".join(shown.split())[:MAX_NAME_CHARS] or "?"


def read_time_ms(value: Any) -> int:
    """Milliseconds since the epoch, from seconds or milliseconds, as a number or a text of digits.

    Raises:
        BadArchive: It is no time.
    """
    try:
        number = float(value)
        at_ms = int(number * 1_000 if number < _SECONDS_BELOW else number)
    except (TypeError, ValueError, OverflowError):
        raise BadArchive("a message without a time") from None
    if not 0 <= at_ms <= _MAX_TIME_MS:
        raise BadArchive("a message at an impossible time")
    return at_ms
