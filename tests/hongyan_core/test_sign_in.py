from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import peewee
import pytest

from hongyan_core.actions import second_factor
from hongyan_core.actions.attempts import Attempt
from hongyan_core.actions.credentials import issue_credential
from hongyan_core.actions.sign_in import FRESH_MS, confirm, finish_sign_in, sign_in
from hongyan_core.passwords import hash_password
from hongyan_core.problems import Problem
from hongyan_core.store.models import Account, Trouble
from tests.hongyan_core.test_second_factor import KEY, NOW_MS, STEP_MS, code_at, set_up
from tests.support.cast import make_account

PASSWORD = "wild geese fly south"
HERE = Attempt("192.0.2.1", NOW_MS, KEY)


@pytest.fixture
def ann(database: peewee.Database) -> Account:
    ann = make_account("ann")
    Account.update(password_hash=hash_password(PASSWORD)).execute()
    return Account.get_by_id(ann.id)


def refusal(call: Callable[[], Any]) -> tuple[str, str | None] | None:
    try:
        call()
    except Problem as problem:
        return problem.code, problem.field
    return None


def failures() -> int:
    return sum(row.failures for row in Trouble.select())


def test_a_password_is_enough_without_a_second_factor(ann: Account) -> None:
    assert sign_in("ann", PASSWORD, None, HERE).id == ann.id
    assert sign_in("ann", PASSWORD, "123456", HERE).id == ann.id


def test_with_a_second_factor_the_code_is_asked_only_after_the_password(ann: Account) -> None:
    secret, codes = set_up(ann)
    good = code_at(secret, NOW_MS + STEP_MS)
    assert refusal(lambda: sign_in("ann", "wrong", good, HERE)) == ("bad_credentials", None)
    assert refusal(lambda: sign_in("ann", PASSWORD, None, HERE)) == ("second_factor_required", "code")
    assert refusal(lambda: sign_in("ann", PASSWORD, "000000", HERE)) == ("wrong_code", "code")
    assert sign_in("ann", PASSWORD, good, HERE).id == ann.id
    assert sign_in("ann", PASSWORD, codes[3], HERE).id == ann.id


def test_wrong_codes_make_one_wait_and_the_right_password_forgives_them_not(ann: Account) -> None:
    set_up(ann)
    for _ in range(5):
        assert refusal(lambda: sign_in("ann", PASSWORD, "000000", HERE)) == ("wrong_code", "code")
    assert refusal(lambda: sign_in("ann", PASSWORD, None, HERE)) == ("rate_limited", None)
    later = replace(HERE, at_ms=NOW_MS + 2_000)
    assert refusal(lambda: sign_in("ann", PASSWORD, None, later)) == ("second_factor_required", "code")
    assert failures() == 15


def test_nobody_comes_in_before_the_mail_of_the_registration_is_confirmed(ann: Account) -> None:
    Account.update(unconfirmed=True).execute()
    assert refusal(lambda: sign_in("ann", PASSWORD, None, HERE)) == ("email_unconfirmed", None)
    assert refusal(lambda: sign_in("ann", "wrong", None, HERE)) == ("bad_credentials", None)
    assert refusal(lambda: finish_sign_in(Account.get(), "", HERE)) == ("email_unconfirmed", None)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        pytest.param({}, "nobody", id="an unknown name"),
        pytest.param({"disabled_at_ms": 5}, "ann", id="a disabled account"),
        pytest.param({"deleted_at_ms": 5}, "ann", id="a deleted account"),
        pytest.param({"unconfirmed": True}, "ann", id="an account that waits for its mail"),
        pytest.param({"password_hash": ""}, "ann", id="an account without a password"),
    ],
)
def test_all_wrong_sign_ins_run_the_same_statements_as_a_wrong_password(
    ann: Account, database: peewee.Database, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], name: str
) -> None:
    said: list[str] = []
    execute = database.execute_sql

    def record(sql: str, *arguments: Any) -> Any:
        said.append(sql)
        return execute(sql, *arguments)

    sign_in("ann", PASSWORD, None, HERE)  # the sweep of this minute is over
    monkeypatch.setattr(database, "execute_sql", record)
    assert refusal(lambda: sign_in("ann", "wrong", None, HERE)) == ("bad_credentials", None)
    usual, said[:] = said[:], []
    if changes:
        Account.update(**changes).execute()
        said.clear()
    assert refusal(lambda: sign_in(name, "wrong", None, HERE)) == ("bad_credentials", None)
    assert said == usual
    assert len(usual) > 3


