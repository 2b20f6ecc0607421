"""The token bucket of each account."""

from __future__ import annotations

from hongyan_core.rates import TokenBuckets


def spend(buckets: TokenBuckets, at_ms: int, wanted: int, account: str = "ann") -> int:
    """How many of `wanted` tokens there were."""
    charges = buckets.charge(at_ms)
    got = sum(charges.take(account) for _ in range(wanted))
    buckets.keep(charges)
    return got


def test_a_burst_then_the_sustained_rate() -> None:
    buckets = TokenBuckets(per_s=2, burst=5)
    assert [spend(buckets, at_ms, 10) for at_ms in (0, 0, 499, 500, 2_500, 100_000)] == [5, 0, 0, 1, 4, 5]


def test_accounts_do_not_share() -> None:
    buckets = TokenBuckets(per_s=1, burst=1)
    assert [spend(buckets, 0, 1, name) for name in ("ann", "bob", "ann")] == [1, 1, 0]


def test_what_is_not_kept_is_not_spent() -> None:
    buckets = TokenBuckets(per_s=1, burst=1)
    assert buckets.charge(0).take("ann")
    assert spend(buckets, 0, 1) == 1


def test_a_clock_that_goes_back_gives_nothing_and_takes_nothing() -> None:
    buckets = TokenBuckets(per_s=1, burst=2)
    assert [spend(buckets, at_ms, 2) for at_ms in (10_000, 5_000, 6_000)] == [2, 0, 1]


def test_full_buckets_are_forgotten() -> None:
    buckets = TokenBuckets(per_s=1, burst=2)
    for n in range(5_000):
        spend(buckets, n * 10_000, 1, f"a{n}")
    assert len(buckets._kept) < 4_200
