"""Routes without thinking: `python -m bench.null_server PORT [single]`.

What the generator reaches here is its own ceiling, or this server's. Nothing is parsed beyond the first packet of a
run, and a publisher's packet identifiers are passed on as they are. A chunk of one topic goes as it came to whoever
subscribed it; with `single` each packet is a write of its own, because Mosquitto does so.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from functools import partial
from typing import Final, cast

import uvloop

from bench.packets import PUBLISH, Run, take_runs
from bench.websocket import answer_upgrade, frame, unframe

_listeners: Final[dict[bytes, list[NullClient]]] = {}


class NullClient(asyncio.Protocol):
    """One connection; the first byte tells WebSocket (GET) from MQTT (CONNECT)."""

    def __init__(self, *, single: bool = False) -> None:
        self._transport: asyncio.Transport | None = None
        self._single = single
        self._rest = b""
        self._frames = b""
        self._framed: bool | None = None
        self._topics: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own class does not inherit from it
        self._descriptor: int = transport.get_extra_info("socket").fileno()

    def connection_lost(self, _: Exception | None) -> None:
        """Forget it."""
        for topic in self._topics:
            _listeners[topic].remove(self)

    def send(self, data: bytes, size: int) -> None:
        """Write packets of one size."""
        if not self._single:
            self._write(data)
            return
        for at in range(0, len(data), size):
            self._write_now(data[at : at + size])

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(frame(data, masked=False) if self._framed else data)

    def _write_now(self, packet: bytes) -> None:
        # A transport joins what is written within a turn of the loop, so this goes around it while it holds nothing.
        if self._transport is None or self._transport.is_closing():
            return
        data, written = frame(packet, masked=False) if self._framed else packet, 0
        if not self._transport.get_write_buffer_size():
            with suppress(OSError):  # a full socket buffer, or a client that has gone: the transport sees to it
                written = os.write(self._descriptor, data)
        if written < len(data):
            self._transport.write(data[written:])

    def data_received(self, data: bytes) -> None:
        """Route."""
        if self._framed is None:
            self._framed = data.startswith(b"GET ")
            if self._framed and self._transport is not None:
                self._transport.write(answer_upgrade(data))
                return
        if self._framed:
            data, self._frames = unframe(self._frames + data)
        runs, self._rest = take_runs(self._rest + data)
        for run in runs:
            if run.kind == PUBLISH:
                self._route(run)
            elif run.kind == 0x10:
                self._write(b"\x20\x02\x00\x00")
            elif run.kind == 0x80:
                self._subscribe(run)

    def _route(self, run: Run) -> None:
        if run.qos:
            self.send(run.acknowledge(), 4)
        topic_bytes = int.from_bytes(run.data[run.head : run.head + 2], "big")
        for listener in _listeners.get(run.data[run.head + 2 : run.head + 2 + topic_bytes], ()):
            listener.send(run.data, run.size)

    def _subscribe(self, run: Run) -> None:
        at, granted = run.head + 2, bytearray()
        while at < len(run.data):
            end = at + 2 + int.from_bytes(run.data[at : at + 2], "big")
            self._topics.append(run.data[at + 2 : end])
            _listeners.setdefault(run.data[at + 2 : end], []).append(self)
            granted.append(run.data[end])
            at = end + 1
        # A few filters only: a remaining length of one byte.
        self._write(bytes((0x90, 2 + len(granted))) + run.data[run.head : run.head + 2] + granted)


async def _serve(port: int, *, single: bool) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(partial(NullClient, single=single), "127.0.0.1", port, backlog=1_024)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1]), single="single" in sys.argv[2:]))
