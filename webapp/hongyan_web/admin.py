"""`/admin`: what administrators and moderators do, and what they see. All of it asks for a browser's sign-in."""

from __future__ import annotations

from typing import Any

import msgspec
from apiflask import APIBlueprint
from flask import request
from marshmallow import fields
from marshmallow.validate import OneOf, Range

from hongyan_core import rules
from hongyan_core.actions.administration import (
    change_role,
    disable_account,
    enable_account,
    make_reset_secret,
)
from hongyan_core.actions.audit import Actor, demand_office
from hongyan_core.actions.broadcasts import broadcast_to_all
from hongyan_core.actions.deletion import delete_account
from hongyan_core.actions.reports import close_report
from hongyan_core.fields import MAX_BROADCAST_CHARS
from hongyan_core.standing import ServerRole
from hongyan_core.store import administration, reports
from hongyan_core.store.administration import AccountRow
from hongyan_core.store.history import MAX_PAGE
from hongyan_web import signin
from hongyan_web.context import now_ms, settings
from hongyan_web.conversations import Envelope
from hongyan_web.shapes import Answer, Body, Nothing, Person, Text, time_of

MAX_ID = 2**31 - 1  # of PostgreSQL's serial
RESET_PAGE = "/#/reset/"  # a page of the front end

admin = APIBlueprint("admin", __name__, tag="Administration")


class AccountQuery(Body):
    """`q`: what a user name or a word of a display name begins with. `after` a user name."""

    q = Text(load_default="", max_chars=64)
    after = Text(load_default="", max_chars=32)
    limit = fields.Integer(load_default=50, validate=Range(1, MAX_PAGE))


class BackwardQuery(Body):
    """`before` an id: the newest below it; without it the newest of all."""

    before = fields.Integer(validate=Range(1, MAX_ID))
    limit = fields.Integer(load_default=50, validate=Range(1, MAX_PAGE))


class ReportQuery(BackwardQuery):
    """Open reports, or closed ones."""

    state = fields.String(load_default="open", validate=OneOf(["open", "closed"]))


class ManagedAccount(Person):
    """An account; `email` is null for moderators, `disabled_at` and `deleted_at` while it is neither."""

    kind = fields.String(required=True, validate=OneOf(["person", "bot", "device"]))
    role = fields.String(required=True, validate=OneOf(list(ServerRole)))
    owner = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
    created_at = time_of("created_at_ms")
    disabled_at = time_of("disabled_at_ms", allow_none=True)
    deleted_at = time_of("deleted_at_ms", allow_none=True)


class ChangedAccount(ManagedAccount):
    """The account as it is now."""


class ManagedAccounts(Answer):
    """A page, by user name; `next` is the value for `after`, null at the end."""

    accounts = fields.List(fields.Nested(ManagedAccount), required=True)
    next = fields.String(required=True, allow_none=True)


class AccountChange(Body):
    """What is not named stays as it is. `role` is for administrators."""

    disabled = fields.Boolean(truthy={True}, falsy={False})
    role = fields.String(validate=OneOf(list(ServerRole)))


class ResetLink(Answer):
    """To be handed over; it works once, for a day, and cannot be shown again."""

    url = fields.String(required=True)


class AuditLine(Answer):
    """What was done: `actor` is empty for the command line of the server."""

    id = fields.Integer(required=True)
    at = time_of("at_ms")
    actor = fields.String(required=True)
    action = fields.String(required=True)
    target = fields.String(required=True)
    detail = fields.Dict(required=True)
    address = fields.String(required=True)


class AuditLog(Answer):
    """A page, the newest first; `next` is the value for `before`, null at the end."""

    entries = fields.List(fields.Nested(AuditLine), required=True)
    next = fields.Integer(required=True, allow_none=True)


class Report(Answer):
    """A person, a group, or a message of the conversation with the person or in the group."""

    id = fields.Integer(required=True)
    reporter = fields.String(required=True)
    username = fields.String(required=True, allow_none=True)
    group = fields.String(required=True, allow_none=True)
    seq = fields.Integer(required=True, allow_none=True)
    text = fields.String(required=True)
    created_at = time_of("created_at_ms")
    state = fields.String(required=True, validate=OneOf(["open", "closed"]))
    outcome = fields.String(required=True)
    decided_by = fields.String(required=True, allow_none=True)
    decided_at = time_of("decided_at_ms", allow_none=True)
    message = Envelope(required=True, allow_none=True)


