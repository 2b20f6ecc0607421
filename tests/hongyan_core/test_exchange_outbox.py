"""What the web app wants told, as the exchange finds it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from peewee import Database, OperationalError

from hongyan_core.exchange import AccountChanged, Exchange, LeftGroup, Revoked, StoreUnavailable, Told
from hongyan_core.store.database import write_transaction
from hongyan_core.store.models import Outbox
from hongyan_core.store.outbox import tell
from tests.support.exchanging import running_exchange, unfold


@pytest.fixture
def exchange(database: Database) -> Iterator[Exchange]:
    with running_exchange() as opened:
        yield opened


def test_every_kind_of_row_has_its_effect_and_is_gone_afterwards(exchange: Exchange) -> None:
    notice = {"type": "group_changed", "group": "lab"}
    with write_transaction():
        tell("notice", {"to": ["ann", "bob"], "notice": notice})
        tell("revoked", {"account": "ann", "credentials": [7, 9]})
        tell("revoked", {"account": "bob", "credentials": None})
        tell("left_group", {"account": "bob", "group": "lab"})
        tell("account", {"account": "ann"})
    told, *others = exchange.drain_outbox()
    assert isinstance(told, Told)
    assert unfold(told.delivery) == (("ann", "bob"), "notice", notice)
    assert others == [Revoked("ann", (7, 9)), Revoked("bob", None), LeftGroup("bob", "lab"), AccountChanged("ann")]
    assert Outbox.select().count() == 0
    assert exchange.drain_outbox() == []


def test_a_long_outbox_comes_in_pages_and_in_order(exchange: Exchange) -> None:
    with write_transaction():
        for n in range(501):
            tell("account", {"account": f"a{n}"})
    assert exchange.drain_outbox() == [AccountChanged(f"a{n}") for n in range(500)]
    assert exchange.drain_outbox() == [AccountChanged("a500")]


def test_a_row_that_nobody_understands_does_not_come_back_for_ever(exchange: Exchange) -> None:
    Outbox.insert(kind="strange", payload="{}").execute()
    Outbox.insert(kind="account", payload="not JSON").execute()
    Outbox.insert(kind="account", payload='{"account":"ann"}').execute()
    assert exchange.drain_outbox() == [AccountChanged("ann")]


def test_while_the_database_cannot_write_the_rows_stay(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    with write_transaction():
        tell("account", {"account": "ann"})

    def full(_: object) -> None:
        raise OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("hongyan_core.effects.delete_rows", full)
        with pytest.raises(StoreUnavailable):
            exchange.drain_outbox()
    assert exchange.drain_outbox() == [AccountChanged("ann")]
