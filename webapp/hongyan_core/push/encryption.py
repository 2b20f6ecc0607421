"""Words that only the browser reads: aes128gcm (RFC 8188) with a key that only it and we know (RFC 8291)."""

from __future__ import annotations

import secrets
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MAX_PLAIN_BYTES: Final = 3_000  # a push service takes 4,096 bytes in all (RFC 8291, section 4), some a little less
AUTH_BYTES: Final = 16
_RECORD_BYTES: Final = 4_096
_LAST_RECORD: Final = b"\x02"


def encrypt(
    plain: bytes,
    p256dh: bytes,
    auth: bytes,
    *,
    salt: bytes | None = None,
    private_key: EllipticCurvePrivateKey | None = None,
) -> bytes:
    """The body of a push message, with `Content-Encoding: aes128gcm`.

    Args:
        plain: Up to MAX_PLAIN_BYTES.
        p256dh: The browser's public key, as a point of 65 bytes.
        auth: What the browser has told us alone.
        salt: 16 bytes; None: random ones, as always but in tests.
        private_key: Of this one message; None: a new one.

    Raises:
        ValueError: The browser's key is no point of P-256.
    """
    theirs = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), p256dh)
    ours = private_key or generate_private_key(SECP256R1())
    point = ours.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    used_salt = salt or secrets.token_bytes(16)
    key, nonce = derive_keys(ours.exchange(ECDH(), theirs), auth, used_salt, browser=p256dh, server=point)
    header = used_salt + _RECORD_BYTES.to_bytes(4) + bytes([len(point)]) + point
    return header + AESGCM(key).encrypt(nonce, plain + _LAST_RECORD, None)


def derive_keys(shared: bytes, auth: bytes, salt: bytes, *, browser: bytes, server: bytes) -> tuple[bytes, bytes]:
    """Key and nonce of the one record, from the shared secret and both public points (RFC 8291, section 3.4)."""
    secret = HKDF(SHA256(), 32, auth, b"WebPush: info\0" + browser + server).derive(shared)
    key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(secret)
    nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(secret)
    return key, nonce
