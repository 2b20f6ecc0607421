"""What the exchange does when a time has come."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import peewee
import pytest

from hongyan_core.actions.blocks import block_account
from hongyan_core.actions.groups import add_member, create_group, dissolve_group, remove_member
from hongyan_core.decisions import Accepted, StoreUnavailable
from hongyan_core.exchange import Exchange
from hongyan_core.store.models import (
    Account,
    ChatGroup,
    Conversation,
    Fleeting,
    ReadMark,
    ScheduledMessage,
    StoredMessage,
)
from tests.support.cast import make_account, make_friends, take_outbox
from tests.support.exchanging import StoppedClock, code, publish, running_exchange, stamp, text, told
from tests.support.recorded import recorded

DAY_MS = 86_400_000
NINE = 1_790_067_600_000 // DAY_MS * DAY_MS + 9 * 3_600_000  # of some day, UTC


@dataclass
class House:
    """ann and bob are friends; both and dan are in ann's group lab."""

    database: peewee.Database
    clock: StoppedClock
    exchange: Exchange
    ann: Account
    bob: Account
    dan: Account

    def say(self, account: str, to: str, body: str, message_id: str) -> int:
        (decision,) = self.exchange.accept([text(account, to, body, message_id)])
        return int(stamp(decision)["seq"])

    def read(self, account: str, of: str, seq: int) -> None:
        (decision,) = self.exchange.accept([publish(account, f"im/{account}/read/{of}", {"seq": seq})])
        assert isinstance(decision, Accepted)

    def let_disappear(self, key: str, *seqs: int, seconds: int = 10) -> None:
        """As the exchange stores it beside a message with `disappear_s`."""
        talk = Conversation.get(Conversation.key == key)
        for seq in seqs:
            Fleeting.create(conversation=talk, seq=seq, seconds=seconds)

    def run(self, *, after_ms: int = 0) -> list[Any]:
        """What is told when so much time has gone by."""
        self.clock.at_ms += after_ms
        return [each for effect in self.exchange.run_due() for each in told(effect.decision)]

    def due(self) -> dict[int, int | None]:
        return {row.seq: row.due_ms for row in Fleeting.select()}


@pytest.fixture
def house(database: peewee.Database) -> Iterator[House]:
    people = [make_account(name) for name in ("ann", "bob", "dan")]
    ann, bob, dan = people
    make_friends(ann, bob)
    make_friends(ann, dan)
    lab = create_group(ann, "lab", "Lab", at_ms=1)
    for name in ("bob", "dan"):
        add_member(ann, lab, name, at_ms=1)
    take_outbox()
    clock = StoppedClock(NINE)
    with running_exchange(clock=clock) as exchange:
        yield House(database, clock, exchange, *people)


# --- messages that disappear


def test_the_clock_starts_when_the_other_has_read(house: House) -> None:
    for n in (1, 2, 3):
        house.say("ann", "user/bob", "rare", f"m{n}")
    house.let_disappear("user:ann:bob", 1, 2, 3)
    house.read("ann", "user/bob", 3)
    assert house.due() == {1: None, 2: None, 3: None}
    house.clock.at_ms += 500
    house.read("bob", "user/ann", 2)
    assert house.due() == {1: NINE + 10_500, 2: NINE + 10_500, 3: None}


def test_who_writes_a_message_has_not_read_it_as_another_does(house: House) -> None:
    house.say("ann", "user/bob", "stays", "m1")
    house.let_disappear("user:ann:bob", 2)  # the exchange writes it before it moves her mark
    house.say("ann", "user/bob", "rare", "m2")
    assert house.due() == {2: None}
    house.say("bob", "user/ann", "an answer", "m3")
    assert house.due() == {2: NINE + 10_000}


def test_who_answers_has_read_and_the_first_reader_counts(house: House) -> None:
    house.say("ann", "group/lab", "rare", "m1")
    house.let_disappear("group:lab", 1)
    house.say("bob", "group/lab", "rare", "m2")
    house.let_disappear("group:lab", 2)
    house.say("bob", "group/lab", "more", "m3")
    assert house.due() == {1: NINE + 10_000, 2: None}
    house.clock.at_ms += 3_000
    house.read("dan", "group/lab", 3)
    assert house.due() == {1: NINE + 10_000, 2: NINE + 13_000}


