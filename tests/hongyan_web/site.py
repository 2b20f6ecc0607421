"""The web app with a clock that stands still, and visitors whose every answer is checked against the description."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
from flask import Flask, Response
from peewee import SqliteDatabase
from werkzeug.test import TestResponse

from hongyan.limits import Limits
from hongyan_core.exchange import Accepted, Exchange, Submission
from hongyan_core.settings import BrokerKind, Settings
from hongyan_core.store.models import proxy
from hongyan_web.app import create_app
from hongyan_web.limits import THROTTLES, Throttles

START_MS = 1_790_000_000_000
PASSWORD = "letters by wild goose"


_description: dict[str, Any] = {}


# What a new account sees of itself beside its names and its language.
# What `Me` says beside the names of the first account of a server.
FIRST = {
    **{"about": "", "time_zone": "", "hidden": False, "picture": None, "role": "admin", "kind": "person"},
    **{"read_receipts": True, "quiet_from": None, "quiet_to": None, "push_words": True},
}


class Said(NamedTuple):
    """An answer of the API."""

    status: int
    body: Any

    @property
    def refusal(self) -> tuple[int, str, str | None]:
        """Status, code and field of an error."""
        return self.status, self.body["error"]["code"], self.body["error"].get("field")


@dataclass
class Clock:
    """Milliseconds that move only when told."""

    now_ms: int = START_MS

    def __call__(self) -> int:
        return self.now_ms


def make_settings(folder: Path, **changes: Any) -> Settings:
    changes.setdefault("limits", Limits(abuse_limits=False))
    return Settings(data_dir=folder, secret_key=b"k" * 32, **changes)


def _leaves_no_query_half_read(response: Response) -> Response:
    """The thread keeps an SQLite connection after a success: a query half read would show old rows for ever."""
    if isinstance(proxy.obj, SqliteDatabase) and response.status_code < 400:
        proxy.obj.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()  # "table is locked" while there is one
    return response


@dataclass
class Site:
    """One app over the open database."""

    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)
    throttles: Throttles = field(default_factory=lambda: THROTTLES)
    clock: Clock = field(default_factory=Clock)

    @cached_property
    def app(self) -> Flask:
        app = create_app(
            make_settings(self.folder, **self.settings),
            now_ms=self.clock,
            throttles=self.throttles,
            ui_dir=self.folder / "ui",
        )
        app.after_request(_leaves_no_query_half_read)
        return app

    @property
    def description(self) -> dict[str, Any]:
        if not _description:  # the same for every app, and a third of a test's time
            _description.update(self.app.test_client().get("/api/v1/openapi.json").json)
        return _description

    def visitor(self, language: str = "en", token: str | None = None) -> Visitor:
        """A browser that is not signed in, or a program with a device token."""
        return Visitor(self, language, token)

    def member(self, name: str, display_name: str | None = None) -> Visitor:
        """A browser in which a new account has just signed in."""
        visitor = self.visitor()
        names = {"display_name": display_name} if display_name else {}
        assert visitor.post("/accounts", {"username": name, "password": PASSWORD, **names}).status == 201
        visitor.sign_in(name)
        return visitor

    def program(self, name: str) -> Visitor:
        """A program with a new device token of an account that exists."""
        body = {"username": name, "password": PASSWORD, "label": "bot"}
        return self.visitor(token=self.visitor().post("/tokens", body).body["token"])


class Visitor:
    """A browser, or a program with a device token."""

    def __init__(self, site: Site, language: str, token: str | None) -> None:
        self.site = site
        self.client = site.app.test_client()
        self.headers = {"Accept-Language": language}
        if token is not None:
            self.headers["Authorization"] = f"Bearer {token}"

    def sign_in(self, name: str, password: str = PASSWORD) -> Said:
        said = self.post("/session", {"username": name, "password": password})
        if said.status == 200:
            self.headers["X-CSRF-Token"] = said.body["csrf_token"]
        return said

    def get(self, path: str) -> Said:
        return self.call("GET", path)

    def post(self, path: str, body: Any = None) -> Said:
        return self.call("POST", path, body)

    def put(self, path: str, body: Any = None) -> Said:
        return self.call("PUT", path, body)

    def patch(self, path: str, body: Any = None) -> Said:
        return self.call("PATCH", path, body)

    def delete(self, path: str) -> Said:
        return self.call("DELETE", path)

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Said:
        if body is not None:
            options["json"] = body
        response = self.send(method, path, **options)
        return Said(response.status_code, response.json if response.data and response.is_json else None)

    def send(self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any) -> TestResponse:
        named = {**self.headers, **(headers or {})}
        response = self.client.open(f"/api/v1{path}", method=method, headers=named, **{"buffered": True, **options})
        check_answer(self.site.description, method, path, response)
        return response


def check_answer(description: dict[str, Any], method: str, path: str, response: TestResponse) -> None:
    """Whether an answer is one that the description promises; HEAD and OPTIONS have none, and no body."""
    if method in ("HEAD", "OPTIONS"):
        assert response.data == b""
        return
    operation = _find_operation(description, method.lower(), "/api/v1" + path.partition("?")[0])
    if operation is None:
        assert response.status_code in (404, 405)
        wanted = {"$ref": "#/components/schemas/Error"}
    else:
        responses = operation["responses"]
        if "image/webp" in responses.get(str(response.status_code), {}).get("content", {}):
            assert response.mimetype == "image/webp"
            return
        promised = responses.get(str(response.status_code))
        assert promised or response.status_code >= 400, f"{method} {path} never promised {response.status_code}"
        content = (promised or responses["default"]).get("content", {})
        if content and "application/json" not in content:  # a file
            assert "*/*" in content or response.mimetype in content
            return
        wanted = content.get("application/json", {}).get("schema")
    if wanted is None or response.status_code == 204:
        assert response.data == b""
        return
    schema = {**wanted, "components": description["components"]}
    jsonschema.Draft202012Validator(schema).validate(json.loads(response.data))


def _find_operation(description: dict[str, Any], method: str, path: str) -> dict[str, Any] | None:
    for template, operations in description["paths"].items():
        pattern = re.sub(r"\{[^}]+\}", "[^/]+", template)
        if re.fullmatch(pattern, path) and method in operations:
            return operations[method]
    return None


EXTERNAL = {"broker": BrokerKind.MOSQUITTO}


def publish(*messages: tuple[str, str, bytes]) -> None:
    """Let the exchange decide what was published: (account, topic after `im/{account}/`, payload)."""
    exchange = Exchange(limits=Limits(), now_ms=lambda: START_MS, leases=False)
    exchange.open()
    batch = [Submission(a, f"im/{a}/{tail}", payload, f"id-{n}") for n, (a, tail, payload) in enumerate(messages, 1)]
    decisions = exchange.accept(batch)
    exchange.close()
    assert all(isinstance(decision, Accepted) for decision in decisions), decisions
