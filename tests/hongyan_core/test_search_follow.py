"""The index follows the log; on both databases."""

from __future__ import annotations

import pytest

from hongyan_core.search import follow
from hongyan_core.search.follow import follow_log, take_step
from hongyan_core.search.index import open_index
from hongyan_core.store.models import NO_ENTRY, Conversation, Erasure, StoredMessage
from tests.support.cast import make_account
from tests.support.saying import begin_talk, edit, erase, say


@pytest.fixture
def index(database):
    opened = open_index()
    yield opened
    opened.close()


@pytest.fixture
def ann(database):
    return make_account("ann")


@pytest.fixture
def talk(ann):
    return begin_talk(ann, make_account("bob"))


def catch_up(index, limit=200):
    while take_step(index, limit):
        pass


def lines_of(index, talk):
    """What the index has of a conversation, by seq."""
    last_seq = Conversation.get_by_id(talk.id).last_seq
    blocks = index.load_blocks([(talk.id, seq) for seq in range(1, last_seq + 1)])
    found = {
        entry.seq: line.strip() for block in blocks for entry, line in zip(block.entries, block.lines, strict=True)
    }
    return dict(sorted(found.items()))


@pytest.mark.parametrize("limit", [1, 2, 200])
def test_what_was_said_goes_in_whatever_the_steps(index, talk, ann, limit):
    for body in ("one", "two", "三"):
        say(talk, ann, body)
    say(talk, ann, "joined", kind="event")
    say(talk, ann, kind="pin", of=1)
    say(talk, ann, kind="image", files=[{"name": "goose.png"}])
    catch_up(index, limit)
    assert lines_of(index, talk) == {1: "one", 2: "two", 3: "三", 6: "goose png"}


def test_each_conversation_has_its_own_blocks(index, talk, ann):
    other = begin_talk(ann, make_account("eve"))
    for number in range(70):
        say(talk, ann, f"a{number}")
        say(other, ann, f"b{number}")
    catch_up(index)
    assert lines_of(index, talk) == {number + 1: f"a{number}" for number in range(70)}
    assert lines_of(index, other) == {number + 1: f"b{number}" for number in range(70)}


@pytest.mark.parametrize("limit", [1, 200])
@pytest.mark.parametrize("already", [False, True], ids=["at once", "later"])
def test_an_edit_goes_in_anew(index, talk, ann, limit, already):
    seq = say(talk, ann, "wrnog")
    if already:
        catch_up(index)
    edit(talk, ann, seq, "right")
    catch_up(index, limit)
    assert lines_of(index, talk) == {1: "right"}


@pytest.mark.parametrize("already", [False, True], ids=["at once", "later"])
def test_what_is_gone_goes_out(index, talk, ann, already):
    for body in ("one", "two", "three"):
        say(talk, ann, body)
    if already:
        catch_up(index)
    erase(talk, 2)
    catch_up(index)
    assert lines_of(index, talk) == {1: "one", 3: "three"}
    erase(talk, 1)
    erase(talk, 3)
    catch_up(index)
    assert lines_of(index, talk) == {}
    say(talk, ann, "four")
    catch_up(index)
    assert lines_of(index, talk) == {4: "four"}


def test_notes_of_what_is_gone_are_read_once_and_left_to_others(index, talk, ann):
    say(talk, ann, "one")
    erase(talk, 1)
    catch_up(index)
    assert Erasure.select().count() == 1
    assert not take_step(index)


def test_a_note_of_what_is_no_entry_is_passed_over(index, talk, ann):
    say(talk, ann, "one")
    note = Erasure.create(position=NO_ENTRY)
    catch_up(index)
    assert (lines_of(index, talk), index.read_erased()) == ({1: "one"}, note.id)


def test_a_crash_in_the_middle_repeats_the_step(index, talk, ann, monkeypatch):
    for body in ("one", "two", "three"):
        say(talk, ann, body)
    take_step(index, 2)
    with monkeypatch.context() as patch, pytest.raises(OSError, match="no room"):
        patch.setattr(follow, "_refresh", lambda *_: (_ for _ in ()).throw(OSError("no room")))
        take_step(index, 2)
    assert lines_of(index, talk) == {1: "one", 2: "two"}
    catch_up(index)
    assert lines_of(index, talk) == {1: "one", 2: "two", 3: "three"}


def test_another_log_than_the_one_of_before_begins_anew(index, talk, ann):
    for body in ("one", "two"):
        say(talk, ann, body)
    catch_up(index)
    StoredMessage.delete().execute()
    Conversation.update(last_seq=0).execute()
    catch_up(index)  # a backup from before there was anything
    assert lines_of(index, talk) == {}
    say(talk, ann, "other")
    StoredMessage.update(message_id="x").execute()
    catch_up(index)
    assert lines_of(index, talk) == {1: "other"}


def test_a_turn_ends_after_a_second_and_says_that_there_is_more(index, talk, ann):
    for number in range(80):
        say(talk, ann, f"a{number}")
    seconds = iter([0.0, 0.5, 1.1])
    assert follow_log(1_000, clock=lambda: next(seconds)) is True
    assert len(lines_of(index, talk)) == 64
    assert follow_log(1_000) is False
    assert len(lines_of(index, talk)) == 80


def test_long_messages_do_not_make_long_blocks(index, talk, ann):
    for _ in range(3):
        say(talk, ann, "長" * 5_000)
    catch_up(index)
    assert [len(block.entries) for block in index.load_blocks([(talk.id, seq) for seq in (1, 2, 3)])] == [1, 1, 1]


@pytest.mark.parametrize("change", [lambda talk, ann: edit(talk, ann, 1, "b"), lambda talk, _: erase(talk, 1)])
def test_words_that_are_gone_are_shredded_and_if_not_at_once_then_later(
    index, talk, ann, tmp_path, monkeypatch, change
):
    say(talk, ann, "mirabilis")
    follow_log()
    change(talk, ann)
    with monkeypatch.context() as patch:
        patch.setattr(follow.Index, "shred", lambda _: False, raising=False)
        follow_log()
    assert (index.read_state()["to_shred"], index.read_erased()) == ((1, ""), 0)
    follow_log()
    assert index.read_state()["to_shred"] == (0, "")
    assert not any(b"mirabilis" in path.read_bytes() for path in tmp_path.glob("*.search.*"))


def test_nothing_is_shredded_while_nothing_is_gone(index, talk, ann):
    say(talk, ann, "one")
    follow_log()
    assert "to_shred" not in index.read_state()
