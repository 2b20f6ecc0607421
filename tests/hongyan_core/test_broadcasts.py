from __future__ import annotations

from dataclasses import dataclass

import peewee
import pytest

from hongyan_core.actions import broadcasts
from hongyan_core.actions.administration import change_role, disable_account, enable_account
from hongyan_core.actions.audit import COMMAND_LINE, Actor
from hongyan_core.actions.broadcasts import broadcast_to_all, join_everyone
from hongyan_core.actions.deletion import delete_account
from hongyan_core.actions.groups import create_group, remove_member
from hongyan_core.problems import Problem
from hongyan_core.standing import ServerRole
from hongyan_core.store.administration import list_audit
from hongyan_core.store.database import raise_relations_version, write_transaction
from hongyan_core.store.groups import find_group
from hongyan_core.store.models import Account, ChatGroup, Conversation, Membership
from tests.support.cast import make_account, take_outbox


@dataclass(frozen=True)
class Cast:
    """Ann administers; bob and eve do not; thermo is a device, off is disabled, gone is deleted."""

    ann: Account
    bob: Account
    eve: Account

    @property
    def by_ann(self) -> Actor:
        return Actor(self.ann, in_person=True)


@pytest.fixture
def cast(database: peewee.Database) -> Cast:
    cast = Cast(make_account("ann", role="admin"), make_account("bob"), make_account("eve"))
    make_account("thermo", kind="device", owner=cast.ann)
    make_account("off", disabled_at_ms=5)
    make_account("gone", deleted_at_ms=5)
    return cast


def channel() -> ChatGroup:
    found = find_group("everyone")
    assert found is not None
    return found


def roles() -> dict[str, str]:
    rows = Membership.select().where((Membership.group == channel()) & Membership.until_seq.is_null())
    return {row.account.name: row.role for row in rows}


def test_the_first_broadcast_makes_a_channel_of_all_people_in_use(cast: Cast) -> None:
    broadcast_to_all(cast.by_ann, "Tonight we are down.", at_ms=10)
    assert roles() == {"ann": "admin", "bob": "member", "eve": "member"}
    made = channel()
    assert (made.kind, made.writers, made.conversation.key) == ("channel", "admins", "group:everyone")
    told = take_outbox()
    assert [payload["to"] for kind, payload in told if kind == "notice"] == [["ann", "bob", "eve"]]
    kind, message = told[-1]
    assert kind == "send"
    assert (message["account"], message["to"]) == ("ann", "group/everyone")
    assert message["fields"] == {"kind": "text", "body": "Tonight we are down."}


def test_the_next_one_goes_to_who_came_since_and_lets_nobody_in_twice(cast: Cast) -> None:
    broadcast_to_all(cast.by_ann, "One.", at_ms=10)
    Conversation.update(last_seq=1).execute()
    make_account("late")
    broadcast_to_all(cast.by_ann, "Two.", at_ms=20)
    rows = Membership.select().order_by(Membership.id)
    assert [(row.account.name, row.since_seq) for row in rows] == [("ann", 0), ("bob", 0), ("eve", 0), ("late", 1)]


def test_many_people_join_in_steps(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadcasts, "_STEP", 2)
    for number in range(5):
        make_account(f"user{number}")
    broadcast_to_all(cast.by_ann, "Hello.", at_ms=10)
    assert len(roles()) == 8
    assert [len(p["to"]) for kind, p in take_outbox() if kind == "notice"] == [2, 2, 2, 2]


def test_a_step_that_was_interrupted_is_done_by_the_next_broadcast(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadcasts, "_STEP", 2)

    def fail(*_: object, **__: object) -> None:
        raise OSError("the power is gone")

    with monkeypatch.context() as patched:
        patched.setattr(broadcasts, "_open_memberships", fail)
        with pytest.raises(OSError, match="the power is gone"):
            broadcast_to_all(cast.by_ann, "Hello.", at_ms=10)
    assert (roles(), list_audit(before=None, limit=9)) == ({}, [])
    broadcast_to_all(cast.by_ann, "Hello.", at_ms=20)
    assert len(roles()) == 3


