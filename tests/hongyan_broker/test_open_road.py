"""All of MQTT 3.1.1 on the open road: QoS 2, retained messages, wills, stored sessions and their bounded queues."""

from __future__ import annotations

from hongyan.limits import Limits
from tests.hongyan_broker.desk import is_closed
from tests.hongyan_broker.open_desk import NOW_MS, OpenDesk
from tests.hongyan_broker.wire import (
    DISCONNECT,
    connack,
    connect,
    packet,
    puback,
    publish,
    split,
    suback,
    subscribe,
    text,
    unsubscribe,
)

WEEKS_MS = 14 * 86_400_000


def pubrec(packet_id: int) -> bytes:
    return b"\x50\x02" + packet_id.to_bytes(2, "big")


def pubrel(packet_id: int) -> bytes:
    return b"\x62\x02" + packet_id.to_bytes(2, "big")


def pubcomp(packet_id: int) -> bytes:
    return b"\x70\x02" + packet_id.to_bytes(2, "big")


def retained(topic: str, payload: bytes, packet_id: int = 0, qos: int = 0) -> bytes:
    middle = packet_id.to_bytes(2, "big") if qos else b""
    return packet(0x31 | qos << 1, text(topic) + middle + payload)


def connect_with_will(client_id: str, topic: str, payload: bytes, *, qos: int, retain: bool) -> bytes:
    flags = 0x02 | 0x04 | qos << 3 | retain << 5
    body = text("MQTT") + bytes([4, flags]) + b"\0\x3c" + text(client_id) + text(topic) + text(payload)
    return packet(0x10, body)


# QoS


def test_a_delivery_has_the_lower_of_both_qos() -> None:
    desk = OpenDesk()
    ann = desk.come("ann")
    for granted in (0, 1, 2):
        bob = desk.come(f"bob{granted}", ("t", granted))
        desk.feed(ann, publish("t", b"a"), publish("t", b"b", 1), publish("t", b"c", 2, qos=2), pubrel(2))
        assert [qos for _, _, qos, _ in desk.got(bob)] == [0, min(1, granted), min(2, granted)]
        desk.cut(bob)


def test_overlapping_filters_deliver_once_with_the_highest_qos() -> None:
    desk = OpenDesk()
    bob = desk.come("bob", ("a/#", 0), ("a/+", 2), ("a/b", 1))
    desk.feed(desk.come("ann"), publish("a/b", b"x", 7, qos=2))
    assert desk.got(bob) == [("a/b", b"x", 2, False)]


def test_a_qos_2_delivery_goes_through_its_four_steps() -> None:
    desk = OpenDesk()
    bob, ann = desk.come("bob", ("t", 2)), desk.come("ann")
    desk.feed(ann, publish("t", b"x", 9, qos=2), pubrel(9))
    assert desk.take(ann) == [pubrec(9), pubcomp(9)]
    assert desk.take(bob) == [publish("t", b"x", 1, qos=2)]
    desk.feed(bob, pubrec(1))
    assert desk.take(bob) == [pubrel(1)]
    desk.feed(bob, pubcomp(1))
    session = desk.plane.sessions["", "bob"]
    assert (desk.take(bob), session.in_flight, session.released) == ([], {}, {})


def test_a_repeated_qos_2_publish_is_delivered_once() -> None:
    desk = OpenDesk()
    bob, ann = desk.come("bob", ("t", 0)), desk.come("ann")
    again = publish("t", b"x", 9, qos=2, dup=True)
    desk.feed(ann, publish("t", b"x", 9, qos=2), again, again)
    assert desk.take(ann) == [pubrec(9)] * 3
    desk.feed(ann, pubrel(9), publish("t", b"new", 9, qos=2))
    assert [payload for _, payload, _, _ in desk.got(bob)] == [b"x", b"new"]


def test_a_stored_session_gets_publish_and_pubrel_again_with_their_packet_identifiers() -> None:
    desk = OpenDesk()
    bob, ann = desk.come("bob", ("t", 2), clean=False), desk.come("ann")
    desk.feed(ann, publish("t", b"a", 1, qos=2), publish("t", b"b", 2), publish("t", b"c", 3, qos=2))
    desk.feed(bob, pubrec(1))
    desk.cut(bob)
    bob = desk.come("bob", clean=False, present=True)
    assert desk.take(bob) == [pubrel(1), publish("t", b"b", 2, dup=True), publish("t", b"c", 3, qos=2, dup=True)]


def test_an_acknowledgement_of_the_wrong_kind_closes() -> None:
    for granted, answer in ((1, pubrec(1)), (2, puback(1))):
        desk = OpenDesk()
        bob = desk.come("bob", ("t", granted))
        desk.feed(desk.come("ann"), publish("t", b"x", 1, qos=2))
        desk.feed(bob, answer)
        assert is_closed(bob)


