"""The promises of the exchange, on SQLite and on PostgreSQL."""

from __future__ import annotations

import json

import pytest
from peewee import Database

from hongyan.limits import Limits
from hongyan_core.actions.blocks import block_account, unblock_account
from hongyan_core.actions.groups import add_member, create_group, remove_member
from hongyan_core.exchange import Accepted, Delivery, Exchange
from hongyan_core.store.models import Account, ChatGroup, Conversation, ReadMark, StoredMessage
from tests.support.cast import make_account, make_block, make_friends
from tests.support.exchanging import (
    StoppedClock,
    accept_one,
    code,
    publish,
    running_exchange,
    stamp,
    status,
    text,
    told,
)

Cast = dict[str, Account]


@pytest.fixture
def cast(database: Database) -> Cast:
    """ann and bob are friends, ann and thermo too; eve is ann's friend and blocked by her; dan knows nobody."""
    people = {name: make_account(name) for name in ("ann", "bob", "eve", "thermo", "dan")}
    for friend in ("bob", "eve", "thermo"):
        make_friends(people["ann"], people[friend])
    make_block(people["ann"], people["eve"])
    return people


@pytest.fixture
def lab(cast: Cast) -> ChatGroup:
    """ann's group with bob and thermo."""
    group = create_group(cast["ann"], "lab", "The lab", at_ms=1)
    for name in ("bob", "thermo"):
        add_member(cast["ann"], group, name, at_ms=1)
    return group


@pytest.fixture
def exchange(cast: Cast):
    with running_exchange() as opened:
        yield opened


def test_a_message_is_stamped_stored_and_delivered_to_both(exchange: Exchange) -> None:
    decision = accept_one(exchange, text("ann", "user/bob", "hi", "m1"))
    stamped = {"id": "m1", "kind": "text", "body": "hi", "from": "ann", "to": "user/bob", "seq": 1, "at": 1000}
    assert told(decision) == [(("bob",), "inbox/user/ann", stamped), (("ann",), "sent/user/bob", stamped)]
    assert (decision.position, decision.repeat, exchange.head) == (1, False, 1)
    row = StoredMessage.get()
    assert (row.position, row.seq, row.sender_id, row.message_id, row.at_ms) == (1, 1, row.sender.id, "m1", 1000)
    assert row.payload.encode() == decision.deliveries[0].payload
    assert [d.position for d in decision.deliveries] == [1, 1]


def test_seq_is_dense_per_conversation_and_position_over_all(exchange: Exchange, lab: ChatGroup) -> None:
    batch = [
        text("ann", "user/bob", "a", "1"),
        text("ann", "group/lab", "b", "2"),
        text("bob", "user/ann", "c", "3"),
        text("bob", "group/lab", "d", "4"),
    ]
    decisions = exchange.accept(batch) + exchange.accept([text("thermo", "group/lab", "e", "5")])
    assert [stamp(d)["seq"] for d in decisions] == [1, 1, 2, 2, 3]
    assert [d.position for d in decisions] == [1, 2, 3, 4, 5]
    assert Conversation.get(Conversation.key == "user:ann:bob").last_seq == 2
    assert Conversation.get(Conversation.key == "group:lab").last_seq == 3


def test_a_group_message_is_one_delivery_to_all_others(exchange: Exchange, lab: ChatGroup) -> None:
    inbox, sent = accept_one(exchange, text("thermo", "group/lab", "21.5", "t1")).deliveries
    assert inbox == Delivery(("ann", "bob"), inbox.branch, "group/lab", inbox.payload, 1, "lab")
    assert sent == Delivery(("thermo",), sent.branch, "group/lab", inbox.payload, 1, "lab")
    assert (inbox.branch, sent.branch) == ("inbox", "sent")


def test_a_payload_that_is_no_json_is_a_text_with_the_fallback_id(exchange: Exchange, lab: ChatGroup) -> None:
    decision = accept_one(exchange, publish("thermo", "im/thermo/send/group/lab", b"21.5", fallback_id="f-1"))
    assert stamp(decision) == {
        "id": "f-1", "kind": "text", "body": "21.5", "from": "thermo", "to": "group/lab", "seq": 1, "at": 1000,
    }  # fmt: skip


# --- nothing twice


def test_a_repeat_is_answered_with_the_first_stamp(exchange: Exchange) -> None:
    first = accept_one(exchange, text("ann", "user/bob", "hi", "m1"))
    accept_one(exchange, text("ann", "user/bob", "next", "m2"))
    again = accept_one(exchange, text("ann", "user/bob", "changed", "m1"))
    assert again == Accepted(first.deliveries, 1, repeat=True)
    assert StoredMessage.select().count() == 2


