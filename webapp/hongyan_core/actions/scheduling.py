"""Messages for later, as the web app sees them; by MQTT they come with `deliver_at`. The exchange sends them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from hongyan.envelope import Draft, parse_draft
from hongyan.errors import MalformedEnvelope, MalformedTopic
from hongyan.kinds import KINDS, Role
from hongyan.limits import MAX_PAYLOAD_BYTES, MAX_SCHEDULED
from hongyan.topics import ConversationKey, parse_conversation_key
from hongyan_core.content import find_named_files
from hongyan_core.problems import Problem, ProblemCode
from hongyan_core.rules import SCHEDULE
from hongyan_core.schedule import MAX_AHEAD_MS
from hongyan_core.standing import Plan
from hongyan_core.store.database import write_transaction
from hongyan_core.store.files import let_wait
from hongyan_core.store.models import Account, ScheduledMessage
from hongyan_core.store.mutes import decide_mute
from hongyan_core.store.outbox import tell_notice

REPEATS: Final = ("daily", "weekdays", "weekly", "monthly")
_OF_THE_PLAN: Final = ("deliver_at", "repeat")  # not of the message itself


def schedule_message(
    account: Account, to: str, draft: Mapping[str, Any], due_ms: int, repeat: str | None, *, at_ms: int
) -> ScheduledMessage:
    """Leave a message for later; the id of one that waits already is that one. Own devices are told.

    Args:
        to: A conversation as the account calls it.
        draft: An envelope of content, without `deliver_at` and `repeat`.
        repeat: One of REPEATS, on the clock of the account's time zone; None: once.

    Raises:
        Problem: malformed_field, too_large, unknown_conversation, past_time, too_many.
    """
    parsed, message_id = _parse(draft)
    with write_transaction():
        known = ScheduledMessage.get_or_none(account=account, message_id=message_id)
        if known is not None:
            return known
        has_room = ScheduledMessage.select().where(ScheduledMessage.account == account).count() < MAX_SCHEDULED
        _demand(Plan(_converses(account, to), _is_ahead(due_ms, at_ms), has_room))
        row: ScheduledMessage = ScheduledMessage.create(
            account=account,
            key=to,
            message_id=message_id,
            draft=_encode({"kind": parsed.kind, **parsed.fields}),
            due_ms=due_ms,
            repeat=repeat or "",
            time_zone=account.time_zone,
        )
        _tell(account, row, at_ms)
    return row


def change_scheduled(account: Account, id_: int, wanted: Mapping[str, Any], *, at_ms: int) -> ScheduledMessage:
    """Change some of body, deliver_at and repeat (None: once); a new time makes a refused one wait again.

    Raises:
        Problem: unknown_scheduled, malformed_field, too_large, past_time.
    """
    with write_transaction():
        row = _load(account, id_)
        draft = json.loads(row.draft)
        if "body" in wanted:
            draft["body"] = wanted["body"]
            _parse({name: value for name, value in draft.items() if name not in _OF_THE_PLAN})
        if "deliver_at" in wanted:
            draft.pop("deliver_at", None)
            row.due_ms, row.refusal = wanted["deliver_at"], ""
            _demand(Plan(converses=True, ahead=_is_ahead(wanted["deliver_at"], at_ms)))
        if "repeat" in wanted:
            row.repeat, row.time_zone = wanted["repeat"] or "", account.time_zone
        row.draft = _encode(draft)
        row.save()
        _tell(account, row, at_ms)
    return row


def send_scheduled_now(account: Account, id_: int, *, at_ms: int) -> None:
    """Let it be sent with the next look of the exchange; one that repeats keeps its times.

    Raises:
        Problem: unknown_scheduled.
    """
    with write_transaction():
        row = _load(account, id_)
        if row.repeat and row.due_ms is not None:
            row.draft = _encode({"deliver_at": row.due_ms, **json.loads(row.draft)})
        row.due_ms, row.refusal = at_ms, ""
        row.save()


def cancel_scheduled(account: Account, id_: int, *, at_ms: int) -> None:
    """Do not send it, or not again; its files wait a day for another message.

    Raises:
        Problem: unknown_scheduled.
    """
    with write_transaction():
        row = _load(account, id_)
        row.delete_instance()
        let_wait(account.id, find_named_files(json.loads(row.draft)), at_ms=at_ms)
        row.due_ms = None
        _tell(account, row, at_ms)


def list_scheduled(account: Account) -> list[ScheduledMessage]:
    """What waits, the next first; then what was refused."""
    query = ScheduledMessage.select().where(ScheduledMessage.account == account)
    return sorted(query, key=lambda row: (row.due_ms is None, row.due_ms, row.id))


def show_draft(row: ScheduledMessage) -> dict[str, Any]:
    """The envelope as it will be sent."""
    return {name: value for name, value in json.loads(row.draft).items() if name not in _OF_THE_PLAN}


def _load(account: Account, id_: int) -> ScheduledMessage:
    row = ScheduledMessage.get_or_none(id=id_, account=account)
    if row is None:
        raise Problem("unknown_scheduled")
    return row


def _parse(draft: Mapping[str, Any]) -> tuple[Draft, str]:
    """The draft with its message id: content only, for marks name what stands now."""
    payload = json.dumps({"kind": "text", **draft}).encode()
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise Problem("too_large", "draft")
    try:
        parsed = parse_draft(payload)
    except MalformedEnvelope as error:
        raise Problem("malformed_field", error.field or "draft") from None
    wrong = next((name for name in _OF_THE_PLAN if name in parsed.fields), None)
    if wrong is not None or KINDS[parsed.kind].role is not Role.CONTENT:
        raise Problem("malformed_field", wrong or "kind")
    return parsed, parsed.id or f"web-{uuid.uuid4().hex}"


def _converses(account: Account, to: str) -> bool:
    key = find_key(to)
    return key is not None and decide_mute(account, key) is None


def find_key(to: str) -> ConversationKey | None:
    """A conversation by its name; None for what cannot be one."""
    try:
        return parse_conversation_key(to)
    except MalformedTopic:
        return None


def _is_ahead(due_ms: int, at_ms: int) -> bool:
    return at_ms < due_ms <= at_ms + MAX_AHEAD_MS


def _demand(plan: Plan) -> None:
    refusal: ProblemCode | None = SCHEDULE.decide(plan)
    if refusal is not None:
        fields = {"past_time": "deliver_at", "unknown_conversation": "to"}
        raise Problem(refusal, fields.get(refusal), limit=MAX_SCHEDULED)


def _tell(account: Account, row: ScheduledMessage, at_ms: int) -> None:
    told = {"id": row.message_id, "to": row.key, "deliver_at": row.due_ms, "at": at_ms}
    tell_notice([account.name], {"type": "scheduled", **told})


def _encode(draft: Mapping[str, Any]) -> str:
    return msgspec.json.encode(draft).decode()
