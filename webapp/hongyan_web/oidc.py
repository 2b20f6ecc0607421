"""`/oidc/start` and `/oidc/callback`: to the provider and back. Pages, not API: the browser itself goes there."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from typing import Any, Final, cast

from flask import Blueprint, Flask, abort, current_app, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from hongyan_core.actions.identities import Vouched, find_by_identity, link_identity
from hongyan_core.actions.second_factor import is_demanded
from hongyan_core.actions.sign_in import admit
from hongyan_core.problems import Problem
from hongyan_core.settings import Settings
from hongyan_web import context, fleeting, signin
from hongyan_web.provider import Provider, ProviderFailed
from hongyan_web.session import begin_session

WAY_MS: Final = 600_000  # to sign in there and come back
LINK_MS: Final = 300_000  # from the password to the provider
PENDING_MS: Final = 600_000  # to type a code or choose a name
_HOME: Final = "/"
_CODE: Final = "/#/sign-in/code"
_NAME: Final = "/#/sign-in/name"
_FAILED: Final = "/#/sign-in/failed"
_KEY: Final = "hongyan_provider"
_log: Final = logging.getLogger(__name__)

oidc = Blueprint("oidc", __name__, url_prefix="/oidc")


def install(app: Flask, settings: Settings, now_ms: Callable[[], int]) -> None:
    """Give the app its provider, where one is configured."""
    if settings.oidc_issuer:
        app.extensions[_KEY] = Provider(settings, now_ms)


@oidc.get("/start")
def start() -> AnyResponse:
    """Send the browser to the provider: to sign in, or with `?link=1` to link an identity to who is signed in."""
    provider = _provider()
    link = None
    if request.args.get("link"):
        link = _take_intent()
        if link is None:
            return redirect(_FAILED)
    try:
        way = provider.make_way(_callback())
    except ProviderFailed as failure:
        return _fail(failure)
    fleeting.keep("oidc", state=way.state, nonce=way.nonce, verifier=way.verifier, link=link)
    return redirect(way.url)


@oidc.get("/callback")
def finish() -> AnyResponse:
    """The browser comes back: signed in, or one more step, or nothing."""
    provider = _provider()
    kept = fleeting.take("oidc", WAY_MS)
    code = request.args.get("code", "")
    if kept is None or not code or not _is_ours(kept["state"]):
        return redirect(_FAILED)
    try:
        vouched = provider.redeem(code, kept["nonce"], kept["verifier"], _callback())
        return redirect(_enter(vouched) if kept["link"] is None else _link(vouched, kept["link"]))
    except ProviderFailed as failure:
        return _fail(failure)
    except Problem:
        return redirect(_FAILED)


def _take_intent() -> int | None:
    """The account that has just proven, in this browser and by its password, that it wants to link."""
    intent = fleeting.take("link", LINK_MS)
    caller = signin.find_caller()
    wanted = intent is not None and caller is not None and caller.by_cookie and caller.account.id == intent["of"]
    return caller.account.id if caller is not None and wanted else None


def _is_ours(state: str) -> bool:
    """Whether this browser set out with this state, and to this provider where the answer says so (RFC 9207)."""
    given, issuer = request.args.get("state", ""), request.args.get("iss")
    return hmac.compare_digest(given.encode(), state.encode()) and issuer in (None, context.settings().oidc_issuer)


def _enter(vouched: Vouched) -> str:
    """Sign in whom the provider shows, or keep who it is until the next step; returns the page that comes next."""
    account = find_by_identity(vouched)
    if account is None:
        fleeting.keep("pending", needs="name", vouched=describe(vouched))
        return _NAME
    admit(account)
    if is_demanded(account):
        fleeting.keep("pending", needs="code", of=account.id)
        return _CODE
    begin_session(account)
    return _HOME


def _link(vouched: Vouched, account_id: int) -> str:
    caller = signin.caller()
    if caller.account.id != account_id:  # somebody else has signed in meanwhile
        return _FAILED
    link_identity(caller.account, vouched, at_ms=context.now_ms())
    return _HOME


def describe(vouched: Vouched) -> dict[str, str]:
    """As the browser keeps it."""
    return {name: getattr(vouched, name) for name in Vouched.__slots__}


def _fail(failure: ProviderFailed) -> AnyResponse:
    _log.warning("signing in by the provider failed: %s", failure)
    return redirect(_FAILED)


def _callback() -> str:
    return f"{context.own_origin()}/oidc/callback"


def _provider() -> Provider:
    found: Any = current_app.extensions.get(_KEY)
    if found is None:
        abort(404)
    return cast(Provider, found)
