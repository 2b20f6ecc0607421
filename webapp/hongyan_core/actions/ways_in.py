"""What lets somebody in: the last way is never taken off."""

from __future__ import annotations

from hongyan_core.problems import Problem
from hongyan_core.store.models import Account, Identity, Passkey


def refuse_last(account: Account) -> None:
    """Refuse to take off a passkey or an identity where nothing else would be left.

    Inside the `write_transaction()` of the change; on PostgreSQL it holds the account's row, so that two who take off
    two ways at once see each other.

    Raises:
        Problem: last_way_in.
    """
    # A change of nothing: it locks the row on both databases.
    Account.update(password_hash=Account.password_hash).where(Account.id == account.id).execute()
    if Account.get_by_id(account.id).password_hash:
        return
    passkeys = Passkey.select().where(Passkey.account == account).count()
    if passkeys + Identity.select().where(Identity.account == account).count() < 2:
        raise Problem("last_way_in")
