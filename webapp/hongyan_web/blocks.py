"""`/blocks`: whom the caller does not want to hear from."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields

from hongyan_core.actions.blocks import block_account, unblock_account
from hongyan_core.store.contacts import list_blocks
from hongyan_web.context import now_ms
from hongyan_web.shapes import Answer, Nothing, Person, time_of
from hongyan_web.signin import me

blocks = APIBlueprint("blocks", __name__, tag="Blocks")


class Blocked(Person):
    """Somebody the caller has blocked, and since when."""

    picture = fields.String(required=True, allow_none=True)
    since = time_of("since_ms")


class Blocks(Answer):
    """All blocks of the caller."""

    blocks = fields.List(fields.Nested(Blocked), required=True)


@blocks.get("/blocks")
@blocks.output(Blocks)
def show_blocks() -> dict[str, Any]:
    """Whom the caller has blocked, by name."""
    return {"blocks": list_blocks(me())}


@blocks.put("/blocks/<name>")
@blocks.output(Nothing, 204)
def block(name: str) -> str:
    """Block somebody: their very next message is refused. Again is the same."""
    block_account(me(), name, at_ms=now_ms())
    return ""


@blocks.delete("/blocks/<name>")
@blocks.output(Nothing, 204)
def unblock(name: str) -> str:
    """Hear somebody again. Again is the same."""
    unblock_account(me(), name, at_ms=now_ms())
    return ""