def test_who_registers_joins_by_themselves(cast: Cast) -> None:
    broadcast_to_all(cast.by_ann, "Hello.", at_ms=10)
    for late in (make_account("late"), make_account("lamp", kind="device", owner=cast.bob)):
        for _ in range(2):
            with write_transaction():
                raise_relations_version()
                join_everyone(late, at_ms=20)
    assert sorted(roles()) == ["ann", "bob", "eve", "late"]


def test_without_a_channel_there_is_nothing_to_join(cast: Cast) -> None:
    with write_transaction():
        raise_relations_version()
        join_everyone(cast.bob, at_ms=20)
    assert Membership.select().count() == 0


def test_who_is_enabled_again_is_among_everybody(cast: Cast) -> None:
    broadcast_to_all(cast.by_ann, "Hello.", at_ms=10)
    enable_account(cast.by_ann, "off", at_ms=20)
    assert roles()["off"] == "member"


def test_administrators_write_and_who_is_none_any_more_does_not(cast: Cast) -> None:
    broadcast_to_all(cast.by_ann, "Hello.", at_ms=10)
    version = channel().version
    change_role(cast.by_ann, "bob", ServerRole.ADMIN, at_ms=20)
    assert roles()["bob"] == "admin"
    change_role(cast.by_ann, "bob", ServerRole.MODERATOR, at_ms=30)
    assert roles()["bob"] == "member"
    assert channel().version == version + 2


def test_nobody_leaves(cast: Cast) -> None:
    broadcast_to_all(cast.by_ann, "Hello.", at_ms=10)
    with pytest.raises(Problem, match="everyone_stays"):
        remove_member(cast.bob, channel(), "bob", at_ms=20)
    assert "bob" in roles()


def test_a_deleted_administrator_leaves_it_to_nobody(cast: Cast) -> None:
    make_account("boss", role="admin")
    broadcast_to_all(cast.by_ann, "Hello.", at_ms=10)
    delete_account(Actor(Account.get(name="boss"), in_person=True), "ann", at_ms=20)
    assert roles() == {"bob": "member", "eve": "member", "boss": "admin"}
    assert channel().dissolved_at_ms is None


def test_nobody_else_makes_a_group_of_that_name(cast: Cast) -> None:
    with pytest.raises(Problem, match="reserved_name"):
        create_group(cast.bob, "everyone", "Mine", at_ms=5)


def test_the_log_tells_of_a_broadcast_but_not_what_it_said(cast: Cast) -> None:
    broadcast_to_all(cast.by_ann, "Tonight.", at_ms=10)
    (line,) = list_audit(before=None, limit=9)
    assert (line.actor, line.action, line.target, line.detail) == (
        "ann",
        "broadcast",
        "group/everyone",
        {"characters": 8},
    )


@pytest.mark.parametrize(
    ("who", "body", "code"),
    [
        pytest.param("bob", "Hello.", "not_permitted", id="who holds no office"),
        pytest.param("token", "Hello.", "not_permitted", id="a device token"),
        pytest.param("command line", "Hello.", "not_permitted", id="the command line, whom nobody could answer"),
        pytest.param("ann", " \n", "malformed_field", id="nothing"),
        pytest.param("ann", "x" * 10_001, "malformed_field", id="a book"),
    ],
)
def test_a_refused_broadcast_makes_no_channel(cast: Cast, who: str, body: str, code: str) -> None:
    actors = {
        "ann": cast.by_ann,
        "bob": Actor(cast.bob, in_person=True),
        "token": Actor(cast.ann, in_person=False),
        "command line": COMMAND_LINE,
    }
    with pytest.raises(Problem, match=code):
        broadcast_to_all(actors[who], body, at_ms=10)
    assert find_group("everyone") is None
    assert take_outbox() == []


def test_an_office_that_ends_while_people_join_sends_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    make_account("boss", role="admin")

    def meanwhile(_: int) -> None:
        disable_account(Actor(Account.get(name="boss"), in_person=True), "ann", at_ms=10)

    monkeypatch.setattr(broadcasts, "_let_everybody_in", meanwhile)
    with pytest.raises(Problem, match="not_permitted"):
        broadcast_to_all(cast.by_ann, "Hello.", at_ms=10)
    assert [kind for kind, _ in take_outbox() if kind == "send"] == []
