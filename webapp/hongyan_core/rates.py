"""The token bucket of each account: `messages_per_s` sustained, `messages_burst` at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Bucket(NamedTuple):
    """The tokens that an account had at a time."""

    tokens: float
    at_ms: int


@dataclass
class TokenBuckets:
    """The buckets of all accounts that are not full; a full one is forgotten now and then, so memory stays bounded."""

    per_s: float
    burst: int
    _kept: dict[str, Bucket] = field(default_factory=dict)
    _sweep_at: int = 4_096

    def charge(self, at_ms: int) -> Charges:
        """Begin to charge a batch; nothing holds until `keep`."""
        return Charges(self, at_ms)

    def keep(self, charges: Charges) -> None:
        """Make the charges of a committed batch hold."""
        at_ms = charges.at_ms
        self._kept.update({account: Bucket(tokens, at_ms) for account, tokens in charges.left.items()})
        if len(self._kept) > self._sweep_at:
            self._kept = {n: b for n, b in self._kept.items() if self._refilled(b, at_ms) < self.burst}
            self._sweep_at = max(4_096, 2 * len(self._kept))

    def tokens(self, account: str, at_ms: int) -> float:
        """What the account may spend at this time."""
        bucket = self._kept.get(account)
        return float(self.burst) if bucket is None else self._refilled(bucket, at_ms)

    def _refilled(self, bucket: Bucket, at_ms: int) -> float:
        # A clock that was set back gives nothing and takes nothing.
        gained = max(0, at_ms - bucket.at_ms) * self.per_s / 1000
        return min(float(self.burst), bucket.tokens + gained)


@dataclass(slots=True)
class Charges:
    """What one batch spends; dropped with the batch when the database cannot write."""

    buckets: TokenBuckets
    at_ms: int
    left: dict[str, float] = field(default_factory=dict)  # tokens, by account

    def copy(self) -> Charges:
        """The same charges so far, to go on from."""
        return Charges(self.buckets, self.at_ms, dict(self.left))

    def take(self, account: str) -> bool:
        """Spend one token of `account`; False, and nothing spent, when there is none."""
        tokens = self.left.get(account)
        if tokens is None:
            tokens = self.buckets.tokens(account, self.at_ms)
        enough = tokens >= 1
        # Also without a token: after a clock that was set back, the new time counts.
        self.left[account] = tokens - 1 if enough else tokens
        return enough
