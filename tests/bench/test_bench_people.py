"""The comparison of crowds runs, and judges by its target."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import people


def test_a_small_and_a_larger_crowd_are_compared(tmp_path: Path) -> None:
    found = people.compare(tmp_path, (12, 40), friends=6, rounds=2, times=2)
    assert list(found) == ["sign-in", "search", "friend list", "rule check"]
    for row in found.values():
        assert row["ratio"] == pytest.approx(row["large_ms"] / row["small_ms"])
        assert 0 < row["small_ms"] < 5_000


@pytest.mark.parametrize(("ratio", "code"), [(1.5, 0), (1.51, 1)])
def test_beyond_the_target_it_fails(
    ratio: float, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(people, "_RESULTS", tmp_path)
    row = {"small_ms": 2.0, "large_ms": 2.0 * ratio, "ratio": ratio}
    monkeypatch.setattr(people, "compare", lambda *_: {"search": row})
    assert people.main(["--work", str(tmp_path / "work")]) == code
    assert ("MISSED" in capsys.readouterr().out) == bool(code)
