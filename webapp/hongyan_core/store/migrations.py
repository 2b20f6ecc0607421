"""The schema has a version from its first day.

A new one? Raise `SCHEMA_VERSION`, add `STEPS[version]` in the SQL of both databases, change models.py, and add the
schema with a few rows to tests/hongyan_core/schemas/ when it is released.
"""

from __future__ import annotations

from typing import Final

from peewee import Database, PostgresqlDatabase

from hongyan_core.store.models import TABLES, Meta

SCHEMA_VERSION: Final = 3
# What `hongyan broker --open` keeps.
_KEPT: Final = (
    "CREATE TABLE kept_session (number {big} NOT NULL PRIMARY KEY, client_id TEXT NOT NULL, "
    "last_seen_ms {big} NOT NULL)",
    'CREATE UNIQUE INDEX "kept_session_client_id" ON "kept_session" ("client_id")',
    "CREATE TABLE kept_subscription (session_id {big} NOT NULL, topic_filter TEXT NOT NULL, qos INTEGER NOT NULL, "
    "PRIMARY KEY (session_id, topic_filter), "
    "FOREIGN KEY (session_id) REFERENCES kept_session (number) ON DELETE CASCADE)",
    "CREATE TABLE kept_message (number {big} NOT NULL PRIMARY KEY, session_id {big} NOT NULL, "
    "packet_id INTEGER NOT NULL, topic TEXT NOT NULL, payload {bytes} NOT NULL, qos INTEGER NOT NULL, "
    "retain {flag} NOT NULL, released {flag} NOT NULL, "
    "FOREIGN KEY (session_id) REFERENCES kept_session (number) ON DELETE CASCADE)",
    'CREATE INDEX "kept_message_session_id" ON "kept_message" ("session_id")',
    "CREATE TABLE kept_receipt (session_id {big} NOT NULL, packet_id INTEGER NOT NULL, "
    "PRIMARY KEY (session_id, packet_id), "
    "FOREIGN KEY (session_id) REFERENCES kept_session (number) ON DELETE CASCADE)",
    "CREATE TABLE retained_message (topic TEXT NOT NULL PRIMARY KEY, payload {bytes} NOT NULL, qos INTEGER NOT NULL)",
)
_IDS_BY_TIME: Final = (
    "DROP INDEX stored_message_sender_id_message_id",
    'CREATE UNIQUE INDEX "stored_message_message_id_sender_id" ON "stored_message" ("message_id", "sender_id")',
)
_TYPES: Final = {
    "sqlite": {"big": "INTEGER", "bytes": "BLOB", "flag": "INTEGER"},
    "postgres": {"big": "BIGINT", "bytes": "BYTEA", "flag": "BOOLEAN"},
}


def _in_both(statements: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {dialect: tuple(s.format(**types) for s in statements) for dialect, types in _TYPES.items()}


# version → the statements that make it of the one before.
STEPS: Final[dict[int, dict[str, tuple[str, ...]]]] = {
    2: _in_both((*_KEPT, *_IDS_BY_TIME)),
    3: _in_both(("DROP INDEX stored_message_conversation_id_position",)),
}
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
