"""One-time codes as a second factor: set up, ask for, use, take off; and the recovery codes beside them."""

from __future__ import annotations

from dataclasses import dataclass

from hongyan_core.one_time_codes import (
    as_text,
    as_uri,
    find_step,
    hash_recovery_code,
    make_recovery_codes,
    make_secret,
)
from hongyan_core.problems import Problem
from hongyan_core.sealing import BrokenSeal, seal, unseal
from hongyan_core.store.database import write_transaction
from hongyan_core.store.models import Account, RecoveryCode, SecondFactor


@dataclass(frozen=True, slots=True)
class Setup:
    """What an app needs; shown once, and it counts only when a first code has come back."""

    secret: str  # base32
    uri: str


def is_demanded(account: Account) -> bool:
    """Whether a password alone is not enough."""
    return find_second_factor(account) is not None


def find_second_factor(account: Account) -> SecondFactor | None:
    """The second factor, confirmed."""
    return SecondFactor.get_or_none((SecondFactor.account == account) & SecondFactor.confirmed_at_ms.is_null(False))


def begin_second_factor(account: Account, site: str, *, server_key: bytes) -> Setup:
    """Make a secret for an app; an earlier one that was never confirmed is forgotten.

    Args:
        site: The host's name, by which apps tell accounts apart.

    Raises:
        Problem: second_factor_on.
    """
    secret = make_secret()
    sealed = seal(secret, server_key, _place(account))
    with write_transaction():
        if is_demanded(account):
            raise Problem("second_factor_on")
        SecondFactor.delete().where(SecondFactor.account == account).execute()
        SecondFactor.create(account=account, sealed_secret=sealed)
    return Setup(as_text(secret), as_uri(secret, account.name, site))


def confirm_second_factor(account: Account, code: str, *, server_key: bytes, at_ms: int) -> list[str]:
    """The app's first code: from now on every way in asks for one. Returns ten recovery codes, shown this once.

    Raises:
        Problem: second_factor_off (not begun), second_factor_on, wrong_code.
    """
    with write_transaction():
        begun: SecondFactor | None = SecondFactor.get_or_none(SecondFactor.account == account)
        if begun is None:
            raise Problem("second_factor_off")
        if begun.confirmed_at_ms is not None:
            raise Problem("second_factor_on")
        if not _take_step(begun, code, server_key, at_ms):
            raise Problem("wrong_code", "code")
        SecondFactor.update(confirmed_at_ms=at_ms).where(SecondFactor.account == account).execute()
        return _replace_recovery_codes(account)


def demand_code(account: Account, code: str | None, *, server_key: bytes, at_ms: int) -> None:
    """Let nobody pass without a code where a second factor is set: the app's, each once, or a recovery code.

    Raises:
        Problem: second_factor_required, wrong_code.
    """
    factor = find_second_factor(account)
    if factor is None:
        return
    if not code:
        raise Problem("second_factor_required", "code")
    with write_transaction():
        taken = _take_step(factor, code, server_key, at_ms) or _take_recovery_code(account, code)
    if not taken:
        raise Problem("wrong_code", "code")


def remove_second_factor(account: Account) -> None:
    """A password is enough again. The caller has proven both.

    Raises:
        Problem: second_factor_off.
    """
    with write_transaction():
        RecoveryCode.delete().where(RecoveryCode.account == account).execute()
        if not SecondFactor.delete().where(SecondFactor.account == account).execute():
            raise Problem("second_factor_off")


def renew_recovery_codes(account: Account) -> list[str]:
    """Ten new recovery codes; the old ones end. The caller has proven both factors.

    Raises:
        Problem: second_factor_off.
    """
    with write_transaction():
        if not is_demanded(account):
            raise Problem("second_factor_off")
        return _replace_recovery_codes(account)


def count_recovery_codes(account: Account) -> int:
    """How many are left."""
    return int(RecoveryCode.select().where(RecoveryCode.account == account).count())


def _replace_recovery_codes(account: Account) -> list[str]:
    RecoveryCode.delete().where(RecoveryCode.account == account).execute()
    codes = make_recovery_codes()
    RecoveryCode.insert_many([{"account": account, "code_hash": hash_recovery_code(code)} for code in codes]).execute()
    return codes


def _take_step(factor: SecondFactor, code: str, server_key: bytes, at_ms: int) -> bool:
    """Whether it is the app's code; the database decides between two who send the same one at once."""
    try:
        secret = unseal(factor.sealed_secret, server_key, _place(factor.account_id))
    except BrokenSeal:  # the server has a new key: the recovery codes remain
        return False
    step = find_step(secret, code.strip().replace(" ", ""), at_ms, factor.last_step)
    if step is None:
        return False
    newer = (SecondFactor.account == factor.account_id) & (SecondFactor.last_step < step)
    return bool(SecondFactor.update(last_step=step).where(newer).execute())


def _take_recovery_code(account: Account, code: str) -> bool:
    code_hash = hash_recovery_code(code)
    mine = (RecoveryCode.account == account) & (RecoveryCode.code_hash == code_hash)
    return code_hash is not None and bool(RecoveryCode.delete().where(mine).execute())


def _place(account: Account | int) -> str:
    return f"second-factor:{account if isinstance(account, int) else account.id}"
