"""Which words of a message are found: what its readers see of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from hongyan.kinds import EVENT_KIND, GONE_KIND, MARK_KINDS
from hongyan_core.search.words import fold_line

NOT_FOUND: Final = frozenset({*MARK_KINDS, EVENT_KIND, GONE_KIND})  # kinds that are no message of their own
_TEXTS: Final = ("body", "name", "who", "display_name", "emoji")


def make_line(envelope: dict[str, Any]) -> str:
    """The line of `words.fold_line` of a message: text, names of files and places, options, cards, tables, quotes."""
    return fold_line("\n".join(_gather(envelope)))


def _gather(part: dict[str, Any]) -> Iterator[str]:
    yield from (part[field] for field in _TEXTS if isinstance(part.get(field), str))
    yield from filter(lambda option: isinstance(option, str), _list(part, "options"))
    for file in _list(part, "files"):
        if isinstance(file, dict) and isinstance(file.get("name"), str):
            yield file["name"]
    yield from _values(part.get("data"))
    for item in _list(part, "items"):
        if isinstance(item, dict):
            yield from _gather(item)


def _list(part: dict[str, Any], field: str) -> list[Any]:
    found = part.get(field)
    return found if isinstance(found, list) else []


def _values(value: Any) -> Iterator[str]:
    """All that stands in a table; never deeper than an envelope may be."""
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _values(each)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)
