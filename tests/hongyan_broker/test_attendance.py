"""Who is connected, as "my devices" shows it, and how a device or a session is ended from there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import peewee
import pytest

from hongyan_broker import exchange_driver
from hongyan_core.actions.credentials import issue_credential
from hongyan_core.actions.devices import end_session, sign_out_device, sign_out_others
from hongyan_core.clock import now_ms
from hongyan_core.store.connections import Attendance
from hongyan_core.store.devices import WaitingSession, list_waiting_sessions
from hongyan_core.store.models import Credential, MqttConnection, MqttSession
from tests.hongyan_broker.running import House
from tests.hongyan_broker.wire import DISCONNECT, Wire, connack, connect, suback, subscribe
from tests.support.waiting import wait_for

OpenWire = Callable[..., Wire]


def come(
    house: House,
    wire: OpenWire,
    name: str,
    client_id: str,
    *,
    clean: bool = True,
    present: bool = False,
    password: str = "",
) -> Wire:
    one = wire()
    one.send(
        connect(client_id, name, password or house.password[name], clean=clean, will=(f"im/{name}/status/x", b"x"))
    )
    one.expect(connack(present=present))
    return one


def list_present() -> list[tuple[str, str, int, str]]:
    rows = MqttConnection.select().order_by(MqttConnection.client_id)
    return [(row.account.name, row.client_id, row.credential_id, row.address) for row in rows]


def await_present(*client_ids: str) -> None:
    wait_for(lambda: [row[1] for row in list_present()] == sorted(client_ids), what=f"{client_ids} to be there alone")


def test_who_comes_is_there_and_who_goes_is_not(house: House, wire: OpenWire) -> None:
    phone, _ = come(house, wire, "ann", "phone"), come(house, wire, "bob", "radio", clean=False)
    await_present("phone", "radio")
    ids = house.credential_ids
    assert list_present() == [("ann", "phone", ids["ann"], "127.0.0.1"), ("bob", "radio", ids["bob"], "127.0.0.1")]
    assert all(abs(row.connected_at_ms - now_ms()) < 60_000 for row in MqttConnection.select())
    phone.send(DISCONNECT)
    await_present("radio")


def test_a_short_lived_password_counts_for_the_device_that_asked_for_it(house: House, wire: OpenWire) -> None:
    laptop = Credential.get_by_id(house.credential_ids["ann"])
    _, secret = issue_credential(house.accounts["ann"], "mqtt", "", at_ms=now_ms(), parent=laptop)
    come(house, wire, "ann", "tab", password=secret)
    await_present("tab")
    assert list_present()[0][2] == laptop.id


def test_a_take_over_leaves_the_newcomer(house: House, wire: OpenWire) -> None:
    for clean, stored in ((True, False), (False, False), (False, True), (True, False)):
        come(house, wire, "ann", "phone", clean=clean, present=stored)
    await_present("phone")
    newest, secret = issue_credential(house.accounts["ann"], "device", "", at_ms=now_ms())
    come(house, wire, "ann", "phone", password=secret)
    wait_for(lambda: [row[2] for row in list_present()] == [newest.id], what="the newest credential")


def test_who_was_refused_is_never_there(house: House, wire: OpenWire) -> None:
    refused = wire()
    refused.send(connect("phone", "ann", "wrong"))
    refused.expect(connack(4))
    come(house, wire, "bob", "radio")
    await_present("radio")


def test_nobody_is_there_after_the_end_and_after_a_crash(house: House, wire: OpenWire) -> None:
    come(house, wire, "ann", "phone")
    await_present("phone")
    house.run(house.stop())
    assert list_present() == []
    MqttConnection.create(account=house.accounts["ann"], client_id="left over", connected_at_ms=1)
    house.run(house.start())
    assert list_present() == []


def test_many_who_come_at_once_are_a_few_transactions(
    house: House, wire: OpenWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    real = exchange_driver.note_connections

    def note(changes: Sequence[Attendance]) -> None:
        written.append(len(changes))
        real(changes)

    monkeypatch.setattr(exchange_driver, "note_connections", note)
    wires = [wire() for _ in range(60)]
    for n, one in enumerate(wires):
        one.send(connect(f"bob-{n:02}", "bob", house.password["bob"]) if n < 20 else connect(f"x{n}", "ann", "no"))
    await_present(*(f"bob-{n:02}" for n in range(20)))
    assert len(written) <= 5


def test_a_store_that_cannot_write_keeps_nobody_out_and_is_asked_again(
    house: House, wire: OpenWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [peewee.OperationalError("disk full")]
    real = exchange_driver.note_connections

    def note(changes: Sequence[Attendance]) -> None:
        if failures:
            raise failures.pop()
        real(changes)

    monkeypatch.setattr(exchange_driver, "note_connections", note)
    come(house, wire, "ann", "phone")
    await_present("phone")


def test_a_device_that_is_signed_out_is_cut_off_at_once_and_stays_out(house: House, wire: OpenWire) -> None:
    phone, radio = come(house, wire, "ann", "phone"), come(house, wire, "bob", "radio")
    sign_out_device(house.accounts["ann"], house.credential_ids["ann"], at_ms=now_ms())
    assert phone.is_closed()
    again = wire()
    again.send(connect("phone", "ann", house.password["ann"]))
    again.expect(connack(4))
    assert radio.is_quiet()
    await_present("radio")


def test_all_other_devices_are_cut_off_at_once(house: House, wire: OpenWire) -> None:
    keep, secret = issue_credential(house.accounts["ann"], "device", "kept", at_ms=now_ms())
    phone, kept = come(house, wire, "ann", "phone"), come(house, wire, "ann", "kept", password=secret)
    sign_out_others(house.accounts["ann"], keep=keep)
    assert phone.is_closed()
    assert kept.is_quiet()


def test_a_stored_session_waits_and_is_forgotten_on_demand(house: House, wire: OpenWire) -> None:
    radio = come(house, wire, "bob", "radio", clean=False)
    radio.send(subscribe(1, ("im/bob/inbox/#", 1)), DISCONNECT)
    radio.expect(suback(1, 1))
    (waiting,) = wait_for(lambda: list_waiting_sessions(house.accounts["bob"]), what="the session to wait")
    assert waiting == WaitingSession("radio", waiting.last_seen_ms)
    end_session(house.accounts["bob"], "radio", at_ms=now_ms())
    again = wire()
    again.send(connect("radio", "bob", house.password["bob"], clean=False))
    again.expect(connack(present=False))


def test_an_ended_session_is_cut_off_at_once_and_does_not_come_back(house: House, wire: OpenWire) -> None:
    radio, other = come(house, wire, "bob", "radio", clean=False), come(house, wire, "bob", "other", clean=False)
    await_present("other", "radio")
    end_session(house.accounts["bob"], "radio", at_ms=now_ms())
    assert radio.is_closed()
    assert other.is_quiet()
    await_present("other")
    assert [row.client_id for row in MqttSession.select()] == ["other"]  # the snapshot at its end made no new one
    again = wire()
    again.send(connect("radio", "bob", house.password["bob"], clean=False))
    again.expect(connack(present=False))


def test_a_session_that_is_not_stored_is_cut_off_too(house: House, wire: OpenWire) -> None:
    tab = come(house, wire, "ann", "tab")
    await_present("tab")
    end_session(house.accounts["ann"], "tab", at_ms=now_ms())
    assert tab.is_closed()
