"""`/labels` and `/broadcasts`: friends by label, and one message to all of a label."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields

from hongyan_core.actions.broadcasts_to_label import send_to_label
from hongyan_core.actions.contacts import delete_label, rename_label
from hongyan_core.fields import MAX_BROADCAST_CHARS
from hongyan_core.store.contacts import list_labels
from hongyan_web.context import now_ms
from hongyan_web.shapes import Answer, Body, Nothing, Text
from hongyan_web.signin import me

labels = APIBlueprint("labels", __name__, tag="Friends")


class Label(Answer):
    """A label of the caller's, and how many friends have it."""

    label = fields.String(required=True)
    count = fields.Integer(required=True)


class Labels(Answer):
    """All labels of the caller, by name."""

    labels = fields.List(fields.Nested(Label), required=True)


class LabelName(Body):
    """A new name of a label; that of another one makes one of the two."""

    label = Text(required=True)


class RenamedLabel(Answer):
    """The name as it is kept."""

    label = fields.String(required=True)


class LabelBroadcast(Body):
    """A text for every friend of a label."""

    label = Text(required=True)
    body = Text(required=True, max_chars=MAX_BROADCAST_CHARS)


class SentTo(Answer):
    """To how many it went; each one is decided like any other message, a refusal comes as a notice."""

    sent_to = fields.Integer(required=True)


@labels.get("/labels")
@labels.output(Labels)
def show() -> dict[str, Any]:
    """The caller's labels."""
    return {"labels": list_labels(me())}


@labels.patch("/labels/<label>")
@labels.input(LabelName)
@labels.output(RenamedLabel)
def rename(label: str, json_data: dict[str, str]) -> dict[str, str]:
    """Give a label another name, for all who have it."""
    return {"label": rename_label(me(), label, json_data["label"], at_ms=now_ms())}


@labels.delete("/labels/<label>")
@labels.output(Nothing, 204)
def remove(label: str) -> str:
    """Take a label off everybody; they stay friends."""
    delete_label(me(), label, at_ms=now_ms())
    return ""


@labels.post("/broadcasts")
@labels.input(LabelBroadcast)
@labels.output(SentTo)
def broadcast(json_data: dict[str, str]) -> dict[str, int]:
    """Send the same text to every friend of a label, each in their own conversation."""
    return {"sent_to": send_to_label(me(), json_data["label"], json_data["body"])}
