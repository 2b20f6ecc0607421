"""All sessions' queues together: how much waits in them, and who gives way when that is too much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hongyan_broker.plane.session import Session

PACKET_BYTES: Final = 128  # what a packet takes beside its topic and payload


class Queues:
    """Beyond `max_bytes` the fullest queue loses its oldest packet.

    Who hoards pays. If whoever adds gave way, a few sessions that nobody reads would leave all others without a queue;
    if the oldest of all went, one flood would wash out what waits for everybody.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        # By the number of bits of a queue's size: the fullest, within a factor of two, without a walk over all.
        self._by_bits: list[dict[Session, None]] = [{} for _ in range(64)]

    def changed(self, session: Session, before: int, after: int) -> None:
        """The queue of a session has grown or shrunk, in bytes."""
        self._bytes += after - before
        if before.bit_length() != after.bit_length():
            self._by_bits[before.bit_length()].pop(session, None)
            if after:
                self._by_bits[after.bit_length()][session] = None

    def waits(self, more: int) -> None:
        """So many bytes more, or fewer, wait that the history keeps too."""
        self._bytes += more

    def is_full(self) -> bool:
        """Whether all together is too much. What the history keeps gives way first: its session falls behind."""
        return self._bytes > self._max_bytes

    def make_room(self) -> None:
        """Drop what is too much."""
        while self._bytes > self._max_bytes:
            fullest = next(filter(None, reversed(self._by_bits)), None)
            if fullest is None:  # all of it is kept by the history
                return
            next(iter(fullest)).drop_oldest()
