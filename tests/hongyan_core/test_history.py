"""Pages of a conversation, the list of conversations, and the history as a session's queue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from peewee import Database

from hongyan import topics
from hongyan_core.actions.friends import unfriend
from hongyan_core.actions.groups import add_member, create_group, remove_member
from hongyan_core.exchange import Delivery, Exchange
from hongyan_core.problems import Problem
from hongyan_core.store import history
from hongyan_core.store.history import (
    list_conversations,
    peer_read_seq,
    read_by_positions,
    read_for_session,
    read_history,
)
from hongyan_core.store.models import TABLES, Account, ChatGroup, Meta
from hongyan_core.store.sets import last_position
from tests.support.cast import make_account, make_friends
from tests.support.exchanging import accept_one, publish, running_exchange, text
from tests.support.steps import count_steps

LAB = topics.group("lab")
Cast = dict[str, Account]


@pytest.fixture
def cast(database: Database) -> Cast:
    """ann is everybody's friend."""
    people = {name: make_account(name) for name in ("ann", "bob", "thermo", "dan")}
    for friend in ("bob", "thermo"):
        make_friends(people["ann"], people[friend])
    return people


@pytest.fixture
def exchange(cast: Cast) -> Iterator[Exchange]:
    with running_exchange() as opened:
        yield opened


@pytest.fixture
def lab(cast: Cast) -> ChatGroup:
    """ann's group, still without others."""
    return create_group(cast["ann"], "lab", "The lab", at_ms=1)


def say(exchange: Exchange, account: str, to: str, *bodies: str) -> None:
    exchange.accept([text(account, to, body, f"{to}-{body}") for body in bodies])


def bodies(page: history.HistoryPage) -> list[str]:
    return [json.loads(payload)["body"] for payload in page.messages]


# --- pages


def test_a_page_is_ascending_and_hangs_on_either_end(exchange: Exchange, cast: Cast) -> None:
    say(exchange, "ann", "user/bob", *"abcdef")
    bob = topics.user("bob")

    def page(after: int | None = None, before: int | None = None, limit: int = 2) -> str:
        return "".join(bodies(read_history(cast["ann"], bob, after=after, before=before, limit=limit)))

    assert [page(), page(before=5), page(before=2), page(before=1)] == ["ef", "cd", "a", ""]
    assert [page(after=0), page(after=4), page(after=6), page(after=99)] == ["ab", "ef", "", ""]
    assert page(after=1, before=5, limit=9) == "bcd"
    assert page(limit=500) == "abcdef"
    found = read_history(cast["bob"], topics.user("ann"), after=None, before=None, limit=1)
    assert (bodies(found), found.first_seq, found.last_seq) == (["f"], 1, 6)


def test_a_payload_is_byte_for_byte_what_was_delivered(exchange: Exchange, cast: Cast) -> None:
    decision = accept_one(exchange, text("ann", "user/bob", "雁 🪿 “x”", "m1"))
    (payload,) = read_history(cast["bob"], topics.user("ann"), after=0, before=None, limit=9).messages
    assert payload.encode() == decision.deliveries[0].payload


def test_a_member_sees_what_was_said_while_they_were_there(exchange: Exchange, cast: Cast, lab: ChatGroup) -> None:
    say(exchange, "ann", "group/lab", "1", "2")
    add_member(cast["ann"], lab, "bob", at_ms=2)
    say(exchange, "ann", "group/lab", "3", "4")
    remove_member(cast["ann"], lab, "bob", at_ms=3)
    say(exchange, "ann", "group/lab", "5")
    left = read_history(cast["bob"], LAB, after=0, before=None, limit=9)
    assert (bodies(left), left.first_seq, left.last_seq) == (["3", "4"], 3, 4)
    add_member(cast["ann"], lab, "bob", at_ms=4)
    back = read_history(cast["bob"], LAB, after=None, before=None, limit=9)
    assert (bodies(back), back.first_seq, back.last_seq) == (["3", "4"], 3, 5)
    say(exchange, "ann", "group/lab", "6")
    back = read_history(cast["bob"], LAB, after=3, before=None, limit=9)
    assert (bodies(back), back.first_seq, back.last_seq) == (["4", "6"], 3, 6)


def test_where_there_is_nothing_yet_first_is_beyond_last(exchange: Exchange, cast: Cast, lab: ChatGroup) -> None:
    page = read_history(cast["ann"], topics.user("bob"), after=None, before=None, limit=9)
    assert (page.messages, page.first_seq, page.last_seq) == ([], 1, 0)
    say(exchange, "ann", "group/lab", "1", "2")
    add_member(cast["ann"], lab, "bob", at_ms=2)
    page = read_history(cast["bob"], LAB, after=None, before=None, limit=9)
    assert (page.messages, page.first_seq, page.last_seq) == ([], 3, 2)


