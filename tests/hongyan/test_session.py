from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hongyan.envelope import Message
from hongyan.errors import Rejected
from hongyan.session import (
    Answered,
    Command,
    Fetch,
    Head,
    Live,
    Notice,
    Refused,
    Scheduled,
    Session,
    Stamped,
    new_message_id,
    pauses_s,
)
from hongyan.topics import group, user

ANN = user("ann")
LAB = group("lab")


def stamped(seq, *, sender="ann", to="user/bob", message_id=None):
    return Message(message_id or f"{sender}{seq}", "text", f"body {seq}", seq, 1_790_000_000_000 + seq, sender, to)


def encode(message):
    fields = {"id": message.id, "kind": message.kind, "body": message.body, "seq": message.seq, "at": message.at_ms}
    return json.dumps(fields | {"from": message.sender, "to": message.to}).encode()


def arrive(session, message):
    branch = "sent" if message.sender == session.account else "inbox"
    topic = f"im/{session.account}/{branch}/{message.conversation(session.account)}"
    return session.receive(topic, encode(message))


def take_all(session):
    taken = []
    while message := session.take():
        taken.append(message.seq)
        session.settle(message)
    return taken


@pytest.fixture
def bob():
    return Session("bob", positions={})


def test_a_full_client_subscribes_its_own_four_branches(bob):
    assert bob.filters == ("im/bob/inbox/#", "im/bob/sent/#", "im/bob/live/#", "im/bob/notice")


@pytest.mark.parametrize(("account", "length"), [("bob", 36), ("b" * 31, 64), ("b" * 32, 65)])
def test_a_client_identifier_is_the_account_and_chance_and_fits_a_status_topic(account, length):
    first, second = Session(account).client_id, Session(account).client_id
    assert first.startswith(f"{account}-")
    assert first != second
    assert len(first) == length


def test_a_message_to_send_is_pending_until_its_stamp():
    bob = Session("bob", new_id=lambda: "m1")
    outgoing = bob.send(ANN, "hi")
    assert (outgoing.message_id, outgoing.topic) == ("m1", "im/bob/send/user/ann")
    assert outgoing.payload == b'{"id":"m1","kind":"text","body":"hi"}'
    assert bob.pending() == [outgoing]
    stamp = stamped(1, sender="bob", to="user/ann", message_id="m1")
    assert arrive(bob, stamp) == [Stamped(stamp)]
    assert bob.pending() == []
    assert arrive(bob, stamp) == []


def test_a_refusal_ends_a_pending_message(bob):
    bob.send(ANN, "hi", message_id="m1")
    notice = {
        "type": "rejected",
        "id": "m1",
        "to": "user/ann",
        "code": "blocked",
        "message": "ann took a break",
        "at": 1,
    }
    (event,) = bob.receive("im/bob/notice", json.dumps(notice).encode())
    assert isinstance(event, Refused)
    assert isinstance(event.error, Rejected)
    assert (event.message_id, event.error.code, event.error.message) == ("m1", "blocked", "ann took a break")
    assert bob.pending() == []


@pytest.mark.parametrize("message_id", ["m2", None, 7, []], ids=repr)
def test_a_refusal_of_something_else_is_a_notice(bob, message_id):
    bob.send(ANN, "hi", message_id="m1")
    notice = {"type": "rejected", "id": message_id, "code": "malformed", "message": "?", "at": 1}
    assert bob.receive("im/bob/notice", json.dumps(notice).encode()) == [Notice(notice)]
    assert len(bob.pending()) == 1


