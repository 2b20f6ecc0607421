"""`/session/pending`: what is still missing after a provider has shown who somebody is."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields
from marshmallow.validate import OneOf

from hongyan_core.actions import registration
from hongyan_core.actions.identities import Vouched, register_by_identity
from hongyan_core.actions.sign_in import finish_sign_in
from hongyan_core.problems import Problem
from hongyan_core.store.models import Account
from hongyan_web import context, errors, fleeting, proof
from hongyan_web.links import read_invitation
from hongyan_web.oidc import PENDING_MS
from hongyan_web.session import begin_session
from hongyan_web.shapes import Answer, Body, Me, Text

pending = APIBlueprint("pending", __name__, tag="Sign-in")


class Pending(Answer):
    """The next step; the names are what the provider suggests."""

    needs = fields.String(required=True, allow_none=True, validate=OneOf(["code", "name"]))
    username = fields.String()
    display_name = fields.String()


class NextStep(Body):
    """A code, or the names of a new account and, where it is needed, an invitation."""

    code = Text(max_chars=proof.MAX_CODE_CHARS)
    username = Text()
    display_name = Text()
    invitation = Text()


@pending.get("/session/pending")
@pending.output(Pending)
def show() -> dict[str, Any]:
    """What this browser still has to say; null: nothing."""
    kept = fleeting.look("pending", PENDING_MS)
    if kept is None:
        return {"needs": None}
    names = kept.get("vouched", {})
    suggested = {name: names[name] for name in ("username", "display_name") if names.get(name)}
    return {"needs": kept["needs"], **suggested}


@pending.post("/session/pending")
@pending.input(NextStep)
@pending.output(Me)
def answer(json_data: dict[str, str]) -> dict[str, Any]:
    """Say it, and be signed in."""
    kept = fleeting.look("pending", PENDING_MS)
    if kept is None:
        raise Problem("not_pending")
    wanted = "code" if kept["needs"] == "code" else "username"
    if wanted not in json_data:
        raise Problem("missing_field", wanted)
    account = _finish(kept["of"], json_data["code"]) if wanted == "code" else _register(kept["vouched"], json_data)
    return begin_session(account)


def _finish(account_id: int, code: str) -> Account:
    account: Account = Account.get_by_id(account_id)
    finish_sign_in(account, code, proof.attempt())
    return account


def _register(vouched: dict[str, str], names: dict[str, str]) -> Account:
    newcomer = registration.Newcomer(
        username=names["username"],
        display_name=names.get("display_name", names["username"]),
        language=errors.language(),
        invitation=read_invitation(names["invitation"]) if "invitation" in names else None,
    )
    terms = registration.terms_of(context.settings())
    return register_by_identity(Vouched(**vouched), newcomer, terms, at_ms=context.now_ms())
