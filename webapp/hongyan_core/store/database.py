"""Open the one database of this process: SQLite or PostgreSQL, behind `models.proxy`.

Peewee keeps a connection per thread and opens it at its first query; a thread that ends closes its own
(`database.close()`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, cast

from peewee import Database, ModelSelect, OperationalError, PostgresqlDatabase, SqliteDatabase

from hongyan_core.store import migrations
from hongyan_core.store.models import Meta, proxy
from hongyan_core.store.turnstile import Turnstile

_BUSY_TIMEOUT_S: Final = 5
_CACHED_STATEMENTS: Final = 512  # `sets.write_values` has one for each number of rows
_LOG_BYTES: Final = 33_554_432
_CUT_LOG_BYTES: Final = 8_388_608  # what two seconds write between two checkpoints
_PATIENCE_MS: Final = 20  # every writer waits so long behind a reader at most when the log is cut off
_RELATIONS_VERSION: Final = "relations_version"
_HOLD_IN_SQLITE: Final = "SELECT value FROM meta WHERE key = 'relations_version'"
_HOLD_IN_POSTGRES: Final = f"{_HOLD_IN_SQLITE} FOR SHARE"
_turnstile: Final = Turnstile(_BUSY_TIMEOUT_S)


def open_database(url: str) -> Database:
    """Open `sqlite:///path` or `postgresql://...`, bind the models to it and bring its schema up to date.

    Raises:
        ValueError: Another kind of URL.
        migrations.DatabaseTooNew: A newer program has written it.
        OSError, peewee.OperationalError: It cannot be reached or written.
    """
    database = _make_database(url)
    proxy.initialize(database)
    try:
        migrations.migrate(database)
    except BaseException:
        database.close()
        raise
    return database


def _make_database(url: str) -> Database:
    if url.startswith(("postgresql://", "postgres://")):
        return PostgresqlDatabase(url.replace("postgres://", "postgresql://", 1), prefer_psycopg3=True)
    if url.startswith("sqlite:///") and url != "sqlite:///":
        return _make_sqlite(Path(url.removeprefix("sqlite:///")))
    raise ValueError(f"not a database URL (sqlite:///path or postgresql://...): {url!r}")


def _make_sqlite(path: Path) -> SqliteDatabase:
    # It holds password hashes. The -wal and -shm files beside it get the same mode.
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    pragmas = {
        "synchronous": "full",  # what is stamped is on disk
        "foreign_keys": 1,
        "secure_delete": 1,  # what was erased is overwritten with zeros
        # Pages, 80 MB: nearly never, for `checkpoint` comes first. At the usual 1,000 hot pages are written.
        "wal_autocheckpoint": 20_000,
    }
    database = SqliteDatabase(str(path), pragmas=pragmas, timeout=_BUSY_TIMEOUT_S, cached_statements=_CACHED_STATEMENTS)
    # SQLite's own lower() knows ASCII only; PostgreSQL's knows every script.
    database.register_function(str.lower, "lower", 1, deterministic=True)
    _switch_to_wal(database)
    return database


def _switch_to_wal(database: SqliteDatabase) -> None:
    """Set the mode that the file keeps. Two processes that start together may both try; SQLite does not wait here."""
    for attempts_left in range(50, -1, -1):
        try:
            database.execute_sql("PRAGMA journal_mode = wal")
            return
        except OperationalError:
            if not attempts_left:
                raise
            database.execute_sql("BEGIN IMMEDIATE")  # waits for the other one, up to the busy timeout
            database.execute_sql("ROLLBACK")


@contextmanager
def write_transaction() -> Iterator[None]:
    """Commit what is written inside, or nothing. Keep it short: the exchange waits behind it.

    On SQLite it takes the write lock at once: a deferred BEGIN that upgrades fails without waiting.
    """
    database = proxy.obj
    if not isinstance(database, SqliteDatabase) or database.in_transaction():
        with database.atomic():
            yield
    else:
        with _turnstile, database.atomic("IMMEDIATE"):
            yield


class ExchangeTransaction:
    """`write_transaction` and `hold_relations_version` for a batch of the exchange: entering it gives the version.

    On SQLite past peewee, whose transactions take a third of a small batch's time; nothing inside may begin another.
    """

    def __init__(self) -> None:
        self._outer: AbstractContextManager[None] | None = None

    def __enter__(self) -> int:
        """Begin; no relation changes until it ends."""
        if not isinstance(proxy.obj, SqliteDatabase):
            self._outer = write_transaction()
            self._outer.__enter__()
            return hold_relations_version()
        _turnstile.__enter__()
        try:
            connection = proxy.obj.connection()
            connection.execute("BEGIN IMMEDIATE")
            (version,) = connection.execute(_HOLD_IN_SQLITE).fetchone()
        except BaseException:
            _end_in_sqlite()
            raise
        return int(version)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Commit, or nothing."""
        if self._outer is not None:
            self._outer.__exit__(kind, error, traceback)
            return
        try:
            if kind is None:
                proxy.obj.connection().execute("COMMIT")
        finally:
            _end_in_sqlite()


