"""One port for pages, API and MQTT over WebSocket: uvicorn, with Flask behind a2wsgi and `/mqtt` beside it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, cast
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import uvicorn
from a2wsgi import WSGIMiddleware

from hongyan_core.courtesy import one_page
from hongyan_core.settings import Settings

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

# Views wait for the database and for password hashes, not for each other.
WSGI_THREADS = 16
# Whoever sends or fetches a file waits for a network: on threads of their own, so that pages never wait for them.
TRANSFER_THREADS = 64
TRANSFER_PATHS = ("/api/v1/uploads/", "/api/v1/files/")
STALL_S = 60.0  # nothing has come, or was taken, for so long: the line is dead


class WebServer(uvicorn.Server):
    """uvicorn inside a process that has other things to end: signals are the caller's."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


def split_by_scope(pages: WSGIApplication) -> AsgiApp:
    """The ASGI application: everything to Flask; a WebSocket is refused, for the broker's never come here."""
    http = cast(AsgiApp, WSGIMiddleware(cast(Any, pages), workers=WSGI_THREADS))
    transfers = cast(AsgiApp, WSGIMiddleware(cast(Any, pages), workers=TRANSFER_THREADS))

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(TRANSFER_PATHS):
            await transfers(scope, *end_stalls(receive, send))
        elif scope["type"] == "http":
            await http(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    return application


def end_stalls(receive: Receive, send: Send, stall_s: float = STALL_S) -> tuple[Receive, Send]:
    """The same two, to which a line that stands still is a line that was cut; the thread behind goes on to its end."""
    stalled = False

    async def receive_or_end() -> MutableMapping[str, Any]:
        try:
            return await asyncio.wait_for(receive(), stall_s)
        except TimeoutError:
            return {"type": "http.disconnect"}

    async def send_or_drop(message: MutableMapping[str, Any]) -> None:
        nonlocal stalled
        if not stalled:
            try:
                await asyncio.wait_for(send(message), stall_s)
            except TimeoutError:
                stalled = True

    return receive_or_end, send_or_drop


def one_at_a_time(pages: WSGIApplication) -> WSGIApplication:
    """The same application, polite to a broker in its process: see `hongyan_core.courtesy`."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with one_page:
            return pages(environ, start_response)

    return application


def make_web_server(
    settings: Settings, application: AsgiApp, websocket: Callable[..., asyncio.Protocol] | None = None
) -> WebServer:
    """Configure uvicorn; the proxy's word for the address is left to the web app, which counts the hops.

    Args:
        websocket: What takes a socket over at its upgrade (`make_mqtt_websocket`); None refuses every one.
    """
    config = uvicorn.Config(
        cast(Any, application),
        host=settings.host,
        port=settings.port,
        ws=cast(Any, websocket or "websockets-sansio"),
        lifespan="off",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
        timeout_graceful_shutdown=3,
    )
    return WebServer(config)


def bind(host: str, port: int) -> list[socket.socket]:
    """Bind the web port before anything else starts, so that a port in use is one clear sentence.

    Raises:
        OSError: The port is in use or may not be bound.
    """
    info = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    listener = socket.socket(info[0], info[1])
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(info[4])
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return [listener]
