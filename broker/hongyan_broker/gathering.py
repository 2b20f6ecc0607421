"""While one batch is being answered the next one gathers: few hops under load, no wait without."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Job = Coroutine[Any, Any, None]


class Gathering(Generic[T]):
    """Hands what is added to `answer`, all of a turn of the loop together, and one batch after the other.

    Args:
        spawn: Starts a coroutine as a task, in a later step of the loop.
        answer: Must not raise.
    """

    def __init__(self, spawn: Callable[[Job], object], answer: Callable[[list[T]], Job]) -> None:
        self._spawn = spawn
        self._answer = answer
        self._waiting: list[T] = []
        self._busy = False

    def add(self, item: T) -> None:
        """Have an item answered, behind those that were added before."""
        self._waiting.append(item)
        if not self._busy:
            self._busy = True
            self._spawn(self._run())

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await self._answer(batch)
        finally:
            self._busy = False
