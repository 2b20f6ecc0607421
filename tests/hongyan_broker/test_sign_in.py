"""From the password to the session: what is looked up, and what is kept or deleted."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import peewee
import pytest

from hongyan.limits import Limits
from hongyan_core.actions.credentials import revoke_credential
from hongyan_core.clock import now_ms
from hongyan_core.store.models import MqttSession
from tests.hongyan_broker.running import House
from tests.hongyan_broker.wire import Wire, connack, connect

OpenWire = Callable[..., Wire]


def come_in(house: House, one: Wire, name: str, client_id: str = "phone", *, clean: bool = True) -> Wire:
    one.send(connect(client_id, name, house.password[name], clean=clean))
    return one


def test_a_token_that_is_revoked_while_it_is_looked_up_lets_nobody_in(
    house: House, wire: OpenWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = house.broker
    assert broker is not None
    real, looked_up = broker.identify, threading.Event()

    async def look_up(asked: Any) -> Any:
        found = await real(asked)
        looked_up.set()
        while not broker.driver._revocations:
            await asyncio.sleep(0.005)
        return found

    monkeypatch.setattr(broker, "identify", look_up)
    ann = wire()
    ann.send(connect("ann-1", "ann", house.password["ann"]))
    assert looked_up.wait(10)
    revoke_credential(house.accounts["ann"], house.credential_ids["ann"], at_ms=now_ms())
    ann.expect(connack(4))
    assert ann.is_closed()


def test_many_that_come_at_once_are_each_let_in_or_refused_for_themselves(house: House, wire: OpenWire) -> None:
    passwords = [house.password["ann"], "wrong", house.password["bob"], house.password["ann"]] * 10
    wires = [wire() for _ in passwords]
    for n, (one, password) in enumerate(zip(wires, passwords, strict=True)):
        one.send(connect(f"phone-{n}", "ann", password))
    for one, code in zip(wires, [0, 4, 4, 0] * 10, strict=True):
        one.expect(connack(code))


def test_a_clean_connect_deletes_the_stored_session_of_this_run_and_of_an_earlier_one(
    database: peewee.Database, tmp_path: Path, wire_to: OpenWire
) -> None:
    with House(tmp_path) as house:
        for restarts in (False, True):
            come_in(house, wire_to(house.port), "bob", clean=False).expect(connack())
            if restarts:
                house.restart()
            assert MqttSession.select().count() == 1
            come_in(house, wire_to(house.port), "bob").expect(connack())
            assert MqttSession.select().count() == 0
        come_in(house, wire_to(house.port), "bob", clean=False).expect(connack(present=False))


def test_clean_sessions_are_counted_where_nothing_is_stored(
    sqlite_database: peewee.Database, tmp_path: Path, wire_to: OpenWire
) -> None:
    with House(tmp_path, Limits(max_sessions=2)) as house:
        for client_id, code in (("phone", 0), ("laptop", 0), ("screen", 3)):
            come_in(house, wire_to(house.port), "ann", client_id).expect(connack(code))
        come_in(house, wire_to(house.port), "bob").expect(connack())
