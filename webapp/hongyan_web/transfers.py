"""How many files one account sends and fetches at a time: each long one holds a thread of this process."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Final

from hongyan_core.problems import Problem

MAX_UPLOADS: Final = 4  # of one account at a time, in one process
MAX_DOWNLOADS: Final = 16
SMALL_BYTES: Final = 1_048_576  # fits into the buffers before the socket, so nobody waits for it
_WAIT_S: Final = 2


class Turns:
    """So many at a time by account."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()

    def take(self, account: str) -> None:
        """One more.

        Raises:
            Problem: rate_limited.
        """
        with self._lock:
            if self._taken[account] >= self._most:
                raise Problem("rate_limited", wait_s=_WAIT_S)
            self._taken[account] += 1

    def give_back(self, account: str) -> None:
        """One less."""
        with self._lock:
            self._taken[account] -= 1
            if not self._taken[account]:
                del self._taken[account]


uploading: Final = Turns(MAX_UPLOADS)
downloading: Final = Turns(MAX_DOWNLOADS)
