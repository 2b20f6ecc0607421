from __future__ import annotations

import pytest

from hongyan_core.search.blocks import Block, Entry, read_hits


def entry(seq, kind="text"):
    return Entry(seq, seq * 10, seq * 100, 7, kind)


@pytest.fixture
def block():
    made = Block(3, 1)
    for seq, line in ((1, " hello world "), (2, ""), (4, " 今天 hello ")):
        made.add(entry(seq), line)
    return made


def test_a_block_reads_back(block):
    columns = block.pack()
    assert columns[:7] == (3, 1, 4, 10, 40, 100, 400)
    assert Block.unpack(3, 1, *columns[7:]) == block


def test_only_messages_that_hold_all_needles_and_are_wanted_are_hits(block):
    _, _, _, _, _, _, _, entries, words = block.pack()

    def hits(*needles, wanted=lambda _: True):
        return [hit.seq for hit in read_hits(entries, words, needles, wanted)]

    assert hits(" hello") == [1, 4]
    assert hits(" hello", "今天") == [4]
    assert hits() == [1, 2, 4]
    assert hits(" hello", wanted=lambda hit: hit.seq < 4) == [1]
    assert hits("\n") == []


@pytest.mark.parametrize(
    ("seq", "line", "changes", "lines"),
    [
        (1, " bye ", True, [" bye ", "", " 今天 hello "]),
        (1, " hello world ", False, [" hello world ", "", " 今天 hello "]),
        (1, None, True, ["", " 今天 hello "]),
        (3, " new ", False, [" hello world ", "", " 今天 hello "]),
        (3, None, False, [" hello world ", "", " 今天 hello "]),
    ],
    ids=["other words", "the same words", "gone", "not there", "not there and gone"],
)
def test_a_message_is_changed_where_it_stands(block, seq, line, changes, lines):
    assert block.change(seq, line) == changes
    assert block.lines == lines
    assert block.first_seq == 1


@pytest.mark.parametrize(("count", "line", "full"), [(63, "x", False), (64, "x", True), (1, "x" * 4_096, True)])
def test_a_block_has_64_messages_or_4096_characters(count, line, full):
    block = Block(3, 1)
    for seq in range(1, count + 1):
        block.add(entry(seq), line)
    assert block.is_full == full
