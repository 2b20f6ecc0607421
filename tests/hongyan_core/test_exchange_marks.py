"""Edits, reactions and pins: on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from peewee import Database

from hongyan.limits import Limits
from hongyan_core.actions.friends import unfriend
from hongyan_core.actions.groups import remove_member
from hongyan_core.exchange import Exchange, Submission
from hongyan_core.store.models import (
    ChatGroup,
    HiddenMessage,
    Membership,
    Mention,
    MessageVersion,
    Pin,
    Reaction,
    StoredMessage,
)
from tests.support.exchanging import StoppedClock, accept_one, running_exchange, stamp, told
from tests.support.lab import Lab, make_lab
from tests.support.recorded import recorded
from tests.support.talking import make_file, refusal, say, send, stored, trust, try_one

Refusal = tuple[str, str | None] | None


@pytest.fixture
def lab(database: Database) -> Lab:
    return make_lab()


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(10_000)


@pytest.fixture
def exchange(lab: Lab, clock: StoppedClock) -> Iterator[Exchange]:
    with running_exchange(Limits(recall_window_s=60, messages_burst=1_000), clock=clock) as opened:
        yield opened


def test_a_mark_is_an_entry_that_is_delivered_to_all(exchange: Exchange) -> None:
    exchange.accept([say("bob", "group/lab")])
    decision = accept_one(exchange, send("ann", "group/lab", "reaction", id="r1", of=1, emoji="👍"))
    entry = {
        "id": "r1",
        "kind": "reaction",
        "of": 1,
        "emoji": "👍",
        "from": "ann",
        "to": "group/lab",
        "seq": 2,
        "at": 10_000,
    }
    assert told(decision) == [
        (("bob", "dan", "thermo"), "inbox/group/lab", entry),
        (("ann",), "sent/group/lab", entry),
    ]
    assert stored("group:lab", 2) == entry


# --- edits


def test_an_edit_says_it_in_other_words_and_keeps_those_of_before(exchange: Exchange, clock: StoppedClock) -> None:
    exchange.accept([say("ann", "user/bob", "on", id="m1", format="markdown")])
    clock.at_ms = 11_000
    exchange.accept([send("ann", "user/bob", "edit", of=1, body="two")])
    clock.at_ms = 12_000
    exchange.accept([send("ann", "user/bob", "edit", of=1, body="three")])
    stamped = {"id": "m1", "kind": "text", "body": "three", "from": "ann", "to": "user/bob", "seq": 1, "at": 10_000}
    assert stored("user:ann:bob", 1) == stamped | {"edited": 12_000}
    versions = MessageVersion.select().order_by(MessageVersion.version)
    assert [(v.seq, v.version, v.at_ms, json.loads(v.payload)["body"]) for v in versions] == [
        (1, 1, 10_000, "on"),
        (1, 2, 11_000, "two"),
    ]
    assert [stored("user:ann:bob", seq)["body"] for seq in (2, 3)] == ["two", "three"]


def test_a_message_and_its_edits_in_one_batch(exchange: Exchange) -> None:
    batch = [say("ann", "user/bob", "1"), *(send("ann", "user/bob", "edit", of=1, body=word) for word in ("2", "3"))]
    assert [refusal(decision) for decision in exchange.accept(batch)] == [None, None, None]
    assert stored("user:ann:bob", 1)["body"] == "3"
    versions = MessageVersion.select().order_by(MessageVersion.version)
    assert [json.loads(version.payload)["body"] for version in versions] == ["1", "2"]


def test_the_mentions_follow_an_edit_and_who_is_answered_stays_named(exchange: Exchange, lab: Lab) -> None:
    exchange.accept([say("thermo", "group/lab"), say("ann", "group/lab", reply=1, mentions=["bob", "thermo"])])
    exchange.accept([send("ann", "group/lab", "edit", of=2, body="x", mentions=["dan"])])
    assert {row.account_id for row in Mention.select()} == {lab.thermo.id, lab.dan.id}
    assert stored("group:lab", 2)["mentions"] == ["dan"]
    assert try_one(exchange, send("bob", "group/lab", "edit", of=2, body="x")) == ("not_yours", "of")
    exchange.accept([send("ann", "group/lab", "edit", of=2, body="x")])
    assert [row.account_id for row in Mention.select()] == [lab.thermo.id]
    assert "mentions" not in stored("group:lab", 2)


def test_who_may_not_name_everybody_may_not_by_an_edit(exchange: Exchange) -> None:
    exchange.accept([say("bob", "group/lab")])
    edit = send("bob", "group/lab", "edit", of=1, body="x", mentions=["all"])
    assert try_one(exchange, edit) == ("admins_only", "mentions")
    assert stored("group:lab", 1)["body"] == "hi"


def test_a_caption_may_go_and_a_text_may_not_be_empty(exchange: Exchange, lab: Lab) -> None:
    exchange.accept([send("ann", "user/bob", "image", files=[make_file(lab.ann)], body="cat"), say("ann", "user/bob")])
    assert try_one(exchange, send("ann", "user/bob", "edit", of=1, body="")) is None
    assert "body" not in stored("user:ann:bob", 1)
    assert try_one(exchange, send("ann", "user/bob", "edit", of=2, body="")) == ("malformed", "body")


EDITS: dict[str, tuple[Submission, Refusal]] = {
    "another's": (send("bob", "user/ann", "edit", of=1, body="x"), ("not_yours", "of")),
    "a table": (send("ann", "user/bob", "edit", of=2, body="x"), ("not_editable", "of")),
    "a poll": (send("ann", "user/bob", "edit", of=3, body="x"), ("not_editable", "of")),
    "a mark": (send("ann", "user/bob", "edit", of=4, body="x"), ("unknown_message", "of")),
    "of the future": (send("ann", "user/bob", "edit", of=9, body="x"), ("unknown_message", "of")),
    "of another conversation": (send("ann", "user/thermo", "edit", of=1, body="x"), ("unknown_message", "of")),
    "of a stranger's": (send("eve", "user/ann", "edit", of=1, body="x"), ("not_friends", None)),
    "one's own": (send("ann", "user/bob", "edit", of=1, body="x"), None),
}


@pytest.mark.parametrize("case", EDITS)
def test_who_may_edit_what(exchange: Exchange, case: str) -> None:
    exchange.accept(
        [
            say("ann", "user/bob"),
            send("ann", "user/bob", "data", data={"t": 1}),
            send("ann", "user/bob", "poll", body="?", options=["a", "b"]),
            send("bob", "user/ann", "reaction", of=1, emoji="x"),
        ]
    )
    submission, expected = EDITS[case]
    assert try_one(exchange, submission) == expected


@pytest.mark.parametrize(("later_ms", "expected"), [(60_000, None), (60_001, ("too_late", "of"))])
def test_there_is_a_time_to_edit(exchange: Exchange, clock: StoppedClock, later_ms: int, expected: Refusal) -> None:
    exchange.accept([say("ann", "user/bob")])
    clock.at_ms += later_ms
    assert try_one(exchange, send("ann", "user/bob", "edit", of=1, body="x")) == expected


def test_who_does_not_write_any_more_does_not_edit(exchange: Exchange, lab: Lab) -> None:
    exchange.accept([say("ann", "user/bob"), say("bob", "group/lab")])
    unfriend(lab.bob, "ann", at_ms=5)
    remove_member(lab.ann, lab.again(), "bob", at_ms=5)
    assert try_one(exchange, send("ann", "user/bob", "edit", of=1, body="x")) == ("not_friends", None)
    assert try_one(exchange, send("bob", "group/lab", "edit", of=1, body="x")) == ("not_member", None)


# --- reactions


def signs() -> list[tuple[int, str, str]]:
    return sorted((row.seq, row.account.name, row.emoji) for row in Reaction.select())


def test_signs_come_and_go(exchange: Exchange) -> None:
    exchange.accept([say("ann", "user/bob")])
    react = [("bob", "user/ann", "👍"), ("bob", "user/ann", "👍"), ("bob", "user/ann", "🎉"), ("ann", "user/bob", "👍")]
    exchange.accept([send(who, to, "reaction", of=1, emoji=emoji) for who, to, emoji in react])
    assert signs() == [(1, "ann", "👍"), (1, "bob", "🎉"), (1, "bob", "👍")]
    away = [("bob", "user/ann", "👍"), ("ann", "user/bob", "🎉")]
    exchange.accept([send(who, to, "reaction", of=1, emoji=emoji, remove=True) for who, to, emoji in away])
    assert signs() == [(1, "ann", "👍"), (1, "bob", "🎉")]


def test_a_sign_that_comes_goes_and_comes_in_one_batch_is_there(exchange: Exchange) -> None:
    steps = [{}, {"remove": True}, {}, {"remove": True}, {}]
    exchange.accept([say("ann", "user/bob")])
    exchange.accept([send("bob", "user/ann", "reaction", of=1, emoji="x", **step) for step in steps])
    assert signs() == [(1, "bob", "x")]
    exchange.accept([send("bob", "user/ann", "reaction", of=1, emoji="x", **step) for step in steps[1:4]])
    assert signs() == []


@pytest.mark.parametrize("at_once", [True, False])
def test_one_shows_twenty_signs_below_a_message(exchange: Exchange, at_once: bool) -> None:
    batch = [say("ann", "user/bob"), *(send("bob", "user/ann", "reaction", of=1, emoji=f"e{n}") for n in range(21))]
    decisions = exchange.accept(batch) if at_once else [accept_one(exchange, one) for one in batch]
    assert [refusal(decision) for decision in decisions] == [None] * 21 + [("too_many", "of")]
    assert try_one(exchange, send("bob", "user/ann", "reaction", of=1, emoji="e0")) is None
    assert try_one(exchange, send("bob", "user/ann", "reaction", of=1, emoji="e0", remove=True)) is None
    assert try_one(exchange, send("bob", "user/ann", "reaction", of=1, emoji="e20")) is None


def test_readers_of_a_channel_show_signs_and_do_not_write(exchange: Exchange, lab: Lab) -> None:
    exchange.accept([say("ann", "group/lab")])
    set_group(exchange, lab, writers="admins")
    assert try_one(exchange, send("bob", "group/lab", "reaction", of=1, emoji="x")) is None
    assert try_one(exchange, say("bob", "group/lab", reply=1)) == ("announcements_only", None)


def test_readers_of_a_channel_do_not_see_who_shows_signs(exchange: Exchange, lab: Lab) -> None:
    exchange.accept([say("ann", "group/lab")])
    set_group(exchange, lab, writers="admins", kind="channel")
    by_reader, by_admin = exchange.accept(
        [send(who, "group/lab", "reaction", of=1, emoji="x") for who in ("bob", "dan")]
    )
    assert (stamp(by_reader)["from"], "emoji" in stamp(by_reader)) == ("ann", False)
    assert (stamp(by_admin)["from"], stamp(by_admin)["emoji"]) == ("dan", "x")
    assert signs() == [(1, "bob", "x"), (1, "dan", "x")]


def test_who_is_muted_shows_no_signs(exchange: Exchange, lab: Lab) -> None:
    exchange.accept([say("ann", "group/lab")])
    Membership.update(muted_until_ms=20_000).where(Membership.account == lab.bob).execute()
    set_group(exchange, lab)
    assert try_one(exchange, send("bob", "group/lab", "reaction", of=1, emoji="x")) == ("muted", None)


def set_group(exchange: Exchange, lab: Lab, **columns: object) -> None:
    """Change it behind the actions' back."""
    ChatGroup.update(version=ChatGroup.version + 1, **columns).where(ChatGroup.id == lab.group.id).execute()
    exchange._known.forget()


