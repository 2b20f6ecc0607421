"""`/search`: messages by their words."""

from __future__ import annotations

from typing import Any, Final

from apiflask import APIBlueprint
from marshmallow import fields
from marshmallow.validate import OneOf, Range

from hongyan.errors import MalformedTopic
from hongyan.kinds import KINDS, Role
from hongyan.limits import MAX_INT
from hongyan.topics import ConversationKey, parse_conversation_key
from hongyan_core.problems import Problem
from hongyan_core.search.query import MAX_LIMIT, Hit, Query, search_messages
from hongyan_core.search.words import parse_query
from hongyan_web.conversations import Envelope
from hongyan_web.shapes import Answer, Body, Text
from hongyan_web.signin import me

MAX_QUERY_CHARS: Final = 100
_KINDS: Final = [name for name, kind in KINDS.items() if kind.role is Role.CONTENT]

search = APIBlueprint("search", __name__, tag="Search")


class Wanted(Body):
    """Words and "phrases", which must all stand in the message; each filter narrows it down. One of them at least."""

    q = Text(load_default="", max_chars=MAX_QUERY_CHARS)
    key = Text(data_key="in", metadata={"description": "A conversation: user/bob or group/lab."})
    sender = Text(data_key="from", metadata={"description": "A user name."})
    kind = fields.String(validate=OneOf(_KINDS))
    since = fields.Integer(validate=Range(0, MAX_INT), metadata={"description": "Sent at this time or later."})
    until = fields.Integer(validate=Range(0, MAX_INT), metadata={"description": "Sent at this time or before."})
    before = fields.Integer(validate=Range(1, MAX_INT), metadata={"description": "`next` of the page before."})
    limit = fields.Integer(load_default=20, validate=Range(1, MAX_LIMIT))


class Context(Answer):
    """The messages beside one; null where there is none to see."""

    before = Envelope(required=True, allow_none=True)
    after = Envelope(required=True, allow_none=True)


class Result(Answer):
    """A message that was found; `highlights` are [start, end) in characters of its body."""

    key = fields.String(required=True, metadata={"example": "user/bob"})
    title = fields.String(required=True)
    message = Envelope(required=True)
    highlights = fields.List(fields.List(fields.Integer()), required=True)
    context = fields.Nested(Context, required=True)


class Results(Answer):
    """The newest first. A page may be empty and yet have a `next`: then the search goes on further back."""

    results = fields.List(fields.Nested(Result), required=True)
    next = fields.Integer(required=True, allow_none=True)
    behind = fields.Boolean(required=True, metadata={"description": "Messages of just now may be missing."})


@search.get("/search")
@search.input(Wanted, location="query")
@search.output(Results)
def find(query_data: dict[str, Any]) -> dict[str, Any]:
    """Find messages in all conversations of the caller: Chinese and the like from any character, others by words."""
    limit = query_data.pop("limit")
    query = _parse(query_data)
    if query is None:
        return {"results": [], "next": None, "behind": False}
    found = search_messages(me(), query, limit)
    return {"results": [_describe(hit) for hit in found.hits], "next": found.following, "behind": found.behind}


def _parse(given: dict[str, Any]) -> Query | None:
    """None: there are words, but none that can be looked for."""
    text = given["q"].strip()
    needles = parse_query(text)
    if not text and not given.keys() & {"key", "sender", "kind", "since", "until"}:
        raise Problem("missing_field", "q")
    if text and not needles:
        return None
    return Query(
        needles=needles,
        key=_parse_key(given["key"]) if "key" in given else None,
        sender=given.get("sender"),
        kind=given.get("kind"),
        since_ms=given.get("since", 0),
        until_ms=given.get("until", MAX_INT),
        before=given.get("before"),
    )


def _parse_key(text: str) -> ConversationKey:
    try:
        return parse_conversation_key(text)
    except MalformedTopic:
        raise Problem("malformed_field", "in") from None


def _describe(hit: Hit) -> dict[str, Any]:
    return {
        "key": str(hit.key),
        "title": hit.title,
        "message": hit.envelope,
        "highlights": [list(span) for span in hit.spans],
        "context": {"before": hit.before, "after": hit.after},
    }
