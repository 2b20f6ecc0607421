from __future__ import annotations

import pytest

from hongyan_core.asking import Attempt, is_waiting, wait_before_asking_ms

DAY = 86_400_000
NOW = 100 * DAY


def attempt(state: str, created: float, decided: float | None = None) -> Attempt:
    """Times in days before now."""
    ended = None if decided is None else NOW - int(decided * DAY)
    return Attempt(1, state, NOW - int(created * DAY), ended)


@pytest.mark.parametrize(
    ("attempts", "days"),
    [
        pytest.param([], 0, id="never asked"),
        pytest.param([attempt("declined", 3, 0.25)], 0.75, id="declined six hours ago"),
        pytest.param([attempt("recalled", 3, 0)], 1, id="withdrawn just now"),
        pytest.param([attempt("declined", 3, 1)], 0, id="declined a day ago"),
        pytest.param([attempt("pending", 14)], 0, id="expired"),
        pytest.param([attempt("accepted", 0.5, 0.5)], 0, id="accepted, and the friendship ended"),
        pytest.param([attempt("declined", 20, 19), attempt("declined", 10, 9)], 0, id="two in the window"),
        pytest.param(
            [attempt("declined", 20, 19), attempt("pending", 18), attempt("declined", 2, 1)],
            10,
            id="three in the window",
        ),
        pytest.param(
            [attempt("declined", 29.5, 29)] * 3 + [attempt("declined", 5, 0.5)], 0.5, id="the longer wait counts"
        ),
        pytest.param([attempt("declined", 40, 39)] * 3, 0, id="long ago"),
    ],
)
def test_how_long_to_wait_before_asking_again(attempts: list[Attempt], days: float) -> None:
    assert wait_before_asking_ms(attempts, NOW) == int(days * DAY)


@pytest.mark.parametrize(
    ("state", "created", "waits"),
    [
        ("pending", 13.9, True),
        ("ignored", 13.9, True),
        ("pending", 14, False),
        ("accepted", 1, False),
        ("declined", 1, False),
        ("recalled", 1, False),
    ],
)
def test_what_waits_for_an_answer(state: str, created: float, waits: bool) -> None:
    assert is_waiting(attempt(state, created), NOW) is waits
