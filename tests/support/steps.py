"""What a job costs the database, counted instead of timed."""

from __future__ import annotations

from collections.abc import Callable

from peewee import Database, SqliteDatabase


def count_steps(database: Database, job: Callable[[], object]) -> int:
    """How many instructions of SQLite's machine a job takes; PostgreSQL runs the same statement and does not count."""
    count = 0
    if not isinstance(database, SqliteDatabase):
        return count

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    database.connection().set_progress_handler(step, 1)
    try:
        job()
    finally:
        database.connection().set_progress_handler(None, 1)
    return count
