"""What a browser is called in the list of devices: a user agent is long and begins with what all of them say."""

from __future__ import annotations

from typing import Final

# A word of the user agent → what people call it; the first that is found counts, for later ones imitate earlier ones.
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("MicroMessenger", "WeChat"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_MAX_CHARS: Final = 64


def name_browser(user_agent: str) -> str:
    """`Chrome · Linux`, or what is known of it; the beginning of what is no browser."""
    names = [name for table in (_BROWSERS, _SYSTEMS) if (name := _find(table, user_agent))]
    return " · ".join(names) or "".join(character for character in user_agent[:_MAX_CHARS] if character.isprintable())


def _find(table: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for word, name in table if word in text), "")
