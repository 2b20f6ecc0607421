"""What a search finds, for whom, and in which order; on both databases."""

from __future__ import annotations

from contextlib import closing

import pytest

from hongyan import topics
from hongyan_core.actions.groups import add_member, create_group, remove_member
from hongyan_core.problems import Problem
from hongyan_core.search import query as searching
from hongyan_core.search.follow import take_step
from hongyan_core.search.index import open_index
from hongyan_core.search.query import Query, search_messages
from hongyan_core.search.words import parse_query
from hongyan_core.store.models import Conversation, HiddenMessage
from tests.support.cast import make_account, make_block, make_friends
from tests.support.recorded import recorded
from tests.support.saying import begin_talk, edit, erase, say


class Talks:
    """Ann talks with bob and with eve, and owns the lab."""

    def __init__(self):
        self.ann, self.bob, self.eve = (make_account(name) for name in ("ann", "bob", "eve"))
        make_friends(self.ann, self.bob)
        self.with_bob = begin_talk(self.ann, self.bob)
        self.with_eve = begin_talk(self.ann, self.eve)
        self.group = create_group(self.ann, "lab", "The lab", at_ms=1)
        self.lab = Conversation.get_by_id(self.group.conversation_id)

    def index(self):
        with closing(open_index()) as index:
            while take_step(index):
                pass

    def page(self, viewer, text="", limit=20, **filters):
        return search_messages(viewer, Query(parse_query(text), **filters), limit)

    def find(self, viewer, text="", **filters):
        """The bodies that are found, the newest first."""
        return [hit.envelope.get("body") for hit in self.page(viewer, text, **filters).hits]


@pytest.fixture
def talks(database):
    return Talks()


@pytest.fixture(params=["indexed", "new"])
def settle(talks, request):
    """Let the index follow, or not: what is found is the same."""
    return talks.index if request.param == "indexed" else lambda: None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("天", ["今天天气很好"]),
        ("天气", ["今天天气很好"]),
        ("今天天气很", ["今天天气很好"]),
        ("タワー", ["東京タワーへ"]),
        ("만나", ["학교에서 만나요"]),
        ("py", ["用Python写"]),
        ("写 PYTHON", ["用Python写"]),
        ("brulee", ["Crème Brûlée"]),
        ("c", ["Crème Brûlée"]),
        ("rulee", []),
        ("天 python", []),
        ('"creme brulee"', ["Crème Brûlée"]),
        ("", ["Crème Brûlée", "用Python写", "학교에서 만나요", "東京タワーへ", "今天天气很好"]),
    ],
)
def test_words_of_every_language_are_found(talks, settle, text, found):
    for body in ("今天天气很好", "東京タワーへ", "학교에서 만나요", "用Python写", "Crème Brûlée"):
        say(talks.with_bob, talks.bob, body)
    settle()
    assert talks.find(talks.ann, text) == found
    assert talks.find(talks.eve, text) == []


def test_the_newest_come_first_whatever_their_conversation(talks, settle):
    for number in range(3):
        say(talks.with_bob, talks.ann, f"goose b{number}")
        say(talks.lab, talks.ann, f"goose l{number}")
    settle()
    assert talks.find(talks.ann, "goose") == ["goose l2", "goose b2", "goose l1", "goose b1", "goose l0", "goose b0"]
    assert talks.find(talks.bob, "goose") == ["goose b2", "goose b1", "goose b0"]


@pytest.mark.parametrize("steps", [(16, 64, 256), (1,) * 99], ids=["many blocks at once", "one block after the other"])
def test_pages_follow_each_other_without_gaps_or_doubles(talks, monkeypatch, steps):
    monkeypatch.setattr(searching, "_STEPS", steps)
    said = []
    for number in range(90):
        say((talks.with_bob, talks.with_eve, talks.lab)[number % 3], talks.ann, f"goose {number}")
        said.append(f"goose {number}")
        if number == 80:
            talks.index()
    found, before = [], None
    while True:
        page = talks.page(talks.ann, "goose", 7, before=before)
        assert len(page.hits) <= 7
        found += [hit.envelope["body"] for hit in page.hits]
        before = page.following
        if before is None:
            break
    assert found == said[::-1]


