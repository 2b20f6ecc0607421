"""The plane without sockets: sessions, take-over, wills, publishes."""

from __future__ import annotations

import json

import pytest

from hongyan.errors import Code
from hongyan.limits import Limits
from hongyan.topics import Branch
from hongyan_core.decisions import Accepted, Delivery, Refused
from tests.hongyan_broker.desk import Desk, is_closed
from tests.hongyan_broker.desk_talk import acknowledge, come_in, got, listen, message, say
from tests.hongyan_broker.wire import (
    DISCONNECT,
    PINGREQ,
    PINGRESP,
    Publish,
    connack,
    connect,
    puback,
    publish,
    suback,
    subscribe,
    unsubscribe,
)

INBOX = subscribe(1, ("im/bob/inbox/#", 1))


# --- subscriptions


def test_overlapping_subscriptions_deliver_once_with_the_highest_qos() -> None:
    desk = Desk()
    bob = come_in(desk)
    desk.feed(bob, subscribe(1, ("im/bob/inbox/#", 0), ("im/bob/inbox/user/ann", 1)))
    desk.take(bob)
    say(desk, 1)
    (data,) = desk.take(bob)
    assert (Publish(data).qos, Publish(data).packet_id) == (1, 1)


def test_a_repeated_subscribe_replaces_the_qos_and_keeps_what_waits() -> None:
    desk = Desk()
    listen(desk, clean=False)
    for name in list(desk.plane.connections):
        desk.plane.close(name, "gone")
    desk.turn()
    say(desk, 1, 2)
    desk.reads = False
    bob = come_in(desk, clean=False)
    desk.feed(bob, subscribe(5, ("im/bob/inbox/#", 0)))
    desk.read()
    packets = [Publish(data) for data in desk.take(bob) if data[0] >> 4 == 3]
    assert [(p.payload, p.qos) for p in packets] == [(b"m1", 0), (b"m2", 0)]


def test_an_unsubscribed_filter_delivers_nothing_more() -> None:
    desk = Desk()
    bob = listen(desk)
    desk.feed(bob, unsubscribe(2, "im/bob/inbox/#"))
    say(desk, 1)
    assert desk.take(bob) == [b"\xb0\x02\x00\x02"]


def test_a_filter_beyond_the_limit_is_refused_and_a_known_one_is_not() -> None:
    desk = Desk(Limits(max_filters=2))
    bob = come_in(desk)
    filters = [(f"im/bob/inbox/user/{name}", 1) for name in ("ann", "eve", "thermo")]
    desk.feed(bob, subscribe(1, *filters), subscribe(2, filters[0]))
    assert desk.take(bob) == [connack(), suback(1, 1, 1, 0x80), suback(2, 1)]


def test_a_foreign_filter_is_refused_and_delivers_nothing() -> None:
    desk = Desk()
    ann = come_in(desk, "ann", "a1")
    desk.feed(ann, INBOX)
    say(desk, 1)
    assert desk.take(ann) == [connack(), suback(1, 0x80)]


def test_the_feed_goes_to_members_only_and_not_twice_to_one_session() -> None:
    desk = Desk()
    screen = listen(desk, topic_filter="im/group/lab")
    both = come_in(desk, client_id="b2")
    desk.feed(both, subscribe(1, ("im/group/lab", 1), ("im/bob/inbox/#", 1)))
    stranger = come_in(desk, "ann", "a1")
    desk.feed(stranger, subscribe(1, ("im/group/lab", 1)))
    for connection in (both, stranger):
        desk.take(connection)
    desk.say(message(1, "hello", feed="lab"))
    assert [Publish(d).topic for d in desk.take(screen)] == ["im/group/lab"]
    assert [Publish(d).topic for d in desk.take(both)] == ["im/bob/inbox/group/lab"]
    assert desk.take(stranger) == []


def test_the_feed_ends_when_the_group_is_left() -> None:
    desk = Desk()
    screen = listen(desk, topic_filter="im/group/lab")
    desk.plane.leave_group("bob", "lab")
    desk.say(message(1, feed="lab"))
    assert desk.take(screen) == []


# --- sign-in, take-over, ends


def test_a_wrong_password_with_anothers_client_identifier_touches_nothing() -> None:
    desk = Desk()
    bob = listen(desk, clean=False)
    attacker = desk.open()
    desk.feed(attacker, connect("b1", "bob", "wrong", clean=True, will=("im/bob/send/user/ann", b"robbed")))
    assert desk.take(attacker) == [connack(4)]
    assert is_closed(attacker)
    assert not is_closed(bob)
    say(desk, 1)
    assert got(desk, bob) == ["m1"]
    assert ("bob", "b1") in desk.stored