@pytest.mark.parametrize("password", ["", "nobody has this password"])
def test_an_account_without_a_password_has_no_password(ann: Account, password: str) -> None:
    Account.update(password_hash="").execute()
    assert refusal(lambda: sign_in("ann", password, None, HERE)) == ("bad_credentials", None)


def test_whom_a_provider_has_shown_still_needs_the_second_factor(ann: Account) -> None:
    secret, _ = set_up(ann)
    assert refusal(lambda: finish_sign_in(ann, "000000", HERE)) == ("wrong_code", "code")
    finish_sign_in(ann, code_at(secret, NOW_MS + STEP_MS), HERE)
    Account.update(disabled_at_ms=5).execute()
    assert refusal(lambda: finish_sign_in(Account.get(), "000000", HERE)) == ("bad_credentials", None)


def test_to_confirm_one_says_the_password_and_a_code(ann: Account) -> None:
    browser, _ = issue_credential(ann, "cookie", "", at_ms=NOW_MS)
    assert refusal(lambda: confirm(ann, browser, "wrong", None, HERE)) == ("bad_credentials", "password")
    confirm(ann, browser, PASSWORD, None, HERE)
    secret, _ = set_up(ann)
    assert refusal(lambda: confirm(ann, browser, PASSWORD, None, HERE)) == ("second_factor_required", "code")
    confirm(ann, browser, PASSWORD, code_at(secret, NOW_MS + STEP_MS), HERE)


def test_wrong_confirmations_count_like_wrong_sign_ins(ann: Account) -> None:
    browser, _ = issue_credential(ann, "cookie", "", at_ms=NOW_MS)
    for _ in range(5):
        refusal(lambda: confirm(ann, browser, "wrong", None, HERE))
    assert refusal(lambda: confirm(ann, browser, PASSWORD, None, HERE)) == ("rate_limited", None)
    assert refusal(lambda: sign_in("ann", PASSWORD, None, HERE)) == ("rate_limited", None)


@pytest.mark.parametrize(
    ("kind", "age_ms", "expected"),
    [
        pytest.param("cookie", FRESH_MS, None, id="a browser that has just signed in"),
        pytest.param("cookie", FRESH_MS + 1, ("sign_in_again", None), id="one that signed in long ago"),
        pytest.param("device", 0, ("sign_in_again", None), id="a program"),
    ],
)
def test_without_a_password_a_fresh_sign_in_counts(
    ann: Account, kind: Any, age_ms: int, expected: tuple[str, str | None] | None
) -> None:
    Account.update(password_hash="").execute()
    credential, _ = issue_credential(ann, kind, "", at_ms=NOW_MS - age_ms)
    assert refusal(lambda: confirm(Account.get(), credential, "", None, HERE)) == expected


def test_a_code_that_two_send_at_once_lets_one_in(ann: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    secret, _ = set_up(ann)
    good = code_at(secret, NOW_MS + STEP_MS)
    read_before = second_factor.find_second_factor(ann)
    assert sign_in("ann", PASSWORD, good, HERE).id == ann.id
    monkeypatch.setattr(second_factor, "find_second_factor", lambda _: read_before)  # the other was a little later
    assert refusal(lambda: sign_in("ann", PASSWORD, good, HERE)) == ("wrong_code", "code")
