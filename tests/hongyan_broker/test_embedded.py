"""The embedded broker end to end over real sockets, with the real exchange."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import peewee
import pytest

from hongyan.limits import Limits
from hongyan_broker.embedded import EmbeddedBroker
from hongyan_broker.websocket import _find_address
from hongyan_core.actions.blocks import block_account
from hongyan_core.actions.credentials import issue_credential, revoke_credential
from hongyan_core.actions.friends import request_friend
from hongyan_core.actions.groups import remove_member
from hongyan_core.clock import now_ms
from hongyan_core.decisions import ExchangeRunning, StoreUnavailable
from hongyan_core.exchange import Exchange
from hongyan_core.store.groups import find_group
from hongyan_core.store.models import MqttSession, MqttSubscription, StoredMessage
from tests.hongyan_broker.running import House
from tests.hongyan_broker.wire import (
    DISCONNECT,
    Wire,
    connack,
    connect,
    puback,
    publish,
    suback,
    subscribe,
)
from tests.support.waiting import wait_for

OpenWire = Callable[..., Wire]


def come_in(
    house: House,
    wire: OpenWire,
    name: str,
    client_id: str = "",
    *,
    clean: bool = True,
    present: bool = False,
    **options: Any,
) -> Wire:
    one = wire(house.port)
    one.send(connect(client_id or f"{name}-1", name, house.password[name], clean=clean, **options))
    one.expect(connack(present=present))
    return one


def listen(house: House, wire: OpenWire, name: str, *filters: str, clean: bool = True) -> Wire:
    one = come_in(house, wire, name, clean=clean)
    wanted = filters or (f"im/{name}/inbox/#",)
    one.send(subscribe(1, *((f, 1) for f in wanted)))
    one.expect(suback(1, *(1 for _ in wanted)))
    return one


def bodies(one: Wire, count: int, *, acknowledges: bool = True) -> list[str]:
    found = []
    for _ in range(count):
        got = one.next_publish()
        found.append(json.loads(got.payload)["body"])
        if acknowledges and got.qos:
            one.send(puback(got.packet_id))
    return found


def say(one: Wire, *texts: str, to: str = "user/bob", first_id: int = 1) -> None:
    """Publish and wait for the PUBACKs."""
    one.send(*(publish(f"im/ann/send/{to}", text.encode(), first_id + n) for n, text in enumerate(texts)))
    one.expect(*(puback(first_id + n) for n in range(len(texts))))


# --- the way of a message


@pytest.fixture
def any_house(database: peewee.Database, tmp_path: Path) -> Iterator[House]:
    """The same on SQLite and on PostgreSQL."""
    with House(tmp_path) as running:
        yield running


def test_a_message_is_stamped_stored_acknowledged_and_delivered(any_house: House, wire_to: OpenWire) -> None:
    house = any_house
    bob = listen(house, wire_to, "bob")
    ann = listen(house, wire_to, "ann", "im/ann/sent/#")
    ann.send(publish("im/ann/send/user/bob", b"hello", 7))
    ann.expect(puback(7))
    assert ann.next_publish().topic == "im/ann/sent/user/bob"
    got = bob.next_publish()
    assert (got.topic, got.qos, got.dup, got.retain) == ("im/bob/inbox/user/ann", 1, False, False)
    fields = json.loads(got.payload)
    assert (fields["body"], fields["from"], fields["to"], fields["seq"]) == ("hello", "ann", "user/bob", 1)


def test_a_stored_session_gets_what_it_missed_after_a_restart_of_the_broker(
    any_house: House, wire_to: OpenWire
) -> None:
    house = any_house
    bob = listen(house, wire_to, "bob", clean=False)
    ann = come_in(house, wire_to, "ann")
    say(ann, "1", "2")
    assert bodies(bob, 1) == ["1"]
    assert bodies(bob, 1, acknowledges=False) == ["2"]
    assert bob.is_quiet()
    house.restart()
    ann = come_in(house, wire_to, "ann")
    say(ann, *(str(n) for n in range(3, 60)))
    back = come_in(house, wire_to, "bob", clean=False, present=True)
    again = back.next_publish()
    assert (again.dup, again.packet_id, json.loads(again.payload)["body"]) == (True, 2, "2")
    back.send(puback(2))
    assert bodies(back, 57) == [str(n) for n in range(3, 60)]
    assert back.is_quiet()


def test_many_messages_arrive_once_and_in_order_across_reconnects(house: House, wire: OpenWire) -> None:
    ann = come_in(house, wire, "ann")
    listen(house, wire, "bob", clean=False).close()
    house.exchange._buckets._rate = 1e9  # type: ignore[attr-defined]
    sending = threading.Thread(target=lambda: [say(ann, f"{n}", first_id=n % 60_000 + 1) for n in range(150)])
    sending.start()
    seen: list[int] = []
    while len(set(seen)) < 150:
        bob = wire()
        bob.send(connect("bob-1", "bob", house.password["bob"], clean=False))
        bob.expect(connack(present=True))
        for _ in range(min(13, 150 - len(set(seen)))):
            seen.append(int(bodies(bob, 1)[0]))
        bob.close()
    sending.join()
    unique = list(dict.fromkeys(seen))
    assert unique == list(range(150))


def test_a_thermometer_without_ids_that_repeats_a_packet_is_stored_once(house: House, wire: OpenWire) -> None:
    thermo = come_in(house, wire, "thermo", clean=False)
    thermo.send(publish("im/thermo/send/group/lab", b"21.5", 1))
    thermo.expect(puback(1))
    thermo.close()
    thermo = come_in(house, wire, "thermo", clean=False, present=True)
    thermo.send(publish("im/thermo/send/group/lab", b"21.5", 1, dup=True))
    thermo.expect(puback(1))
    thermo.send(publish("im/thermo/send/group/lab", b"21.5", 1))
    thermo.expect(puback(1))
    assert [m.payload.count("21.5") for m in StoredMessage.select()] == [1, 1]


# --- rules


def test_the_accounts_topics_are_all_it_may_publish_to_and_refusals_keep_the_connection(
    house: House, wire: OpenWire
) -> None:
    eve = listen(house, wire, "eve", "im/eve/notice")
    for packet_id, topic in enumerate(("im/ann/send/user/bob", "$x", "other", "im/eve/inbox/user/eve"), start=1):
        eve.send(publish(topic, b"x", packet_id))
        eve.expect(puback(packet_id))
        notice = json.loads(eve.next_publish().payload)
        assert (notice["type"], notice["code"]) == ("rejected", "forbidden_topic")
    eve.send(publish("im/eve/send/user/ann", b"x", 9))
    eve.expect(puback(9))
    assert json.loads(eve.next_publish().payload)["code"] == "not_friends"
    assert StoredMessage.select().count() == 0


def test_a_block_holds_from_the_next_message(house: House, wire: OpenWire) -> None:
    ann = listen(house, wire, "ann", "im/ann/notice")
    say(ann, "1")
    block_account(house.accounts["bob"], "ann", at_ms=now_ms())
    say(ann, "2", first_id=2)
    assert json.loads(ann.next_publish().payload)["code"] == "blocked"
    assert StoredMessage.select().count() == 1


def test_a_feed_is_for_members_and_ends_with_the_membership(house: House, wire: OpenWire) -> None:
    eve = come_in(house, wire, "eve")
    eve.send(subscribe(1, ("im/group/lab", 1), ("im/group/nowhere", 1)))
    eve.expect(suback(1, 0x80, 0x80))
    screen = listen(house, wire, "thermo", "im/group/lab", clean=False)
    ann = come_in(house, wire, "ann")
    say(ann, "1", to="group/lab")
    assert screen.next_publish().topic == "im/group/lab"
    lab = find_group("lab")
    assert lab is not None
    remove_member(house.accounts["ann"], lab, "thermo", at_ms=now_ms())
    say(ann, "2", to="group/lab", first_id=2)
    assert screen.is_quiet()
    wait_for(lambda: MqttSubscription.select().count() == 0, what="the stored subscription to go")


# --- signing in


@pytest.mark.parametrize(
    ("username", "password", "code"),
    [
        ("ann", "wrong", 4),
        ("ann", "hy_" + "A" * 43, 4),
        ("ann", "{bob}", 4),
        ("nobody", "{ann}", 4),
        ("ann", "{cookie}", 4),
        ("ann", "{expired}", 4),
        ("ann", None, 4),
        (None, None, 5),
        ("ann", "{mqtt}", 0),
    ],
)
def test_only_a_token_of_the_account_is_a_password(
    house: House, wire: OpenWire, username: str | None, password: str | None, code: int
) -> None:
    ann, at_ms = house.accounts["ann"], now_ms()
    secrets = {
        **house.password,
        "cookie": issue_credential(ann, "cookie", "", at_ms=at_ms)[1],
        "mqtt": issue_credential(ann, "mqtt", "", at_ms=at_ms, expires_at_ms=at_ms + 60_000)[1],
        "expired": issue_credential(ann, "mqtt", "", at_ms=at_ms, expires_at_ms=at_ms - 1)[1],
    }
    one = wire()
    one.send(connect("c1", username, password.format(**secrets) if password else None))
    one.expect(connack(code))
    assert one.is_closed() if code else one.is_quiet()


def test_a_revoked_token_ends_its_connection_at_once_without_the_will(house: House, wire: OpenWire) -> None:
    ann = come_in(house, wire, "ann", will=("im/ann/send/user/bob", b"farewell"))
    revoke_credential(house.accounts["ann"], house.credential_ids["ann"], at_ms=now_ms())
    assert ann.is_closed()
    again = wire()
    again.send(connect("ann-1", "ann", house.password["ann"]))
    again.expect(connack(4))
    assert StoredMessage.select().count() == 0


def test_an_expired_token_ends_its_connection(house: House, wire: OpenWire) -> None:
    at_ms = now_ms()
    _, secret = issue_credential(house.accounts["ann"], "mqtt", "", at_ms=at_ms, expires_at_ms=at_ms + 700)
    ann = wire()
    ann.send(connect("c1", "ann", secret))
    ann.expect(connack())
    assert ann.is_closed()


def test_a_will_is_sent_like_any_message(house: House, wire: OpenWire) -> None:
    bob = listen(house, wire, "bob")
    come_in(house, wire, "ann", will=("im/ann/send/user/bob", b"farewell")).close()
    assert bodies(bob, 1) == ["farewell"]
    polite = come_in(house, wire, "ann", will=("im/ann/send/user/bob", b"never"))
    polite.send(DISCONNECT)
    assert polite.is_closed()
    assert bob.is_quiet()


def test_a_will_is_checked_when_it_is_accepted_and_when_it_is_sent(house: House, wire: OpenWire) -> None:
    bob = listen(house, wire, "bob")
    forger = wire()
    forger.send(connect("e", "eve", house.password["eve"], will=("im/ann/send/user/bob", b"forged")))
    forger.expect(connack(5))
    eve = listen(house, wire, "eve", "im/eve/notice")
    come_in(house, wire, "eve", "eve-2", will=("im/eve/send/user/bob", b"to a stranger")).close()
    assert json.loads(eve.next_publish().payload)["code"] == "not_friends"
    assert bob.is_quiet()
    assert StoredMessage.select().count() == 0


def test_friends_see_who_comes_and_goes(house: House, wire: OpenWire) -> None:
    ann = listen(house, wire, "ann", "im/ann/live/#")
    bob = come_in(house, wire, "bob")
    here = ann.next_publish()
    assert here.topic == "im/ann/live/presence/bob"
    assert json.loads(here.payload)["state"] == "online"
    ann.send(puback(here.packet_id))
    bob.send(DISCONNECT)
    assert json.loads(ann.next_publish().payload)["state"] == "offline"


def test_what_the_web_app_wants_told_arrives_as_a_notice(house: House, wire: OpenWire) -> None:
    eve = listen(house, wire, "eve", "im/eve/notice")
    request_friend(house.accounts["bob"], "eve", "hi", at_ms=now_ms())
    notice = json.loads(eve.next_publish().payload)
    assert (notice["type"], notice["from"]) == ("friend_request", "bob")


# --- limits


@pytest.fixture
def narrow_house(sqlite_database: peewee.Database, tmp_path: Path) -> Iterator[House]:
    """Tight limits."""
    limits = Limits(
        max_connections_per_address=3,
        max_sessions=2,
        connect_timeout_s=0.5,
        max_packet_bytes=2_000,
        store_stall_close_s=1,
    )
    with House(tmp_path, limits) as running:
        yield running


def test_one_address_gets_so_many_connections_and_reset_sockets_count_no_more(
    narrow_house: House, wire_to: OpenWire
) -> None:
    house = narrow_house
    for _ in range(20):
        reset = socket.create_connection(("127.0.0.1", house.port))
        reset.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        reset.close()
    assert house.broker is not None
    peers = house.broker.driver._peers
    wait_for(lambda: not peers, what="the reset sockets to be forgotten")
    for client_id in ("a", "b"):
        come_in(house, wire_to, "ann", client_id)
    come_in(house, wire_to, "bob")
    assert wire_to(house.port).is_closed()


def test_an_account_gets_so_many_sessions(narrow_house: House, wire_to: OpenWire) -> None:
    house = narrow_house
    come_in(house, wire_to, "ann", "a", clean=False).close()
    come_in(house, wire_to, "ann", "b")
    for clean in (False, True):
        third = wire_to(house.port)
        third.send(connect("c", "ann", house.password["ann"], clean=clean))
        third.expect(connack(3))
        third.close()
    come_in(house, wire_to, "ann", "a", clean=False, present=True)
    assert [s.client_id for s in MqttSession.select()] == ["a"]


def test_a_silent_socket_and_a_huge_packet_are_closed(narrow_house: House, wire_to: OpenWire) -> None:
    silent = wire_to(narrow_house.port)
    huge = come_in(narrow_house, wire_to, "ann")
    huge.send(b"\x30\xff\xff\xff\x7f" + b"x" * 100)
    assert huge.is_closed()
    assert silent.is_closed()


def test_while_the_store_cannot_write_nothing_is_acknowledged_and_then_everything(
    house: House, wire: OpenWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = come_in(house, wire, "ann")
    real, failures = house.exchange.accept, iter(range(3))

    def fail_three_times(batch: Any) -> Any:
        if next(failures, None) is not None:
            raise StoreUnavailable("locked")
        return real(batch)

    monkeypatch.setattr(house.exchange, "accept", fail_three_times)
    say(ann, "1", "2", "3")
    assert StoredMessage.select().count() == 3


def test_a_store_that_stays_away_closes_the_publishers(
    narrow_house: House, wire_to: OpenWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = narrow_house
    ann = come_in(house, wire_to, "ann")
    come_in(house, wire_to, "bob")
    failing, real = threading.Event(), house.exchange.accept
    failing.set()

    def fail(batch: Any) -> Any:
        if failing.is_set():
            raise StoreUnavailable("locked")
        return real(batch)

    monkeypatch.setattr(house.exchange, "accept", fail)
    ann.send(publish("im/ann/send/user/bob", b"x", 1))
    assert ann.is_closed()
    failing.clear()
    wait_for(lambda: StoredMessage.select().count() == 1, what="the message to be written after all")


def test_a_consumer_that_does_not_read_misses_nothing_and_holds_nobody_up(house: House, wire: OpenWire) -> None:
    house.exchange._buckets._rate = 1e9  # type: ignore[attr-defined]
    house.exchange._buckets._burst = 10**9  # type: ignore[attr-defined]
    slow = wire()
    slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    slow.send(connect("bob-1", "bob", house.password["bob"]), subscribe(1, ("im/bob/inbox/#", 0)))
    slow.expect(connack(), suback(1, 0))
    ann = come_in(house, wire, "ann")
    text = "x" * 60_000
    for n in range(100):
        say(ann, f"{n} {text}", first_id=n + 1)
    plane = house.broker.driver.plane  # type: ignore[union-attr]
    (session,) = [s for s in plane.sessions.values() if s.account == "bob"]
    assert session.connection is not None
    assert session.connection.socket_bytes < 3 * 1_048_576
    assert [int(body.split()[0]) for body in bodies(slow, 100)] == list(range(100))


# --- the whole of it


def test_a_second_broker_on_the_same_database_refuses_to_start(house: House) -> None:
    async def start() -> None:
        exchange = Exchange(limits=house.limits, now_ms=now_ms, leases=False)
        await EmbeddedBroker(house.settings, exchange).start()

    with pytest.raises(ExchangeRunning):
        house.run(start())


def test_a_shutdown_publishes_wills_and_keeps_every_acknowledged_message(house: House, wire: OpenWire) -> None:
    ann = come_in(house, wire, "ann", will=("im/ann/send/user/bob", b"farewell"))
    say(ann, "1", "2")
    house.restart()
    assert ann.is_closed()
    assert [json.loads(m.payload)["body"] for m in StoredMessage.select()] == ["1", "2", "farewell"]


def test_mosquitto_clients_are_served(house: House, wire: OpenWire) -> None:
    server = ["-h", "127.0.0.1", "-p", str(house.port), "-q", "1"]
    bob = ["mosquitto_sub", *server, "-u", "bob", "-P", house.password["bob"], "-i", "bob-sub", "-t", "im/bob/inbox/#"]
    with subprocess.Popen([*bob, "-C", "1", "-W", "20", "-F", "%t %p"], stdout=subprocess.PIPE, text=True) as listening:
        plane = house.broker.driver.plane  # type: ignore[union-attr]
        wait_for(
            lambda: any(s.subscriptions for s in house.ask(lambda: list(plane.sessions.values()))), what="the SUBSCRIBE"
        )
        thermo = ["-u", "thermo", "-P", house.password["thermo"], "-t", "im/thermo/send/group/lab", "-m", "21.5"]
        subprocess.run(["mosquitto_pub", *server, *thermo], check=True, timeout=20)
        out, _ = listening.communicate(timeout=20)
    topic, payload = out.split(" ", 1)
    assert topic == "im/bob/inbox/group/lab"
    assert json.loads(payload)["body"] == "21.5"


def test_tls_is_served_with_the_settings_certificate(sqlite_database: peewee.Database, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost"
    subprocess.run([*make.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    house = House(tmp_path)
    house.settings = replace(house.settings, tls_cert=certificate, tls_key=key)
    with house:
        context = ssl.create_default_context(cafile=str(certificate))
        context.check_hostname = False
        with (
            socket.create_connection(("127.0.0.1", house.port), 10) as plain,
            context.wrap_socket(plain) as encrypted,
        ):
            encrypted.sendall(connect("c1", "ann", house.password["ann"]))
            assert encrypted.recv(4) == connack()
        with socket.create_connection(("127.0.0.1", house.port), 10) as plain:
            plain.sendall(connect("c1", "ann", house.password["ann"]))
            with suppress(ConnectionResetError):
                assert plain.recv(100)[:1] != connack()[:1]


def test_a_failure_of_the_exchange_closes_its_publishers_and_nobody_else(
    house: House, wire: OpenWire, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ann, bob = come_in(house, wire, "ann"), come_in(house, wire, "bob")
    real = house.exchange.accept

    def fail_on_poison(batch: Any) -> Any:
        if any(submission.payload == b"poison" for submission in batch):
            raise ZeroDivisionError
        return real(batch)

    monkeypatch.setattr(house.exchange, "accept", fail_on_poison)
    ann.send(publish("im/ann/send/user/bob", b"poison", 1))
    assert ann.is_closed()
    bob.send(publish("im/bob/send/user/ann", b"fine", 1))
    bob.expect(puback(1))
    assert "ZeroDivisionError" in caplog.text


def test_an_address_behind_trusted_proxies_is_the_one_that_the_last_of_them_names() -> None:
    scope = {"client": ("10.0.0.1", 99), "headers": [(b"x-forwarded-for", b"6.6.6.6, 203.0.113.7, 10.0.0.2")]}
    assert [_find_address(scope, hops)[0] for hops in (0, 1, 2, 3, 4)] == [
        "10.0.0.1",
        "10.0.0.2",
        "203.0.113.7",
        "6.6.6.6",
        "10.0.0.1",
    ]