def test_a_page_looks_at_so_many_blocks_and_says_where_to_go_on(talks, monkeypatch):
    say(talks.with_bob, talks.ann, "rare")
    for number in range(64 * 5):
        say(talks.with_bob, talks.ann, f"a{number}")
        say(talks.lab, talks.ann, f"b{number}")
    talks.index()
    monkeypatch.setattr(searching, "MAX_BLOCKS", 1)
    pages, before = [], None
    while not pages or before is not None:
        assert len(pages) < 20
        page = talks.page(talks.ann, "rare", before=before)
        pages.append([hit.envelope["body"] for hit in page.hits])
        assert page.following is None or before is None or page.following < before
        before = page.following
    assert len(pages) > 2
    assert [page for page in pages if page] == [["rare"]]
    assert pages[-1] == ["rare"]


FILTERS = [
    ({"key": topics.user("bob")}, ["goose bob 3000", "goose ann 1000"]),
    ({"key": topics.group("lab")}, ["goose lab 4000"]),
    ({"sender": "bob"}, ["goose bob 3000"]),
    ({"sender": "nobody"}, []),
    ({"sender": "a\0b"}, []),
    ({"kind": "image"}, ["goose lab 4000"]),
    ({"kind": "poll"}, []),
    ({"since_ms": 3_000}, ["goose lab 4000", "goose bob 3000"]),
    ({"until_ms": 1_000}, ["goose ann 1000"]),
    ({"since_ms": 2_000, "until_ms": 3_000}, ["goose bob 3000", "goose eve 2000"]),
    ({"sender": "ann", "key": topics.user("bob"), "until_ms": 1_500}, ["goose ann 1000"]),
]


@pytest.mark.parametrize(("filters", "found"), FILTERS, ids=[str(list(filters.items())) for filters, _ in FILTERS])
@pytest.mark.parametrize("text", ["", "goose"], ids=["without words", "with words"])
def test_filters_narrow_it_down(talks, settle, text, filters, found):
    say(talks.with_bob, talks.ann, "goose ann 1000", at_ms=1_000)
    say(talks.with_eve, talks.eve, "goose eve 2000", at_ms=2_000)
    say(talks.with_bob, talks.bob, "goose bob 3000", at_ms=3_000)
    say(talks.lab, talks.ann, "goose lab 4000", at_ms=4_000, kind="image")
    settle()
    assert talks.find(talks.ann, text, **filters) == found


@pytest.mark.parametrize("key", [topics.group("attic"), topics.user("nobody"), topics.user("carl")])
def test_a_conversation_that_is_not_ones_own_is_unknown(talks, key):
    carl = make_account("carl")
    create_group(carl, "attic", "Attic", at_ms=1)
    with pytest.raises(Problem, match="unknown_conversation: in"):
        talks.page(talks.ann, "a", key=key)


@pytest.mark.parametrize("name", ["fred", "ann"], ids=["with a friend", "with oneself"])
def test_where_nothing_was_said_yet_nothing_is_found(talks, name):
    make_friends(talks.ann, make_account("fred"))
    page = talks.page(talks.ann, "a", key=topics.user(name))
    assert (page.hits, page.following, page.behind) == ([], None, False)


def test_what_was_edited_is_found_by_its_new_words_only(talks, settle):
    seq = say(talks.with_bob, talks.ann, "wrnog")
    settle()
    edit(talks.with_bob, talks.ann, seq, "right")
    assert talks.find(talks.ann, "wrnog") == []
    settle()
    assert (talks.find(talks.bob, "wrnog"), talks.find(talks.bob, "right")) == ([], ["right"])


def test_what_is_gone_is_not_found_from_that_moment_on(talks, settle):
    seq = say(talks.with_bob, talks.ann, "secret")
    say(talks.with_bob, talks.ann, "secretary")
    settle()
    erase(talks.with_bob, seq)
    assert talks.find(talks.bob, "secret") == ["secretary"]
    settle()
    assert talks.find(talks.bob, "secret") == ["secretary"]