def test_live_values_come_with_their_tail(bob):
    payload = b'{"from":"ann","state":"online","text":"","last_seen":1}'
    assert bob.receive("im/bob/live/presence/ann", payload) == [
        Live("presence/ann", {"from": "ann", "state": "online", "text": "", "last_seen": 1})
    ]


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("im/bob/inbox/user/ann", b"hello"),
        ("im/bob/inbox/user/ann", b"{}"),
        ("im/bob/inbox/user/ann", b"\xff"),
        ("im/bob/notice", b"hello"),
        ("im/bob/notice", b"[]"),
        ("im/bob/notice", b"\xff"),
        ("im/bob/tomorrow/user/ann", b"{}"),
        ("kitchen", b"{}"),
    ],
)
def test_what_is_not_understood_is_ignored(bob, topic, payload):
    assert bob.receive(topic, payload) == []
    assert bob.take() is None


def test_a_notice_that_it_is_scheduled_ends_a_pending_message(bob):
    outgoing = bob.send(user("ann"), "hi", fields={"deliver_at": 1_790_000_000_000}, message_id="m1")
    notice = {"type": "scheduled", "id": "m1", "to": "user/ann", "deliver_at": 1_790_000_000_000, "at": 1}
    answer = Answered("m1", Scheduled("m1", "user/ann", 1_790_000_000_000))
    assert outgoing.payload == b'{"id":"m1","kind":"text","body":"hi","deliver_at":1790000000000}'
    assert bob.receive("im/bob/notice", json.dumps(notice).encode()) == [answer]
    assert bob.pending() == []
    assert bob.receive("im/bob/notice", json.dumps(notice).encode()) == [Notice(notice)]


def test_a_card_of_ours_that_comes_back_is_the_answer(bob):
    bob.send(group("lab"), None, kind="card", fields={"name": "heater", "data": {}}, message_id="m1")
    card = {"id": "m1", "kind": "card", "name": "heater", "data": {}, "from": "bob", "to": "group/lab", "at": 1}
    topic, payload = "im/bob/live/card/group/lab", json.dumps(card).encode()
    assert bob.receive(topic, payload) == [Answered("m1", Live("card/group/lab", card))]
    assert bob.receive(topic, payload) == [Live("card/group/lab", card)]


@pytest.mark.parametrize(
    ("owner", "tail", "expected"),
    [
        ("bob", "signal/group/lab", Command(group("lab"), "ann", "heater", "on")),
        ("bob", "signal/user/ann", Command(user("ann"), "ann", "heater", "on")),
        ("eve", "signal/group/lab", None),
    ],
    ids=["in a group", "one to one", "another's card"],
)
def test_a_command_is_for_the_owner_of_the_card(bob, owner, tail, expected):
    fields = {"type": "command", "for": owner, "card": "heater", "command": "on", "from": "ann", "to": "x", "at": 1}
    assert bob.receive(f"im/bob/live/{tail}", json.dumps(fields).encode()) == [expected or Live(tail, fields)]


def test_a_vote_that_does_not_name_its_sender_is_stamped_all_the_same(bob):
    bob.send(group("lab"), None, kind="vote", fields={"of": 1, "choices": [0]}, message_id="m1")
    vote = {"id": "m1", "kind": "vote", "of": 1, "from": "ann", "to": "group/lab", "seq": 2, "at": 1}
    (event,) = bob.receive("im/bob/sent/group/lab", json.dumps(vote).encode())
    assert isinstance(event, Stamped)
    assert bob.pending() == []


def test_a_command_from_nowhere_is_ignored(bob):
    fields = {"type": "command", "for": "bob", "card": "heater", "command": "on", "from": "ann"}
    assert bob.receive("im/bob/live/signal/x", json.dumps(fields).encode()) == []


def test_a_repeated_message_is_given_once(bob):
    for seq in (1, 2, 1, 2, 3, 3):
        arrive(bob, stamped(seq))
    assert take_all(bob) == [1, 2, 3]


def test_a_hole_is_fetched_and_what_came_behind_it_waits(bob):
    arrive(bob, stamped(1))
    arrive(bob, stamped(4))
    assert take_all(bob) == [1]
    assert bob.next_fetch() == Fetch(ANN, after=1, limit=200)
    bob.receive_page(Fetch(ANN, 1), [stamped(2), stamped(3), stamped(4)])
    assert take_all(bob) == [2, 3, 4]
    assert bob.next_fetch() is None


