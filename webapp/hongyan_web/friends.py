"""`/friend-requests` and `/friends`."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields
from marshmallow.validate import Length

from hongyan_core.actions.contacts import MAX_LABELS_OF_FRIEND, change_contact
from hongyan_core.actions.friends import (
    accept_request,
    decline_request,
    ignore_request,
    request_friend,
    unfriend,
    withdraw_request,
)
from hongyan_core.problems import Problem
from hongyan_core.store import contacts, requests
from hongyan_core.store.models import FriendRequest
from hongyan_web.context import now_ms
from hongyan_web.my_link import parse_person_code
from hongyan_web.shapes import Answer, Body, Face, Nothing, Presence, Text, time_of
from hongyan_web.signin import me

friends = APIBlueprint("friends", __name__, tag="Friends")


class NewFriendRequest(Body):
    """Whom to ask, by name or by the code of their personal link, and a word of greeting."""

    to = Text()
    link = Text()
    text = Text(max_chars=200, load_default="")


class _Waiting(Answer):
    """What both sides see of a request."""

    id = fields.Integer(required=True)
    display_name = fields.String(required=True)
    picture = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True)
    text = fields.String(required=True)
    created_at = time_of("created_at_ms")
    expires_at = time_of("expires_at_ms")


class Incoming(_Waiting):
    """Somebody asks me, or a bot or device of mine."""

    from_ = fields.String(required=True, data_key="from", attribute="username")
    to = fields.String(required=True)


class Outgoing(_Waiting):
    """I ask somebody."""

    to = fields.String(required=True, attribute="username")


class FriendRequests(Answer):
    """What is not answered yet."""

    incoming = fields.List(fields.Nested(Incoming), required=True)
    outgoing = fields.List(fields.Nested(Outgoing), required=True)


class FriendRequestState(Answer):
    """One request; `state` is pending, accepted, declined, or ignored by the caller."""

    id = fields.Integer(required=True)
    from_ = fields.String(required=True, data_key="from", attribute="sender.name")
    to = fields.String(required=True, attribute="recipient.name")
    text = fields.String(required=True)
    state = fields.String(required=True)
    created_at = time_of("created_at_ms")


class Friend(Face):
    """A friend, since when, and whether online; `remark`, `labels` and `starred` are the caller's own."""

    remark = fields.String(required=True)
    labels = fields.List(fields.String(), required=True)
    starred = fields.Boolean(required=True)
    since = time_of("since_ms")
    presence = fields.Nested(Presence, required=True)


class ChangedFriend(Friend):
    """A friend as they are now."""


class Friends(Answer):
    """All friends."""

    friends = fields.List(fields.Nested(Friend), required=True)


class ContactChange(Body):
    """What only the caller sees of a friend; `labels` are all that the friend has then."""

    remark = Text()
    labels = fields.List(Text(), validate=Length(max=MAX_LABELS_OF_FRIEND))
    starred = fields.Boolean(truthy={True}, falsy={False})


@friends.post("/friend-requests")
@friends.input(NewFriendRequest)
@friends.output(FriendRequestState, 201)
def request(json_data: dict[str, str]) -> FriendRequest:
    """Ask somebody to be a friend; if they have asked already, both are friends at once (`state` says so)."""
    if ("to" in json_data) == ("link" in json_data):
        raise Problem("malformed_field" if "link" in json_data else "missing_field", "to")
    to, generation = json_data.get("to", ""), None
    if "link" in json_data:
        to, generation = parse_person_code(json_data["link"])
    return request_friend(me(), to, json_data["text"], at_ms=now_ms(), generation=generation)


@friends.get("/friend-requests")
@friends.output(FriendRequests)
def show_requests() -> dict[str, Any]:
    """What waits for an answer, mine and others'."""
    at_ms = now_ms()
    return {
        "incoming": requests.list_incoming(me(), at_ms=at_ms),
        "outgoing": requests.list_outgoing(me(), at_ms=at_ms),
    }


@friends.delete("/friend-requests/<int:request_id>")
@friends.output(Nothing, 204)
def withdraw(request_id: int) -> str:
    """Take back what I asked."""
    withdraw_request(me(), request_id, at_ms=now_ms())
    return ""


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


@friends.post("/friend-requests/<int:request_id>/ignore")
@friends.output(FriendRequestState)
def ignore(request_id: int) -> FriendRequest:
    """Put it out of sight: the other is told nothing and waits until it expires."""
    return ignore_request(me(), request_id, at_ms=now_ms())


@friends.patch("/friends/<name>")
@friends.input(ContactChange)
@friends.output(ChangedFriend)
def change(name: str, json_data: dict[str, Any]) -> contacts.Friend:
    """Change the caller's own remark, labels or star of a friend; the friend is not told."""
    return change_contact(me(), name, **json_data, at_ms=now_ms())


@friends.get("/friends")
@friends.output(Friends)
def show_friends() -> dict[str, Any]:
    """The caller's friends, by name."""
    return {"friends": contacts.list_friends(me())}


@friends.delete("/friends/<name>")
@friends.output(Nothing, 204)
def end_friendship(name: str) -> str:
    """End a friendship, for both."""
    unfriend(me(), name, at_ms=now_ms())
    return ""
