"""`/links`: what a link stands for, and invitations to this server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from apiflask import APIBlueprint
from marshmallow import fields
from marshmallow.validate import OneOf

from hongyan_core.actions.invitations import end_invitation, find_invitation, list_invitations, make_invitation
from hongyan_core.links import KINDS, Kind, make_code, parse_code
from hongyan_core.problems import Problem
from hongyan_core.store.models import Link
from hongyan_web import context, signin
from hongyan_web.group_joining import Door, show_door
from hongyan_web.my_link import resolve_person
from hongyan_web.people import Found
from hongyan_web.shapes import Answer, Body, Nothing, time_of

links = APIBlueprint("links", __name__, tag="Links")


class NewInvitation(Body):
    """Until when it counts and how often; null: without an end."""

    expires_at = fields.Integer(load_default=None, allow_none=True, strict=True)
    max_uses = fields.Integer(load_default=None, allow_none=True, strict=True)


class Invitation(Answer):
    """A link with which people may register."""

    id = fields.Integer(required=True)
    url = fields.String(required=True)
    code = fields.String(required=True)
    created_at = time_of("created_at_ms")
    expires_at = time_of("expires_at_ms", allow_none=True)
    max_uses = fields.Integer(required=True, allow_none=True)
    uses = fields.Integer(required=True)


class NewLink(Invitation):
    """The invitation that was made."""


class Invitations(Answer):
    """Those that nobody has ended, newest first; at most 200."""

    links = fields.List(fields.Nested(Invitation), required=True)


class LinkedPerson(Found):
    """Whose personal link it is."""


class LinkTarget(Answer):
    """What a link leads to."""

    kind = fields.String(required=True, validate=OneOf(KINDS))
    person = fields.Nested(LinkedPerson)
    group = fields.Nested(Door)


@links.get("/links/<link>")
@links.output(LinkTarget)
def show_link(link: str) -> dict[str, Any]:
    """What a code stands for: an invitation to register is shown to all, a person and a group to who is signed in."""
    kind, link_id = parse_code(context.settings().secret_key, link)
    if kind not in RESOLVERS:
        raise Problem("invalid_link")
    return {"kind": kind, **RESOLVERS[kind](link_id)}


@links.get("/links")
@links.output(Invitations)
def show_invitations() -> dict[str, Any]:
    """The invitations to this server, for who moderates it."""
    caller = signin.caller()
    return {"links": [_show(link) for link in list_invitations(caller.account, in_person=caller.by_cookie)]}


@links.post("/links")
@links.input(NewInvitation)
@links.output(NewLink, 201)
def invite(json_data: dict[str, Any]) -> dict[str, Any]:
    """Make an invitation to this server."""
    caller = signin.caller()
    link = make_invitation(
        caller.account,
        in_person=caller.by_cookie,
        expires_at_ms=json_data["expires_at"],
        max_uses=json_data["max_uses"],
        at_ms=context.now_ms(),
    )
    return _show(link)


@links.delete("/links/<int:link>")
@links.output(Nothing, 204)
def end(link: int) -> str:
    """End an invitation, by its id."""
    caller = signin.caller()
    end_invitation(caller.account, link, in_person=caller.by_cookie, at_ms=context.now_ms())
    return ""


def read_invitation(code: str) -> int:
    """The id of the invitation of this code; 0, which is nobody's, for every other."""
    try:
        kind, link_id = parse_code(context.settings().secret_key, code)
    except Problem:
        return 0
    return int(link_id) if kind == "signup" else 0


def join_url(code: str) -> str:
    """Where a page takes up a code."""
    return f"{context.own_origin()}/#/join/{code}"


def _show(link: Link) -> dict[str, Any]:
    code = make_code(context.settings().secret_key, "signup", str(link.id))
    shown = {name: getattr(link, name) for name in ("id", "created_at_ms", "expires_at_ms", "max_uses", "uses")}
    return {**shown, "code": code, "url": join_url(code)}


def _show_signup(link_id: str) -> dict[str, Any]:
    find_invitation(int(link_id), at_ms=context.now_ms())
    return {}


# By kind: what is shown beside it. Each but signup begins with `signin.me()`: the route itself is open.
RESOLVERS: Final[Mapping[Kind, Callable[[str], dict[str, Any]]]] = {
    "signup": _show_signup,
    "person": lambda words: resolve_person(signin.me(), words),
    "group": show_door,
}
