"""When a message for later is sent: pure. Repeats keep the time on the clock of their time zone, not the distance."""

from __future__ import annotations

import hashlib
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from hongyan.limits import MAX_MESSAGE_ID_CHARS

MAX_AHEAD_MS: Final = 366 * 86_400_000  # a year
_SATURDAY: Final = 5
_FALLS_ON: Final[dict[str, Callable[[date, date], bool]]] = {
    "daily": lambda _, day: True,
    "weekdays": lambda _, day: day.weekday() < _SATURDAY,
    "weekly": lambda first, day: day.weekday() == first.weekday(),
    "monthly": lambda first, day: day.day == min(first.day, monthrange(day.year, day.month)[1]),
}


def next_time(first_ms: int, repeat: str, time_zone: str, *, after_ms: int) -> int:
    """The first time of a repeat beyond `after_ms`: what was missed is not made up for.

    At the clock's time of `first_ms`; where clocks jump over it, as long after the jump as it was to be after the hour
    before. The 31st is the last day of a shorter month.

    Args:
        repeat: daily, weekdays, weekly or monthly.
        time_zone: Of the IANA database; empty or unknown: UTC.
    """
    zone = find_zone(time_zone)
    first = datetime.fromtimestamp(first_ms / 1_000, zone)
    day = datetime.fromtimestamp(max(first_ms, after_ms) / 1_000, zone).date()
    while True:
        at = datetime.combine(day, first.time(), zone)
        at_ms = int(at.timestamp() * 1_000 + 0.5)
        if at_ms > after_ms and _FALLS_ON[repeat](first.date(), day):
            return at_ms
        day += timedelta(days=1)


def repeat_id(message_id: str, times: int) -> str:
    """The message id of a message that was sent so often before: its own the first time, then `{id}.1`, `{id}.2` ...

    A long one gives way to its digest: the same each time it is asked for, for a repeat must be known as one.
    """
    named = f"{message_id}.{times}" if times else message_id
    if len(named) <= MAX_MESSAGE_ID_CHARS:
        return named
    return f"{hashlib.sha256(message_id.encode()).hexdigest()[:40]}.{times}"


def find_zone(name: str) -> tzinfo:
    """A time zone of the IANA database; empty or unknown: UTC."""
    try:
        return ZoneInfo(name) if name else UTC
    except (OSError, ValueError, LookupError):
        return UTC