@pytest.mark.parametrize("key", ["user/dan", "user/nobody", "group/lab", "group/nothing"])
def test_a_strangers_conversation_and_a_foreign_group_are_unknown(cast: Cast, lab: ChatGroup, key: str) -> None:
    viewer = cast["bob"] if key.startswith("group") else cast["ann"]
    with pytest.raises(Problem) as caught:
        read_history(viewer, topics.parse_conversation_key(key), after=None, before=None, limit=9)
    assert caught.value.code == "unknown_conversation"


def test_what_was_said_stays_readable_after_a_friendship(exchange: Exchange, cast: Cast) -> None:
    say(exchange, "ann", "user/bob", "a")
    unfriend(cast["bob"], "ann", at_ms=2)
    assert bodies(read_history(cast["bob"], topics.user("ann"), after=0, before=None, limit=9)) == ["a"]


# --- the list


def test_the_list_is_newest_first_with_unread_counts_and_empty_ones_last(
    exchange: Exchange, cast: Cast, lab: ChatGroup
) -> None:
    add_member(cast["ann"], lab, "bob", at_ms=2)
    say(exchange, "ann", "group/lab", "1", "2", "3")
    say(exchange, "bob", "user/ann", "a", "b")
    accept_one(exchange, publish("ann", "im/ann/read/user/bob", {"seq": 1}))
    heads = list_conversations(cast["ann"])
    assert [(str(h.key), h.title, h.last_seq, h.read_seq, h.unread) for h in heads] == [
        ("user/bob", "Bob", 2, 1, 1),
        ("group/lab", "The lab", 3, 3, 0),
        ("user/thermo", "Thermo", 0, 0, 0),
    ]
    assert [h.last_message and json.loads(h.last_message)["body"] for h in heads] == ["b", "3", None]
    assert [(str(h.key), h.unread) for h in list_conversations(cast["bob"])] == [("user/ann", 0), ("group/lab", 3)]


def test_what_was_said_before_one_joined_is_neither_unread_nor_shown(
    exchange: Exchange, cast: Cast, lab: ChatGroup
) -> None:
    say(exchange, "ann", "group/lab", "1", "2")
    add_member(cast["ann"], lab, "bob", at_ms=2)
    (head,) = [h for h in list_conversations(cast["bob"]) if h.key == LAB]
    assert (head.last_seq, head.read_seq, head.unread, head.last_message) == (2, 2, 0, None)
    say(exchange, "ann", "group/lab", "3")
    (head,) = [h for h in list_conversations(cast["bob"]) if h.key == LAB]
    assert (head.last_seq, head.read_seq, head.unread) == (3, 2, 1)


def test_a_group_that_one_has_left_is_not_listed(exchange: Exchange, cast: Cast, lab: ChatGroup) -> None:
    add_member(cast["ann"], lab, "bob", at_ms=2)
    remove_member(cast["bob"], lab, "bob", at_ms=3)
    assert [str(h.key) for h in list_conversations(cast["bob"])] == ["user/ann"]


def test_how_far_the_peer_has_read(exchange: Exchange, cast: Cast) -> None:
    bob = topics.user("bob")
    assert peer_read_seq(cast["ann"], bob) == 0
    say(exchange, "ann", "user/bob", "a", "b")
    accept_one(exchange, publish("bob", "im/bob/read/user/ann", {"seq": 1}))
    assert [peer_read_seq(cast["ann"], bob), peer_read_seq(cast["bob"], topics.user("ann"))] == [1, 2]
    assert peer_read_seq(cast["ann"], LAB) == 0


# --- the queue of a session


def replay(account: str, limit: int, after: int = 0) -> list[Delivery]:
    """Page by page, as a session that is behind does."""
    found: list[Delivery] = []
    head = history.last_position()
    while after < head:
        page = read_for_session(account, after=after, limit=limit)
        assert page.upto > after
        assert len(page.deliveries) <= limit
        assert all(after < (d.position or 0) <= page.upto for d in page.deliveries)
        found += page.deliveries
        after = page.upto
    return found


def test_a_session_gets_its_inbox_and_its_own_messages_as_they_went_out(
    exchange: Exchange, cast: Cast, lab: ChatGroup
) -> None:
    add_member(cast["ann"], lab, "bob", at_ms=2)
    batch = [
        text("ann", "user/bob", "x", "1"),
        text("bob", "group/lab", "x", "2"),
        text("ann", "user/thermo", "x", "3"),
    ]
    live = [d for decision in exchange.accept(batch) for d in decision.deliveries]
    for name in ("ann", "bob", "thermo", "dan"):
        expected = [
            Delivery((name,), d.branch, d.tail, d.payload, d.position, d.feed) for d in live if name in d.accounts
        ]
        assert replay(name, 100) == expected
    assert [d.position for d in replay("ann", 1, after=1)] == [2, 3]
    assert [d.position for d in read_by_positions("bob", [3, 2, 1])] == [1, 2]
    assert read_by_positions("bob", []) == []


def test_at_the_head_nothing_is_left(exchange: Exchange, cast: Cast) -> None:
    assert read_for_session("ann", after=0, limit=9) == history.SessionPage([], 0)
    say(exchange, "ann", "user/bob", "a")
    assert read_for_session("dan", after=0, limit=9) == history.SessionPage([], 1)
    assert read_for_session("ann", after=1, limit=9) == history.SessionPage([], 1)
    assert read_for_session("nobody", after=0, limit=9) == history.SessionPage([], 1)


