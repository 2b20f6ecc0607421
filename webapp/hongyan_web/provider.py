"""The OpenID Connect provider that the operator has configured: where to send people, and whom it shows.

Authorization code with PKCE, state and nonce; everything about the provider comes from its discovery document.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]  # Authlib has no types
from authlib.common.security import generate_token  # type: ignore[import-untyped]  # as above
from authlib.integrations.requests_client import OAuth2Session  # type: ignore[import-untyped]  # as above
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]  # as above
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from hongyan_core.actions.identities import Vouched, make_vouched
from hongyan_core.settings import Settings
from hongyan_web.fetcher import find_origin, guard

_KEEP_MS: Final = 3_600_000  # discovery and keys
_KEYS_AGAIN_MS: Final = 60_000  # at most so often for a key that is not known
_LEEWAY_S: Final = 60
# A secret that both sides know signs nothing here, and "none" even less.
_ALGORITHMS: Final = frozenset("RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519".split())


class ProviderFailed(Exception):
    """It cannot be reached, or what it said is not to be believed; the text is for the log and holds no secret."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where the browser goes, and what has to be kept until it comes back."""

    url: str
    state: str
    nonce: str
    verifier: str


class Provider:
    """One for each app; its discovery document and keys are kept for an hour."""

    def __init__(self, settings: Settings, now_ms: Callable[[], int]) -> None:
        self._settings = settings
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[int, dict[str, Any]]] = {}

    def make_way(self, callback: str) -> Way:
        """The way to the provider, with a new state, nonce and verifier.

        Raises:
            ProviderFailed: No discovery document, or not one of this issuer.
        """
        endpoint = self._endpoint("authorization_endpoint")
        state, nonce, verifier = (generate_token(48) for _ in range(3))
        with self._session(callback) as session:
            url, _ = session.create_authorization_url(endpoint, state=state, nonce=nonce, code_verifier=verifier)
        return Way(str(url), state, nonce, verifier)

    def redeem(self, code: str, nonce: str, verifier: str, callback: str) -> Vouched:
        """Whom the provider shows for this code.

        Raises:
            ProviderFailed: The code is not good, or the ID token is not for us, not of now, not signed by its keys.
        """
        endpoint = self._endpoint("token_endpoint")
        try:
            with self._session(callback) as session:
                token = session.fetch_token(
                    endpoint, code=code, code_verifier=verifier, grant_type="authorization_code"
                )
            claims = self._read_claims(token, nonce)
            return make_vouched(self._settings.oidc_issuer, claims.get("sub"), claims)
        # LookupError and TypeError: a token or claim that is missing or of another kind.
        except (AuthlibBaseError, JoseError, requests.RequestException, ValueError, LookupError, TypeError) as error:
            raise ProviderFailed(f"{type(error).__name__}: the provider's answer was not accepted") from error

    def _read_claims(self, token: dict[str, Any], nonce: str) -> dict[str, Any]:
        offered = self._metadata().get("id_token_signing_alg_values_supported") or ["RS256"]
        registry = JWSRegistry(algorithms=sorted(_ALGORITHMS.intersection(offered)), strict_check_header=False)
        try:
            decoded = jwt.decode(token["id_token"], self._keys(again=False), registry=registry)
        except InvalidKeyIdError:  # it has changed its keys
            decoded = jwt.decode(token["id_token"], self._keys(again=True), registry=registry)
        settings = self._settings
        wanted = {"iss": {"essential": True, "value": settings.oidc_issuer},
                  "aud": {"essential": True, "value": settings.oidc_client_id}}  # fmt: skip
        known = {"nonce": nonce, "client_id": settings.oidc_client_id, "access_token": token.get("access_token")}
        claims = CodeIDToken(decoded.claims, decoded.header, wanted, known)
        claims.validate(now=self._now_ms() // 1_000, leeway=_LEEWAY_S)
        return dict(claims)

    def _keys(self, *, again: bool) -> KeySet:
        url = self._endpoint("jwks_uri")
        keys = self._fetch(url, keep_ms=_KEYS_AGAIN_MS if again else _KEEP_MS)
        # Only public keys: a shared secret among them would let it be guessed which is which.
        public = [
            key for key in keys.get("keys", []) if isinstance(key, dict) and key.get("kty") in ("RSA", "EC", "OKP")
        ]
        return KeySet.import_key_set({"keys": public})

    def _metadata(self) -> dict[str, Any]:
        issuer = self._settings.oidc_issuer
        found = self._fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration", keep_ms=_KEEP_MS)
        if found.get("issuer") != issuer:
            raise ProviderFailed("the discovery document is another issuer's")
        return found

    def _endpoint(self, name: str) -> str:
        """An address out of the discovery document: https, or the configured origin itself."""
        url = self._metadata().get(name)
        try:
            trusted = isinstance(url, str) and (
                urlsplit(url).scheme == "https" or find_origin(url) == find_origin(self._settings.oidc_issuer)
            )
        except ValueError:
            trusted = False
        if not trusted:
            raise ProviderFailed(f"{name} is not an https address")
        return str(url)

    def _fetch(self, url: str, *, keep_ms: int) -> dict[str, Any]:
        at_ms = self._now_ms()
        with self._lock:
            fetched_at_ms, kept = self._kept.get(url, (0, {}))
        if kept and 0 <= at_ms - fetched_at_ms < keep_ms:
            return kept
        try:
            with guard(requests.Session(), own=[self._settings.oidc_issuer]) as session:
                response = session.get(url)
                response.raise_for_status()
                found = response.json()
        except (requests.RequestException, ValueError) as error:
            raise ProviderFailed(f"{type(error).__name__}: {urlsplit(url).netloc} cannot be asked") from error
        if not isinstance(found, dict):
            raise ProviderFailed(f"{urlsplit(url).netloc} did not answer with an object")
        with self._lock:
            self._kept[url] = (at_ms, found)
        return found

    def _session(self, callback: str) -> Any:
        settings = self._settings
        session = OAuth2Session(
            settings.oidc_client_id,
            settings.oidc_client_secret or None,
            scope="openid profile email",
            redirect_uri=callback,
            code_challenge_method="S256",
            token_endpoint_auth_method=self._authentication(),
        )
        return guard(session, own=[settings.oidc_issuer])

    def _authentication(self) -> str:
        """How the client's secret is shown; a provider that says nothing takes HTTP's Basic (OpenID Connect, 9)."""
        if not self._settings.oidc_client_secret:
            return "none"
        offered = self._metadata().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"
