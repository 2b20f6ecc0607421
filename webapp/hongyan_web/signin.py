"""Who is asking: a browser by its cookie, a program by its device token.

The cookie holds the secret of a `cookie` credential, signed; deleting the credential signs the browser out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

from flask import Flask, Request, g, request
from flask_login import LoginManager, UserMixin, current_user, login_user  # type: ignore[import-untyped]

from hongyan_core.actions.credentials import find_credential, issue_credential
from hongyan_core.problems import Problem
from hongyan_core.store.models import Account, Credential
from hongyan_web.context import now_ms
from hongyan_web.user_agents import name_browser

COOKIE_LIFETIME_S: Final = 30 * 86_400


@dataclass(frozen=True, eq=False)
class Caller(UserMixin):  # type: ignore[misc]  # flask-login has no types
    """An account and the credential that proved it."""

    account: Account
    credential: Credential
    secret: str

    def get_id(self) -> str:
        """What the cookie remembers."""
        return self.secret

    @property
    def by_cookie(self) -> bool:
        """Whether a browser sent the proof by itself, so that it must also prove the page's intent."""
        return str(self.credential.kind) == "cookie"


def install(app: Flask) -> None:
    """Let flask-login find the caller of each request."""
    manager = LoginManager(app)
    manager.session_protection = None  # the secret is 256 random bits; people's addresses change on the way
    manager.user_loader(_find_by_cookie)
    manager.request_loader(_find_by_bearer)


def find_caller() -> Caller | None:
    """The caller of this request, or None for one who is not signed in.

    Raises:
        Problem: token_invalid, token_expired.
    """
    return cast(Caller, current_user._get_current_object()) if current_user.is_authenticated else None


def caller() -> Caller:
    """The caller of this request.

    Raises:
        Problem: not_signed_in, token_invalid, token_expired.
    """
    found = find_caller()
    if found is None:
        raise Problem("not_signed_in")
    return found


def me() -> Account:
    """The account of the caller."""
    return caller().account


def known_caller() -> Caller | None:
    """The caller where one was found already: asks nobody, so that answers to errors cannot fail again."""
    found = g.get("_login_user")
    return found if isinstance(found, Caller) else None


def is_by_bearer() -> bool:
    """Whether the request names its proof itself; a browser never does so for another site."""
    return "Authorization" in request.headers


def start_session(account: Account) -> None:
    """Sign the browser in: a new credential in a new cookie."""
    at_ms = now_ms()
    label = name_browser(request.user_agent.string)
    expires_at_ms = at_ms + COOKIE_LIFETIME_S * 1_000
    credential, secret = issue_credential(
        account, "cookie", label, at_ms=at_ms, expires_at_ms=expires_at_ms, address=request.remote_addr or ""
    )
    login_user(Caller(account, credential, secret))


def _find_by_cookie(secret: str) -> Caller | None:
    if is_by_bearer():
        return None
    try:
        return _load(secret, "cookie")
    except Problem:  # signed out elsewhere: the person signs in again, nothing is wrong
        return None


def _find_by_bearer(incoming: Request) -> Caller | None:
    proof = incoming.authorization
    if proof is None or proof.type != "bearer":
        return None
    return _load(proof.token or "", "device")


def _load(secret: str, kind: str) -> Caller:
    """Find the credential; one of another kind (an MQTT password, say) is no way in here."""
    credential = find_credential(secret, at_ms=now_ms(), address=request.remote_addr or "")
    if credential.kind != kind:
        raise Problem("token_invalid")
    return Caller(credential.account, credential, secret)
