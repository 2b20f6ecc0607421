"""What has come due is delivered by the running broker, to whoever is there."""

from __future__ import annotations

import json
from collections.abc import Callable

from hongyan_core.clock import now_ms
from hongyan_core.store.models import Conversation, Fleeting, ScheduledMessage
from tests.hongyan_broker.running import House
from tests.hongyan_broker.wire import Wire, connack, connect, puback, publish, suback, subscribe

OpenWire = Callable[..., Wire]


def listen(house: House, wire: OpenWire, name: str, branch: str) -> Wire:
    one = wire()
    one.send(connect(f"{name}-1", name, house.password[name]))
    one.expect(connack())
    one.send(subscribe(1, (f"im/{name}/{branch}/#", 1)))
    one.expect(suback(1, 1))
    return one


def test_a_message_for_later_comes_while_nobody_writes(house: House, wire: OpenWire) -> None:
    bob = listen(house, wire, "bob", "inbox")
    draft = json.dumps({"kind": "text", "body": "good morning"})
    ScheduledMessage.create(
        account=house.accounts["ann"], key="user/bob", message_id="m", draft=draft, due_ms=now_ms() + 300
    )
    said = json.loads(bob.next_publish().payload)
    assert (said["id"], said["from"], said["body"], said["seq"]) == ("m", "ann", "good morning", 1)


def test_what_has_disappeared_is_told(house: House, wire: OpenWire) -> None:
    bob = listen(house, wire, "bob", "inbox")
    ann = wire()
    ann.send(connect("ann-1", "ann", house.password["ann"]))
    ann.expect(connack())
    ann.send(publish("im/ann/send/user/bob", b"rare", 1))
    ann.expect(puback(1))
    got = bob.next_publish()
    bob.send(puback(got.packet_id))
    talk = Conversation.get(Conversation.key == "user:ann:bob")
    Fleeting.create(conversation=talk, seq=1, seconds=5, due_ms=now_ms())
    entry = json.loads(bob.next_publish().payload)
    assert (entry["kind"], entry["of"], entry["from"], entry["seq"]) == ("erase", [1], "ann", 2)
