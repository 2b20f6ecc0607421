"""Prove who you are, change the password."""

from __future__ import annotations

from hongyan_core.actions.credentials import end_credentials
from hongyan_core.actions.tickets import end_tickets
from hongyan_core.passwords import hash_password, is_password
from hongyan_core.problems import Problem
from hongyan_core.store.database import write_transaction
from hongyan_core.store.models import Account, Credential
from hongyan_core.store.people import find_account, is_in_use


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


def change_password(account: Account, old: str, new: str, *, keep: Credential | None, at_ms: int) -> None:
    """Change the password and end every credential but `keep` and its children.

    Raises:
        Problem: bad_credentials (field old_password), weak_password (field new_password).
    """
    if not is_password(account.password_hash, old):
        raise Problem("bad_credentials", "old_password")
    password_hash = hash_password(new, "new_password")
    with write_transaction():
        Account.update(password_hash=password_hash).where(Account.id == account.id).execute()
        end_tickets(account, "reset")
        end_credentials(account, keep=keep)
    account.password_hash = password_hash
