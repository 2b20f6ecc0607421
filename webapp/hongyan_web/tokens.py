"""`/tokens`: device tokens, for bots, devices and scripts."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from marshmallow import ValidationError, fields, validates_schema

from hongyan_core.actions.credentials import issue_credential, list_credentials, mqtt_secret, revoke_credential
from hongyan_core.actions.sign_in import sign_in
from hongyan_core.problems import Problem
from hongyan_core.store.models import Account
from hongyan_web import context, proof, security, signin
from hongyan_web.shapes import Answer, Body, Nothing, Text, time_of

tokens = APIBlueprint("tokens", __name__, tag="Tokens")


class NewToken(Body):
    """Name and password (and a code, where a second factor is set) for a program that has no token yet; the label
    alone in a signed-in browser."""

    label = Text(required=True, max_chars=64)
    username = Text()
    password = Text()
    code = Text(max_chars=proof.MAX_CODE_CHARS)

    @validates_schema
    def check_both(self, data: dict[str, str], **_: Any) -> None:
        """One without the other is a mistake."""
        for given, missing in (("username", "password"), ("password", "username")):
            if given in data and missing not in data:
                raise ValidationError("missing_field", missing)


class Token(Answer):
    """A device token, without its secret."""

    id = fields.Integer(required=True)
    label = fields.String(required=True)
    created_at = time_of("created_at_ms")
    last_used_at = time_of("last_used_at_ms", allow_none=True)


class Tokens(Answer):
    """All device tokens of the caller."""

    tokens = fields.List(fields.Nested(Token), required=True)


class CreatedToken(Answer):
    """The only answer that shows the secrets; `mqtt_password` is for devices that speak MQTT and no HTTP."""

    id = fields.Integer(required=True)
    label = fields.String(required=True)
    token = fields.String(required=True)
    mqtt_password = fields.String(required=True)
    created_at = time_of("created_at_ms")


@tokens.post("/tokens")
@tokens.input(NewToken)
@tokens.output(CreatedToken, 201)
def create_token(json_data: dict[str, str]) -> dict[str, Any]:
    """Make a device token; it is shown this once.

    By name and password, or in a signed-in browser: a token cannot make another one.
    """
    account = _prove_owner(json_data)
    credential, secret = issue_credential(account, "device", json_data["label"], at_ms=context.now_ms())
    embedded = context.is_embedded()
    password = secret if embedded else mqtt_secret(account, context.settings().secret_key)
    return {
        "id": credential.id,
        "label": credential.label,
        "token": secret,
        "mqtt_password": password,
        "created_at_ms": credential.created_at_ms,
    }


@tokens.get("/tokens")
@tokens.output(Tokens)
def show_tokens() -> dict[str, Any]:
    """The caller's device tokens."""
    return {"tokens": list_credentials(signin.me(), "device")}


@tokens.delete("/tokens/<int:token_id>")
@tokens.output(Nothing, 204)
def revoke(token_id: int) -> str:
    """End a token, with its MQTT passwords and live connections."""
    revoke_credential(signin.me(), token_id, at_ms=context.now_ms())
    return ""


def _prove_owner(body: dict[str, str]) -> Account:
    if "username" in body:
        return sign_in(body["username"], body["password"], body.get("code"), proof.attempt())
    caller = signin.caller()
    if not caller.by_cookie:
        raise Problem("not_signed_in")
    security.check_intent()
    return caller.account
