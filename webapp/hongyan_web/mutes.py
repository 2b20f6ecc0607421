"""`/mutes`: conversations from which the caller wants no sound."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields
from marshmallow.validate import Range

from hongyan import topics
from hongyan_core.actions.mutes import mute_conversation, unmute_conversation
from hongyan_core.store.models import FOREVER_MS
from hongyan_core.store.mutes import Mute, list_mutes
from hongyan_web.context import now_ms
from hongyan_web.shapes import MUTED_UNTIL, Answer, Body, Nothing, time_of
from hongyan_web.signin import me

mutes = APIBlueprint("mutes", __name__, tag="Conversations")


class MuteUntil(Body):
    """A time to come; null: until it is taken back."""

    until = fields.Integer(required=True, allow_none=True, strict=True, validate=Range(0, FOREVER_MS))


class MutedConversation(Answer):
    """A conversation as the caller calls it."""

    key = fields.String(required=True, metadata={"example": "user/bob"})
    until = time_of("until_ms", metadata={"description": MUTED_UNTIL})


class NewMute(MutedConversation):
    """A conversation as it is now."""


class Mutes(Answer):
    """What is muted now, by key."""

    mutes = fields.List(fields.Nested(MutedConversation), required=True)


@mutes.put("/mutes/user/<peer>")
@mutes.input(MuteUntil)
@mutes.output(NewMute)
def mute_with_user(peer: str, json_data: dict[str, int | None]) -> Mute:
    """Mute a one-to-one conversation; again sets the new time."""
    return mute_conversation(me(), topics.user(peer), json_data["until"], at_ms=now_ms())


@mutes.delete("/mutes/user/<peer>")
@mutes.output(Nothing, 204)
def unmute_with_user(peer: str) -> str:
    """Hear a one-to-one conversation again. Again is the same."""
    unmute_conversation(me(), topics.user(peer), at_ms=now_ms())
    return ""


@mutes.put("/mutes/group/<name>")
@mutes.input(MuteUntil)
@mutes.output(NewMute)
def mute_in_group(name: str, json_data: dict[str, int | None]) -> Mute:
    """Mute a group's conversation; again sets the new time."""
    return mute_conversation(me(), topics.group(name), json_data["until"], at_ms=now_ms())


@mutes.delete("/mutes/group/<name>")
@mutes.output(Nothing, 204)
def unmute_in_group(name: str) -> str:
    """Hear a group's conversation again. Again is the same."""
    unmute_conversation(me(), topics.group(name), at_ms=now_ms())
    return ""


@mutes.get("/mutes")
@mutes.output(Mutes)
def show() -> dict[str, Any]:
    """The conversations that are muted now."""
    return {"mutes": list_mutes(me(), at_ms=now_ms())}
