"""A lock that is given out in the order of asking, and that nobody waits for without an end."""

from __future__ import annotations

import threading
from collections import deque
from types import TracebackType
from typing import Final

from peewee import OperationalError

from hongyan_core.courtesy import one_page

_INSIDE: Final = threading.Event()  # stands for whoever has not had to wait: an event of its own takes 15 us


class Turnstile:
    """First come, first served, between the threads of one process; not reentrant.

    SQLite's own waiting is a back-off of ever longer pauses: a thread that writes without a pause kept others out for
    9 s in 50 transactions. But while another process holds SQLite's lock each turn ends after the busy timeout: a
    dozen writers of the API waited 60 s behind each other, and with them all who only wanted to read.
    """

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()  # the first one is inside

    def __enter__(self) -> None:
        """Wait for one's turn.

        Raises:
            OperationalError: It did not come in time; as when SQLite itself has waited in vain.
        """
        with self._lock:
            if not self._waiting:
                self._waiting.append(_INSIDE)
                return
            turn = threading.Event()
            self._waiting.append(turn)
        with one_page.stepping_out():
            if not turn.wait(self._patience_s):
                self._give_up(turn)

    def _give_up(self, turn: threading.Event) -> None:
        with self._lock:
            if turn.is_set():  # in the last moment
                return
            self._waiting.remove(turn)
        raise OperationalError("database is locked: others wait for it too")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let the next one in."""
        with self._lock:
            self._waiting.popleft()
            if self._waiting:
                self._waiting[0].set()