def test_nobody_marks_what_they_do_not_see(exchange: Exchange, lab: Lab) -> None:
    exchange.accept([say("ann", "group/lab"), say("ann", "group/lab")])
    Membership.update(since_seq=1).where(Membership.account == lab.bob).execute()
    HiddenMessage.create(account=lab.dan, conversation=lab.group.conversation_id, seq=1)
    for who, seq, expected in (("bob", 1, "unknown_message"), ("dan", 1, "unknown_message"), ("bob", 2, None)):
        assert (try_one(exchange, send(who, "group/lab", "reaction", of=seq, emoji="x")) or [None])[0] == expected
    assert try_one(exchange, send("eve", "group/lab", "reaction", of=1, emoji="x")) == ("not_member", None)


# --- pins


def pins() -> list[tuple[int, str]]:
    return sorted((row.seq, row.account.name) for row in Pin.select())


def test_each_of_two_pins(exchange: Exchange) -> None:
    exchange.accept([say("ann", "user/bob"), say("bob", "user/ann"), send("ann", "user/bob", "pin", of=2)])
    exchange.accept([send("bob", "user/ann", "pin", of=1), send("bob", "user/ann", "pin", of=2)])
    assert pins() == [(1, "bob"), (2, "ann")]
    exchange.accept([send("ann", "user/bob", "pin", of=1, remove=True)])
    assert pins() == [(2, "ann")]


