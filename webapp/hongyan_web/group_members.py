"""`/groups/<name>/members`, `/bans` and who has read the announcement: page by page."""

from __future__ import annotations

from typing import Any, cast

from apiflask import APIBlueprint
from marshmallow import fields
from marshmallow.validate import OneOf, Range

from hongyan.limits import MAX_INT
from hongyan_core.actions import groups as actions
from hongyan_core.standing import Role
from hongyan_core.store import members as store
from hongyan_core.store.groups import load_group
from hongyan_core.store.models import FOREVER_MS
from hongyan_web.context import now_ms, settings
from hongyan_web.shapes import Answer, Body, Nothing, Person, PictureVersion, Text, time_of
from hongyan_web.signin import me

group_members = APIBlueprint("group_members", __name__, tag="Groups")


class Paging(Body):
    """`after`: the `next` of the page before."""

    after = fields.Integer(load_default=0, validate=Range(0, MAX_INT))
    limit = fields.Integer(load_default=50, validate=Range(1, store.MAX_PAGE))


class MemberSearch(Paging):
    """The beginning of a username, or any part of a display name or nickname."""

    q = Text(load_default="", max_chars=64)


class Member(Person):
    """A member; `nickname` is empty, `muted_until` null where there is none."""

    nickname = fields.String(required=True)
    role = fields.String(required=True)
    muted_until = fields.Integer(required=True, allow_none=True, attribute="muted_until_ms")
    picture = PictureVersion()


class Members(Answer):
    """Who is there longest first; `next` is null at the end."""

    members = fields.List(fields.Nested(Member), required=True)
    next = fields.Integer(required=True, allow_none=True)


class MemberChange(Body):
    """What is to be another way. `muted_until`: null until it is taken back, 0 takes it back."""

    role = fields.String(validate=OneOf((Role.ADMIN.value, Role.MEMBER.value)))
    muted_until = fields.Integer(allow_none=True, strict=True, validate=Range(0, FOREVER_MS))
    nickname = Text()


class BannedPerson(Person):
    """Somebody who may not come back."""

    at = time_of("at_ms")


class Bans(Answer):
    """Who may not come back; `next` is null at the end."""

    bans = fields.List(fields.Nested(BannedPerson), required=True)
    next = fields.Integer(required=True, allow_none=True)


class Readers(Answer):
    """Who has read the announcement; `next` is null at the end."""

    readers = fields.List(fields.Nested(Person), required=True)
    next = fields.Integer(required=True, allow_none=True)


@group_members.get("/groups/<name>/members")
@group_members.input(MemberSearch, location="query")
@group_members.output(Members)
def show_members(name: str, query_data: dict[str, Any]) -> dict[str, Any]:
    """Who is in the group; of a channel its readers see its admins only."""
    return show_page(store.list_members(me(), load_group(me(), name), **query_data, at_ms=now_ms()))


def show_page(page: store.MemberPage) -> dict[str, Any]:
    """The shape `Members`."""
    return {"members": page.members, "next": page.next}


@group_members.put("/groups/<name>/members/<username>")
@group_members.output(Nothing, 204)
def add(name: str, username: str) -> str:
    """Add a friend to the group; its owner and admins may, and members where it is set so."""
    most = settings().limits.max_group_members
    actions.add_member(me(), load_group(me(), name), username, at_ms=now_ms(), max_members=most)
    return ""


@group_members.patch("/groups/<name>/members/<username>")
@group_members.input(MemberChange)
@group_members.output(Nothing, 204)
def change(name: str, username: str, json_data: dict[str, Any]) -> str:
    """Make a member an admin or a plain member again (the owner), mute them (admins), name them (oneself, admins)."""
    changes = cast(actions.MemberChanges, json_data)
    actions.change_member(me(), load_group(me(), name), username, changes, at_ms=now_ms())
    return ""


@group_members.delete("/groups/<name>/members/<username>")
@group_members.output(Nothing, 204)
def remove(name: str, username: str) -> str:
    """Remove a member; its owner and admins may. Oneself: leave."""
    actions.remove_member(me(), load_group(me(), name), username, at_ms=now_ms())
    return ""


@group_members.get("/groups/<name>/bans")
@group_members.input(Paging, location="query")
@group_members.output(Bans)
def show_bans(name: str, query_data: dict[str, int]) -> dict[str, Any]:
    """Who may not come back; its owner and admins see it."""
    page = store.list_bans(me(), load_group(me(), name), **query_data)
    return {"bans": page.bans, "next": page.next}


@group_members.put("/groups/<name>/bans/<username>")
@group_members.output(Nothing, 204)
def ban(name: str, username: str) -> str:
    """Put somebody out for good who is, was or asked to be a member."""
    actions.ban_member(me(), load_group(me(), name), username, at_ms=now_ms())
    return ""


@group_members.delete("/groups/<name>/bans/<username>")
@group_members.output(Nothing, 204)
def unban(name: str, username: str) -> str:
    """Let somebody come back."""
    actions.unban_member(me(), load_group(me(), name), username)
    return ""


@group_members.get("/groups/<name>/announcement/readers")
@group_members.input(Paging, location="query")
@group_members.output(Readers)
def show_readers(name: str, query_data: dict[str, int]) -> dict[str, Any]:
    """Who has read the announcement, of those who were there; its owner and admins see it."""
    page = store.list_readers(me(), load_group(me(), name), **query_data)
    return {"readers": page.readers, "next": page.next}
