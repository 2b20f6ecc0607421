"""Short words for messages of every kind, for the tests of the exchange."""

from __future__ import annotations

import itertools
import json
from typing import Any

from hongyan_core.exchange import Decision, Exchange, Refused, Submission
from hongyan_core.store.models import Account, StoredFile, StoredMessage
from tests.support.exchanging import accept_one, publish

_NUMBERS = itertools.count(1)


def say(account: str, to: str, body: str = "hi", **fields: Any) -> Submission:
    """A text of `account` to `user/bob` or `group/lab`."""
    return send(account, to, "text", body=body, **fields)


def send(account: str, to: str, kind: str, **fields: Any) -> Submission:
    """A message of any kind; its id is new unless one is given."""
    draft = {"id": f"n{next(_NUMBERS)}", "kind": kind, **fields}
    return publish(account, f"im/{account}/send/{to}", draft)


def refusal(decision: Decision) -> tuple[str, str | None] | None:
    """The code and the field that a refusal names; None: accepted."""
    if not isinstance(decision, Refused):
        return None
    notice = json.loads(decision.deliveries[0].payload)
    return notice["code"], notice.get("field")


def try_one(exchange: Exchange, submission: Submission) -> tuple[str, str | None] | None:
    """`refusal` of a batch of one."""
    return refusal(accept_one(exchange, submission))


def trust(exchange: Exchange) -> None:
    """As after a while without a repeat: ids are not looked for before they are written."""
    exchange._wary = 0


def stored(key: str, seq: int) -> dict[str, Any]:
    """An entry as the history has it now; `key` is models.Conversation.key."""
    rows = StoredMessage.select().where(StoredMessage.seq == seq)
    (row,) = [row for row in rows if row.conversation.key == key]
    fields: dict[str, Any] = json.loads(row.payload)
    return fields


def make_file(owner: Account, name: str = "p.png", media_type: str = "image/png", **columns: Any) -> str:
    """An uploaded file; returns its id."""
    file_id = f"{next(_NUMBERS):022d}"
    facts = {"hash": "0" * 64, "size": 7, "created_at_ms": 1, **columns}
    StoredFile.create(id=file_id, account=owner, name=name, media_type=media_type, **facts)
    return file_id
