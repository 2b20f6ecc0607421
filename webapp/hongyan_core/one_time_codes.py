"""One-time codes as authenticator apps make them (RFC 6238: SHA-1, 6 digits, 30 s), and recovery codes. Pure."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from typing import Final
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives import constant_time
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

SECRET_BYTES: Final = 20
RECOVERY_CODES: Final = 10
_STEP_S: Final = 30
_WINDOW: Final = (-1, 0, 1)  # steps: clocks differ, and people type slowly
_DIGITS: Final = re.compile(r"[0-9]{6}")
_RECOVERY: Final = re.compile(r"[a-z2-7]{16}")  # base32 of 80 bits: too many for a fast hash to be guessed


def make_secret() -> bytes:
    """A new secret for an app."""
    return secrets.token_bytes(SECRET_BYTES)


def find_step(secret: bytes, code: str, at_ms: int, last_step: int) -> int | None:
    """The step of time whose code this is, within one step of now and later than `last_step`; None: a wrong code."""
    if _DIGITS.fullmatch(code) is None:
        return None
    totp = TOTP(secret, 6, SHA1(), _STEP_S)  # noqa: S303  # what every app takes; as a MAC it is not broken
    now = at_ms // (_STEP_S * 1_000)
    matching = [
        now + offset
        for offset in _WINDOW
        if now + offset >= 0 and constant_time.bytes_eq(totp.generate((now + offset) * _STEP_S), code.encode())
    ]
    return next((step for step in matching if step > last_step), None)


def as_text(secret: bytes) -> str:
    """The secret as people type it into an app: base32."""
    return base64.b32encode(secret).decode()


def as_uri(secret: bytes, username: str, site: str) -> str:
    """The `otpauth:` address that apps read from a QR code."""
    label = quote(f"{site}:{username}")
    return f"otpauth://totp/{label}?{urlencode({'secret': as_text(secret), 'issuer': site}, quote_via=quote)}"


def make_recovery_codes() -> list[str]:
    """Ten codes, in fours: `abcd-efgh-ijkl-mnop`."""
    return [_in_fours(base64.b32encode(secrets.token_bytes(10)).decode().lower()) for _ in range(RECOVERY_CODES)]


def hash_recovery_code(code: str) -> str | None:
    """As it is stored (SHA-256, hex), however it was typed; None for what cannot be a recovery code."""
    plain = re.sub(r"[\s-]", "", code).lower()
    return hashlib.sha256(plain.encode()).hexdigest() if _RECOVERY.fullmatch(plain) else None


def _in_fours(text: str) -> str:
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))
