"""Put the web app together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from apiflask import APIBlueprint, APIFlask
from flask import Flask, Response, g
from flask.json.provider import DefaultJSONProvider
from peewee import SqliteDatabase
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, PathConverter

from hongyan_core import clock
from hongyan_core.settings import Settings
from hongyan_core.store.models import proxy
from hongyan_web import context, errors, limits, mailer, oidc, openapi, pages, security, signin
from hongyan_web.accounts import accounts
from hongyan_web.addresses import addresses
from hongyan_web.admin import admin
from hongyan_web.blocks import blocks
from hongyan_web.bots import bots
from hongyan_web.conversation_export import conversation_export
from hongyan_web.conversations import conversations
from hongyan_web.devices import devices
from hongyan_web.drafts import drafts
from hongyan_web.files import files
from hongyan_web.friends import friends
from hongyan_web.group_joining import group_joining
from hongyan_web.group_members import group_members
from hongyan_web.groups import groups
from hongyan_web.holdings import holdings
from hongyan_web.imports import imports
from hongyan_web.labels import labels
from hongyan_web.leaving import leaving
from hongyan_web.links import links
from hongyan_web.list_marks import list_marks
from hongyan_web.messages import messages
from hongyan_web.mqtt_token import mqtt_token
from hongyan_web.mutes import mutes
from hongyan_web.my_link import my_link
from hongyan_web.passkeys import passkeys
from hongyan_web.pending import pending
from hongyan_web.people import people
from hongyan_web.previews import previews
from hongyan_web.profile import profile
from hongyan_web.push import push
from hongyan_web.reports import reports
from hongyan_web.resets import resets
from hongyan_web.scheduled import scheduled
from hongyan_web.search import search
from hongyan_web.second_factor import second_factor
from hongyan_web.session import session
from hongyan_web.site import site
from hongyan_web.stickers import stickers
from hongyan_web.tokens import tokens
from hongyan_web.uploads import uploads
from hongyan_web.ways_in import ways_in

PREFIX: Final = "/api/v1"
MAX_BODY_BYTES: Final = 65_536
RESOURCES: Final[tuple[APIBlueprint, ...]] = (
    # accounts and sign-in
    site,
    accounts,
    addresses,
    resets,
    links,
    session,
    tokens,
    mqtt_token,
    # profile, devices, bots
    profile,
    devices,
    bots,
    passkeys,
    second_factor,
    ways_in,
    pending,
    # contacts
    people,
    friends,
    blocks,
    labels,
    my_link,
    mutes,
    # groups
    groups,
    group_members,
    group_joining,
    # messages
    conversations,
    # files
    uploads,
    files,
    # stickers and previews
    stickers,
    previews,
    # search and history
    messages,
    holdings,
    search,
    # scheduled messages, drafts, receipts
    scheduled,
    drafts,
    # the list of conversations
    list_marks,
    # export and import
    conversation_export,
    imports,
    # web push
    push,
    # administration
    admin,
    reports,
    leaving,
)


class _Id(IntegerConverter):
    """A row's id: never more digits than a database takes."""

    regex = r"[0-9]{1,18}"


class _PagePath(PathConverter):
    """Any path but the API's, so that an unknown route there is no page."""

    regex = r"(?!api/)[^/].*?"


def create_app(
    settings: Settings,
    *,
    now_ms: Callable[[], int] = clock.now_ms,
    throttles: limits.Throttles = limits.THROTTLES,
    ui_dir: Path = pages.UI_DIR,
) -> Flask:
    """Make the app; the caller has opened the database already."""
    app = APIFlask(
        "hongyan_web",
        "Hongyan",
        spec_path=f"{PREFIX}/openapi.json",
        docs_path=None,
        json_errors=False,
        static_folder=None,  # type: ignore[arg-type]  # Flask takes None: files are `pages`
    )
    _configure(app, settings, ui_dir)
    context.install(app, context.Context(settings, now_ms))
    mailer.install(app, settings, now_ms)
    oidc.install(app, settings, now_ms)
    app.before_request(_connect)
    app.after_request(_note_success)
    app.teardown_request(_disconnect)
    errors.install(app)
    signin.install(app)
    security.install(app)
    openapi.install(app)
    for resource in RESOURCES:
        app.register_blueprint(resource, url_prefix=PREFIX)
    app.register_blueprint(oidc.oidc)
    app.register_blueprint(pages.pages)
    if settings.limits.abuse_limits:
        limits.install(app, throttles)
    return app


def _configure(app: APIFlask, settings: Settings, ui_dir: Path) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="hongyan_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure or settings.public_url.startswith("https://"),
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(seconds=signin.COOKIE_LIFETIME_S),
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        UI_DIR=ui_dir,
    )
    app.json = _Json(app)
    app.url_map.converters.update(int=_Id, page=_PagePath)
    if hops := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


class _Json(DefaultJSONProvider):
    """Chinese as it is, and fields in the order in which they are written."""

    ensure_ascii = False
    sort_keys = False


def _connect() -> None:
    """One connection a request, of the thread that serves it; a file of the front end needs none."""
    if context.is_api_call():
        proxy.obj.connect(reuse_if_open=True)


def _note_success(response: Response) -> Response:
    g.succeeded = response.status_code < 400
    return response


def _disconnect(error: BaseException | None) -> Any:
    """A server's connection is given back. A file's stays with its thread: to open it is a quarter of a request.

    After an error it is closed too: what a traceback holds may be a query half read, which would show old rows later.
    """
    del error
    database = proxy.obj
    keeps = isinstance(database, SqliteDatabase) and g.get("succeeded", False) and not database.in_transaction()
    if not keeps and not database.is_closed():
        database.close()
