"""`/conversations`: what the caller talks about with whom, what is new there, and how long it stays."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from apiflask import APIBlueprint
from marshmallow import fields
from marshmallow.validate import OneOf, Range

from hongyan import topics
from hongyan.topics import ConversationKey, ConversationKind
from hongyan_core.actions.talk import BOUNDS, ConversationChanges, change_conversation
from hongyan_core.store.history import ConversationHead, UnsentWords, list_conversations
from hongyan_core.store.list_marks import LIST_MARKS
from hongyan_web.context import now_ms
from hongyan_web.shapes import MUTED_UNTIL, Answer, Body, Nothing, time_of
from hongyan_web.signin import me

# The two forms of a key, `user/bob` and `group/lab`, as one part of a path.
CONVERSATION: Final = "/conversations/<any(user, group):kind>/<name>"

conversations = APIBlueprint("conversations", __name__, tag="Conversations")


def key_of(kind: str, name: str) -> ConversationKey:
    """The conversation of a path."""
    return topics.group(name) if kind == ConversationKind.GROUP.value else topics.user(name)


class Envelope(fields.Dict):
    """A stamped message, with all that its sender put into it."""

    def __init__(self, **options: Any) -> None:
        required = ["id", "kind", "from", "to", "seq", "at"]
        super().__init__(metadata={"required": required, "description": "A stamped envelope."}, **options)


class Unsent(Answer):
    """What the caller has begun to write."""

    body = fields.String(required=True)
    reply = fields.Integer(required=True, allow_none=True, attribute="reply_seq")
    at = time_of("at_ms")


class Head(Answer):
    """A conversation in the list; `last_message` is null while nothing was said."""

    key = fields.String(required=True, metadata={"example": "user/bob"})
    title = fields.String(required=True)
    last_seq = fields.Integer(required=True)
    read_seq = fields.Integer(required=True)
    unread = fields.Integer(required=True, metadata={"description": "Messages of others; marks do not count."})
    mentions = fields.Integer(required=True, metadata={"description": "Unread ones that name the caller, 100 at most."})
    last_message = Envelope(required=True, allow_none=True)
    muted_until = time_of("muted_until", allow_none=True, metadata={"description": MUTED_UNTIL})
    draft = fields.Nested(Unsent, required=True, allow_none=True)
    marks = fields.List(
        fields.String(validate=OneOf(LIST_MARKS)),
        required=True,
        metadata={"description": "How the caller keeps it in the list; `unread` goes with the next read mark."},
    )
    disappear_s = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Messages are gone so long after they were read."}
    )
    retention_days = fields.Integer(required=True, allow_none=True, metadata={"description": "What is older goes."})


class Heads(Answer):
    """All conversations of the caller, the newest first."""

    conversations = fields.List(fields.Nested(Head), required=True)


class Changes(Body):
    """What is left out stays; null takes it back."""

    disappear_s = fields.Integer(strict=True, allow_none=True, validate=Range(*BOUNDS["disappear_s"]))
    retention_days = fields.Integer(strict=True, allow_none=True, validate=Range(*BOUNDS["retention_days"]))


@conversations.get("/conversations")
@conversations.output(Heads)
def show_heads() -> dict[str, Any]:
    """The caller's conversations with their last message and what is new in them."""
    at_ms = now_ms()
    return {"conversations": [_describe(head, at_ms) for head in list_conversations(me())]}


@conversations.patch(CONVERSATION)
@conversations.input(Changes)
@conversations.output(Nothing, 204)
def change(kind: str, name: str, json_data: ConversationChanges) -> str:
    """Change how long messages stay: either of two people may, in a group the owner and the admins."""
    change_conversation(me(), key_of(kind, name), json_data, at_ms=now_ms())
    return ""


def _describe(head: ConversationHead, at_ms: int) -> dict[str, Any]:
    last, muted = head.last_message, head.muted_until_ms
    draft: UnsentWords | None = head.draft
    return {
        "key": str(head.key),
        "title": head.title,
        "last_seq": head.last_seq,
        "read_seq": head.read_seq,
        "unread": head.unread,
        "mentions": head.mentions,
        "last_message": None if last is None else msgspec.json.decode(last),
        "muted_until": muted if muted is not None and muted > at_ms else None,
        "draft": draft,
        "marks": head.marks,
        "disappear_s": head.disappear_s,
        "retention_days": head.retention_days,
    }
