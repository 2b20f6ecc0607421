"""The short form of `python -m tests.torture`: a few kills in the middle of a flood, on both brokers and databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.missing import leave_out
from tests.support.mosquitto import require_mosquitto
from tests.support.postgres import MENDING, find_postgres
from tests.torture.__main__ import empty_postgres, table
from tests.torture.storm import Plan, run_storm

KILLS = {"embedded": 3, "mosquitto": 4}  # the fourth takes Mosquitto too


@pytest.mark.parametrize(
    ("kind", "database"), [("embedded", "sqlite"), ("embedded", "postgres"), ("mosquitto", "sqlite")]
)
def test_after_kill_9_nothing_is_lost_doubled_or_out_of_order(kind: str, database: str, tmp_path: Path) -> None:
    if kind == "mosquitto":
        require_mosquitto()
    if database == "postgres" and find_postgres() is None:
        leave_out("PostgreSQL", MENDING)
    with empty_postgres(database) as url:
        plan = Plan(KILLS[kind], seed=7, rate=100, longest_s=1.0)
        report = run_storm(kind, tmp_path, plan, print, postgres_url=url)
    assert report.is_clean, "\n".join(table(report))
    assert report.counts["everything arrived in time"]
    assert report.counts["stored"] > 400
