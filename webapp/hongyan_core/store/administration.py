"""What administrators and moderators see, in pages, and how they stand to an account."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from peewee import JOIN, Expression, Field, ModelSelect, fn

from hongyan.names import is_name
from hongyan_core.problems import Problem
from hongyan_core.standing import Office, ServerRole
from hongyan_core.store.database import read_rows
from hongyan_core.store.models import Account, AccountTerm, AuditEntry
from hongyan_core.store.people import is_in_use
from hongyan_core.store.sets import is_postgres
from hongyan_core.store.terms import MAX_TERM_CHARS, fold

MAX_PAGE: Final = 200
MAX_MATCHES: Final = 1_000  # of one search; the words of a large server match far more, and nobody reads on
_LAST: Final = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as an administrator sees it."""

    username: str
    display_name: str
    kind: str
    role: str
    owner: str | None
    email: str | None
    created_at_ms: int
    disabled_at_ms: int | None
    deleted_at_ms: int | None


@dataclass(frozen=True, slots=True)
class AuditLine:
    """What was done, by whom (empty: the command line), from where."""

    id: int
    at_ms: int
    actor: str
    action: str
    target: str
    detail: dict[str, Any]
    address: str


# --- facts


def load_office(account: Account | None, *, in_person: bool, other: Account | None, ends_admin: bool = False) -> Office:
    """The facts that the rules of the whole server ask for, read in the transaction of the deed.

    Args:
        account: Who acts; None is the command line, which administers.
        ends_admin: The deed would take the office of an administrator from `other`.
    """
    known = other is not None and other.deleted_at_ms is None
    return Office(
        role=_role_of_today(account),
        in_person=in_person,
        known=known,
        person=other is not None and str(other.kind) == "person",
        myself=account is not None and other is not None and account.id == other.id,
        other_role=ServerRole.USER if other is None else ServerRole(other.role),
        keeps_admin=other is not None and not (ends_admin and _is_last_admin(other)),
    )


def _role_of_today(account: Account | None) -> ServerRole:
    """Read again: the office may have been taken since the request was let in."""
    if account is None:
        return ServerRole.ADMIN
    today = Account.get_by_id(account.id)
    return ServerRole(today.role) if is_in_use(today) else ServerRole.USER


def _is_last_admin(account: Account) -> bool:
    if account.role != ServerRole.ADMIN.value or not is_in_use(account):
        return False
    others = (Account.role == ServerRole.ADMIN.value) & _in_use() & (Account.id != account.id)
    return not Account.select().where(others).exists()


def list_officers() -> list[str]:
    """The names of the moderators and administrators."""
    officers = Account.role.in_([ServerRole.ADMIN.value, ServerRole.MODERATOR.value]) & _in_use()
    return [name for (name,) in read_rows(Account.select(Account.name).where(officers).order_by(Account.name))]


def _in_use() -> Expression:
    return Account.disabled_at_ms.is_null() & Account.deleted_at_ms.is_null()


# --- pages


def list_accounts(text: str, *, after: str, limit: int) -> list[AccountRow]:
    """A page of all accounts, deleted ones included, by user name.

    Args:
        text: What a user name or a word of a display name begins with; empty: everybody. Of a search only the first
            `MAX_MATCHES` are looked at.
        after: A user name, exclusive; empty: from the first on.
        limit: 1 to 200.
    """
    query = _accounts().where(Account.name > after).order_by(Account.name).limit(max(1, min(limit, MAX_PAGE)))
    wanted = fold(text)
    if wanted:
        query = query.where(Account.id.in_(_find_matches(wanted)))
    return [AccountRow(*row) for row in read_rows(query)]


def load_account_row(name: str) -> AccountRow:
    """One row of `list_accounts`.

    Raises:
        Problem: unknown_account.
    """
    for row in read_rows(_accounts().where(Account.name == name)) if is_name(name) else ():
        return AccountRow(*row)
    raise Problem("unknown_account")


def _accounts() -> ModelSelect[Account]:
    owner = Account.alias()
    return Account.select(
        Account.name,
        Account.display_name,
        Account.kind,
        Account.role,
        owner.name,
        Account.email,
        Account.created_at_ms,
        Account.disabled_at_ms,
        Account.deleted_at_ms,
    ).join(owner, JOIN.LEFT_OUTER, on=(Account.owner == owner.id))


def _find_matches(wanted: str) -> list[int]:
    """By user name too: a deleted account has no terms left."""
    named = Account.select(Account.id).where(_begins(Account.name, wanted)).order_by(Account.name)
    termed = AccountTerm.select(AccountTerm.account).where(_begins(AccountTerm.term, wanted[:MAX_TERM_CHARS]))
    found = [*read_rows(named.limit(MAX_MATCHES)), *read_rows(termed.order_by(AccountTerm.term).limit(MAX_MATCHES))]
    return list(dict.fromkeys(account_id for (account_id,) in found))[:MAX_MATCHES]


def _begins(field: Field, text: str) -> Any:
    """A walk along the index on SQLite, and on PostgreSQL where it may: its order depends on the collation."""
    if is_postgres():
        return fn.starts_with(field, text)
    return (field >= text) & (field < text + _LAST)


def list_audit(*, before: int | None, limit: int) -> list[AuditLine]:
    """A page of the audit log, newest first.

    Args:
        before: An id, exclusive; None: from the newest on.
        limit: 1 to 200.
    """
    query = AuditEntry.select().order_by(AuditEntry.id.desc()).limit(max(1, min(limit, MAX_PAGE)))
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return [
        AuditLine(e.id, e.at_ms, e.actor, e.action, e.target, json.loads(e.detail or "{}"), e.address) for e in query
    ]