def test_at_its_time_a_message_is_gone_and_everybody_is_told(house: House) -> None:
    house.say("ann", "user/bob", "rare", "m1")
    house.say("ann", "user/bob", "stays", "m2")
    house.let_disappear("user:ann:bob", 1)
    house.read("bob", "user/ann", 2)
    assert house.run(after_ms=9_999) == []
    inbox, sent = house.run(after_ms=1_001)
    assert [inbox[:2], sent[:2]] == [(("bob",), "inbox/user/ann"), (("ann",), "sent/user/bob")]
    entry = inbox[2]
    assert entry == sent[2]
    fields = {name: value for name, value in entry.items() if name != "id"}
    assert fields == {"kind": "erase", "of": [1], "from": "ann", "to": "user/bob", "seq": 3, "at": NINE + 11_000}
    payloads = {row.seq: json.loads(row.payload) for row in StoredMessage.select()}
    assert (payloads[1]["kind"], payloads[2]["body"], payloads[3]) == ("gone", "stays", entry)
    assert "by" not in payloads[1]
    assert house.due() == {}
    assert house.run(after_ms=5_000) == []
    head = Conversation.get(Conversation.key == "user:ann:bob")
    assert head.last_seq == 3
    assert house.say("bob", "user/ann", "next", "m3") == 4


def test_the_entry_moves_nobodys_read_mark(house: House) -> None:
    house.say("ann", "group/lab", "rare", "m1")
    house.let_disappear("group:lab", 1)
    house.say("bob", "group/lab", "answer", "m2")
    house.run(after_ms=11_000)
    assert {row.account.name: row.seq for row in ReadMark.select()} == {"ann": 1, "bob": 2}


def test_one_entry_a_conversation_and_sender_and_at_most_a_hundred_messages_each(house: House) -> None:
    house.exchange.accept([text("ann", "group/lab", "rare", f"a{n}") for n in range(120)])
    house.exchange.accept([text("bob", "group/lab", "rare", f"b{n}") for n in range(2)])
    house.say("ann", "user/bob", "rare", "c")
    house.let_disappear("group:lab", *range(1, 123))
    house.let_disappear("user:ann:bob", 1)
    house.read("dan", "group/lab", 122)
    house.read("bob", "user/ann", 1)
    sent = [(place, fields["from"], fields["of"]) for _, place, fields in house.run(after_ms=10_000) if "sent" in place]
    assert sent == [
        ("sent/group/lab", "ann", [*range(1, 101)]),
        ("sent/group/lab", "ann", [*range(101, 121)]),
        ("sent/group/lab", "bob", [121, 122]),
        ("sent/user/bob", "ann", [1]),
    ]
    assert house.due() == {}


def test_a_block_does_not_keep_a_message_from_disappearing(house: House) -> None:
    house.say("ann", "user/bob", "rare", "m1")
    house.let_disappear("user:ann:bob", 1)
    house.read("bob", "user/ann", 1)
    block_account(house.bob, "ann", at_ms=NINE)
    assert [to for to, place, _ in house.run(after_ms=11_000)] == [("bob",), ("ann",)]


def test_of_who_has_left_a_message_disappears_for_those_who_stay(house: House) -> None:
    house.say("bob", "group/lab", "rare", "m1")
    house.let_disappear("group:lab", 1)
    house.read("dan", "group/lab", 1)
    remove_member(house.ann, ChatGroup.get(), "bob", at_ms=NINE)
    tos = [to for to, place, _ in house.run(after_ms=11_000) if place.startswith("inbox")]
    assert tos == [("ann", "dan")]
    assert json.loads(StoredMessage.get(StoredMessage.seq == 1).payload)["kind"] == "gone"


def test_where_nothing_is_due_a_second_is_two_statements_and_less_is_none(house: House) -> None:
    house.run()
    with recorded(house.database) as early:
        house.run(after_ms=999)
    with recorded(house.database) as late:
        house.run(after_ms=1)
    assert (len(early), len(late)) == (0, 2)


def test_a_clock_that_was_set_back_stops_nothing(house: House) -> None:
    house.run()
    house.say("ann", "user/bob", "rare", "m1")
    house.let_disappear("user:ann:bob", 1)
    Fleeting.update(due_ms=NINE - 3_600_000).execute()
    assert house.run(after_ms=-3_000_000) != []


def test_reading_costs_one_look_where_nothing_disappears(house: House) -> None:
    house.say("ann", "user/bob", "stays", "m1")
    with recorded(house.database) as statements:
        house.read("bob", "user/ann", 1)
    assert sum("fleeting" in statement for statement in statements) == 1


# --- messages for later


def schedule(
    account: Account, to: str, due_ms: int, *, repeat: str = "", zone: str = "", message_id: str = "m", body: str = "hi"
) -> ScheduledMessage:
    draft = json.dumps({"kind": "text", "body": body})
    row: ScheduledMessage = ScheduledMessage.create(
        account=account, key=to, message_id=message_id, draft=draft, due_ms=due_ms, repeat=repeat, time_zone=zone
    )
    return row


