"""What content names, and what the exchange adds to it: on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from peewee import Database

from hongyan_core.actions.groups import add_member, remove_member
from hongyan_core.exchange import Exchange, Submission
from hongyan_core.store.database import raise_relations_version, write_transaction
from hongyan_core.store.models import (
    Attachment,
    Conversation,
    Fleeting,
    HiddenMessage,
    Mention,
    Sticker,
    StickerPack,
    StoredMessage,
    ThreadEntry,
)
from tests.support.cast import make_account, make_block, make_friends
from tests.support.exchanging import accept_one, running_exchange, stamp
from tests.support.lab import Lab, make_lab
from tests.support.talking import make_file, refusal, say, send, trust, try_one


@pytest.fixture
def lab(database: Database) -> Lab:
    return make_lab()


@pytest.fixture
def exchange(lab: Lab) -> Iterator[Exchange]:
    with running_exchange() as opened:
        yield opened


def own_fields(stamped: dict[str, Any]) -> dict[str, Any]:
    """All but the stamp."""
    return {name: value for name, value in stamped.items() if name not in ("id", "kind", "from", "to", "seq", "at")}


# --- kinds


def test_files_are_described_in_the_envelope_and_hang_on_the_message(exchange: Exchange, lab: Lab) -> None:
    picture = make_file(lab.ann, "cat.png", width=640, height=480, thumb_hash="1" * 64)
    plain = make_file(lab.ann, "dog.png")
    stamped = stamp(accept_one(exchange, send("ann", "user/bob", "image", files=[picture, plain], body="two")))
    cat = {"id": picture, "name": "cat.png", "type": "image/png", "size": 7, "width": 640, "height": 480}
    dog = {"id": plain, "name": "dog.png", "type": "image/png", "size": 7}
    assert own_fields(stamped) == {"body": "two", "files": [cat | {"thumb": True}, dog | {"thumb": False}]}
    rows = Attachment.select().order_by(Attachment.place)
    assert [(row.seq, row.place, row.file_id, row.kind) for row in rows] == [
        (1, 0, picture, "image"),
        (1, 1, plain, "image"),
    ]


def test_a_film_has_a_poster(exchange: Exchange, lab: Lab) -> None:
    film, poster = make_file(lab.ann, "f.mp4", "video/mp4"), make_file(lab.ann, "f.png")
    stamped = stamp(accept_one(exchange, send("ann", "user/bob", "video", files=[film], poster=poster)))
    assert (stamped["files"][0]["id"], stamped["poster"]["id"]) == (film, poster)
    assert [row.file_id for row in Attachment.select().order_by(Attachment.place)] == [film, poster]


def test_a_recording_keeps_its_wave(exchange: Exchange, lab: Lab) -> None:
    sound = make_file(lab.ann, "v.webm", "audio/webm")
    voice = send("ann", "user/bob", "voice", files=[sound], duration_ms=1_500, waveform=[0, 31])
    stamped = stamp(accept_one(exchange, voice))
    assert (stamped["files"][0]["type"], stamped["duration_ms"], stamped["waveform"]) == ("audio/webm", 1_500, [0, 31])


FILES: dict[str, Callable[[Lab], dict[str, Any]]] = {
    "nobody's": lambda lab: {"kind": "image", "files": ["A" * 22]},
    "another's": lambda lab: {"kind": "image", "files": [make_file(lab.bob)]},
    "one of two another's": lambda lab: {"kind": "file", "files": [make_file(lab.ann), make_file(lab.bob)]},
    "no picture": lambda lab: {"kind": "image", "files": [make_file(lab.ann, "a.txt", "text/plain")]},
    "no sound": lambda lab: {"kind": "voice", "files": [make_file(lab.ann)], "duration_ms": 1},
    "no film": lambda lab: {"kind": "video", "files": [make_file(lab.ann)]},
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_is_not_the_senders_to_send_so(exchange: Exchange, lab: Lab, case: str) -> None:
    assert try_one(exchange, send("ann", "user/bob", **FILES[case](lab))) == ("unknown_file", "files")
    assert StoredMessage.select().count() == Attachment.select().count() == 0


def test_a_poster_that_is_no_picture_is_refused(exchange: Exchange, lab: Lab) -> None:
    film = make_file(lab.ann, "f.mp4", "video/mp4")
    assert try_one(exchange, send("ann", "user/bob", "video", files=[film], poster=film)) == ("unknown_file", "poster")


def test_a_sticker_says_what_it_says_and_its_file(exchange: Exchange, lab: Lab) -> None:
    file_id = make_file(lab.bob, "wave.webp", "image/webp", width=128, height=128)
    pack = StickerPack.create(name="cats", title="Cats", account=lab.bob, created_at_ms=1)
    Sticker.create(pack=pack, name="wave", emoji="👋", file_id=file_id, place=0)
    stamped = stamp(accept_one(exchange, send("ann", "group/lab", "sticker", pack="cats", name="wave")))
    file = {"id": file_id, "name": "wave.webp", "type": "image/webp", "size": 7, "width": 128, "height": 128}
    assert own_fields(stamped) == {"pack": "cats", "name": "wave", "emoji": "👋", "file": file | {"thumb": False}}
    assert [(row.file_id, row.kind) for row in Attachment.select()] == [(file_id, "sticker")]
    assert try_one(exchange, send("ann", "group/lab", "sticker", pack="cats", name="jump")) == (
        "unknown_sticker",
        "name",
    )
    assert try_one(exchange, send("ann", "group/lab", "sticker", pack="dogs", name="wave")) == (
        "unknown_sticker",
        "name",
    )


@pytest.mark.parametrize(("who", "shown"), [("bob", "Bob"), ("ann", "Ann")], ids=["a friend", "oneself"])
def test_the_card_of_somebody(exchange: Exchange, who: str, shown: str) -> None:
    stamped = stamp(accept_one(exchange, send("ann", "group/lab", "contact", who=who)))
    assert own_fields(stamped) == {"who": who, "display_name": shown}


@pytest.mark.parametrize("who", ["eve", "nobody"], ids=["no friend", "nobody"])
def test_the_card_of_a_stranger_is_refused(exchange: Exchange, who: str) -> None:
    assert try_one(exchange, send("ann", "group/lab", "contact", who=who)) == ("unknown_account", "who")


def test_a_place_and_a_table_are_taken_as_they_are(exchange: Exchange) -> None:
    place = stamp(accept_one(exchange, send("ann", "user/bob", "location", lat=31.2, lon=121.5, name="The Bund")))
    assert own_fields(place) == {"lat": 31.2, "lon": 121.5, "name": "The Bund"}
    table = stamp(accept_one(exchange, send("ann", "user/bob", "data", data={"t": 21.5})))
    assert own_fields(table) == {"data": {"t": 21.5}}


# --- answers and threads


def test_an_answer_keeps_the_number_and_names_whom_it_answers(exchange: Exchange, lab: Lab) -> None:
    exchange.accept([say("bob", "group/lab"), say("ann", "group/lab", reply=1), say("bob", "group/lab", reply=1)])
    assert [(row.account_id, row.seq) for row in Mention.select()] == [(lab.bob.id, 2)]
    assert own_fields(stamp(accept_one(exchange, say("ann", "group/lab", "yes", reply=1)))) == {
        "body": "yes",
        "reply": 1,
    }


def test_a_thread_is_one_level_deep(exchange: Exchange) -> None:
    exchange.accept([say("ann", "group/lab"), say("bob", "group/lab", thread=1)])
    assert [(row.root_seq, row.seq) for row in ThreadEntry.select()] == [(1, 2)]
    assert try_one(exchange, say("ann", "group/lab", thread=2)) == ("unknown_message", "thread")
    assert try_one(exchange, say("ann", "group/lab", reply=2, thread=1)) is None


def test_two_people_have_no_threads(exchange: Exchange) -> None:
    exchange.accept([say("ann", "user/bob")])
    assert try_one(exchange, say("bob", "user/ann", thread=1)) == ("unknown_message", "thread")


@pytest.mark.parametrize("field", ["reply", "thread"])
@pytest.mark.parametrize("seq", [2, 3, 4, 5, 99], ids=["gone", "the recall", "a reaction", "hidden", "of the future"])
def test_what_cannot_be_answered(exchange: Exchange, lab: Lab, field: str, seq: int) -> None:
    exchange.accept(
        [
            say("bob", "group/lab"),
            say("bob", "group/lab", "no"),
            send("bob", "group/lab", "recall", of=2),
            send("bob", "group/lab", "reaction", of=1, emoji="👍"),
            say("bob", "group/lab"),
        ]
    )
    HiddenMessage.create(account=lab.ann, conversation=lab.group.conversation_id, seq=5)
    assert try_one(exchange, say("ann", "group/lab", **{field: seq})) == ("unknown_message", field)
    assert try_one(exchange, say("ann", "group/lab", **{field: 1})) is None


def test_what_was_said_in_ones_absence_cannot_be_answered(exchange: Exchange, lab: Lab) -> None:
    exchange.accept([say("ann", "group/lab", "1"), say("bob", "group/lab", "2")])
    remove_member(lab.ann, lab.again(), "bob", at_ms=5)
    exchange.accept([say("ann", "group/lab", "3")])
    add_member(lab.ann, lab.again(), "bob", at_ms=6)
    exchange.accept([say("ann", "group/lab", "4")])
    seqs = [row.seq for row in StoredMessage.select().where(StoredMessage.kind == "text").order_by(StoredMessage.seq)]
    assert [try_one(exchange, say("bob", "group/lab", reply=seq)) for seq in seqs] == [
        None, None, ("unknown_message", "reply"), None,
    ]  # fmt: skip


def test_a_message_of_another_conversation_is_not_answered(exchange: Exchange) -> None:
    exchange.accept([say("ann", "user/bob"), say("ann", "user/bob"), say("ann", "user/thermo")])
    assert try_one(exchange, say("thermo", "user/ann", reply=2)) == ("unknown_message", "reply")


# --- mentions


def test_members_are_named_and_nobody_else(exchange: Exchange, lab: Lab) -> None:
    stamped = stamp(accept_one(exchange, say("bob", "group/lab", mentions=["ann", "eve", "bob", "nobody"])))
    assert stamped["mentions"] == ["ann", "eve", "bob", "nobody"]
    assert [(row.account_id, row.seq) for row in Mention.select()] == [(lab.ann.id, 1)]


def test_the_other_of_two_is_named(exchange: Exchange, lab: Lab) -> None:
    exchange.accept([say("ann", "user/bob", mentions=["bob", "thermo", "all"])])
    assert [row.account_id for row in Mention.select()] == [lab.bob.id]


@pytest.mark.parametrize(("who", "expected"), [("ann", None), ("dan", None), ("bob", ("admins_only", "mentions"))])
def test_everybody_is_named_by_who_manages_the_group(
    exchange: Exchange, who: str, expected: tuple[str, str] | None
) -> None:
    assert try_one(exchange, say(who, "group/lab", mentions=["all"])) == expected
    assert [row.account_id for row in Mention.select()] == ([0] if expected is None else [])


# --- disappearing


def test_a_message_disappears_when_it_says_so_or_its_conversation(exchange: Exchange) -> None:
    exchange.accept([say("ann", "user/bob", disappear_s=60), say("ann", "user/bob")])
    with write_transaction():
        raise_relations_version()
        Conversation.update(disappear_s=3_600).execute()
    told = exchange.accept(
        [say("ann", "user/bob"), say("ann", "user/bob", disappear_s=5), send("bob", "user/ann", "pin", of=1)]
    )
    assert [stamp(decision).get("disappear_s") for decision in told] == [3_600, 5, None]
    rows = Fleeting.select().order_by(Fleeting.seq)
    assert [(row.seq, row.seconds, row.due_ms) for row in rows] == [(1, 60, None), (3, 3_600, None), (4, 5, None)]


# --- rules, repeats, batches


def test_the_rules_come_first(exchange: Exchange, lab: Lab) -> None:
    make_friends(lab.bob, lab.thermo)
    make_block(lab.bob, lab.thermo)
    make_account("fred")
    assert try_one(exchange, send("eve", "user/ann", "image", files=["A" * 22])) == ("not_friends", None)
    assert try_one(exchange, send("thermo", "user/bob", "image", files=["A" * 22])) == ("blocked", None)
    assert try_one(exchange, say("eve", "group/lab", reply=1)) == ("not_member", None)


@pytest.mark.parametrize("trusting", [True, False])
def test_a_repeat_is_answered_with_the_first_stamp_though_its_subject_is_gone(
    exchange: Exchange, trusting: bool
) -> None:
    exchange.accept([say("ann", "group/lab")])
    first = accept_one(exchange, say("bob", "group/lab", id="r1", reply=1))
    exchange.accept([send("ann", "group/lab", "recall", of=1)])
    if trusting:
        trust(exchange)
    again = accept_one(exchange, say("bob", "group/lab", id="r1", reply=1))
    assert (stamp(again), again.repeat) == (stamp(first), True)


def test_what_a_message_names_may_come_before_it_in_its_batch(exchange: Exchange) -> None:
    batch = [say("ann", "group/lab"), say("bob", "group/lab", reply=1), say("ann", "group/lab", reply=2, thread=1)]
    assert [refusal(decision) for decision in exchange.accept(batch)] == [None, None, None]
    late = [say("ann", "group/lab", reply=5), say("ann", "group/lab")]
    assert [refusal(decision) for decision in exchange.accept(late)] == [("unknown_message", "reply"), None]


def test_a_poisonous_neighbour_harms_no_special_message(exchange: Exchange) -> None:
    poison = Submission("ann", "im/ann/send/group/lab", b"x", "\ud800")
    batch = [
        say("ann", "group/lab"),
        say("bob", "group/lab", reply=1, mentions=["ann"]),
        poison,
        say("bob", "group/lab", reply=2),
    ]
    trust(exchange)
    assert [refusal(decision) for decision in exchange.accept(batch)] == [None, None, ("malformed", None), None]
    assert Mention.select().count() == 1
