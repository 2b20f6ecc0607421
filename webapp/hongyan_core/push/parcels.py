"""Addresses of browsers, sealed for the database, and parcels to them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

from hongyan_core.push.encryption import AUTH_BYTES
from hongyan_core.push.post import Parcel
from hongyan_core.push.vapid import decode_base64url
from hongyan_core.sealing import seal, unseal
from hongyan_core.store.push import Subscription

MESSAGE_TTL_S: Final = 86_400  # a browser that comes back later finds the message itself
TEST_TTL_S: Final = 60
MAX_ENDPOINT_CHARS: Final = 2_048
POINT_BYTES: Final = 65
_PORTS: Final = {"https": 443, "http": 80}


class Address(msgspec.Struct, frozen=True):
    """What a browser has told us when it subscribed; the keys as base64url."""

    endpoint: str
    p256dh: str
    auth: str

    def __repr__(self) -> str:
        """Nothing that a log may not have."""
        return "Address(...)"


class Origin(NamedTuple):
    """Of a URL."""

    scheme: str
    host: str
    port: int


def find_origin(url: str) -> Origin | None:
    """The origin of a URL, None where it has none that one could ask."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
        named = parts.username is None and parts.hostname and parts.scheme in _PORTS
    except ValueError:
        return None
    return Origin(parts.scheme, parts.hostname or "", port) if named and port else None


def is_endpoint(text: str, own_origins: tuple[str, ...]) -> bool:
    """Whether this may be the address of a browser: https, or a push service of the operator's own."""
    origin = find_origin(text) if len(text) <= MAX_ENDPOINT_CHARS and text.isascii() and text.isprintable() else None
    if origin is None or " " in text:
        return False
    return origin.scheme == "https" or origin in map(find_origin, own_origins)


def are_keys(p256dh: str, auth: str) -> bool:
    """Whether these may be a browser's keys: what is no point of the curve would be found at each message only."""
    try:
        point, secret = decode_base64url(p256dh), decode_base64url(auth)
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    except ValueError:
        return False
    return len(point) == POINT_BYTES and len(secret) == AUTH_BYTES  # a point that is not compressed


def hash_endpoint(endpoint: str) -> str:
    """By which an endpoint is known."""
    return hashlib.sha256(endpoint.encode()).hexdigest()


def seal_address(address: Address, server_key: bytes) -> str:
    """For the database."""
    return seal(msgspec.json.encode(address), server_key, _place(hash_endpoint(address.endpoint)))


def _place(endpoint_hash: str) -> str:
    return f"push:{endpoint_hash}"


class Packer:
    """Makes parcels of what is to be said."""

    def __init__(self, server_key: bytes) -> None:
        self._key = server_key

    def pack(
        self,
        subscription: Subscription,
        plain: bytes,
        *,
        about: str = "",
        of: tuple[int, int] | None = None,
        urgent: bool,
        ttl_s: int = MESSAGE_TTL_S,
    ) -> Parcel:
        """A parcel for one browser.

        Args:
            about: What it is about, `group/lab`: the newest of it takes the place of those that wait.
            of: The message that it tells of, by conversation id and seq.

        Raises:
            BrokenSeal: The server's key is another one than when the browser subscribed.
        """
        raw = unseal(subscription.sealed, self._key, _place(subscription.endpoint_hash))
        address = msgspec.json.decode(raw, type=Address)
        return Parcel(
            subscription=subscription,
            endpoint=address.endpoint,
            p256dh=decode_base64url(address.p256dh),
            auth=decode_base64url(address.auth),
            plain=plain,
            topic=self._make_topic(subscription.account_id, about) if about else "",
            ttl_s=ttl_s,
            urgent=urgent,
            of=of,
        )

    def _make_topic(self, account_id: int, about: str) -> str:
        """32 characters (RFC 8030, section 5.4), from which a push service learns nothing."""
        digest = hmac.digest(self._key, f"push topic:{account_id}:{about}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest[:24]).decode()
