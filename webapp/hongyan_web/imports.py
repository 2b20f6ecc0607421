"""`/imports`: archives of other messengers on their way into a conversation."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields
from marshmallow.validate import OneOf

from hongyan_core.actions import imports as actions
from hongyan_core.imports.sources import SOURCES
from hongyan_web.context import now_ms
from hongyan_web.conversations import CONVERSATION, key_of
from hongyan_web.shapes import Answer, Body, Nothing, Text
from hongyan_web.signin import me

imports = APIBlueprint("imports", __name__, tag="Conversations")


class NewImport(Body):
    """An uploaded file of the caller's, and which messenger wrote it."""

    file = Text(required=True, max_chars=22)
    source = fields.String(required=True, validate=OneOf(list(SOURCES)))


class Begun(Answer):
    """What to ask for."""

    id = fields.Integer(required=True)


class Import(Begun):
    """How far it is: `done` were sent, `skipped` were there already or are no message, of `total`."""

    key = fields.String(required=True, metadata={"example": "group/lab"})
    source = fields.String(required=True)
    state = fields.String(required=True, metadata={"description": "waiting, running, done or failed"})
    total = fields.Integer(required=True)
    done = fields.Integer(required=True)
    skipped = fields.Integer(required=True)
    problem = fields.String(required=True, metadata={"description": "A code; empty while nothing is wrong."})


class Imports(Answer):
    """The caller's imports, the newest first."""

    imports = fields.List(fields.Nested(Import), required=True)


@imports.post(f"{CONVERSATION}/imports")
@imports.input(NewImport)
@imports.output(Begun, 201)
def begin(kind: str, name: str, json_data: dict[str, str]) -> Any:
    """Have an uploaded archive read into a conversation. Of one that was read before nothing comes twice."""
    return actions.begin_import(me(), key_of(kind, name), json_data["file"], json_data["source"], at_ms=now_ms())


@imports.get("/imports")
@imports.output(Imports)
def show() -> dict[str, Any]:
    """How far the caller's imports are."""
    return {"imports": actions.list_imports(me())}


@imports.delete("/imports/<int:import_id>")
@imports.output(Nothing, 204)
def end(import_id: int) -> str:
    """End an import, or take one that is over off the list; what it has brought stays."""
    actions.end_import(me(), import_id)
    return ""
