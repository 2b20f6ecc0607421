"""`/groups`: groups of the caller, and who is in them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields

from hongyan_core.actions.groups import add_member, create_group, remove_member
from hongyan_core.store.groups import GroupSummary, list_groups, list_members, load_group, summarize_group
from hongyan_web.context import now_ms, settings
from hongyan_web.shapes import Answer, Body, Nothing, Person, Text
from hongyan_web.signin import me

groups = APIBlueprint("groups", __name__, tag="Groups")


class NewGroup(Body):
    """The name is for addresses and for ever; the title is for people."""

    name = Text(required=True)
    title = Text(required=True)


class Group(Answer):
    """A group of the caller; `role` is the caller's own: owner, admin or member."""

    name = fields.String(required=True)
    title = fields.String(required=True)
    owner = fields.String(required=True)
    role = fields.String(required=True)
    member_count = fields.Integer(required=True)


class Groups(Answer):
    """All groups of the caller."""

    groups = fields.List(fields.Nested(Group), required=True)


class Member(Person):
    """A member and their role."""

    role = fields.String(required=True)


class GroupWithMembers(Group):
    """A group and everybody in it."""

    members = fields.List(fields.Nested(Member), required=True)


@groups.post("/groups")
@groups.input(NewGroup)
@groups.output(Group, 201)
def create(json_data: dict[str, str]) -> GroupSummary:
    """Make a group; the caller owns it and is its only member."""
    group = create_group(me(), json_data["name"], json_data["title"], at_ms=now_ms())
    return summarize_group(me(), group)


@groups.get("/groups")
@groups.output(Groups)
def show_groups() -> dict[str, Any]:
    """The caller's groups, by name."""
    return {"groups": list_groups(me())}


@groups.get("/groups/<name>")
@groups.output(GroupWithMembers)
def show_group(name: str) -> dict[str, Any]:
    """One group of the caller's, and who is in it."""
    group = load_group(me(), name)
    return {**asdict(summarize_group(me(), group)), "members": list_members(group)}


@groups.put("/groups/<name>/members/<username>")
@groups.output(Nothing, 204)
def add(name: str, username: str) -> str:
    """Add a friend to the group; its owner and admins may."""
    most = settings().limits.max_group_members
    add_member(me(), load_group(me(), name), username, at_ms=now_ms(), max_members=most)
    return ""


@groups.delete("/groups/<name>/members/<username>")
@groups.output(Nothing, 204)
def remove(name: str, username: str) -> str:
    """Remove a member; its owner and admins may. Oneself: leave."""
    remove_member(me(), load_group(me(), name), username, at_ms=now_ms())
    return ""
