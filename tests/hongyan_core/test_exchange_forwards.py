"""What is forwarded, and that it is only what its sender sees: on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from peewee import Database

from hongyan_core.actions.groups import add_member, remove_member
from hongyan_core.exchange import Exchange
from hongyan_core.store.models import Attachment, Conversation, HiddenMessage
from tests.support.exchanging import accept_one, running_exchange, stamp
from tests.support.lab import Lab, make_lab
from tests.support.talking import make_file, say, send, try_one

UNKNOWN = ("unknown_message", "seqs")


@pytest.fixture
def lab(database: Database) -> Lab:
    return make_lab()


@pytest.fixture
def exchange(lab: Lab) -> Iterator[Exchange]:
    with running_exchange() as opened:
        yield opened


def test_messages_are_forwarded_as_they_are_now(exchange: Exchange, lab: Lab) -> None:
    picture = make_file(lab.bob, "cat.png")
    exchange.accept(
        [
            say("bob", "group/lab", "one", mentions=["ann"], ext={"x": 1}),
            send("bob", "group/lab", "image", files=[picture], body="cat", reply=1, disappear_s=60),
            send("bob", "group/lab", "edit", of=1, body="two"),
        ]
    )
    forward = send("ann", "user/bob", "forward", source="group/lab", seqs=[2, 1], body="look")
    stamped = stamp(accept_one(exchange, forward))
    file = {"id": picture, "name": "cat.png", "type": "image/png", "size": 7, "thumb": False}
    assert stamped["items"] == [
        {"kind": "image", "files": [file], "body": "cat", "from": "bob", "at": 1_000},
        {"kind": "text", "body": "two", "from": "bob", "at": 1_000},
    ]
    assert (stamped["body"], stamped["source"], stamped["seqs"]) == ("look", "group/lab", [2, 1])
    talk = Conversation.get(Conversation.key == "user:ann:bob")
    held = Attachment.select().where(Attachment.conversation == talk)
    assert [(row.seq, row.file_id, row.kind) for row in held] == [(1, picture, "forward")]


def test_what_was_forwarded_is_forwarded_again_with_its_files(exchange: Exchange, lab: Lab) -> None:
    picture = make_file(lab.ann)
    exchange.accept(
        [
            send("ann", "user/bob", "image", files=[picture]),
            send("bob", "user/bob", "forward", source="user/ann", seqs=[1]),
        ]
    )
    stamped = stamp(accept_one(exchange, send("bob", "group/lab", "forward", source="user/bob", seqs=[1])))
    (item,) = stamped["items"]
    assert {name: item[name] for name in ("kind", "from")} == {"kind": "forward", "from": "bob"}
    assert [one["files"][0]["id"] for one in item["items"]] == [picture]
    assert {"source", "seqs", "id", "seq"} & item.keys() == set()
    assert [row.file_id for row in Attachment.select()] == [picture] * 3


def test_forwards_inside_forwards_have_an_end(exchange: Exchange) -> None:
    exchange.accept([say("ann", "user/ann")])
    codes = [
        try_one(exchange, send("ann", "user/ann", "forward", source="user/ann", seqs=[seq])) for seq in range(1, 10)
    ]
    assert codes == [None] * 8 + [("too_large", "seqs")]


def test_long_messages_are_not_all_forwarded_at_once(exchange: Exchange) -> None:
    exchange.accept([say("ann", "user/ann", "x" * 60_000) for _ in range(4)])
    assert try_one(exchange, send("ann", "user/bob", "forward", source="user/ann", seqs=[1, 2, 3])) is None
    assert try_one(exchange, send("ann", "user/bob", "forward", source="user/ann", seqs=[1, 2, 3, 4])) == (
        "too_large",
        "seqs",
    )


def test_what_cannot_be_forwarded(exchange: Exchange, lab: Lab) -> None:
    exchange.accept(
        [
            say("ann", "user/bob", "1"),
            say("ann", "user/bob", "2"),
            send("ann", "user/bob", "recall", of=2),
            say("ann", "user/bob", "4"),
        ]
    )
    talk = Conversation.get(Conversation.key == "user:ann:bob")
    HiddenMessage.create(account=lab.bob, conversation=talk, seq=4)

    def forward(who: str, source: str, *seqs: int) -> object:
        return try_one(exchange, send(who, "group/lab", "forward", source=source, seqs=list(seqs)))

    assert [forward("bob", "user/ann", seq) for seq in (1, 2, 3, 4, 9)] == [None, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN]
    assert forward("ann", "user/bob", 1, 4) is None
    assert forward("ann", "user/bob", 1, 2) == UNKNOWN
    assert [forward("thermo", source, 1) for source in ("user/ann", "user/bob", "group/none")] == [UNKNOWN] * 3


def test_of_a_group_one_forwards_what_one_has_seen(exchange: Exchange, lab: Lab) -> None:
    def seqs_of(*bodies: str) -> list[int]:
        return [stamp(one)["seq"] for one in exchange.accept([say("ann", "group/lab", body) for body in bodies])]

    (first,) = seqs_of("1")
    remove_member(lab.ann, lab.again(), "bob", at_ms=5)
    (missed,) = seqs_of("2")
    add_member(lab.ann, lab.again(), "bob", at_ms=6)
    (back,) = seqs_of("3")
    remove_member(lab.ann, lab.again(), "bob", at_ms=7)
    (later,) = seqs_of("4")
    tries = [send("bob", "user/ann", "forward", source="group/lab", seqs=[seq]) for seq in (first, missed, back, later)]
    assert [try_one(exchange, one) for one in tries] == [None, UNKNOWN, None, UNKNOWN]
    assert try_one(exchange, send("eve", "user/eve", "forward", source="group/lab", seqs=[first])) == UNKNOWN


def test_what_retention_has_removed_is_not_forwarded(exchange: Exchange) -> None:
    exchange.accept([say("ann", "user/bob", "1"), say("ann", "user/bob", "2")])
    Conversation.update(first_seq=2).execute()
    assert try_one(exchange, send("ann", "user/ann", "forward", source="user/bob", seqs=[1])) == UNKNOWN
    assert try_one(exchange, send("ann", "user/ann", "forward", source="user/bob", seqs=[2])) is None


def test_a_message_is_forwarded_in_the_batch_that_brings_it(exchange: Exchange) -> None:
    batch = [
        say("ann", "group/lab", "hi"),
        send("bob", "user/ann", "forward", source="group/lab", seqs=[1]),
        send("ann", "group/lab", "recall", of=1),
        send("bob", "user/ann", "forward", source="group/lab", seqs=[1], id="late"),
    ]
    *taken, late = exchange.accept(batch)
    assert stamp(taken[1])["items"] == [{"kind": "text", "body": "hi", "from": "ann", "at": 1_000}]
    assert late.code == "unknown_message"


def test_two_who_never_talked_have_nothing_to_forward(exchange: Exchange) -> None:
    assert try_one(exchange, send("ann", "user/bob", "forward", source="user/dan", seqs=[1])) == UNKNOWN
    assert try_one(exchange, send("ann", "user/bob", "forward", source="user/bob", seqs=[2**63 - 1])) == UNKNOWN
