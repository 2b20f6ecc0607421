"""What plain amqtt 0.12.1 does wrong, each row measured: a test here fails on it.

The rest of the rows stand elsewhere: malformed input, `$x` and order of PUBACKs in tests/contract/mqtt311; order
across reconnects, restarts, slow readers, reset sockets, connect timeout and packet size in test_embedded.py; empty
WebSocket frames in test_websocket.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from hongyan_core.store.models import MqttSession, StoredMessage
from tests.hongyan_broker.running import House
from tests.hongyan_broker.test_embedded import bodies, come_in, listen, say
from tests.hongyan_broker.wire import (
    Wire,
    connack,
    connect,
    puback,
    publish,
    suback,
    subscribe,
    unsubscribe,
)
from tests.support.waiting import wait_for

OpenWire = Callable[..., Wire]


@pytest.mark.parametrize("clean", [True, False])
@pytest.mark.parametrize("password", ["wrong", "hy_" + "A" * 43])
def test_a_wrong_password_with_anothers_client_identifier_leaves_the_session_alone(
    house: House, wire: OpenWire, clean: bool, password: str
) -> None:
    bob = listen(house, wire, "bob", clean=False)
    for username in ("bob", "ann"):
        attacker = wire()
        attacker.send(
            connect("bob-1", username, password, clean=clean, will=(f"im/{username}/send/user/ann", b"robbed"))
        )
        attacker.expect(connack(4))
        assert attacker.is_closed()
    ann = come_in(house, wire, "ann")
    say(ann, "1")
    assert bodies(bob, 1) == ["1"]
    assert MqttSession.select().count() == 1
    assert [json.loads(m.payload)["body"] for m in StoredMessage.select()] == ["1"]


def test_another_account_with_the_same_client_identifier_gets_nothing_of_the_session(
    house: House, wire: OpenWire
) -> None:
    listen(house, wire, "bob", clean=False).close()
    ann = come_in(house, wire, "ann")
    say(ann, "1")
    eve = come_in(house, wire, "eve", "bob-1", clean=False)
    assert eve.is_quiet()
    bob = come_in(house, wire, "bob", clean=False, present=True)
    assert bodies(bob, 1) == ["1"]


def test_a_will_is_checked_when_it_is_accepted_and_when_it_fires(house: House, wire: OpenWire) -> None:
    bob = listen(house, wire, "bob")
    forger = wire()
    forger.send(connect("e", "eve", house.password["eve"], will=("im/ann/send/user/bob", b"forged")))
    forger.expect(connack(5))
    eve = listen(house, wire, "eve", "im/eve/notice")
    come_in(house, wire, "eve", "eve-2", will=("im/eve/send/user/bob", b"to a stranger")).close()
    assert json.loads(eve.next_publish().payload)["code"] == "not_friends"
    assert bob.is_quiet()
    assert StoredMessage.select().count() == 0


def test_a_new_client_receives_nothing_that_it_did_not_ask_for(house: House, wire: OpenWire) -> None:
    listen(house, wire, "bob")
    ann = come_in(house, wire, "ann")
    ann.send(bytes([0x33]) + publish("im/ann/send/user/bob", b"retained?", 1)[1:])
    ann.expect(puback(1))
    assert come_in(house, wire, "eve").is_quiet()
    late = listen(house, wire, "bob", "im/bob/inbox/#")
    assert late.is_quiet()


def test_everything_that_was_acknowledged_arrives_though_its_publisher_leaves_at_once(
    house: House, wire: OpenWire
) -> None:
    bob = listen(house, wire, "bob")
    ann = come_in(house, wire, "ann")
    ann.send(*(publish("im/ann/send/user/bob", str(n).encode(), n) for n in range(1, 151)))
    ann.expect(*(puback(n) for n in range(1, 151)))
    ann.close()
    assert bodies(bob, 150) == [str(n) for n in range(1, 151)]


def test_keep_alive_is_enforced(house: House, wire: OpenWire) -> None:
    ann = come_in(house, wire, "ann", keep_alive=1)
    assert ann.is_closed()


def test_a_connect_whose_client_leaves_before_the_connack_leaves_nothing(house: House, wire: OpenWire) -> None:
    for n in range(10):
        hasty = wire()
        hasty.send(connect(f"a{n}", "ann", house.password["ann"]))
        hasty.close()
    assert house.broker is not None
    driver = house.broker.driver
    wait_for(lambda: not driver._peers and not driver._tasks, what="the connections to be forgotten")
    wait_for(lambda: not driver.plane.sessions, what="the sessions to be forgotten")


def test_what_was_never_acknowledged_comes_again(house: House, wire: OpenWire) -> None:
    bob = listen(house, wire, "bob", clean=False)
    say(come_in(house, wire, "ann"), "1")
    assert bodies(bob, 1, acknowledges=False) == ["1"]
    bob.close()
    back = come_in(house, wire, "bob", clean=False, present=True)
    again = back.next_publish()
    assert (again.dup, again.packet_id, json.loads(again.payload)["body"]) == (True, 1, "1")


def test_live_messages_arrive_after_a_take_over(house: House, wire: OpenWire) -> None:
    old = listen(house, wire, "bob", clean=False)
    new = come_in(house, wire, "bob", clean=False, present=True)
    assert old.is_closed()
    say(come_in(house, wire, "ann"), "1")
    assert bodies(new, 1) == ["1"]


def test_unsubscribed_filters_are_gone_and_a_new_qos_holds(house: House, wire: OpenWire) -> None:
    bob = listen(house, wire, "bob")
    ann = come_in(house, wire, "ann")
    bob.send(subscribe(2, ("im/bob/inbox/#", 0)))
    bob.expect(suback(2, 0))
    say(ann, "1")
    assert bob.next_publish().qos == 0
    bob.send(unsubscribe(3, "im/bob/inbox/#"))
    bob.expect(b"\xb0\x02\x00\x03")
    say(ann, "2", first_id=2)
    assert bob.is_quiet()
    assert house.broker is not None
    assert house.broker.driver.plane.subscriptions.is_empty()
