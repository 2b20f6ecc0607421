from __future__ import annotations

import re
from pathlib import Path

import pytest

from hongyan_core.delays import AT_ONE_ADDRESS, FROM_ONE_ADDRESS, OF_ONE_ACCOUNT, Patience, delay_ms, wait_ms


@pytest.mark.parametrize(
    ("patience", "failures", "seconds"),
    [
        pytest.param(AT_ONE_ADDRESS, 0, 0, id="nothing went wrong"),
        pytest.param(AT_ONE_ADDRESS, 4, 0, id="people mistype"),
        pytest.param(AT_ONE_ADDRESS, 5, 2, id="the fifth costs two seconds"),
        pytest.param(AT_ONE_ADDRESS, 6, 4, id="twice as long"),
        pytest.param(AT_ONE_ADDRESS, 13, 512, id="and so on"),
        pytest.param(AT_ONE_ADDRESS, 14, 900, id="up to a quarter of an hour"),
        pytest.param(AT_ONE_ADDRESS, 1_000_000, 900, id="never longer"),
        pytest.param(OF_ONE_ACCOUNT, 19, 0, id="strangers everywhere, not yet"),
        pytest.param(OF_ONE_ACCOUNT, 20, 2, id="strangers everywhere"),
        pytest.param(OF_ONE_ACCOUNT, 500, 60, id="strangers keep nobody out for long"),
        pytest.param(FROM_ONE_ADDRESS, 99, 0, id="a school that mistypes"),
        pytest.param(FROM_ONE_ADDRESS, 100, 2, id="one address tries many accounts"),
        pytest.param(FROM_ONE_ADDRESS, 200, 300, id="for five minutes at most"),
    ],
)
def test_a_delay_grows_with_the_failures(patience: Patience, failures: int, seconds: int) -> None:
    assert delay_ms(failures, patience) == seconds * 1_000


@pytest.mark.parametrize(
    ("at_ms", "wait"),
    [
        pytest.param(1_000_000, 4_000, id="at once"),
        pytest.param(1_003_999, 1, id="nearly over"),
        pytest.param(1_004_000, 0, id="over"),
        pytest.param(9_000_000, 0, id="long over"),
        pytest.param(0, 4_000, id="the clock was set back"),
    ],
)
def test_the_wait_ends_when_the_delay_is_over(at_ms: int, wait: int) -> None:
    assert wait_ms(6, 1_000_000, at_ms, AT_ONE_ADDRESS) == wait


def test_the_documented_table_is_true() -> None:
    page = Path("docs/limits.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| one (?:account|address), [^|]+\| (\d+) \| (\d+) minutes?\b", page, re.MULTILINE)
    patiences = (AT_ONE_ADDRESS, OF_ONE_ACCOUNT, FROM_ONE_ADDRESS)
    assert [(int(free), int(minutes) * 60) for free, minutes in rows] == [(p.free, p.longest_s) for p in patiences]
