"""What has to be done from time to time beside the messages: one thread, one chore after the other.

    with Chores((Chore("sweep", 60.0, sweep_files),)):
        ...

It runs in the process that holds the exchange (`serve`, `router`), so each chore is done in one place.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from hongyan_core.clock import now_ms
from hongyan_core.store.models import proxy

_log: Final = logging.getLogger(__name__)
_FAILURE_PAUSE_S: Final = 10.0
_JOIN_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to do every `every_s` seconds, and again at once while `run(at_ms)` says that more is waiting."""

    name: str
    every_s: float
    run: Callable[[int], bool]


class Chores:
    """The thread. Entering starts it; leaving waits until the chore at hand is done."""

    def __init__(self, chores: Sequence[Chore]) -> None:
        self._due_s = dict.fromkeys(chores, 0.0)  # by the monotonic clock
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, name="hongyan-chores", daemon=True)

    def __enter__(self) -> Self:
        """Start."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End."""
        self._ending.set()
        self._thread.join(_JOIN_S)

    def _work(self) -> None:
        while self._due_s and not self._ending.is_set():
            chore = min(self._due_s, key=lambda each: self._due_s[each])
            if self._ending.wait(max(0.0, self._due_s[chore] - time.monotonic())):
                break
            self._due_s[chore] = time.monotonic() + self._do(chore)
        proxy.obj.close()

    def _do(self, chore: Chore) -> float:
        """Seconds until it is done again."""
        try:
            return 0.0 if chore.run(now_ms()) else chore.every_s
        except Exception as error:  # whatever one chore meets, the others go on
            _log.warning("%s could not be done and is tried again: %s", chore.name, error)
            if not proxy.obj.is_closed():
                proxy.obj.close()
            return max(chore.every_s, _FAILURE_PAUSE_S)
