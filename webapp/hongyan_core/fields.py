"""What people type, checked: each function returns the value as it is kept, or raises a `Problem` with its field."""

from __future__ import annotations

from typing import Final

from hongyan.errors import MalformedName
from hongyan.names import parse_name
from hongyan_core.problems import Problem
from hongyan_core.texts import LANGUAGES

MAX_DISPLAY_NAME_CHARS: Final = 64
MAX_LABEL_CHARS: Final = 64
MAX_REQUEST_TEXT_CHARS: Final = 200
# Not printable for Python, but meant: the joiner inside an emoji, and the space of Chinese keyboards.
_MEANT: Final = {"\u200d", "\u3000"}


def parse_new_name(text: str, field: str) -> str:
    """A name to be given out.

    Raises:
        Problem: malformed_name, reserved_name.
    """
    try:
        return parse_name(text)
    except MalformedName as error:
        raise Problem("reserved_name" if error.reserved else "malformed_name", field) from None


def parse_display_name(text: str, field: str = "display_name") -> str:
    """What others read above a message: 1 to 64 characters, spaces at both ends removed.

    Raises:
        Problem: malformed_display_name.
    """
    kept = text.strip()
    if not 1 <= len(kept) <= MAX_DISPLAY_NAME_CHARS or not _is_visible(kept) or not kept.strip("\u200d"):
        raise Problem("malformed_display_name", field)
    return kept


def parse_label(text: str) -> str:
    """The label of a token: up to 64 characters, may be empty.

    Raises:
        Problem: malformed_field.
    """
    kept = text.strip()
    if len(kept) > MAX_LABEL_CHARS or not _is_visible(kept):
        raise Problem("malformed_field", "label")
    return kept


def parse_request_text(text: str) -> str:
    """The words of a friend request: up to 200 characters, several lines allowed.

    Raises:
        Problem: malformed_field.
    """
    kept = text.strip()
    if len(kept) > MAX_REQUEST_TEXT_CHARS or not _is_visible(kept.replace("\n", "")):
        raise Problem("malformed_field", "text")
    return kept


def parse_language(text: str) -> str:
    """One of `LANGUAGES`.

    Raises:
        Problem: malformed_field.
    """
    if text not in LANGUAGES:
        raise Problem("malformed_field", "language")
    return text


def _is_visible(text: str) -> bool:
    """No control character, NUL, lone surrogate or reversal of direction."""
    return all(character.isprintable() or character in _MEANT for character in text)
