from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import peewee
import psycopg
import pytest

from hongyan_core.store import migrations
from hongyan_core.store.database import open_database
from hongyan_core.store.groups import load_group
from hongyan_core.store.members import list_members
from hongyan_core.store.models import Account, Meta, StoredMessage
from hongyan_core.store.people import find_account

SCHEMAS = Path(__file__).parent / "schemas"
NOW = 7  # the version that this program writes


def test_every_schema_version_has_a_released_dump_for_both_databases() -> None:
    versions = range(1, migrations.SCHEMA_VERSION + 1)
    assert {path.name for path in SCHEMAS.iterdir()} == {
        f"v{version}.{dialect}.sql" for version in versions for dialect in ("sqlite", "postgres")
    }


@pytest.fixture(params=sorted(SCHEMAS.glob("*.sql")), ids=lambda path: path.stem)
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    dump: Path = request.param
    if ".sqlite" in dump.name:
        connection = sqlite3.connect(tmp_path / "old.sqlite3")
        connection.executescript(dump.read_text())
        connection.close()
        yield f"sqlite:///{tmp_path / 'old.sqlite3'}"
        return
    with new_postgres(request.getfixturevalue("postgres_url"), tmp_path) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(dump.read_bytes())
        yield url


@contextmanager
def new_postgres(server: str, tmp_path: Path) -> Iterator[str]:
    """An empty database beside the one that the run shares."""
    name = f"new_{tmp_path.name[-20:]}".replace("-", "_")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield server.replace("/hongyan?", f"/{name}?")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def fresh_url_of(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """The URL of a fresh database of the same kind."""

    def find(url: str) -> str:
        if url.startswith("sqlite"):
            return f"sqlite:///{request.getfixturevalue('sqlite_template')}"
        fresh: str = request.getfixturevalue("postgres_url")
        return fresh

    return find


@pytest.fixture
def fresh_url(old_url: str, fresh_url_of: Callable[[str], str]) -> str:
    return fresh_url_of(old_url)


def describe(url: str) -> dict[str, Any]:
    """Every table with its columns, indexes and foreign keys, as the database says it."""
    database = open_database(url)
    described = {
        table: {
            "columns": sorted(map(repr, database.get_columns(table))),
            "indexes": sorted(map(repr, database.get_indexes(table))),
            "foreign keys": sorted(map(repr, database.get_foreign_keys(table))),
        }
        for table in database.get_tables()
    }
    database.close()
    return described


def test_a_released_schema_becomes_the_one_of_a_fresh_database(old_url: str, fresh_url: str) -> None:
    assert describe(old_url) == describe(fresh_url)


def test_an_upgrade_keeps_the_rows(old_url: str) -> None:
    database = open_database(old_url)
    ann = find_account("ann")
    assert ann is not None
    assert [member.username for member in list_members(ann, load_group(ann, "lab")).members] == ["ann", "bob"]
    assert StoredMessage.get().payload == (
        '{"id":"m1","kind":"text","body":"你好","from":"ann","to":"group/lab","seq":1,"at":8}'
    )
    assert Meta.get_by_id("schema_version").value == NOW
    database.close()


def test_the_steps_of_a_newer_program_run_once_and_in_order(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    open_database(database_url).close()
    statements = {NOW + 1: ("CREATE TABLE step (n INTEGER)",), NOW + 2: ("INSERT INTO step VALUES (4)",)}
    steps = {version: {"sqlite": sql, "postgres": sql} for version, sql in statements.items()}
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "SCHEMA_VERSION", NOW + 2)
        patch.setattr(migrations, "STEPS", steps)
        for _ in range(2):
            database = open_database(database_url)
            rows = database.execute_sql("SELECT n FROM step").fetchall()
            assert (rows, Meta.get_by_id("schema_version").value) == ([(4,)], NOW + 2)
            database.close()
    _undo(database_url)


def test_a_step_that_fails_leaves_the_database_as_it_was(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    open_database(database_url).close()
    sql = ("CREATE TABLE step (n INTEGER)", "INSERT INTO no_such_table VALUES (1)")
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "SCHEMA_VERSION", NOW + 1)
        patch.setattr(migrations, "STEPS", {NOW + 1: {"sqlite": sql, "postgres": sql}})
        with pytest.raises((peewee.OperationalError, peewee.ProgrammingError)):
            open_database(database_url)
    database = open_database(database_url)
    assert not database.table_exists("step")
    assert Meta.get_by_id("schema_version").value == NOW
    database.close()


def test_a_newer_database_is_refused_and_left_alone(database_url: str) -> None:
    database = open_database(database_url)
    Meta.update(value=99).where(Meta.key == "schema_version").execute()
    database.close()
    try:
        with pytest.raises(migrations.DatabaseTooNew, match=rf"version 99, .* knows up to {NOW}: upgrade hongyan"):
            open_database(database_url)
    finally:
        _undo(database_url)


def _undo(url: str) -> None:
    """The PostgreSQL database is shared by the run: take the steps back."""
    database = _connect(url)
    database.execute_sql("DROP TABLE IF EXISTS step")
    database.execute_sql(f"UPDATE meta SET value = {NOW} WHERE key = 'schema_version'")
    database.close()


def _connect(url: str) -> peewee.Database:
    if url.startswith("sqlite"):
        return peewee.SqliteDatabase(url.removeprefix("sqlite:///"))
    return peewee.PostgresqlDatabase(url, prefer_psycopg3=True)


@pytest.fixture(params=["sqlite", "postgres"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database that was never opened."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new.sqlite3'}"
        return
    with new_postgres(request.getfixturevalue("postgres_url"), tmp_path) as url:
        yield url


def open_in_processes(url: str) -> list[tuple[str, int]]:
    """Four processes open it in the same moment; returns what each has said on stderr, and its exit code."""
    program = (
        "import sys; from hongyan_core.store.database import open_database;"
        "print(flush=True); sys.stdin.readline(); open_database(sys.argv[1]).close()"
    )
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", program, url]
    starting = [subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(4)]
    for process in starting:
        assert process.stdout is not None
        process.stdout.readline()  # it has imported everything
    for process in starting:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    return [(process.communicate(timeout=60)[1], process.returncode) for process in starting]


def test_processes_that_start_together_make_one_schema(new_url: str, fresh_url_of: Callable[[str], str]) -> None:
    assert open_in_processes(new_url) == [("", 0)] * 4
    assert describe(new_url) == describe(fresh_url_of(new_url))
    database = open_database(new_url)
    assert Account.select().count() == 0
    database.close()


def test_processes_that_start_together_upgrade_once(old_url: str, fresh_url: str) -> None:
    assert open_in_processes(old_url) == [("", 0)] * 4
    assert describe(old_url) == describe(fresh_url)
    database = open_database(old_url)
    assert find_account("ann") is not None
    database.close()
