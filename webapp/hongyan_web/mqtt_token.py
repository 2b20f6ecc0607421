"""`/mqtt-token`: how to reach the broker, and a password for it."""

from __future__ import annotations

import time
from typing import Any, Final

from apiflask import APIBlueprint
from marshmallow import fields

from hongyan_core.actions.credentials import issue_credential, mqtt_secret
from hongyan_core.problems import Problem
from hongyan_core.store.models import Account
from hongyan_web import context, signin
from hongyan_web.shapes import Answer, time_of

PROTOCOL: Final = 1  # of topics and envelopes; fields only grow, so a change of it is news
_PROVISIONING_S: Final = 3.0  # how long a new account waits for an external broker before we answer 503
_POLL_S: Final = 0.05

mqtt_token = APIBlueprint("mqtt_token", __name__, tag="MQTT")


class Tcp(Answer):
    """MQTT over TCP."""

    host = fields.String(required=True)
    port = fields.Integer(required=True)
    tls = fields.Boolean(required=True)


class MqttToken(Answer):
    """All that an MQTT client needs; client identifiers start with `client_id_prefix`."""

    username = fields.String(required=True)
    password = fields.String(required=True)
    expires_at = time_of("expires_at_ms", allow_none=True)
    client_id_prefix = fields.String(required=True)
    websocket_url = fields.String(required=True)
    tcp = fields.Nested(Tcp, required=True)
    protocol = fields.Integer(required=True)


@mqtt_token.post("/mqtt-token")
@mqtt_token.output(MqttToken)
def make_mqtt_token() -> dict[str, Any]:
    """Get a password for the broker; ask again for every new connection."""
    caller = signin.caller()
    password, expires_at_ms = _issue(caller) if context.is_embedded() else (_await_secret(caller.account), None)
    settings = context.settings()
    return {
        "username": caller.account.name,
        "password": password,
        "expires_at_ms": expires_at_ms,
        "client_id_prefix": f"{caller.account.name}-",
        "websocket_url": context.websocket_url(),
        "tcp": {"host": context.own_hostname(), "port": settings.mqtt_port, "tls": settings.secure},
        "protocol": PROTOCOL,
    }


def _issue(caller: signin.Caller) -> tuple[str, int]:
    """A short-lived password that ends with the caller's own credential."""
    at_ms = context.now_ms()
    expires_at_ms = at_ms + context.settings().mqtt_token_ttl_s * 1_000
    _, secret = issue_credential(
        caller.account, "mqtt", "", at_ms=at_ms, expires_at_ms=expires_at_ms, parent=caller.credential
    )
    return secret, expires_at_ms


def _await_secret(account: Account) -> str:
    """The account's MQTT secret, once the external broker knows its present generation."""
    deadline = time.monotonic() + _PROVISIONING_S
    while account.mqtt_provisioned != account.mqtt_generation:
        if time.monotonic() > deadline:
            raise Problem("broker_not_ready")
        time.sleep(_POLL_S)
        account = Account.get_by_id(account.id)
    return mqtt_secret(account, context.settings().secret_key)