def test_a_backlog_between_the_messages_of_others_is_read_page_by_page(exchange: Exchange, cast: Cast) -> None:
    for n in range(4):
        say(exchange, "ann", "user/thermo", *(f"{n}-{m}" for m in range(5)))
        say(exchange, "ann", "user/bob", f"for bob {n}")
    assert [d.position for d in replay("bob", 10)] == [6, 12, 18, 24]
    assert [d.position for d in read_for_session("bob", after=6, limit=2).deliveries] == [12, 18]
    assert (read_for_session("bob", after=6, limit=2).upto, read_for_session("bob", after=18, limit=2).upto) == (18, 24)
    assert [d.position for d in replay("ann", 4)] == list(range(1, 25))


def test_a_page_costs_a_few_steps_of_the_database_however_long_the_history_is(
    exchange: Exchange, cast: Cast, database: Database
) -> None:
    steps = {}
    for length in (20, 2_000):
        say(exchange, "ann", "user/thermo", *(str(n) for n in range(length)))
        say(exchange, "ann", "user/bob", f"for bob {length}")
        head = last_position()
        steps[length] = count_steps(database, lambda head=head: read_for_session("bob", after=head - 1, limit=32))
        steps[-length] = count_steps(database, lambda: read_for_session("ann", after=10, limit=32))
    # Halving: a hundred times as many messages are seven more look-ups of some fifteen steps each.
    assert steps[2_000] <= steps[20] * 1.5
    assert steps[-2_000] <= steps[-20] * 2


NAMES = ("ann", "bob", "thermo", "dan")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.sampled_from(NAMES), st.sampled_from(["group/lab", "group/den", "user/ann"])),
        st.tuples(st.just("join"), st.sampled_from(NAMES[1:]), st.sampled_from(["lab", "den"])),
        st.tuples(st.just("leave"), st.sampled_from(NAMES[1:]), st.sampled_from(["lab", "den"])),
    ),
    max_size=25,
)


@dataclass
class Model:
    """What everybody has seen live, by the simplest means: a list for each."""

    members: dict[str, set[str]] = field(default_factory=lambda: {"lab": {"ann"}, "den": {"ann"}})
    seen: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: {name: [] for name in NAMES})

    def say(self, sender: str, to: str, body: str) -> None:
        kind, _, name = to.partition("/")
        if kind == "user":
            self.seen[sender].append((f"sent/user/{name}", body))
            if sender != name:
                self.seen[name].append((f"inbox/user/{sender}", body))
        elif sender in self.members[name]:
            for member in self.members[name]:
                self.seen[member].append((f"{'sent' if member == sender else 'inbox'}/{to}", body))


def start_over(database: Database) -> None:
    """An empty database again: hypothesis runs many examples in one test."""
    if database.__class__.__name__ == "SqliteDatabase":
        with database.atomic():
            for table in reversed(TABLES):
                if table is not Meta:
                    table.delete().execute()
    else:
        names = ", ".join(f'"{table._meta.table_name}"' for table in TABLES if table is not Meta)
        database.execute_sql(f"TRUNCATE {names} RESTART IDENTITY CASCADE")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, limit=st.integers(1, 4), start=st.integers(0, 5))
def test_what_a_session_replays_is_what_it_would_have_seen_live(
    database: Database, steps: list[tuple[str, str, str]], limit: int, start: int
) -> None:
    start_over(database)
    people = {name: make_account(name) for name in NAMES}
    for name in NAMES[1:]:
        make_friends(people["ann"], people[name])
    groups = {name: create_group(people["ann"], name, name, at_ms=1) for name in ("lab", "den")}
    model, live = Model(), dict[str, list[tuple[int, str, str]]]({name: [] for name in NAMES})
    with running_exchange() as exchange:
        for n, (verb, who, what) in enumerate(steps):
            if verb == "say":
                decision = accept_one(exchange, text(who, what, str(n), str(n)))
                for d in (d for d in decision.deliveries if d.position is not None):
                    for account in d.accounts:
                        body = json.loads(d.payload)["body"]
                        live[account].append((d.position or 0, f"{d.branch.value}/{d.tail}", body))
                model.say(who, what, str(n))
            elif verb == "join" and who not in model.members[what]:
                add_member(people["ann"], groups[what], who, at_ms=n)
                model.members[what].add(who)
            elif verb == "leave" and who in model.members[what]:
                remove_member(people[who], groups[what], who, at_ms=n)
                model.members[what].discard(who)
    for name in NAMES:
        assert [(place, body) for _, place, body in live[name]] == model.seen[name]
        replayed = [
            (d.position or 0, f"{d.branch.value}/{d.tail}", json.loads(d.payload)["body"])
            for d in replay(name, limit, after=start)
        ]
        assert replayed == [one for one in live[name] if one[0] > start]
