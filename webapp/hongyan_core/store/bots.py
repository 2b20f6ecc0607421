"""Bots and devices of a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import JOIN

from hongyan.names import is_name
from hongyan_core.store.models import Account, Presence, Scope


@dataclass(frozen=True, slots=True)
class OwnedBot:
    """A bot or device, as its owner sees it. `scope` None: it writes wherever its friends and groups let it."""

    username: str
    display_name: str
    about: str
    kind: str  # bot | device
    picture: str | None
    owner: str
    scope: tuple[str, ...] | None
    disabled: bool
    created_at_ms: int
    state: str  # of `Presence`
    last_seen_ms: int | None  # None: never


def answers_for(account: Account, recipient: Account) -> bool:
    """Whether `account` is shown and answers the friend requests to `recipient`: of a bot its owner, alone."""
    return account.id == (recipient.id if recipient.owner_id is None else recipient.owner_id)


def count_bots(owner: Account) -> int:
    """How many bots and devices a person has; deleted ones do not count."""
    return int(Account.select().where((Account.owner == owner) & Account.deleted_at_ms.is_null()).count())


def find_bot(owner: Account, name: str) -> Account | None:
    """A bot or device of this person that is not deleted, by its name."""
    if not is_name(name):  # PostgreSQL cannot even be asked for a NUL
        return None
    return Account.get_or_none((Account.name == name) & (Account.owner == owner) & Account.deleted_at_ms.is_null())


def list_bots(owner: Account) -> list[OwnedBot]:
    """All bots and devices of a person, by name."""
    return _show(owner, Account.owner == owner)


def show_bot(owner: Account, bot: Account) -> OwnedBot:
    """One of them."""
    (shown,) = _show(owner, Account.id == bot.id)
    return shown


def _show(owner: Account, wanted: Any) -> list[OwnedBot]:
    query = (
        Account.select(Account, Presence.state, Presence.last_seen_ms)
        .join(Presence, JOIN.LEFT_OUTER, on=(Presence.account == Account.id), attr="seen")
        .where(wanted & Account.deleted_at_ms.is_null())
        .order_by(Account.name)
    )
    bots = list(query)
    scopes = _read_scopes([bot.id for bot in bots])
    return [_make_bot(owner, bot, scopes.get(bot.id, ())) for bot in bots]


def _read_scopes(ids: list[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for row in Scope.select().where(Scope.account.in_(ids)).order_by(Scope.key):
        found[row.account_id] = (*found.get(row.account_id, ()), row.key)
    return found


def _make_bot(owner: Account, bot: Any, scope: tuple[str, ...]) -> OwnedBot:
    seen: Presence | None = getattr(bot, "seen", None)
    return OwnedBot(
        username=bot.name,
        display_name=bot.display_name,
        about=bot.about,
        kind=bot.kind,
        picture=bot.picture,
        owner=owner.name,
        scope=scope if bot.scoped else None,
        disabled=bot.disabled_at_ms is not None,
        created_at_ms=bot.created_at_ms,
        state="offline" if seen is None else seen.state,
        last_seen_ms=None if seen is None else seen.last_seen_ms,
    )
