"""A running embedded broker on free ports, with the cast in a database of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import peewee
import pytest

from hongyan_core.store.database import open_database
from tests.hongyan_broker.running import House
from tests.hongyan_broker.wire import Wire
from tests.support.database import database, database_url, postgres_url, sqlite_template

__all__ = ["database", "database_url", "postgres_url", "sqlite_template"]


@pytest.fixture
def sqlite_database(tmp_path: Path, sqlite_template: Path) -> Iterator[peewee.Database]:
    """An empty SQLite database, opened."""
    path = tmp_path / "hongyan.sqlite3"
    path.write_bytes(sqlite_template.read_bytes())
    opened = open_database(f"sqlite:///{path}")
    yield opened
    opened.close()


@pytest.fixture
def house(sqlite_database: peewee.Database, tmp_path: Path) -> Iterator[House]:
    """Ann and bob are friends in the group lab, with the device thermo; eve is blocked. The broker runs."""
    with House(tmp_path) as running:
        yield running


@pytest.fixture
def wire_to() -> Iterator[Callable[[int], Wire]]:
    """Open raw connections to a port; they end with the test."""
    opened: list[Wire] = []

    def open_wire(port: int) -> Wire:
        opened.append(Wire(port))
        return opened[-1]

    yield open_wire
    for each in opened:
        each.close()


@pytest.fixture
def wire(house: House, wire_to: Callable[[int], Wire]) -> Callable[..., Wire]:
    """The same, to the house."""
    return lambda port=None: wire_to(port or house.port)
