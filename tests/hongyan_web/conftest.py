from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import peewee
import pytest

from hongyan_core.store.database import open_database
from tests.hongyan_web.site import Site, Visitor
from tests.support.database import database as either_database
from tests.support.database import database_url, postgres_url, sqlite_template

__all__ = ["database_url", "either_database", "postgres_url", "sqlite_template"]


@pytest.fixture
def database(sqlite_template: Path, tmp_path: Path) -> Iterator[peewee.Database]:
    """An empty SQLite database; what differs between databases is tested with the packages below."""
    path = tmp_path / "hongyan.sqlite3"
    shutil.copyfile(sqlite_template, path)
    opened = open_database(f"sqlite:///{path}")
    yield opened
    opened.close()


@pytest.fixture
def make_site(database: peewee.Database, tmp_path: Path) -> Callable[..., Site]:
    """Another app over the same database: `make_site(public_url=..., throttles=...)`."""

    def make(**changes: Any) -> Site:
        throttles = {"throttles": changes.pop("throttles")} if "throttles" in changes else {}
        return Site(tmp_path, changes, **throttles)

    return make


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """The app as it comes, abuse limits off."""
    return make_site()


@pytest.fixture
def ann(site: Site) -> Visitor:
    return site.member("ann", "Ann Arbor")


@pytest.fixture
def bob(site: Site) -> Visitor:
    return site.member("bob")


@pytest.fixture
def eve(site: Site) -> Visitor:
    return site.member("eve")


@pytest.fixture
def friends(ann: Visitor, bob: Visitor) -> tuple[Visitor, Visitor]:
    """Ann and bob, who are friends."""
    request = ann.post("/friend-requests", {"to": "bob"}).body
    assert bob.post(f"/friend-requests/{request['id']}/accept").status == 200
    return ann, bob
