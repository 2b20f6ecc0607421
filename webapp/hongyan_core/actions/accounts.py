"""Register, prove who you are, change the password."""

from __future__ import annotations

from hongyan_core.actions.credentials import end_credentials
from hongyan_core.fields import parse_display_name, parse_language, parse_new_name
from hongyan_core.passwords import hash_password, is_password
from hongyan_core.problems import Problem
from hongyan_core.store.database import raise_relations_version, write_transaction
from hongyan_core.store.models import Account, Credential
from hongyan_core.store.outbox import tell
from hongyan_core.store.people import find_account, is_in_use


def register_account(username: str, password: str, display_name: str, language: str, *, at_ms: int) -> Account:
    """Make an account.

    Raises:
        Problem: malformed_name, reserved_name, name_taken, weak_password, malformed_display_name, malformed_field.
    """
    name = parse_new_name(username, "username")
    shown = parse_display_name(display_name)
    spoken = parse_language(language)
    _refuse_taken(name)  # before the hash, which is the expensive part
    password_hash = hash_password(password)  # before the transaction, for which the exchange waits
    with write_transaction():
        raise_relations_version()
        _refuse_taken(name)
        account = Account.create(
            name=name, display_name=shown, password_hash=password_hash, language=spoken, created_at_ms=at_ms
        )
        tell("account", {"account": name})
    return account


def _refuse_taken(name: str) -> None:
    if find_account(name) is not None:
        raise Problem("name_taken", "username")


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
        end_credentials(account, keep=keep)
    account.password_hash = password_hash
