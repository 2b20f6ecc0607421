"""The benchmark runs, judges by its own rules, and counts what is lost."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from bench import opponents
from bench.__main__ import Plan, run_job, run_row
from bench.clients import Address
from bench.generator import FlowJob
from bench.opponents import Needs
from bench.report import OURS, RowResult, format_table
from bench.rows import ROWS, Pace, make_others
from bench.stats import lower_bound, spread
from bench.world import make_template

SHORT = Pace(warm_s=0.1, measure_s=0.3, pairs=3, fan=5, people=20, held=10, others=200)


def row_named(name: str) -> RowResult:
    """An empty result of a row."""
    return RowResult(next(row for row in ROWS if row.name == name))


@pytest.mark.parametrize("name", ["qos1", "qos0", "fanout", "websocket"])
def test_the_generator_loses_nothing_and_reaches_a_ceiling(name: str, tmp_path: Path) -> None:
    row = row_named(name).row
    with opponents.null_server(Needs(tmp_path)) as running:
        result = run_job(row.make_job(SHORT, running, 0))
    assert (result["lost"], result["messages_per_s"] > 0) == (0, True), result


def test_a_chat_row_sees_every_stamp_and_delivery(tmp_path: Path) -> None:
    row = dataclasses.replace(row_named("chat").row, against=(), has_ceiling=False)
    plan = Plan((row,), 1, tmp_path, SHORT, make_template(tmp_path / "template", 20))
    (run,) = run_row(plan, row).runs[OURS]
    assert (run["lost"], run["messages_per_s"] > 0) == (0, True), run


def test_an_opponent_that_does_not_answer_is_a_remark_and_no_figure(tmp_path: Path) -> None:
    with opponents.null_server(Needs(tmp_path)) as running:
        pass  # it has ended
    job = row_named("qos1").row.make_job(SHORT, running, 0)
    assert isinstance(job, FlowJob)
    assert job.address == Address(running.tcp.port)
    result = row_named("qos1")
    result.add(OURS, run_job(job))
    assert result.judge() is None
    assert "no figures" in format_table([result])


def test_a_ratio_is_taken_within_a_round() -> None:
    result = row_named("qos1")
    for ours, his in ((200.0, 100.0), (90.0, 30.0), (50.0, 50.0)):
        result.add(OURS, {"messages_per_s": ours})
        result.add("mosquitto", {"messages_per_s": his})
    assert result.ratios() == [2.0, 3.0, 1.0]
    assert result.judge() == (2.0, True)


def test_other_subscriptions_are_half_exact_and_match_nothing_sent() -> None:
    filters = [name for who in make_others(10_000) for name in who.filters]
    wild = [name for name in filters if "+" in name or "#" in name]
    assert (len(filters), len(set(filters)), len(wild)) == (10_000, 10_000, 5_000)
    assert all(name.count("/") >= 3 for name in filters)  # what is sent has three levels: bench/plain/07


def test_the_lower_bound_of_equal_rounds_is_their_value() -> None:
    assert lower_bound([0.95] * 10) == 0.95
    assert spread([3.0, 1.0, 2.0]) == dataclasses.replace(spread([1.0]), median=2.0, low=1.0, high=3.0)
