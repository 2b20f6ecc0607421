"""What the web app wants told: rows of the outbox in, requests for the exchange and effects for its driver out."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from hongyan import topics
from hongyan.envelope import Draft
from hongyan_core import notices
from hongyan_core.decisions import (
    AccountChanged,
    Decided,
    Decision,
    Effect,
    LeftGroup,
    Revoked,
    SessionEnded,
    Submission,
    Told,
)
from hongyan_core.intake import LineRequest, Request, SendRequest, parse_submission
from hongyan_core.store.database import write_transaction
from hongyan_core.store.keys import store_key
from hongyan_core.store.sets import Row, read, write

_log: Final = logging.getLogger(__name__)
_PAGE: Final = 500
_ASKING: Final = frozenset({"line", "send"})  # kinds that the exchange has to decide


def read_outbox() -> list[Row]:
    """Up to 500 rows (id, kind, payload), oldest first. An empty outbox costs one read."""
    return read("SELECT id, kind, payload FROM outbox ORDER BY id LIMIT ?", _PAGE)


def asks_to_write(rows: Sequence[Row]) -> bool:
    """Whether a line or a message is among them."""
    return any(kind in _ASKING for _, kind, _ in rows)


def take_effects(rows: Sequence[Row]) -> list[Effect]:
    """Delete rows of which none asks to write, and return their effects."""
    with write_transaction():
        delete_rows(rows)
    return list(make_effects(rows, [], []))


def delete_rows(rows: Sequence[Row]) -> None:
    """Delete these, by their ids: on PostgreSQL a lower one may commit later."""
    marks = ", ".join("?" * len(rows))
    write(f"DELETE FROM outbox WHERE id IN ({marks})", *(row_id for row_id, _, _ in rows))  # noqa: S608  # question marks only


def make_requests(rows: Sequence[Row]) -> tuple[list[int], list[Request]]:
    """What the lines and messages among the rows ask of the exchange, and the ids of their rows."""
    ids, requests = [], []
    for row_id, kind, payload in rows:
        request = _understand(_parse_request, kind, payload) if kind in _ASKING else None
        if request is not None:
            ids.append(row_id)
            requests.append(request)
    return ids, requests


def make_effects(rows: Sequence[Row], ids: Sequence[int], decisions: Sequence[Decision]) -> Iterator[Effect]:
    """The effects of the rows, in their order; `decisions` are those of the rows `ids`."""
    decided = dict(zip(ids, decisions, strict=True))
    for row_id, kind, payload in rows:
        effect: Effect | None
        if row_id in decided:
            effect = Decided(decided[row_id])
        else:
            effect = _understand(_parse_effect, kind, payload) if kind not in _ASKING else None
        if effect is not None:
            yield effect


def _understand(parse: Any, kind: str, payload: str) -> Any:
    """What a row says; None for one that cannot be understood: it would come back for ever."""
    try:
        return parse(kind, json.loads(payload))
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
        case "session":
            return SessionEnded(payload["account"], payload["client_id"], payload["at_ms"])
        case "left_group":
            return LeftGroup(payload["account"], payload["group"])
        case "account":
            return AccountChanged(payload["account"])
    raise ValueError(f"unknown kind of outbox row: {kind!r}")


def _parse_request(kind: str, payload: dict[str, Any]) -> Request:
    account, message_id, fields = payload["account"], payload["id"], payload["fields"]
    if kind == "line":
        group = topics.group(payload["group"])
        return LineRequest(account, group, Draft("event", fields), message_id, store_key(account, group))
    draft = json.dumps({"id": message_id, **fields}).encode()
    request = parse_submission(
        Submission(account, f"im/{account}/send/{payload['to']}", draft, message_id), max_payload_bytes=len(draft)
    )
    if not isinstance(request, SendRequest):
        return request
    sent = request.draft
    checked = Draft(sent.kind, sent.fields | payload.get("server", {}), sent.id)
    # The API has its own limits of how much one sends through it.
    return msgspec.structs.replace(request, draft=checked, counted=False)
