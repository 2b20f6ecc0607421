"""Pages of a conversation, hung on a seq or a time; its threads and its media."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from hongyan import topics
from hongyan.topics import ConversationKey, ConversationKind
from hongyan_core.store.history.marks import Marks, read_marks
from hongyan_core.store.history.shown import COLUMNS, Entry, Envelope, decode, read_entries, show
from hongyan_core.store.history.sight import Sight, load_sight
from hongyan_core.store.keys import store_key
from hongyan_core.store.models import Account
from hongyan_core.store.sets import Row, read

MAX_PAGE: Final = 200
_ENTRIES: Final = (
    f"SELECT {COLUMNS} FROM stored_message m WHERE m.conversation_id = ? AND m.seq >= ? AND m.seq <= ? ORDER BY m.seq"  # noqa: S608  # our own words
)
_THREAD: Final = f"""SELECT {COLUMNS} FROM thread_entry t
    JOIN stored_message m ON m.conversation_id = t.conversation_id AND m.seq = t.seq
    WHERE t.conversation_id = ? AND t.root_seq = ? AND t.seq >= ? AND t.seq <= ? ORDER BY t.seq"""  # noqa: S608  # our own words
_MEDIA: Final = f"""SELECT {COLUMNS} FROM
    (SELECT DISTINCT a.seq FROM attachment a WHERE a.conversation_id = ? AND a.kind = ? AND a.seq >= ? AND a.seq <= ?
        ORDER BY a.seq DESC LIMIT ?) f
    JOIN stored_message m ON m.conversation_id = ? AND m.seq = f.seq ORDER BY m.seq DESC"""  # noqa: S608  # our own words
# seq and at_ms rise together: what is first at or after a time is found by halving.
_FIRST_AT: Final = """WITH RECURSIVE place(low, high) AS (
    SELECT CAST(? AS bigint), CAST(? AS bigint)
    UNION ALL
    SELECT CASE WHEN m.at_ms >= ? THEN p.low ELSE m.seq + 1 END, CASE WHEN m.at_ms >= ? THEN m.seq ELSE p.high END
        FROM place p CROSS JOIN stored_message m
        WHERE p.low < p.high AND m.conversation_id = ? AND m.seq = (p.low + p.high) / 2)
SELECT low FROM place WHERE low = high"""
_MAX_SEQ: Final = 2**63 - 2  # so that one more is a number of the database's


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Stamped envelopes, ascending by seq. `first_seq` and `last_seq` bound all that the viewer may see.

    Where there is nothing to see, `first_seq` is `last_seq` + 1.
    """

    messages: list[str]
    first_seq: int
    last_seq: int