def test_the_same_client_identifier_of_two_accounts_is_two_sessions() -> None:
    desk = Desk()
    bob = listen(desk)
    come_in(desk, "ann", "b1")
    assert not is_closed(bob)


def test_a_take_over_closes_the_old_connection_and_resends_what_was_in_flight() -> None:
    desk = Desk()
    old = listen(desk, clean=False)
    say(desk, 1, 2)
    assert got(desk, old) == ["m1", "m2"]
    acknowledge(desk, old, 1)
    new = come_in(desk, clean=False)
    assert is_closed(old)
    hello, again = desk.take(new)
    assert hello == connack(present=True)
    assert (Publish(again).payload, Publish(again).packet_id, Publish(again).dup) == (b"m2", 2, True)
    say(desk, 3)
    assert [Publish(d).packet_id for d in desk.take(new)] == [3]


def test_a_clean_take_over_forgets_the_stored_session() -> None:
    desk = Desk()
    listen(desk, clean=False)
    new = come_in(desk, clean=True)
    assert desk.take(new) == [connack(present=False)]
    assert desk.stored == {}
    say(desk, 1)
    assert desk.take(new) == []


def test_presence_says_online_and_offline_with_a_hash_for_odd_client_identifiers() -> None:
    desk = Desk()
    desk.decides = False
    one = come_in(desk, client_id="b1")
    odd = come_in(desk, client_id="b/2")
    desk.feed(one, DISCONNECT)
    said = [(p.topic, json.loads(p.payload)["state"]) for p in desk.published]
    assert said[0] == ("im/bob/status/b1", "online")
    assert said[2] == ("im/bob/status/b1", "offline")
    assert said[1][0].startswith("im/bob/status/")
    assert len(said[1][0]) == len("im/bob/status/") + 32
    assert not is_closed(odd)


@pytest.mark.parametrize(
    ("end", "wills"),
    [("lost", 1), ("disconnect", 0), ("revoked", 0), ("malformed", 1), ("keep alive", 1), ("taken over", 1)],
)
def test_a_will_is_published_unless_a_disconnect_or_a_revocation_dropped_it(end: str, wills: int) -> None:
    desk = Desk()
    bob = come_in(desk, will=("im/bob/send/user/ann", b"farewell"), keep_alive=10)
    desk.decides = False
    match end:
        case "lost":
            desk.plane.close(bob, "gone")
        case "disconnect":
            desk.feed(bob, DISCONNECT)
        case "revoked":
            desk.plane.revoke("bob", [2])
        case "malformed":
            desk.feed(bob, b"\x00\x00")
        case "keep alive":
            desk.plane.now_s += 16
            desk.plane.tick(0)
        case "taken over":
            come_in(desk)
    desk.turn()
    assert is_closed(bob)
    assert [p.payload for p in desk.published].count(b"farewell") == wills


@pytest.mark.parametrize(
    ("credentials", "closed"), [(None, True), ([2], True), ([10], True), ([1, 3], False), ([], False)]
)
def test_a_revocation_ends_the_connections_of_a_credential_its_children_or_all(
    credentials: list[int] | None, closed: bool
) -> None:
    desk = Desk()
    bob = come_in(desk)
    ann = come_in(desk, "ann", "a1")
    desk.plane.revoke("bob", credentials)
    desk.turn()
    assert is_closed(bob) is closed
    assert not is_closed(ann)


def test_keep_alive_counts_packets_and_gives_half_as_much_again() -> None:
    desk = Desk()
    bob = come_in(desk, keep_alive=10)
    endless = come_in(desk, "ann", "a1", keep_alive=0)
    desk.plane.now_s = 14.9
    desk.plane.tick(0)
    assert not is_closed(bob)
    desk.feed(bob, PINGREQ)
    desk.plane.now_s = 29.0
    desk.feed(bob, b"\x30")  # the first byte of a packet is no packet
    desk.plane.tick(0)
    assert not is_closed(bob)
    desk.plane.now_s = 30.0
    desk.plane.tick(0)
    assert is_closed(bob)
    assert not is_closed(endless)


def test_a_socket_without_a_connect_is_closed_in_time() -> None:
    desk = Desk(Limits(connect_timeout_s=10))
    silent = desk.open()
    desk.feed(silent, connect("b1", "bob")[:20])
    desk.plane.now_s = 10.5
    desk.plane.tick(0)
    assert is_closed(silent)


# --- publishes


def test_no_puback_leaves_before_the_decision() -> None:
    desk = Desk()
    ann = come_in(desk, "ann", "a1")
    desk.take(ann)
    desk.decides = False
    desk.feed(ann, publish("im/ann/send/user/bob", b"x", 5), PINGREQ)
    assert desk.take(ann) == [PINGRESP]
    desk.decide()
    assert desk.take(ann) == [puback(5)]


