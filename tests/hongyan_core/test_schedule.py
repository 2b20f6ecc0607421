"""When a message for later comes, and comes again."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hongyan_core.schedule import next_time, repeat_id


def ms(local: str, zone: str) -> int:
    return int(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1_000)


CASES = {
    "a day": ("Asia/Shanghai", "daily", "2026-11-21 09:00", "2026-11-21 09:00", "2026-11-22 09:00"),
    "a week": ("Asia/Shanghai", "weekly", "2026-11-21 09:00", "2026-11-21 09:00", "2026-11-28 09:00"),
    "a weekend": ("UTC", "weekdays", "2026-11-20 09:00", "2026-11-20 09:00", "2026-11-23 09:00"),
    "a Friday": ("UTC", "weekdays", "2026-11-19 09:00", "2026-11-19 09:00", "2026-11-20 09:00"),
    "a month": ("UTC", "monthly", "2026-01-15 09:00", "2026-01-15 09:00", "2026-02-15 09:00"),
    "the 31st in February": ("UTC", "monthly", "2026-01-31 09:00", "2026-01-31 09:00", "2026-02-28 09:00"),
    "and in March again": ("UTC", "monthly", "2026-01-31 09:00", "2026-02-28 09:00", "2026-03-31 09:00"),
    "a leap year": ("UTC", "monthly", "2028-01-30 09:00", "2028-01-30 09:00", "2028-02-29 09:00"),
    "over the end of a year": ("UTC", "monthly", "2026-12-31 09:00", "2026-12-31 09:00", "2027-01-31 09:00"),
    "summer comes": ("Europe/Berlin", "daily", "2026-03-28 09:00", "2026-03-28 09:00", "2026-03-29 09:00"),
    "summer goes": ("Europe/Berlin", "daily", "2026-10-24 09:00", "2026-10-24 09:00", "2026-10-25 09:00"),
    "what was missed": ("UTC", "daily", "2026-11-01 09:00", "2026-11-21 12:00", "2026-11-22 09:00"),
    "later today": ("UTC", "daily", "2026-11-01 09:00", "2026-11-21 08:00", "2026-11-21 09:00"),
    "after midnight": ("Asia/Kolkata", "daily", "2026-11-21 00:15", "2026-11-21 00:15", "2026-11-22 00:15"),
}


@pytest.mark.parametrize(("zone", "repeat", "first", "after", "then"), CASES.values(), ids=CASES)
def test_the_clock_on_the_wall_decides(zone: str, repeat: str, first: str, after: str, then: str) -> None:
    assert next_time(ms(first, zone), repeat, zone, after_ms=ms(after, zone)) == ms(then, zone)


def test_an_hour_that_a_day_does_not_have_comes_later_that_day_and_as_ever_the_next() -> None:
    first = ms("2026-03-28 02:30", "Europe/Berlin")
    gap = next_time(first, "daily", "Europe/Berlin", after_ms=first)
    assert gap == ms("2026-03-29 03:30", "Europe/Berlin")
    assert next_time(first, "daily", "Europe/Berlin", after_ms=gap) == ms("2026-03-30 02:30", "Europe/Berlin")


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc/passwd", "\0"], ids=repr)
def test_without_a_zone_that_is_known_it_is_utc(zone: str) -> None:
    assert next_time(0, "daily", zone, after_ms=0) == 86_400_000


@given(
    st.integers(0, 2**41),
    st.sampled_from(["daily", "weekdays", "weekly", "monthly"]),
    st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Australia/Lord_Howe"]),
    st.integers(0, 10**9),
)
def test_the_next_time_is_later_and_not_much_later(first_ms: int, repeat: str, zone: str, late_ms: int) -> None:
    after_ms = first_ms + late_ms
    then = next_time(first_ms, repeat, zone, after_ms=after_ms)
    assert after_ms < then <= after_ms + 33 * 86_400_000


@pytest.mark.parametrize(
    ("message_id", "times", "named"),
    [
        pytest.param("m", 0, "m", id="the first time"),
        pytest.param("m", 12, "m.12", id="a repeat"),
        pytest.param("x" * 64, 0, "x" * 64, id="the longest"),
        pytest.param("x" * 62, 9, "x" * 62 + ".9", id="that just fits"),
    ],
)
def test_each_time_has_an_id_of_its_own(message_id: str, times: int, named: str) -> None:
    assert repeat_id(message_id, times) == named


def test_the_repeats_of_a_long_id_are_known_again_and_fit() -> None:
    assert repeat_id("x" * 64, 7) == repeat_id("x" * 64, 7) != repeat_id("y" * 64, 7)
    assert len(repeat_id("x" * 64, 10**9)) <= 64
