"""Who sends, as push services want it proven: VAPID (RFC 8292), an ES256 signature of this server's own key.

The key is derived from the server's: every process has the same, and browsers subscribe for it alone. Another
`secret.key` ends all subscriptions.
"""

from __future__ import annotations

import base64
import json
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256 (FIPS 186-4, D.1.2.3)
_LIFETIME_S: Final = 12 * 3_600  # a push service takes at most 24 h (RFC 8292, section 2)


class Vapid:
    """The server's signature below each push message."""

    def __init__(self, server_key: bytes, origin: str) -> None:
        """Take the key of the server.

        Args:
            server_key: 32 random bytes.
            origin: Of the site: whom a push service asks when something is wrong.
        """
        # 48 bytes modulo the order: no bias that matters (FIPS 186-5, A.2.1).
        seed = HKDF(SHA256(), 48, None, b"hongyan: vapid").derive(server_key)
        self._key = derive_private_key(1 + int.from_bytes(seed) % (_ORDER - 1), SECP256R1())
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self._subject = origin if origin.startswith("https://") else f"mailto:hongyan@{urlsplit(origin).hostname}"
        self.public_key: Final = encode_base64url(point)

    def authorize(self, endpoint: str, *, at_ms: int) -> str:
        """The header Authorization of a request to this endpoint."""
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": at_ms // 1_000 + _LIFETIME_S,
            "sub": self._subject,
        }
        signed = f"{_encode({'typ': 'JWT', 'alg': 'ES256'})}.{_encode(claims)}"
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ECDSA(SHA256())))
        signature = encode_base64url(r.to_bytes(32) + s.to_bytes(32))  # RFC 7518, section 3.4
        return f"vapid t={signed}.{signature}, k={self.public_key}"


def encode_base64url(raw: bytes) -> str:
    """Without padding, as everything around push is written."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode_base64url(text: str) -> bytes:
    """What `encode_base64url` has written; padding is forgiven.

    Raises:
        ValueError: It is none.
    """
    bare = text.rstrip("=")
    return base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)


def _encode(value: object) -> str:
    return encode_base64url(json.dumps(value, separators=(",", ":")).encode())
