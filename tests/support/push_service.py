"""A real push service on a free port of 127.0.0.1, and browsers that can read what comes.

with running_push_service() as service:
    browser = service.subscribe()
    ... tell the server browser.endpoint and browser.keys ...
    (pushed,) = wait_for(lambda: browser.pushed)
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from hongyan_core.push.encryption import derive_keys
from hongyan_core.push.vapid import decode_base64url, encode_base64url


@dataclass
class Pushed:
    """One push message, read."""

    said: dict[str, Any]
    headers: dict[str, str]
    claims: dict[str, Any]  # of who sent it; the signature is good


@dataclass
class Subscribed:
    """A browser that waits for push messages."""

    endpoint: str
    private_key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()), repr=False)
    auth: bytes = field(default_factory=lambda: secrets.token_bytes(16), repr=False)
    pushed: list[Pushed] = field(default_factory=list)

    @property
    def point(self) -> bytes:
        """Its public key."""
        return self.private_key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def body(self) -> dict[str, Any]:
        """What `POST /push/subscriptions` takes."""
        keys = {"p256dh": encode_base64url(self.point), "auth": encode_base64url(self.auth)}
        return {"endpoint": self.endpoint, "keys": keys}

    def said(self, field_name: str = "body") -> list[Any]:
        """One field of each message so far."""
        return [pushed.said.get(field_name) for pushed in self.pushed]


def decrypt(body: bytes, browser: Subscribed) -> bytes:
    """As a browser reads it."""
    salt, record_bytes, length = body[:16], int.from_bytes(body[16:20]), body[20]
    server, sealed = body[21 : 21 + length], body[21 + length :]
    assert len(sealed) <= record_bytes
    shared = browser.private_key.exchange(ECDH(), EllipticCurvePublicKey.from_encoded_point(SECP256R1(), server))
    key, nonce = derive_keys(shared, browser.auth, salt, browser=browser.point, server=server)
    plain = AESGCM(key).decrypt(nonce, sealed, None)
    assert plain[-1:] == b"\x02"
    return plain[:-1]


def check_sender(authorization: str) -> dict[str, Any]:
    """The claims of who sends, when the signature is good."""
    assert authorization.startswith("vapid t=")
    token, _, key = authorization.removeprefix("vapid t=").partition(", k=")
    point = decode_base64url(key)
    x, y = encode_base64url(point[1:33]), encode_base64url(point[33:])
    public = ECKey.import_key({"kty": "EC", "crv": "P-256", "x": x, "y": y})
    return jwt.decode(token, public, algorithms=["ES256"]).claims


@dataclass
class PushService:
    """`answers` are the statuses of the next requests, then 201; each may have headers. `hangs`: no answer at all."""

    origin: str = ""
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    browsers: dict[str, Subscribed] = field(default_factory=dict)
    asked: int = 0
    hangs: bool = False
    over: threading.Event = field(default_factory=threading.Event)

    def subscribe(self) -> Subscribed:
        """A new browser."""
        path = f"/send/{secrets.token_urlsafe(24)}"
        browser = self.browsers[path] = Subscribed(f"{self.origin}{path}")
        return browser

    def take(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        """A push message; the answer."""
        self.asked += 1
        if self.hangs:
            self.over.wait()
        status, more = self.answers.pop(0) if self.answers else (201, {})
        if status == 201:
            browser, claims = self.browsers[path], check_sender(headers["Authorization"])
            browser.pushed.append(Pushed(json.loads(decrypt(body, browser)), headers, claims))
        return status, more


def _make_handler(service: PushService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, headers = service.take(self.path, dict(self.headers.items()), body)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": "0"}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def running_push_service() -> Iterator[PushService]:
    """A push service that answers until the end of the block."""
    service = PushService()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _make_handler(service))
    server.daemon_threads = True
    service.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        service.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
