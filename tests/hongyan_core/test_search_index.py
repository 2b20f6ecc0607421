"""Where the blocks are kept; on both databases."""

from __future__ import annotations

import shutil
import sqlite3
import stat

import pytest

from hongyan_core.search.blocks import Block, Entry
from hongyan_core.search.index import index_path, open_index
from hongyan_core.store.database import open_database

EVER = {"before": 10**9, "since_ms": 0, "until_ms": 10**9, "limit": 99}


@pytest.fixture
def index(database):
    opened = open_index()
    yield opened
    opened.close()


def make_block(conversation_id, first_seq, *lines, position=1):
    block = Block(conversation_id, first_seq)
    for place, line in enumerate(lines):
        seq = first_seq + place
        block.add(Entry(seq, position + place, 100 * (position + place), 7, "text"), line)
    return block


def save(index, *blocks):
    with index.transaction():
        index.save_blocks(blocks)


def test_blocks_are_loaded_by_what_they_hold(index):
    one, two = make_block(1, 1, " a ", " b "), make_block(1, 5, " c ", position=9)
    save(index, one, two, make_block(2, 1, " d ", position=20))
    assert index.load_blocks([(1, 1), (1, 2)]) == [one]
    assert index.load_blocks([(1, 4)]) == [one]
    assert index.load_blocks([(1, 77)]) == [two]
    assert index.load_blocks([(3, 1)]) == []
    assert index.load_blocks([]) == []


def test_a_saved_block_takes_the_place_of_the_one_before_and_an_empty_one_goes(index):
    block = make_block(1, 1, " a ")
    save(index, block)
    block.add(Entry(2, 2, 200, 7, "text"), " b ")
    save(index, block)
    assert index.load_blocks([(1, 1)]) == [block]
    save(index, Block(1, 1))
    assert index.load_blocks([(1, 1)]) == []


def outline(index, ranges, **changes):
    found = index.read_outline(ranges, **{**EVER, **changes})
    return [position for _, position in found]


def test_the_outline_names_the_newest_first_of_what_is_asked_for(index):
    save(
        index, make_block(1, 1, " a ", " b "), make_block(1, 3, " c ", position=5), make_block(2, 1, " d ", position=4)
    )
    assert outline(index, [(1, 1, 9), (2, 1, 9)]) == [5, 4, 2]
    assert outline(index, [(1, 1, 9), (2, 1, 9)], limit=2) == [5, 4]
    assert outline(index, [(1, 3, 9)]) == [5]
    assert outline(index, [(1, 1, 2)]) == [2]
    assert outline(index, [(1, 1, 9)], before=5) == [2]
    assert outline(index, [(1, 1, 9)], before=2) == [2]
    assert outline(index, [(1, 1, 9)], before=1) == []
    assert outline(index, [(1, 1, 9)], since_ms=201) == [5]
    assert outline(index, [(1, 1, 9)], until_ms=499) == [2]
    assert outline(index, [(3, 1, 9)]) == []
    assert outline(index, []) == []


def test_matching_blocks_hold_every_needle_somewhere(index):
    save(index, make_block(1, 1, " hello ", " 你好 "), make_block(2, 1, " hello ", position=9))
    ids = [block for block, _ in index.read_outline([(1, 1, 9), (2, 1, 9)], **EVER)]
    assert {row[0] for row in index.read_matching(ids, [" hel"])} == {1, 2}
    assert [row[0] for row in index.read_matching(ids, [" hel", "好"])] == [1]
    assert {row[0] for row in index.read_matching(ids, [])} == {1, 2}
    assert index.read_matching([], ["好"]) == []


def test_the_state_is_kept_and_forgotten_with_the_blocks(index):
    with index.transaction():
        index.write_state(position=(5, "m5"), erasure=(1, ""))
        index.write_state(position=(6, "m6"))
    save(index, make_block(1, 1, " a "))
    assert index.read_state() == {"position": (6, "m6"), "erasure": (1, "")}
    index.clear()
    assert index.read_state() == {}
    assert index.load_blocks([(1, 1)]) == []


def test_a_transaction_that_fails_leaves_nothing(index):
    with pytest.raises(KeyError), index.transaction():
        index.save_blocks([make_block(1, 1, " a ")])
        raise KeyError
    assert index.load_blocks([(1, 1)]) == []


def test_only_its_owner_reads_the_file(tmp_path, sqlite_database):
    open_index().close()
    assert index_path() == tmp_path / "hongyan.search.sqlite3"
    assert stat.S_IMODE(index_path().stat().st_mode) == 0o600


def test_a_file_of_another_format_is_made_anew(sqlite_database):
    index = open_index()
    save(index, make_block(1, 1, " a "))
    index.close()
    connection = sqlite3.connect(index_path())
    connection.execute("PRAGMA user_version = 0")
    connection.close()
    index = open_index()
    assert index.load_blocks([(1, 1)]) == []
    index.close()


def test_what_was_removed_is_in_no_file_any_more(tmp_path, sqlite_database):
    index = open_index()
    block = make_block(1, 1, " mirabilis ", " left ")
    save(index, block)
    assert any(b"mirabilis" in path.read_bytes() for path in tmp_path.iterdir())
    block.change(1, None)
    save(index, block)
    assert index.shred()
    assert not any(b"mirabilis" in path.read_bytes() for path in tmp_path.iterdir())
    assert any(b"left" in path.read_bytes() for path in tmp_path.iterdir())
    index.close()


def test_while_somebody_reads_it_is_said_that_the_words_are_still_there(sqlite_database):
    index, reader = open_index(), sqlite3.connect(index_path(), isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT COUNT(*) FROM search_block").fetchall()
    index._connection.read("PRAGMA busy_timeout = 1")
    save(index, make_block(1, 1, " a "))
    assert not index.shred()
    reader.execute("ROLLBACK")
    reader.close()
    assert index.shred()
    index.close()


@pytest.fixture
def sqlite_database(sqlite_template, tmp_path):
    shutil.copyfile(sqlite_template, tmp_path / "hongyan.sqlite3")
    opened = open_database(f"sqlite:///{tmp_path / 'hongyan.sqlite3'}")
    yield opened
    opened.close()
