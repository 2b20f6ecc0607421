"""Prove who you are: by password and, where one is set, by a second factor."""

from __future__ import annotations

from typing import Final

from hongyan_core.actions.attempts import Attempt, counted
from hongyan_core.actions.second_factor import demand_code
from hongyan_core.passwords import is_password
from hongyan_core.problems import Problem
from hongyan_core.store.models import Account, Credential
from hongyan_core.store.people import find_account, is_in_use

FRESH_MS: Final = 600_000  # so long after a sign-in one without a password need not sign in again


def sign_in(username: str, password: str, code: str | None, attempt: Attempt) -> Account:
    """The account that these prove. An unknown name, a disabled account and a wrong password are one, in time too.

    Raises:
        Problem: bad_credentials, email_unconfirmed, second_factor_required, wrong_code; rate_limited (`wait_s`) after
            wrong ones, or while too many others sign in.
    """
    with counted(attempt, username):
        account = check_password(username, password)
        admit(account)
        demand_code(account, code, server_key=attempt.server_key, at_ms=attempt.at_ms)
    return account


def finish_sign_in(account: Account, code: str, attempt: Attempt) -> None:
    """The second factor of somebody whom a provider has shown.

    Raises:
        Problem: bad_credentials (no longer in use), email_unconfirmed, wrong_code, rate_limited.
    """
    with counted(attempt, account.name):
        admit(account)
        demand_code(account, code, server_key=attempt.server_key, at_ms=attempt.at_ms)


def check_password(username: str, password: str) -> Account:
    """The account that has this password; an unknown name takes the same time as a wrong password.

    Raises:
        Problem: bad_credentials, for a disabled account too; rate_limited while too many others sign in.
    """
    account = find_account(username)
    usable = account is not None and is_in_use(account)
    matches = is_password(account.password_hash if account is not None and usable else None, password)
    if account is None or not matches:
        raise Problem("bad_credentials")
    return account


def admit(account: Account) -> None:
    """Let in whom a proof has shown, unless the account waits for its e-mail.

    Raises:
        Problem: bad_credentials (not in use), email_unconfirmed.
    """
    if not is_in_use(account):
        raise Problem("bad_credentials")
    if account.unconfirmed:
        raise Problem("email_unconfirmed")


def confirm(
    account: Account,
    credential: Credential,
    password: str,
    code: str | None,
    attempt: Attempt,
    *,
    field: str = "password",
) -> None:
    """Prove once more, before something that a borrowed browser must not do.

    Without a password of one's own (an identity, a passkey) a sign-in of the last ten minutes counts instead.

    Raises:
        Problem: bad_credentials (of `field`), second_factor_required, wrong_code, sign_in_again, rate_limited.
    """
    with counted(attempt, account.name):
        if not account.password_hash:
            _refuse_stale(credential, attempt.at_ms)
        elif not is_password(account.password_hash, password):
            raise Problem("bad_credentials", field)
        demand_code(account, code, server_key=attempt.server_key, at_ms=attempt.at_ms)


def _refuse_stale(credential: Credential, at_ms: int) -> None:
    if credential.kind != "cookie" or at_ms - credential.created_at_ms > FRESH_MS:
        raise Problem("sign_in_again")
