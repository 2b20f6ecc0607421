"""The door of the API (default: signed in, and proven intent), and the headers of every answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import msgspec
from flask import Flask, Response, request
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf, validate_csrf  # type: ignore[import-untyped]
from werkzeug.exceptions import RequestEntityTooLarge

from hongyan_core.pictures import MAX_FILE_BYTES
from hongyan_core.problems import Problem, ProblemCode
from hongyan_web.context import is_api_call, is_https, own_origin, settings, websocket_url
from hongyan_web.signin import caller, is_by_bearer

# Whoever has no account yet, or proves it by a password in the body.
OPEN_ENDPOINTS: Final = frozenset(
    """
    openapi.spec
    site.show_site accounts.register addresses.confirm resets.ask resets.reset links.show_link
    uploads.describe
    session.sign_in tokens.create_token passkeys.offer passkeys.sign_in pending.show pending.answer
    """.split()
)


@dataclass(frozen=True, slots=True)
class OwnBody:
    """What an endpoint takes instead of JSON; nothing of it is read before the view does."""

    types: tuple[str, ...]
    max_bytes: int | None  # None: as many as a file may have, and the view counts them
    refusal: ProblemCode


PICTURE: Final = OwnBody(("image/png", "image/jpeg", "image/webp", "image/gif"), MAX_FILE_BYTES, "picture_too_large")
OCTETS: Final = OwnBody(("application/offset+octet-stream",), None, "file_too_large")
# Endpoints with a body of their own: only for those who are signed in.
BODY_ENDPOINTS: Final[Mapping[str, OwnBody]] = {
    # profile, devices, bots
    "profile.set_picture": PICTURE,
    "bots.set_picture": PICTURE,
    # groups
    "groups.set_picture": PICTURE,
    # files
    "uploads.append": OCTETS,
    "uploads.override": OCTETS,
    # stickers and previews
}
# What a device token may not do, though nothing is proven anew: it would take away its owner's ways in.
IN_PERSON_ENDPOINTS: Final = frozenset({"passkeys.delete", "ways_in.unlink"})
_PROOF_HEADER: Final = "X-CSRF-Token"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# What the pages use of the machine, and what no script on them shall ever get; the rest is off where a browser asks.
_MACHINE: Final = ", ".join(
    [f"{feature}=(self)" for feature in "camera microphone geolocation fullscreen autoplay clipboard-write".split()]
    + [f"{feature}=()" for feature in "display-capture hid midi payment serial usb".split()]
)

_csrf: Final = CSRFProtect()


def install(app: Flask) -> None:
    """Guard every request and sign every answer."""
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False,  # `admit` decides who must prove
        WTF_CSRF_SSL_STRICT=False,  # Origin is checked by us, and Referer is not sent (Referrer-Policy)
        WTF_CSRF_TIME_LIMIT=None,  # as long as the cookie
    )
    _csrf.init_app(app)
    app.before_request(admit)
    app.after_request(add_headers)


def admit() -> None:
    """Refuse what must not reach a view.

    Raises:
        Problem: not_json, malformed_json, forbidden_origin, not_signed_in, token_invalid, token_expired, csrf,
            picture_too_large, file_too_large.
    """
    if not is_api_call() or request.endpoint is None:
        return
    if (body := BODY_ENDPOINTS.get(request.endpoint)) is None:
        _check_body()
    else:
        _allow(body)
    if request.method not in _SAFE_METHODS and not is_by_bearer():
        _check_origin()
    if request.endpoint not in OPEN_ENDPOINTS:
        if request.endpoint in IN_PERSON_ENDPOINTS and not caller().by_cookie:
            raise Problem("not_signed_in")
        check_intent()


def check_intent() -> None:
    """Whoever is signed in by cookie must show the token that only our own page can read.

    Nobody has to who only asks. A token that is shown must be true even so: a window that does not know yet that
    somebody else signed in here would take their answers for its own.

    Raises:
        Problem: csrf.
    """
    if not caller().by_cookie:
        return
    shown = request.headers.get(_PROOF_HEADER)
    try:
        if request.method not in _SAFE_METHODS:
            _csrf.protect()
        elif shown is not None:
            validate_csrf(shown)
    except (CSRFError, ValueError):  # `validate_csrf` raises a kind of ValueError
        raise Problem("csrf") from None


def make_csrf_token() -> str:
    """The token that this browser's page sends back as `X-CSRF-Token`."""
    return str(generate_csrf())


def _allow(body: OwnBody) -> None:
    """Nothing is read yet: the view does, once we know whose it is."""
    most = settings().max_file_bytes if body.max_bytes is None else body.max_bytes
    request.max_content_length = most
    if (request.content_length or 0) > most:
        raise Problem(body.refusal, limit=most // 1_048_576)


def read_image() -> bytes:
    """The body of an endpoint that takes a `PICTURE`; whether it is a picture is seen when it is decoded.

    Raises:
        Problem: not_a_picture, picture_too_large.
    """
    if request.mimetype not in PICTURE.types:
        raise Problem("not_a_picture")
    try:
        return request.get_data()
    except RequestEntityTooLarge:  # it did not say before how long it is
        raise Problem("picture_too_large") from None


def _check_body() -> None:
    """Refuse a body that is not JSON here, where lone surrogates, depth and long numbers cannot hurt yet.

    A body is at most 64 KiB, and msgspec reads that in a tenth of a millisecond.
    """
    body = request.get_data()
    if not body:
        return
    if not request.is_json:
        raise Problem("not_json")
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise Problem("malformed_json") from None


def _check_origin() -> None:
    origin = request.headers.get("Origin")
    if origin is not None and origin != own_origin():  # programs send none; browsers always do
        raise Problem("forbidden_origin")


def add_headers(response: Response) -> Response:
    """What keeps a page harmless even where it has a fault."""
    if "Content-Security-Policy" not in response.headers:  # files have a stricter one
        response.headers["Content-Security-Policy"] = _content_security_policy()
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Permissions-Policy"] = _MACHINE
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"  # no other site keeps a hand on our window
    if is_https():
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if is_api_call():
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _content_security_policy() -> str:
    """Only our own files run, and no text becomes markup or a script's address.

    The two policies of Trusted Types: Svelte's own for the templates that it has compiled, and ours for the one
    address of the service worker (platform/worker.ts).
    """
    broker = urlsplit(websocket_url())
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
        "media-src 'self' blob:; "
        f"connect-src 'self' {broker.scheme}://{broker.netloc}; manifest-src 'self'; worker-src 'self'; "
        "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; "
        "require-trusted-types-for 'script'; trusted-types svelte-trusted-html hongyan-worker"
    )
