"""The schema has a version from its first day.

A new one? Raise `SCHEMA_VERSION`, add `steps.STEPS[version]` in the SQL of both databases (and `_FILLS[version]` where
rows need more than SQL), change models/, and add the schema with a few rows to tests/hongyan_core/schemas/ when it is
released.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from peewee import Database, PostgresqlDatabase

from hongyan_core.likeness import skeleton
from hongyan_core.store.models import TABLES, Account, Meta
from hongyan_core.store.steps import BESIDE, STEPS
from hongyan_core.store.terms import index_names

SCHEMA_VERSION: Final = 7
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
            _create(database, "postgres" if postgres else "sqlite")
        elif found < SCHEMA_VERSION:
            _upgrade(database, found, "postgres" if postgres else "sqlite")


def _read_version(database: Database) -> int:
    if not database.table_exists("meta"):
        return 0
    row = Meta.get_or_none(Meta.key == "schema_version")
    return 0 if row is None else row.value


def _create(database: Database, dialect: str) -> None:
    database.create_tables(TABLES, safe=False)
    for statement in BESIDE[dialect]:
        database.execute_sql(statement)
    Meta.insert_many([("schema_version", SCHEMA_VERSION), ("relations_version", 1)], [Meta.key, Meta.value]).execute()


def _upgrade(database: Database, found: int, dialect: str) -> None:
    for version in range(found + 1, SCHEMA_VERSION + 1):
        for statement in STEPS[version][dialect]:
            database.execute_sql(statement)
        _FILLS.get(version, _fill_nothing)()
    Meta.update(value=SCHEMA_VERSION).where(Meta.key == "schema_version").execute()


def _fill_nothing() -> None:
    """SQL has done it all."""


def _fill_names() -> None:
    """What names look like and where they are found."""
    known = Account.select(Account.id, Account.name, Account.display_name)  # later columns are not there yet
    for account in known.where(Account.deleted_at_ms.is_null()):
        Account.update(skeleton=skeleton(account.name)).where(Account.id == account.id).execute()
        index_names(account.id, account.name, account.display_name)


# version → what Python adds to the statements of its step.
_FILLS: Final[dict[int, Callable[[], None]]] = {4: _fill_names}