def test_a_refused_publish_is_acknowledged_and_its_notice_delivered() -> None:
    desk = Desk()
    ann = come_in(desk, "ann", "a1")
    desk.feed(ann, subscribe(1, ("im/ann/notice", 1)))
    desk.take(ann)
    desk.decides = False
    desk.feed(ann, publish("im/ann/send/user/eve", b"x", 5))
    desk.decide(Refused(Code.NOT_FRIENDS, (Delivery(("ann",), Branch.NOTICE, "", b"{}"),)))
    acknowledged, notice = desk.take(ann)
    assert acknowledged == puback(5)
    assert (Publish(notice).topic, Publish(notice).qos) == ("im/ann/notice", 1)


def test_a_signal_keeps_its_publishers_qos() -> None:
    desk = Desk()
    bob = listen(desk, topic_filter="im/bob/live/#")
    ann = come_in(desk, "ann", "a1")
    desk.decides = False
    for packet_id in (0, 4):
        desk.feed(ann, publish("im/ann/signal/user/bob", b"{}", packet_id))
    desk.decide(Accepted((Delivery(("bob",), Branch.LIVE, "signal/user/ann", b"{}"),)))
    assert [Publish(d).qos for d in desk.take(bob)] == [0, 1]


def test_a_repeat_gives_only_the_sender_his_stamp() -> None:
    desk = Desk(head=9)
    bob = listen(desk)
    ann = come_in(desk, "ann", "a1")
    desk.feed(ann, subscribe(1, ("im/ann/sent/#", 1)))
    desk.take(ann)
    desk.decides = False
    desk.feed(ann, publish("im/ann/send/user/bob", b"x", 5))
    sent = Delivery(("ann",), Branch.SENT, "user/bob", b"stamped", 4)
    desk.decide(Accepted((message(4), sent), 4, repeat=True))
    acknowledged, receipt = desk.take(ann)
    assert (acknowledged, Publish(receipt).payload) == (puback(5), b"stamped")
    assert desk.take(bob) == []


def test_a_dup_of_the_same_packet_keeps_its_name_also_after_a_reconnect() -> None:
    desk = Desk()
    desk.decides = False
    ann = come_in(desk, "ann", "a1", clean=False)
    again = publish("im/ann/send/user/bob", b"21.5", 5, dup=True)
    desk.feed(ann, publish("im/ann/send/user/bob", b"21.5", 5), again)
    desk.plane.close(ann, "gone")
    desk.turn()
    back = come_in(desk, "ann", "a1", clean=False)
    desk.feed(back, again)
    desk.feed(back, publish("im/ann/send/user/bob", b"21.5", 5))
    desk.feed(back, publish("im/ann/send/user/bob", b"other", 5, dup=True))
    names = [p.fallback_id for p in desk.published if p.packet_id == 5]
    assert names[0] == names[1] == names[2]
    assert len({names[2], names[3], names[4]}) == 3


def test_too_many_undecided_publishes_hold_the_socket_and_release_it() -> None:
    desk = Desk(Limits(max_unacked_publishes=2))
    ann = come_in(desk, "ann", "a1")
    desk.take(ann)
    desk.resumed.clear()
    desk.decides = False
    desk.feed(ann, b"".join(publish("im/ann/send/user/bob", b"x", i) for i in range(1, 6)))
    of_ann = [p.packet_id for p in desk.published if p.connection]
    assert (of_ann, ann.held) == ([1, 2], True)
    for _ in range(3):
        desk.decide()
    assert desk.take(ann) == [puback(i) for i in range(1, 6)]
    assert (ann.held, desk.resumed) == (False, [ann])


def test_a_store_that_cannot_write_for_long_closes_the_connection_without_a_puback() -> None:
    desk = Desk(Limits(store_stall_close_s=30))
    ann = come_in(desk, "ann", "a1", keep_alive=0)
    desk.take(ann)
    desk.decides = False
    desk.feed(ann, publish("im/ann/send/user/bob", b"x", 5))
    desk.plane.now_s += 29
    desk.plane.tick(0)
    assert not is_closed(ann)
    desk.plane.now_s += 2
    desk.plane.tick(0)
    desk.turn()
    desk.decide()
    assert (is_closed(ann), desk.take(ann)) == (True, [])


def test_nothing_is_left_when_all_have_gone() -> None:
    desk = Desk()
    for connection in (listen(desk), come_in(desk, "ann", "a1"), desk.open()):
        desk.plane.close(connection, "gone")
    desk.turn()
    plane = desk.plane
    assert (plane.connections, plane.sessions, plane._trees, plane._loading) == (set(), {}, {}, {})
    assert plane.subscriptions.is_empty()
