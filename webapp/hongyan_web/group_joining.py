"""Links into groups, and who asks to be let in."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields
from marshmallow.validate import OneOf, Range

from hongyan.limits import MAX_INT
from hongyan_core.actions import groups as actions
from hongyan_core.actions.groups.joining import MAX_LINK_USES
from hongyan_core.links import make_code, parse_code
from hongyan_core.problems import Problem
from hongyan_core.qr import make_qr
from hongyan_core.store import joining as store
from hongyan_core.store.groups import load_group
from hongyan_core.store.models import Link
from hongyan_web.context import now_ms, own_origin, settings
from hongyan_web.shapes import Answer, Body, Nothing, Person, PictureVersion, Text, time_of
from hongyan_web.signin import me

group_joining = APIBlueprint("group_joining", __name__, tag="Groups")


class NewGroupLink(Body):
    """Until when it counts and how often; null: without an end."""

    expires_at = fields.Integer(load_default=None, allow_none=True, strict=True, validate=Range(1, MAX_INT))
    max_uses = fields.Integer(load_default=None, allow_none=True, strict=True, validate=Range(1, MAX_LINK_USES))


class GroupLink(Answer):
    """A way into a group, and the same as a picture: an SVG in a `data:` URL."""

    id = fields.Integer(required=True)
    url = fields.String(required=True)
    code = fields.String(required=True)
    qr = fields.String(required=True)
    created_at = time_of("created_at_ms")
    expires_at = time_of("expires_at_ms", allow_none=True)
    max_uses = fields.Integer(required=True, allow_none=True)
    uses = fields.Integer(required=True)


class GroupLinks(Answer):
    """Those that work, newest first."""

    links = fields.List(fields.Nested(GroupLink), required=True)


class Joining(Body):
    """A word to the admins, where they decide."""

    text = Text(max_chars=200, load_default="")


class Joined(Answer):
    """`joined`: a member now; `pending`: an admin decides, and `request_id` takes it back."""

    state = fields.String(required=True, validate=OneOf(("joined", "pending")))
    group = fields.String(required=True)
    request_id = fields.Integer(required=True, allow_none=True)


class Door(Answer):
    """What somebody with a link sees of a group: a part of the answer to `GET /links/<code>`."""

    name = fields.String(required=True)
    title = fields.String(required=True)
    kind = fields.String(required=True)
    member_count = fields.Integer(required=True)
    joins = fields.String(required=True)
    picture = PictureVersion()


class JoinRequestShape(Person):
    """Somebody who asks to come in."""

    id = fields.Integer(required=True)
    text = fields.String(required=True)
    created_at = time_of("created_at_ms")


class JoinRequests(Answer):
    """Who asks to come in, the first 200."""

    requests = fields.List(fields.Nested(JoinRequestShape), required=True)


class MyJoinRequest(Answer):
    """A group that the caller has asked to come into."""

    id = fields.Integer(required=True)
    group = fields.String(required=True)
    title = fields.String(required=True)
    text = fields.String(required=True)
    created_at = time_of("created_at_ms")


class MyJoinRequests(Answer):
    """What the caller waits for."""

    requests = fields.List(fields.Nested(MyJoinRequest), required=True)


@group_joining.post("/groups/<name>/links")
@group_joining.input(NewGroupLink)
@group_joining.output(GroupLink, 201)
def make_link(name: str, json_data: dict[str, int | None]) -> dict[str, Any]:
    """Make a link into the group; its setting `joins` says whether one comes in by it."""
    link = actions.make_link(
        me(),
        load_group(me(), name),
        expires_at_ms=json_data["expires_at"],
        max_uses=json_data["max_uses"],
        at_ms=now_ms(),
    )
    return _show_link(link)


@group_joining.get("/groups/<name>/links")
@group_joining.output(GroupLinks)
def show_links(name: str) -> dict[str, Any]:
    """The links into the group; who may invite sees them."""
    links = store.list_links(me(), load_group(me(), name), at_ms=now_ms())
    return {"links": [_show_link(link) for link in links]}


@group_joining.delete("/groups/<name>/links/<int:link_id>")
@group_joining.output(Nothing, 204)
def end_link(name: str, link_id: int) -> str:
    """End a link into the group."""
    actions.end_link(me(), load_group(me(), name), link_id, at_ms=now_ms())
    return ""


@group_joining.post("/links/<code>/join")
@group_joining.input(Joining)
@group_joining.output(Joined)
def join(code: str, json_data: dict[str, str]) -> dict[str, Any]:
    """Come into a group by a link, or ask its admins to be let in."""
    link_id = _parse_group_link(code)
    door = store.describe_door(link_id, at_ms=now_ms())
    most = settings().limits.max_group_members
    request = actions.join_by_link(me(), link_id, json_data["text"], at_ms=now_ms(), max_members=most)
    return {"state": "pending", "group": door.name, "request_id": request.id} if request else _show_joined(door.name)


@group_joining.get("/groups/<name>/join-requests")
@group_joining.output(JoinRequests)
def show_requests(name: str) -> dict[str, Any]:
    """Who asks to come in; its owner and admins see it."""
    return {"requests": store.list_waiting_joins(me(), load_group(me(), name))}


@group_joining.post("/groups/<name>/join-requests/<int:request_id>/accept")
@group_joining.output(Nothing, 204)
def accept(name: str, request_id: int) -> str:
    """Let somebody in who has asked."""
    most = settings().limits.max_group_members
    actions.accept_join(me(), load_group(me(), name), request_id, at_ms=now_ms(), max_members=most)
    return ""


@group_joining.post("/groups/<name>/join-requests/<int:request_id>/decline")
@group_joining.output(Nothing, 204)
def decline(name: str, request_id: int) -> str:
    """Do not let somebody in who has asked."""
    actions.decline_join(me(), load_group(me(), name), request_id, at_ms=now_ms())
    return ""


@group_joining.get("/me/join-requests")
@group_joining.output(MyJoinRequests)
def show_my_requests() -> dict[str, Any]:
    """The groups that the caller waits to be let into."""
    return {"requests": store.list_my_joins(me())}


@group_joining.delete("/me/join-requests/<int:request_id>")
@group_joining.output(Nothing, 204)
def withdraw(request_id: int) -> str:
    """Take one's own request back."""
    actions.withdraw_join(me(), request_id, at_ms=now_ms())
    return ""


def show_door(link_id: str) -> dict[str, Any]:
    """What a link into a group shows to who is signed in, beside its kind: the field `group`, a `Door`.

    Raises:
        Problem: not_signed_in, invalid_link.
    """
    me()
    return {"group": store.describe_door(int(link_id), at_ms=now_ms())}


def _parse_group_link(code: str) -> int:
    kind, link_id = parse_code(settings().secret_key, code)
    if kind != "group":
        raise Problem("invalid_link")
    return int(link_id)


def _show_joined(group: str) -> dict[str, Any]:
    return {"state": "joined", "group": group, "request_id": None}


def _show_link(link: Link) -> dict[str, Any]:
    code = make_code(settings().secret_key, "group", str(link.id))
    shown = {name: getattr(link, name) for name in ("id", "created_at_ms", "expires_at_ms", "max_uses", "uses")}
    url = f"{own_origin()}/#/join/{code}"
    return {**shown, "code": code, "url": url, "qr": _draw(url)}


@lru_cache(maxsize=1_000)
def _draw(url: str) -> str:
    """A picture takes 6 ms, and a group has up to 100 links, listed again and again."""
    return make_qr(url)
