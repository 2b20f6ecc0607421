"""Find people: by name, one walk along an index, as long for a hundred accounts as for a hundred thousand; by link."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from hongyan_core.asking import REQUEST_LIFETIME_MS
from hongyan_core.problems import Problem
from hongyan_core.rules import FIND_PERSON
from hongyan_core.standing import Pair
from hongyan_core.store.models import Account
from hongyan_core.store.people import PAIR_COLUMNS, Relation, find_account, load_pair, name_relation
from hongyan_core.store.sets import Row, is_postgres, read
from hongyan_core.store.terms import MAX_TERM_CHARS, fold

MAX_LOOKED_AT: Final = 200  # places of the index: of these, people who may not be seen are left out
_SPARE: Final = 4
_FACTS: Final = ("other_in_use", "hidden", "myself", "friends", "blocks_me", "blocked_by_me", "requested", "asks_me")
_BEYOND: Final = "\U0010ffff"  # after every character that a name may have
# An account with several terms in the range counts at its first one only. COLLATE "C" is the order of SQLite, by code
# point: a prefix is a range in no other.
_FIND: Final = """WITH asked(me, since) AS (SELECT CAST(? AS integer), CAST(? AS bigint)),
hit(id, place, term) AS (
    SELECT id, 0, name FROM account WHERE name = ?
    UNION ALL
    SELECT * FROM (SELECT t.account_id, 1, t.term FROM account_term t
        WHERE t.term {bytewise} >= ? AND t.term {bytewise} < ? AND NOT EXISTS (
            SELECT 1 FROM account_term s WHERE s.account_id = t.account_id
            AND s.term {bytewise} >= ? AND s.term {bytewise} < t.term {bytewise})
        ORDER BY t.term {bytewise}, t.account_id LIMIT ?) ranged)
SELECT a.name, a.display_name, a.picture, a.kind,
    a.disabled_at_ms IS NULL AND a.deleted_at_ms IS NULL AND NOT a.unconfirmed, a.hidden,
    a.id = asked.me,{pair}
FROM hit CROSS JOIN asked JOIN account a ON a.id = hit.id ORDER BY hit.place, hit.term {bytewise}, a.name"""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom the viewer looked for."""

    username: str
    display_name: str
    picture: str | None
    kind: str
    relation: Relation


def search_people(viewer: Account, text: str, limit: int = 20, *, at_ms: int) -> list[Person]:
    """Find by the beginning of the user name or of a word of the display name; width and case do not matter.

    An exact user name comes first, then user names that begin so, then display names. Blank text finds nobody.
    """
    wanted = fold(text)[:MAX_TERM_CHARS]
    if not wanted or not wanted.isprintable():
        return []
    found: dict[str, Person] = {}
    for places in (limit + _SPARE, MAX_LOOKED_AT):  # the second time where too many of the first may not be seen
        rows = _walk(viewer, wanted, places, at_ms)
        found = {row[0]: person for row in rows if (person := _show(row)) is not None}
        if len(found) >= limit or len(rows) < places:
            break
    # Within each rank the order of the index stays.
    ranked = sorted(found.values(), key=lambda p: (p.username != wanted, not p.username.startswith(wanted)))
    return ranked[:limit]


def _walk(viewer: Account, wanted: str, places: int, at_ms: int) -> list[Row]:
    since_ms = at_ms - REQUEST_LIFETIME_MS
    return read(_find(is_postgres()), viewer.id, since_ms, wanted, wanted, wanted + _BEYOND, wanted, places)


@cache
def _find(postgres: bool) -> str:
    pair = PAIR_COLUMNS.format(me="asked.me", other="a.id", since="asked.since")
    return _FIND.format(bytewise='COLLATE "C"' if postgres else "", pair=pair)


def _show(row: Row) -> Person | None:
    """Somebody as the viewer may see them; None where the rules say that they are not there."""
    name, display_name, picture, kind, *facts = row
    pair = Pair(**dict(zip(_FACTS, map(bool, facts), strict=True)))
    if FIND_PERSON.decide(pair) is not None:
        return None
    return Person(name, display_name, picture, kind, name_relation(pair))


def show_person_link(viewer: Account, name: str, generation: int, *, at_ms: int) -> Person:
    """Whom a personal link leads to, hidden people too.

    Raises:
        Problem: invalid_link: the link was renewed, or its owner is gone or has blocked the viewer.
    """
    other = find_account(name)
    pair = load_pair(viewer, other, at_ms=at_ms)
    if other is None or other.link_generation != generation:
        raise Problem("invalid_link")
    shown = replace(pair, by_link=True)
    if FIND_PERSON.decide(shown) is not None:
        raise Problem("invalid_link")
    return Person(other.name, other.display_name, other.picture, other.kind, name_relation(shown))