def test_more_than_the_window_waits_for_its_turn_and_keeps_its_order() -> None:
    desk = OpenDesk(Limits(in_flight_window=2))
    bob, ann = desk.come("bob", ("t", 2)), desk.come("ann")
    desk.feed(ann, *(publish("t", bytes([65 + n]), n + 1, qos=2 - n % 2) for n in range(4)))
    assert [p for _, p, _, _ in desk.got(bob)] == [b"A", b"B"]
    desk.feed(bob, pubrec(1))
    assert desk.take(bob) == [pubrel(1)]  # the identifier is still in use
    desk.feed(bob, pubcomp(1))
    assert desk.take(bob) == [publish("t", b"C", 3, qos=2)]
    desk.feed(bob, puback(2))
    assert desk.take(bob) == [publish("t", b"D", 4)]


# Retained messages


def test_a_retained_message_goes_to_later_subscribers_with_the_flag_and_to_present_ones_without() -> None:
    desk = OpenDesk()
    bob, ann = desk.come("bob", ("t/#", 1)), desk.come("ann")
    desk.feed(ann, retained("t/a", b"1", 5, qos=1))
    assert (desk.take(ann), desk.got(bob)) == ([puback(5)], [("t/a", b"1", 1, False)])
    eve = desk.come("eve", ("t/+", 0))
    assert desk.got(eve) == [("t/a", b"1", 0, True)]


def test_every_subscribe_gets_the_retained_messages_again() -> None:
    desk = OpenDesk()
    desk.feed(desk.come("ann"), retained("t", b"1"))
    bob = desk.come("bob", ("t", 0))
    desk.feed(bob, subscribe(2, ("t", 1)))
    assert desk.take(bob) == [retained("t", b"1"), suback(2, 1), retained("t", b"1")]


def test_a_retained_message_is_replaced_and_deleted_by_an_empty_one() -> None:
    desk = OpenDesk()
    bob, ann = desk.come("bob", ("t", 0)), desk.come("ann")
    desk.feed(ann, retained("t", b"1"), retained("t", b"2"))
    eve = desk.come("eve", ("t", 0))
    assert desk.got(eve) == [("t", b"2", 0, True)]
    desk.feed(ann, retained("t", b""))
    assert desk.got(desk.come("thermo", ("t", 0))) == []
    assert desk.got(bob) == [("t", b"1", 0, False), ("t", b"2", 0, False), ("t", b"", 0, False)]


def test_a_message_without_the_flag_leaves_the_retained_one_alone() -> None:
    desk = OpenDesk()
    desk.feed(desk.come("ann"), retained("t", b"1"), publish("t", b"2"), publish("t", b""))
    assert desk.got(desk.come("bob", ("#", 0))) == [("t", b"1", 0, True)]


def test_wildcards_at_the_front_do_not_reach_dollar_topics() -> None:
    desk = OpenDesk()
    wide, exact = desk.come("bob", ("#", 0), ("+/x", 0)), desk.come("eve", ("$a/x", 0))
    desk.feed(desk.come("ann"), retained("$a/x", b"1"))
    assert (desk.got(wide), desk.got(exact)) == ([], [("$a/x", b"1", 0, False)])
    assert desk.got(desk.come("late", ("#", 0), ("+/x", 0))) == []
    assert desk.got(desk.come("later", ("$a/#", 0))) == [("$a/x", b"1", 0, True)]


def test_beyond_the_bound_of_retained_messages_one_is_delivered_but_not_kept() -> None:
    desk = OpenDesk(Limits(max_retained_messages=2))
    bob = desk.come("bob", ("#", 0))
    desk.feed(desk.come("ann"), *(retained(topic, b"x") for topic in "abc"))
    assert len(desk.got(bob)) == 3
    assert [topic for topic, _, _, _ in desk.got(desk.come("eve", ("#", 0)))] == ["a", "b"]


# Wills


def test_a_will_has_its_qos_and_its_retain_flag() -> None:
    desk = OpenDesk()
    bob = desk.come("bob", ("w", 2))
    for qos in (0, 1, 2):
        ann = desk.open()
        desk.feed(ann, connect_with_will("ann", "w", b"gone", qos=qos, retain=qos == 2))
        desk.cut(ann)
        assert desk.got(bob) == [("w", b"gone", qos, False)]
    assert desk.got(desk.come("eve", ("w", 1))) == [("w", b"gone", 1, True)]


def test_a_disconnect_drops_the_will_and_a_take_over_publishes_it() -> None:
    desk = OpenDesk()
    bob = desk.come("bob", ("w", 0))
    ann = desk.open()
    desk.feed(ann, connect_with_will("ann", "w", b"gone", qos=0, retain=False), DISCONNECT)
    assert desk.got(bob) == []
    for _ in range(2):
        desk.feed(desk.open(), connect_with_will("ann", "w", b"gone", qos=0, retain=False))
    assert desk.got(bob) == [("w", b"gone", 0, False)]


# Sessions