def test_a_message_for_later_is_sent_at_its_time_and_no_longer_waits(house: House) -> None:
    schedule(house.ann, "user/bob", NINE + 1_500)
    assert house.run(after_ms=1_000) == []
    inbox, sent = house.run(after_ms=1_000)
    assert inbox[:2] == (("bob",), "inbox/user/ann")
    fields = {"id": "m", "kind": "text", "body": "hi", "from": "ann", "to": "user/bob", "seq": 1, "at": NINE + 2_000}
    assert sent == (("ann",), "sent/user/bob", fields)
    assert ScheduledMessage.select().count() == 0


def test_a_repeat_comes_every_day_at_nine_each_with_its_id(house: House) -> None:
    schedule(house.ann, "group/lab", NINE, repeat="daily")
    ids = []
    for _ in range(3):
        (sent,) = [fields for _, place, fields in house.run() if place == "sent/group/lab"]
        ids.append((sent["id"], sent["at"]))
        house.clock.at_ms += DAY_MS
    assert ids == [("m", NINE), ("m.1", NINE + DAY_MS), ("m.2", NINE + 2 * DAY_MS)]
    row = ScheduledMessage.get()
    assert (row.times, row.due_ms, row.refusal) == (3, NINE + 3 * DAY_MS, "")


def test_what_was_missed_while_the_server_stood_is_sent_once(house: House) -> None:
    schedule(house.ann, "group/lab", NINE - 5 * DAY_MS, repeat="daily")
    assert len([1 for _, place, _ in house.run() if place == "sent/group/lab"]) == 1
    assert ScheduledMessage.get().due_ms == NINE + DAY_MS


def test_monthly_on_the_31st_comes_back_to_the_31st(house: House) -> None:
    january, february, march = 1_801_389_600_000, 1_803_808_800_000, 1_806_487_200_000  # 2027, 31, 28 and 31, 10:00
    schedule(house.ann, "group/lab", january, repeat="monthly")
    house.clock.at_ms = january
    house.run()
    assert ScheduledMessage.get().due_ms == february
    house.clock.at_ms = february
    house.run()
    assert ScheduledMessage.get().due_ms == march


def test_what_the_rules_refuse_then_waits_with_the_reason_and_its_sender_is_told(house: House) -> None:
    schedule(house.ann, "user/bob", NINE, repeat="daily")
    block_account(house.bob, "ann", at_ms=NINE)
    ((to, place, notice),) = house.run()
    assert (to, place) == (("ann",), "notice")
    assert (notice["type"], notice["id"], notice["code"], notice["to"]) == ("rejected", "m", "blocked", "user/bob")
    row = ScheduledMessage.get()
    assert (row.refusal, row.due_ms, row.times) == ("blocked", None, 0)
    assert house.run(after_ms=DAY_MS) == []


def test_one_to_a_group_that_is_over_is_refused(house: House) -> None:
    schedule(house.ann, "group/lab", NINE)
    dissolve_group(house.ann, ChatGroup.get(), at_ms=NINE)
    take_outbox()
    house.run()
    assert ScheduledMessage.get().refusal == "not_member"


def test_a_message_for_later_takes_no_token_of_the_rate(house: House) -> None:
    for n in range(300):
        schedule(house.ann, "user/bob", NINE, message_id=f"m{n}")
    assert len([1 for _, place, _ in house.run() if place.startswith("sent")]) == 300
    (decision,) = house.exchange.accept([text("ann", "user/bob", "now", "n")])
    assert code(decision) == "accepted"


def test_a_crash_between_sending_and_noting_sends_nothing_twice(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    schedule(house.ann, "user/bob", NINE)

    def full(_: object) -> None:
        raise peewee.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("hongyan_core.exchange.settle", full)
        assert len(house.run()) == 2
    house.run(after_ms=1_000)
    assert (StoredMessage.select().count(), ScheduledMessage.select().count()) == (1, 0)


def test_while_the_database_cannot_write_all_stays_as_it_was(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    schedule(house.ann, "user/bob", NINE)

    def full(*_: object) -> None:
        raise peewee.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("hongyan_core.exchange.record", full)
        with pytest.raises(StoreUnavailable):
            house.run()
    assert len(house.run(after_ms=1_000)) == 2


@pytest.mark.parametrize(
    "draft",
    [
        pytest.param('{"kind": "unheard-of"}', id="an unknown kind"),
        pytest.param('{"kind": "text"}', id="without words"),
    ],
)
def test_a_draft_that_a_newer_server_does_not_take_is_refused_and_does_not_come_back(house: House, draft: str) -> None:
    row = schedule(house.ann, "user/bob", NINE)
    ScheduledMessage.update(draft=draft).where(ScheduledMessage.id == row.id).execute()
    house.run()
    assert (ScheduledMessage.get().refusal, ScheduledMessage.get().due_ms) == ("malformed", None)
    assert house.run(after_ms=5_000) == []
