from __future__ import annotations

import threading
from pathlib import Path

import peewee
import pytest

from hongyan_core.store.database import (
    hold_relations_version,
    open_database,
    raise_relations_version,
    write_transaction,
)
from hongyan_core.store.models import Meta, Outbox
from hongyan_core.store.outbox import tell, tell_notice


def test_sqlite_is_opened_durable_and_private(tmp_path: Path) -> None:
    path = tmp_path / "hongyan.sqlite3"
    database = open_database(f"sqlite:///{path}")
    pragmas = {
        name: database.execute_sql(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
    }
    database.close()
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 5000,
    }
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("url", ["", "sqlite://", "sqlite:///", "mysql://localhost/x", "hongyan.sqlite3"])
def test_another_kind_of_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not a database URL"):
        open_database(url)


def test_what_fails_inside_a_transaction_leaves_nothing(database: peewee.Database) -> None:
    with pytest.raises(RuntimeError), write_transaction():
        tell("account", {"account": "ann"})
        raise RuntimeError
    assert Outbox.select().count() == 0


def test_the_outbox_keeps_the_order_and_the_exact_payload(database: peewee.Database) -> None:
    with write_transaction():
        tell("account", {"account": "ann"})
        tell_notice(["bob", "ann"], {"type": "group_changed", "group": "lab"})
        tell_notice([], {"type": "group_changed", "group": "lab"})
    rows = [(row.kind, row.payload) for row in Outbox.select().order_by(Outbox.id)]
    assert rows == [
        ("account", '{"account":"ann"}'),
        ("notice", '{"to":["ann","bob"],"notice":{"type":"group_changed","group":"lab"}}'),
    ]


def test_a_relation_change_waits_for_the_batch_that_holds_the_version(database: peewee.Database) -> None:
    order: list[str] = []
    held = threading.Event()

    def change() -> None:
        held.wait(10)
        with write_transaction():
            raise_relations_version()
            order.append("changed")
        database.close()

    changer = threading.Thread(target=change)
    changer.start()
    with write_transaction():
        hold_relations_version()
        held.set()
        changer.join(0.2)  # it must still be waiting
        order.append("batch")
    changer.join(10)
    assert order == ["batch", "changed"]
    assert Meta.get_by_id("relations_version").value == 2
