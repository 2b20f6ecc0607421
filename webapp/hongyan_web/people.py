"""`/people`: finding somebody."""

from __future__ import annotations

from typing import Any, Final

from apiflask import APIBlueprint
from marshmallow import fields
from marshmallow.validate import OneOf

from hongyan_core.store.people import Relation, search_people
from hongyan_web.shapes import Answer, Body, Person, Text
from hongyan_web.signin import me

MAX_FOUND: Final = 20

people = APIBlueprint("people", __name__, tag="People")


class Search(Body):
    """The beginning of a username, or any part of a display name."""

    q = Text(required=True, max_chars=64)


class Found(Person):
    """Somebody, and what they are to the caller: `requested` by me, `requesting` me, `blocked` by me."""

    relation = fields.String(required=True, validate=OneOf(list(Relation)))


class People(Answer):
    """Who was found, at most 20."""

    people = fields.List(fields.Nested(Found), required=True)


@people.get("/people")
@people.input(Search, location="query")
@people.output(People)
def search(query_data: dict[str, str]) -> dict[str, Any]:
    """Find people by name."""
    return {"people": search_people(me(), query_data["q"], MAX_FOUND)}
