"""What hangs on the messages of a page: reactions, pins, threads, votes. As many statements whatever the page holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from hongyan.kinds import GONE_KIND, MARK_KINDS
from hongyan_core.store.history.sight import Sight
from hongyan_core.store.sets import Row, read_wanted

Marks = dict[str, dict[str, Any]]  # by seq, as JSON's keys are texts
MAX_NAMES: Final = 20  # that are named below one sign, or one answer of a poll
_BARE: Final = MARK_KINDS | {GONE_KIND}
# Of each sign below a message: how many have set it, whether the viewer has, and the names of the first.
_SIGNS: Final = """SELECT s.seq, s.{sign}, s.total, s.mine, a.name FROM (
    SELECT x.seq, x.{sign}, x.account_id, COUNT(*) OVER w AS total, MIN(x.at_ms) OVER w AS since_ms,
        MAX(CASE WHEN x.account_id = ? THEN 1 ELSE 0 END) OVER w AS mine,
        ROW_NUMBER() OVER (PARTITION BY x.seq, x.{sign} ORDER BY x.at_ms, x.account_id) AS place
    FROM wanted CROSS JOIN {table} x WHERE x.conversation_id = ? AND x.seq = wanted.seq
    WINDOW w AS (PARTITION BY x.seq, x.{sign})) s
JOIN account a ON a.id = s.account_id WHERE s.place <= ? ORDER BY s.seq, s.since_ms, s.{sign}, s.place"""
_REACTIONS: Final = _SIGNS.format(table="reaction", sign="emoji")
_VOTES: Final = _SIGNS.format(table="vote", sign="choice")
_VOTERS: Final = """SELECT v.seq, COUNT(DISTINCT v.account_id) FROM wanted CROSS JOIN vote v
    WHERE v.conversation_id = ? AND v.seq = wanted.seq GROUP BY v.seq"""
_PINS: Final = "SELECT p.seq FROM wanted CROSS JOIN pin p WHERE p.conversation_id = ? AND p.seq = wanted.seq"
_THREADS: Final = """SELECT wanted.root, COUNT(*), MAX(t.seq) FROM wanted CROSS JOIN thread_entry t
    WHERE t.conversation_id = ? AND t.root_seq = wanted.root AND t.seq >= wanted.low AND t.seq <= wanted.high
    GROUP BY wanted.root"""


def read_marks(sight: Sight, messages: Iterable[dict[str, Any]]) -> Marks:
    """What hangs on these messages, by seq; a message on which nothing hangs has none.

    reactions [{emoji, count, mine, who}], the first set first · pinned · thread {count, last_seq} ·
    poll {counts, voters, mine, who}: by option; who is null where the poll is anonymous.
    """
    bearing = [message for message in messages if message["kind"] not in _BARE]
    seqs = [(message["seq"],) for message in bearing]
    marks: Marks = {}
    for seq, reactions in _read_signs(sight, _REACTIONS, seqs).items():
        marks.setdefault(str(seq), {})["reactions"] = [_name("emoji", each) for each in reactions]
    for (seq,) in read_wanted("seq bigint", seqs, _PINS, sight.conversation_id):
        marks.setdefault(str(seq), {})["pinned"] = True
    for seq, count, last_seq in _read_threads(sight, seqs):
        marks.setdefault(str(seq), {})["thread"] = {"count": count, "last_seq": last_seq}
    for seq, poll in _read_polls(sight, [message for message in bearing if message["kind"] == "poll"]).items():
        marks.setdefault(str(seq), {})["poll"] = poll
    return marks


Sign = tuple[Any, int, bool, list[str]]  # the sign, how many, whether the viewer's too, the first names


def _read_signs(sight: Sight, sql: str, seqs: Sequence[Row]) -> dict[int, list[Sign]]:
    rows = read_wanted("seq bigint", seqs, sql, sight.viewer.id, sight.conversation_id, MAX_NAMES)
    found: dict[int, dict[Any, Sign]] = {}
    for seq, sign, total, mine, name in rows:
        signs = found.setdefault(seq, {})
        held = signs.setdefault(sign, (sign, total, bool(mine), []))
        if sight.sees_people or name == sight.viewer.name:
            held[3].append(name)
    return {seq: list(signs.values()) for seq, signs in found.items()}


def _name(sign_name: str, sign: Sign) -> dict[str, Any]:
    return {sign_name: sign[0], "count": sign[1], "mine": sign[2], "who": sign[3]}


def _read_threads(sight: Sight, seqs: Sequence[Row]) -> list[Row]:
    """Only answers that are to be seen count."""
    if sight.group_id is None or not seqs:
        return []
    wanted = [(root, low, high) for (root,) in seqs for low, high in sight.clip(root + 1, sight.last_seq)]
    return read_wanted("root bigint, low bigint, high bigint", wanted, _THREADS, sight.conversation_id)


def _read_polls(sight: Sight, polls: Sequence[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    seqs = [(poll["seq"],) for poll in polls]
    voters: dict[int, int] = dict(read_wanted("seq bigint", seqs, _VOTERS, sight.conversation_id))
    votes = _read_signs(sight, _VOTES, seqs)
    return {poll["seq"]: _count(poll, voters.get(poll["seq"], 0), votes.get(poll["seq"], []), sight) for poll in polls}


def _count(poll: dict[str, Any], voters: int, votes: Sequence[Sign], sight: Sight) -> dict[str, Any]:
    by_choice = {choice: (total, mine, names) for choice, total, mine, names in votes}
    places = range(len(poll.get("options", ())))
    open_to_all = not poll.get("anonymous") and sight.sees_people
    return {
        "counts": [by_choice[place][0] if place in by_choice else 0 for place in places],
        "voters": voters,
        "mine": [place for place in places if place in by_choice and by_choice[place][1]],
        "who": [by_choice[place][2] if place in by_choice else [] for place in places] if open_to_all else None,
    }
