"""What the open road writes behind itself: changes for the store, and what may happen only when they are on disk."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from hongyan_core.kept import Change, Row

if TYPE_CHECKING:
    from hongyan_broker.plane.connection import Connection

Written = tuple[Change, Row]
Continuation = Callable[[], None]
_MAX_BATCH: Final = 5_000  # entries of one transaction


class _After(NamedTuple):
    connection: Connection | None
    go_on: Continuation


class Journal:
    """One line of changes and continuations. The driver takes a batch, commits its changes, then calls `done`.

    Args:
        wake: Called when something waits for a commit and nothing did before.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._last_number = 0
        self._entries: deque[Written | _After] = deque()
        self._continuations: list[_After] = []  # of the batch that is being written
        self._writing = False

    def start_after(self, number: int) -> None:
        """Names up to this one are taken."""
        self._last_number = max(self._last_number, number)

    def new_number(self) -> int:
        """The name of a new row."""
        self._last_number += 1
        return self._last_number

    def write(self, change: Change, *row: object) -> None:
        """Have a change written."""
        self._append((change, row))

    def after(self, connection: Connection | None, go_on: Continuation) -> None:
        """Do something for a connection when all that was written before is on disk; in order."""
        self._append(_After(connection, go_on))

    def _append(self, entry: Written | _After) -> None:
        self._entries.append(entry)
        if len(self._entries) == 1 and not self._writing:
            self._wake()

    def is_idle(self) -> bool:
        """Whether all is on disk."""
        return not self._entries and not self._writing

    def take(self) -> list[Written]:
        """The changes of the next batch, at most 5,000."""
        self._writing = True
        changes: list[Written] = []
        for _ in range(min(len(self._entries), _MAX_BATCH)):
            entry = self._entries.popleft()
            if isinstance(entry, _After):
                self._continuations.append(entry)
            else:
                changes.append(entry)
        return changes

    def done(self, give_up: Callable[[Connection | None, Exception], None]) -> None:
        """The batch is on disk: go on with what waited for it. One that raises costs no other its turn.

        Args:
            give_up: Is told at once; what the connection was told so far can no longer be relied on.
        """
        self._writing = False
        waiting, self._continuations = self._continuations, []
        for connection, go_on in waiting:
            try:
                go_on()
            except Exception as error:
                give_up(connection, error)
