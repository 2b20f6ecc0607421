"""MQTT over WebSocket as an ASGI endpoint: the web server keeps the port, the broker gets the bytes."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from hongyan_broker.driver import CLOSE_GRACE_S
from hongyan_broker.embedded import WEB_LISTENER, EmbeddedBroker
from hongyan_broker.links import Link

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATH: Final = "/mqtt"
SUBPROTOCOL: Final = "mqtt"
_NORMAL, _UNSUPPORTED_DATA, _POLICY = 1000, 1003, 1008


class WebSocketLink(Link):
    """A WebSocket of the web server's: binary frames, whose bounds mean nothing [MQTT-6.0.0-2]."""

    def __init__(self, receive: Receive, send: Send, address: tuple[str, int], high_water_bytes: int) -> None:
        self._receive = receive
        self._send = send
        self._address = address
        self._high_water_bytes = high_water_bytes
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._close_code: int | None = None
        self._receiving: asyncio.Future[MutableMapping[str, Any]] | None = None
        self._woken = asyncio.Event()
        self._ended = asyncio.Event()  # we will not read or write any more
        self._drained = asyncio.Event()

    async def read_some(self) -> bytes:
        """See `Link`. A text frame ends the connection [MQTT-6.0.0-1]."""
        while not self._ended.is_set():
            message = await self._receive_or_end()
            if message is None or message["type"] != "websocket.receive":
                break
            data = message.get("bytes")
            if data is None:
                self._close_code = _UNSUPPORTED_DATA
                break
            if data:  # an empty frame is legal and says nothing
                return bytes(data)
        return b""

    async def _receive_or_end(self) -> MutableMapping[str, Any] | None:
        self._receiving = asyncio.ensure_future(self._receive())
        try:
            return await self._receiving
        except asyncio.CancelledError:
            if self._receiving.cancelled() and self._ended.is_set():
                return None  # by `finish`
            raise

    async def write_all(self) -> None:
        """Send what is written, one frame a turn, until the end; then close."""
        try:
            while self._waiting or not self._ended.is_set():
                if not self._waiting:
                    self._woken.clear()
                    await self._woken.wait()
                    continue
                data = self._waiting.popleft()
                await self._send({"type": "websocket.send", "bytes": data})
                self._bytes -= len(data)
                if self._bytes <= self._high_water_bytes:
                    self._drained.set()
            await self._send({"type": "websocket.close", "code": self._close_code or _NORMAL})
        except (OSError, RuntimeError):  # the peer has gone; uvicorn has its own error for that
            self.abort()

    def write(self, data: bytes) -> None:
        """See `Link`."""
        if not self._ended.is_set():
            self._waiting.append(data)
            self._bytes += len(data)
            self._woken.set()

    def buffered(self) -> int:
        """See `Link`."""
        return self._bytes

    async def drain(self) -> None:
        """Wait until less than the high water mark is buffered, or the peer has gone."""
        while self._bytes > self._high_water_bytes and not self._ended.is_set():
            self._drained.clear()
            await self._drained.wait()

    def finish(self) -> None:
        """See `Link`."""
        self._ended.set()
        self._woken.set()
        self._drained.set()
        if self._receiving is not None:
            self._receiving.cancel()

    def abort(self) -> None:
        """See `Link`."""
        self._waiting.clear()
        self._bytes = 0
        self.finish()

    def get_peer_info(self) -> tuple[str, int] | None:
        """The peer's address and port; behind trusted proxies the address that they name."""
        return self._address

    def get_ssl_info(self) -> ssl.SSLObject | None:
        """The web server has done TLS."""
        return None


def make_mqtt_websocket(
    broker: EmbeddedBroker, is_allowed_origin: Callable[[Scope], bool]
) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """The ASGI endpoint: `/mqtt`, subprotocol `mqtt` [MQTT-6.0.0-3], an origin that is ours; else 403."""

    async def mqtt_websocket(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        if scope["path"] != PATH or SUBPROTOCOL not in scope.get("subprotocols", ()) or not is_allowed_origin(scope):
            await send({"type": "websocket.close", "code": _POLICY})
            return
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})  # [MQTT-6.0.0-4]
        link = WebSocketLink(
            receive, send, _find_address(scope, broker.settings.trusted_proxies), broker.high_water_bytes
        )
        writing = asyncio.ensure_future(link.write_all())
        try:
            await broker.external_connected(link, link, WEB_LISTENER)
        finally:
            link.finish()
            if not (await asyncio.wait((writing,), timeout=CLOSE_GRACE_S))[0]:
                writing.cancel()

    return mqtt_websocket


def _find_address(scope: Scope, trusted_proxies: int) -> tuple[str, int]:
    """Who connects: each trusted proxy has added one name at the right of X-Forwarded-For."""
    host, port = scope.get("client") or ("", 0)
    named = b",".join(value for name, value in scope.get("headers", ()) if name == b"x-forwarded-for")
    hops = [hop.strip().decode("latin-1") for hop in named.split(b",") if hop.strip()]
    return (hops[-trusted_proxies] if 0 < trusted_proxies <= len(hops) else host), port
