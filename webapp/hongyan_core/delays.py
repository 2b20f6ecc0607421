"""How long somebody waits after wrong proofs: pure, so that the table can be read and tested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FORGET_MS: Final = 86_400_000  # a day without a failure, and all is forgotten


@dataclass(frozen=True, slots=True)
class Patience:
    """So many failures cost nothing; the next ones 2 s, 4 s, 8 s and so on, up to `longest_s`."""

    free: int
    longest_s: int


# Also: docs/limits.md.
AT_ONE_ADDRESS: Final = Patience(5, 900)  # one account, tried from one address: somebody who guesses, or forgot
OF_ONE_ACCOUNT: Final = Patience(20, 60)  # from anywhere; short, or a stranger could keep its owner out
FROM_ONE_ADDRESS: Final = Patience(100, 300)  # any accounts: a school sits behind one address


def delay_ms(failures: int, patience: Patience) -> int:
    """How long after the last of so many failures the next attempt is taken."""
    if failures < patience.free:
        return 0
    doublings = min(failures - patience.free, 20)  # 2**20 s is beyond every `longest_s`
    return min(2 << doublings, patience.longest_s) * 1_000


def wait_ms(failures: int, last_at_ms: int, at_ms: int, patience: Patience) -> int:
    """How long to wait from now on; 0: go ahead. A clock that was set back makes nobody wait longer than the delay."""
    delay = delay_ms(failures, patience)
    return max(0, min(delay, last_at_ms + delay - at_ms))
