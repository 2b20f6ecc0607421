"""`/me/security`, `/me/identities`: by what the caller can sign in."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields

from hongyan_core.actions.identities import list_identities, unlink_identity
from hongyan_core.actions.passkeys import list_passkeys
from hongyan_core.actions.second_factor import count_recovery_codes, is_demanded
from hongyan_core.problems import Problem
from hongyan_web import context, fleeting, proof, signin
from hongyan_web.passkeys import PasskeyShown
from hongyan_web.shapes import Answer, Nothing, time_of

ways_in = APIBlueprint("ways_in", __name__, tag="Sign-in")


class IdentityShown(Answer):
    """Somebody at a provider who is the caller here; `email` is what the provider says, and may be empty."""

    id = fields.Integer(required=True)
    issuer = fields.String(required=True)
    email = fields.String(required=True)
    created_at = time_of("created_at_ms")


class ProviderShown(Answer):
    """The provider of this server."""

    label = fields.String(required=True)


class Security(Answer):
    """All ways in of the caller."""

    has_password = fields.Boolean(required=True)
    email = fields.String(required=True, allow_none=True)
    second_factor = fields.Boolean(required=True)
    recovery_codes_left = fields.Integer(required=True)
    passkeys = fields.List(fields.Nested(PasskeyShown), required=True)
    identities = fields.List(fields.Nested(IdentityShown), required=True)
    provider = fields.Nested(ProviderShown, required=True, allow_none=True)


class LinkStart(Answer):
    """Where the browser goes next, within five minutes."""

    url = fields.String(required=True)


@ways_in.get("/me/security")
@ways_in.output(Security)
def show() -> dict[str, Any]:
    """By what the caller can sign in."""
    me, settings = signin.me(), context.settings()
    return {
        "has_password": bool(me.password_hash),
        "email": me.email,
        "second_factor": is_demanded(me),
        "recovery_codes_left": count_recovery_codes(me),
        "passkeys": list_passkeys(me),
        "identities": list_identities(me),
        "provider": {"label": settings.oidc_label} if settings.oidc_issuer else None,
    }


@ways_in.post("/me/identities")
@ways_in.input(proof.Proof)
@ways_in.output(LinkStart)
def begin_link(json_data: dict[str, str]) -> dict[str, str]:
    """Prove that it is meant, before the browser goes to the provider to link an identity."""
    if not context.settings().oidc_issuer:
        raise Problem("no_provider")
    proof.confirm(json_data)
    fleeting.keep("link", of=signin.me().id)
    return {"url": "/oidc/start?link=1"}


@ways_in.delete("/me/identities/<int:identity_id>")
@ways_in.output(Nothing, 204)
def unlink(identity_id: int) -> str:
    """Take an identity off the account."""
    unlink_identity(signin.me(), identity_id)
    return ""
