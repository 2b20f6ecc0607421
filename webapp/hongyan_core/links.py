"""Codes of links: derived from the server's key, so that they can be shown again, and a copy of the database has none.

7vzq…   base32 of a letter for the kind, the id and 128 bits of HMAC-SHA-256; letters and digits only, any case
"""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Final, Literal, get_args

from hongyan_core.problems import Problem

Kind = Literal["signup", "person", "group"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
MAX_CODE_CHARS: Final = 128
_LETTERS: Final = {kind: kind[0].encode() for kind in KINDS}
_KINDS: Final = {letter: kind for kind, letter in _LETTERS.items()}
_MAC_BYTES: Final = 16


def make_code(key: bytes, kind: Kind, id: str) -> str:  # noqa: A002  # the word of the API
    """The code of a link; `id` is a row's id, or `name.generation` of a person."""
    words = _LETTERS[kind] + id.encode()
    return base64.b32encode(words + _sign(key, words)).rstrip(b"=").decode().lower()


def parse_code(key: bytes, code: str) -> tuple[Kind, str]:
    """What a code stands for: whether that still counts is for its kind to say.

    Raises:
        Problem: invalid_link (not made by this server).
    """
    raw = _decode(code)
    words, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if not words or not hmac.compare_digest(mac, _sign(key, words)):
        raise Problem("invalid_link")
    return _KINDS[words[:1]], words[1:].decode()


def _sign(key: bytes, words: bytes) -> bytes:
    return hmac.digest(key, b"link:" + words, "sha256")[:_MAC_BYTES]


def _decode(code: str) -> bytes:
    if len(code) > MAX_CODE_CHARS or not code.isascii():
        return b""
    try:
        return base64.b32decode(code.upper() + "=" * (-len(code) % 8))
    except binascii.Error:
        return b""
