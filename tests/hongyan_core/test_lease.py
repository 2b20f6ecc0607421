"""One exchange on a database."""

from __future__ import annotations

import threading

import peewee
import pytest

from hongyan.limits import Limits
from hongyan_core.exchange import Exchange, ExchangeRunning, StoreUnavailable
from hongyan_core.lease import make_lease
from tests.support.exchanging import running_exchange


def open_elsewhere(database: peewee.Database) -> str:
    """What happens to a second exchange, in a thread with a connection of its own."""
    outcome: list[str] = []

    def run() -> None:
        try:
            with running_exchange():
                outcome.append("opened")
        except ExchangeRunning:
            outcome.append("refused")
        finally:
            database.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)
    return outcome[0]


def test_a_second_exchange_refuses_to_start_until_the_first_is_closed(database: peewee.Database) -> None:
    with running_exchange():
        assert open_elsewhere(database) == "refused"
    assert open_elsewhere(database) == "opened"


def test_a_lease_that_is_held_is_not_taken_again(database: peewee.Database) -> None:
    lease = make_lease(database)
    assert [lease.hold(), lease.hold()] == [True, False]
    lease.release()
    lease.release()
    assert lease.hold()
    lease.release()


def test_another_kind_of_database_has_no_lease() -> None:
    with pytest.raises(TypeError):
        make_lease(peewee.MySQLDatabase("x"))


def test_an_exchange_that_could_not_be_opened_can_be_opened_again(
    database: peewee.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange = Exchange(limits=Limits(), now_ms=lambda: 1, leases=False)

    def full(_: int) -> None:
        raise peewee.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("hongyan_core.exchange.write_all_offline", full)
        with pytest.raises(StoreUnavailable):
            exchange.open()
    exchange.open()
    exchange.close()
