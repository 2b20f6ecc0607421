"""A forgotten password: a link by mail, and the new password that it allows."""

from __future__ import annotations

from hongyan_core.actions.addresses import ask_to_confirm
from hongyan_core.actions.credentials import end_credentials
from hongyan_core.actions.tickets import end_tickets, find_ticket, issue_ticket, redeem_ticket
from hongyan_core.mail import Letter
from hongyan_core.passwords import hash_password
from hongyan_core.problems import Problem
from hongyan_core.store.database import write_transaction
from hongyan_core.store.models import Account, Ticket
from hongyan_core.store.people import find_account, is_in_use


def write_reset(login: str, *, at_ms: int) -> Letter | None:
    """The letter to whoever has this user name or confirmed address; None: nobody, or nowhere to write to.

    What it finds takes its time, so nobody may wait for it: call it when the answer is out. An account that waits for
    its first confirmation gets that link again.
    """
    account = _find(login.strip().lower())
    if account is None or not is_in_use(account):
        return None
    with write_transaction():
        if account.unconfirmed:
            return _confirm_again(account, at_ms)
        if account.email is None:
            return None
        secret = issue_ticket(account, "reset", account.email, at_ms=at_ms)
        return Letter("reset", account.email, account.name, account.language, secret)


def _find(login: str) -> Account | None:
    return Account.get_or_none(Account.email == login) if "@" in login else find_account(login)


def _confirm_again(account: Account, at_ms: int) -> Letter | None:
    waiting = Ticket.get_or_none((Ticket.account == account) & (Ticket.kind == "email"))
    return ask_to_confirm(account, waiting.email, at_ms=at_ms) if waiting else None


def reset_password(secret: str, new_password: str, *, at_ms: int) -> None:
    """Set a new password by a link; every way in that was open ends.

    Raises:
        Problem: invalid_link, weak_password (field new_password).
    """
    _check(find_ticket(secret, "reset", at_ms=at_ms))  # before the hash, which is the expensive part
    password_hash = hash_password(new_password, "new_password")
    with write_transaction():
        account = _check(redeem_ticket(secret, "reset", at_ms=at_ms))
        Account.update(password_hash=password_hash).where(Account.id == account.id).execute()
        end_tickets(account, "reset")
        end_credentials(account, keep=None)


def _check(ticket: Ticket) -> Account:
    """A link that was sent to an address which is the account's no more opens nothing."""
    account: Account = ticket.account
    if ticket.email and ticket.email != account.email:
        raise Problem("invalid_link")
    return account
