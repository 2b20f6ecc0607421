"""`/me/second-factor`, `/me/recovery-codes`: one-time codes beside the password."""

from __future__ import annotations

from typing import Any

import segno
from apiflask import APIBlueprint
from marshmallow import fields

from hongyan_core.actions.second_factor import (
    begin_second_factor,
    confirm_second_factor,
    remove_second_factor,
    renew_recovery_codes,
)
from hongyan_web import context, proof, signin
from hongyan_web.shapes import Answer, Body, Nothing, Text

second_factor = APIBlueprint("second_factor", __name__, tag="Sign-in")


class FirstCode(Body):
    """What the app shows."""

    code = Text(required=True, max_chars=proof.MAX_CODE_CHARS)


class Setup(Answer):
    """For the app, shown this once: to type, to open, or to scan (an image as a data: URL)."""

    secret = fields.String(required=True)
    uri = fields.String(required=True)
    qr = fields.String(required=True)


class RecoveryCodes(Answer):
    """Ten codes, each good once; shown this once."""

    recovery_codes = fields.List(fields.String(), required=True)


@second_factor.post("/me/second-factor")
@second_factor.input(proof.Proof)
@second_factor.output(Setup)
def begin(json_data: dict[str, str]) -> dict[str, str]:
    """Make a secret for an authenticator app; nothing is demanded before its first code."""
    proof.confirm(json_data)
    setup = begin_second_factor(signin.me(), context.own_hostname(), server_key=context.settings().secret_key)
    return {"secret": setup.secret, "uri": setup.uri, "qr": draw(setup.uri)}


@second_factor.put("/me/second-factor")
@second_factor.input(FirstCode)
@second_factor.output(RecoveryCodes)
def confirm(json_data: dict[str, str]) -> dict[str, Any]:
    """Show that the app has it: from now on every way in asks for a code."""
    key, at_ms = context.settings().secret_key, context.now_ms()
    codes = confirm_second_factor(signin.me(), json_data["code"], server_key=key, at_ms=at_ms)
    return {"recovery_codes": codes}


@second_factor.delete("/me/second-factor")
@second_factor.input(proof.Proof)
@second_factor.output(Nothing, 204)
def remove(json_data: dict[str, str]) -> str:
    """Go back to the password alone."""
    proof.confirm(json_data)
    remove_second_factor(signin.me())
    return ""


@second_factor.post("/me/recovery-codes")
@second_factor.input(proof.Proof)
@second_factor.output(RecoveryCodes)
def renew(json_data: dict[str, str]) -> dict[str, Any]:
    """Ten new recovery codes; the old ones end."""
    proof.confirm(json_data)
    return {"recovery_codes": renew_recovery_codes(signin.me())}


def draw(text: str) -> str:
    """A QR code as a data: URL of an SVG image."""
    return segno.make(text, micro=False).svg_data_uri(scale=4)
