from __future__ import annotations

from typing import Any

import peewee
import pytest

from hongyan_core.actions import invitations
from hongyan_core.actions.invitations import end_invitation, find_invitation, list_invitations, make_invitation
from hongyan_core.problems import Problem
from hongyan_core.store.models import Account, AuditEntry, Link
from tests.support.cast import make_account


@pytest.fixture
def ann(database: peewee.Database) -> Account:
    return make_account("ann", role="admin")


def make(account: Account, **changes: Any) -> Link:
    return make_invitation(
        account, **{"in_person": True, "expires_at_ms": None, "max_uses": None, "at_ms": 1_000, **changes}
    )


def test_invitations_are_listed_newest_first_until_they_are_ended(ann: Account) -> None:
    first, second = make(ann), make(make_account("bob", role="moderator"), expires_at_ms=2_000, max_uses=3)
    Link.create(kind="group", creator=ann, group_id=7, created_at_ms=1)
    assert [link.id for link in list_invitations(ann, in_person=True)] == [second.id, first.id]
    end_invitation(ann, second.id, in_person=True, at_ms=1_500)
    assert [link.id for link in list_invitations(ann, in_person=True)] == [first.id]
    assert [(row.actor, row.action, row.target) for row in AuditEntry.select().order_by(AuditEntry.id)] == [
        ("ann", "make_invitation", str(first.id)),
        ("bob", "make_invitation", str(second.id)),
        ("ann", "end_invitation", str(second.id)),
    ]


@pytest.mark.parametrize(("role", "in_person"), [("user", True), ("admin", False), ("moderator", False)])
def test_nobody_else_invites_and_no_device_token(database: peewee.Database, role: str, in_person: bool) -> None:
    eve = make_account("eve", role=role)
    link = Link.create(kind="signup", creator=eve, created_at_ms=1)
    for deed in (
        lambda: list_invitations(eve, in_person=in_person),
        lambda: make(eve, in_person=in_person),
        lambda: end_invitation(eve, link.id, in_person=in_person, at_ms=2),
    ):
        with pytest.raises(Problem, match=r"^not_permitted$"):
            deed()
    assert (Link.select().count(), Link.get().ended_at_ms, AuditEntry.select().count()) == (1, None, 0)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"expires_at_ms": 1_000}, "expires_at", id="over already"),
        pytest.param({"expires_at_ms": -1}, "expires_at", id="before time"),
        pytest.param({"max_uses": 0}, "max_uses", id="for nobody"),
        pytest.param({"max_uses": 10_001}, "max_uses", id="for too many"),
        pytest.param({"expires_at_ms": 2**60}, "expires_at", id="beyond every calendar"),
    ],
)
def test_an_invitation_that_makes_no_sense_is_refused(ann: Account, changes: dict[str, int], field: str) -> None:
    with pytest.raises(Problem, match=rf"^malformed_field: {field}$"):
        make(ann, **changes)
    assert Link.select().count() == 0


def test_there_are_at_most_so_many(ann: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "MAX_INVITATIONS", 2)
    one, _ = make(ann), make(ann)
    with pytest.raises(Problem, match=r"^too_many$"):
        make(ann)
    end_invitation(ann, one.id, in_person=True, at_ms=2)
    make(ann)


@pytest.mark.parametrize("link_id", [0, 99, 2**31, 2**62])
def test_a_link_that_is_not_there_is_not_ended(ann: Account, link_id: int) -> None:
    with pytest.raises(Problem, match=r"^unknown_link$"):
        end_invitation(ann, link_id, in_person=True, at_ms=2)


def test_a_link_into_a_group_is_none_of_these(ann: Account) -> None:
    link = Link.create(kind="group", creator=ann, group_id=7, created_at_ms=1)
    with pytest.raises(Problem, match=r"^unknown_link$"):
        end_invitation(ann, link.id, in_person=True, at_ms=2)
    with pytest.raises(Problem, match=r"^invalid_link$"):
        find_invitation(link.id, at_ms=2)


def test_an_invitation_counts_until_its_last_millisecond(ann: Account) -> None:
    link = make(ann, expires_at_ms=2_000)
    assert find_invitation(link.id, at_ms=1_999).id == link.id
    with pytest.raises(Problem, match=r"^invalid_link$"):
        find_invitation(link.id, at_ms=2_000)
