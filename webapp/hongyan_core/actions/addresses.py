"""E-mail addresses of accounts: given, confirmed by a link, changed, dropped.

Whether somebody else holds an address is told to that person alone, by a letter: nothing here answers it, and the
letter is looked at after the answer was given (`settle`).
"""

from __future__ import annotations

from dataclasses import replace

from peewee import IntegrityError

from hongyan_core.actions.broadcasts import join_everyone
from hongyan_core.actions.tickets import end_tickets, issue_ticket, redeem_ticket
from hongyan_core.fields import parse_email
from hongyan_core.mail import Letter
from hongyan_core.problems import Problem
from hongyan_core.settings import EmailUse
from hongyan_core.store.database import raise_relations_version, write_transaction
from hongyan_core.store.models import Account
from hongyan_core.store.terms import index_names


def change_email(account: Account, email: str, use: EmailUse, *, at_ms: int) -> Letter:
    """Take a new address once its link was opened; until then the old one stays.

    Raises:
        Problem: no_mail, malformed_email.
    """
    _refuse_where_off(use)
    wanted = parse_email(email)
    with write_transaction():
        return ask_to_confirm(account, wanted, at_ms=at_ms)


def ask_to_confirm(account: Account, email: str, *, at_ms: int) -> Letter:
    """The letter with the link; only inside a `write_transaction()`."""
    secret = issue_ticket(account, "email", email, at_ms=at_ms)
    return Letter("confirm", email, account.name, account.language, secret)


def confirm_email(secret: str, *, at_ms: int) -> Letter | None:
    """The link was opened: the address counts, and an account that waited for it may sign in.

    Returns:
        The letter to the address that it replaces.

    Raises:
        Problem: invalid_link; another account's address in the meantime too.
    """
    try:
        with write_transaction():
            raise_relations_version()
            ticket = redeem_ticket(secret, "email", at_ms=at_ms)
            return _confirm(ticket.account, ticket.email, at_ms)
    except IntegrityError:
        raise Problem("invalid_link") from None


def _confirm(account: Account, email: str, at_ms: int) -> Letter | None:
    old, waited = account.email, account.unconfirmed
    Account.update(email=email, unconfirmed=False).where(Account.id == account.id).execute()
    end_tickets(account, "reset")  # one that went to the old address
    if waited:
        index_names(account.id, account.name, account.display_name)
        join_everyone(account, at_ms=at_ms)
    return _farewell(account, old) if old and old != email else None


def drop_email(account: Account, use: EmailUse) -> Letter | None:
    """Be without an address; links that are on their way lead nowhere.

    Raises:
        Problem: email_needed (this server demands one), bad_credentials (field password).
    """
    if use is EmailUse.REQUIRED:
        raise Problem("email_needed", "email")
    with write_transaction():
        end_tickets(account, "email")
        end_tickets(account, "reset")
        Account.update(email=None).where(Account.id == account.id).execute()
    return _farewell(account, account.email) if account.email else None


def settle(letter: Letter) -> Letter:
    """The letter as it must be now: where another account holds the address, its owner is told instead."""
    if letter.occasion != "confirm":
        return letter
    holder = Account.get_or_none((Account.email == letter.to) & (Account.name != letter.username))
    if holder is None:
        return letter
    return replace(letter, occasion="held", username=holder.name, language=holder.language, secret="")


def _farewell(account: Account, email: str) -> Letter:
    return Letter("moved", email, account.name, account.language)


def _refuse_where_off(use: EmailUse) -> None:
    if use is EmailUse.OFF:
        raise Problem("no_mail")