def test_twice_in_one_batch_is_one_message(exchange: Exchange) -> None:
    first, again, other = exchange.accept([text("ann", "user/bob", "hi", i) for i in ("m1", "m1", "m2")])
    assert again == Accepted(first.deliveries, 1, repeat=True)
    assert stamp(other)["seq"] == 2


def test_the_id_of_another_is_nobodys_business(exchange: Exchange) -> None:
    ann, bob = exchange.accept([text("ann", "user/bob", "hi", "m1"), text("bob", "user/ann", "hi", "m1")])
    assert (stamp(ann)["seq"], stamp(bob)["seq"]) == (1, 2)


@pytest.mark.parametrize("in_one_batch", [True, False])
def test_an_id_used_towards_another_conversation_is_refused(exchange: Exchange, in_one_batch: bool) -> None:
    batch = [text("ann", "user/bob", "hi", "m1"), text("ann", "user/thermo", "hi", "m1")]
    decisions = exchange.accept(batch) if in_one_batch else [accept_one(exchange, s) for s in batch]
    assert [code(d) for d in decisions] == ["accepted", "id_reused"]


def test_a_repeat_after_a_block_reaches_only_its_sender(exchange: Exchange, cast: Cast) -> None:
    first = accept_one(exchange, text("ann", "user/bob", "hi", "m1"))
    block_account(cast["bob"], "ann", at_ms=2)
    again = accept_one(exchange, text("ann", "user/bob", "hi", "m1"))
    assert again == Accepted((first.deliveries[1],), 1, repeat=True)


def test_a_repeat_in_a_group_reaches_only_those_who_were_there(exchange: Exchange, cast: Cast, lab: ChatGroup) -> None:
    accept_one(exchange, text("ann", "group/lab", "hi", "m1"))
    unblock_account(cast["ann"], "eve", at_ms=2)
    add_member(cast["ann"], lab, "eve", at_ms=2)
    again = accept_one(exchange, text("ann", "group/lab", "hi", "m1"))
    assert again.deliveries[0].accounts == ("bob", "thermo")


# --- rules at the very next message

