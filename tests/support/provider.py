"""A real OpenID Connect provider on a free port of 127.0.0.1: discovery, PKCE, RS256 keys. It never asks anybody.

with running_provider() as provider:
    provider.person = {"sub": "a-17", "preferred_username": "ann"}
    back = provider.visit(way_to_the_provider)   # where it sends the browser back to
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import requests
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID = "hongyan"
CLIENT_SECRET = "between us"


def _make_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": secrets.token_hex(4)}, auto_kid=False)


@dataclass
class Provider:
    """What it says, and what it was asked. Each field may be changed to have it lie."""

    issuer: str = ""
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "a-17"})
    now_s: int = 1_790_000_000
    key: RSAKey = field(default_factory=_make_key)
    published: list[RSAKey] | None = None  # the keys that it shows; None: the one that signs
    claims: dict[str, Any] = field(default_factory=dict)  # over those that it would send; None: left out
    discovery: dict[str, Any] = field(default_factory=dict)  # the same of the discovery document
    refuses: str = ""  # an error instead of a code
    forge: Any = None  # makes the ID token of the claims instead
    asked: list[str] = field(default_factory=list)  # paths
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def visit(self, url: str) -> str:
        """Go there as a browser, and say where one is sent then."""
        answer = requests.get(url, allow_redirects=False, timeout=5)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def change_key(self) -> None:
        """Sign with another key from now on."""
        self.key = _make_key()

    def describe(self) -> dict[str, Any]:
        """The discovery document."""
        known = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
        return _without_none({**known, **self.discovery})

    def show_keys(self) -> dict[str, Any]:
        """The public halves."""
        return {"keys": [key.as_dict(private=False) for key in self.published or [self.key]]}

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser goes next."""
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT_ID
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        said = {"error": self.refuses} if self.refuses else {"code": code}
        return f"{query['redirect_uri']}?{urlencode({**said, 'state': query['state']})}"

    def redeem(self, body: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """A code, once, for who has asked for it."""
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET.replace(' ', '%20')}".encode()).decode()
        plain = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        by_form = (body.get("client_id"), body.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        if "token_endpoint_auth_methods_supported" not in self.discovery:
            by_form = False
        if not by_form and authorization not in (f"Basic {expected}", f"Basic {plain}"):
            return 401, {"error": "invalid_client"}
        query = self.codes.pop(body.get("code", ""), None)
        digest = hashlib.sha256(body.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if query is None or query["code_challenge"] != challenge or query["redirect_uri"] != body["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "a", "token_type": "Bearer", "id_token": self._sign(query["nonce"])}

    def _sign(self, nonce: str) -> str:
        usual = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "nonce": nonce,
            "iat": self.now_s,
            "exp": self.now_s + 300,
            **self.person,
        }
        claims = _without_none({**usual, **self.claims})
        if self.forge is not None:
            return str(self.forge(claims))
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _make_handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, query = self._note()
            if path == "/authorize":
                self._answer(302, {}, Location=provider.authorize(query))
            elif path == "/.well-known/openid-configuration":
                self._answer(200, provider.describe())
            else:
                self._answer(200, provider.show_keys())

        def do_POST(self) -> None:
            self._note()
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            body = {name: values[0] for name, values in parse_qs(sent).items()}
            self._answer(*provider.redeem(body, self.headers.get("Authorization", "")))

        def _note(self) -> tuple[str, dict[str, str]]:
            parts = urlsplit(self.path)
            provider.asked.append(parts.path)
            return parts.path, dict(parse_qsl(parts.query))

        def _answer(self, status: int, body: dict[str, Any], **headers: str) -> None:
            payload = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Type": "application/json"}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def running_provider() -> Iterator[Provider]:
    """A provider that answers until the end of the block."""
    provider = Provider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _make_handler(provider))
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
