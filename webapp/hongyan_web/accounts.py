"""`/accounts`, `/me`, `/password`: an account and what its owner sees of it."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields
from marshmallow.validate import OneOf

from hongyan_core.actions.accounts import change_password, register_account
from hongyan_core.store.models import Account
from hongyan_web import errors, signin
from hongyan_web.context import now_ms
from hongyan_web.security import make_csrf_token
from hongyan_web.shapes import Body, Me, Nothing, Text

accounts = APIBlueprint("accounts", __name__, tag="Accounts")


class Registration(Body):
    """A new account. Without a display name the username is shown; without a language the browser's counts."""

    username = Text(required=True)
    password = Text(required=True)
    display_name = Text()
    language = fields.String(validate=OneOf(errors.LANGUAGES))


class PasswordChange(Body):
    """The old password proves the person, not only the browser."""

    old_password = Text(required=True)
    new_password = Text(required=True)


@accounts.post("/accounts")
@accounts.input(Registration)
@accounts.output(Me, 201)
def register(json_data: dict[str, str]) -> Account:
    """Register an account; it does not sign in."""
    username = json_data["username"]
    display_name = json_data.get("display_name", username)
    language = json_data.get("language", errors.language())
    return register_account(username, json_data["password"], display_name, language, at_ms=now_ms())


@accounts.get("/me")
@accounts.output(Me)
def show_me() -> Account | dict[str, Any]:
    """Who is asking; a browser learns its CSRF token here."""
    caller = signin.caller()
    return show_to_browser(caller.account) if caller.by_cookie else caller.account


@accounts.put("/password")
@accounts.input(PasswordChange)
@accounts.output(Nothing, 204)
def change_own_password(json_data: dict[str, str]) -> str:
    """Change the password; every other device and browser of the account is signed out at once."""
    caller = signin.caller()
    old, new = json_data["old_password"], json_data["new_password"]
    change_password(caller.account, old, new, keep=caller.credential, at_ms=now_ms())
    return ""


def show_to_browser(account: Account) -> dict[str, Any]:
    """The shape `Me` with the CSRF token."""
    shown = {name: getattr(account, name) for name in ("name", "display_name", "language")}
    return {**shown, "csrf_token": make_csrf_token()}
