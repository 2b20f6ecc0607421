"""`/me/link`: the personal link, by which the caller is asked even where search does not find them."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields

from hongyan_core.actions.contacts import renew_link
from hongyan_core.links import make_code, parse_code
from hongyan_core.problems import Problem
from hongyan_core.qr import make_qr
from hongyan_core.store.models import Account
from hongyan_core.store.search import Person, show_person_link
from hongyan_web.context import now_ms, own_origin, settings
from hongyan_web.shapes import Answer
from hongyan_web.signin import me

my_link = APIBlueprint("my_link", __name__, tag="Friends")


class PersonalLink(Answer):
    """A link that leads to the caller until it is renewed, and the same as a picture: an SVG in a `data:` URL."""

    url = fields.String(required=True)
    code = fields.String(required=True)
    qr = fields.String(required=True)


@my_link.get("/me/link")
@my_link.output(PersonalLink)
def show() -> dict[str, str]:
    """The caller's personal link."""
    return _describe(me(), me().link_generation)


@my_link.post("/me/link")
@my_link.output(PersonalLink)
def renew() -> dict[str, str]:
    """A new personal link; the old one ends at once."""
    return _describe(me(), renew_link(me()))


def parse_person_code(code: str) -> tuple[str, int]:
    """User name and generation of the code of a personal link.

    Raises:
        Problem: invalid_link (field link).
    """
    try:
        kind, words = parse_code(settings().secret_key, code)
    except Problem:
        raise Problem("invalid_link", "link") from None
    if kind != "person":
        raise Problem("invalid_link", "link")
    return split_person_id(words)


def split_person_id(words: str) -> tuple[str, int]:
    """`ann.3` as the name and the generation; only of a code that this server has signed."""
    name, _, generation = words.rpartition(".")
    return name, int(generation)


def resolve_person(viewer: Account, words: str) -> dict[str, Any]:
    """What `GET /links/<code>` shows of a personal link: the field `person`, a `Person` of store/search.py.

    Raises:
        Problem: invalid_link.
    """
    name, generation = split_person_id(words)
    person: Person = show_person_link(viewer, name, generation, at_ms=now_ms())
    return {"person": person}


def _describe(account: Account, generation: int) -> dict[str, str]:
    code = make_code(settings().secret_key, "person", f"{account.name}.{generation}")
    url = f"{own_origin()}/#/join/{code}"
    return {"url": url, "code": code, "qr": make_qr(url)}
