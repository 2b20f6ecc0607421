"""What the web app wants told: written in the transaction of the change, sent by the exchange after its commit.

    notice      {"to": ["ann", ...], "notice": {...}}          delivered on im/{to}/notice as it stands
    revoked     {"account": "ann", "credentials": [7] | null}  their connections and their children's close; null: all
    left_group  {"account": "bob", "group": "lab"}             bob's subscriptions to im/group/lab end
    account     {"account": "ann"}                             new, or another MQTT generation, for external brokers

A new kind? Also: the exchange's `drain_outbox` and the effects of both brokers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Literal

from hongyan_core.store.models import Outbox

Kind = Literal["notice", "revoked", "left_group", "account"]


def tell(kind: Kind, payload: dict[str, Any]) -> None:
    """Add a row; only inside the `write_transaction()` of the change that it tells about."""
    Outbox.insert(kind=kind, payload=json.dumps(payload, ensure_ascii=False, separators=(",", ":"))).execute()


def tell_notice(to: Iterable[str], notice: dict[str, Any]) -> None:
    """Tell every account in `to` the same notice; nobody is no row."""
    names = sorted(to)
    if names:
        tell("notice", {"to": names, "notice": notice})
