from __future__ import annotations

import peewee
import pytest

from hongyan_core.actions.audit import COMMAND_LINE, Actor, write_audit
from hongyan_core.store.administration import AuditLine, list_audit
from hongyan_core.store.database import write_transaction
from hongyan_core.store.models import AuditEntry
from tests.support.cast import make_account


def write_some(count: int) -> None:
    ann = Actor(make_account("ann", role="admin"), in_person=True, address="192.0.2.7")
    with write_transaction():
        for number in range(count):
            write_audit(ann, "role", f"user{number}", at_ms=number, role="moderator")


def test_a_line_says_who_did_what_to_whom_and_from_where(database: peewee.Database) -> None:
    write_some(1)
    with write_transaction():
        write_audit(COMMAND_LINE, "delete", "eve", at_ms=9)
    assert list_audit(before=None, limit=50) == [
        AuditLine(2, 9, "", "delete", "eve", {}, ""),
        AuditLine(1, 0, "ann", "role", "user0", {"role": "moderator"}, "192.0.2.7"),
    ]


def test_the_log_is_read_in_pages_the_newest_first(database: peewee.Database) -> None:
    write_some(5)
    first = list_audit(before=None, limit=2)
    assert [line.target for line in first] == ["user4", "user3"]
    assert [line.target for line in list_audit(before=first[-1].id, limit=200)] == ["user2", "user1", "user0"]
    assert list_audit(before=1, limit=50) == []


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param("UPDATE audit_entry SET actor = 'eve'", id="another actor"),
        pytest.param("UPDATE audit_entry SET at_ms = at_ms + 1 WHERE id = 1", id="another time"),
        pytest.param("DELETE FROM audit_entry", id="all gone"),
        pytest.param("DELETE FROM audit_entry WHERE id = 2", id="one gone"),
    ],
)
def test_nothing_that_was_written_is_changed_or_deleted(database: peewee.Database, sql: str) -> None:
    write_some(2)
    before = list_audit(before=None, limit=50)
    with pytest.raises(peewee.DatabaseError, match="the audit log is not edited"), write_transaction():
        database.execute_sql(sql)
    assert list_audit(before=None, limit=50) == before


def test_a_model_cannot_change_or_delete_a_line_either(database: peewee.Database) -> None:
    write_some(1)
    entry = AuditEntry.get()
    entry.target = "somebody else"
    for deed in (entry.save, entry.delete_instance):
        with pytest.raises(peewee.DatabaseError, match="the audit log is not edited"), write_transaction():
            deed()
    assert AuditEntry.get().target == "user0"


def test_a_deed_that_fails_leaves_no_line(database: peewee.Database) -> None:
    with pytest.raises(RuntimeError), write_transaction():
        write_audit(COMMAND_LINE, "delete", "eve", at_ms=9)
        raise RuntimeError
    assert list_audit(before=None, limit=50) == []
