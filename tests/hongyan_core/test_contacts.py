from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import peewee
import pytest

from hongyan_core.actions import contacts
from hongyan_core.actions.broadcasts_to_label import send_to_label
from hongyan_core.actions.contacts import change_contact, delete_label, rename_label, renew_link
from hongyan_core.actions.friends import unfriend
from hongyan_core.problems import Problem
from hongyan_core.store.contacts import Label, list_friends, list_labels
from hongyan_core.store.models import Account, ContactLabel, Meta
from tests.support.cast import make_account, make_block, make_friends, take_notices, take_outbox


@dataclass(frozen=True)
class Cast:
    ann: Account
    bob: Account
    eve: Account


@pytest.fixture
def cast(database: peewee.Database) -> Cast:
    """Ann has two friends, bob and eve."""
    cast = Cast(make_account("ann"), make_account("bob"), make_account("eve"))
    make_friends(cast.ann, cast.bob)
    make_friends(cast.ann, cast.eve)
    return cast


def shown(viewer: Account) -> list[tuple[str, str, list[str], bool]]:
    return [(friend.username, friend.remark, friend.labels, friend.starred) for friend in list_friends(viewer)]


def test_remark_labels_and_star_are_ones_own_and_only_ones_devices_are_told(cast: Cast) -> None:
    version = Meta.get_by_id("relations_version").value
    friend = change_contact(cast.ann, "bob", remark=" 老鲍 ", labels=["work", "家", "work"], starred=True, at_ms=10)
    assert (friend.username, friend.remark, friend.labels, friend.starred) == ("bob", "老鲍", ["work", "家"], True)
    assert shown(cast.ann) == [("bob", "老鲍", ["work", "家"], True), ("eve", "", [], False)]
    assert shown(cast.bob) == [("ann", "", [], False)]
    assert take_notices() == [(["ann"], {"type": "contact_changed", "who": "bob", "at": 10})]
    assert Meta.get_by_id("relations_version").value == version  # nobody may do more or less by it


def test_what_is_not_named_stays_as_it_is(cast: Cast) -> None:
    change_contact(cast.ann, "bob", remark="B", labels=["work"], starred=True, at_ms=10)
    change_contact(cast.ann, "bob", starred=False, at_ms=20)
    assert shown(cast.ann)[0] == ("bob", "B", ["work"], False)
    change_contact(cast.ann, "bob", remark="", labels=[], at_ms=30)
    assert shown(cast.ann)[0] == ("bob", "", [], False)


@pytest.mark.parametrize("name", ["dan", "nobody", "Not A Name", "bob\0", "ann"])
def test_only_friends_are_contacts(cast: Cast, name: str) -> None:
    make_account("dan")
    with pytest.raises(Problem, match="not_friends"):
        change_contact(cast.ann, name, remark="x", at_ms=10)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        pytest.param({"remark": "x" * 65}, "malformed_field", "remark", id="a remark of 65"),
        pytest.param({"remark": "a\nb"}, "malformed_field", "remark", id="a remark of two lines"),
        pytest.param({"labels": [""]}, "malformed_field", "labels", id="an empty label"),
        pytest.param({"labels": ["  "]}, "malformed_field", "labels", id="a blank label"),
        pytest.param({"labels": ["x" * 33]}, "malformed_field", "labels", id="a label of 33"),
        pytest.param({"labels": ["a/b"]}, "malformed_field", "labels", id="a slash"),
        pytest.param({"labels": [".."]}, "malformed_field", "labels", id="only dots"),
        pytest.param({"labels": ["a\u202eb"]}, "malformed_field", "labels", id="a reversal of direction"),
        pytest.param({"labels": [f"l{n}" for n in range(21)]}, "too_many", "labels", id="21 labels"),
    ],
)
def test_a_change_that_cannot_be(cast: Cast, change: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Problem) as caught:
        change_contact(cast.ann, "bob", **change, at_ms=10)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert shown(cast.ann)[0] == ("bob", "", [], False)
    assert take_outbox() == []


def test_the_labels_of_an_account_are_limited(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contacts, "MAX_LABELS", 2)
    change_contact(cast.ann, "bob", labels=["a", "b"], at_ms=10)
    change_contact(cast.ann, "eve", labels=["a", "b"], at_ms=10)
    with pytest.raises(Problem) as caught:
        change_contact(cast.ann, "eve", labels=["c"], at_ms=10)
    assert (caught.value.code, caught.value.params) == ("too_many", {"limit": 2})
    assert list_labels(cast.ann) == [Label("a", 2), Label("b", 2)]


