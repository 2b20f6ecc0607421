"""Take what the web app wants told out of the outbox: rows in, effects for the broker's driver out."""

from __future__ import annotations

import json
import logging
from typing import Any, Final

from hongyan_core import notices
from hongyan_core.decisions import AccountChanged, Effect, LeftGroup, Revoked, Told
from hongyan_core.store.database import write_transaction
from hongyan_core.store.sets import read, write

_log: Final = logging.getLogger(__name__)
_PAGE: Final = 500


def take_effects() -> list[Effect]:
    """Delete up to 500 rows, oldest first, and return what they ask for. An empty outbox costs one read."""
    if not read("SELECT 1 FROM outbox LIMIT 1"):
        return []
    with write_transaction():
        rows = read("SELECT id, kind, payload FROM outbox ORDER BY id LIMIT ?", _PAGE)
        # By the ids that were read: on PostgreSQL a lower one may commit later.
        _delete_rows([row_id for row_id, _, _ in rows])
    return [effect for _, kind, payload in rows if (effect := _find_effect(kind, payload)) is not None]


def _delete_rows(ids: list[int]) -> None:
    marks = ", ".join("?" * len(ids))
    write(f"DELETE FROM outbox WHERE id IN ({marks})", *ids)  # noqa: S608  # question marks only


def _find_effect(kind: str, payload: str) -> Effect | None:
    """The effect of a row. One that cannot be understood is dropped: it would come back for ever."""
    try:
        return _parse_effect(kind, json.loads(payload))
    except (LookupError, TypeError, ValueError):
        _log.warning("an outbox row of kind %r cannot be understood and was dropped", kind)
        return None


def _parse_effect(kind: str, payload: dict[str, Any]) -> Effect:
    match kind:
        case "notice":
            return Told(notices.notice(payload["to"], payload["notice"]))
        case "revoked":
            ids = payload["credentials"]
            return Revoked(payload["account"], None if ids is None else tuple(ids))
        case "left_group":
            return LeftGroup(payload["account"], payload["group"])
        case "account":
            return AccountChanged(payload["account"])
    raise ValueError(f"unknown kind of outbox row: {kind!r}")
