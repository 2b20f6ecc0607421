"""Count wrong passwords and codes, and make who sent them wait: the table `Trouble`, shared by all web processes.

An attempt is counted before it is looked at, and taken back when it was right: many at once gain nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from hongyan.names import is_name
from hongyan_core.delays import (
    AT_ONE_ADDRESS,
    FORGET_MS,
    FROM_ONE_ADDRESS,
    OF_ONE_ACCOUNT,
    Patience,
    wait_ms,
)
from hongyan_core.problems import Problem
from hongyan_core.store.database import write_transaction
from hongyan_core.store.sets import is_postgres, read, write

_FAILURES: Final = frozenset({"bad_credentials", "wrong_code", "passkey_invalid"})
_SWEEP_EVERY_MS: Final = 60_000
_SWEEP_ROWS: Final = 500


@dataclass(frozen=True, slots=True)
class Attempt:
    """When and from where somebody proves who they are, and the key that opens what is sealed."""

    address: str | None  # None: nothing is counted (limits off)
    at_ms: int
    server_key: bytes


@contextmanager
def counted(attempt: Attempt, name: str | None) -> Iterator[None]:
    """Let one proof be tried; only a wrong one counts.

    Args:
        attempt: Without an address nothing is counted.
        name: The account, as claimed; None where the proof itself says whose it is (a passkey).

    Raises:
        Problem: rate_limited (`wait_s`), without looking at the proof; and what the proof raises.
    """
    if attempt.address is None:
        yield
        return
    _sweep(attempt.at_ms)
    keys = _keys(name, attempt.address)
    _begin(keys, attempt.at_ms)
    try:
        yield
    except Problem as problem:
        if problem.code not in _FAILURES:
            _take_back(keys)
        raise
    _forgive(keys)


def _keys(name: str | None, address: str) -> Mapping[str, Patience]:
    """The counters of an attempt, in the order in which every attempt locks them."""
    by_address = {f"address:{address}": FROM_ONE_ADDRESS}
    if name is None:
        return by_address
    # What cannot be a name is one account that nobody has.
    claimed = name if is_name(name) else "?"
    return {f"account:{claimed}": OF_ONE_ACCOUNT, **by_address, f"at:{claimed}:{address}": AT_ONE_ADDRESS}


def _begin(keys: Mapping[str, Patience], at_ms: int) -> None:
    with write_transaction():
        found = _hold(keys)
        waits = [wait_ms(*found[key], at_ms, patience) for key, patience in keys.items()]
        if any(waits):
            raise Problem("rate_limited", wait_s=-(-max(waits) // 1_000))
        raised = "failures = CASE WHEN last_at_ms < ? THEN 1 ELSE failures + 1 END, last_at_ms = ?"
        count = f"UPDATE trouble SET {raised} WHERE key IN ({_marks(keys)})"  # noqa: S608  # question marks only
        write(count, at_ms - FORGET_MS, at_ms, *keys)


def _hold(keys: Mapping[str, Patience]) -> dict[str, tuple[int, int]]:
    """(failures, last_at_ms) by key. The rows are there then, so that PostgreSQL can hold them for this attempt."""
    new = ", ".join(["(?, 0, 0)"] * len(keys))
    hold = " ORDER BY key FOR UPDATE" if is_postgres() else ""
    insert = f"INSERT INTO trouble (key, failures, last_at_ms) VALUES {new} ON CONFLICT DO NOTHING"  # noqa: S608  # question marks only
    select = f"SELECT key, failures, last_at_ms FROM trouble WHERE key IN ({_marks(keys)}){hold}"  # noqa: S608  # the same
    write(insert, *keys)
    found = read(select, *keys)
    return {key: (failures, last_at_ms) for key, failures, last_at_ms in found}


def _marks(keys: Mapping[str, Patience]) -> str:
    return ", ".join("?" * len(keys))


def _take_back(keys: Mapping[str, Patience]) -> None:
    """The attempt was no failure, nor a success that proves all: as if it had not been."""
    with write_transaction():
        for key in keys:
            write("UPDATE trouble SET failures = failures - 1 WHERE key = ? AND failures > 0", key)


def _forgive(keys: Mapping[str, Patience]) -> None:
    """Who was right starts anew. Not so the address: an account of one's own must not buy further guesses at others."""
    with write_transaction():
        for key in keys:
            if key.startswith("address:"):
                write("UPDATE trouble SET failures = failures - 1 WHERE key = ? AND failures > 0", key)
            else:
                write("DELETE FROM trouble WHERE key = ?", key)


def use_once(what: str, made_at_ms: int) -> bool:
    """Whether this is the first time; a signed cookie alone could be sent again.

    Args:
        what: Not secret, up to 190 characters.
        made_at_ms: When it was made: always the same for the same thing, and not older than a day.
    """
    _sweep(made_at_ms)
    with write_transaction():
        sql = "INSERT INTO rate (key, window_start_ms, count, locked) VALUES (?, ?, 1, FALSE) ON CONFLICT DO NOTHING"
        return write(sql, f"once:{what}", made_at_ms) == 1


class _Broom:
    """Taken at most once a minute, in each process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last_at_ms = 0

    def is_due(self, at_ms: int) -> bool:
        with self._lock:
            due = not 0 <= at_ms - self._last_at_ms < _SWEEP_EVERY_MS
            if due:
                self._last_at_ms = at_ms
            return due


_broom: Final = _Broom()


def _sweep(at_ms: int) -> None:
    """Away with what is a day old, 500 rows at a time: the exchange waits behind it."""
    if not _broom.is_due(at_ms):
        return
    with write_transaction():
        for table, column in (("trouble", "last_at_ms"), ("rate", "window_start_ms")):
            old = f"SELECT key FROM {table} WHERE {column} < ? LIMIT {_SWEEP_ROWS}"  # noqa: S608  # our own words
            write(
                f"DELETE FROM {table} WHERE key IN ({old}) AND {column} < ?",  # noqa: S608  # our own words
                at_ms - FORGET_MS,
                at_ms - FORGET_MS,
            )