def test_a_label_is_renamed_for_all_who_have_it_and_joins_another(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contacts, "_PAGE", 1)  # several transactions
    change_contact(cast.ann, "bob", labels=["work", "old"], at_ms=10)
    change_contact(cast.ann, "eve", labels=["old"], at_ms=10)
    change_contact(cast.bob, "ann", labels=["old"], at_ms=10)
    take_outbox()
    assert rename_label(cast.ann, "old", " work ", at_ms=20) == "work"
    assert list_labels(cast.ann) == [Label("work", 2)]
    assert list_labels(cast.bob) == [Label("old", 1)]
    assert take_notices()[-1] == (["ann"], {"type": "contact_changed", "label": "old", "at": 20})
    assert rename_label(cast.ann, "work", "work", at_ms=30) == "work"


def test_a_deleted_label_leaves_its_friends(cast: Cast) -> None:
    change_contact(cast.ann, "bob", labels=["old", "new"], at_ms=10)
    delete_label(cast.ann, "old", at_ms=20)
    assert shown(cast.ann)[0] == ("bob", "", ["new"], False)


@pytest.mark.parametrize("label", ["none", "", "a\0b", "\ud800", "x" * 40, "theirs"])
@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda account, label: rename_label(account, label, "new", at_ms=20), id="rename"),
        pytest.param(lambda account, label: delete_label(account, label, at_ms=20), id="delete"),
    ],
)
def test_a_label_that_nobody_has_is_unknown(cast: Cast, act: Callable[[Account, str], object], label: str) -> None:
    change_contact(cast.bob, "ann", labels=["theirs"], at_ms=10)
    with pytest.raises(Problem, match="unknown_label"):
        act(cast.ann, label)


def test_the_end_of_a_friendship_takes_remarks_and_labels_of_both(cast: Cast) -> None:
    change_contact(cast.ann, "bob", labels=["a"], at_ms=10)
    change_contact(cast.bob, "ann", labels=["b"], at_ms=10)
    change_contact(cast.ann, "eve", labels=["a"], at_ms=10)
    unfriend(cast.bob, "ann", at_ms=20)
    assert [(row.account.name, row.friend.name) for row in ContactLabel.select()] == [("ann", "eve")]


def test_a_message_to_a_label_goes_to_each_friend_who_may_be_written_to(cast: Cast) -> None:
    for name in ("carl", "dora", "gone"):
        make_friends(cast.ann, make_account(name))
    for friend in list_friends(cast.ann):
        if friend.username != "eve":
            change_contact(cast.ann, friend.username, labels=["work"], at_ms=10)
    make_block(Account.get(name="carl"), cast.ann)
    make_block(cast.ann, Account.get(name="dora"))
    Account.update(deleted_at_ms=5).where(Account.name == "gone").execute()
    take_outbox()
    assert send_to_label(cast.ann, "work", " 早！\n") == 1
    ((kind, sent),) = take_outbox()
    assert (kind, sent["account"], sent["to"], sent["fields"]) == (
        "send",
        "ann",
        "user/bob",
        {"kind": "text", "body": "早！"},
    )


@pytest.mark.parametrize(
    ("label", "body", "code", "field"),
    [
        pytest.param("work", "", "malformed_field", "body", id="nothing to say"),
        pytest.param("work", " \n", "malformed_field", "body", id="blank"),
        pytest.param("work", "x" * 10_001, "malformed_field", "body", id="too long"),
        pytest.param("work", "a\x1bb", "malformed_field", "body", id="a control character"),
        pytest.param("none", "hello", "unknown_label", "label", id="no such label"),
        pytest.param("a\ud800", "hello", "unknown_label", "label", id="what cannot be a label"),
    ],
)
def test_a_message_to_a_label_that_cannot_be(cast: Cast, label: str, body: str, code: str, field: str) -> None:
    change_contact(cast.ann, "bob", labels=["work"], at_ms=10)
    take_outbox()
    with pytest.raises(Problem) as caught:
        send_to_label(cast.ann, label, body)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert take_outbox() == []


def test_a_renewed_link_has_another_generation(cast: Cast) -> None:
    assert (renew_link(cast.ann), renew_link(cast.ann)) == (2, 3)
    assert Account.get(name="ann").link_generation == 3
    assert Account.get(name="bob").link_generation == 1
