"""From whom archives come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from hongyan_core.imports import slack, telegram, wechat
from hongyan_core.imports.archive import Archive
from hongyan_core.imports.found import Found


class Source(NamedTuple):
    """How an archive is read: how many entries there are, and one after the other; None for what nobody said."""

    count: Callable[[Archive], int]
    read: Callable[[Archive], Iterator[Found | None]]


SOURCES: Final[dict[str, Source]] = {
    "slack": Source(slack.count_messages, slack.read_messages),
    "telegram": Source(telegram.count_messages, telegram.read_messages),
    "wechat": Source(wechat.count_messages, wechat.read_messages),
}
