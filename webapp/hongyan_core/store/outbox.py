"""What the web app wants told: written in the transaction of the change, sent by the exchange after its commit.

    notice      {"to": ["ann", ...], "notice": {...}}          delivered on im/{to}/notice as it stands
    revoked     {"account": "ann", "credentials": [7] | null}  their connections and their children's close; null: all
    session     {"account": "ann", "client_id": "phone", "at_ms": ...}
                a connection with this MQTT session closes if it is older
    left_group  {"account": "bob", "group": "lab"}             bob's subscriptions to im/group/lab end
    account     {"account": "ann"}                             new, or another MQTT generation, for external brokers
    line        {"account": "ann", "group": "lab", "id": ..., "fields": {"event": ..., "body": ...}}
                a line of a group's conversation that says what changed, stamped as ann's without asking the rules
    send        {"account": "ann", "to": "user/bob", "id": ..., "fields": {"kind": "text", "body": ...}}
                a message of ann's, decided like any other; `server`: further fields, that clients may not send

A new kind? Also: the exchange's `drain_outbox` and the effects of both brokers.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from typing import Any, Literal

from hongyan_core.store.models import Outbox

Kind = Literal["notice", "revoked", "session", "left_group", "account", "line", "send"]


def tell(kind: Kind, payload: dict[str, Any]) -> None:
    """Add a row; only inside the `write_transaction()` of the change that it tells about."""
    Outbox.insert(kind=kind, payload=json.dumps(payload, ensure_ascii=False, separators=(",", ":"))).execute()


def tell_notice(to: Iterable[str], notice: dict[str, Any]) -> None:
    """Tell every account in `to` the same notice; nobody is no row."""
    names = sorted(to)
    if names:
        tell("notice", {"to": names, "notice": notice})


def tell_line(account_name: str, group_name: str, fields: dict[str, Any]) -> None:
    """Say in a group's conversation what `account_name` has changed, to those who are members after the change.

    Args:
        fields: `event`, `body` (the sentence for whoever shows text only) and what belongs to the event.
    """
    tell("line", {"account": account_name, "group": group_name, "id": _new_id(), "fields": fields})


def tell_send(
    account_name: str,
    to: str,
    fields: dict[str, Any],
    *,
    message_id: str | None = None,
    server: dict[str, Any] | None = None,
) -> None:
    """Send a message for somebody who is not connected by MQTT.

    Args:
        to: A conversation as the sender calls it: `user/bob`, `group/lab`.
        fields: Of the envelope: `kind`, `body`.
        message_id: None: a new one. The same again is the same message.
        server: Fields that only the server writes, such as `imported`.
    """
    sent = {"account": account_name, "to": to, "id": message_id or _new_id(), "fields": fields}
    tell("send", sent if server is None else sent | {"server": server})


def _new_id() -> str:
    return f"web-{uuid.uuid4().hex}"
