from __future__ import annotations

import base64

import peewee
import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from hongyan_core.actions.second_factor import (
    begin_second_factor,
    confirm_second_factor,
    count_recovery_codes,
    demand_code,
    is_demanded,
    remove_second_factor,
    renew_recovery_codes,
)
from hongyan_core.problems import Problem
from hongyan_core.store.models import Account, RecoveryCode, SecondFactor
from tests.support.cast import make_account

KEY = b"k" * 32
NOW_MS = 1_790_000_000_000
STEP_MS = 30_000


@pytest.fixture
def ann(database: peewee.Database) -> Account:
    return make_account("ann")


def code_at(secret: str, at_ms: int) -> str:
    """What the app shows."""
    return TOTP(base64.b32decode(secret), 6, SHA1(), 30).generate(at_ms // 1_000).decode()


def set_up(account: Account) -> tuple[str, list[str]]:
    """The app's secret and the recovery codes of a second factor that counts; its first step is used."""
    secret = begin_second_factor(account, "chat.example", server_key=KEY).secret
    codes = confirm_second_factor(account, code_at(secret, NOW_MS), server_key=KEY, at_ms=NOW_MS)
    return secret, codes


def demand(account: Account, code: str | None, at_ms: int = NOW_MS) -> str | None:
    """The code of the refusal; None: let in."""
    try:
        demand_code(account, code, server_key=KEY, at_ms=at_ms)
    except Problem as problem:
        return problem.code
    return None


def test_nothing_is_demanded_before_the_apps_first_code(ann: Account) -> None:
    setup = begin_second_factor(ann, "chat.example", server_key=KEY)
    assert setup.uri.startswith("otpauth://totp/chat.example%3Aann?secret=")
    assert not is_demanded(ann)
    assert demand(ann, None) is None
    with pytest.raises(Problem, match="wrong_code"):
        confirm_second_factor(ann, "000000", server_key=KEY, at_ms=NOW_MS)
    assert demand(ann, None) is None


def test_from_the_first_code_on_every_way_in_demands_one(ann: Account) -> None:
    secret, codes = set_up(ann)
    assert len(codes) == 10
    assert demand(ann, None) == demand(ann, "") == "second_factor_required"
    assert demand(ann, "000000") == "wrong_code"
    assert demand(ann, code_at(secret, NOW_MS + STEP_MS)) is None


def test_no_code_is_good_twice_not_even_the_first(ann: Account) -> None:
    secret, _ = set_up(ann)
    assert demand(ann, code_at(secret, NOW_MS)) == "wrong_code"
    later = NOW_MS + 2 * STEP_MS
    assert demand(ann, code_at(secret, later), later) is None
    assert demand(ann, code_at(secret, later), later) == "wrong_code"
    assert demand(ann, code_at(secret, later - STEP_MS), later) == "wrong_code"


def test_a_recovery_code_is_good_once_for_its_owner(ann: Account) -> None:
    _, codes = set_up(ann)
    bob = make_account("bob")
    set_up(bob)
    assert demand(bob, codes[0]) == "wrong_code"
    assert demand(ann, codes[0].upper()) is None
    assert demand(ann, codes[0]) == "wrong_code"
    assert count_recovery_codes(ann) == 9


def test_the_database_holds_neither_secret_nor_codes(ann: Account) -> None:
    secret, codes = set_up(ann)
    stored = SecondFactor.get().sealed_secret + "".join(row.code_hash for row in RecoveryCode.select())
    assert secret not in stored
    assert not any(code.replace("-", "") in stored for code in codes)
    assert base64.b32decode(secret) not in base64.urlsafe_b64decode(SecondFactor.get().sealed_secret)


def test_a_secret_moved_to_another_account_opens_nothing(ann: Account) -> None:
    secret, _ = set_up(ann)
    bob = make_account("bob")
    set_up(bob)
    stolen = SecondFactor.get(SecondFactor.account == ann).sealed_secret
    SecondFactor.update(sealed_secret=stolen, last_step=0).where(SecondFactor.account == bob).execute()
    assert demand(bob, code_at(secret, NOW_MS)) == "wrong_code"


def test_after_the_loss_of_the_servers_key_the_recovery_codes_remain(ann: Account) -> None:
    secret, codes = set_up(ann)
    with pytest.raises(Problem, match="wrong_code"):
        demand_code(ann, code_at(secret, NOW_MS + STEP_MS), server_key=b"n" * 32, at_ms=NOW_MS)
    demand_code(ann, codes[0], server_key=b"n" * 32, at_ms=NOW_MS)


def test_beginning_again_forgets_the_secret_that_never_counted(ann: Account) -> None:
    first = begin_second_factor(ann, "chat.example", server_key=KEY).secret
    second = begin_second_factor(ann, "chat.example", server_key=KEY).secret
    with pytest.raises(Problem, match="wrong_code"):
        confirm_second_factor(ann, code_at(first, NOW_MS), server_key=KEY, at_ms=NOW_MS)
    assert confirm_second_factor(ann, code_at(second, NOW_MS), server_key=KEY, at_ms=NOW_MS)


def test_what_is_on_is_not_begun_or_confirmed_again(ann: Account) -> None:
    secret, _ = set_up(ann)
    with pytest.raises(Problem, match="second_factor_on"):
        begin_second_factor(ann, "chat.example", server_key=KEY)
    with pytest.raises(Problem, match="second_factor_on"):
        confirm_second_factor(ann, code_at(secret, NOW_MS), server_key=KEY, at_ms=NOW_MS)


def test_what_is_off_has_nothing_to_confirm_renew_or_remove(ann: Account) -> None:
    with pytest.raises(Problem, match="second_factor_off"):
        confirm_second_factor(ann, "000000", server_key=KEY, at_ms=NOW_MS)
    with pytest.raises(Problem, match="second_factor_off"):
        renew_recovery_codes(ann)
    with pytest.raises(Problem, match="second_factor_off"):
        remove_second_factor(ann)


def test_new_recovery_codes_end_the_old_ones(ann: Account) -> None:
    _, old = set_up(ann)
    new = renew_recovery_codes(ann)
    assert demand(ann, old[0]) == "wrong_code"
    assert demand(ann, new[0]) is None


def test_removed_it_leaves_nothing(ann: Account) -> None:
    set_up(ann)
    remove_second_factor(ann)
    assert demand(ann, None) is None
    assert (SecondFactor.select().count(), RecoveryCode.select().count()) == (0, 0)
