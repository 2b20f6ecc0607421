"""`/conversations/…/export`: one conversation to take along."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

from apiflask import APIBlueprint, FileSchema
from flask import Response, stream_with_context
from marshmallow import fields
from marshmallow.validate import OneOf

from hongyan_core.conversation_export import FileReader, Form, export_conversation
from hongyan_core.files.store import BlobMissing
from hongyan_core.problems import Problem
from hongyan_core.store.files import load_readable
from hongyan_core.store.models import Account
from hongyan_web.context import now_ms, vault
from hongyan_web.conversations import CONVERSATION, key_of
from hongyan_web.shapes import Body
from hongyan_web.signin import me

FORMS: Final = ("json", "html")

conversation_export = APIBlueprint("conversation_export", __name__, tag="Conversations")


class Wish(Body):
    """As data, or as a page to read."""

    format = fields.String(load_default="json", validate=OneOf(FORMS))


@conversation_export.get(f"{CONVERSATION}/export")
@conversation_export.input(Wish, location="query")
@conversation_export.output(FileSchema(type="string", format="binary"), content_type="application/octet-stream")
def export(kind: str, name: str, query_data: dict[str, Any]) -> Response:
    """All that the caller can read of a conversation, as JSON or HTML; a zip archive where messages hold files."""
    account, key, form = me(), key_of(kind, name), cast(Form, query_data["format"])
    made = export_conversation(account, key, form, at_ms=now_ms(), files=_reader_for(account))
    # With the request's context the connection to the database stays until the last piece. It is only ever saved: as
    # a page of ours it would be a page of whoever wrote in it.
    headers = {"Content-Disposition": f'attachment; filename="{made.file_name}"'}
    return Response(stream_with_context(made.pieces), mimetype="application/octet-stream", headers=headers)


def _reader_for(account: Account) -> FileReader:
    store = vault().store

    def read_file(file_id: str) -> Iterator[bytes] | None:
        try:
            entry = load_readable(account, file_id)
            return store.read(entry.hash, 0, entry.size)
        except (Problem, BlobMissing):  # hidden since, or lost: the sweep tells the operator
            return None

    return read_file
