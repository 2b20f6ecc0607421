"""`/me/export` and `DELETE /me`: take everything along, and go."""

from __future__ import annotations

from apiflask import APIBlueprint, FileSchema
from flask import Response, stream_with_context
from flask import session as cookie

from hongyan_core.actions.deletion import delete_myself
from hongyan_core.export import export_account
from hongyan_web import proof
from hongyan_web.admin import actor
from hongyan_web.context import now_ms, vault
from hongyan_web.shapes import Nothing
from hongyan_web.signin import me

ZIP = "application/zip"

leaving = APIBlueprint("leaving", __name__, tag="Accounts")


@leaving.get("/me/export")
@leaving.output(FileSchema(type="string", format="binary"), content_type=ZIP)
def export() -> Response:
    """Everything of the caller's in one archive: JSON, one line a message, the picture and the files."""
    account, at_ms = me(), now_ms()
    # With the request's context the connection to the database stays until the last piece.
    pieces = stream_with_context(export_account(account, vault().store, at_ms=at_ms))
    headers = {"Content-Disposition": f'attachment; filename="hongyan-{account.name}.zip"'}
    return Response(pieces, mimetype=ZIP, headers=headers)


@leaving.delete("/me")
@leaving.input(proof.Proof)
@leaving.output(Nothing, 204)
def delete(json_data: dict[str, str]) -> str:
    """Delete the caller's account for ever, with its bots and devices; what others received stays."""
    proof.confirm(json_data)
    delete_myself(actor(), at_ms=now_ms())
    cookie.clear()
    return ""
