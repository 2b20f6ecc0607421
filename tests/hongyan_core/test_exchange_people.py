"""What the exchange does for people, bots and groups beyond plain talk, on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from peewee import Database, OperationalError

from hongyan import topics
from hongyan.limits import Limits
from hongyan_core import exchange as exchange_module
from hongyan_core.actions.groups import add_member, create_group, remove_member
from hongyan_core.exchange import Accepted, Decided, Effect, Exchange, Refused, StoreUnavailable, Told
from hongyan_core.store import facts
from hongyan_core.store.database import raise_relations_version, write_transaction
from hongyan_core.store.groups import touch_group
from hongyan_core.store.history import list_conversations, read_history
from hongyan_core.store.models import FOREVER_MS, Account, ChatGroup, Membership, Outbox, Scope, StoredMessage
from hongyan_core.store.outbox import tell_line, tell_notice, tell_send
from tests.support.cast import make_account, make_block, make_friends, take_outbox
from tests.support.exchanging import (
    StoppedClock,
    accept_one,
    code,
    publish,
    running_exchange,
    stamp,
    text,
    told,
)

Cast = dict[str, Account]


@pytest.fixture
def cast(database: Database) -> Cast:
    """ann is bob's and thermo's friend; eve is ann's friend and has blocked her."""
    people = {name: make_account(name) for name in ("ann", "bob", "eve", "thermo")}
    for friend in ("bob", "eve", "thermo"):
        make_friends(people["ann"], people[friend])
    make_block(people["eve"], people["ann"])
    return people


@pytest.fixture
def lab(cast: Cast) -> ChatGroup:
    """ann's group with bob and thermo."""
    group = create_group(cast["ann"], "lab", "The lab", at_ms=1)
    for name in ("bob", "thermo"):
        add_member(cast["ann"], group, name, at_ms=1)
    Outbox.delete().execute()
    return group


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def exchange(cast: Cast, clock: StoppedClock) -> Iterator[Exchange]:
    with running_exchange(clock=clock) as opened:
        yield opened


def change(group: ChatGroup, **columns: Any) -> None:
    """A setting of the group, as an action leaves it."""
    with write_transaction():
        raise_relations_version()
        ChatGroup.update(**columns).where(ChatGroup.id == group.id).execute()
        touch_group(group)


def change_member(group: ChatGroup, account: Account, **columns: Any) -> None:
    with write_transaction():
        raise_relations_version()
        Membership.update(**columns).where(Membership.account == account).execute()
        touch_group(group)


def history_of(account: Account, key: topics.ConversationKey) -> list[dict[str, Any]]:
    page = read_history(account, key, after=None, before=None, limit=50)
    return [json.loads(message) for message in page.messages]


def decided(effects: list[Effect]) -> list[Any]:
    return [effect.decision for effect in effects if isinstance(effect, Decided)]


# --- lines


def test_a_line_is_stored_and_told_to_the_members_of_that_moment(
    exchange: Exchange, cast: Cast, lab: ChatGroup
) -> None:
    accept_one(exchange, text("bob", "group/lab", "hello", "m1"))
    with write_transaction():
        tell_line("ann", "lab", {"event": "title", "title": "New", "body": "ann named the group New"})
    (decision,) = decided(exchange.drain_outbox())
    (others, place, line), (mine, own_place, _) = told(decision)
    assert (others, place, mine, own_place) == (("bob", "thermo"), "inbox/group/lab", ("ann",), "sent/group/lab")
    assert {name: line[name] for name in ("kind", "event", "title", "body", "from", "to", "seq", "at")} == {
        "kind": "event",
        "event": "title",
        "title": "New",
        "body": "ann named the group New",
        "from": "ann",
        "to": "group/lab",
        "seq": 2,
        "at": 1_000,
    }
    assert (decision.position, exchange.head) == (2, 2)
    assert history_of(cast["thermo"], topics.group("lab"))[-1] == line
    assert (Outbox.select().count(), exchange.drain_outbox()) == (0, [])


def test_who_has_left_does_not_get_the_line_that_says_so(exchange: Exchange, cast: Cast, lab: ChatGroup) -> None:
    remove_member(cast["bob"], lab, "bob", at_ms=5)
    (decision,) = decided(exchange.drain_outbox())
    assert [(accounts, place) for accounts, place, _ in told(decision)] == [(("ann", "thermo"), "inbox/group/lab")]
    assert history_of(cast["bob"], topics.group("lab")) == []
    assert [line["event"] for line in history_of(cast["ann"], topics.group("lab"))] == ["left"]