@pytest.mark.parametrize(("who", "expected"), [("ann", None), ("dan", None), ("bob", ("admins_only", "of"))])
def test_in_a_group_who_manages_it_pins(exchange: Exchange, who: str, expected: Refusal) -> None:
    exchange.accept([say("bob", "group/lab")])
    assert try_one(exchange, send(who, "group/lab", "pin", of=1)) == expected
    assert try_one(exchange, send(who, "group/lab", "pin", of=1, remove=True)) == expected


def test_fifty_are_pinned(exchange: Exchange) -> None:
    exchange.accept([say("ann", "user/bob") for _ in range(51)])
    decisions = exchange.accept([send("bob", "user/ann", "pin", of=seq) for seq in range(1, 51)])
    assert {refusal(decision) for decision in decisions} == {None}
    more = exchange.accept([send("ann", "user/bob", "pin", of=seq) for seq in (51, 50)])
    assert [refusal(decision) for decision in more] == [("too_many", "of"), None]
    assert "The limit of 50 is reached" in json.loads(more[0].deliveries[0].payload)["message"]
    instead = [send("ann", "user/bob", "pin", of=1, remove=True), send("ann", "user/bob", "pin", of=51)]
    assert [refusal(decision) for decision in exchange.accept(instead)] == [None, None]


