"""Change the password."""

from __future__ import annotations

from hongyan_core.actions.credentials import end_credentials
from hongyan_core.actions.tickets import end_tickets
from hongyan_core.passwords import hash_password
from hongyan_core.store.database import write_transaction
from hongyan_core.store.models import Account, Credential


def change_password(account: Account, new: str, *, keep: Credential | None) -> None:
    """Change the password and end every credential but `keep` and its children.

    The caller has proven who asks: `sign_in.confirm`.

    Raises:
        Problem: weak_password (field new_password).
    """
    password_hash = hash_password(new, "new_password")
    with write_transaction():
        Account.update(password_hash=password_hash).where(Account.id == account.id).execute()
        end_tickets(account, "reset")
        end_credentials(account, keep=keep)
    account.password_hash = password_hash
