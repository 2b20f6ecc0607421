"""`/me/passkeys`, `/session/passkey`: sign in with what the device unlocks, a finger or a face."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields
from webauthn import base64url_to_bytes
from webauthn.helpers import bytes_to_base64url

from hongyan_core.actions.passkeys import (
    CHALLENGE_MS,
    Offer,
    Site,
    delete_passkey,
    offer_registration,
    offer_sign_in,
    register_passkey,
    sign_in_by_passkey,
)
from hongyan_core.problems import Problem
from hongyan_core.store.models import Account, Passkey
from hongyan_web import context, fleeting, proof, signin
from hongyan_web.session import begin_session
from hongyan_web.shapes import Answer, Body, Me, Nothing, Text, time_of

passkeys = APIBlueprint("passkeys", __name__, tag="Sign-in")


class Options(Answer):
    """For `navigator.credentials`: `PublicKeyCredential.parse…OptionsFromJSON` reads it."""

    options = fields.Dict(required=True)


class NewPasskey(Body):
    """What `navigator.credentials.create` made, as its `toJSON` says it."""

    label = Text(load_default="", max_chars=64)
    credential = fields.Dict(required=True)


class Signed(Body):
    """What `navigator.credentials.get` answered, as its `toJSON` says it."""

    credential = fields.Dict(required=True)


class PasskeyShown(Answer):
    """A passkey, as its owner sees it."""

    id = fields.Integer(required=True)
    label = fields.String(required=True)
    created_at = time_of("created_at_ms")
    last_used_at = time_of("last_used_at_ms", allow_none=True)


@passkeys.post("/me/passkeys/options")
@passkeys.input(proof.Proof)
@passkeys.output(Options)
def offer_new(json_data: dict[str, str]) -> dict[str, Any]:
    """Begin to make a passkey; the password is asked, and a code where a second factor is set."""
    proof.confirm(json_data)
    me = signin.me()
    return _offer(offer_registration(me, _site(), server_key=context.settings().secret_key), of=me.id)


@passkeys.post("/me/passkeys")
@passkeys.input(NewPasskey)
@passkeys.output(PasskeyShown, 201)
def register(json_data: dict[str, Any]) -> Passkey:
    """Keep the passkey that the browser made within five minutes of asking."""
    me = signin.me()
    challenge = _take_challenge(of=me.id)
    return register_passkey(me, json_data["label"], json_data["credential"], challenge, _site(), at_ms=context.now_ms())


@passkeys.delete("/me/passkeys/<int:passkey_id>")
@passkeys.output(Nothing, 204)
def delete(passkey_id: int) -> str:
    """Take a passkey off the account."""
    delete_passkey(signin.me(), passkey_id)
    return ""


@passkeys.post("/session/passkey/options")
@passkeys.output(Options)
def offer() -> dict[str, Any]:
    """Begin to sign in; the browser shows which passkeys it has."""
    return _offer(offer_sign_in(_site()), of=None)


@passkeys.post("/session/passkey")
@passkeys.input(Signed)
@passkeys.output(Me)
def sign_in(json_data: dict[str, Any]) -> dict[str, Any]:
    """Sign a browser in; a passkey is both factors, so no code is asked."""
    account: Account = sign_in_by_passkey(json_data["credential"], _take_challenge(of=None), _site(), proof.attempt())
    return begin_session(account)


def _offer(made: Offer, *, of: int | None) -> dict[str, Any]:
    fleeting.keep("passkey", challenge=bytes_to_base64url(made.challenge), of=of)
    return {"options": made.options}


def _take_challenge(*, of: int | None) -> bytes:
    """The challenge that this browser was given, for this account (None: to sign in)."""
    kept = fleeting.take("passkey", CHALLENGE_MS)
    if kept is None or kept["of"] != of:
        raise Problem("passkey_invalid")
    return base64url_to_bytes(kept["challenge"])


def _site() -> Site:
    return Site(context.own_origin(), context.own_hostname())
