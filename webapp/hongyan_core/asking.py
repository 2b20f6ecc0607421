"""How often one person may ask another for friendship: earlier requests in, a wait out. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

_DAY_MS: Final = 86_400_000
REQUEST_LIFETIME_MS: Final = 14 * _DAY_MS  # who has not answered by then is not asked any longer
PAUSE_MS: Final = _DAY_MS  # after a no, or after the sender's own withdrawal
WINDOW_MS: Final = 30 * _DAY_MS
MAX_IN_WINDOW: Final = 3  # requests to one person, whatever became of them
_OPEN: Final = ("pending", "ignored")  # an ignored one still waits, for all that its sender knows
_PAUSING: Final = ("declined", "recalled")


class Attempt(NamedTuple):
    """One request of one person to another."""

    id: int
    state: str  # of models.FriendRequest
    created_at_ms: int
    decided_at_ms: int | None


def is_waiting(attempt: Attempt, at_ms: int) -> bool:
    """Whether its sender still waits for an answer."""
    return attempt.state in _OPEN and attempt.created_at_ms > at_ms - REQUEST_LIFETIME_MS


def wait_before_asking_ms(attempts: Iterable[Attempt], at_ms: int) -> int:
    """How long the sender of these requests, all to one person, must wait before the next one; 0: not at all."""
    earlier = list(attempts)
    pauses = [a.decided_at_ms + PAUSE_MS for a in earlier if a.state in _PAUSING and a.decided_at_ms is not None]
    recent = sorted(a.created_at_ms for a in earlier)[-MAX_IN_WINDOW:]
    full = [recent[0] + WINDOW_MS] if len(recent) == MAX_IN_WINDOW else []
    return max(0, *(end - at_ms for end in pauses + full), 0)