class Reports(Answer):
    """A page, the newest first; `next` is the value for `before`, null at the end."""

    reports = fields.List(fields.Nested(Report), required=True)
    next = fields.Integer(required=True, allow_none=True)


class Outcome(Body):
    """What came of a report, in a sentence."""

    outcome = Text(required=True, max_chars=200)


class Broadcast(Body):
    """A text to everybody."""

    body = Text(required=True, max_chars=MAX_BROADCAST_CHARS)


def actor() -> Actor:
    """The caller, as the actions of administrators ask."""
    caller = signin.caller()
    return Actor(caller.account, in_person=caller.by_cookie, address=request.remote_addr or "")


@admin.patch("/admin/accounts/<name>")
@admin.input(AccountChange)
@admin.output(ChangedAccount)
def change_account(name: str, json_data: dict[str, Any]) -> dict[str, Any]:
    """Disable or enable an account, or change its role. Who is disabled is signed out everywhere, bots included."""
    by, at_ms = actor(), now_ms()
    demand_office(by, rules.MODERATE)
    if "role" in json_data:
        change_role(by, name, ServerRole(json_data["role"]), at_ms=at_ms)
    if "disabled" in json_data:
        (disable_account if json_data["disabled"] else enable_account)(by, name, at_ms=at_ms)
    return _show(administration.load_account_row(name))


@admin.get("/admin/accounts")
@admin.input(AccountQuery, location="query")
@admin.output(ManagedAccounts)
def show_accounts(query_data: dict[str, Any]) -> dict[str, Any]:
    """All accounts, deleted ones too. A search looks at the first 1,000 that match."""
    demand_office(actor(), rules.MODERATE)
    limit = query_data["limit"]
    rows = administration.list_accounts(query_data["q"], after=query_data["after"], limit=limit)
    return {"accounts": [_show(row) for row in rows], "next": rows[-1].username if len(rows) == limit else None}


@admin.post("/admin/accounts/<name>/reset")
@admin.output(ResetLink)
def make_reset_link(name: str) -> dict[str, str]:
    """A link by which somebody chooses a new password."""
    secret = make_reset_secret(actor(), name, at_ms=now_ms())
    return {"url": f"{settings().origin}{RESET_PAGE}{secret}"}


@admin.delete("/admin/accounts/<name>")
@admin.output(Nothing, 204)
def delete(name: str) -> str:
    """Delete an account; what others received from it stays."""
    delete_account(actor(), name, at_ms=now_ms())
    return ""


@admin.get("/admin/audit")
@admin.input(BackwardQuery, location="query")
@admin.output(AuditLog)
def show_audit(query_data: dict[str, int]) -> dict[str, Any]:
    """What administrators and moderators did."""
    demand_office(actor(), rules.ADMINISTER)
    limit = query_data["limit"]
    lines = administration.list_audit(before=query_data.get("before"), limit=limit)
    return {"entries": lines, "next": lines[-1].id if len(lines) == limit else None}


@admin.get("/admin/reports")
@admin.input(ReportQuery, location="query")
@admin.output(Reports)
def show_reports(query_data: dict[str, Any]) -> dict[str, Any]:
    """Reports, each with the message that it is about."""
    demand_office(actor(), rules.MODERATE)
    limit = query_data["limit"]
    rows = reports.list_reports(query_data["state"], before=query_data.get("before"), limit=limit)
    return {"reports": [_show_report(row) for row in rows], "next": rows[-1].id if len(rows) == limit else None}


@admin.post("/admin/reports/<int:report_id>/close")
@admin.input(Outcome)
@admin.output(Nothing, 204)
def close(report_id: int, json_data: dict[str, str]) -> str:
    """Say what came of an open report."""
    close_report(actor(), report_id, json_data["outcome"], at_ms=now_ms())
    return ""


@admin.post("/admin/broadcasts")
@admin.input(Broadcast)
@admin.output(Nothing, 202)
def broadcast(json_data: dict[str, str]) -> dict[str, str]:
    """Send a text to everybody, in the channel `everyone`."""
    broadcast_to_all(actor(), json_data["body"], at_ms=now_ms())
    return {}


def _show(row: AccountRow) -> dict[str, Any]:
    """An address is for who can reset a password by it, not for every moderator."""
    shown = {name: getattr(row, name) for name in row.__slots__}
    return shown if signin.me().role == ServerRole.ADMIN.value else {**shown, "email": None}


def _show_report(row: reports.ReportRow) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in row.__slots__}
    return {**shown, "message": None if row.message is None else msgspec.json.decode(row.message)}
