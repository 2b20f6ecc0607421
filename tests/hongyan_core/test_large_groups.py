"""A hundred thousand members: a message costs one batch, and a change elsewhere does not read them again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import peewee
import pytest

from hongyan_core.actions.groups import create_group
from hongyan_core.exchange import Accepted
from hongyan_core.store import facts
from hongyan_core.store.database import open_database, raise_relations_version, write_transaction
from hongyan_core.store.groups import touch_group
from hongyan_core.store.models import ChatGroup
from tests.support.cast import make_account
from tests.support.exchanging import accept_one, running_exchange, text

MEMBERS = 100_000


@pytest.fixture
def stadium(sqlite_template: Path, tmp_path: Path) -> Iterator[ChatGroup]:
    """ann's group with everybody in it; a large set says nothing about the database's kind."""
    path = tmp_path / "hongyan.sqlite3"
    shutil.copyfile(sqlite_template, path)
    database: peewee.Database = open_database(f"sqlite:///{path}")
    group = create_group(make_account("ann"), "stadium", "The stadium", at_ms=1)
    with write_transaction():
        numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MEMBERS - 1})"
        database.execute_sql(
            f"{numbers} INSERT INTO account (name, display_name, password_hash, language, created_at_ms,"
            " mqtt_generation, mqtt_provisioned) SELECT printf('f%06d', i), 'Fan', '-', 'en', 1, 1, 0 FROM n"
        )
        database.execute_sql(
            "INSERT INTO membership (group_id, account_id, role, since_seq, joined_at_ms)"
            " SELECT ?, id, 'member', 0, 1 FROM account WHERE name <> 'ann'",
            (group.id,),
        )
        touch_group(group)
    yield group
    database.close()


def test_a_message_reaches_a_hundred_thousand(stadium: ChatGroup, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []
    load = facts._load_members
    monkeypatch.setattr(facts, "_load_members", lambda group_id: reads.append(group_id) or load(group_id))
    with running_exchange() as exchange:
        decision = accept_one(exchange, text("f000007", "group/stadium", "goal", "m1"))
        assert isinstance(decision, Accepted)
        others, mine = decision.deliveries
        assert (len(others.accounts), others.accounts[0], others.accounts[-1]) == (MEMBERS - 1, "ann", "f099999")
        assert (mine.accounts, "f000007" in others.accounts) == (("f000007",), False)
        with write_transaction():
            raise_relations_version()  # somebody else has made a friend
        decision = accept_one(exchange, text("f000008", "group/stadium", "again", "m2"))
        assert len(decision.deliveries[0].accounts) == MEMBERS - 1
    assert reads == [stadium.id]
