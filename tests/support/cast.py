"""The fixed cast, without the cost of password hashes: rows as the actions would leave them.

*ann* owns the group, *bob* is her friend, *eve* is blocked, *thermo* is a device.
"""

from __future__ import annotations

import json
from typing import Any

from hongyan import topics
from hongyan_core.store.models import Account, Block, Friendship, Outbox
from hongyan_core.store.terms import index_names

# What is no conversation of anybody but eve.
NOWHERE = {
    "a stranger": topics.user("eve"),
    "nobody": topics.user("nobody"),
    "a NUL": topics.user("a\0b"),
    "no group": topics.group("none"),
    "a lone surrogate": topics.group("\ud800"),
}


def make_account(name: str, display_name: str = "", **columns: Any) -> Account:
    """An account that nobody can sign in to with a password."""
    shown = display_name or name.capitalize()
    account: Account = Account.create(name=name, display_name=shown, password_hash="-", created_at_ms=1, **columns)
    index_names(account.id, name, shown)
    return account


def make_friends(one: Account, other: Account) -> None:
    """Both rows of a friendship."""
    rows = [(one, other, 1), (other, one, 1)]
    Friendship.insert_many(rows, [Friendship.account, Friendship.friend, Friendship.since_ms]).execute()


def make_block(owner: Account, blocked: Account) -> None:
    """`owner` has blocked `blocked`."""
    Block.create(owner=owner, blocked=blocked, since_ms=1)


def take_outbox() -> list[tuple[str, dict[str, Any]]]:
    """What was told since the last call: (kind, payload), in order."""
    told = [(row.kind, json.loads(row.payload)) for row in Outbox.select().order_by(Outbox.id)]
    Outbox.delete().execute()
    return told


def take_notices() -> list[tuple[list[str], dict[str, Any]]]:
    """The notices of `take_outbox`: (to, notice)."""
    return [(payload["to"], payload["notice"]) for kind, payload in take_outbox() if kind == "notice"]


def take_lines() -> list[tuple[str, dict[str, Any]]]:
    """The lines of groups in `take_outbox`: (who did it, fields)."""
    return [(payload["account"], payload["fields"]) for kind, payload in take_outbox() if kind == "line"]
