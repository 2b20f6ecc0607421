"""The schema has a version from its first day.

A new one? Raise `SCHEMA_VERSION`, add `STEPS[version]` in the SQL of both databases, change models.py, and add the
schema with a few rows to tests/hongyan_core/schemas/ when it is released.
"""

from __future__ import annotations

from typing import Final

from peewee import Database, PostgresqlDatabase

from hongyan_core.store.models import TABLES, Meta

SCHEMA_VERSION: Final = 1
# version → the statements that make it of the one before, for SQLite and PostgreSQL alike or in two lists.
STEPS: Final[dict[int, dict[str, tuple[str, ...]]]] = {}
_LOCK_KEY: Final = 0x686F6E6779616E  # "hongyan": processes that start together migrate one after the other


class DatabaseTooNew(Exception):
    """A newer program has written this database."""

    def __init__(self, found: int) -> None:
        super().__init__(
            f"this database has schema version {found}, this program knows up to {SCHEMA_VERSION}: "
            "upgrade hongyan, or restore a backup from before the upgrade"
        )
        self.found = found


def migrate(database: Database) -> None:
    """Bring an empty or older database to `SCHEMA_VERSION`, in one transaction.

    Raises:
        DatabaseTooNew: Nothing is touched.
    """
    postgres = isinstance(database, PostgresqlDatabase)
    with database.atomic(*(() if postgres else ("IMMEDIATE",))):
        if postgres:
            database.execute_sql("SELECT pg_advisory_xact_lock(%s)", (_LOCK_KEY,))
        found = _read_version(database)
        if found > SCHEMA_VERSION:
            raise DatabaseTooNew(found)
        if found == 0:
            _create(database)
        elif found < SCHEMA_VERSION:
            _upgrade(database, found, "postgres" if postgres else "sqlite")


def _read_version(database: Database) -> int:
    if not database.table_exists("meta"):
        return 0
    row = Meta.get_or_none(Meta.key == "schema_version")
    return 0 if row is None else row.value


def _create(database: Database) -> None:
    database.create_tables(TABLES, safe=False)
    Meta.insert_many([("schema_version", SCHEMA_VERSION), ("relations_version", 1)], [Meta.key, Meta.value]).execute()


def _upgrade(database: Database, found: int, dialect: str) -> None:
    for version in range(found + 1, SCHEMA_VERSION + 1):
        for statement in STEPS[version][dialect]:
            database.execute_sql(statement)
    Meta.update(value=SCHEMA_VERSION).where(Meta.key == "schema_version").execute()