@dataclass(frozen=True, slots=True)
class Page:
    """The same as a person reads it: with what hangs on the messages, and what they answer.

    `marks` are by seq, as text; `origins` are the messages that replies and threads name and the page does not hold.
    """

    messages: list[Envelope]
    marks: Marks
    origins: list[Envelope]
    first_seq: int
    last_seq: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page hangs. The first that is given counts; none: at the newest of all.

    `after` and `before` are exclusive, and may stand together; `around` has the messages before and after it, with it;
    `at_ms` begins with the first message of that time.
    """

    after: int | None = None
    before: int | None = None
    around: int | None = None
    at_ms: int | None = None


# Reads at most so many entries from one seq to another one, both inclusive, newest first or oldest first.
_Read = Callable[[int, int, bool, int], list[Row]]


def read_history(
    viewer: Account, key: ConversationKey, *, after: int | None, before: int | None, limit: int
) -> HistoryPage:
    """Read one page of a conversation, ascending by seq.

    Args:
        after: A seq, exclusive: the oldest messages beyond it.
        before: A seq, exclusive: the newest messages below it. Neither: the newest of all.
        limit: 1 to 200 messages; more is 200.

    Raises:
        Problem: unknown_conversation, also for a foreign group and for a stranger without any history.
    """
    sight = load_sight(viewer, key)
    found = _walk(sight, _log_of(sight), Place(after, before), _bound(limit))
    return HistoryPage([entry.payload for entry in show(sight, found)], sight.first_seq, sight.last_seq)


def read_page(viewer: Account, key: ConversationKey, place: Place, limit: int) -> Page:
    """Read one page with what hangs on it.

    Args:
        limit: 1 to 200 messages; more is 200.

    Raises:
        Problem: unknown_conversation.
    """
    sight = load_sight(viewer, key)
    return _make_page(sight, _find_entries(sight, place, _bound(limit)))


def read_thread(viewer: Account, key: ConversationKey, root: int, place: Place, limit: int) -> Page:
    """Read one page of the answers below a message, which stands among `origins`.

    Raises:
        Problem: unknown_conversation.
    """
    sight = load_sight(viewer, key)

    def read_answers(low: int, high: int, newest: bool, most: int) -> list[Row]:
        order = " DESC" if newest else ""
        return read(f"{_THREAD}{order} LIMIT ?", sight.conversation_id, root, low, high, most)

    return _make_page(sight, _walk(sight, read_answers, place, _bound(limit)))


def read_media(
    viewer: Account, key: ConversationKey, kind: str, *, before: int | None, limit: int
) -> tuple[list[Envelope], int | None]:
    """The messages of a kind that hold files, newest first, and the `before` of the next page; None: no more.

    Raises:
        Problem: unknown_conversation.
    """
    sight, most = load_sight(viewer, key), _bound(limit)

    def read_files(low: int, high: int, _: bool, count: int) -> list[Row]:
        return read(_MEDIA, sight.conversation_id, kind, low, high, count, sight.conversation_id)

    found = _walk(sight, read_files, Place(before=before), most + 1)[::-1]
    page = found[:most]
    shown = [decode(entry.payload) for entry in show(sight, page)]
    return [each for each in shown if not each.get("hidden")], page[-1].seq if len(found) > most else None


def has_files(sight: Sight) -> bool:
    """Whether any message that is to be seen holds a file."""
    return any(
        read(
            "SELECT 1 FROM attachment WHERE conversation_id = ? AND seq >= ? AND seq <= ? LIMIT 1",
            *(sight.conversation_id, first, last),
        )
        for first, last in sight.ranges
    )


def _bound(limit: int) -> int:
    return max(1, min(limit, MAX_PAGE))


def _log_of(sight: Sight) -> _Read:
    def read_log(low: int, high: int, newest: bool, most: int) -> list[Row]:
        return read(f"{_ENTRIES}{' DESC' if newest else ''} LIMIT ?", sight.conversation_id, low, high, most)

    return read_log


def _find_entries(sight: Sight, place: Place, limit: int) -> list[Entry]:
    log = _log_of(sight)
    if place.around is not None and place.after is None and place.before is None:
        older = _walk(sight, log, Place(before=place.around), limit // 2) if limit > 1 else []
        return older + _walk(sight, log, Place(after=place.around - 1), limit - limit // 2)
    if place.at_ms is not None and place.after is None and place.before is None:
        return _walk(sight, log, Place(after=_find_first_at(sight, place.at_ms) - 1), limit)
    return _walk(sight, log, place, limit)


def _walk(sight: Sight, read_some: _Read, place: Place, limit: int) -> list[Entry]:
    """Ascending: one statement for each range of what is to be seen, until there is enough. Mostly that is one."""
    low = 1 if place.after is None else min(place.after, _MAX_SEQ) + 1
    high = sight.last_seq if place.before is None else place.before - 1
    newest = place.after is None
    ranges = list(sight.clip(low, high))
    found: list[Row] = []
    for first, last in reversed(ranges) if newest else ranges:
        found += read_some(first, last, newest, limit - len(found))
        if len(found) >= limit:
            break
    return [Entry(*row) for row in sorted(found)]


def _find_first_at(sight: Sight, at_ms: int) -> int:
    """The seq of the first entry of that time or later; one beyond the last where there is none."""
    rows = read(_FIRST_AT, *(sight.first_seq, sight.last_seq + 1), at_ms, at_ms, sight.conversation_id)
    return int(rows[0][0]) if rows else sight.last_seq + 1


def _make_page(sight: Sight, entries: list[Entry]) -> Page:
    shown = [decode(entry.payload) for entry in show(sight, entries)]
    origins = [decode(entry.payload) for entry in read_entries(sight, _find_origins(shown))]
    return Page(shown, read_marks(sight, shown), origins, sight.first_seq, sight.last_seq)


def _find_origins(messages: Iterable[Envelope]) -> set[int]:
    held = {message["seq"] for message in messages}
    named = {message.get(name) for message in messages for name in ("reply", "thread")}
    return {seq for seq in named if isinstance(seq, int)} - held


def read_origins(sight: Sight, message: Envelope) -> list[Envelope]:
    """What one message answers."""
    return [decode(entry.payload) for entry in read_entries(sight, _find_origins([message]))]


def peer_read_seq(viewer: Account, key: ConversationKey) -> int:
    """How far the other of a one-to-one conversation has read; 0 for nothing, and for a group."""
    return read_peer_marks(viewer, key)[0]


def read_peer_marks(viewer: Account, key: ConversationKey) -> tuple[int, int]:
    """How far the other of a one-to-one conversation has read, and what has reached a device of theirs.

    Of reading nothing is told where one of the two tells nobody.
    """
    if key.kind is ConversationKind.GROUP:
        return 0, 0
    rows = read(
        """SELECT r.seq, r.delivered_seq, p.read_receipts, v.read_receipts FROM conversation c
        JOIN account p ON p.name = ? JOIN account v ON v.id = ?
        JOIN read_mark r ON r.conversation_id = c.id AND r.account_id = p.id WHERE c.key = ?""",
        *(key.name, viewer.id, store_key(viewer.name, key)),
    )
    if not rows:
        return 0, 0
    seq, delivered_seq, theirs, mine = rows[0]
    return seq if (theirs and mine) or key == topics.user(viewer.name) else 0, delivered_seq
