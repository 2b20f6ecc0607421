"""A lock that is given out in the order of asking."""

from __future__ import annotations

import threading
from collections import deque
from types import TracebackType


class Turnstile:
    """First come, first served, between the threads of one process; not reentrant.

    SQLite's own waiting is a back-off of ever longer pauses: a thread that writes without a pause kept others out for
    9 s in 50 transactions.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()  # the first one is inside

    def __enter__(self) -> None:
        """Wait for one's turn."""
        turn = threading.Event()
        with self._lock:
            self._waiting.append(turn)
            if len(self._waiting) == 1:
                turn.set()
        turn.wait()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let the next one in."""
        with self._lock:
            self._waiting.popleft()
            if self._waiting:
                self._waiting[0].set()
