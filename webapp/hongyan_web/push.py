"""`/push`: notifications for browsers whose pages are closed (Web Push: RFC 8030, 8291, 8292)."""

from __future__ import annotations

from functools import partial
from typing import Any, Final, NamedTuple, cast

from apiflask import APIBlueprint
from flask import current_app
from marshmallow import fields

from hongyan_core.actions.push import list_subscriptions, subscribe, try_push, unsubscribe
from hongyan_core.problems import Problem
from hongyan_core.push.parcels import MAX_ENDPOINT_CHARS, Address, Packer
from hongyan_core.push.post import Deliver, send
from hongyan_core.push.vapid import Vapid
from hongyan_core.settings import Settings
from hongyan_web import signin
from hongyan_web.context import now_ms, settings
from hongyan_web.push_delivery import make_deliver
from hongyan_web.shapes import Answer, Body, Nothing, Text, time_of

_KEY: Final = "hongyan_push"
push = APIBlueprint("push", __name__, tag="Notifications")


class Keys(Body):
    """The browser's, as base64url: a point of P-256, and 16 bytes that we share."""

    p256dh = Text(required=True)
    auth = Text(required=True)


class NewSubscription(Body):
    """What `PushSubscription.toJSON()` says of itself in a browser; `endpoint` is https."""

    endpoint = Text(required=True, max_chars=MAX_ENDPOINT_CHARS)
    keys = fields.Nested(Keys, required=True)


class SubscriptionId(Answer):
    """The new one."""

    id = fields.Integer(required=True)


class ToldBrowser(Answer):
    """A browser that is told; `label` is its session's."""

    id = fields.Integer(required=True)
    label = fields.String(required=True)
    created_at = time_of("created_at_ms")
    current = fields.Boolean(required=True, metadata={"description": "The one that asks."})


class PushAnswer(Answer):
    """What to subscribe for, and who has done so."""

    public_key = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The `applicationServerKey`, base64url; null: this server sends none."},
    )
    subscriptions = fields.List(fields.Nested(ToldBrowser), required=True)


class _Tools(NamedTuple):
    vapid: Vapid
    packer: Packer
    deliver: Deliver


@push.get("/push")
@push.output(PushAnswer)
def show() -> dict[str, Any]:
    """The server's key, and the caller's browsers that are told of messages while their pages are closed."""
    caller = signin.caller()
    key = _tools().vapid.public_key if settings().push else None
    return {"public_key": key, "subscriptions": list_subscriptions(caller.account, caller.credential)}


@push.post("/push/subscriptions")
@push.input(NewSubscription)
@push.output(SubscriptionId, 201)
def subscribe_here(json_data: dict[str, Any]) -> dict[str, int]:
    """Tell this browser from now on, until its session ends. It takes the place of an earlier one of this session."""
    _refuse_off()
    caller = signin.caller()
    address = Address(json_data["endpoint"], **json_data["keys"])
    given = {"server_key": settings().secret_key, "own_origins": settings().push_origins, "at_ms": now_ms()}
    return {"id": subscribe(caller.account, caller.credential, address, **cast(Any, given))}


@push.delete("/push/subscriptions/<int:subscription_id>")
@push.output(Nothing, 204)
def end(subscription_id: int) -> str:
    """Tell a browser nothing more."""
    unsubscribe(signin.me(), subscription_id)
    return ""


@push.post("/push/test")
@push.output(Nothing, 204)
def try_here() -> str:
    """Tell this browser that it works. The answer waits for its push service."""
    _refuse_off()
    caller, tools, at_ms = signin.caller(), _tools(), now_ms()
    hand_over = partial(send, vapid=tools.vapid, deliver=tools.deliver, at_ms=at_ms)
    try_push(caller.account, caller.credential, tools.packer, hand_over, at_ms=at_ms)
    return ""


def _refuse_off() -> None:
    if not settings().push:
        raise Problem("push_off")


def _tools() -> _Tools:
    """Made when first asked for: most requests need none."""
    made = current_app.extensions.get(_KEY)
    if made is None:
        made = current_app.extensions[_KEY] = _make(settings())
    return cast(_Tools, made)


def _make(given: Settings) -> _Tools:
    vapid = Vapid(given.secret_key, given.origin)
    return _Tools(vapid, Packer(given.secret_key), make_deliver(given.push_origins))
