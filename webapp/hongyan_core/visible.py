"""Whether all of a text is to be seen: nothing that is blank, turns the direction, or piles up over other lines."""

from __future__ import annotations

import unicodedata
from itertools import groupby
from typing import Final

_MAX_MARKS: Final = 3  # on one letter; Hebrew and Tibetan need as many
_JOINER: Final = "\u200d"
_EMOJI_STYLE: Final = "\ufe0f"
_VIRAMA: Final = 9  # the combining class of the sign after which a joiner shapes Indic letters
# Printable for Python, and blank on the screen: fillers of Hangul and Khmer, the empty Braille cell, an empty notehead,
# the combining joiner, Mongolian and other variation selectors, the stand-in for an object.
_BLANK: Final = frozenset("\u115f\u1160\u3164\uffa0\u17b4\u17b5\u2800\u034f\ufffc\U0001d159\U00016fe4") | {
    chr(code)
    for first, last in ((0x180B, 0x180F), (0xFE00, 0xFE0E), (0xE0100, 0xE01EF))
    for code in range(first, last + 1)
}
_KEYCAPS: Final = frozenset("0123456789#*")


def is_visible(text: str) -> bool:
    """Whether everything in it is drawn, each sign by itself; spaces between words are meant."""
    return all(_is_drawn(text, at) for at in range(len(text))) and not _has_pile(text)


def _is_drawn(text: str, at: int) -> bool:
    char, before = text[at], text[at - 1] if at else ""
    if char == _JOINER:
        return _joins(before, text[at + 1 : at + 2])
    if char == _EMOJI_STYLE:
        return _is_emoji(before) or before in _KEYCAPS
    return char == "\u3000" or (char.isprintable() and char not in _BLANK)


def _joins(before: str, after: str) -> bool:
    if not before or not after:
        return False
    return _is_virama(before) or ((before == _EMOJI_STYLE or _is_emoji(before)) and _is_emoji(after))


def _is_emoji(char: str) -> bool:
    """A symbol, or a skin tone. Not exact: more are symbols than emoji, but no letter is one."""
    return char != "" and (unicodedata.category(char) == "So" or "\U0001f3fb" <= char <= "\U0001f3ff" or char in "‼⁉↔↕")


def _is_virama(char: str) -> bool:
    return unicodedata.combining(char) == _VIRAMA


def _has_pile(text: str) -> bool:
    """A mark with nothing below it, or too many on one letter."""
    marks = [_is_mark(char) for char in unicodedata.normalize("NFC", text)]
    too_many = any(is_mark and len(list(run)) > _MAX_MARKS for is_mark, run in groupby(marks))
    return too_many or marks[:1] == [True]


def _is_mark(char: str) -> bool:
    return unicodedata.category(char) in {"Mn", "Me"} and char != _EMOJI_STYLE