def test_a_stored_session_gets_what_came_while_it_was_away_but_no_qos_0() -> None:
    desk = OpenDesk()
    desk.cut(desk.come("bob", ("t", 2), clean=False))
    desk.feed(desk.come("ann"), publish("t", b"0"), publish("t", b"1", 1), publish("t", b"2", 2, qos=2))
    bob = desk.come("bob", clean=False, present=True)
    assert desk.take(bob) == [publish("t", b"1", 1), publish("t", b"2", 2, qos=2)]


def test_a_clean_connect_ends_the_stored_session_and_a_clean_session_is_not_stored() -> None:
    desk = OpenDesk()
    desk.cut(desk.come("bob", ("t", 1), clean=False))
    desk.cut(desk.come("bob"))
    desk.come("bob", clean=False, present=False)
    assert desk.plane.subscriptions.is_empty()
    assert set(desk.plane.sessions) == {("", "bob")}


def test_the_queue_of_a_session_is_bounded_and_the_oldest_goes_first() -> None:
    desk = OpenDesk(Limits(max_queued_packets=3, max_queued_bytes=400))
    desk.cut(desk.come("bob", ("t", 1), clean=False))
    ann = desk.come("ann")
    desk.feed(ann, *(publish("t", bytes([65 + n]), n + 1) for n in range(5)))
    bob = desk.come("bob", clean=False, present=True)
    assert [p for _, p, _, _ in desk.got(bob)] == [b"C", b"D", b"E"]
    desk.feed(bob, *(puback(n) for n in (1, 2, 3)))
    desk.cut(bob)
    desk.feed(ann, publish("t", b"x" * 200, 6), publish("t", b"y" * 200, 7))
    bob = desk.come("bob", clean=False, present=True)
    assert [p for _, p, _, _ in desk.got(bob)] == [b"y" * 200]


def test_a_session_that_nobody_uses_ends_after_its_time() -> None:
    desk = OpenDesk()
    desk.cut(desk.come("bob", ("t", 1), clean=False))
    desk.plane.tick(NOW_MS + WEEKS_MS)
    assert ("", "bob") in desk.plane.sessions
    desk.plane.tick(NOW_MS + WEEKS_MS + 1)
    assert desk.plane.sessions == {}
    assert desk.plane.subscriptions.is_empty()


def test_an_unsubscribed_filter_of_a_stored_session_stays_gone() -> None:
    desk = OpenDesk()
    bob = desk.come("bob", ("t", 1), ("u", 1), clean=False)
    desk.feed(bob, unsubscribe(2, "t"))
    desk.cut(bob)
    desk.feed(desk.come("ann"), publish("t", b"1", 1), publish("u", b"2", 2))
    assert desk.got(desk.come("bob", clean=False, present=True)) == [("u", b"2", 1, False)]


def test_more_stored_sessions_than_the_limit_are_refused() -> None:
    desk = OpenDesk(Limits(max_sessions=1))
    desk.cut(desk.come("bob", clean=False))
    eve = desk.open()
    desk.feed(eve, connect("eve", None, None, clean=False))
    assert desk.take(eve) == [connack(3)]
    desk.come("bob", clean=False, present=True)


def test_anyone_may_come_in_with_or_without_a_name() -> None:
    desk = OpenDesk()
    for user, password in ((None, None), ("ann", None), ("ann", "whatever")):
        one = desk.open()
        desk.feed(one, connect("", user, password))
        assert desk.take(one) == [connack()]
    nobody = desk.open()
    desk.feed(nobody, connect("", None, None, clean=False))
    assert (desk.take(nobody), is_closed(nobody)) == ([connack(2)], True)


def test_a_filter_of_more_than_200_levels_is_refused_and_a_topic_of_as_many_is_served() -> None:
    desk = OpenDesk()
    bob = desk.come("bob", ("/".join("a" * 200), 0), ("/".join("a" * 199) + "/#", 0))
    deep = "/".join("a" * 30_000)
    desk.feed(bob, subscribe(2, ("/".join("a" * 201), 0), (deep, 0), (deep + "/#", 0)), unsubscribe(3, deep + "/#"))
    assert desk.take(bob) == [suback(2, 0x80, 0x80, 0x80), b"\xb0\x02\0\3"]
    desk.feed(desk.come("ann"), retained(deep, b"x"), retained(deep, b""))
    assert [payload for _, payload, _, _ in desk.got(bob)] == [b"x", b""]


def test_many_subscribes_in_one_chunk_do_not_pile_up_on_the_stack() -> None:
    desk = OpenDesk()
    bob = desk.come("bob")
    desk.feed(bob, b"".join(subscribe(n, (f"t/{n % 100}", 0)) for n in range(1, 5_001)))
    assert len(split(desk.sent[bob])[0]) == 5_000


def test_nobody_has_a_tree_of_topics_on_the_open_road() -> None:
    desk = OpenDesk()
    desk.come("bob", ("t", 1))
    desk.come("ann", ("t", 0))
    # All of them are one account there: whatever is kept by account would be walked at each connect and close.
    assert (desk.plane._trees, len(desk.plane.sessions)) == ({}, 2)
