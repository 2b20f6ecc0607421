"""The words of what was erased are in no file of the database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import peewee
import pytest

from hongyan_core.exchange import Exchange
from hongyan_core.search.follow import follow_log
from hongyan_core.search.index import Index, open_index
from hongyan_core.store import scrubbing
from hongyan_core.store.database import empty_log, open_database, write_transaction
from hongyan_core.store.erasing import erase_messages
from hongyan_core.store.models import Conversation, Erasure, MessageVersion, StoredMessage, proxy
from hongyan_core.store.scrubbing import Scrubber
from tests.support.cast import make_account, make_friends
from tests.support.exchanging import running_exchange, text
from tests.support.leftovers import files_with
from tests.support.recorded import recorded
from tests.support.saying import begin_talk, say
from tests.support.saying import erase as erase_message

WORD = "Quetzalcoatlus"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Of a SQLite database of ann and her friend bob."""
    database = open_database(f"sqlite:///{tmp_path / 'hongyan.sqlite3'}")
    make_friends(make_account("ann"), make_account("bob"))
    yield tmp_path
    database.close()


@pytest.fixture
def exchange(folder: Path) -> Iterator[Exchange]:
    with running_exchange() as opened:
        yield opened


def say_much(exchange: Exchange, *, around: str) -> None:
    """The message 51 of a hundred says `around`; they fill several pages."""
    bodies = [f"{n} {'.' * (n * 7 % 900)}" for n in range(100)]
    bodies[50] = around
    exchange.accept([text("ann", "user/bob", body, f"m{n}") for n, body in enumerate(bodies)])


def edit(body: str) -> None:
    """As the exchange does it: the words of before become a version."""
    row = StoredMessage.get(StoredMessage.seq == 51)
    MessageVersion.create(conversation=row.conversation, seq=51, version=1, at_ms=1, payload=row.payload)
    row.payload = json.dumps({**json.loads(row.payload), "body": body, "edited": 2})
    row.save()


def erase() -> None:
    with write_transaction():
        erase_messages(Conversation.get().id, [51], by="ann")


@pytest.mark.parametrize("length", [20, 400, 4_000, 40_000], ids=lambda length: f"{length} characters")
def test_no_file_holds_the_words_of_a_message_that_was_edited_and_taken_back(
    folder: Path, exchange: Exchange, length: int
) -> None:
    say_much(exchange, around=f"{WORD} {'x' * length} {WORD}")
    edit(f"{WORD}, {'y' * 300} again")
    assert files_with(folder, WORD) == ["hongyan.sqlite3-wal"]
    erase()
    Scrubber().scrub(at_ms=0)
    assert files_with(folder, WORD) == []
    assert StoredMessage.get(StoredMessage.seq == 50).payload != ""


def test_words_that_have_reached_the_file_of_the_database_go_from_there(folder: Path, exchange: Exchange) -> None:
    say_much(exchange, around=f"{'x' * 40_000} {WORD}")
    assert empty_log()
    assert files_with(folder, WORD) == ["hongyan.sqlite3"]
    erase()
    Scrubber().scrub(at_ms=0)
    assert files_with(folder, WORD) == []


def test_who_reads_just_then_is_not_waited_for_and_the_next_time_does_it(folder: Path, exchange: Exchange) -> None:
    say_much(exchange, around=WORD)
    reader = peewee.SqliteDatabase(str(folder / "hongyan.sqlite3"))
    reader.execute_sql("BEGIN")
    reader.execute_sql("SELECT payload FROM stored_message").fetchone()
    erase()
    scrubber = Scrubber()
    assert scrubber.scrub(at_ms=0) is False
    assert files_with(folder, WORD) != []
    reader.rollback()
    reader.close()
    assert scrubber.scrub(at_ms=5_000) is False
    assert files_with(folder, WORD) == []


def test_nothing_is_done_where_nothing_was_erased_since(database: peewee.Database, index: Index) -> None:
    scrubber = Scrubber()
    follow(index, erasure=Erasure.create(position=1).id)
    scrubber.scrub(at_ms=0)
    with recorded(database) as statements:
        scrubber.scrub(at_ms=3_600_000)
    assert len(statements) == 1


def follow(index: Index, *, erasure: int, to_shred: int = 0) -> None:
    """As the chore of the index leaves it."""
    with index.transaction():
        index.write_state(erasure=(erasure, ""), to_shred=(to_shred, ""))


@pytest.fixture
def index(database: peewee.Database) -> Iterator[Index]:
    with closing(open_index()) as opened:
        yield opened


def left() -> list[int]:
    """The positions that somebody has yet to look at."""
    return [row.position for row in Erasure.select().order_by(Erasure.id)]


def erase_at(*positions: int) -> list[int]:
    return [Erasure.create(position=position).id for position in positions]


def test_what_both_have_done_is_forgotten_and_nothing_else(index: Index) -> None:
    scrubber, (first, second, third) = Scrubber(), erase_at(7, 8, 9)
    scrubber.scrub(at_ms=0)
    assert left() == [7, 8, 9]  # the index has seen none
    follow(index, erasure=second, to_shred=1)
    scrubber.scrub(at_ms=600_000)
    assert left() == [7, 8, 9]  # its file may still hold them
    follow(index, erasure=second)
    scrubber.scrub(at_ms=1_200_000)
    assert left() == [9]
    follow(index, erasure=third + 5)  # never so, but then nobody looks behind the end
    erase_at(10)
    scrubber.scrub(at_ms=1_200_001)
    assert left() == [9, 10]  # the scrubber has not been there
    scrubber.scrub(at_ms=1_800_000)
    assert (left(), first < second < third) == ([], True)


def test_much_is_forgotten_in_steps_that_hold_nobody_up(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scrubbing, "_STEP", 2)
    scrubber, ids = Scrubber(), erase_at(1, 2, 3)
    follow(index, erasure=ids[-1])
    assert [scrubber.scrub(at_ms=0), left(), scrubber.scrub(at_ms=0), left()] == [True, [3], False, []]


def test_who_begins_anew_reads_tombstones_and_needs_no_note_of_them(database: peewee.Database, index: Index) -> None:
    ann = make_account("ann")
    talk = begin_talk(ann, make_account("bob"))
    say(talk, ann, WORD)
    follow_log()
    erase_message(talk, 1)
    follow_log()
    Scrubber().scrub(at_ms=0)
    assert left() == []
    index.clear()
    follow_log()
    assert [line for block in index.load_blocks([(talk.id, 1)]) for line in block.lines] == []


def test_soon_after_a_scrub_the_next_one_waits(database: peewee.Database) -> None:
    scrubber = Scrubber()
    Erasure.create(position=1)
    scrubber.scrub(at_ms=0)
    Erasure.create(position=2)
    with recorded(database) as early:
        scrubber.scrub(at_ms=9_999)
    with recorded(database) as late:
        scrubber.scrub(at_ms=600_000)
    scrubs = ("VACUUM", "PRAGMA wal_checkpoint")
    assert [any(sql.startswith(scrubs) for sql in run) for run in (early, late)] == [False, True]


def test_on_postgres_dead_rows_are_taken_out_of_the_tables(postgres_url: str, tmp_path: Path) -> None:
    database = open_database(postgres_url)
    try:
        Erasure.create(position=1)
        with recorded(database) as statements:
            Scrubber().scrub(at_ms=0)
        assert {"VACUUM stored_message", "VACUUM message_version", "VACUUM search_block"} <= set(statements)
        assert proxy.obj.execute_sql("SELECT 1").fetchone() == (1,)
    finally:
        Erasure.delete().execute()
        database.close()
