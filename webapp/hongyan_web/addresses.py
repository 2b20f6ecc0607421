"""`/me/email` and `/email-confirmations`: the address of an account."""

from __future__ import annotations

from apiflask import APIBlueprint

from hongyan_core.actions.addresses import change_email, confirm_email, drop_email
from hongyan_web import context, mailer, proof
from hongyan_web.shapes import Body, Nothing, Text
from hongyan_web.signin import me

addresses = APIBlueprint("addresses", __name__, tag="Accounts")


class NewEmail(proof.Proof):
    """Proven anew: whoever reads the mail of an account can set its password."""

    email = Text(required=True)


class EmailConfirmation(Body):
    """What stands behind `#/confirm/` in the mail."""

    token = Text(required=True)


@addresses.put("/me/email")
@addresses.input(NewEmail)
@addresses.output(Nothing, 202)
def change(json_data: dict[str, str]) -> str:
    """Ask for a new address; it counts once the link in the mail to it was opened."""
    proof.confirm(json_data)
    mailer.post_letter(change_email(me(), json_data["email"], context.settings().email, at_ms=context.now_ms()))
    return ""


@addresses.delete("/me/email")
@addresses.input(proof.Proof)
@addresses.output(Nothing, 204)
def drop(json_data: dict[str, str]) -> str:
    """Be without an address."""
    proof.confirm(json_data)
    mailer.post_letter(drop_email(me(), context.settings().email))
    return ""


@addresses.post("/email-confirmations")
@addresses.input(EmailConfirmation)
@addresses.output(Nothing, 204)
def confirm(json_data: dict[str, str]) -> str:
    """Confirm an address by the link in the mail; whoever waited for it may sign in now."""
    mailer.post_letter(confirm_email(json_data["token"], at_ms=context.now_ms()))
    return ""