def test_a_hole_that_closes_by_itself_needs_no_page(bob):
    for seq in (2, 3, 1):
        arrive(bob, stamped(seq))
    assert take_all(bob) == [1, 2, 3]


def test_a_page_may_have_holes_that_we_may_not_see(bob):
    arrive(bob, stamped(9, to="group/lab"))
    bob.receive_page(Fetch(LAB, 0), [stamped(3, to="group/lab"), stamped(9, to="group/lab")])
    assert take_all(bob) == [3, 9]
    assert bob.next_fetch() is None


def test_a_new_member_begins_where_the_history_begins(bob):
    arrive(bob, stamped(41, to="group/lab"))
    assert bob.next_fetch() == Fetch(LAB, 0)
    bob.receive_page(Fetch(LAB, 0), [stamped(41, to="group/lab")])
    arrive(bob, stamped(42, to="group/lab"))
    assert take_all(bob) == [41, 42]


def test_a_hole_that_the_history_cannot_fill_is_left(bob):
    arrive(bob, stamped(3))
    bob.receive_page(Fetch(ANN, 0), [])
    assert take_all(bob) == [3]
    assert bob.next_fetch() is None


def test_a_closed_history_leaves_what_has_arrived(bob):
    for seq in (3, 5, 6):
        arrive(bob, stamped(seq, to="group/lab"))
    bob.forget(LAB)
    assert take_all(bob) == [3, 5, 6]
    assert bob.next_fetch() is None


def test_a_full_page_is_followed_by_the_next_one(bob):
    bob.compare_heads([Head(ANN, 250)])
    bob.receive_page(bob.next_fetch(), [stamped(seq) for seq in range(1, 201)])
    assert bob.next_fetch() == Fetch(ANN, 200)
    bob.receive_page(Fetch(ANN, 200), [stamped(seq) for seq in range(201, 251)])
    assert bob.next_fetch() is None
    assert take_all(bob) == list(range(1, 251))


def test_after_a_reconnect_only_what_is_missing_is_fetched(bob):
    arrive(bob, stamped(1))
    arrive(bob, stamped(1, to="group/lab"))
    bob.compare_heads([Head(ANN, 4), Head(LAB, 1), Head(user("eve"), 0)])
    assert bob.next_fetch() == Fetch(ANN, 1)
    bob.receive_page(Fetch(ANN, 1), [stamped(2), stamped(3), stamped(4)])
    assert bob.next_fetch() is None


def test_a_stamp_that_was_missed_is_found_in_the_history(bob):
    bob.send(ANN, "hi", message_id="m1")
    stamp = stamped(1, sender="bob", to="user/ann", message_id="m1")
    bob.compare_heads([Head(ANN, 1)])
    assert bob.receive_page(Fetch(ANN, 0), [stamp]) == [Stamped(stamp)]
    assert bob.pending() == []


def test_what_is_still_pending_is_published_again_in_its_order(bob):
    for message_id in ("m1", "m2", "m3"):
        bob.send(ANN, "hi", message_id=message_id)
    bob.abandon("m2")
    assert [outgoing.message_id for outgoing in bob.pending()] == ["m1", "m3"]


def test_the_very_first_start_begins_at_the_heads():
    bob = Session("bob", positions=None)
    bob.compare_heads([Head(ANN, 7), Head(LAB, 0)])
    assert bob.next_fetch() is None
    assert bob.positions == {ANN: 7, LAB: 0}
    arrive(bob, stamped(8))
    assert take_all(bob) == [8]


def test_a_conversation_that_is_new_after_the_first_start_is_received_whole():
    bob = Session("bob", positions=None)
    bob.compare_heads([])
    bob.compare_heads([Head(ANN, 2)])
    assert bob.next_fetch() == Fetch(ANN, 0)


