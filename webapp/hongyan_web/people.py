"""`/people`: finding somebody."""

from __future__ import annotations

from typing import Any, Final

from apiflask import APIBlueprint
from marshmallow import fields
from marshmallow.validate import OneOf

from hongyan_core.store.people import Relation
from hongyan_core.store.search import search_people
from hongyan_web.context import now_ms
from hongyan_web.shapes import Answer, Body, Face, Text
from hongyan_web.signin import me

MAX_FOUND: Final = 20

people = APIBlueprint("people", __name__, tag="People")


class Search(Body):
    """The beginning of a username, or of a word of a display name; of Chinese and the like from any character on."""

    q = Text(required=True, max_chars=64)


class Found(Face):
    """Somebody, and what they are to the caller: `requested` by me, `requesting` me, `blocked` by me."""

    relation = fields.String(required=True, validate=OneOf(list(Relation)))


class People(Answer):
    """Who was found, at most 20."""

    people = fields.List(fields.Nested(Found), required=True)


@people.get("/people")
@people.input(Search, location="query")
@people.output(People)
def search(query_data: dict[str, str]) -> dict[str, Any]:
    """Find people by name: nobody who is hidden or has blocked the caller."""
    return {"people": search_people(me(), query_data["q"], MAX_FOUND, at_ms=now_ms())}