def test_a_line_for_nobody_is_told_to_nobody(exchange: Exchange, cast: Cast, lab: ChatGroup) -> None:
    for name in ("bob", "thermo", "ann"):
        remove_member(cast[name], lab, name, at_ms=5)
    take_outbox()
    with write_transaction():
        tell_line("ann", "lab", {"event": "left", "body": "ann left"})
        tell_line("ann", "nowhere", {"event": "left", "body": "ann left"})
    assert [decision.deliveries for decision in decided(exchange.drain_outbox())] == [(), ()]


def test_lines_messages_and_notices_keep_the_order_in_which_they_were_told(exchange: Exchange, lab: ChatGroup) -> None:
    with write_transaction():
        tell_line("ann", "lab", {"event": "muted_all", "body": "quiet"})
        tell_notice(["bob"], {"type": "group_changed", "group": "lab"})
        tell_send("ann", "user/bob", {"kind": "text", "body": "to you alone"})
    line, notice, message = exchange.drain_outbox()
    assert isinstance(notice, Told)
    assert isinstance(line, Decided)
    assert isinstance(message, Decided)
    assert [told(one.decision)[0][1] for one in (line, message)] == ["inbox/group/lab", "inbox/user/ann"]
    assert stamp(message.decision)["body"] == "to you alone"


