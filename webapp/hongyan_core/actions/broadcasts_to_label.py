"""The same message to every friend of a label, each in their own conversation."""

from __future__ import annotations

from typing import Final

from hongyan_core.fields import parse_broadcast, parse_known_label
from hongyan_core.problems import Problem
from hongyan_core.store.contacts import list_reachable
from hongyan_core.store.database import write_transaction
from hongyan_core.store.models import Account, ContactLabel
from hongyan_core.store.outbox import tell_send

MAX_RECIPIENTS: Final = 200  # what an account may send at once: `messages_burst`


def send_to_label(account: Account, label: str, body: str) -> int:
    """Send a text to each friend of `label` to whom `account` may write now; to how many.

    The exchange decides each message once more, as it would any other of the account's.

    Raises:
        Problem: malformed_field (field body), unknown_label (field label), too_many.
    """
    text, known = parse_broadcast(body), parse_known_label(label, "label")
    with write_transaction():
        mine = (ContactLabel.account == account) & (ContactLabel.label == known)
        if not ContactLabel.select().where(mine).exists():
            raise Problem("unknown_label", "label")
        names = list_reachable(account, known)
        if len(names) > MAX_RECIPIENTS:
            raise Problem("too_many", "label", limit=MAX_RECIPIENTS)
        for name in names:
            tell_send(account.name, f"user/{name}", {"kind": "text", "body": text})
    return len(names)
