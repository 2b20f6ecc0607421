"""What hangs on the messages of a page, and the page's ends: around a seq, from a time on, behind what is gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import peewee
import pytest

from hongyan import topics
from hongyan_core.actions.groups import add_member, create_group, remove_member
from hongyan_core.actions.talk import hide_messages
from hongyan_core.problems import Problem
from hongyan_core.store import history
from hongyan_core.store.history import Page, Place
from hongyan_core.store.models import (
    Account,
    Attachment,
    Card,
    ChatGroup,
    Conversation,
    Mention,
    MessageVersion,
    Pin,
    Reaction,
    ThreadEntry,
    UnsentDraft,
    Vote,
)
from tests.support.cast import make_account, make_friends, take_notices
from tests.support.recorded import recorded
from tests.support.steps import count_steps
from tests.support.talk import Log, log_of, open_log

ANN, BOB, LAB = topics.user("ann"), topics.user("bob"), topics.group("lab")


@dataclass
class Cast:
    """ann and bob talk; ann's group lab has bob and dan in it."""

    ann: Account
    bob: Account
    dan: Account
    lab: ChatGroup
    talk: Log
    group: Log


@pytest.fixture
def cast(database: peewee.Database) -> Cast:
    ann, bob, dan = (make_account(name) for name in ("ann", "bob", "dan"))
    make_friends(ann, bob)
    make_friends(ann, dan)
    lab = create_group(ann, "lab", "The lab", at_ms=1)
    add_member(ann, lab, "bob", at_ms=1)
    add_member(ann, lab, "dan", at_ms=1)
    take_notices()
    return Cast(ann, bob, dan, lab, open_log(ann, bob), log_of(lab))


def page(viewer: Account, key: topics.ConversationKey, limit: int = 50, **place: int) -> Page:
    return history.read_page(viewer, key, Place(**place), limit)


def seqs(found: Page) -> list[int]:
    return [message["seq"] for message in found.messages]


def react(log: Log, seq: int, who: Account, emoji: str, at_ms: int = 5) -> None:
    Reaction.create(conversation=log.id, seq=seq, account=who, emoji=emoji, at_ms=at_ms)


# --- where a page hangs


@pytest.mark.parametrize(
    ("place", "limit", "expected"),
    [
        ({"around": 5}, 4, [3, 4, 5, 6]),
        ({"around": 5}, 1, [5]),
        ({"around": 5}, 5, [3, 4, 5, 6, 7]),
        ({"around": 1}, 4, [1, 2]),
        ({"around": 9}, 4, [7, 8, 9]),
        ({"around": 99}, 4, [8, 9]),
        ({"at_ms": 1_030}, 3, [3, 4, 5]),
        ({"at_ms": 1_031}, 3, [4, 5, 6]),
        ({"at_ms": 0}, 2, [1, 2]),
        ({"at_ms": 9_999}, 2, []),
        ({"after": 7}, 9, [8, 9]),
        ({"before": 3}, 1, [2]),
        ({"before": 0}, 5, []),
        ({"after": 2**63 - 1}, 5, []),
        ({}, 2, [8, 9]),
    ],
    ids=str,
)
def test_a_page_hangs_on_a_seq_or_a_time(cast: Cast, place: dict[str, int], limit: int, expected: list[int]) -> None:
    for n in range(1, 10):
        cast.talk.say(cast.ann, f"{n}", at_ms=1_000 + 10 * n)
    assert seqs(page(cast.bob, ANN, limit, **place)) == expected


def test_who_came_back_sees_neither_what_was_said_meanwhile_nor_counts_it(cast: Cast) -> None:
    for n in (1, 2):
        cast.group.say(cast.ann, f"{n}")
    remove_member(cast.ann, cast.lab, "bob", at_ms=2)
    for n in (3, 4, 5):
        cast.group.say(cast.ann, f"{n}", at_ms=2_000)
    add_member(cast.ann, cast.lab, "bob", at_ms=3)
    for n in (6, 7):
        cast.group.say(cast.ann, f"{n}", at_ms=3_000)
    assert seqs(page(cast.bob, LAB)) == [1, 2, 6, 7]
    assert seqs(page(cast.bob, LAB, 2, before=7)) == [2, 6]
    assert seqs(page(cast.bob, LAB, 2, after=1)) == [2, 6]
    assert seqs(page(cast.bob, LAB, 4, around=4)) == [1, 2, 6, 7]
    assert seqs(page(cast.bob, LAB, 2, at_ms=1_500)) == [6, 7]
    with pytest.raises(Problem, match="unknown_message"):
        history.read_message(cast.bob, LAB, 4)


