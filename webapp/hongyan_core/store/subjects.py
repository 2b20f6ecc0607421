"""What the special kinds of messages are about, each sort of fact asked for the whole batch at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hongyan_core.standing import Pair
from hongyan_core.store.files import FILE_FACTS, describe_file
from hongyan_core.store.sets import Row, is_postgres, read_wanted
from hongyan_core.subjects import Entry, KnownContact, KnownSchedule, KnownSticker, Place, Planner


def load_entries(wanted: Iterable[Place]) -> dict[Place, Entry]:
    """The entries at these places; what retention has removed is none.

    On PostgreSQL they are locked until the transaction ends: what is edited now is not erased meanwhile.
    """
    locked = "ORDER BY m.position FOR UPDATE OF m" if is_postgres() else ""
    rows = read_wanted(
        "key text, seq bigint",
        wanted,
        f"""SELECT c.key, m.seq, m.position, m.sender_id, a.name, m.kind, m.at_ms, m.payload
        FROM wanted CROSS JOIN conversation c JOIN stored_message m ON m.conversation_id = c.id AND m.seq = wanted.seq
        JOIN account a ON a.id = m.sender_id WHERE c.key = wanted.key AND m.seq >= c.first_seq {locked}""",  # noqa: S608  # a constant
    )
    return {(key, seq): Entry(*rest) for key, seq, *rest in rows}


def load_intervals(wanted: Iterable[tuple[int, str]]) -> dict[tuple[int, str], list[tuple[int, int | None]]]:
    """Of these (account, key of a group): what the account sees, as intervals of membership."""
    rows = read_wanted(
        "account bigint, key text",
        wanted,
        """SELECT s.account_id, c.key, s.since_seq, s.until_seq FROM wanted CROSS JOIN conversation c
        JOIN chat_group g ON g.conversation_id = c.id
        JOIN membership s ON s.group_id = g.id AND s.account_id = wanted.account WHERE c.key = wanted.key""",
    )
    intervals: dict[tuple[int, str], list[tuple[int, int | None]]] = {}
    for account, key, since, until in rows:
        intervals.setdefault((account, key), []).append((since, until))
    return intervals


def load_hidden(wanted: Iterable[tuple[int, str, int]]) -> set[tuple[int, str, int]]:
    """Those of these (account, key, seq) that the account has deleted for itself."""
    rows = read_wanted(
        "account bigint, key text, seq bigint",
        wanted,
        """SELECT h.account_id, c.key, h.seq FROM wanted CROSS JOIN conversation c JOIN hidden_message h
        ON h.account_id = wanted.account AND h.conversation_id = c.id AND h.seq = wanted.seq
        WHERE c.key = wanted.key""",
    )
    return set(rows)


def load_reactions(wanted: Iterable[tuple[str, int, int]]) -> dict[tuple[str, int, int], set[str]]:
    """The signs of an account below a message, by (key, seq, account)."""
    rows = read_wanted(
        "key text, seq bigint, account bigint",
        wanted,
        """SELECT c.key, r.seq, r.account_id, r.emoji FROM wanted CROSS JOIN conversation c JOIN reaction r
        ON r.conversation_id = c.id AND r.seq = wanted.seq AND r.account_id = wanted.account
        WHERE c.key = wanted.key""",
    )
    return _gather_sets(rows)


def load_votes(wanted: Iterable[tuple[str, int, int]]) -> dict[tuple[str, int, int], set[int]]:
    """The choices of an account in a poll, by (key, seq, account)."""
    rows = read_wanted(
        "key text, seq bigint, account bigint",
        wanted,
        """SELECT c.key, v.seq, v.account_id, v.choice FROM wanted CROSS JOIN conversation c JOIN vote v
        ON v.conversation_id = c.id AND v.seq = wanted.seq AND v.account_id = wanted.account
        WHERE c.key = wanted.key""",
    )
    return _gather_sets(rows)


def _gather_sets(rows: Iterable[Row]) -> dict[tuple[str, int, int], set[Any]]:
    found: dict[tuple[str, int, int], set[Any]] = {}
    for key, seq, account, value in rows:
        found.setdefault((key, seq, account), set()).add(value)
    return found


def load_pins(keys: Iterable[str]) -> dict[str, set[int]]:
    """What is pinned in these conversations."""
    rows = read_wanted(
        "key text",
        [(key,) for key in keys],
        """SELECT c.key, p.seq FROM wanted CROSS JOIN conversation c JOIN pin p ON p.conversation_id = c.id
        WHERE c.key = wanted.key""",
    )
    pins: dict[str, set[int]] = {}
    for key, seq in rows:
        pins.setdefault(key, set()).add(seq)
    return pins


def load_versions(wanted: Iterable[Place]) -> dict[Place, int]:
    """How many versions of before there are of the messages at these places."""
    rows = read_wanted(
        "key text, seq bigint",
        wanted,
        """SELECT c.key, v.seq, MAX(v.version) FROM wanted CROSS JOIN conversation c JOIN message_version v
        ON v.conversation_id = c.id AND v.seq = wanted.seq WHERE c.key = wanted.key GROUP BY c.key, v.seq""",
    )
    return {(key, seq): version for key, seq, version in rows}


def load_stickers(wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], KnownSticker]:
    """The stickers of these (pack, name)."""
    rows = read_wanted(
        "pack text, name text",
        wanted,
        f"""SELECT p.name, s.name, s.emoji, {FILE_FACTS} FROM wanted CROSS JOIN sticker_pack p
        JOIN sticker s ON s.pack_id = p.id AND s.name = wanted.name JOIN stored_file f ON f.id = s.file_id
        WHERE p.name = wanted.pack""",  # noqa: S608  # our own words
    )
    return {(pack, name): KnownSticker(emoji, describe_file(tuple(file))) for pack, name, emoji, *file in rows}


def load_contacts(wanted: Iterable[tuple[int, str]]) -> dict[tuple[int, str], KnownContact]:
    """The people of these (account, name), as the account stands to them."""
    rows = read_wanted(
        "account bigint, name text",
        wanted,
        """SELECT wanted.account, a.name, a.display_name, a.id = wanted.account,
            a.disabled_at_ms IS NULL AND a.deleted_at_ms IS NULL,
            EXISTS (SELECT 1 FROM friendship f WHERE f.account_id = wanted.account AND f.friend_id = a.id)
        FROM wanted CROSS JOIN account a WHERE a.name = wanted.name""",
    )
    return {
        (account, name): KnownContact(
            shown, Pair(other_in_use=bool(in_use), myself=bool(myself), friends=bool(friends))
        )
        for account, name, shown, myself, in_use, friends in rows
    }


def load_cards(wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], dict[str, bytes]]:
    """The cards of these (key, account), by their names."""
    rows = read_wanted(
        "key text, account bigint",
        wanted,
        """SELECT c.key, d.account_id, d.name, d.payload FROM wanted CROSS JOIN conversation c JOIN card d
        ON d.conversation_id = c.id AND d.account_id = wanted.account WHERE c.key = wanted.key""",
    )
    cards: dict[tuple[str, int], dict[str, bytes]] = {}
    for key, account, name, payload in rows:
        cards.setdefault((key, account), {})[name] = payload.encode()
    return cards


def load_planners(accounts: Iterable[int]) -> dict[int, Planner]:
    """These accounts with what they have scheduled."""
    rows = read_wanted(
        "account bigint",
        [(account,) for account in accounts],
        """SELECT a.id, a.time_zone, s.message_id, s.key, s.due_ms FROM wanted CROSS JOIN account a
        LEFT JOIN scheduled_message s ON s.account_id = a.id WHERE a.id = wanted.account""",
    )
    planners: dict[int, Planner] = {}
    for account, time_zone, message_id, key, due_ms in rows:
        planner = planners.setdefault(account, Planner(time_zone, {}))
        if message_id is not None:
            planner.waiting[message_id] = KnownSchedule(key, due_ms)
    return planners
