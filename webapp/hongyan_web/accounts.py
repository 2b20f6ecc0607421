"""`/accounts`, `/me`, `/password`: an account and what its owner sees of it."""

from __future__ import annotations

from typing import Any, Final

from apiflask import APIBlueprint
from marshmallow import fields
from marshmallow.validate import OneOf

from hongyan_core.actions import registration
from hongyan_core.actions.accounts import change_password
from hongyan_core.store.models import Account
from hongyan_web import errors, mailer, proof, signin
from hongyan_web.context import now_ms, settings
from hongyan_web.links import read_invitation
from hongyan_web.security import make_csrf_token
from hongyan_web.shapes import Body, Me, Nothing, Text

_SHOWN: Final = (
    *("name", "display_name", "language", "about", "time_zone", "hidden", "picture", "role", "kind"),
    *("read_receipts", "quiet_from", "quiet_to", "push_words"),
)
accounts = APIBlueprint("accounts", __name__, tag="Accounts")


class Registration(Body):
    """A new account. Without a display name the username is shown; without a language the browser's counts."""

    username = Text(required=True)
    password = Text(required=True)
    display_name = Text()
    language = fields.String(validate=OneOf(errors.LANGUAGES))
    email = Text()
    invitation = Text(metadata={"description": "The code of a link."})


class Registered(Me):
    """The new account, and whether the link in the mail must be opened before the first sign-in."""

    awaits_confirmation = fields.Boolean(required=True)


class PasswordChange(Body):
    """The old password (empty where there is none) proves the person, not only the browser."""

    old_password = Text(required=True)
    new_password = Text(required=True)
    code = Text(max_chars=proof.MAX_CODE_CHARS)


@accounts.post("/accounts")
@accounts.input(Registration)
@accounts.output(Registered, 201)
def register(json_data: dict[str, str]) -> dict[str, Any]:
    """Register an account; it does not sign in."""
    terms = registration.terms_of(settings())
    registered = registration.register(_read_newcomer(json_data), terms, at_ms=now_ms())
    mailer.post_letter(registered.letter)
    account = registered.account
    return {**_show(account), "awaits_confirmation": account.unconfirmed}


def _read_newcomer(body: dict[str, str]) -> registration.Newcomer:
    return registration.Newcomer(
        username=body["username"],
        display_name=body.get("display_name", body["username"]),
        language=body.get("language", errors.language()),
        password=body["password"],
        email=body.get("email"),
        invitation=read_invitation(body["invitation"]) if "invitation" in body else None,
    )


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
    proof.confirm(json_data, "old_password")
    caller = signin.caller()
    change_password(caller.account, json_data["new_password"], keep=caller.credential)
    return ""


def show_to_browser(account: Account) -> dict[str, Any]:
    """The shape `Me` with the CSRF token."""
    return {**_show(account), "csrf_token": make_csrf_token()}


def _show(account: Account) -> dict[str, Any]:
    return {name: getattr(account, name) for name in _SHOWN}