REFUSED = {
    "a stranger": (text("ann", "user/dan", "x", "m"), "not_friends"),
    "an unknown name": (text("ann", "user/nobody", "x", "m"), "not_friends"),
    "whom one has blocked": (text("ann", "user/eve", "x", "m"), "you_blocked"),
    "by whom one is blocked": (text("eve", "user/ann", "x", "m"), "blocked"),
    "a group one is not in": (text("dan", "group/lab", "x", "m"), "not_member"),
    "a group that is not there": (text("dan", "group/nothing", "x", "m"), "not_member"),
    "another's tree": (publish("ann", "im/bob/send/user/ann", {}), "forbidden_topic"),
    "a wildcard": (publish("ann", "im/ann/send/user/+", {}), "forbidden_topic"),
    "a branch to read": (publish("ann", "im/ann/inbox/user/bob", {}), "forbidden_topic"),
    "a topic with a NUL": (publish("ann", "im/ann/send/user/\0", {}), "forbidden_topic"),
    "an unknown sender": (text("ghost", "user/ann", "x", "m"), "account_disabled"),
    "bytes that are not UTF-8": (publish("ann", "im/ann/send/user/bob", b"\xff"), "malformed"),
    "a NUL": (publish("ann", "im/ann/send/user/bob", b"a\0b"), "malformed"),
    "a lone surrogate": (publish("ann", "im/ann/send/user/bob", b'{"kind":"text","body":"\\ud800"}'), "malformed"),
    "a number of 40 digits": (publish("ann", "im/ann/send/user/bob", b'{"n":' + b"9" * 40 + b"}"), "malformed"),
    "an id too long": (text("ann", "user/bob", "x", "m" * 65), "malformed"),
    "too large": (publish("ann", "im/ann/send/user/bob", b"x" * 65_537), "too_large"),
    "a mark that is no number": (publish("ann", "im/ann/read/user/bob", {"seq": "1"}), "malformed"),
    "a mark in a foreign group": (publish("dan", "im/dan/read/group/lab", {"seq": 1}), "not_member"),
    "a mark with a stranger": (publish("ann", "im/ann/read/user/dan", {"seq": 1}), "not_friends"),
    "a signal that is no object": (publish("ann", "im/ann/signal/user/bob", [1]), "malformed"),
    "a signal nested too deeply": (publish("ann", "im/ann/signal/user/bob", b'{"a":' * 600 + b"}" * 600), "malformed"),
    "a signal with a number of 40 digits": (
        publish("ann", "im/ann/signal/user/bob", b'{"n":' + b"9" * 40 + b"}"), "malformed",
    ),
    "a large signal": (publish("ann", "im/ann/signal/user/bob", {"x": "y" * 4_090}), "too_large"),
    "a signal to a stranger": (publish("ann", "im/ann/signal/user/dan", {"type": "typing"}), "not_friends"),
    "an unknown state": (status("ann", "phone", "asleep"), "malformed"),
    "a status text too long": (status("ann", "phone", "online", "x" * 101), "malformed"),
    "a status text with a NUL": (status("ann", "phone", "online", "a\0"), "malformed"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_allowed_is_refused_and_leaves_nothing(exchange: Exchange, lab: ChatGroup, case: str) -> None:
    submission, expected = REFUSED[case]
    before, refused, after = exchange.accept(
        [text("bob", "user/ann", "good", "g1"), submission, text("bob", "user/ann", "good", "g2")]
    )
    assert code(refused) == expected
    assert (stamp(before)["seq"], stamp(after)["seq"]) == (1, 2)
    assert StoredMessage.select().count() == 2
    (delivery,) = refused.deliveries
    assert (delivery.accounts, delivery.branch, delivery.position) == ((submission.account,), "notice", None)
    assert json.loads(delivery.payload)["code"] == expected


def test_a_refusal_says_why_in_the_senders_language(exchange: Exchange, cast: Cast) -> None:
    Account.update(language="zh").where(Account.name == "ann").execute()
    decision = accept_one(exchange, text("ann", "user/dan", "x", "m1"))
    assert told(decision) == [
        (
            ("ann",),
            "notice",
            {
                "type": "rejected", "id": "m1", "to": "user/dan", "code": "not_friends",
                "message": "你们还不是好友，请先发送好友请求。", "at": 1000,
            },
        )
    ]  # fmt: skip


def test_a_refusal_names_the_topic_where_there_is_no_conversation(exchange: Exchange) -> None:
    ((_, _, fields),) = told(accept_one(exchange, publish("ann", "im/bob/send/user/ann", {})))
    assert (fields["topic"], fields["id"]) == ("im/bob/send/user/ann", None)


def test_a_refusal_names_the_field_that_is_to_blame(exchange: Exchange) -> None:
    bad = publish("ann", "im/ann/send/user/bob", {"id": "m1", "kind": "text", "body": 7})
    ((_, _, fields),) = told(accept_one(exchange, bad))
    assert (fields["id"], fields["field"]) == ("m1", "body")


def test_a_message_that_is_too_large_is_refused_by_its_id(exchange: Exchange) -> None:
    ((_, _, fields),) = told(accept_one(exchange, text("ann", "user/bob", "x" * 70_000, "m1")))
    assert (fields["id"], fields["code"]) == ("m1", "too_large")


def test_a_disabled_account_neither_sends_nor_receives(exchange: Exchange) -> None:
    Account.update(disabled_at_ms=5).where(Account.name == "bob").execute()
    decisions = exchange.accept([text("bob", "user/ann", "x", "m1"), text("ann", "user/bob", "x", "m2")])
    assert [code(d) for d in decisions] == ["account_disabled", "not_friends"]


def test_a_block_and_its_end_hold_from_the_next_message(exchange: Exchange, cast: Cast) -> None:
    codes = [code(accept_one(exchange, text("ann", "user/bob", "x", "m1")))]
    block_account(cast["bob"], "ann", at_ms=2)
    codes += [code(accept_one(exchange, text(*pair, "x", "m2"))) for pair in (("ann", "user/bob"), ("bob", "user/ann"))]
    unblock_account(cast["bob"], "ann", at_ms=3)
    codes.append(code(accept_one(exchange, text("ann", "user/bob", "x", "m2"))))
    assert codes == ["accepted", "blocked", "you_blocked", "accepted"]


def test_a_removal_from_a_group_holds_from_the_next_message(exchange: Exchange, cast: Cast, lab: ChatGroup) -> None:
    accept_one(exchange, text("bob", "group/lab", "x", "m1"))
    remove_member(cast["ann"], lab, "bob", at_ms=2)
    assert code(accept_one(exchange, text("bob", "group/lab", "x", "m2"))) == "not_member"
    assert accept_one(exchange, text("ann", "group/lab", "x", "m3")).deliveries[0].accounts == ("thermo",)


# --- rates


def test_an_account_that_sends_too_fast_costs_only_itself(cast: Cast) -> None:
    clock = StoppedClock()
    with running_exchange(Limits(messages_per_s=1, messages_burst=2), clock=clock) as exchange:
        batch = [text("ann", "user/bob", "x", f"m{n}") for n in range(3)] + [text("bob", "user/ann", "x", "b")]
        assert [code(d) for d in exchange.accept(batch)] == ["accepted", "accepted", "rate_limited", "accepted"]
        clock.at_ms += 1_000
        batch = [text("ann", "user/bob", "x", f"n{n}") for n in range(2)]
        assert [code(d) for d in exchange.accept(batch)] == ["accepted", "rate_limited"]


def test_going_offline_is_never_too_fast(cast: Cast) -> None:
    with running_exchange(Limits(messages_per_s=1, messages_burst=1)) as exchange:
        batch = [status("ann", "phone", "online"), status("ann", "phone", "away"), status("ann", "phone", "offline")]
        assert [code(d) for d in exchange.accept(batch)] == ["accepted", "rate_limited", "accepted"]


# --- read marks and signals


def test_a_read_mark_is_told_to_the_readers_devices_and_to_the_peer(exchange: Exchange) -> None:
    accept_one(exchange, text("ann", "user/bob", "hi", "m1"))
    mark = {"from": "bob", "to": "user/ann", "seq": 1, "at": 1000}
    assert told(accept_one(exchange, publish("bob", "im/bob/read/user/ann", {"seq": 1}))) == [
        (("bob",), "live/read/user/ann", mark),
        (("ann",), "live/read/user/bob", mark),
    ]
    assert ReadMark.select().where(ReadMark.seq == 1).count() == 2  # ann's own: she wrote it


def test_a_read_mark_in_a_group_is_told_to_the_readers_devices_only(exchange: Exchange, lab: ChatGroup) -> None:
    accept_one(exchange, text("ann", "group/lab", "hi", "m1"))
    (delivery,) = told(accept_one(exchange, publish("bob", "im/bob/read/group/lab", {"seq": 1})))
    assert delivery == (("bob",), "live/read/group/lab", {"from": "bob", "to": "group/lab", "seq": 1, "at": 1000})


def test_a_read_mark_never_goes_back_nor_beyond_the_end(exchange: Exchange, cast: Cast) -> None:
    exchange.accept([text("ann", "user/bob", "hi", f"m{n}") for n in range(3)])
    marks = [accept_one(exchange, publish("bob", "im/bob/read/user/ann", {"seq": n})) for n in (2, 1, 2, 99, 3)]
    assert [[fields["seq"] for _, _, fields in told(d)] for d in marks] == [[2, 2], [], [], [3, 3], []]
    assert ReadMark.get(ReadMark.account == cast["bob"]).seq == 3


def test_a_read_mark_in_the_batch_of_the_message_counts(exchange: Exchange) -> None:
    _, read = exchange.accept([text("ann", "user/bob", "hi", "m"), publish("bob", "im/bob/read/user/ann", {"seq": 1})])
    assert [fields["seq"] for _, _, fields in told(read)] == [1, 1]


def test_after_a_block_the_peer_no_longer_learns_what_was_read(exchange: Exchange, cast: Cast) -> None:
    accept_one(exchange, text("ann", "user/bob", "hi", "m1"))
    block_account(cast["bob"], "ann", at_ms=2)
    decision = accept_one(exchange, publish("bob", "im/bob/read/user/ann", {"seq": 1}))
    assert [accounts for accounts, _, _ in told(decision)] == [("bob",)]


def test_a_signal_is_delivered_to_the_others_and_not_stored(exchange: Exchange, lab: ChatGroup) -> None:
    typing = {"type": "typing", "from": "forged"}
    to_bob, to_lab = exchange.accept(
        [publish("ann", "im/ann/signal/user/bob", typing), publish("ann", "im/ann/signal/group/lab", typing)]
    )
    signal = {"type": "typing", "from": "ann", "at": 1000}
    assert told(to_bob) == [(("bob",), "live/signal/user/ann", {**signal, "to": "user/bob"})]
    assert told(to_lab) == [(("bob", "thermo"), "live/signal/group/lab", {**signal, "to": "group/lab"})]
    assert StoredMessage.select().count() == 0


# --- what was before


def test_a_new_exchange_goes_on_where_the_last_one_ended(exchange: Exchange) -> None:
    accept_one(exchange, text("ann", "user/bob", "x", "m1"))
    exchange.close()
    with running_exchange() as second:
        assert second.head == 1
        again, new = second.accept([text("ann", "user/bob", "x", "m1"), text("ann", "user/bob", "x", "m2")])
        assert (again.repeat, again.position, new.position, stamp(new)["seq"]) == (True, 1, 2, 2)


def test_an_empty_batch_is_decided(exchange: Exchange) -> None:
    assert exchange.accept([]) == []
