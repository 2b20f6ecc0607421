"""Password hashes: argon2id, at most a few at a time, so that a flood of sign-ins costs bounded memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hongyan_core.courtesy import one_page
from hongyan_core.problems import Problem

MIN_CHARS: Final = 8
MAX_CHARS: Final = 256  # a bound on the work, not on people
_HASHES_AT_ONCE: Final = 4  # 19 MiB and one core each
_WAIT_S: Final = 5.0
# OWASP's second choice; measured 17 ms here.
_hasher: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_slots: Final = threading.BoundedSemaphore(_HASHES_AT_ONCE)


def hash_password(password: str, field: str = "password") -> str:
    """Hash a new password.

    Raises:
        Problem: weak_password; rate_limited while too many others are being hashed.
    """
    if not MIN_CHARS <= len(password) <= MAX_CHARS or not _is_encodable(password):
        raise Problem("weak_password", field)
    with _slot():
        return _hasher.hash(password)


def is_password(stored_hash: str | None, password: str) -> bool:
    """Whether `password` has this hash; none (an unknown name, no password) costs the same time and says no."""
    candidate = password[: MAX_CHARS + 1].encode(errors="surrogatepass")
    with _slot():
        try:
            return _hasher.verify(stored_hash or _dummy_hash(), candidate) and bool(stored_hash)
        except (VerificationError, InvalidHashError):
            return False


@cache
def _dummy_hash() -> str:
    return _hasher.hash("nobody has this password")


def _is_encodable(password: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in password)


@contextmanager
def _slot() -> Iterator[None]:
    with one_page.stepping_out():
        if not _slots.acquire(timeout=_WAIT_S):
            raise Problem("rate_limited", wait_s=int(_WAIT_S))
        try:
            yield
        finally:
            _slots.release()
