"""Block and unblock. A block leaves the friendship as it is: unblocking brings everything back."""

from __future__ import annotations

from dataclasses import replace

from hongyan_core import rules
from hongyan_core.problems import Problem
from hongyan_core.store.database import raise_relations_version, write_transaction
from hongyan_core.store.models import Account, Block
from hongyan_core.store.outbox import tell_notice
from hongyan_core.store.people import are_fellows, find_account, load_pair


def block_account(account: Account, name: str, *, at_ms: int) -> None:
    """Hear nothing more of `name`, from the next message on; only one's own devices are told. Twice is once.

    Raises:
        Problem: block_self, unknown_account (also somebody hidden, or who blocks, whom one has never met).
    """
    with write_transaction():
        raise_relations_version()
        other = find_account(name)
        pair = replace(load_pair(account, other, at_ms=at_ms), fellows=are_fellows(account, other))
        refusal = rules.BLOCK.decide(pair)
        if refusal is not None or other is None:
            raise Problem(refusal or "unknown_account")
        if not pair.blocked_by_me:
            Block.create(owner=account, blocked=other, since_ms=at_ms)
            tell_notice([account.name], {"type": "blocked", "who": other.name, "at": at_ms})


def unblock_account(account: Account, name: str, *, at_ms: int) -> None:
    """Take a block back. Of somebody who is not blocked, or not there: nothing happens."""
    with write_transaction():
        raise_relations_version()
        other = find_account(name)
        if other is None:
            return
        if Block.delete().where((Block.owner == account) & (Block.blocked == other)).execute():
            tell_notice([account.name], {"type": "unblocked", "who": other.name, "at": at_ms})
