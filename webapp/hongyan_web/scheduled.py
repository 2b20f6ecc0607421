"""`/scheduled`: messages for later."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields
from marshmallow.validate import OneOf, Range

from hongyan_core.actions.scheduling import (
    REPEATS,
    cancel_scheduled,
    change_scheduled,
    list_scheduled,
    schedule_message,
    send_scheduled_now,
    show_draft,
)
from hongyan_core.store.models import FOREVER_MS, ScheduledMessage
from hongyan_web.context import now_ms
from hongyan_web.shapes import Answer, Body, Nothing, Text
from hongyan_web.signin import me

MAX_WORDS = 65_536

scheduled = APIBlueprint("scheduled", __name__, tag="Conversations")


class NewScheduled(Body):
    """A message for later: `draft` as one publishes it, without `deliver_at` and `repeat`. An id of its own is kept."""

    to = Text(required=True, metadata={"example": "user/bob"})
    draft = fields.Dict(keys=fields.String(), required=True)
    deliver_at = fields.Integer(required=True, strict=True, validate=Range(0, FOREVER_MS))
    repeat = fields.String(allow_none=True, validate=OneOf(REPEATS), load_default=None)


class ScheduledChange(Body):
    """What is to change; what is left out stays. `repeat` null: once."""

    body = Text(max_chars=MAX_WORDS)
    deliver_at = fields.Integer(strict=True, validate=Range(0, FOREVER_MS))
    repeat = fields.String(allow_none=True, validate=OneOf(REPEATS))


class Scheduled(Answer):
    """A message for later. `deliver_at` is null and `refusal` a code where it was refused when its time had come."""

    id = fields.Integer(required=True)
    to = fields.String(required=True, metadata={"example": "user/bob"})
    message_id = fields.String(required=True)
    draft = fields.Dict(required=True)
    deliver_at = fields.Integer(required=True, allow_none=True)
    repeat = fields.String(required=True, allow_none=True, validate=OneOf([*REPEATS, None]))
    times = fields.Integer(required=True, metadata={"description": "So often it was sent already."})
    refusal = fields.String(required=True, allow_none=True)


class ScheduledNow(Scheduled):
    """A message for later as it is now."""


class AllScheduled(Answer):
    """What waits, the next first; then what was refused."""

    scheduled = fields.List(fields.Nested(Scheduled), required=True)


@scheduled.get("/scheduled")
@scheduled.output(AllScheduled)
def show() -> dict[str, Any]:
    """The caller's messages for later."""
    return {"scheduled": [_describe(row) for row in list_scheduled(me())]}


@scheduled.post("/scheduled")
@scheduled.input(NewScheduled)
@scheduled.output(ScheduledNow, 201)
def create(json_data: dict[str, Any]) -> dict[str, Any]:
    """Send it later, up to a year ahead, and perhaps again and again. Repeats keep the clock of the caller's zone."""
    to, draft, due_ms, repeat = (json_data[name] for name in ("to", "draft", "deliver_at", "repeat"))
    return _describe(schedule_message(me(), to, draft, due_ms, repeat, at_ms=now_ms()))


@scheduled.patch("/scheduled/<int:number>")
@scheduled.input(ScheduledChange)
@scheduled.output(ScheduledNow)
def change(number: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Change its words, its time or its repeats; a new time makes a refused one wait again."""
    return _describe(change_scheduled(me(), number, json_data, at_ms=now_ms()))


@scheduled.delete("/scheduled/<int:number>")
@scheduled.output(Nothing, 204)
def cancel(number: int) -> str:
    """Do not send it, or not again."""
    cancel_scheduled(me(), number, at_ms=now_ms())
    return ""


@scheduled.post("/scheduled/<int:number>/send")
@scheduled.output(Nothing, 204)
def send(number: int) -> str:
    """Send it now, within a second or two; one that repeats comes again at its time."""
    send_scheduled_now(me(), number, at_ms=now_ms())
    return ""


def _describe(row: ScheduledMessage) -> dict[str, Any]:
    return {
        "id": row.id,
        "to": row.key,
        "message_id": row.message_id,
        "draft": show_draft(row),
        "deliver_at": row.due_ms,
        "repeat": row.repeat or None,
        "times": row.times,
        "refusal": row.refusal or None,
    }