# --- repeats, costs


@pytest.mark.parametrize("trusting", [True, False])
def test_a_repeat_of_a_mark_is_answered_with_its_first_stamp(exchange: Exchange, trusting: bool) -> None:
    exchange.accept([say("ann", "user/bob")])
    marks = [
        send("ann", "user/bob", "reaction", of=1, emoji="x"),
        send("ann", "user/bob", "edit", of=1, body="x"),
        send("ann", "user/bob", "recall", of=1),
    ]
    first = exchange.accept(marks)
    if trusting:
        trust(exchange)
    again = exchange.accept(marks)
    assert [(stamp(one)["seq"], one.repeat) for one in again] == [(2, True), (3, True), (4, True)]
    assert [stamp(one)["seq"] for one in first] == [2, 3, 4]
    assert StoredMessage.select().count() == 4


def test_a_mark_twice_in_one_batch_is_one(exchange: Exchange) -> None:
    exchange.accept([say("ann", "user/bob")])
    recall = send("ann", "user/bob", "recall", of=1)
    first, again = exchange.accept([recall, recall])
    assert (stamp(first), again.repeat) == (stamp(again), True)


def test_many_marks_ask_as_often_as_few(exchange: Exchange, database: Database) -> None:
    exchange.accept([say("ann", "user/bob") for _ in range(30)])

    def count(seqs: range) -> int:
        batch = [send("bob", "user/ann", "reaction", of=seq, emoji="x") for seq in seqs]
        batch += [send("bob", "user/ann", "pin", of=seq) for seq in seqs]
        batch += [send("ann", "user/bob", "edit", of=seq, body="x") for seq in seqs]
        batch += [say("ann", "user/bob", reply=seq) for seq in seqs]
        with recorded(database) as statements:
            exchange.accept(batch)
        return len(statements)

    count(range(1, 2))  # from then on the people are known
    few = count(range(2, 4))
    assert count(range(4, 12)) == few
