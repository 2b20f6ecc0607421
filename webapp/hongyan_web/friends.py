"""`/friend-requests` and `/friends`."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields

from hongyan_core.actions.friends import accept_request, decline_request, request_friend, unfriend
from hongyan_core.store import people
from hongyan_core.store.models import FriendRequest
from hongyan_web.context import now_ms
from hongyan_web.shapes import Answer, Body, Nothing, Person, Presence, Text, time_of
from hongyan_web.signin import me

friends = APIBlueprint("friends", __name__, tag="Friends")


class NewFriendRequest(Body):
    """Whom to ask, and a word of greeting."""

    to = Text(required=True)
    text = Text(max_chars=200, load_default="")


class Incoming(Answer):
    """Somebody asks me."""

    id = fields.Integer(required=True)
    from_ = fields.String(required=True, data_key="from", attribute="username")
    display_name = fields.String(required=True)
    text = fields.String(required=True)
    created_at = time_of("created_at_ms")


class Outgoing(Answer):
    """I ask somebody."""

    id = fields.Integer(required=True)
    to = fields.String(required=True, attribute="username")
    display_name = fields.String(required=True)
    text = fields.String(required=True)
    created_at = time_of("created_at_ms")


class FriendRequests(Answer):
    """What is not answered yet."""

    incoming = fields.List(fields.Nested(Incoming), required=True)
    outgoing = fields.List(fields.Nested(Outgoing), required=True)


class FriendRequestState(Answer):
    """One request; `state` is pending, accepted or declined."""

    id = fields.Integer(required=True)
    from_ = fields.String(required=True, data_key="from", attribute="sender.name")
    to = fields.String(required=True, attribute="recipient.name")
    text = fields.String(required=True)
    state = fields.String(required=True)
    created_at = time_of("created_at_ms")


class Friend(Person):
    """A friend, since when, and whether online."""

    since = time_of("since_ms")
    presence = fields.Nested(Presence, required=True)


class Friends(Answer):
    """All friends."""

    friends = fields.List(fields.Nested(Friend), required=True)


@friends.post("/friend-requests")
@friends.input(NewFriendRequest)
@friends.output(FriendRequestState, 201)
def request(json_data: dict[str, str]) -> FriendRequest:
    """Ask somebody to be a friend; if they have asked already, both are friends at once (`state` says so)."""
    return request_friend(me(), json_data["to"], json_data["text"], at_ms=now_ms())


@friends.get("/friend-requests")
@friends.output(FriendRequests)
def show_requests() -> dict[str, Any]:
    """What waits for an answer, mine and others'."""
    return {"incoming": people.list_incoming(me()), "outgoing": people.list_outgoing(me())}


@friends.post("/friend-requests/<int:request_id>/accept")
@friends.output(FriendRequestState)
def accept(request_id: int) -> FriendRequest:
    """Accept what somebody asked me."""
    return accept_request(me(), request_id, at_ms=now_ms())


@friends.post("/friend-requests/<int:request_id>/decline")
@friends.output(FriendRequestState)
def decline(request_id: int) -> FriendRequest:
    """Decline what somebody asked me."""
    return decline_request(me(), request_id, at_ms=now_ms())


@friends.get("/friends")
@friends.output(Friends)
def show_friends() -> dict[str, Any]:
    """The caller's friends, by name."""
    return {"friends": people.list_friends(me())}


@friends.delete("/friends/<name>")
@friends.output(Nothing, 204)
def end_friendship(name: str) -> str:
    """End a friendship, for both."""
    unfriend(me(), name, at_ms=now_ms())
    return ""
