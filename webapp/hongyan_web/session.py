"""`/session`: signing a browser in and out."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import session as cookie
from flask_login import logout_user  # type: ignore[import-untyped]

from hongyan_core.actions import sign_in as proofs
from hongyan_core.actions.credentials import revoke_credential
from hongyan_core.store.models import Account
from hongyan_web import proof, signin
from hongyan_web.accounts import show_to_browser
from hongyan_web.context import now_ms
from hongyan_web.shapes import Body, Me, Nothing, Text

session = APIBlueprint("session", __name__, tag="Session")


class SignIn(Body):
    """A person's name and password, and a code where a second factor is set."""

    username = Text(required=True)
    password = Text(required=True)
    code = Text(max_chars=proof.MAX_CODE_CHARS)


@session.post("/session")
@session.input(SignIn)
@session.output(Me)
def sign_in(json_data: dict[str, str]) -> dict[str, Any]:
    """Sign a browser in; the answer sets the cookie."""
    account = proofs.sign_in(json_data["username"], json_data["password"], json_data.get("code"), proof.attempt())
    return begin_session(account)


@session.delete("/session")
@session.output(Nothing, 204)
def sign_out() -> str:
    """End the caller's credential, its MQTT passwords and their live connections with it."""
    caller = signin.caller()
    revoke_credential(caller.account, caller.credential.id, at_ms=now_ms())
    logout_user()
    cookie.clear()
    return ""


def begin_session(account: Account) -> dict[str, Any]:
    """Sign the browser in to an account that was proven; returns the shape `Me`."""
    cookie.clear()  # nothing of an earlier visitor stays, the CSRF token included
    cookie.permanent = True
    signin.start_session(account)
    return show_to_browser(account)