def test_what_one_has_deleted_for_oneself_others_still_find(talks, settle):
    for body in ("goose 1", "goose 2", "goose 3"):
        say(talks.with_bob, talks.ann, body)
    HiddenMessage.create(account=talks.bob, conversation=talks.with_bob, seq=2)
    settle()
    assert talks.find(talks.bob, "goose", limit=2) == ["goose 3", "goose 1"]
    assert talks.find(talks.ann, "goose") == ["goose 3", "goose 2", "goose 1"]
    (hit, *_) = talks.page(talks.bob, "goose").hits
    assert hit.before["body"] == "goose 1"


def test_words_of_somebody_whom_one_has_blocked_are_not_found(talks, settle):
    add_member(talks.ann, talks.group, "bob", at_ms=2)
    say(talks.with_eve, talks.eve, "goose eve")
    say(talks.with_eve, talks.ann, "goose ann")
    settle()
    make_block(talks.ann, talks.eve)
    assert talks.find(talks.ann, "goose") == ["goose ann"]
    assert talks.find(talks.eve, "goose") == ["goose ann", "goose eve"]
    assert [hit.before for hit in talks.page(talks.ann, "goose").hits] == [None]


def test_of_a_group_one_finds_what_was_said_while_one_was_a_member(talks, settle):
    say(talks.lab, talks.ann, "goose before")
    add_member(talks.ann, talks.group, "bob", at_ms=2)
    say(talks.lab, talks.ann, "goose first")
    remove_member(talks.ann, talks.group, "bob", at_ms=3)
    say(talks.lab, talks.ann, "goose between")
    settle()
    assert talks.find(talks.bob, "goose") == ["goose first"]
    add_member(talks.ann, talks.group, "bob", at_ms=4)
    say(talks.lab, talks.ann, "goose again")
    settle()
    assert talks.find(talks.bob, "goose") == ["goose again", "goose first"]
    assert talks.find(talks.eve, "goose") == []
    assert [hit.before for hit in talks.page(talks.bob, "goose").hits][1] is None


def test_what_retention_has_passed_is_not_found(talks, settle):
    say(talks.with_bob, talks.ann, "goose 1")
    say(talks.with_bob, talks.ann, "goose 2")
    Conversation.update(first_seq=2).execute()
    settle()
    assert talks.find(talks.ann, "goose") == ["goose 2"]


def test_a_hit_says_where_it_stands_and_what_stands_beside_it(talks, settle):
    for body in ("one", "two goose", "three"):
        say(talks.with_bob, talks.bob, body)
    say(talks.with_bob, talks.ann, kind="reaction", of=2, emoji="👍")
    say(talks.with_bob, talks.ann, "four goose")
    settle()
    four, two = talks.page(talks.ann, "goo").hits
    assert (str(four.key), four.title, four.envelope["seq"]) == ("user/bob", "Bob", 5)
    assert (four.before["body"], four.after) == ("three", None)
    assert (two.before["body"], two.after["body"]) == ("one", "three")
    assert four.spans == [(5, 8)]


@pytest.mark.parametrize(("said", "behind"), [(500, False), (501, True)])
def test_with_much_to_catch_up_a_page_says_so(talks, said, behind):
    for number in range(said):
        say(talks.with_bob, talks.ann, f"goose {number}")
    page = talks.page(talks.ann, "goose")
    assert page.behind == behind
    assert [hit.envelope["body"] for hit in page.hits][:2] == [f"goose {said - 1}", f"goose {said - 2}"]
    talks.index()
    assert not talks.page(talks.ann, "goose").behind


def test_the_number_of_statements_does_not_grow_with_what_is_found(database, talks):
    counts = []
    for number in (3, 30):
        for _ in range(number):
            say(talks.with_bob, talks.ann, "goose")
            say(begin_talk(talks.ann, make_account(f"p{Conversation.select().count()}")), talks.ann, "goose")
        talks.index()
        with recorded(database) as statements:
            assert len(talks.page(talks.ann, "goose", limit=50).hits) >= number
        counts.append(len(statements))
    assert counts[1] <= counts[0] + 4  # the second step of blocks, and of hits
