"""Plain SQL over whole sets, in the two dialects: the exchange asks once a batch, not once a message.

A set travels as one bound value a statement (JSON on SQLite, arrays on PostgreSQL), so that the text of a statement
never changes with the size of the set and no driver's limit on parameters is near.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, Final

from peewee import PostgresqlDatabase

from hongyan_core.store.models import proxy

Row = tuple[Any, ...]
# Rows of one statement on SQLite: as many as there are up to 32, so that a usual batch is one statement a table; few
# sizes beyond, so that each is prepared once. 512 rows of 8 stay far below 32,766 values.
_MANY: Final = (512, 256, 128, 64)
_FEW: Final = 32


def is_postgres() -> bool:
    """Whether the database of this process is PostgreSQL; else it is SQLite."""
    return isinstance(proxy.obj, PostgresqlDatabase)


@lru_cache(maxsize=256)
def _adapt(sql: str, postgres: bool) -> str:
    return sql.replace("?", "%s") if postgres else sql


def read(sql: str, *params: object) -> list[Row]:
    """Run a statement with `?` for its parameters and return its rows."""
    rows: list[Row] = proxy.obj.execute_sql(_adapt(sql, is_postgres()), params).fetchall()
    return rows


def write(sql: str, *params: object) -> int:
    """Run a statement with `?` for its parameters and return the number of rows that it changed."""
    changed: int = proxy.obj.execute_sql(_adapt(sql, is_postgres()), params).rowcount
    return changed


def write_many(sql: str, rows: Sequence[Row]) -> None:
    """Run a statement once for each row of parameters. Errors are the driver's own, not peewee's."""
    if rows:
        proxy.obj.cursor().executemany(_adapt(sql, is_postgres()), rows)


def write_values(sql: str, rows: Sequence[Row]) -> None:
    """`write_many` for a statement with one `VALUES (?, ...)`, which SQLite gets with many rows at once.

    executemany gives the interpreter away and takes it back for every row, beside a busy event loop a long wait each
    time; and SQLite itself takes two thirds of the time for many rows in one statement.
    """
    if is_postgres():
        write_many(sql, rows)
        return
    at, connection = 0, proxy.obj.connection()
    while (left := len(rows) - at) > 0:
        size = min(left, _FEW) if left < _MANY[-1] else next(many for many in _MANY if many <= left)
        connection.execute(_repeat(sql, size), tuple(chain.from_iterable(rows[at : at + size])))
        at += size


@lru_cache(maxsize=256)
def _repeat(sql: str, times: int) -> str:
    """The statement for so many rows."""
    head, values, tail = sql.partition("VALUES ")
    marks, bracket, tail = tail.partition(")")
    return f"{head}{values}{', '.join([marks + bracket] * times)}{tail}"


def read_wanted(columns: str, rows: Iterable[Row], sql: str, *params: object) -> list[Row]:
    """Run a statement that selects from the table `wanted` made of `rows`.

    Args:
        columns: Names and types of its columns: `"sender bigint, message_id text"`.
        sql: Write `wanted CROSS JOIN other`: SQLite then walks the small table and seeks in the large one.
    """
    given = list(rows)
    if not given:
        return []
    table, bound = make_wanted(columns, given)
    return read(f"{table} {sql}", *bound, *params)


def read_packed(columns: str, rows: Iterable[Row], fields: str, tables: str, *params: object) -> list[Sequence[Any]]:
    """Select `fields` (numbers and texts) `FROM wanted ...`, on SQLite in one row of JSON.

    A thread gives Python's lock away for each row, and beside a busy loop waits for it a millisecond each time.
    """
    if is_postgres():
        return [*read_wanted(columns, rows, f"SELECT {fields} {tables}", *params)]
    packed = read_wanted(columns, rows, f"SELECT json_group_array(json_array({fields})) {tables}", *params)
    return [row for (text,) in packed for row in json.loads(text)]


def write_wanted(columns: str, rows: Iterable[Row], sql: str) -> None:
    """Run a statement that changes what the table `wanted` made of `rows` says: see `read_wanted`."""
    given = list(rows)
    if given:
        table, bound = make_wanted(columns, given)
        write(f"{table} {sql}", *bound)


def make_wanted(columns: str, given: list[Row]) -> tuple[str, list[object]]:
    """The words that make the table, and their parameters."""
    named = [column.split() for column in columns.split(",")]
    names = ", ".join(name for name, _ in named)
    if is_postgres():
        arrays = ", ".join(f"?::{kind}[]" for _, kind in named)
        table = f"WITH wanted({names}) AS (SELECT * FROM unnest({arrays}))"  # noqa: S608  # our own words only
        return table, [list(values) for values in zip(*given, strict=True)]
    fields = ", ".join(f"json_extract(value, '$[{n}]')" for n in range(len(named)))
    table = f"WITH wanted({names}) AS (SELECT {fields} FROM json_each(?))"  # noqa: S608  # our own words only
    return table, [json.dumps(given)]


def last_position() -> int:
    """The position of the newest committed message, 0 before the first."""
    (position,) = read("SELECT MAX(position) FROM stored_message")[0]
    return position or 0
