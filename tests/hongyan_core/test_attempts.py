"""What is counted of wrong proofs, on both databases; how long one waits is `delays`."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import peewee
import pytest

from hongyan_core.actions import attempts
from hongyan_core.actions.attempts import Attempt, counted, use_once
from hongyan_core.problems import Problem, ProblemCode
from hongyan_core.store.models import Rate, Trouble

DAY_MS = 86_400_000
NOW_MS = 100 * DAY_MS
HERE = Attempt("192.0.2.1", NOW_MS, b"k" * 32)
THERE = replace(HERE, address="192.0.2.2")


def fail(attempt: Attempt, name: str | None, code: ProblemCode = "bad_credentials") -> Problem:
    with pytest.raises(Problem) as caught, counted(attempt, name):
        raise Problem(code)
    return caught.value


def succeed(attempt: Attempt, name: str | None) -> None:
    with counted(attempt, name):
        pass


def failures() -> dict[str, int]:
    return {row.key: row.failures for row in Trouble.select() if row.failures}


@pytest.mark.parametrize("code", ["bad_credentials", "wrong_code", "passkey_invalid"])
def test_a_wrong_proof_counts_for_the_account_the_address_and_both(
    database: peewee.Database, code: ProblemCode
) -> None:
    assert fail(HERE, "ann", code).code == code
    assert failures() == {"account:ann": 1, "address:192.0.2.1": 1, "at:ann:192.0.2.1": 1}


@pytest.mark.parametrize("code", ["second_factor_required", "email_unconfirmed", "rate_limited"])
def test_what_proves_nothing_wrong_does_not_count_and_forgives_nothing(
    database: peewee.Database, code: ProblemCode
) -> None:
    fail(HERE, "ann")
    fail(HERE, "ann", code)
    assert failures() == {"account:ann": 1, "address:192.0.2.1": 1, "at:ann:192.0.2.1": 1}


def test_who_was_right_starts_anew_but_the_address_does_not(database: peewee.Database) -> None:
    for _ in range(3):
        fail(HERE, "ann")
    fail(HERE, "eve")
    succeed(HERE, "ann")
    assert failures() == {"account:eve": 1, "at:eve:192.0.2.1": 1, "address:192.0.2.1": 4}


def test_a_passkey_counts_for_its_address_only(database: peewee.Database) -> None:
    fail(HERE, None, "passkey_invalid")
    succeed(HERE, None)
    assert failures() == {"address:192.0.2.1": 1}


def test_the_proof_is_not_even_looked_at_while_one_has_to_wait(database: peewee.Database) -> None:
    for _ in range(5):
        fail(HERE, "ann")
    assert (fail(HERE, "ann").code, fail(HERE, "ann").params) == ("rate_limited", {"wait_s": 2})
    assert fail(replace(HERE, at_ms=NOW_MS + 1_001), "ann").params == {"wait_s": 1}
    assert failures()["at:ann:192.0.2.1"] == 5
    assert fail(replace(HERE, at_ms=NOW_MS + 2_000), "ann").code == "bad_credentials"
    assert fail(replace(HERE, at_ms=NOW_MS + 2_000), "ann").params == {"wait_s": 4}


def test_ones_own_address_stays_open_while_a_stranger_waits(database: peewee.Database) -> None:
    for _ in range(5):
        fail(HERE, "ann")
    succeed(THERE, "ann")


def test_one_account_tried_from_everywhere_waits_a_little(database: peewee.Database) -> None:
    for number in range(20):
        fail(replace(HERE, address=f"192.0.2.{number}"), "ann")
    assert fail(replace(HERE, address="198.51.100.7"), "ann").params == {"wait_s": 2}
    assert fail(replace(HERE, address="198.51.100.7"), "bob").code == "bad_credentials"


def test_one_address_that_tries_every_account_waits(database: peewee.Database) -> None:
    for number in range(100):
        fail(HERE, f"name{number}")
    assert fail(HERE, "ann").params == {"wait_s": 2}
    assert fail(THERE, "ann").code == "bad_credentials"


@pytest.mark.parametrize("name", ["", "Ann", "a b", "ann\0", "\ud800", "x" * 5_000])
def test_what_cannot_be_a_name_is_one_account(database: peewee.Database, name: str) -> None:
    fail(HERE, name)
    assert failures() == {"account:?": 1, "address:192.0.2.1": 1, "at:?:192.0.2.1": 1}


def test_many_at_once_are_counted_before_they_are_looked_at(database: peewee.Database) -> None:
    for _ in range(4):
        fail(HERE, "ann")
    with pytest.raises(Problem, match="bad_credentials"), counted(HERE, "ann"):
        assert fail(HERE, "ann").code == "rate_limited"
        raise Problem("bad_credentials")


def test_however_many_come_at_once_five_are_looked_at(database: peewee.Database) -> None:
    together = threading.Barrier(12)

    def guess(_: int) -> str:
        together.wait(10)
        try:
            return fail(HERE, "ann").code
        finally:
            database.close()

    with ThreadPoolExecutor(12) as threads:
        answers = sorted(threads.map(guess, range(12)))
    assert answers == ["bad_credentials"] * 5 + ["rate_limited"] * 7
    assert failures() == {"account:ann": 5, "address:192.0.2.1": 5, "at:ann:192.0.2.1": 5}


def test_a_day_without_failures_forgets_them(database: peewee.Database) -> None:
    for _ in range(5):
        fail(HERE, "ann")
    fail(replace(HERE, at_ms=NOW_MS + DAY_MS + 1), "ann")
    assert failures()["at:ann:192.0.2.1"] == 1


def test_old_rows_are_swept_away_once_a_minute(database: peewee.Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "_broom", attempts._Broom())
    fail(HERE, "ann")
    assert use_once("challenge", NOW_MS)
    fail(replace(THERE, at_ms=NOW_MS + DAY_MS + 1), "bob")
    assert failures() == {"account:bob": 1, "address:192.0.2.2": 1, "at:bob:192.0.2.2": 1}
    assert Rate.select().count() == 0
    Trouble.update(last_at_ms=0).execute()
    fail(replace(THERE, at_ms=NOW_MS + DAY_MS + 2), "eve")
    assert "account:bob" in failures()


def test_without_limits_nothing_is_counted(database: peewee.Database) -> None:
    free = replace(HERE, address=None)
    for _ in range(30):
        fail(free, "ann")
    assert failures() == {}


def test_what_is_used_once_is_used_once(database: peewee.Database) -> None:
    assert use_once("a", NOW_MS)
    assert not use_once("a", NOW_MS)
    assert use_once("b", NOW_MS)
