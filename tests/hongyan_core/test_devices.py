from __future__ import annotations

from dataclasses import dataclass

import peewee
import pytest

from hongyan_core.actions.credentials import find_credential, find_keys, issue_credential, list_credentials
from hongyan_core.actions.devices import end_session, sign_out_device, sign_out_others
from hongyan_core.decisions import SessionEnded
from hongyan_core.effects import read_outbox, take_effects
from hongyan_core.problems import Problem
from hongyan_core.store.connections import Attendance, forget_connections, note_connections
from hongyan_core.store.devices import Device, LiveConnection, WaitingSession, list_devices, list_waiting_sessions
from hongyan_core.store.models import Account, Credential, MqttConnection, MqttSession
from tests.support.cast import make_account, take_outbox
from tests.support.recorded import recorded


@dataclass(frozen=True)
class Cast:
    ann: Account
    bob: Account
    browser: Credential
    laptop: Credential


@pytest.fixture
def cast(database: peewee.Database) -> Cast:
    ann = make_account("ann")
    browser, _ = issue_credential(ann, "cookie", "Firefox", at_ms=5, expires_at_ms=1_000, address="192.0.2.1")
    laptop, _ = issue_credential(ann, "device", "laptop", at_ms=6)
    return Cast(ann, make_account("bob"), browser, laptop)


def devices(cast: Cast, at_ms: int = 10) -> list[Device]:
    return list_devices(cast.ann, list_credentials(cast.ann), cast.browser, at_ms=at_ms)


def come(client_id: str, credential: Credential | None = None, account: str = "ann", at_ms: int = 7) -> Attendance:
    device = 0 if credential is None else credential.id
    return Attendance(account, client_id, here=True, credential_id=device, address="192.0.2.7", at_ms=at_ms)


def go(client_id: str, account: str = "ann") -> Attendance:
    return Attendance(account, client_id, here=False)


def store_session(account: Account, client_id: str) -> None:
    MqttSession.create(account=account, client_id=client_id, position=0, cursor=0, last_seen_ms=8)


def connected() -> list[str]:
    return sorted(row.client_id for row in MqttConnection.select())


# --- the list


def test_browsers_and_tokens_are_listed_with_their_live_connections(cast: Cast) -> None:
    issue_credential(cast.ann, "mqtt", "", at_ms=6, parent=cast.browser)
    issue_credential(cast.bob, "device", "bob's", at_ms=6)
    note_connections([come("ann-2", cast.laptop), come("ann-1", cast.laptop), come("bob-1", account="bob")])
    both = (LiveConnection("ann-1", "192.0.2.7", 7), LiveConnection("ann-2", "192.0.2.7", 7))
    assert devices(cast) == [
        Device(cast.browser.id, "browser", "Firefox", "192.0.2.1", 5, None, current=True, connections=()),
        Device(cast.laptop.id, "token", "laptop", "", 6, None, current=False, connections=both),
    ]


def test_ten_devices_take_as_many_queries_as_two(cast: Cast, database: peewee.Database) -> None:
    counts = []
    for made in (0, 8):
        for n in range(made):
            phone, _ = issue_credential(cast.ann, "device", str(n), at_ms=6)
            note_connections([come(f"phone-{n}", phone)])
        with recorded(database) as statements:
            devices(cast)
            list_waiting_sessions(cast.ann)
        counts.append(len(statements))
    assert counts == [3, 3]


def test_what_has_expired_is_listed_only_while_it_is_connected(cast: Cast) -> None:
    assert [device.id for device in devices(cast, at_ms=999)] == [cast.browser.id, cast.laptop.id]
    assert [device.id for device in devices(cast, at_ms=1_000)] == [cast.laptop.id]
    note_connections([come("tab", cast.browser)])
    assert [device.id for device in devices(cast, at_ms=1_000)] == [cast.browser.id, cast.laptop.id]


def test_a_use_is_noted_with_its_address(cast: Cast) -> None:
    _, phone = issue_credential(cast.ann, "device", "phone", at_ms=5)
    _, radio = issue_credential(cast.ann, "device", "radio", at_ms=5)
    find_credential(phone, at_ms=100_000, address="192.0.2.9")
    assert find_keys([radio], at_ms=101_000, addresses=["2001:db8::9"])[0] is not None
    assert [(d.last_used_at_ms, d.address) for d in devices(cast)[2:]] == [
        (100_000, "192.0.2.9"),
        (101_000, "2001:db8::9"),
    ]


def test_a_use_from_nowhere_leaves_the_last_address_and_a_long_one_is_cut(cast: Cast) -> None:
    _, phone = issue_credential(cast.ann, "device", "phone", at_ms=5)
    for at_ms, address in ((100_000, "fe80::1%" + "a" * 60), (200_000, "")):
        find_credential(phone, at_ms=at_ms, address=address)
    assert (devices(cast)[2].last_used_at_ms, devices(cast)[2].address) == (200_000, ("fe80::1%" + "a" * 60)[:45])


