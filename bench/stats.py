"""Medians, spreads and a bootstrap: few rounds on a shared machine need a word on how sure we are."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

_RESAMPLES: Final = 4_000


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, least and most of some rounds."""

    median: float
    low: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """The spread of at least one value."""
    return Spread(median(values), min(values), max(values))


def lower_bound(values: Sequence[float], confidence: float = 0.95) -> float:
    """One-sided lower confidence bound of the median, by a seeded bootstrap: the same values give the same bound."""
    chance = random.Random(20)
    medians = sorted(median(chance.choices(values, k=len(values))) for _ in range(_RESAMPLES))
    return medians[int((1 - confidence) * _RESAMPLES)]
