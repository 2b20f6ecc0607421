"""Fixtures: an empty database for each test, once SQLite and once PostgreSQL.

Use them in a conftest.py:

    from tests.support.database import database, database_url, postgres_url, sqlite_template

    __all__ = ["database", "database_url", "postgres_url", "sqlite_template"]

A test that takes `database` runs twice. `database_url` is for processes that open it themselves.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import peewee
import psycopg
import pytest

from hongyan_core.store.database import open_database
from hongyan_core.store.models import TABLES
from tests.support.missing import leave_out
from tests.support.postgres import MENDING, find_postgres, running_postgres


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a real PostgreSQL with the present schema, shared by the run."""
    bin_dir = find_postgres()
    if bin_dir is None:
        leave_out("PostgreSQL", MENDING)
    with running_postgres(bin_dir) as url:
        open_database(url).close()
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database with the present schema, to be copied."""
    path = tmp_path_factory.mktemp("template") / "hongyan.sqlite3"
    opened = open_database(f"sqlite:///{path}")
    opened.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    opened.close()
    return path


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database with the present schema."""
    if request.param == "postgres":
        url: str = request.getfixturevalue("postgres_url")
        empty_postgres(url)
        return url
    path = tmp_path / "hongyan.sqlite3"
    shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
    return f"sqlite:///{path}"


@pytest.fixture
def database(database_url: str) -> Iterator[peewee.Database]:
    """An empty database, opened; the models are bound to it."""
    opened = open_database(database_url)
    yield opened
    opened.close()


def empty_postgres(url: str) -> None:
    """Delete all rows but the schema's version, and count ids from 1; ends connections that a test left open."""
    tables = [table._meta.table_name for table in reversed(TABLES) if table._meta.table_name != "meta"]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.execute("SET session_replication_role = replica")  # past the guards of the audit log
        # 10 ms; TRUNCATE of as many tables takes 80.
        connection.execute("".join(f'DELETE FROM "{table}";' for table in tables))
        connection.execute("DELETE FROM search_block; DELETE FROM search_state")
        connection.execute("SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'")
        connection.execute("DELETE FROM meta WHERE key LIKE 'push_%'")
        connection.execute("UPDATE meta SET value = 1 WHERE key = 'relations_version'")