def test_while_the_database_cannot_write_a_line_waits_and_is_stored_once(
    exchange: Exchange, cast: Cast, lab: ChatGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    with write_transaction():
        tell_line("ann", "lab", {"event": "left", "body": "x"})

    def full(*_: object) -> None:
        raise OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(exchange_module, "record", full)
        with pytest.raises(StoreUnavailable):
            exchange.drain_outbox()
    assert Outbox.select().count() == 1
    assert len(decided(exchange.drain_outbox())) == 1
    assert [line["seq"] for line in history_of(cast["ann"], topics.group("lab"))] == [1]


def test_a_line_that_nobody_understands_does_not_hold_up_the_others(exchange: Exchange, lab: ChatGroup) -> None:
    Outbox.insert(kind="line", payload="{}").execute()
    with write_transaction():
        tell_line("ann", "lab", {"event": "left", "body": "x"})
    assert len(decided(exchange.drain_outbox())) == 1
    assert Outbox.select().count() == 0


def test_the_client_cannot_forge_a_line(exchange: Exchange, lab: ChatGroup) -> None:
    forged = publish("bob", "im/bob/send/group/lab", {"kind": "event", "event": "owner", "body": "bob is the owner"})
    assert code(accept_one(exchange, forged)) == "malformed"


# --- messages that the web app hands in


def test_a_message_of_the_web_app_is_decided_like_any_other(exchange: Exchange, cast: Cast) -> None:
    with write_transaction():
        for to in ("user/bob", "user/eve", "group/lab"):
            tell_send("ann", to, {"kind": "text", "body": "hello all"})
    sent, blocked, foreign = decided(exchange.drain_outbox())
    assert stamp(sent)["body"] == "hello all"
    assert [decision.code.value for decision in (blocked, foreign)] == ["blocked", "not_member"]
    assert all(isinstance(decision, Refused) for decision in (blocked, foreign))


def test_what_the_web_app_hands_in_is_not_counted_against_the_rate(cast: Cast) -> None:
    with running_exchange(Limits(messages_burst=1, messages_per_s=0.001)) as exchange:
        with write_transaction():
            for n in range(3):
                tell_send("ann", "user/bob", {"kind": "text", "body": str(n)})
        assert [stamp(one)["body"] for one in decided(exchange.drain_outbox())] == ["0", "1", "2"]
        assert code(accept_one(exchange, text("ann", "user/bob", "x", "m1"))) == "accepted"
        assert code(accept_one(exchange, text("ann", "user/bob", "x", "m2"))) == "rate_limited"


# --- mutes and writers, from the very next message


def test_a_mute_holds_until_its_time_and_from_the_next_message_on(
    exchange: Exchange, clock: StoppedClock, cast: Cast, lab: ChatGroup
) -> None:
    assert code(accept_one(exchange, text("bob", "group/lab", "x", "m1"))) == "accepted"
    change_member(lab, cast["bob"], muted_until_ms=5_000)
    assert code(accept_one(exchange, text("bob", "group/lab", "x", "m2"))) == "muted"
    typing = publish("bob", "im/bob/signal/group/lab", {"type": "typing"})
    assert code(accept_one(exchange, typing)) == "muted"
    assert code(accept_one(exchange, text("thermo", "group/lab", "x", "m3"))) == "accepted"
    clock.at_ms = 4_999
    assert code(accept_one(exchange, text("bob", "group/lab", "x", "m4"))) == "muted"
    clock.at_ms = 5_000
    assert code(accept_one(exchange, text("bob", "group/lab", "x", "m5"))) == "accepted"


def test_to_mute_all_leaves_out_who_manages_the_group(exchange: Exchange, cast: Cast, lab: ChatGroup) -> None:
    change_member(lab, cast["thermo"], role="admin")
    change(lab, muted_until_ms=FOREVER_MS)
    said = [code(accept_one(exchange, text(name, "group/lab", "x", "m"))) for name in ("ann", "thermo", "bob")]
    assert said == ["accepted", "accepted", "muted"]
    change(lab, muted_until_ms=None)
    assert code(accept_one(exchange, text("bob", "group/lab", "x", "m2"))) == "accepted"


def test_where_only_admins_write_the_others_read(exchange: Exchange, cast: Cast, lab: ChatGroup) -> None:
    change(lab, writers="admins")
    assert code(accept_one(exchange, text("bob", "group/lab", "x", "m"))) == "announcements_only"
    decision = accept_one(exchange, text("ann", "group/lab", "news", "m"))
    assert told(decision)[0][0] == ("bob", "thermo")


def test_a_dissolved_group_has_no_members(exchange: Exchange, cast: Cast, lab: ChatGroup) -> None:
    assert code(accept_one(exchange, text("bob", "group/lab", "x", "m1"))) == "accepted"
    change(lab, dissolved_at_ms=9)
    assert code(accept_one(exchange, text("bob", "group/lab", "x", "m2"))) == "not_member"


def test_that_a_group_is_dissolved_is_its_last_line(exchange: Exchange, cast: Cast, lab: ChatGroup) -> None:
    change(lab, dissolved_at_ms=9)
    with write_transaction():
        tell_line("ann", "lab", {"event": "dissolved", "body": "ann dissolved the group"})
    (decision,) = decided(exchange.drain_outbox())
    assert [(accounts, place) for accounts, place, _ in told(decision)] == [
        (("bob", "thermo"), "inbox/group/lab"),
        (("ann",), "sent/group/lab"),
    ]
    assert [line["event"] for line in history_of(cast["bob"], topics.group("lab"))] == ["dissolved"]


# --- the scope of a bot


def test_a_bot_writes_only_within_its_scope_from_the_next_message_on(
    exchange: Exchange, cast: Cast, lab: ChatGroup
) -> None:
    assert code(accept_one(exchange, text("thermo", "user/ann", "21", "m1"))) == "accepted"
    with write_transaction():
        raise_relations_version()
        Account.update(scoped=True).where(Account.id == cast["thermo"].id).execute()
        Scope.create(account=cast["thermo"], key="group/lab")
    said = [code(accept_one(exchange, text("thermo", to, "21", f"m-{to}"))) for to in ("user/ann", "group/lab")]
    assert said == ["out_of_scope", "accepted"]
    read = publish("thermo", "im/thermo/read/user/ann", {"seq": 1})
    assert isinstance(accept_one(exchange, read), Accepted)


# --- notes to oneself


def test_a_note_to_oneself_goes_to_ones_own_devices_and_into_the_history(exchange: Exchange, cast: Cast) -> None:
    assert history_of(cast["ann"], topics.user("ann")) == []
    decision = accept_one(exchange, text("ann", "user/ann", "buy milk", "n1"))
    assert [(accounts, place) for accounts, place, _ in told(decision)] == [(("ann",), "sent/user/ann")]
    assert [note["body"] for note in history_of(cast["ann"], topics.user("ann"))] == ["buy milk"]
    (head,) = [head for head in list_conversations(cast["ann"]) if head.key == topics.user("ann")]
    assert (head.title, head.last_seq, head.unread) == ("Ann", 1, 0)
    again = accept_one(exchange, text("ann", "user/ann", "buy milk", "n1"))
    assert (stamp(again)["seq"], StoredMessage.select().count()) == (1, 1)


# --- large groups


def test_a_group_is_read_again_only_when_it_has_changed(
    exchange: Exchange, cast: Cast, lab: ChatGroup, count_members_read: Callable[[], int]
) -> None:
    accept_one(exchange, text("bob", "group/lab", "x", "m1"))
    assert count_members_read() == 1
    with write_transaction():
        raise_relations_version()  # somebody else has changed something
    accept_one(exchange, text("bob", "group/lab", "x", "m2"))
    assert count_members_read() == 1
    change(lab, title="Newer")
    accept_one(exchange, text("bob", "group/lab", "x", "m3"))
    assert count_members_read() == 2


@pytest.fixture
def count_members_read(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    reads: list[int] = []
    real = facts._load_members

    def load(group_id: int) -> Any:
        reads.append(group_id)
        return real(group_id)

    monkeypatch.setattr(facts, "_load_members", load)
    return lambda: len(reads)
