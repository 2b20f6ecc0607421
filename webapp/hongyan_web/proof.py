"""Once more, who is it: what a borrowed browser must not do asks for the password again, and for a code."""

from __future__ import annotations

from collections.abc import Mapping

from hongyan_core.actions import sign_in
from hongyan_core.actions.attempts import Attempt
from hongyan_web import context, limits, signin
from hongyan_web.shapes import Body, Text

MAX_CODE_CHARS = 64  # a recovery code with spaces between


class Proof(Body):
    """The caller's password (empty where there is none), and a code where a second factor is set."""

    password = Text(load_default="")
    code = Text(max_chars=MAX_CODE_CHARS)


def attempt() -> Attempt:
    """When and from where the present request tries to prove something."""
    settings = context.settings()
    address = limits.address() if settings.limits.abuse_limits else None
    return Attempt(address, context.now_ms(), settings.secret_key)


def confirm(body: Mapping[str, str], field: str = "password") -> None:
    """Let the caller go on only with what a body of the shape `Proof` proves.

    Raises:
        Problem: bad_credentials, second_factor_required, wrong_code, sign_in_again, rate_limited.
    """
    caller = signin.caller()
    sign_in.confirm(caller.account, caller.credential, body.get(field, ""), body.get("code"), attempt(), field=field)
