"""The data of the search and history rows is what it says, and the rows judge by their targets."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bench import history, search, talk
from bench.reader import Reader


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("talk")
    talk.make_talk(made, 20_000)
    return made


def test_the_same_is_said_each_time() -> None:
    assert next(talk.say_all(300)) == next(talk.say_all(300))


def test_each_term_is_as_common_as_it_says() -> None:
    bodies = [""] * 10_000
    talk.put_terms(random.Random(1), bodies)
    for share, terms in talk.TERMS:
        for term in terms:
            said = sum(term in body.split() for body in bodies)
            assert share * 10_000 <= said <= share * 10_000 + 1 or share == talk.RARE


def test_the_reader_sees_one_message_in_two_hundred_and_finds_them(folder: Path) -> None:
    reader = Reader(folder)
    heads = reader.get("/conversations")["conversations"]
    seen = sum(head["last_seq"] for head in heads)
    assert 60 <= seen <= 140
    page = reader.get("/search", kind="text", limit=50)
    assert len(page["results"]) == 50
    assert page["behind"] is False
    reader.close()


def test_every_sort_of_term_is_measured(folder: Path) -> None:
    reader = Reader(folder)
    found = search.measure(reader, 1)
    reader.close()
    assert list(found) == [f"{word}, {chars}" for word in ("common", "middling", "rare") for chars in (1, 2, 5)] + [
        "all"
    ]
    for row in found.values():
        assert 0 < row["median_ms"] <= row["p95_ms"] <= row["max_ms"]
    assert found["all"]["runs"] == sum(row["runs"] for name, row in found.items() if name != "all")


def test_pages_of_a_long_history_are_compared_with_those_of_a_short_one(tmp_path: Path) -> None:
    found = history.measure(tmp_path, 500, 3)
    assert list(found) == ["short", "head", "middle, back", "middle, on", "start"]
    assert found["short"]["ratio"] == 1.0


@pytest.mark.parametrize(("p95_ms", "code"), [(50.0, 0), (50.1, 1)])
def test_beyond_the_target_a_search_row_fails(
    p95_ms: float, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(search, "_RESULTS", tmp_path)
    row = {"runs": 1, "median_ms": 1.0, "p95_ms": p95_ms, "max_ms": 99.0}
    monkeypatch.setattr(search, "measure", lambda *_: {"all": row})
    assert search.main(["--messages", "1_000", "--work", str(tmp_path / "work")]) == code
    assert ("MISSED" in capsys.readouterr().out) == bool(code)


@pytest.mark.parametrize(("ratio", "code"), [(1.5, 0), (1.51, 1)])
def test_beyond_the_target_a_history_row_fails(
    ratio: float, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(history, "_RESULTS", tmp_path)
    monkeypatch.setattr(history, "measure", lambda *_: {"head": {"median_ms": 2.0, "ratio": ratio}})
    assert history.main(["--work", str(tmp_path / "work")]) == code
    assert ("MISSED" in capsys.readouterr().out) == bool(code)
