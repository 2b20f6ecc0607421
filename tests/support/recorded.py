"""The SQL that a deed runs: to show that two answers cost the same, or that a list costs no more with more rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import peewee


@contextmanager
def recorded(database: peewee.Database) -> Iterator[list[str]]:
    """The statements of what is done inside, in their order."""
    statements: list[str] = []

    def note(event: Any) -> None:
        statements.append(event.sql)

    database.query_hooks.append(note)
    try:
        yield statements
    finally:
        database.query_hooks.remove(note)
