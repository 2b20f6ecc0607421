"""A tiny browser bench gives every figure, and judges by its targets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import web

TINY = web.Size(messages=300, talks=5, scroll_s=1.5, keys=5, sent=2)


def test_every_figure_is_measured_in_a_real_browser(tmp_path: Path) -> None:
    rows = web.measure(tmp_path, TINY, rounds=1)
    assert list(rows) == [
        "loading",
        "scrolling",
        "typing",
        "typing, 20 messages/s",
        "typing, and 2,000 characters",
        "sending",
        "start, cold",
        "start, warm",
    ]
    for row in rows.values():
        for name, figure in row[0].items():
            assert figure > 0, name
    assert 20_000 < rows["loading"][0]["script_bytes"] < 1_000_000
    assert rows["scrolling"][0]["nodes"] < 300
    judged = web.judge(rows)
    for target in web.TARGETS:
        assert judged[target.row][target.figure]["target"] == target.most


@pytest.mark.parametrize(("nodes", "code"), [(299, 0), (300, 1)])
def test_beyond_a_target_it_fails(
    nodes: int, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(web, "_RESULTS", tmp_path)
    monkeypatch.setattr(web, "measure", lambda *_: {"scrolling": [{"nodes": 10.0}, {"nodes": float(nodes)}]})
    assert web.main(["--work", str(tmp_path / "work")]) == code
    assert ("MISSED" in capsys.readouterr().out) == bool(code)
    (written,) = tmp_path.glob("*-web.json")
    assert json.loads(written.read_text())["rows"]["scrolling"]["nodes"]["max"] == nodes


def test_a_start_is_judged_by_its_median_and_a_task_by_the_longest() -> None:
    rows: web.Rows = {
        "start, cold": [{"interactive_ms": 1_000.0}, {"interactive_ms": 1_100.0}, {"interactive_ms": 1_900.0}],
        "scrolling": [{"longest_task_ms": 20.0}, {"longest_task_ms": 51.0}, {"longest_task_ms": 20.0}],
    }
    judged = web.judge(rows)
    assert judged["start, cold"]["interactive_ms"]["reached"] is True
    assert judged["scrolling"]["longest_task_ms"]["reached"] is False
