"""`/groups`: groups and channels of the caller, and how they are set."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final, cast

from apiflask import APIBlueprint
from flask import Response
from marshmallow import fields
from marshmallow.validate import OneOf, Range

from hongyan_core.actions import groups as actions
from hongyan_core.actions.groups.settings import SETTINGS
from hongyan_core.store.groups import (
    GroupDetail,
    GroupSummary,
    describe_group,
    list_groups,
    load_group,
    summarize_group,
)
from hongyan_core.store.members import list_members
from hongyan_core.store.models import FOREVER_MS
from hongyan_web.context import now_ms
from hongyan_web.group_members import Member, show_page
from hongyan_web.profile import PICTURE, UNCHANGED, PictureAnswer, PictureQuery, send_picture
from hongyan_web.security import read_image
from hongyan_web.shapes import Answer, Body, Nothing, PictureVersion, Text, time_of
from hongyan_web.signin import me

KINDS: Final = ("group", "channel")

groups = APIBlueprint("groups", __name__, tag="Groups")


class NewGroup(Body):
    """The name is for addresses and for ever; the title is for people. In a channel few write and many read."""

    name = Text(required=True)
    title = Text(required=True)
    kind = fields.String(load_default="group", validate=OneOf(KINDS))


class Group(Answer):
    """A group of the caller; `role` is the caller's own: owner, admin or member."""

    name = fields.String(required=True)
    title = fields.String(required=True)
    owner = fields.String(required=True)
    role = fields.String(required=True)
    member_count = fields.Integer(required=True)
    kind = fields.String(required=True, validate=OneOf(KINDS))
    picture = PictureVersion()


class Groups(Answer):
    """All groups of the caller."""

    groups = fields.List(fields.Nested(Group), required=True)


class AnnouncementShape(Answer):
    """What its admins want everybody to read; only they see how many have."""

    text = fields.String(required=True)
    at = time_of("at_ms")
    by = fields.String(required=True)
    read_count = fields.Integer(required=True, allow_none=True)


class GroupWithMembers(Group):
    """A group, how it is set, and its first members. `muted_until` is null where nobody is muted."""

    invites = fields.String(required=True, validate=OneOf(SETTINGS["invites"]))
    joins = fields.String(required=True, validate=OneOf(SETTINGS["joins"]))
    history = fields.String(required=True, validate=OneOf(SETTINGS["history"]))
    writers = fields.String(required=True, validate=OneOf(SETTINGS["writers"]))
    muted_until = fields.Integer(required=True, allow_none=True)
    announcement = fields.Nested(AnnouncementShape, required=True, allow_none=True)
    my_nickname = fields.String(required=True)
    my_muted_until = fields.Integer(required=True, allow_none=True)
    members = fields.List(fields.Nested(Member), required=True)
    next = fields.Integer(required=True, allow_none=True)


class GroupChange(Body):
    """What is to be another way. `muted_until`: null until it is taken back, 0 takes it back."""

    title = Text()
    invites = fields.String(validate=OneOf(SETTINGS["invites"]))
    joins = fields.String(validate=OneOf(SETTINGS["joins"]))
    history = fields.String(validate=OneOf(SETTINGS["history"]))
    writers = fields.String(validate=OneOf(SETTINGS["writers"]))
    muted_until = fields.Integer(allow_none=True, strict=True, validate=Range(0, FOREVER_MS))
    announcement = Text(max_chars=2_000)


class NewOwner(Body):
    """A member."""

    username = Text(required=True)


@groups.post("/groups")
@groups.input(NewGroup)
@groups.output(Group, 201)
def create(json_data: dict[str, str]) -> GroupSummary:
    """Make a group or a channel; the caller owns it and is its only member."""
    name, title, kind = json_data["name"], json_data["title"], json_data["kind"]
    return summarize_group(me(), actions.create_group(me(), name, title, kind=kind, at_ms=now_ms()))


@groups.get("/groups")
@groups.output(Groups)
def show_groups() -> dict[str, Any]:
    """The caller's groups, by name."""
    return {"groups": list_groups(me())}


@groups.get("/groups/<name>")
@groups.output(GroupWithMembers)
def show_group(name: str) -> dict[str, Any]:
    """One group of the caller's, and the first 50 who are in it (of a channel its admins)."""
    group = load_group(me(), name)
    page = list_members(me(), group, at_ms=now_ms())
    return _show(describe_group(me(), group, at_ms=now_ms())) | show_page(page)


@groups.patch("/groups/<name>")
@groups.input(GroupChange)
@groups.output(Nothing, 204)
def change(name: str, json_data: dict[str, Any]) -> str:
    """Change how the group is called and set, mute everybody, announce; its owner and admins may."""
    actions.change_group(me(), load_group(me(), name), cast(actions.GroupChanges, json_data), at_ms=now_ms())
    return ""


@groups.delete("/groups/<name>")
@groups.output(Nothing, 204)
def dissolve(name: str) -> str:
    """Dissolve the group; its owner may. Nobody gets its name again."""
    actions.dissolve_group(me(), load_group(me(), name), at_ms=now_ms())
    return ""


@groups.post("/groups/<name>/owner")
@groups.input(NewOwner)
@groups.output(Nothing, 204)
def transfer(name: str, json_data: dict[str, str]) -> str:
    """Hand the group over to another member; the old owner stays as an admin."""
    actions.transfer_group(me(), load_group(me(), name), json_data["username"])
    return ""


@groups.get("/groups/<name>/picture")
@groups.input(PictureQuery, location="query")
@groups.output(PICTURE, content_type="image/webp")
@groups.doc(responses=UNCHANGED)
def show_picture(name: str, query_data: dict[str, str]) -> Response:
    """The group's picture: a WebP of 256 x 256."""
    return send_picture(load_group(me(), name).picture, query_data.get("v"))


@groups.put("/groups/<name>/picture")
@groups.output(PictureAnswer)
def set_picture(name: str) -> dict[str, Any]:
    """Give the group another picture: PNG, JPEG, WebP or GIF, up to 5 MB; its owner and admins may."""
    group = load_group(me(), name)
    return {"picture": actions.change_group_picture(me(), group, read_image())}


@groups.delete("/groups/<name>/picture")
@groups.output(Nothing, 204)
def take_picture_away(name: str) -> str:
    """Leave the group without a picture."""
    actions.change_group_picture(me(), load_group(me(), name), None)
    return ""


def _show(detail: GroupDetail) -> dict[str, Any]:
    shown = {name: getattr(detail, name) for name in ("invites", "joins", "history", "writers", "my_nickname")}
    return {
        **asdict(detail.summary),
        **shown,
        "announcement": detail.announcement,
        "muted_until": detail.muted_until_ms,
        "my_muted_until": detail.my_muted_until_ms,
    }
