"""Secrets that must be read again, sealed for the database with a key that is not in it (AES-256-GCM)."""

from __future__ import annotations

import base64
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES: Final = 12


class BrokenSeal(Exception):
    """Sealed with another key or for another place, or changed meanwhile."""


def seal(secret: bytes, server_key: bytes, place: str) -> str:
    """Seal for one place, `second-factor:7` say: nowhere else can it be opened."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = nonce + _cipher(server_key).encrypt(nonce, secret, place.encode())
    return base64.urlsafe_b64encode(sealed).decode()


def unseal(sealed: str, server_key: bytes, place: str) -> bytes:
    """What was sealed for this place.

    Raises:
        BrokenSeal: Not with this key, or not for this place.
    """
    try:
        raw = base64.urlsafe_b64decode(sealed)
        return _cipher(server_key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], place.encode())
    except (InvalidTag, ValueError):
        raise BrokenSeal(place) from None


def _cipher(server_key: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, None, b"hongyan: sealed secrets").derive(server_key))
