"""What is left of a message that is gone, and what is not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import peewee
import pytest

from hongyan_core.store.database import write_transaction
from hongyan_core.store.erasing import erase_messages
from hongyan_core.store.models import (
    Account,
    Attachment,
    Conversation,
    Erasure,
    Fleeting,
    Mention,
    MessageVersion,
    Pin,
    Reaction,
    StoredMessage,
    ThreadEntry,
    Vote,
)
from tests.support.cast import make_account
from tests.support.recorded import recorded


@dataclass
class Log:
    """The conversation of ann and bob, written as the exchange does."""

    ann: Account
    bob: Account
    talk: Conversation

    def write(self, kind: str, seq: int, **fields: Any) -> int:
        """A stored entry of ann's; returns its position."""
        position = (StoredMessage.select().count()) + 1
        envelope = {"id": f"m{position}", "kind": kind, **fields, "from": "ann", "to": "user/bob", "seq": seq, "at": 5}
        StoredMessage.create(
            position=position,
            conversation=self.talk,
            seq=seq,
            sender=self.ann,
            message_id=f"m{position}",
            kind=kind,
            at_ms=5,
            payload=json.dumps(envelope, separators=(",", ":")),
            ordinal=seq,
        )
        return position

    def erase(self, *seqs: int, by: str | None = None) -> None:
        with write_transaction():
            erase_messages(self.talk.id, seqs, by=by)

    def payloads(self) -> list[dict[str, Any]]:
        rows = StoredMessage.select().where(StoredMessage.conversation == self.talk).order_by(StoredMessage.seq)
        return [json.loads(row.payload) for row in rows]


@pytest.fixture
def log(database: peewee.Database) -> Log:
    ann, bob = make_account("ann"), make_account("bob")
    return Log(ann, bob, Conversation.create(key="user:ann:bob", kind="user", low=ann, high=bob, last_seq=9))


def test_a_tombstone_keeps_who_when_and_which_and_nothing_else(log: Log) -> None:
    log.write("text", 1, body="rare", ext={"a": 1})
    log.write("text", 2, body="stays")
    log.erase(1, by="bob")
    gone, stays = log.payloads()
    assert gone == {"id": "m1", "kind": "gone", "from": "ann", "to": "user/bob", "seq": 1, "at": 5, "by": "bob"}
    assert stays["body"] == "stays"
    row = StoredMessage.get_by_id(1)
    assert (row.kind, row.message_id, row.sender_id, row.seq, row.at_ms, row.ordinal) == ("gone", "m1", 1, 1, 5, 1)


def test_one_whose_time_was_over_was_taken_back_by_nobody(log: Log) -> None:
    log.write("text", 1, body="rare")
    log.erase(1)
    assert log.payloads() == [{"id": "m1", "kind": "gone", "from": "ann", "to": "user/bob", "seq": 1, "at": 5}]


def test_the_first_tombstone_stays(log: Log) -> None:
    log.write("text", 1, body="rare")
    log.erase(1, by="bob")
    log.erase(1)
    assert log.payloads()[0]["by"] == "bob"
    assert Erasure.select().count() == 1


def test_the_words_of_all_its_edits_go_too(log: Log) -> None:
    for seq in (1, 2):
        log.write("text", seq, body="last", edited=7)
    for seq, of in ((3, 1), (4, 2), (6, 1)):
        log.write("edit", seq, of=of, body="rare", format="markdown", mentions=["bob"])
    log.write("text", 5, body="between", of=1)
    for seq, version in ((1, 1), (2, 1), (1, 2)):
        MessageVersion.create(conversation=log.talk, seq=seq, version=version, at_ms=5, payload="rare")
    log.erase(1)
    payloads = {one["seq"]: one for one in log.payloads()}
    stripped = {"kind": "edit", "of": 1, "from": "ann", "to": "user/bob", "at": 5}
    assert payloads[3] == {"id": "m3", "seq": 3, **stripped}
    assert payloads[6] == {"id": "m5", "seq": 6, **stripped}
    assert (payloads[4]["body"], payloads[5]["body"]) == ("rare", "between")
    assert [(one.seq, one.version) for one in MessageVersion.select()] == [(2, 1)]
    assert sorted(one.position for one in Erasure.select()) == [1, 3, 5]


def test_an_edit_that_goes_with_its_message_is_a_tombstone(log: Log) -> None:
    log.write("text", 1, body="last", edited=7)
    log.write("edit", 2, of=1, body="last")
    MessageVersion.create(conversation=log.talk, seq=1, version=1, at_ms=5, payload="rare")
    log.erase(1, 2)
    assert [one["kind"] for one in log.payloads()] == ["gone", "gone"]
    assert sorted(one.position for one in Erasure.select()) == [1, 2]


def test_what_hangs_on_it_goes_and_what_stands_in_its_thread_stays(log: Log) -> None:
    for seq in (1, 2):
        log.write("poll", seq, body="?")
        at = {"conversation": log.talk, "seq": seq}
        Reaction.create(**at, account=log.bob, emoji="+", at_ms=5)
        Vote.create(**at, account=log.bob, choice=0, at_ms=5)
        Pin.create(**at, account=log.bob, at_ms=5)
        Mention.create(**at, account_id=0)
        Attachment.create(**at, place=0, file_id="f" * 22, kind="image")
        Fleeting.create(**at, seconds=5)
        ThreadEntry.create(conversation=log.talk, root_seq=seq, seq=9)
    log.erase(1)
    hanging = (Reaction, Vote, Pin, Mention, Attachment, Fleeting)
    assert {table.__name__: [one.seq for one in table.select()] for table in hanging} == {
        "Reaction": [2],
        "Vote": [2],
        "Pin": [2],
        "Mention": [2],
        "Attachment": [2],
        "Fleeting": [2],
    }
    assert ThreadEntry.select().count() == 2


def test_the_same_seqs_elsewhere_stay(log: Log) -> None:
    log.write("text", 1, body="rare")
    other = Log(log.ann, log.bob, Conversation.create(key="user:ann:ann", kind="user", low=log.ann, high=log.ann))
    other.write("text", 1, body="mine")
    Pin.create(conversation=other.talk, seq=1, account=log.ann, at_ms=5)
    log.erase(1, 7)
    assert other.payloads()[0]["body"] == "mine"
    assert Pin.select().count() == 1


def test_nothing_is_erased_by_naming_nothing(log: Log) -> None:
    log.write("text", 1, body="stays")
    log.erase()
    assert (log.payloads()[0]["body"], Erasure.select().count()) == ("stays", 0)


def test_many_cost_no_more_queries_than_one(database: peewee.Database, log: Log) -> None:
    for seq in range(1, 201):
        log.write("text", seq, body="rare")
    with recorded(database) as one:
        log.erase(1)
    with recorded(database) as many:
        log.erase(*range(2, 34))
    assert len(many) == len(one)
