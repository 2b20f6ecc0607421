"""How people keep conversations in their lists: pinned, archived, marked as unread."""

from __future__ import annotations

from typing import Final, Literal, get_args

from peewee import BigIntegerField

from hongyan.topics import ConversationKey
from hongyan_core.store.models import Account, ListMarks

# A new mark? Also: models.ListMarks and a step, history/heads.py, frontend/src/model/arrange.ts, docs/messages.md.
ListMark = Literal["pinned", "archived", "unread"]
LIST_MARKS: Final[tuple[ListMark, ...]] = get_args(ListMark)
_COLUMNS: Final[dict[ListMark, BigIntegerField]] = {
    "pinned": ListMarks.pinned_at_ms,
    "archived": ListMarks.archived_at_ms,
    "unread": ListMarks.unread_at_ms,
}


def count_others(account: Account, key: ConversationKey, mark: ListMark) -> int:
    """How many other conversations of the account have the mark."""
    others = (ListMarks.account == account) & (ListMarks.key != str(key)) & _COLUMNS[mark].is_null(False)
    return ListMarks.select().where(others).count()


def write_mark(account: Account, key: ConversationKey, mark: ListMark, at_ms: int) -> None:
    """Set a mark; again sets the new time."""
    column = _COLUMNS[mark]
    ListMarks.insert({ListMarks.account: account, ListMarks.key: str(key), column: at_ms}).on_conflict(
        conflict_target=[ListMarks.account, ListMarks.key], update={column: at_ms}
    ).execute()


def erase_mark(account: Account, key: ConversationKey, mark: ListMark) -> bool:
    """Take a mark back; whether there was one. A row without any goes."""
    column, mine = _COLUMNS[mark], (ListMarks.account == account) & (ListMarks.key == str(key))
    if not ListMarks.update({column: None}).where(mine & column.is_null(False)).execute():
        return False
    pinned, archived, unread = (_COLUMNS[each].is_null() for each in LIST_MARKS)
    ListMarks.delete().where(mine & pinned & archived & unread).execute()
    return True
