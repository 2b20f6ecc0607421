"""The two ends of a client's socket as amqtt's adapters, with what amqtt's lack: chunks, and how much waits unsent."""

from __future__ import annotations

import asyncio
import ssl
from abc import abstractmethod

from amqtt.adapters import ReaderAdapter, WriterAdapter

CHUNK_BYTES = 65_536


class Link(ReaderAdapter, WriterAdapter):
    """A socket of any kind. Nothing here raises because the peer has gone: reading then ends, writing does nothing."""

    @abstractmethod
    async def read_some(self) -> bytes:
        """What has come, at least one byte; nothing at the end."""

    @abstractmethod
    def buffered(self) -> int:
        """How many bytes were written and are not with the operating system yet."""

    @abstractmethod
    def finish(self) -> None:
        """Close after what is waiting has left."""

    @abstractmethod
    def abort(self) -> None:
        """Close now."""

    async def read(self, n: int = -1) -> bytes:
        """Part of amqtt's adapter; this broker reads chunks."""
        raise NotImplementedError

    def feed_eof(self) -> None:
        """Part of amqtt's adapter; nobody calls it here."""
        raise NotImplementedError

    async def close(self) -> None:
        """Part of amqtt's adapter."""
        self.finish()


class StreamLink(Link):
    """A TCP or TLS connection that asyncio has accepted."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, high_water_bytes: int) -> None:
        self._reader = reader
        self._writer = writer
        writer.transport.set_write_buffer_limits(high=high_water_bytes)

    async def read_some(self) -> bytes:
        """See `Link`."""
        try:
            return await self._reader.read(CHUNK_BYTES)
        except OSError:
            return b""

    def write(self, data: bytes) -> None:
        """See `Link`."""
        if not self._writer.transport.is_closing():
            self._writer.write(data)

    def buffered(self) -> int:
        """See `Link`."""
        return self._writer.transport.get_write_buffer_size()

    async def drain(self) -> None:
        """Wait until less than the high water mark is buffered, or the peer has gone."""
        try:
            await self._writer.drain()
        except OSError:
            return

    def finish(self) -> None:
        """See `Link`."""
        self._writer.close()

    def abort(self) -> None:
        """See `Link`."""
        self._writer.transport.abort()

    def get_peer_info(self) -> tuple[str, int] | None:
        """The peer's address and port."""
        name = self._writer.get_extra_info("peername")
        return (name[0], name[1]) if isinstance(name, tuple) and len(name) >= 2 else None

    def get_ssl_info(self) -> ssl.SSLObject | None:
        """The TLS object, if it is a TLS connection."""
        found: ssl.SSLObject | None = self._writer.get_extra_info("ssl_object")
        return found
