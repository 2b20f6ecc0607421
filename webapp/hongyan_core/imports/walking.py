"""One value after the other out of a long JSON text: decoded as a whole it would hold everybody else up.

A decoder does not give the interpreter away: 60 MB are half a second, one message is some microseconds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator
from typing import Any, Final

from hongyan_core.imports.found import BadArchive

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_MAX_DIGITS: Final = 20  # of 64 bits


def _parse_int(digits: str) -> int | float:
    """Ids have 64 bits, which a float would round; what is longer is none, and int() refuses thousands of digits."""
    return int(digits) if len(digits) <= _MAX_DIGITS else float(digits)


_decode: Final = json.JSONDecoder(parse_int=_parse_int).raw_decode


def walk_list(text: str, start: int = 0) -> Iterator[Any]:
    """The elements of the list that begins at `start`.

    Raises:
        BadArchive: There is none, or it does not end well.
    """
    yield from _walk_list(text, start)


def _walk_list(text: str, start: int) -> Generator[Any, None, int]:
    """Its value as an iterator is the place behind the list."""
    at = _expect(text, _skip(text, start), "[")
    if text[at : at + 1] == "]":
        return at + 1
    while True:
        value, at = _read(text, at)
        yield value
        at = _skip(text, at)
        if text[at : at + 1] == "]":
            return at + 1
        at = _expect(text, at, ",")


def find_list(text: str, name: str) -> tuple[dict[str, Any], int, int]:
    """Look through an object for the list `name` in it.

    Returns:
        The other members, where the list begins, and how long it is.

    Raises:
        BadArchive: No object, or no such list in it.
    """
    others: dict[str, Any] = {}
    begins, length = -1, 0
    at = _expect(text, _skip(text, 0), "{")
    while True:
        member, at = _read(text, at)
        at = _expect(text, _skip(text, at), ":")
        if member == name and text[at : at + 1] == "[":
            begins, (length, at) = at, _measure(text, at)
        else:
            others[str(member)], at = _read(text, at)
        at = _skip(text, at)
        if text[at : at + 1] == "}":
            break
        at = _expect(text, at, ",")
    if begins < 0:
        raise BadArchive(f"no {name} in it")
    return others, begins, length


def _measure(text: str, start: int) -> tuple[int, int]:
    """How many elements, and the place behind."""
    walk, length = _walk_list(text, start), 0
    while True:
        try:
            next(walk)
        except StopIteration as end:
            return length, end.value
        length += 1


def _read(text: str, at: int) -> tuple[Any, int]:
    try:
        return _decode(text, at)
    except (ValueError, RecursionError):
        raise BadArchive("not JSON") from None


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return at if found is None else found.end()


def _expect(text: str, at: int, sign: str) -> int:
    """The next thing behind this sign."""
    if text[at : at + 1] != sign:
        raise BadArchive("not JSON")
    return _skip(text, at + 1)
