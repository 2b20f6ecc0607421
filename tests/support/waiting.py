"""Wait for a condition with a deadline instead of sleeping for luck."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(condition: Callable[[], T], *, timeout_s: float = 15.0, what: str = "the condition") -> T:
    """Ask again and again until the answer is true, and return it.

    Raises:
        AssertionError: It was not within `timeout_s`.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout_s} s in vain for {what}; the last answer was {answer!r}")
        time.sleep(0.02)
