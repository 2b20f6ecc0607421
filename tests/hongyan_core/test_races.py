"""What two people do in the same moment, on real threads with connections of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import peewee

from hongyan_core.actions.friends import request_friend
from hongyan_core.actions.groups import add_member, create_group, remove_member
from hongyan_core.actions.registration import Newcomer, Terms, register, register_account
from hongyan_core.actions.resets import reset_password
from hongyan_core.actions.tickets import issue_ticket
from hongyan_core.problems import Problem
from hongyan_core.settings import Registration
from hongyan_core.store.members import list_members
from hongyan_core.store.models import Account, ChatGroup, FriendRequest, Friendship, Link, Membership
from tests.support.cast import make_account, make_friends


def at_once(database: peewee.Database, *deeds: Callable[[], object]) -> list[str]:
    """Do all deeds in the same moment; what came of each: `done`, or the code of the problem, in alphabetical order."""
    barrier = threading.Barrier(len(deeds), timeout=10)

    def run(deed: Callable[[], object]) -> str:
        try:
            barrier.wait()
            deed()
        except Problem as problem:
            return problem.code
        finally:
            database.close()
        return "done"

    with ThreadPoolExecutor(len(deeds)) as pool:
        return sorted(pool.map(run, deeds))


def test_two_who_ask_each_other_at_once_become_friends(database: peewee.Database) -> None:
    ann, bob = make_account("ann"), make_account("bob")
    assert at_once(
        database,
        lambda: request_friend(ann, "bob", "", at_ms=1),
        lambda: request_friend(bob, "ann", "", at_ms=1),
    ) == ["done", "done"]
    assert [request.state for request in FriendRequest.select()] == ["accepted"]
    assert Friendship.select().count() == 2


def test_one_who_asks_twice_at_once_has_asked_once(database: peewee.Database) -> None:
    ann = make_account("ann")
    make_account("bob")
    deeds = [lambda: request_friend(ann, "bob", "", at_ms=1)] * 4
    assert at_once(database, *deeds) == ["already_requested"] * 3 + ["done"]
    assert FriendRequest.select().count() == 1


def test_a_name_is_given_out_once(database: peewee.Database) -> None:
    deeds = [lambda: register_account("ann", "wild geese fly", "Ann", "en", at_ms=1)] * 4
    assert at_once(database, *deeds) == ["done"] + ["name_taken"] * 3
    assert Account.select().count() == 1


def test_of_two_names_that_look_alike_one_is_given_out(database: peewee.Database) -> None:
    deeds = [
        lambda name=name: register_account(name, "wild geese fly", "Bob", "en", at_ms=1) for name in ("bob", "b0b")
    ]
    assert at_once(database, *deeds) == ["confusable_name", "done"]


def test_only_one_is_the_first_of_a_closed_server(database: peewee.Database) -> None:
    terms = Terms(Registration.CLOSED)
    deeds = [
        lambda name=name: register(Newcomer(name, "Somebody", "en", "wild geese fly"), terms, at_ms=1)
        for name in ("ann", "bob", "eve")
    ]
    assert at_once(database, *deeds) == ["done", "registration_closed", "registration_closed"]
    assert [account.role for account in Account.select()] == ["admin"]


def test_the_last_use_of_an_invitation_is_one_persons(database: peewee.Database) -> None:
    link = Link.create(kind="signup", creator=make_account("ann"), created_at_ms=1, max_uses=1)
    terms = Terms(Registration.INVITE)
    deeds = [
        lambda name=name: register(
            Newcomer(name, "Somebody", "en", "wild geese fly", invitation=link.id), terms, at_ms=2
        )
        for name in ("bob", "eve", "zoe")
    ]
    assert at_once(database, *deeds) == ["done", "invalid_link", "invalid_link"]
    assert Link.get().uses == 1


def test_a_link_of_a_mail_works_once(database: peewee.Database) -> None:
    secret = issue_ticket(make_account("ann"), "reset", "", at_ms=1)
    assert at_once(database, *[lambda: reset_password(secret, "wild geese fly", at_ms=2)] * 3) == [
        "done",
        "invalid_link",
        "invalid_link",
    ]


def test_the_last_place_in_a_group_is_taken_once(database: peewee.Database) -> None:
    ann, group = make_group("bob", "thermo", "dan")
    assert at_once(
        database,
        *(lambda name=name: add_member(ann, group, name, at_ms=2, max_members=2) for name in ("bob", "thermo", "dan")),
    ) == ["done", "too_many", "too_many"]
    assert len(list_members(ann, group).members) == 2


def test_a_group_has_one_owner_when_its_owner_and_the_heir_leave_at_once(database: peewee.Database) -> None:
    ann, group = make_group("bob", "thermo")
    for name in ("bob", "thermo"):
        add_member(ann, group, name, at_ms=2)
    bob = Account.get(name="bob")
    assert at_once(
        database,
        lambda: remove_member(ann, group, "ann", at_ms=3),
        lambda: remove_member(bob, group, "bob", at_ms=3),
    ) == ["done", "done"]
    heir = Account.get(name="thermo")
    assert [(member.username, member.role.value) for member in list_members(heir, group).members] == [
        ("thermo", "owner")
    ]
    assert ChatGroup.get().owner.name == "thermo"


def test_who_is_removed_and_leaves_at_once_is_out_once(database: peewee.Database) -> None:
    ann, group = make_group("bob")
    bob = Account.get(name="bob")
    for _ in range(3):
        add_member(ann, group, "bob", at_ms=2)
        came = at_once(
            database,
            lambda: remove_member(ann, group, "bob", at_ms=3),
            lambda: remove_member(bob, group, "bob", at_ms=3),
        )
        assert came in (["done", "not_a_member"], ["done", "unknown_group"])
    assert Membership.select().where(Membership.account == bob).count() == 3


def make_group(*friends: str) -> tuple[Account, ChatGroup]:
    """Ann with her friends, and her group lab, in which she is alone."""
    ann = make_account("ann")
    for name in friends:
        make_friends(ann, make_account(name))
    return ann, create_group(ann, "lab", "The lab", at_ms=1)
