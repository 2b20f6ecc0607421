"""What a text is made of for a search: `fold_line` writes it down so that finding is nothing but looking for a string.

    "Über 用Python写 e-mail!"   →   " uber 用 python 写 e mail "

Words of letters stand between spaces, so a word is found by its beginning: " pyth". What is written without spaces
(Chinese, kana, Hangul, Thai ..., and emoji) is found from any character on: "写".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

MAX_NEEDLES: Final = 8  # words and phrases of one query; further ones are not looked for

# Found from any character on: Hebrew to Myanmar, Hangul, Khmer, arrows to dingbats, CJK, Yi, emoji. Punctuation of
# CJK is left out. Combining marks belong to their letters.
_ANYWHERE: Final = (
    "\u0591-\u05bd\u05bf-\u05f2\u0610-\u061a\u061c\u0620-\u0669\u066e-\u06d3\u06d5-\u06ff\u0710-\u0963\u0966-\u0e4e"
    "\u0e50-\u109f\u1100-\u11ff\u1780-\u17d3\u17e0-\u17f9\u2190-\u2bff\u2e80-\u2fdf\u3005-\u3007\u3021-\u302f"
    "\u3031-\u3035\u3038-\u303c\u3040-\u309f\u30a1-\u30fa\u30fc-\ua4cf\uac00-\ud7ff\uf900-\ufaff"
    "\U0001f000-\U0001faff\U00020000-\U0003ffff"
)
_TOKEN: Final = re.compile(f"[{_ANYWHERE}]+|[^\\W_{_ANYWHERE}]+")
_STARTS_ANYWHERE: Final = re.compile(f"[{_ANYWHERE}]")
# Accents, and what only says how the character before is to be drawn.
_MARKS: Final = re.compile(
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\u200b-\u200f\u00ad]+"
)
_QUOTES: Final = str.maketrans("“”„‟＂«»", '"""""""')
_PHRASE: Final = re.compile(r'"([^"]*)"?|([^\s"]+)')
_BEYOND_COMBINING: Final = frozenset("\uff9e\uff9f\u200b\u200d\ufe0e\ufe0f")


def fold_line(text: str) -> str:
    """Words of a text with a space before, between and after; width, case and accents do not count. Empty: none."""
    tokens = _TOKEN.findall(_fold(text))
    return f" {' '.join(tokens)} " if tokens else ""


def _fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFKD", bare.casefold())))


def parse_query(text: str) -> tuple[str, ...]:
    """What has to stand in a line of `fold_line`; each word by its beginning, what is in quotation marks as it is."""
    found = (_make_needle(*match.groups()) for match in _PHRASE.finditer(text.translate(_QUOTES)))
    return tuple(dict.fromkeys(filter(None, found)))[:MAX_NEEDLES]


def _make_needle(phrase: str | None, word: str | None) -> str:
    tokens = _TOKEN.findall(_fold(word or phrase or ""))
    if not tokens:
        return ""
    before = "" if _STARTS_ANYWHERE.match(tokens[0]) else " "
    after = "" if word or _STARTS_ANYWHERE.match(tokens[-1]) else " "
    return f"{before}{' '.join(tokens)}{after}"


def find_spans(text: str, needles: Sequence[str]) -> list[tuple[int, int]]:
    """Where the needles stand in the text before it was folded: characters, the end exclusive; none overlap."""
    line, origins = _fold_with_origins(text)
    covered = sorted({place for needle in needles for at in _find_all(line, needle) for place in _cover(at, needle)})
    marked = sorted({origins[place] for place in covered if line[place] != " "})
    return _merge(marked)


def _fold_with_origins(text: str) -> tuple[str, list[tuple[int, int]]]:
    """`fold_line` a cluster at a time; with each character of it the place in the text that it comes from."""
    line, origins, last = [" "], [(0, 0)], ""
    for start, end in _split_clusters(text):
        for char in _fold(text[start:end]):
            sort = "any" if _STARTS_ANYWHERE.match(char) else "word" if char.isalnum() else ""
            if sort != last and line[-1] != " ":
                line.append(" ")
                origins.append((start, start))
            if sort:
                line.append(char)
                origins.append((start, end))
            last = sort
    return "".join([*line, " "]), [*origins, (len(text), len(text))]


def _split_clusters(text: str) -> Iterator[tuple[int, int]]:
    """Characters with the marks that belong to them: what is folded together."""
    start = 0
    for at, char in enumerate(text):
        if at > start and not (
            unicodedata.combining(char) or char in _BEYOND_COMBINING or "\u1160" <= char <= "\u11ff"
        ):
            yield start, at
            start = at
    if text:
        yield start, len(text)


def _find_all(line: str, needle: str) -> Iterator[int]:
    at = line.find(needle)
    while at >= 0:
        yield at
        at = line.find(needle, at + 1)


def _cover(at: int, needle: str) -> range:
    return range(at, at + len(needle))


def _merge(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those that touch become one."""
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
