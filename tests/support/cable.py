"""A cable between one browser and the server that a test can cut and mend: a small reverse proxy.

It reads the first request line of each connection, as a real reverse proxy would, so that `/mqtt` can lead to the
WebSocket listener of an external broker while everything else leads to the web app.
"""

from __future__ import annotations

import contextlib
import socket
import threading


class Cable:
    """Listens on a port of its own; `cut` ends every connection and refuses new ones until `mend`."""

    def __init__(self, web_port: int, mqtt_websocket_port: int | None = None) -> None:
        self.web_port = web_port
        self.mqtt_websocket_port = mqtt_websocket_port or web_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._whole = True
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, name="cable", daemon=True).start()

    def cut(self) -> None:
        """The laptop is closed."""
        with self._lock:
            self._whole = False
            for end in self._sockets:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            self._sockets.clear()

    def mend(self) -> None:
        """The laptop is open again."""
        with self._lock:
            self._whole = True

    def close(self) -> None:
        """End it for good."""
        self.cut()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with contextlib.suppress(OSError), near:
            if not self._keep(near):
                return
            first = near.recv(65_536)
            port = self.mqtt_websocket_port if first.startswith(b"GET /mqtt") else self.web_port
            with socket.create_connection(("127.0.0.1", port), timeout=10) as far:
                far.settimeout(None)
                if not self._keep(far):
                    return
                far.sendall(first)
                back = threading.Thread(target=self._pump, args=(far, near), daemon=True)
                back.start()
                self._pump(near, far)
                back.join()

    def _keep(self, end: socket.socket) -> bool:
        with self._lock:
            if self._whole:
                self._sockets.add(end)
            return self._whole

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(65_536):
                target.sendall(chunk)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._sockets -= {source, target}
