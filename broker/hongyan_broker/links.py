"""The ends of a client's socket: bytes go straight from the transport into the driver, no task or buffer between."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from hongyan_broker.driver import Driver
    from hongyan_broker.plane.connection import Connection

CLOSE_GRACE_S: Final = 5.0  # for a peer that does not take its last bytes


class Link(asyncio.Protocol):
    """A TCP or TLS connection. Nothing here raises because the peer has gone: writing then does nothing.

    An idle client costs this object, its transport and its `Connection`: no task, no stream, no `__dict__`.
    """

    __slots__ = ("_connection", "_driver", "_transport")

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._transport: asyncio.Transport | None = None
        self._connection: Connection | None = None

    # What the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; a client that is one too many is gone at once."""
        self._transport = cast(asyncio.Transport, transport)
        name = transport.get_extra_info("peername")
        self._begin(self._transport, name[0] if isinstance(name, tuple) else "")

    def _begin(self, transport: asyncio.Transport, address: str) -> None:
        transport.set_write_buffer_limits(high=self._driver.high_water_bytes)
        self._connection = self._driver.connected(self, address)
        if self._connection is None:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        """Hand a chunk on; it ends anywhere in a packet."""
        if self._connection is not None:
            self._driver.received(self, self._connection, data)

    def resume_writing(self) -> None:
        """A peer that was slow has taken most of what waited."""
        if self._connection is not None:
            self._driver.drained(self, self._connection)

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone, from either side."""
        connection, self._connection, self._transport = self._connection, None, None
        if connection is not None:
            self._driver.lost(connection)

    # What the driver calls

    def write(self, data: bytes) -> None:
        """Send when the socket takes it."""
        transport = self._transport
        if transport is not None and not transport.is_closing():
            transport.write(data)

    def buffered(self) -> int:
        """How many bytes were written and are not with the operating system yet."""
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    def hold(self) -> None:
        """Read no more for now: the peer's bytes wait in the network."""
        transport = self._transport
        if transport is not None and not transport.is_closing():
            transport.pause_reading()

    def go_on(self) -> None:
        """Read again."""
        transport = self._transport
        if transport is not None and not transport.is_closing():
            transport.resume_reading()

    def finish(self) -> None:
        """Close after what is waiting has left, and without the peer's help in five seconds."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.close()
            asyncio.get_running_loop().call_later(CLOSE_GRACE_S, self.abort)

    def abort(self) -> None:
        """Close now."""
        if self._transport is not None:
            self._transport.abort()
