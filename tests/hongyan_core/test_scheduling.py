"""Messages for later, as the web app keeps them; `test_due.py` sends them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import peewee
import pytest

from hongyan_core.actions.groups import create_group
from hongyan_core.actions.scheduling import (
    cancel_scheduled,
    change_scheduled,
    list_scheduled,
    schedule_message,
    send_scheduled_now,
    show_draft,
)
from hongyan_core.exchange import Exchange
from hongyan_core.problems import Problem
from hongyan_core.store.models import Account, ScheduledMessage
from tests.support.cast import make_account, make_friends, take_notices
from tests.support.exchanging import StoppedClock, running_exchange, told

NOW = 1_790_000_000_000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
WORDS = {"kind": "text", "body": "hi"}


@dataclass(frozen=True)
class Cast:
    ann: Account
    bob: Account


@pytest.fixture
def cast(database: peewee.Database) -> Cast:
    """Ann, who lives in Shanghai, and bob are friends; ann has a group."""
    cast = Cast(make_account("ann", time_zone="Asia/Shanghai"), make_account("bob"))
    make_friends(cast.ann, cast.bob)
    create_group(cast.ann, "lab", "Lab", at_ms=1)
    take_notices()
    return cast


@pytest.fixture
def exchange(cast: Cast) -> Iterator[Exchange]:
    with running_exchange(clock=StoppedClock(NOW + 1)) as opened:
        yield opened


def plan(account: Account, *, to: str = "user/bob", in_ms: int = HOUR_MS, **changes: Any) -> ScheduledMessage:
    draft, repeat = changes.pop("draft", WORDS), changes.pop("repeat", None)
    return schedule_message(account, to, draft, NOW + in_ms, repeat, at_ms=NOW)


def test_what_is_left_for_later_is_listed_in_its_order_and_told_to_own_devices(cast: Cast) -> None:
    later = plan(cast.ann, in_ms=2 * HOUR_MS, draft={**WORDS, "id": "later"})
    sooner = plan(cast.ann, to="group/lab", repeat="daily", draft={**WORDS, "id": "sooner"})
    notes = plan(cast.ann, to="user/ann", in_ms=366 * DAY_MS)
    assert [row.id for row in list_scheduled(cast.ann)] == [sooner.id, later.id, notes.id]
    assert list_scheduled(cast.bob) == []
    assert (sooner.key, sooner.message_id, sooner.repeat, sooner.time_zone) == (
        "group/lab",
        "sooner",
        "daily",
        "Asia/Shanghai",
    )
    assert show_draft(later) == WORDS
    told_notices = [(to, notice) for to, notice in take_notices()][:1]
    assert told_notices == [
        (["ann"], {"type": "scheduled", "id": "later", "to": "user/bob", "deliver_at": NOW + 2 * HOUR_MS, "at": NOW})
    ]


def test_the_same_id_again_is_the_same_message(cast: Cast) -> None:
    first = plan(cast.ann, draft={**WORDS, "id": "m"})
    again = plan(cast.ann, draft={"kind": "text", "body": "other", "id": "m"}, in_ms=5)
    assert (again.id, again.due_ms, ScheduledMessage.select().count()) == (first.id, NOW + HOUR_MS, 1)


def test_a_draft_without_a_kind_is_a_text(cast: Cast) -> None:
    assert show_draft(plan(cast.ann, draft={"body": "hi"})) == WORDS


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        pytest.param({"in_ms": 0}, "past_time", "deliver_at", id="now"),
        pytest.param({"in_ms": -HOUR_MS}, "past_time", "deliver_at", id="in the past"),
        pytest.param({"in_ms": 366 * DAY_MS + 1}, "past_time", "deliver_at", id="beyond a year"),
        pytest.param({"to": "user/eve"}, "unknown_conversation", "to", id="to a stranger"),
        pytest.param({"to": "user/nobody"}, "unknown_conversation", "to", id="to nobody"),
        pytest.param({"to": "group/none"}, "unknown_conversation", "to", id="to no group"),
        pytest.param({"to": "bob"}, "unknown_conversation", "to", id="to no conversation"),
        pytest.param({"to": "user/a/b"}, "unknown_conversation", "to", id="to a path"),
        pytest.param({"draft": {"kind": "text"}}, "malformed_field", "body", id="without words"),
        pytest.param({"draft": {"kind": "text", "body": "a\0"}}, "malformed_field", "body", id="a NUL"),
        pytest.param({"draft": {"kind": "nonsense"}}, "malformed_field", "kind", id="an unknown kind"),
        pytest.param({"draft": {"kind": "edit", "of": 1, "body": "x"}}, "malformed_field", "kind", id="a mark"),
        pytest.param({"draft": {"kind": "card", "name": "c1", "data": {}}}, "malformed_field", "kind", id="a card"),
        pytest.param({"draft": {**WORDS, "deliver_at": 1}}, "malformed_field", "deliver_at", id="a time inside"),
        pytest.param({"draft": {**WORDS, "seq": 1}}, "malformed_field", "seq", id="a field of the server's"),
        pytest.param({"draft": {**WORDS, "id": "x" * 65}}, "malformed_field", "id", id="too long an id"),
        pytest.param({"draft": {"kind": "text", "body": "x" * 65_536}}, "too_large", "draft", id="too much"),
    ],
)
def test_what_cannot_be_left_for_later(cast: Cast, changes: dict[str, Any], code: str, field: str) -> None:
    make_account("eve")
    with pytest.raises(Problem) as caught:
        plan(cast.ann, **changes)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert (ScheduledMessage.select().count(), take_notices()) == (0, [])


def test_a_hundred_messages_may_wait(cast: Cast) -> None:
    for _ in range(100):
        plan(cast.ann)
    with pytest.raises(Problem) as caught:
        plan(cast.ann)
    assert (caught.value.code, caught.value.params) == ("too_many", {"limit": 100})
    plan(cast.bob, to="user/ann")


def test_words_time_and_repeats_can_be_changed(cast: Cast) -> None:
    row = plan(cast.ann)
    wanted = {"body": "hello", "deliver_at": NOW + DAY_MS, "repeat": "weekly"}
    changed = change_scheduled(cast.ann, row.id, wanted, at_ms=NOW)
    assert (show_draft(changed)["body"], changed.due_ms, changed.repeat) == ("hello", NOW + DAY_MS, "weekly")
    once = change_scheduled(cast.ann, row.id, {"repeat": None}, at_ms=NOW)
    assert (once.repeat, once.due_ms) == ("", NOW + DAY_MS)


@pytest.mark.parametrize(
    ("wanted", "code", "field"),
    [
        pytest.param({"body": ""}, "malformed_field", "body", id="no words"),
        pytest.param({"deliver_at": NOW}, "past_time", "deliver_at", id="now"),
        pytest.param({"deliver_at": NOW + 367 * DAY_MS}, "past_time", "deliver_at", id="beyond a year"),
    ],
)
def test_a_change_that_cannot_be_changes_nothing(cast: Cast, wanted: dict[str, Any], code: str, field: str) -> None:
    row = plan(cast.ann)
    with pytest.raises(Problem) as caught:
        change_scheduled(cast.ann, row.id, {"repeat": "daily", **wanted}, at_ms=NOW)
    assert (caught.value.code, caught.value.field) == (code, field)
    (after,) = list_scheduled(cast.ann)
    assert (after.draft, after.due_ms, after.repeat) == (row.draft, row.due_ms, "")


def test_a_new_time_makes_a_refused_one_wait_again(cast: Cast) -> None:
    row = plan(cast.ann)
    ScheduledMessage.update(due_ms=None, refusal="blocked").execute()
    again = change_scheduled(cast.ann, row.id, {"deliver_at": NOW + 5}, at_ms=NOW)
    assert (again.due_ms, again.refusal) == (NOW + 5, "")


def test_one_that_is_cancelled_is_not_sent(cast: Cast, exchange: Exchange) -> None:
    row = plan(cast.ann, in_ms=1)
    take_notices()
    cancel_scheduled(cast.ann, row.id, at_ms=NOW)
    assert exchange.run_due() == []
    assert [(to, notice["deliver_at"]) for to, notice in take_notices()] == [(["ann"], None)]


def test_now_is_with_the_next_look_and_a_repeat_keeps_its_times(cast: Cast, exchange: Exchange) -> None:
    row = plan(cast.ann, repeat="daily")
    send_scheduled_now(cast.ann, row.id, at_ms=NOW)
    (effect,) = exchange.run_due()
    assert [place for _, place, _ in told(effect.decision)] == ["inbox/user/ann", "sent/user/bob"]
    (after,) = list_scheduled(cast.ann)
    assert (after.due_ms, after.times) == (NOW + HOUR_MS, 1)


def test_what_is_anothers_is_not_there(cast: Cast) -> None:
    row = plan(cast.ann)
    for deed in (
        lambda: change_scheduled(cast.bob, row.id, {"body": "x"}, at_ms=NOW),
        lambda: send_scheduled_now(cast.bob, row.id, at_ms=NOW),
        lambda: cancel_scheduled(cast.bob, row.id, at_ms=NOW),
        lambda: cancel_scheduled(cast.ann, row.id + 1, at_ms=NOW),
    ):
        with pytest.raises(Problem) as caught:
            deed()
        assert caught.value.code == "unknown_scheduled"
    assert list_scheduled(cast.ann) == [row]