def _end_in_sqlite() -> None:
    """Take back what was not committed, and let the next writer in."""
    try:
        proxy.obj.connection().rollback()
    finally:
        _turnstile.__exit__(None, None, None)


def raise_relations_version() -> None:
    """Call first in the transaction of any change of who may do what: friends, blocks, members, account state.

    It waits for the exchange's batch in progress and holds the next one back until this transaction ends.
    """
    Meta.update(value=Meta.value + 1).where(Meta.key == _RELATIONS_VERSION).execute()


def hold_exchange_back() -> None:
    """Let no batch of the exchange begin before this transaction ends: for who changes what batches change too.

    On PostgreSQL, where the two would wait for each other's rows; SQLite's write lock does it already.
    """
    if isinstance(proxy.obj, PostgresqlDatabase):
        proxy.obj.execute_sql(f"{_HOLD_IN_SQLITE} FOR UPDATE").fetchone()


def hold_relations_version() -> int:
    """The exchange's side: no relation changes until this transaction ends; returns the version.

    SQLite's write lock holds it already; PostgreSQL locks the row.
    """
    held = _HOLD_IN_POSTGRES if isinstance(proxy.obj, PostgresqlDatabase) else _HOLD_IN_SQLITE
    (version,) = proxy.obj.execute_sql(held).fetchone()
    return int(version)


def prepare_to_write_much() -> None:
    """Make this thread's connection to SQLite the exchange's.

    32 MB of pages instead of 2, for it writes all over the indexes: a fifth. And a write-ahead log of its full length,
    for a commit that lengthens the file too waits for the disk twice: 0.4 ms instead of 0.2 ms here.
    """
    if isinstance(proxy.obj, SqliteDatabase):
        _lengthen_log(_LOG_BYTES)
        proxy.obj.execute_sql("PRAGMA cache_size = -32768")


def _lengthen_log(size: int) -> None:
    with suppress(OperationalError), write_transaction():  # no room: then the log grows when it must
        proxy.obj.execute_sql("PRAGMA cache_size = 100")  # pages: what is beyond goes to the log before the commit
        proxy.obj.execute_sql("INSERT INTO outbox (kind, payload) VALUES ('', zeroblob(?))", (size,))
        proxy.obj.rollback()


def checkpoint() -> None:
    """Move what the write-ahead log has gathered into the database file: SQLite's, and nobody has to wait for it.

    From a thread of its own; once more from the writer's, whose few new pages it then takes, and the log starts over.
    Left to the commits, one in four thousand pages does it all: 20 to 40 ms that every sender waits.
    """
    if isinstance(proxy.obj, SqliteDatabase):
        proxy.obj.execute_sql("PRAGMA wal_checkpoint(PASSIVE)")


def empty_log() -> bool:
    """Cut SQLite's write-ahead log off and begin it anew with zeros: what was erased is in no file then.

    Writers wait meanwhile, twice 10 to 30 ms: measured while commits followed each other on two busy cores.

    Returns:
        Whether it could be; not behind somebody who reads for longer than `_PATIENCE_MS`: then try again soon.
    """
    proxy.obj.execute_sql("PRAGMA wal_checkpoint(PASSIVE)")  # nearly all of it, while nobody waits
    try:
        proxy.obj.execute_sql(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
        with _turnstile:
            (busy, _, _) = proxy.obj.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        proxy.obj.execute_sql(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_S * 1_000}")
    if not busy:
        _lengthen_log(_CUT_LOG_BYTES)
    return not busy


def read_rows(query: ModelSelect[Any]) -> Iterator[tuple[Any, ...]]:
    """The rows of a query as plain tuples (peewee's stubs say models)."""
    return cast("Iterator[tuple[Any, ...]]", iter(query.tuples()))
