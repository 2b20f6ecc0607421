"""`/me/devices`, `/me/sessions`: where the caller is signed in, and how to end it."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import session as cookie
from flask_login import logout_user  # type: ignore[import-untyped]
from marshmallow import fields
from marshmallow.validate import OneOf

from hongyan_core.actions.credentials import list_credentials
from hongyan_core.actions.devices import end_session, sign_out_device, sign_out_others
from hongyan_core.store.devices import list_devices, list_waiting_sessions
from hongyan_web import signin
from hongyan_web.context import now_ms
from hongyan_web.shapes import Answer, Nothing, time_of

devices = APIBlueprint("devices", __name__, tag="Devices")


class LiveConnection(Answer):
    """An MQTT client that is connected now; only the embedded broker tells."""

    client_id = fields.String(required=True)
    address = fields.String(required=True)
    connected_at = time_of("connected_at_ms")


class Device(Answer):
    """A browser or a token; `address` is of its last use, empty where that is not known."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True, validate=OneOf(["browser", "token"]))
    label = fields.String(required=True)
    address = fields.String(required=True)
    created_at = time_of("created_at_ms")
    last_used_at = time_of("last_used_at_ms", allow_none=True)
    current = fields.Boolean(required=True, metadata={"description": "The one that asks."})
    connections = fields.List(fields.Nested(LiveConnection), required=True)


class WaitingSession(Answer):
    """A stored MQTT session that nobody is connected with; the client that comes back gets what it missed."""

    client_id = fields.String(required=True)
    last_seen = time_of("last_seen_ms")


class Devices(Answer):
    """Everything that is signed in, oldest first, and the sessions that wait."""

    devices = fields.List(fields.Nested(Device), required=True)
    sessions = fields.List(fields.Nested(WaitingSession), required=True)


@devices.get("/me/devices")
@devices.output(Devices)
def show_devices() -> dict[str, Any]:
    """Where the caller is signed in."""
    caller = signin.caller()
    credentials = list_credentials(caller.account)
    return {
        "devices": list_devices(caller.account, credentials, caller.credential, at_ms=now_ms()),
        "sessions": list_waiting_sessions(caller.account),
    }


@devices.delete("/me/devices/<int:device_id>")
@devices.output(Nothing, 204)
def sign_out(device_id: int) -> str:
    """Sign a device out: its cookie or token and its live MQTT connections end at once. It may be the caller's own."""
    caller = signin.caller()
    sign_out_device(caller.account, device_id, at_ms=now_ms())
    if device_id == caller.credential.id and caller.by_cookie:
        logout_user()
        cookie.clear()
    return ""


@devices.delete("/me/devices")
@devices.output(Nothing, 204)
def sign_out_all_others() -> str:
    """Sign every device out but the one that asks."""
    caller = signin.caller()
    sign_out_others(caller.account, keep=caller.credential)
    return ""


@devices.delete("/me/sessions/<path:client_id>")
@devices.output(Nothing, 204)
def forget_session(client_id: str) -> str:
    """Forget a stored MQTT session; who is connected with it is cut off, and begins anew."""
    end_session(signin.me(), client_id, at_ms=now_ms())
    return ""
