"""What newcomers and returners see of what was said before: a setting, which pages, heads and sessions keep alike."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from peewee import Database

from hongyan import topics
from hongyan_core.actions.groups import add_member, change_group, create_group, remove_member
from hongyan_core.exchange import Exchange
from hongyan_core.store.history import list_conversations, read_by_positions, read_for_session, read_history
from hongyan_core.store.models import ChatGroup, Membership, ReadMark
from tests.support.cast import make_account, make_friends
from tests.support.exchanging import running_exchange, text

LAB = topics.group("lab")


class Talk:
    """Ann's group lab, in which she speaks; bob comes and goes."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.ann, self.bob = make_account("ann"), make_account("bob")
        make_friends(self.ann, self.bob)
        self.lab: ChatGroup = create_group(self.ann, "lab", "The lab", at_ms=1)

    def say(self, *bodies: str) -> None:
        self.exchange.accept([text("ann", "group/lab", body, f"m{body}") for body in bodies])

    def show(self, history: str) -> None:
        """How much newcomers see from now on."""
        change_group(self.ann, self.lab, {"history": history}, at_ms=2)

    def let_in(self) -> None:
        add_member(self.ann, self.lab, "bob", at_ms=2)

    def put_out(self) -> None:
        remove_member(self.ann, self.lab, "bob", at_ms=3)

    def intervals(self) -> list[tuple[int, int | None]]:
        rows = Membership.select().where(Membership.account == self.bob).order_by(Membership.since_seq)
        return [(row.since_seq, row.until_seq) for row in rows]

    def pages(self) -> str:
        page = read_history(self.bob, LAB, after=0, before=None, limit=99)
        return "".join(json.loads(payload)["body"] for payload in page.messages)

    def session(self) -> str:
        """What a session gets that was away from the beginning."""
        found = read_for_session("bob", after=0, limit=99).deliveries
        one_by_one = read_by_positions("bob", range(1, 99))
        assert [d.position for d in one_by_one] == [d.position for d in found]
        return "".join(json.loads(d.payload)["body"] for d in found)

    def unread(self) -> int:
        return next(head.unread for head in list_conversations(self.bob) if head.key == LAB)


@pytest.fixture
def talk(database: Database) -> Iterator[Talk]:
    with running_exchange() as exchange:
        yield Talk(exchange)


def test_a_newcomer_sees_what_is_written_from_now_on(talk: Talk) -> None:
    talk.say("1", "2")
    talk.let_in()
    talk.say("3")
    assert talk.intervals() == [(2, None)]
    assert (talk.pages(), talk.session(), talk.unread()) == ("3", "3", 1)


def test_a_newcomer_sees_all_where_it_is_set_so_and_it_counts_as_read(talk: Talk) -> None:
    talk.show("all")
    talk.say("1", "2")
    talk.let_in()
    assert talk.intervals() == [(0, None)]
    assert (talk.pages(), talk.session(), talk.unread()) == ("12", "12", 0)
    talk.say("3")
    assert (talk.pages(), talk.session(), talk.unread()) == ("123", "123", 1)


def test_a_returner_sees_what_was_said_while_they_were_there(talk: Talk) -> None:
    talk.let_in()
    talk.say("1")
    talk.put_out()
    talk.say("2")
    talk.let_in()
    talk.say("3")
    assert talk.intervals() == [(0, 1), (2, None)]
    assert (talk.pages(), talk.session()) == ("13", "13")


def test_a_returner_sees_all_once_where_it_is_set_so(talk: Talk) -> None:
    for body in "12":
        talk.let_in()
        talk.say(body)
        talk.put_out()
    talk.say("3")
    talk.show("all")
    talk.let_in()
    assert talk.intervals() == [(0, None)]
    assert (talk.pages(), talk.session(), talk.unread()) == ("123", "123", 0)


def test_who_may_see_all_keeps_that_when_the_setting_is_taken_back(talk: Talk) -> None:
    talk.show("all")
    talk.say("1")
    talk.let_in()
    talk.put_out()
    talk.show("joined")
    talk.say("2")
    talk.let_in()
    talk.say("3")
    assert talk.intervals() == [(0, 1), (2, None)]
    assert (talk.pages(), talk.session()) == ("13", "13")


def test_a_setting_opens_nothing_for_those_who_are_in(talk: Talk) -> None:
    talk.say("1")
    talk.let_in()
    talk.show("all")
    talk.say("2")
    assert (talk.pages(), talk.session()) == ("2", "2")


def test_a_read_mark_only_rises(talk: Talk) -> None:
    talk.show("all")
    talk.say("1", "2")
    ReadMark.create(account=talk.bob, conversation=talk.lab.conversation_id, seq=1)
    talk.let_in()
    assert ReadMark.get(account=talk.bob).seq == 2
    talk.put_out()
    ReadMark.update(seq=9).where(ReadMark.account == talk.bob).execute()
    talk.let_in()
    assert ReadMark.get(account=talk.bob).seq == 9
