"""`/conversations`: what was said, and how far the caller has read."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from apiflask import APIBlueprint
from marshmallow import fields
from marshmallow.validate import Range

from hongyan import topics
from hongyan.limits import MAX_INT
from hongyan.names import is_name
from hongyan_core.problems import Problem
from hongyan_core.store import history
from hongyan_web.context import now_ms
from hongyan_web.shapes import MUTED_UNTIL, Answer, Body, time_of
from hongyan_web.signin import me

MAX_PAGE: Final = 200

conversations = APIBlueprint("conversations", __name__, tag="Conversations")


class Envelope(fields.Dict):
    """A stamped message, with all that its sender put into it."""

    def __init__(self, **options: Any) -> None:
        required = ["id", "kind", "from", "to", "seq", "at"]
        super().__init__(metadata={"required": required, "description": "A stamped envelope."}, **options)


class Head(Answer):
    """A conversation in the list; `last_message` is null while nothing was said."""

    key = fields.String(required=True, metadata={"example": "user/bob"})
    title = fields.String(required=True)
    last_seq = fields.Integer(required=True)
    read_seq = fields.Integer(required=True)
    unread = fields.Integer(required=True)
    last_message = Envelope(required=True, allow_none=True)
    muted_until = time_of("muted_until", allow_none=True, metadata={"description": MUTED_UNTIL})


class Heads(Answer):
    """All conversations of the caller, the newest first."""

    conversations = fields.List(fields.Nested(Head), required=True)


class Page(Body):
    """`after` a seq: the oldest beyond it. `before` a seq: the newest below it. Neither: the newest of all."""

    after = fields.Integer(validate=Range(0, MAX_INT))
    before = fields.Integer(validate=Range(0, MAX_INT))
    limit = fields.Integer(load_default=50, validate=Range(1, MAX_PAGE))


class Messages(Answer):
    """A page, ascending by seq; `first_seq` is the lowest that the caller may see, `last_seq` the newest."""

    messages = fields.List(Envelope(), required=True)
    first_seq = fields.Integer(required=True)
    last_seq = fields.Integer(required=True)
    peer_read_seq = fields.Integer(metadata={"description": "One to one: how far the other one has read."})


@conversations.get("/conversations")
@conversations.output(Heads)
def show_heads() -> dict[str, Any]:
    """The caller's conversations with their last message and unread count."""
    at_ms = now_ms()
    return {"conversations": [_describe(head, at_ms) for head in history.list_conversations(me())]}


@conversations.get("/conversations/user/<peer>/messages")
@conversations.input(Page, location="query")
@conversations.output(Messages)
def read_with_user(peer: str, query_data: dict[str, int]) -> dict[str, Any]:
    """A page of a one-to-one conversation."""
    key = topics.user(peer)
    return {**_read(key, query_data), "peer_read_seq": history.peer_read_seq(me(), key)}


@conversations.get("/conversations/group/<name>/messages")
@conversations.input(Page, location="query")
@conversations.output(Messages)
def read_in_group(name: str, query_data: dict[str, int]) -> dict[str, Any]:
    """A page of a group's conversation, as far as the caller was a member."""
    return _read(topics.group(name), query_data)


def _read(key: topics.ConversationKey, page: dict[str, int]) -> dict[str, Any]:
    if not is_name(key.name):  # PostgreSQL cannot even be asked for a NUL
        raise Problem("unknown_conversation")
    found = history.read_history(me(), key, after=page.get("after"), before=page.get("before"), limit=page["limit"])
    messages = [msgspec.json.decode(payload) for payload in found.messages]
    return {"messages": messages, "first_seq": found.first_seq, "last_seq": found.last_seq}


def _describe(head: history.ConversationHead, at_ms: int) -> dict[str, Any]:
    last, muted = head.last_message, head.muted_until_ms
    return {
        "key": str(head.key),
        "title": head.title,
        "last_seq": head.last_seq,
        "read_seq": head.read_seq,
        "unread": head.unread,
        "last_message": None if last is None else msgspec.json.decode(last),
        "muted_until": muted if muted is not None and muted > at_ms else None,
    }
