"""The short form of `python -m tests.torture`: a few kills in the middle of a flood, on both brokers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.mosquitto import require_mosquitto
from tests.torture.__main__ import table
from tests.torture.storm import Plan, run_storm


@pytest.mark.parametrize("kind", ["embedded", "mosquitto"])
def test_after_kill_9_nothing_is_lost_doubled_or_out_of_order(kind: str, tmp_path: Path) -> None:
    if kind == "mosquitto":
        require_mosquitto()
    report = run_storm(kind, tmp_path, Plan(3 if kind == "embedded" else 4, seed=7, rate=100, longest_s=1.0), print)
    assert report.is_clean, "\n".join(table(report))
    assert report.counts["everything arrived in time"]
    assert report.counts["stored"] > 400
