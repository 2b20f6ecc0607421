"""One page is made at a time where pages and broker share a process.

Python runs one thread at a time, and each that wants to run gets an equal turn: four pages at once left the two threads
of the broker a third of the time, and messages waited 20 ms. Whoever waits for something else steps out meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Final


class Courtesy:
    """A lock that its holder gives away while waiting; whoever does not hold it is not concerned. Not reentrant."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holding = threading.local()

    def __enter__(self) -> None:
        """Wait for the others."""
        self._lock.acquire()
        self._holding.now = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let the next one in."""
        self._holding.now = False
        self._lock.release()

    @contextmanager
    def stepping_out(self) -> Iterator[None]:
        """Let others in while this thread waits for something else."""
        if not getattr(self._holding, "now", False):
            yield
            return
        self.__exit__(None, None, None)
        try:
            yield
        finally:
            self.__enter__()


one_page: Final = Courtesy()
