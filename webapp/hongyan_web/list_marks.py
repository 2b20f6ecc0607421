"""`/conversations/…/marks`: pinned, archived, unread. The list of conversations says which there are."""

from __future__ import annotations

from typing import Final

from apiflask import APIBlueprint

from hongyan_core.actions.list_marks import drop_list_mark, keep_list_mark
from hongyan_core.store.list_marks import ListMark
from hongyan_web.context import now_ms
from hongyan_web.conversations import CONVERSATION, key_of
from hongyan_web.shapes import Nothing
from hongyan_web.signin import me

_MARK: Final = f"{CONVERSATION}/marks/<any(pinned, archived, unread):mark>"

list_marks = APIBlueprint("list_marks", __name__, tag="Conversations")


@list_marks.put(_MARK)
@list_marks.output(Nothing, 204)
def keep(kind: str, name: str, mark: ListMark) -> str:
    """Pin a conversation, archive it, or mark it as unread, for all devices. Again is the same."""
    keep_list_mark(me(), key_of(kind, name), mark, at_ms=now_ms())
    return ""


@list_marks.delete(_MARK)
@list_marks.output(Nothing, 204)
def drop(kind: str, name: str, mark: ListMark) -> str:
    """Take that back. Again is the same."""
    drop_list_mark(me(), key_of(kind, name), mark, at_ms=now_ms())
    return ""
