"""Search: the viewer's blocks, the newest first, until a page is full.

What it costs grows with what the viewer may see and not with what all others have said, and has an end: beyond
`MAX_BLOCKS` a page says where to go on. Each hit is looked at again in the log before it is shown, so what was taken
back, edited or hidden a moment ago is not found, whether the index knows of it or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from heapq import nlargest
from typing import Any, Final

import msgspec

from hongyan.kinds import MARK_KINDS
from hongyan.limits import MAX_INT
from hongyan.topics import ConversationKey
from hongyan_core.problems import Problem
from hongyan_core.search.blocks import Entry, read_hits
from hongyan_core.search.follow import Place, load_messages
from hongyan_core.search.index import Index, open_index
from hongyan_core.search.sayings import NOT_FOUND, make_line
from hongyan_core.search.sight import Sight, load_sights, load_silenced
from hongyan_core.search.words import find_spans
from hongyan_core.store.history import load_sight
from hongyan_core.store.models import Account
from hongyan_core.store.people import find_account
from hongyan_core.store.sets import Row, last_position, read, read_wanted

MAX_LIMIT: Final = 50
MAX_BLOCKS: Final = 2_048  # of one page: 131,072 messages, some 20 MB
MAX_UNINDEXED: Final = 500  # of the newest messages, which the index has not got yet
_STEPS: Final = (16, 64, 256)  # blocks at once: few for what is said every day, more for what is rare
_CONTEXT_SEQS: Final = 10  # so far from a hit its neighbours are looked for: between them are marks


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for; `needles` of `words.parse_query`. None and empty: any."""

    needles: tuple[str, ...]
    key: ConversationKey | None = None
    sender: str | None = None
    kind: str | None = None
    since_ms: int = 0
    until_ms: int = MAX_INT
    before: int | None = None  # the cursor of the page before


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that was found; `spans` are characters of its body, the end exclusive."""

    key: ConversationKey
    title: str
    envelope: dict[str, Any]
    spans: list[tuple[int, int]]
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Found:
    """A page, the newest first. `following` is the cursor of the next one, which may be empty; None: that was all."""

    hits: list[Hit]
    following: int | None
    behind: bool


@dataclass(frozen=True, slots=True)
class _Candidate:
    """What the index says of a message."""

    conversation_id: int
    entry: Entry

    @property
    def place(self) -> Place:
        return self.conversation_id, self.entry.seq


@dataclass(slots=True)
class _Search:
    """One search: the query and what the viewer may see."""

    viewer: Account
    query: Query
    sights: dict[int, Sight]
    silenced: frozenset[int]
    sender_id: int | None
    before: int
    waiting: list[_Candidate] = field(default_factory=list)
    shown: list[tuple[_Candidate, dict[str, Any]]] = field(default_factory=list)

    def wants(self, conversation_id: int, entry: Entry) -> bool:
        """All that the line does not say."""
        query = self.query
        return (
            entry.position < self.before
            and query.since_ms <= entry.at_ms <= query.until_ms
            and query.kind in (None, entry.kind)
            and self.sender_id in (None, entry.sender_id)
            and entry.sender_id not in self.silenced
            and self.sights[conversation_id].holds(entry.seq)
        )

    def find_last(self, limit: int) -> int:
        """The position of what would be the last hit of the page if all that waits were shown; 0: there are too few."""
        left = limit - len(self.shown)
        newest = nlargest(left, (candidate.entry.position for candidate in self.waiting))
        return newest[-1] if len(newest) == left else 0

    def settle(self, floor: int, limit: int) -> None:
        """Show what waits above a position, up to the limit: nothing newer can come any more."""
        ready = sorted((c for c in self.waiting if c.entry.position > floor), key=lambda c: -c.entry.position)
        self.waiting = [c for c in self.waiting if c.entry.position <= floor]
        for at in range(0, len(ready), limit):
            if len(self.shown) < limit:
                self.shown.extend(self._look_again(ready[at : at + limit]))

    def _look_again(self, candidates: Sequence[_Candidate]) -> Iterator[tuple[_Candidate, dict[str, Any]]]:
        rows = load_messages(c.place for c in candidates)
        said = {(conversation, seq): _decode(text) for conversation, seq, kind, text in rows if kind not in NOT_FOUND}
        hidden = _read_hidden(self.viewer, said)
        for candidate in candidates:
            envelope = said.get(candidate.place)
            if envelope is None or candidate.place in hidden:
                continue
            line = make_line(envelope)
            if all(needle in line for needle in self.query.needles):
                yield candidate, envelope


def search_messages(viewer: Account, query: Query, limit: int) -> Found:
    """Find what the viewer may see, the newest first.

    Args:
        limit: 1 to 50 hits.

    Raises:
        Problem: unknown_conversation, with the field `in`: also a group of others, and a stranger.
    """
    search = _begin(viewer, query)
    if search is None:
        return Found([], None, behind=False)
    with closing(open_index()) as index:
        indexed, _ = index.read_state().get("position", (0, ""))
        behind = last_position() - indexed > MAX_UNINDEXED
        search.waiting.extend(_read_unindexed(search, indexed))
        following = _walk(search, index, limit)
    shown = search.shown[:limit]
    if len(search.shown) >= limit:
        following = shown[-1][0].entry.position
    return Found(_describe(search, shown), following, behind)


def _begin(viewer: Account, query: Query) -> _Search | None:
    """None where nothing can be found."""
    sights = load_sights(viewer)
    if query.key is not None:
        sights = {id_: sight for id_, sight in sights.items() if sight.key == query.key}
        if not sights:
            _check_known(viewer, query.key)
            return None
    sender = None if query.sender is None else find_account(query.sender)
    if query.sender is not None and sender is None:
        return None
    before = MAX_INT if query.before is None else query.before
    return _Search(viewer, query, sights, load_silenced(viewer), sender.id if sender else None, before)


def _check_known(viewer: Account, key: ConversationKey) -> None:
    """A conversation with a friend is one before anything was said in it."""
    try:
        load_sight(viewer, key)
    except Problem:
        raise Problem("unknown_conversation", "in") from None


def _walk(search: _Search, index: Index, limit: int) -> int | None:
    """Look into the blocks until `limit` hits are shown; returns where to go on when there are too many blocks."""
    query = search.query
    ranges = [
        (id_, min(low for low, _ in sight.ranges), max(high for _, high in sight.ranges))
        for id_, sight in search.sights.items()
    ]
    # Beside as many as one page looks at there may be one of each conversation that the page before has begun with.
    most = MAX_BLOCKS + len(ranges)
    outline = index.read_outline(
        ranges, before=search.before, since_ms=query.since_ms, until_ms=query.until_ms, limit=most + 1
    )
    at, sizes = 0, iter(_STEPS)
    while at < min(len(outline), most) and len(search.shown) < limit:
        ends = min(at + next(sizes, MAX_BLOCKS), len(outline), most)
        enough = search.find_last(limit)
        while ends > at and outline[ends - 1][1] < enough:
            ends -= 1
        batch = [block for block, _ in outline[at:ends]]
        for conversation_id, entries, words in index.read_matching(batch, query.needles):
            search.waiting.extend(_read_block(search, conversation_id, entries, words))
        at = ends
        search.settle(outline[at][1] if at < len(outline) else 0, limit)
    if not outline:
        search.settle(0, limit)
    return outline[at][1] + 1 if at < len(outline) else None


def _read_block(search: _Search, conversation_id: int, entries: str, words: str) -> Iterator[_Candidate]:
    wanted = read_hits(entries, words, search.query.needles, lambda entry: search.wants(conversation_id, entry))
    return (_Candidate(conversation_id, entry) for entry in wanted)


def _read_unindexed(search: _Search, indexed: int) -> Iterator[_Candidate]:
    """What was said since, as far as that is not too much."""
    rows = read(
        """SELECT position, conversation_id, seq, sender_id, kind, at_ms FROM stored_message
        WHERE position > ? ORDER BY position DESC LIMIT ?""",
        *(indexed, MAX_UNINDEXED),
    )
    for position, conversation_id, seq, sender_id, kind, at_ms in rows:
        entry = Entry(seq, position, at_ms, sender_id, kind)
        if conversation_id in search.sights and kind not in NOT_FOUND and search.wants(conversation_id, entry):
            yield _Candidate(conversation_id, entry)


def _read_hidden(viewer: Account, places: Iterable[Place]) -> set[Place]:
    """Which of these the viewer has deleted for themselves."""
    return {
        (conversation_id, seq)
        for conversation_id, seq in read_wanted(
            "conversation bigint, seq bigint",
            places,
            """SELECT h.conversation_id, h.seq FROM wanted CROSS JOIN hidden_message h
            WHERE h.account_id = ? AND h.conversation_id = wanted.conversation AND h.seq = wanted.seq""",
            viewer.id,
        )
    }


# --- what is shown of a hit


def _describe(search: _Search, shown: Sequence[tuple[_Candidate, dict[str, Any]]]) -> list[Hit]:
    around = _read_context(search, [candidate.place for candidate, _ in shown])
    return [
        _make_hit(search, candidate, envelope, *around.get(candidate.place, (None, None)))
        for candidate, envelope in shown
    ]


def _make_hit(
    search: _Search,
    candidate: _Candidate,
    envelope: dict[str, Any],
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> Hit:
    sight, body = search.sights[candidate.conversation_id], envelope.get("body")
    spans = find_spans(body, search.query.needles) if isinstance(body, str) else []
    return Hit(sight.key, sight.title, envelope, spans, before, after)


Around = tuple[dict[str, Any] | None, dict[str, Any] | None]
_AROUND: Final = """SELECT wanted.conversation, wanted.seq, m.seq, m.sender_id, m.kind, m.payload
    FROM wanted CROSS JOIN stored_message m WHERE m.conversation_id = wanted.conversation
    AND m.seq >= wanted.seq - ? AND m.seq <= wanted.seq + ? AND m.seq <> wanted.seq ORDER BY m.seq"""


def _read_context(search: _Search, places: Sequence[Place]) -> dict[Place, Around]:
    """The rows before and after each that the viewer sees: mostly its neighbours, else one has to look further."""
    seen, unseen = _look_around(search, places, 1)
    further, _ = _look_around(search, unseen, _CONTEXT_SEQS)
    rows = sorted([*seen, *further], key=lambda row: int(row[2]))
    before = {(row[0], row[1]): row[5] for row in rows if row[2] < row[1]}  # the last one wins: the nearest
    after = {(row[0], row[1]): row[5] for row in reversed(rows) if row[2] > row[1]}
    return {place: (_decode_or_none(before.get(place)), _decode_or_none(after.get(place))) for place in places}


def _look_around(search: _Search, places: Iterable[Place], reach: int) -> tuple[list[Row], list[Place]]:
    """The rows to be seen around these, and beside which of them is one that is not."""
    rows = read_wanted("conversation bigint, seq bigint", places, _AROUND, reach, reach)
    hidden = _read_hidden(search.viewer, {(row[0], row[2]) for row in rows})
    seen = [row for row in rows if _is_seen(search, row, hidden)]
    unseen = {(row[0], row[1]) for row in rows if not _is_seen(search, row, hidden)}
    return seen, sorted(unseen)


def _is_seen(search: _Search, row: Row, hidden: set[Place]) -> bool:
    conversation_id, _, seq, sender_id, kind, _ = row
    shown = kind not in MARK_KINDS and sender_id not in search.silenced
    return shown and search.sights[conversation_id].holds(seq) and (conversation_id, seq) not in hidden


def _decode_or_none(payload: str | None) -> dict[str, Any] | None:
    return None if payload is None else _decode(payload)


_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode
