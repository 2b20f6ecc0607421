"""`/conversations/…/draft`: what the caller has begun to write. The list of conversations says what there is."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields
from marshmallow.validate import Range

from hongyan import topics
from hongyan.limits import MAX_INT
from hongyan_core.actions.drafts import drop_draft, keep_draft
from hongyan_web.context import now_ms
from hongyan_web.shapes import Body, Nothing, Text
from hongyan_web.signin import me

MAX_CHARS = 65_536

drafts = APIBlueprint("drafts", __name__, tag="Conversations")


class NewDraft(Body):
    """Words, and the `seq` of the message that they will answer. Neither: there is no draft any longer."""

    body = Text(required=True, max_chars=MAX_CHARS)
    reply = fields.Integer(allow_none=True, strict=True, validate=Range(1, MAX_INT), load_default=None)


@drafts.put("/conversations/user/<peer>/draft")
@drafts.input(NewDraft)
@drafts.output(Nothing, 204)
def keep_with_user(peer: str, json_data: dict[str, Any]) -> str:
    """Keep what the caller has begun to write to somebody, for all devices."""
    keep_draft(me(), topics.user(peer), json_data["body"], json_data["reply"], at_ms=now_ms())
    return ""


@drafts.delete("/conversations/user/<peer>/draft")
@drafts.output(Nothing, 204)
def drop_with_user(peer: str) -> str:
    """Forget it. Again is the same."""
    drop_draft(me(), topics.user(peer), at_ms=now_ms())
    return ""


@drafts.put("/conversations/group/<name>/draft")
@drafts.input(NewDraft)
@drafts.output(Nothing, 204)
def keep_in_group(name: str, json_data: dict[str, Any]) -> str:
    """Keep what the caller has begun to write in a group, for all devices."""
    keep_draft(me(), topics.group(name), json_data["body"], json_data["reply"], at_ms=now_ms())
    return ""


@drafts.delete("/conversations/group/<name>/draft")
@drafts.output(Nothing, 204)
def drop_in_group(name: str) -> str:
    """Forget it. Again is the same."""
    drop_draft(me(), topics.group(name), at_ms=now_ms())
    return ""
