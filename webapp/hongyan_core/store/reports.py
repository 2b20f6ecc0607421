"""What moderators see of reports, with the message that each is about as it stands in its conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from hongyan import topics
from hongyan_core.store.keys import store_key
from hongyan_core.store.sets import Row, read, read_wanted

MAX_PAGE: Final = 200
ReportState = Literal["open", "closed"]


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report; `message` is the stored envelope, None where none is named."""

    id: int
    reporter: str
    username: str | None
    group: str | None
    seq: int | None
    text: str
    created_at_ms: int
    state: str
    outcome: str
    decided_by: str | None
    decided_at_ms: int | None
    message: str | None


def list_reports(state: ReportState, *, before: int | None, limit: int) -> list[ReportRow]:
    """A page of the open or the closed reports, newest first.

    A message is shown whoever can still read its conversation: neither leaving nor deletion hides what was reported.

    Args:
        before: An id, exclusive; None: from the newest on.
        limit: 1 to 200.
    """
    rows = read(
        """SELECT r.id, a.name, p.name, g.name, r.seq, r.text, r.created_at_ms, r.state, r.outcome, d.name,
            r.decided_at_ms
        FROM report r JOIN account a ON a.id = r.reporter_id LEFT JOIN account p ON p.id = r.account_id
        LEFT JOIN chat_group g ON g.id = r.group_id LEFT JOIN account d ON d.id = r.decided_by_id
        WHERE r.state = ? AND r.id < ? ORDER BY r.id DESC LIMIT ?""",
        *(state, before or 2**31 - 1, max(1, min(limit, MAX_PAGE))),
    )
    messages = _read_messages(rows)
    return [ReportRow(*(*row, messages.get(_place_of(row)))) for row in rows]


def _place_of(row: Row) -> tuple[str, int]:
    """The stored key of the conversation and the seq; a seq of 0 is no message's."""
    _, reporter, username, group, seq, *_ = row
    if username is None and group is None:
        return "", 0
    key = topics.group(group) if username is None else topics.user(username)
    return store_key(reporter, key), seq or 0


def _read_messages(rows: list[Row]) -> dict[tuple[str, int], str]:
    wanted = {place for row in rows if (place := _place_of(row))[1]}
    found = read_wanted(
        "key text, seq bigint",
        wanted,
        """SELECT c.key, m.seq, m.payload FROM wanted CROSS JOIN conversation c
        JOIN stored_message m ON m.conversation_id = c.id AND m.seq = wanted.seq WHERE c.key = wanted.key""",
    )
    return {(key, seq): payload for key, seq, payload in found}