def test_stored_sessions_wait_while_nobody_is_connected_with_them(cast: Cast) -> None:
    for client_id in ("radio", "phone"):
        store_session(cast.ann, client_id)
    store_session(cast.bob, "bob's")
    note_connections([come("phone"), come("radio", account="bob")])
    assert list_waiting_sessions(cast.ann) == [WaitingSession("radio", 8)]
    note_connections([go("phone")])
    assert list_waiting_sessions(cast.ann) == [WaitingSession("phone", 8), WaitingSession("radio", 8)]


# --- who is connected


def test_who_comes_again_is_there_once_with_the_newest_facts(cast: Cast) -> None:
    note_connections([come("phone", cast.browser)])
    note_connections([come("phone", cast.laptop, at_ms=9)])
    (row,) = MqttConnection.select()
    assert (row.credential_id, row.connected_at_ms) == (cast.laptop.id, 9)


def test_one_batch_has_some_who_come_and_some_who_go(cast: Cast) -> None:
    note_connections([come("one"), come("two"), come("two", account="bob")])
    note_connections([go("two"), come("three"), go("never was")])
    assert [
        (row.account.name, row.client_id) for row in MqttConnection.select().order_by(MqttConnection.client_id)
    ] == [
        ("ann", "one"),
        ("ann", "three"),
        ("bob", "two"),
    ]


def test_a_thousand_come_and_go(cast: Cast) -> None:
    note_connections([come(f"ann-{n}") for n in range(1_001)])
    assert MqttConnection.select().count() == 1_001
    note_connections([go(f"ann-{n}") for n in range(1_000)])
    assert connected() == ["ann-1000"]


def test_client_identifiers_are_any_text_and_an_unknown_account_is_nobody(cast: Cast) -> None:
    note_connections([come('it\'s "安"/+#'), come("x", account="nobody"), Attendance("ann", "y", True, 1, "a" * 99, 1)])
    assert connected() == ['it\'s "安"/+#', "y"]


def test_nothing_to_note_and_nobody_left(cast: Cast) -> None:
    note_connections([])
    note_connections([come("one")])
    forget_connections()
    assert connected() == []


# --- signing out


def test_a_device_is_signed_out_with_its_connections(cast: Cast) -> None:
    child, _ = issue_credential(cast.ann, "mqtt", "", at_ms=6, parent=cast.laptop)
    take_outbox()
    sign_out_device(cast.ann, cast.laptop.id, at_ms=9)
    assert [device.id for device in devices(cast)] == [cast.browser.id]
    assert ("revoked", {"account": "ann", "credentials": [cast.laptop.id, child.id]}) in take_outbox()


@pytest.mark.parametrize("device_id", [0, -1, 10**6, 2**31, 10**40])
def test_a_device_that_is_not_there_cannot_be_signed_out(cast: Cast, device_id: int) -> None:
    with pytest.raises(Problem, match="unknown_device"):
        sign_out_device(cast.ann, device_id, at_ms=9)


def test_nobody_signs_out_the_device_of_another(cast: Cast) -> None:
    with pytest.raises(Problem, match="unknown_device"):
        sign_out_device(cast.bob, cast.laptop.id, at_ms=9)
    assert len(devices(cast)) == 2


def test_all_others_are_signed_out_at_once(cast: Cast) -> None:
    child, _ = issue_credential(cast.ann, "mqtt", "", at_ms=6, parent=cast.browser)
    issue_credential(cast.bob, "device", "bob's", at_ms=6)
    take_outbox()
    sign_out_others(cast.ann, keep=cast.browser)
    assert [row.id for row in list_credentials(cast.ann)] == [cast.browser.id, child.id]
    assert len(list_credentials(cast.bob)) == 1
    assert ("revoked", {"account": "ann", "credentials": [cast.laptop.id]}) in take_outbox()


def test_a_stored_session_is_ended_and_the_broker_hears_of_it(cast: Cast) -> None:
    store_session(cast.ann, "radio/1")
    store_session(cast.bob, "radio/1")
    end_session(cast.ann, "radio/1", at_ms=9)
    assert [row.account_id for row in MqttSession.select()] == [cast.bob.id]
    assert take_effects(read_outbox()) == [SessionEnded("ann", "radio/1", 9)]


def test_a_session_that_is_not_stored_ends_with_its_connection(cast: Cast) -> None:
    note_connections([come("tab")])
    end_session(cast.ann, "tab", at_ms=9)
    assert take_effects(read_outbox()) == [SessionEnded("ann", "tab", 9)]


@pytest.mark.parametrize("client_id", ["", "nobody's", "bob's", "a\0b", "\ud800", "x" * 300])
def test_a_session_that_is_not_there_cannot_be_ended(cast: Cast, client_id: str) -> None:
    store_session(cast.bob, "bob's")
    note_connections([come("bob's", account="bob")])
    with pytest.raises(Problem, match="unknown_session"):
        end_session(cast.ann, client_id, at_ms=9)
    assert read_outbox() == []
