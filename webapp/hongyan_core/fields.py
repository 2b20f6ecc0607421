"""What people type, checked: each function returns the value as it is kept, or raises a `Problem` with its field."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final
from zoneinfo import available_timezones

from hongyan.errors import MalformedName
from hongyan.kinds import is_drawn
from hongyan.names import is_name, parse_name
from hongyan_core.likeness import looks_official, mixes_scripts, reserved_skeletons, skeleton
from hongyan_core.problems import Problem
from hongyan_core.store.models import FOREVER_MS
from hongyan_core.texts import LANGUAGES
from hongyan_core.visible import is_visible

MAX_DISPLAY_NAME_CHARS: Final = 64
DELETED_NAME: Final = "…"  # the display name of a deleted account, in any language
MINUTES_A_DAY: Final = 1_440
MAX_LABEL_CHARS: Final = 64
MAX_REQUEST_TEXT_CHARS: Final = 200
MAX_EMAIL_CHARS: Final = 254
MAX_ABOUT_CHARS: Final = 200
MAX_ANNOUNCEMENT_CHARS: Final = 2_000
MAX_REPORT_TEXT_CHARS: Final = 1_000
MAX_OUTCOME_CHARS: Final = 200
MAX_REMARK_CHARS: Final = 64
MAX_CONTACT_LABEL_CHARS: Final = 32
MAX_BROADCAST_CHARS: Final = 10_000
MAX_EMOJI_CHARS: Final = 32
# Not printable for Python, but meant: the joiner inside an emoji, and the space of Chinese keyboards.
_MEANT: Final = {"\u200d", "\u3000"}
# What mail servers take without an extension: RFC 5321's dot-string before the @, a host name with a dot after it.
_ATOM: Final = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_HOST_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL: Final = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:{_HOST_LABEL}\.)+{_HOST_LABEL}")


def parse_new_name(text: str, field: str) -> str:
    """A name to be given out.

    Raises:
        Problem: malformed_name, reserved_name.
    """
    try:
        return parse_name(text)
    except MalformedName as error:
        raise Problem("reserved_name" if error.reserved else "malformed_name", field) from None


def parse_new_username(text: str, field: str = "username") -> str:
    """A name to be given out to a person, a bot or a device; that no other account's looks the same is not said.

    Raises:
        Problem: malformed_name, reserved_name (`admin2` too), confusable_name (looks like a reserved one).
    """
    name = parse_new_name(text, field)
    if skeleton(name) in reserved_skeletons():
        raise Problem("confusable_name", field)
    if looks_official(name):
        raise Problem("reserved_name", field)
    return name


def parse_display_name(text: str, field: str = "display_name") -> str:
    """What others read above a message: as a title, and not the server's own name or a deleted account's.

    Raises:
        Problem: malformed_display_name, confusable_name (a word of two scripts that look alike), reserved_name.
    """
    kept = parse_title(text, field)
    if looks_official(kept) or kept == DELETED_NAME:
        raise Problem("reserved_name", field)
    return kept


def parse_title(text: str, field: str = "title") -> str:
    """A name with no grammar: 1 to 64 characters that can all be seen, spaces at both ends removed.

    Raises:
        Problem: malformed_display_name, confusable_name.
    """
    kept = text.strip()
    if not 1 <= len(kept) <= MAX_DISPLAY_NAME_CHARS or not is_visible(kept):
        raise Problem("malformed_display_name", field)
    if mixes_scripts(kept):
        raise Problem("confusable_name", field)
    return kept


def parse_email(text: str, field: str = "email") -> str:
    """An e-mail address, in small letters.

    Raises:
        Problem: malformed_email.
    """
    kept = text.strip().lower()
    if len(kept) > MAX_EMAIL_CHARS or _EMAIL.fullmatch(kept) is None:
        raise Problem("malformed_email", field)
    return kept


def parse_label(text: str) -> str:
    """The label of a token: up to 64 characters, may be empty.

    Raises:
        Problem: malformed_field.
    """
    return _parse_line(text, "label", MAX_LABEL_CHARS)


def parse_request_text(text: str) -> str:
    """The words of a friend request: up to 200 characters, several lines allowed.

    Raises:
        Problem: malformed_field.
    """
    return _parse_lines(text, "text", MAX_REQUEST_TEXT_CHARS)


def parse_about(text: str) -> str:
    """What somebody says of themselves: up to 200 characters, several lines allowed, may be empty.

    Raises:
        Problem: malformed_field.
    """
    return _parse_lines(text, "about", MAX_ABOUT_CHARS)


def parse_time_zone(text: str) -> str:
    """A name of the IANA database such as `Asia/Shanghai`; empty: not said.

    Raises:
        Problem: malformed_field.
    """
    if text and text not in _time_zones():
        raise Problem("malformed_field", "time_zone")
    return text


def parse_minute(minute: int | None, field: str) -> int | None:
    """A minute of the day, 0 to 1439; None: not said.

    Raises:
        Problem: malformed_field.
    """
    if minute is not None and not 0 <= minute < MINUTES_A_DAY:
        raise Problem("malformed_field", field)
    return minute


@cache
def _time_zones() -> frozenset[str]:
    """It walks a folder for 20 ms."""
    return frozenset(available_timezones())


def parse_report_text(text: str, field: str = "text", max_chars: int = MAX_REPORT_TEXT_CHARS) -> str:
    """Why something is reported, or what came of it: 1 to 1,000 characters, several lines allowed.

    Raises:
        Problem: malformed_field.
    """
    return _parse_lines(text, field, max_chars, min_chars=1)


# --- contacts and links


def parse_remark(text: str) -> str:
    """What somebody calls a friend: up to 64 characters; empty takes it back.

    Raises:
        Problem: malformed_field.
    """
    return _parse_line(text, "remark", MAX_REMARK_CHARS)


def parse_contact_label(text: str, field: str) -> str:
    """A label of friends: 1 to 32 characters without `/`, and not only dots, for it is a part of an address.

    Raises:
        Problem: malformed_field.
    """
    kept = unicodedata.normalize("NFC", text.strip())
    if not 1 <= len(kept) <= MAX_CONTACT_LABEL_CHARS or not _is_visible(kept) or "/" in kept or not kept.strip("."):
        raise Problem("malformed_field", field)
    return kept


def parse_known_label(text: str, field: str | None = None) -> str:
    """A label as it would have been kept: what never could be is unknown.

    Raises:
        Problem: unknown_label.
    """
    try:
        return parse_contact_label(text, "label")
    except Problem:
        raise Problem("unknown_label", field) from None


def parse_broadcast(text: str) -> str:
    """A message to many: 1 to 10,000 characters, several lines allowed.

    Raises:
        Problem: malformed_field.
    """
    return _parse_lines(text, "body", MAX_BROADCAST_CHARS, min_chars=1)


# --- stickers


def parse_sticker_name(text: str, field: str = "name") -> str:
    """What a sticker is called in its pack, as an account's name is written; words that are kept for the system too.

    Raises:
        Problem: malformed_name.
    """
    if not is_name(text):
        raise Problem("malformed_name", field)
    return text


def parse_sticker_emoji(text: str) -> str:
    """What a sticker says, for those who cannot see it: up to 32 characters without spaces; may be empty.

    Raises:
        Problem: malformed_field.
    """
    if len(text) > MAX_EMOJI_CHARS or not is_drawn(text):
        raise Problem("malformed_field", "emoji")
    return text


def parse_language(text: str) -> str:
    """One of `LANGUAGES`.

    Raises:
        Problem: malformed_field.
    """
    if text not in LANGUAGES:
        raise Problem("malformed_field", "language")
    return text


def parse_announcement(text: str) -> str:
    """What a group's admins announce: up to 2,000 characters, several lines allowed; empty takes it back.

    Raises:
        Problem: malformed_field.
    """
    return _parse_lines(text, "announcement", MAX_ANNOUNCEMENT_CHARS)


def parse_nickname(text: str) -> str:
    """What a member is called in a group, as a display name; empty: by the display name.

    Raises:
        Problem: malformed_display_name.
    """
    return parse_display_name(text, "nickname") if text.strip() else ""


def parse_mute(until_ms: int | None, at_ms: int) -> int | None:
    """When a silence ends, as it is kept.

    Args:
        until_ms: A time to come; None: until it is taken back; 0: at once, which is kept as None.

    Raises:
        Problem: malformed_field.
    """
    if until_ms is None:
        return FOREVER_MS
    if until_ms == 0:
        return None
    if not at_ms < until_ms <= FOREVER_MS:
        raise Problem("malformed_field", "muted_until")
    return until_ms


def _parse_line(text: str, field: str, max_chars: int) -> str:
    """One line without spaces at both ends, of which nothing is invisible; may be empty."""
    kept = text.strip()
    if len(kept) > max_chars or not _is_visible(kept):
        raise Problem("malformed_field", field)
    return kept


def _parse_lines(text: str, field: str, max_chars: int, *, min_chars: int = 0) -> str:
    """The same of several lines, with tabs."""
    kept = text.strip()
    if not min_chars <= len(kept) <= max_chars or not _is_visible(kept.replace("\n", "").replace("\t", "")):
        raise Problem("malformed_field", field)
    return kept


def _is_visible(text: str) -> bool:
    """No control character, NUL, lone surrogate or reversal of direction."""
    return all(character.isprintable() or character in _MEANT for character in text)