def test_the_first_start_may_begin_at_the_start():
    bob = Session("bob", positions=None, since_start=True)
    bob.compare_heads([Head(ANN, 7)])
    assert bob.next_fetch() == Fetch(ANN, 0)


def test_positions_move_when_a_message_was_handled_and_not_before(bob):
    arrive(bob, stamped(1))
    arrive(bob, stamped(2))
    first = bob.take()
    assert bob.positions == {}
    bob.settle(first)
    assert bob.positions == {ANN: 1}


def test_own_messages_settle_themselves_in_their_turn(bob):
    arrive(bob, stamped(1))
    arrive(bob, stamped(2, sender="bob", to="user/ann"))
    assert bob.positions == {}
    assert take_all(bob) == [1]
    assert bob.positions == {ANN: 2}


def test_a_stored_position_is_resumed():
    bob = Session("bob", positions={ANN: 5})
    bob.compare_heads([Head(ANN, 7), Head(LAB, 3)])
    assert bob.next_fetch() == Fetch(ANN, 5)
    bob.receive_page(Fetch(ANN, 5), [stamped(6), stamped(7)])
    assert bob.next_fetch() == Fetch(LAB, 0)


def test_a_program_that_takes_nothing_does_not_fill_the_memory(bob):
    for seq in range(1, 3_001):
        arrive(bob, stamped(seq))
    assert bob.next_fetch() is None
    taken = [bob.take().seq for _ in range(300)]
    assert taken == list(range(1, 301))
    assert bob.next_fetch() == Fetch(ANN, after=1_000)


def test_replies_have_the_same_ids_after_a_crash_and_different_ones_otherwise():
    ids = []
    for _ in range(2):
        bob = Session("bob", positions={})
        arrive(bob, stamped(1))
        message = bob.take()
        ids.append([bob.reply_id(message), bob.reply_id(message)])
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2
    assert all(len(message_id) == 35 for message_id in ids[0])


def test_a_reply_to_a_message_that_was_not_given_out_has_an_id_of_its_own():
    numbers = iter("12")
    bob = Session("bob", positions={}, new_id=lambda: next(numbers))
    assert [bob.reply_id(stamped(1)), bob.reply_id(stamped(1))] == ["1", "2"]


@given(st.lists(st.integers(1, 12), max_size=40), st.data())
def test_whatever_arrives_is_given_once_and_in_order(arrivals, data):
    """Some arrive, some twice, some late, pages come in between: at the end there is everything once."""
    bob = Session("bob", positions={})
    taken = []
    for newest, seq in enumerate(arrivals):
        arrive(bob, stamped(seq))
        if data.draw(st.booleans()) and (fetch := bob.next_fetch()):
            top = max([*arrivals[: newest + 1], fetch.after])
            bob.receive_page(fetch, [stamped(n) for n in range(fetch.after + 1, top + 1)])
        if data.draw(st.booleans()):
            taken += take_all(bob)
    bob.compare_heads([Head(ANN, 12)])
    while fetch := bob.next_fetch():
        bob.receive_page(fetch, [stamped(n) for n in range(fetch.after + 1, 13)])
    assert taken + take_all(bob) == list(range(1, 13))
    assert bob.positions == {ANN: 12}


def test_the_pauses_grow_and_differ_by_chance():
    longest, shortest = pauses_s(lambda: 0.0), pauses_s(lambda: 1.0)
    assert [round(next(longest), 3) for _ in range(10)] == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0]
    assert [round(next(shortest), 3) for _ in range(3)] == [0.1, 0.2, 0.4]


def test_message_ids_begin_with_the_time_and_are_never_the_same() -> None:
    before_ms = time.time_ns() // 1_000_000
    ids = [new_message_id() for _ in range(100)]
    after_ms = time.time_ns() // 1_000_000
    assert all(len(one) == 32 and before_ms <= int(one[:12], 16) <= after_ms for one in ids)
    assert len({one[12:] for one in ids}) == 100