def test_a_page_takes_as_many_statements_however_much_hangs_on_it(cast: Cast, database: peewee.Database) -> None:
    cast.group.say(cast.ann, "1")
    cast.group.say(cast.ann, "2")
    with recorded(database) as before:
        page(cast.bob, LAB)
    for _ in range(40):
        seq = cast.group.say(cast.ann, "more")
        react(cast.group, seq, cast.bob, "👍")
        ThreadEntry.create(conversation=cast.group.id, root_seq=1, seq=seq)
    with recorded(database) as after:
        page(cast.bob, LAB)
    assert len(after) == len(before)


def test_a_page_costs_the_same_at_the_head_in_the_middle_and_at_the_start(
    cast: Cast, database: peewee.Database
) -> None:
    costs: dict[int, list[int]] = {}
    for length in (50, 500):
        with database.atomic():
            while Conversation.get_by_id(cast.talk.id).last_seq < length:
                cast.talk.say(cast.ann, "hi", at_ms=1_000 + Conversation.get_by_id(cast.talk.id).last_seq)
        places = [{}, {"around": length // 2}, {"after": 0}, {"at_ms": 1_000 + length // 2}]
        costs[length] = [
            count_steps(database, lambda place=place: page(cast.bob, ANN, 20, **place)) for place in places
        ]
        costs[length].append(count_steps(database, lambda: history.list_conversations(cast.bob)))
    # Halving looks at three messages more; nothing else looks at more.
    assert all(late <= early * 1.3 for early, late in zip(*costs.values(), strict=True)), costs


def test_what_retention_has_removed_is_below_the_first_seq(cast: Cast) -> None:
    for n in range(1, 5):
        cast.talk.say(cast.ann, f"{n}")
    Conversation.update(first_seq=3).where(Conversation.id == cast.talk.id).execute()
    found = page(cast.bob, ANN)
    assert (seqs(found), found.first_seq, found.last_seq) == ([3, 4], 3, 4)
    (head,) = [head for head in history.list_conversations(cast.bob) if head.key == ANN]
    assert (head.read_seq, head.unread) == (0, 2)
    Conversation.update(first_seq=5).where(Conversation.id == cast.talk.id).execute()
    found = page(cast.bob, ANN)
    assert (seqs(found), found.first_seq, found.last_seq) == ([], 5, 4)
    (head,) = [head for head in history.list_conversations(cast.bob) if head.key == ANN]
    assert (head.unread, head.last_message) == (0, None)


# --- what hangs on messages


def test_reactions_tell_how_many_and_who_set_them_first(cast: Cast) -> None:
    seq = cast.group.say(cast.ann, "hi")
    cast.group.say(cast.ann, "bare")
    react(cast.group, seq, cast.dan, "🎉", at_ms=7)
    react(cast.group, seq, cast.dan, "👍", at_ms=5)
    react(cast.group, seq, cast.bob, "👍", at_ms=6)
    assert page(cast.bob, LAB).marks == {
        "1": {
            "reactions": [
                {"emoji": "👍", "count": 2, "mine": True, "who": ["dan", "bob"]},
                {"emoji": "🎉", "count": 1, "mine": False, "who": ["dan"]},
            ]
        }
    }


def test_no_more_than_twenty_are_named_and_all_are_counted(cast: Cast) -> None:
    seq = cast.group.say(cast.ann, "hi")
    for n in range(25):
        react(cast.group, seq, make_account(f"fan{n:02}"), "👍", at_ms=n)
    (reaction,) = page(cast.ann, LAB).marks["1"]["reactions"]
    assert (reaction["count"], len(reaction["who"]), reaction["who"][0]) == (25, 20, "fan00")


def test_a_reader_of_a_channel_learns_the_numbers_and_their_own_name_only(cast: Cast) -> None:
    news = create_group(cast.ann, "news", "News", kind="channel", at_ms=1)
    for name in ("bob", "dan"):
        add_member(cast.ann, news, name, at_ms=1)
    log = log_of(news)
    seq = log.say(cast.ann, "who comes?", kind="poll", options=["yes", "no"])
    for who in (cast.bob, cast.dan):
        react(log, seq, who, "👍")
        Vote.create(conversation=log.id, seq=seq, account=who, choice=0, at_ms=5)
    marks = page(cast.bob, topics.group("news")).marks["1"]
    assert marks["reactions"] == [{"emoji": "👍", "count": 2, "mine": True, "who": ["bob"]}]
    assert marks["poll"] == {"counts": [2, 0], "voters": 2, "mine": [0], "who": None}
    assert page(cast.ann, topics.group("news")).marks["1"]["poll"]["who"] == [["bob", "dan"], []]
    with pytest.raises(Problem, match="not_owner"):
        history.read_readers(cast.bob, topics.group("news"), seq)


@pytest.mark.parametrize("anonymous", [False, True], ids=["open", "anonymous"])
def test_an_anonymous_poll_gives_no_names(cast: Cast, anonymous: bool) -> None:
    fields: dict[str, Any] = {"anonymous": True} if anonymous else {}
    seq = cast.group.say(cast.ann, "when?", kind="poll", options=["1", "2", "3"], multiple=True, **fields)
    for who, choice in ((cast.bob, 0), (cast.bob, 2), (cast.dan, 2)):
        Vote.create(conversation=cast.group.id, seq=seq, account=who, choice=choice, at_ms=5)
    assert page(cast.bob, LAB).marks["1"]["poll"] == {
        "counts": [1, 0, 2],
        "voters": 2,
        "mine": [0, 2],
        "who": None if anonymous else [["bob"], [], ["bob", "dan"]],
    }


def test_a_thread_is_counted_as_far_as_one_sees_it_and_read_below_its_root(cast: Cast) -> None:
    root = cast.group.say(cast.ann, "root")
    for n in range(4):
        seq = cast.group.say(cast.bob, f"answer {n}", thread=root)
        ThreadEntry.create(conversation=cast.group.id, root_seq=root, seq=seq)
        if n == 1:
            remove_member(cast.ann, cast.lab, "dan", at_ms=2)
    assert page(cast.ann, LAB, after=0).marks["1"] == {"thread": {"count": 4, "last_seq": 5}}
    assert page(cast.dan, LAB, after=0).marks["1"] == {"thread": {"count": 2, "last_seq": 3}}
    found = history.read_thread(cast.ann, LAB, root, Place(before=5), 2)
    assert (seqs(found), [origin["seq"] for origin in found.origins]) == ([3, 4], [1])
    assert seqs(history.read_thread(cast.dan, LAB, root, Place(after=0), 9)) == [2, 3]


def test_what_a_message_answers_comes_along_where_one_may_see_it(cast: Cast) -> None:
    cast.group.say(cast.ann, "before eve came")
    eve = make_account("eve")
    make_friends(cast.ann, eve)
    add_member(cast.ann, cast.lab, "eve", at_ms=2)
    for of in (1, 2):
        cast.group.say(cast.bob, f"answer to {of}", reply=of)
    cast.group.say(cast.bob, "the end")
    assert [origin["seq"] for origin in page(cast.ann, LAB, 2).origins] == [2]
    assert [origin["seq"] for origin in page(cast.ann, LAB, 3).origins] == [1]
    assert page(eve, LAB, 3).origins == []
    message, marks, origin = history.read_message(cast.ann, LAB, 3)
    assert (message["seq"], marks, origin and origin["body"]) == (3, {}, "answer to 1")
    assert history.read_message(eve, LAB, 2)[2] is None


# --- deleted for oneself


def test_what_one_deletes_for_oneself_is_a_tombstone_for_oneself_alone(cast: Cast) -> None:
    for n in range(1, 4):
        cast.talk.say(cast.ann, f"{n}", reply=2) if n == 3 else cast.talk.say(cast.ann, f"{n}")
    hide_messages(cast.bob, ANN, [2, 3, 2], at_ms=9)
    assert take_notices() == [(["bob"], {"type": "hidden", "key": "user/ann", "seqs": [2, 3], "at": 9})]
    tombstone = {"id": "m1-2", "kind": "gone", "hidden": True, "from": "ann", "to": "user/bob", "seq": 2, "at": 1_000}
    tombstone["id"] = f"m{cast.talk.id}-2"
    assert page(cast.bob, ANN).messages[1] == tombstone
    assert page(cast.ann, BOB).messages[1]["body"] == "2"
    (head,) = [head for head in history.list_conversations(cast.bob) if head.key == ANN]
    assert head.last_message is not None
    assert '"hidden":true' in head.last_message
    hide_messages(cast.bob, ANN, [2], at_ms=9)


@pytest.mark.parametrize(
    ("key", "wanted", "code"),
    [
        ("user/ann", [], "malformed_field: seqs"),
        ("user/ann", list(range(1, 102)), "malformed_field: seqs"),
        ("user/ann", [2], "unknown_message: seqs"),
        ("user/ann", [0], "unknown_message: seqs"),
        ("user/dan", [1], "unknown_conversation"),
        ("group/den", [1], "unknown_conversation"),
    ],
    ids=["none", "too many", "one that is not there", "seq 0", "a stranger's", "a foreign group's"],
)
def test_what_one_cannot_see_one_cannot_delete(cast: Cast, key: str, wanted: list[int], code: str) -> None:
    cast.talk.say(cast.ann, "1")
    with pytest.raises(Problem, match=rf"^{code}$"):
        hide_messages(cast.bob, topics.parse_conversation_key(key), wanted, at_ms=9)


# --- one message and the whole conversation


def test_readers_are_named_page_by_page_and_counted(cast: Cast) -> None:
    seq = cast.group.say(cast.ann, "hi")
    cast.group.read(cast.bob, seq, at_ms=8)
    found = history.read_readers(cast.ann, LAB, seq, limit=1)
    assert [(r.username, r.display_name, r.at_ms) for r in found.readers] == [("bob", "Bob", 8)]
    assert (found.read, found.of, found.next) == (1, 2, None)
    cast.group.read(cast.dan, seq + 5)
    found = history.read_readers(cast.ann, LAB, seq, limit=1)
    assert (found.read, found.of, found.next) == (2, 2, cast.bob.id)
    assert [r.username for r in history.read_readers(cast.ann, LAB, seq, after=cast.bob.id).readers] == ["dan"]


def test_one_to_one_there_is_one_reader(cast: Cast) -> None:
    seq = cast.talk.say(cast.ann, "hi")
    assert history.read_readers(cast.ann, BOB, seq) == history.Readers([], 0, 1)
    cast.talk.read(cast.bob, seq)
    assert [r.username for r in history.read_readers(cast.ann, BOB, seq).readers] == ["bob"]
    assert [r.username for r in history.read_readers(cast.bob, ANN, seq).readers] == ["bob"]


def test_who_tells_nobody_what_they_read_is_told_nothing_either(cast: Cast) -> None:
    seq = cast.group.say(cast.ann, "hi")
    mine = cast.talk.say(cast.ann, "hi")
    for log, at in ((cast.group, seq), (cast.talk, mine)):
        log.read(cast.bob, at, delivered_seq=1)
    assert history.read_peer_marks(cast.ann, BOB) == (1, 1)
    Account.update(read_receipts=False).where(Account.id == cast.bob.id).execute()
    bob = Account.get_by_id(cast.bob.id)
    assert history.read_peer_marks(cast.ann, BOB) == (0, 1)
    assert history.read_readers(cast.ann, LAB, seq).read == 0
    cast.talk.read(cast.ann, 1)
    assert history.read_peer_marks(bob, ANN) == (0, 0)
    cast.group.read(cast.dan, seq)
    assert history.read_readers(bob, LAB, seq) == history.Readers([], 0, 2)
    assert [r.username for r in history.read_readers(cast.ann, LAB, seq).readers] == ["dan"]


@pytest.mark.parametrize("who", ["ann", "bob"])
def test_where_one_of_two_hides_what_was_read_neither_sees_it_and_both_what_was_received(cast: Cast, who: str) -> None:
    seq = cast.talk.say(cast.ann, "hi")
    for account in (cast.ann, cast.bob):
        cast.talk.read(account, seq, delivered_seq=seq)
    Account.update(read_receipts=False).where(Account.name == who).execute()
    ann, bob = (Account.get_by_id(account.id) for account in (cast.ann, cast.bob))
    assert [history.read_peer_marks(*pair) for pair in ((ann, BOB), (bob, ANN))] == [(0, seq), (0, seq)]
    assert history.read_readers(ann, BOB, seq) == history.Readers([], 0, 1)


def test_earlier_words_are_for_their_author(cast: Cast) -> None:
    seq = cast.talk.say(cast.ann, "third")
    for version, (words, at_ms) in enumerate((("first", 1), ("second", 2)), 1):
        payload = f'{{"kind": "text", "body": "{words}"}}'
        MessageVersion.create(conversation=cast.talk.id, seq=seq, version=version, at_ms=at_ms, payload=payload)
    assert history.load_versions(cast.ann, BOB, seq) == [("first", 1), ("second", 2)]
    with pytest.raises(Problem, match="not_yours"):
        history.load_versions(cast.bob, ANN, seq)
    with pytest.raises(Problem, match="unknown_message"):
        history.load_versions(cast.ann, BOB, 9)


def test_pins_stand_newest_first_without_what_one_cannot_see(cast: Cast) -> None:
    for n in range(1, 4):
        cast.talk.say(cast.ann, f"{n}")
        Pin.create(conversation=cast.talk.id, seq=n, account=cast.bob, at_ms=n)
    hide_messages(cast.bob, ANN, [2], at_ms=9)
    pins = [(pin.message["seq"], pin.by, pin.at_ms) for pin in history.read_pins(cast.bob, ANN)]
    assert pins == [(3, "bob", 3), (1, "bob", 1)]
    assert page(cast.ann, BOB).marks["2"] == {"pinned": True}
    Conversation.update(first_seq=2).where(Conversation.id == cast.talk.id).execute()
    assert [pin.message["seq"] for pin in history.read_pins(cast.ann, BOB)] == [3, 2]


def test_cards_are_for_those_who_are_there(cast: Cast) -> None:
    for name, at_ms in (("heater", 1), ("lamp", 2)):
        payload = f'{{"kind": "card", "name": "{name}"}}'
        Card.create(conversation=cast.group.id, account=cast.ann, name=name, payload=payload, at_ms=at_ms)
    assert [card["name"] for card in history.read_cards(cast.bob, LAB)] == ["lamp", "heater"]
    remove_member(cast.ann, cast.lab, "bob", at_ms=2)
    assert history.read_cards(cast.bob, LAB) == []


def test_media_come_newest_first_each_message_once(cast: Cast) -> None:
    for n in range(1, 7):
        kind = "file" if n == 4 else "image"
        cast.talk.say(cast.ann, f"{n}", kind=kind)
        for place in range(2):
            Attachment.create(conversation=cast.talk.id, seq=n, place=place, file_id=f"f{n}{place}", kind=kind)
    hide_messages(cast.bob, ANN, [5], at_ms=9)

    def media(kind: str, before: int | None, limit: int) -> tuple[list[int], int | None]:
        found, after = history.read_media(cast.bob, ANN, kind, before=before, limit=limit)
        return [message["seq"] for message in found], after

    assert media("image", None, 3) == ([6, 3], 3)
    assert media("image", 3, 2) == ([2, 1], None)
    assert media("file", None, 9) == ([4], None)
    assert media("voice", None, 9) == ([], None)


# --- the list


def test_marks_are_nothing_unread_and_mentions_are_counted(cast: Cast) -> None:
    cast.group.say(cast.ann, "1")
    cast.group.say(cast.ann, kind="reaction", of=1, emoji="👍")
    cast.group.say(cast.ann, "3", mentions=["bob", "all"])
    cast.group.say(cast.ann, "4", mentions=["all"])
    cast.group.say(cast.ann, kind="pin", of=1)
    for account, seq in ((cast.bob.id, 3), (0, 3), (0, 4), (cast.dan.id, 1)):
        Mention.create(account_id=account, conversation=cast.group.id, seq=seq)

    def lab(viewer: Account) -> tuple[int, int, int]:
        (head,) = [head for head in history.list_conversations(viewer) if head.key == LAB]
        assert head.last_message is not None
        assert '"body": "4"' in head.last_message
        return head.last_seq, head.unread, head.mentions

    assert (lab(cast.bob), lab(cast.dan)) == ((5, 3, 2), (5, 3, 3))
    cast.group.read(cast.bob, 3)
    assert lab(cast.bob) == (5, 1, 1)
    cast.group.read(cast.bob, 4)
    assert lab(cast.bob) == (5, 0, 0)


def test_a_head_has_ones_own_draft_and_how_long_things_stay(cast: Cast) -> None:
    UnsentDraft.create(account=cast.bob, key="group/lab", body="I wan", reply_seq=7, at_ms=3)
    UnsentDraft.create(account=cast.ann, key="user/dan", body="Dear", at_ms=4)
    Conversation.update(disappear_s=60, retention_days=7).where(Conversation.id == cast.group.id).execute()
    heads = {str(head.key): head for head in history.list_conversations(cast.bob)}
    assert heads["group/lab"].draft == history.UnsentWords("I wan", 7, 3)
    assert (heads["group/lab"].disappear_s, heads["group/lab"].retention_days) == (60, 7)
    assert heads["user/ann"].draft is None
    heads = {str(head.key): head for head in history.list_conversations(cast.ann)}
    assert heads["user/dan"].draft == history.UnsentWords("Dear", None, 4)
    assert heads["group/lab"].draft is None


def test_the_list_takes_as_many_statements_however_much_there_is(cast: Cast, database: peewee.Database) -> None:
    def count() -> int:
        with recorded(database) as statements:
            history.list_conversations(cast.ann)
        return len(statements)

    before = count()
    for n in range(5):
        friend = make_account(f"friend{n}")
        make_friends(cast.ann, friend)
        open_log(cast.ann, friend).say(friend, "hi")
    assert count() == before
