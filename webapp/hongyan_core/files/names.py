"""The name of a file as others see it: no path, nothing that cannot be seen, at most 255 bytes."""

from __future__ import annotations

import unicodedata
from typing import Final

MAX_NAME_BYTES: Final = 255
NAMELESS: Final = "file"
_FORBIDDEN: Final = frozenset('<>:"|?*')  # no file may be called so on Windows
# Control signs and formats, which turn the direction of "gpj.exe"; lone surrogates; what is not assigned, or private.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})
_JOINERS: Final = frozenset("\u200c\u200d")  # of emoji, and of letters in Persian and Indic scripts
_MAX_SUFFIX_BYTES: Final = 32


def clean_file_name(given: str) -> str:
    """The last part of a path, drawn as it is written; `file` where nothing is left."""
    last = given.replace("\\", "/").rpartition("/")[2]
    seen = "".join(_clean(char) for char in unicodedata.normalize("NFC", last))
    return _shorten(" ".join(seen.split()).strip(". ")) or NAMELESS


def rename(name: str, suffix: str) -> str:
    """The same name with another suffix (`.webp`)."""
    stem, _ = _split(name)
    return f"{_cut(stem, MAX_NAME_BYTES - len(suffix))}{suffix}"


def _clean(char: str) -> str:
    if char in _FORBIDDEN:
        return "_"
    if char in _JOINERS or unicodedata.category(char) not in _UNSEEN:
        return char
    return " " if char in "\t\n\r" else ""


def _shorten(name: str) -> str:
    """The suffix stays, which says with what it is opened."""
    if len(name.encode()) <= MAX_NAME_BYTES:
        return name
    stem, suffix = _split(name)
    return f"{_cut(stem, MAX_NAME_BYTES - len(suffix.encode()))}{suffix}"


def _split(name: str) -> tuple[str, str]:
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(suffix.encode()) >= _MAX_SUFFIX_BYTES:
        return name, ""
    return stem, dot + suffix


def _cut(text: str, most: int) -> str:
    """As many whole characters as fit into `most` bytes."""
    return text.encode()[:most].decode(errors="ignore").rstrip()
