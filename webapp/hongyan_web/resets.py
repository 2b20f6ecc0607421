"""`/password-resets`: a forgotten password."""

from __future__ import annotations

from apiflask import APIBlueprint

from hongyan_core.actions.resets import reset_password, write_reset
from hongyan_core.problems import Problem
from hongyan_web import context, mailer
from hongyan_web.shapes import Body, Nothing, Text

resets = APIBlueprint("resets", __name__, tag="Accounts")


class ResetRequest(Body):
    """A user name, or the confirmed address of an account."""

    login = Text(required=True)


class Reset(Body):
    """What stands behind `#/reset/` in the mail, and the new password."""

    token = Text(required=True)
    new_password = Text(required=True)


@resets.post("/password-resets")
@resets.input(ResetRequest)
@resets.output(Nothing, 202)
def ask(json_data: dict[str, str]) -> str:
    """Have a link sent; the answer is the same for names that nobody has, and nothing was looked up yet."""
    if context.settings().mail_route is None:
        raise Problem("no_mail")
    login, at_ms = json_data["login"], context.now_ms()
    mailer.post(lambda: write_reset(login, at_ms=at_ms))
    return ""


@resets.put("/password-resets")
@resets.input(Reset)
@resets.output(Nothing, 204)
def reset(json_data: dict[str, str]) -> str:
    """Set a new password by the link; every device and browser of the account is signed out."""
    reset_password(json_data["token"], json_data["new_password"], at_ms=context.now_ms())
    return ""
