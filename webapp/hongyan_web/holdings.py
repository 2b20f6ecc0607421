"""`/conversations/…/pins`, `…/cards` and `…/media`: what stands out in a conversation, and all files of it."""

from __future__ import annotations

from typing import Any, Final

from apiflask import APIBlueprint
from marshmallow import fields
from marshmallow.validate import OneOf, Range

from hongyan.limits import MAX_INT
from hongyan_core.store import history
from hongyan_core.store.history import MAX_PAGE
from hongyan_web.conversations import CONVERSATION, Envelope, key_of
from hongyan_web.shapes import Answer, Body, time_of
from hongyan_web.signin import me

MEDIA: Final = ("image", "voice", "video", "file")

holdings = APIBlueprint("holdings", __name__, tag="Conversations")


class MediaPage(Body):
    """Of which kind, and below which message."""

    kind = fields.String(required=True, validate=OneOf(MEDIA))
    before = fields.Integer(validate=Range(0, MAX_INT))
    limit = fields.Integer(load_default=50, validate=Range(1, MAX_PAGE))


class Pin(Answer):
    """A message at the top, and who put it there."""

    message = Envelope(required=True)
    by = fields.String(required=True)
    at = time_of("at_ms")


class Pins(Answer):
    """What is pinned, the newest pin first."""

    pins = fields.List(fields.Nested(Pin), required=True)


class Cards(Answer):
    """The latest values of every device, the newest first."""

    cards = fields.List(fields.Dict(metadata={"description": "A card, stamped, without a seq."}), required=True)


class Media(Answer):
    """Messages, the newest first; `next` is `before` of the next page, null on the last one."""

    messages = fields.List(Envelope(), required=True)
    next = fields.Integer(required=True, allow_none=True)


@holdings.get(f"{CONVERSATION}/pins")
@holdings.output(Pins)
def show_pins(kind: str, name: str) -> dict[str, Any]:
    """What is pinned."""
    return {"pins": history.read_pins(me(), key_of(kind, name))}


@holdings.get(f"{CONVERSATION}/cards")
@holdings.output(Cards)
def show_cards(kind: str, name: str) -> dict[str, Any]:
    """What devices show."""
    return {"cards": history.read_cards(me(), key_of(kind, name))}


@holdings.get(f"{CONVERSATION}/media")
@holdings.input(MediaPage, location="query")
@holdings.output(Media)
def show_media(kind: str, name: str, query_data: dict[str, Any]) -> dict[str, Any]:
    """All messages of a kind that hold files."""
    key, wanted = key_of(kind, name), query_data["kind"]
    found, after = history.read_media(me(), key, wanted, before=query_data.get("before"), limit=query_data["limit"])
    return {"messages": found, "next": after}
