"""`/site`: what a page must know before anybody has signed in."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields
from marshmallow.validate import OneOf

from hongyan_core.actions.registration import terms_for_the_next
from hongyan_core.settings import EmailUse, Registration
from hongyan_web.context import settings
from hongyan_web.shapes import Answer

site = APIBlueprint("site", __name__, tag="Site")


class Provider(Answer):
    """Somewhere else where people may sign in."""

    label = fields.String(required=True)


class Site(Answer):
    """How one comes in; the first account of a server is let in whatever its settings."""

    registration = fields.String(required=True, validate=OneOf(list(Registration)))
    email = fields.String(required=True, validate=OneOf(list(EmailUse)))
    provider = fields.Nested(Provider, required=True, allow_none=True)
    passkeys = fields.Boolean(required=True)
    reset = fields.Boolean(
        required=True, metadata={"description": "Whether a forgotten password is replaced by a mail."}
    )


@site.get("/site")
@site.output(Site)
def show_site() -> dict[str, Any]:
    """How one comes in here."""
    terms = terms_for_the_next(settings())
    return {
        "registration": terms.registration,
        "email": terms.email,
        "provider": {"label": settings().oidc_label} if settings().oidc_issuer else None,
        "passkeys": True,
        "reset": settings().mail_route is not None,
    }
