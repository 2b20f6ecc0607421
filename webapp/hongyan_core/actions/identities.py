"""People whom an OpenID Connect provider vouches for: known by (issuer, subject), never by an e-mail address."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from hongyan_core.actions.registration import Newcomer, Terms, register
from hongyan_core.actions.ways_in import refuse_last
from hongyan_core.problems import Problem
from hongyan_core.settings import EmailUse
from hongyan_core.store.database import write_transaction
from hongyan_core.store.models import Account, Identity

MAX_IDENTITIES: Final = 20  # of one account
_MAX_CHARS: Final = 255
_MAX_ID: Final = 2**31 - 1  # of PostgreSQL's serial


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom a provider has shown; `email`, `username` and `display_name` are hints and prove nothing."""

    issuer: str
    subject: str
    email: str = ""
    username: str = ""
    display_name: str = ""


def find_by_identity(vouched: Vouched) -> Account | None:
    """The account that this identity opens, in use or not."""
    found: Identity | None = _find(vouched)
    return None if found is None else found.account


def link_identity(account: Account, vouched: Vouched, *, at_ms: int) -> None:
    """Let this identity open the account too. Again is the same.

    Raises:
        Problem: identity_taken, too_many, malformed_field.
    """
    with write_transaction():
        known = _find(vouched)
        if known is None:
            _refuse_too_many(account)
            _add(account, vouched, at_ms)
        elif known.account_id != account.id:
            raise Problem("identity_taken")


def register_by_identity(vouched: Vouched, newcomer: Newcomer, terms: Terms, *, at_ms: int) -> Account:
    """Make an account without a password, for whom the server takes in.

    No e-mail is asked for, even where others must give one: the provider vouches for the person.

    Raises:
        Problem: identity_taken; and as `registration.register`.
    """
    with write_transaction():
        account = register(newcomer, replace(terms, email=EmailUse.OFF), at_ms=at_ms).account
        if _find(vouched) is not None:
            raise Problem("identity_taken")
        _add(account, vouched, at_ms)
    return account


def list_identities(account: Account) -> list[Identity]:
    """The account's identities, oldest first."""
    return list(Identity.select().where(Identity.account == account).order_by(Identity.id))


def unlink_identity(account: Account, identity_id: int) -> None:
    """This identity opens the account no more.

    Raises:
        Problem: unknown_identity, last_way_in.
    """
    mine = (Identity.account == account) & (Identity.id == identity_id)
    with write_transaction():
        if identity_id > _MAX_ID or Identity.get_or_none(mine) is None:
            raise Problem("unknown_identity")
        refuse_last(account)
        Identity.delete().where(mine).execute()


def _find(vouched: Vouched) -> Identity | None:
    same = (Identity.issuer == vouched.issuer) & (Identity.subject == vouched.subject)
    return Identity.get_or_none(same)


def _add(account: Account, vouched: Vouched, at_ms: int) -> None:
    Identity.create(
        account=account,
        issuer=vouched.issuer,
        subject=vouched.subject,
        email=vouched.email,
        created_at_ms=at_ms,
    )


def _refuse_too_many(account: Account) -> None:
    if Identity.select().where(Identity.account == account).count() >= MAX_IDENTITIES:
        raise Problem("too_many", limit=MAX_IDENTITIES)


def make_vouched(issuer: str, subject: object, claims: dict[str, object]) -> Vouched:
    """From the claims of a verified ID token.

    Raises:
        ValueError: A subject that cannot be kept: empty, too long, or with what a database cannot take.
    """
    if not isinstance(subject, str) or not 1 <= len(subject) <= _MAX_CHARS or not subject.isprintable():
        raise ValueError("the provider's subject cannot be kept")
    hints = {
        "email": _hint(claims.get("email"), 254),
        "username": _hint(claims.get("preferred_username"), 32),
        "display_name": _hint(claims.get("name"), 64),
    }
    return Vouched(issuer, subject, **hints)


def _hint(value: object, max_chars: int) -> str:
    """A claim that may be shown; anything odd is nothing."""
    fits = isinstance(value, str) and len(value) <= max_chars and value.isprintable()
    return str(value) if fits else ""
