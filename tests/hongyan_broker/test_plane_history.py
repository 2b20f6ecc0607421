"""The plane without sockets: the history as the queue, windows and buffers."""

from __future__ import annotations

import pytest

from hongyan.limits import Limits
from hongyan.topics import Branch
from hongyan_core.decisions import Delivery
from tests.hongyan_broker.desk import Desk, is_closed
from tests.hongyan_broker.desk_talk import acknowledge, come_in, got, listen, message, say
from tests.hongyan_broker.wire import (
    PINGREQ,
    Publish,
    connack,
    subscribe,
)

INBOX = subscribe(1, ("im/bob/inbox/#", 1))


NO_WAITING = 0  # max_queued_packets: a full window makes a session behind at once


def test_what_a_full_window_keeps_back_waits_in_memory_and_leaves_in_order_with_each_puback() -> None:
    desk = Desk(Limits(in_flight_window=2, max_queued_packets=3))
    bob = listen(desk)
    say(desk, 1, 2, 3, 4, 5)
    session = desk.plane.sessions["bob", "b1"]
    assert (got(desk, bob), session.live) == (["m1", "m2"], True)
    acknowledge(desk, bob, 1)
    assert got(desk, bob) == ["m3"]
    say(desk, 6)  # behind those that wait
    acknowledge(desk, bob, 2, 3)
    assert got(desk, bob) == ["m4", "m5"]
    acknowledge(desk, bob, 4, 5)
    assert (got(desk, bob), session.live, desk.asked) == (["m6"], True, [])


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (Limits(in_flight_window=2, max_queued_packets=3), "three may wait"),
        (Limits(in_flight_window=2, max_output_bytes=3 * 130), "three times two bytes, and 128 for each"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_where_too_much_waits_the_session_falls_behind_from_the_first_unsent_message_on(
    limits: Limits, why: str
) -> None:
    desk = Desk(limits)
    bob = listen(desk)
    for position in range(1, 7):  # two bytes each; the fourth that waits is one too many
        desk.history.setdefault("bob", []).append(message(position))
        desk.plane.deliver((message(position),))
        for connection in desk.plane.take_dirty():
            desk.sent[connection] += connection.take_output()
    session = desk.plane.sessions["bob", "b1"]
    assert (got(desk, bob), session.live, session.cursor, session.waiting) == (["m1", "m2"], False, 2, [])
    acknowledge(desk, bob, 1, 2)
    acknowledge(desk, bob, 3, 4)
    assert (got(desk, bob), session.live) == (["m3", "m4", "m5", "m6"], True)


def test_what_waits_in_memory_is_read_from_the_history_when_the_client_comes_back() -> None:
    desk = Desk(Limits(in_flight_window=2))
    bob = listen(desk, clean=False)
    say(desk, 1, 2, 3, 4)
    assert got(desk, bob) == ["m1", "m2"]
    desk.plane.close(bob, "gone")
    desk.turn()
    stored = desk.stored["bob", "b1"]
    assert (stored.position, stored.cursor, stored.in_flight) == (0, 2, ((1, 1), (2, 2)))
    back = come_in(desk, clean=False)
    assert got(desk, back) == ["m1", "m2"]
    acknowledge(desk, back, 1, 2)
    assert got(desk, back) == ["m3", "m4"]


def test_a_full_window_makes_a_session_behind_and_pubacks_bring_the_rest_in_order() -> None:
    desk = Desk(Limits(in_flight_window=4, max_queued_packets=NO_WAITING))
    bob = listen(desk)
    say(desk, *range(1, 11))
    received = got(desk, bob)
    assert received == ["m1", "m2", "m3", "m4"]
    session = desk.plane.sessions["bob", "b1"]
    assert (session.live, session.cursor) == (False, 4)
    for packet_id in range(1, 11):
        acknowledge(desk, bob, packet_id)
        received += got(desk, bob)
    assert received == [f"m{n}" for n in range(1, 11)]
    assert session.live
    say(desk, 11)
    assert got(desk, bob) == ["m11"]


def test_messages_that_come_while_a_page_is_read_are_neither_lost_nor_doubled() -> None:
    desk = Desk(Limits(in_flight_window=4, max_queued_packets=NO_WAITING))
    bob = listen(desk)
    say(desk, *range(1, 6))
    received = got(desk, bob)
    desk.reads = False
    acknowledge(desk, bob, 1, 2, 3, 4)
    (asked,) = desk.asked
    assert (asked.after, asked.limit) == (4, 2)
    say(desk, 6)  # committed and fanned out before the page of 5 arrives
    desk.plane.page(asked, [message(5)], 5)
    desk.turn()
    desk.reads = True
    desk.asked = desk.asked[1:]
    desk.read()
    say(desk, 7)
    received += got(desk, bob)
    assert received == [f"m{n}" for n in range(1, 8)]


def test_a_page_that_is_ahead_of_fan_out_makes_fan_out_skip() -> None:
    desk = Desk(head=0)
    listen(desk, clean=False)
    for connection in list(desk.plane.connections):
        desk.plane.close(connection, "gone")
    desk.turn()
    say(desk, 1)
    desk.reads = False
    bob = come_in(desk, clean=False)
    (asked,) = desk.asked
    desk.plane.page(asked, [message(1), message(2)], 2)  # 2 is committed, its fan-out comes later
    desk.turn()
    say(desk, 2, 3)
    assert got(desk, bob) == ["m1", "m2", "m3"]


def test_a_stored_session_resumes_with_dup_first_and_then_what_it_missed() -> None:
    desk = Desk(Limits(in_flight_window=4))
    bob = listen(desk, clean=False)
    say(desk, 1, 2, 3)
    acknowledge(desk, bob, 2)
    desk.plane.close(bob, "gone")
    desk.turn()
    stored = desk.stored["bob", "b1"]
    assert (stored.position, stored.cursor, stored.in_flight) == (0, 3, ((1, 1), (3, 3)))
    say(desk, 4, 5)
    back = come_in(desk, clean=False)
    packets = desk.take(back)
    assert packets[0] == connack(present=True)
    assert [(Publish(p).payload, Publish(p).packet_id, Publish(p).dup) for p in packets[1:]] == [
        (b"m1", 1, True),
        (b"m3", 3, True),
        (b"m4", 4, False),
        (b"m5", 5, False),
    ]


def test_a_subscription_gets_nothing_from_before_it() -> None:
    desk = Desk()
    early = come_in(desk, clean=False)
    desk.plane.close(early, "gone")
    desk.turn()
    say(desk, 1, 2)
    desk.reads = False
    bob = come_in(desk, clean=False)
    desk.feed(bob, INBOX)
    desk.read()
    say(desk, 3)
    desk.read()
    assert got(desk, bob) == ["m3"]


def test_what_the_history_does_not_keep_waits_in_a_bounded_queue() -> None:
    desk = Desk(Limits(in_flight_window=2, max_queued_packets=3))
    bob = listen(desk, topic_filter="im/bob/notice")
    for number in range(1, 9):
        desk.plane.deliver((Delivery(("bob",), Branch.NOTICE, "", f"n{number}".encode()),))
    desk.turn()
    assert got(desk, bob) == ["n1", "n2"]
    acknowledge(desk, bob, 1, 2)
    assert got(desk, bob) == ["n6", "n7"]
    acknowledge(desk, bob, 3, 4)
    assert got(desk, bob) == ["n8"]


def test_a_client_that_does_not_read_costs_a_bounded_buffer_and_misses_nothing_stored() -> None:
    desk = Desk(Limits(max_output_bytes=1_000))
    bob = listen(desk, qos=0)
    ann = come_in(desk, "ann", "a1")
    bob.socket_bytes = 2_000
    say(desk, *range(1, 50))
    desk.plane.deliver((Delivery(("bob",), Branch.LIVE, "signal/user/ann", b"{}"),), 0)
    assert bob.output == []
    desk.plane.written(bob, 0)
    desk.turn()
    assert got(desk, bob) == [f"m{n}" for n in range(1, 50)]
    assert not is_closed(ann)


def test_a_client_that_never_reads_is_closed() -> None:
    desk = Desk(Limits(max_output_bytes=1_000, store_stall_close_s=30))
    bob = listen(desk)
    bob.socket_bytes = 2_000
    for now_s in (100.0, 120.0, 131.0):
        desk.feed(bob, PINGREQ)
        desk.plane.now_s = now_s
        desk.plane.tick(0)
    assert is_closed(bob)


def test_a_page_that_failed_is_asked_for_again_at_the_next_tick() -> None:
    desk = Desk(Limits(in_flight_window=1, max_queued_packets=NO_WAITING))
    bob = listen(desk)
    say(desk, 1, 2)
    desk.reads = False
    acknowledge(desk, bob, 1)
    (asked,) = desk.asked
    desk.plane.page_failed(asked)
    desk.asked = []
    desk.reads = True
    desk.plane.tick(0)
    desk.turn()
    assert got(desk, bob) == ["m1", "m2"]
