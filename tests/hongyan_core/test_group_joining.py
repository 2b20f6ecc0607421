"""Links into a group, and the yes of an admin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import peewee
import pytest

from hongyan_core.actions.groups import (
    accept_join,
    add_member,
    ban_member,
    create_group,
    decline_join,
    dissolve_group,
    end_link,
    join_by_link,
    joining,
    make_link,
    remove_member,
    withdraw_join,
)
from hongyan_core.problems import Problem
from hongyan_core.store.joining import GroupDoor, describe_door, list_links, list_my_joins, list_waiting_joins
from hongyan_core.store.models import Account, ChatGroup, GroupBan, JoinRequest, Link
from tests.hongyan_core.test_races import at_once
from tests.support.cast import make_account, make_friends, take_lines, take_notices, take_outbox
from tests.support.lab import Lab, make_lab


@pytest.fixture
def lab(database: peewee.Database) -> Lab:
    """A group that whoever has a link comes into."""
    return make_lab(joins="open")


def link_to(lab: Lab, **options: Any) -> int:
    defaults: dict[str, Any] = {"expires_at_ms": None, "max_uses": None, "at_ms": 30}
    link = make_link(lab.dan, lab.group, **(defaults | options))
    return link.id


def ask(lab: Lab, name: str = "eve", text: str = "") -> JoinRequest:
    """Somebody asks to come in by a link."""
    ChatGroup.update(joins="approval").execute()
    request = join_by_link(Account.get(name=name), link_to(lab), text, at_ms=40)
    assert request is not None
    return request


# --- links


def test_a_link_is_shown_to_who_may_invite(lab: Lab) -> None:
    first, second = link_to(lab), link_to(lab, expires_at_ms=100, max_uses=3)
    Link.update(uses=1, max_uses=1).where(Link.id == link_to(lab)).execute()
    assert [link.id for link in list_links(lab.ann, lab.group, at_ms=99)] == [second, first]
    assert [link.id for link in list_links(lab.ann, lab.group, at_ms=100)] == [first]
    with pytest.raises(Problem, match="not_owner"):
        list_links(lab.bob, lab.group, at_ms=40)
    with pytest.raises(Problem, match="unknown_group"):
        list_links(lab.eve, lab.group, at_ms=40)
    ChatGroup.update(invites="members").execute()
    assert len(list_links(lab.bob, lab.again(), at_ms=40)) == 2
    assert describe_door(first, at_ms=40) == GroupDoor("lab", "The lab", "group", 4, "open", None)


@pytest.mark.parametrize(
    ("who", "options", "code", "field"),
    [
        pytest.param("bob", {}, "not_owner", None, id="a member"),
        pytest.param("eve", {}, "unknown_group", None, id="a foreigner"),
        pytest.param("ann", {"expires_at_ms": 30}, "malformed_field", "expires_at", id="expired"),
        pytest.param("ann", {"max_uses": 0}, "malformed_field", "max_uses", id="for nobody"),
        pytest.param("ann", {"max_uses": 100_001}, "malformed_field", "max_uses", id="for too many"),
    ],
)
def test_a_link_that_cannot_be(lab: Lab, who: str, options: dict[str, Any], code: str, field: str | None) -> None:
    wanted: dict[str, Any] = {"expires_at_ms": None, "max_uses": None, **options}
    with pytest.raises(Problem) as caught:
        make_link(Account.get(name=who), lab.group, **wanted, at_ms=30)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert Link.select().count() == 0


def test_a_group_has_a_bounded_number_of_links(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "MAX_LINKS", 1)
    first = link_to(lab)
    with pytest.raises(Problem, match="too_many"):
        link_to(lab)
    end_link(lab.ann, lab.group, first, at_ms=40)
    assert link_to(lab) > first


@pytest.mark.parametrize("who", ["ann", "bob", "eve"])
def test_a_link_is_ended_once_and_by_who_may(lab: Lab, who: str) -> None:
    link = link_to(lab)
    if who == "ann":
        end_link(lab.ann, lab.group, link, at_ms=40)
    code = {"ann": "unknown_link", "bob": "not_owner", "eve": "unknown_group"}[who]
    with pytest.raises(Problem, match=code):
        end_link(Account.get(name=who), lab.group, link, at_ms=40)


@pytest.mark.parametrize("link", [0, -1, 99, 2**63])
def test_a_link_that_never_was(lab: Lab, link: int) -> None:
    with pytest.raises(Problem, match="unknown_link"):
        end_link(lab.ann, lab.group, link, at_ms=40)
    with pytest.raises(Problem, match="invalid_link"):
        join_by_link(lab.eve, link, "", at_ms=40)
    with pytest.raises(Problem, match="invalid_link"):
        describe_door(link, at_ms=40)


def test_an_invitation_to_the_server_is_no_way_into_a_group(lab: Lab) -> None:
    link = Link.create(kind="signup", creator=lab.ann, created_at_ms=1)
    with pytest.raises(Problem, match="invalid_link"):
        join_by_link(lab.eve, link.id, "", at_ms=40)


# --- coming in


def test_who_has_a_link_comes_in(lab: Lab) -> None:
    lab.speak(7)
    link = link_to(lab)
    assert join_by_link(lab.eve, link, "", at_ms=40) is None
    assert (lab.roles()["eve"], lab.seat("eve").since_seq) == ("member", 7)
    assert Link.get_by_id(link).uses == 1
    assert lab.again().version == lab.group.version + 1
    assert take_lines() == [("eve", {"event": "joined", "body": "Eve joined by a link", "who": ["eve"]})]
    assert join_by_link(lab.eve, link, "", at_ms=50) is None
    assert (Link.get_by_id(link).uses, take_outbox()) == (1, [])


Spoil = Callable[[Lab, int], object]
SPOILED: dict[str, tuple[Spoil, str]] = {
    "ended": (lambda lab, link: end_link(lab.ann, lab.group, link, at_ms=40), "invalid_link"),
    "expired": (lambda lab, link: Link.update(expires_at_ms=50).execute(), "invalid_link"),
    "used up": (lambda lab, link: Link.update(max_uses=2, uses=2).execute(), "invalid_link"),
    "a dissolved group": (lambda lab, link: dissolve_group(lab.ann, lab.group, at_ms=40), "invalid_link"),
    "a closed door": (lambda lab, link: ChatGroup.update(joins="closed").execute(), "joins_closed"),
    "banned": (lambda lab, link: GroupBan.create(group=lab.group, account=lab.eve, at_ms=1), "banned"),
}


@pytest.mark.parametrize(("spoil", "code"), SPOILED.values(), ids=SPOILED)
def test_a_link_that_does_not_let_in(lab: Lab, spoil: Spoil, code: str) -> None:
    link = link_to(lab)
    spoil(lab, link)
    with pytest.raises(Problem, match=code):
        join_by_link(lab.eve, link, "", at_ms=50)
    assert "eve" not in lab.roles()


def test_nobody_comes_into_a_full_group_by_a_link(lab: Lab) -> None:
    with pytest.raises(Problem) as caught:
        join_by_link(lab.eve, link_to(lab), "", at_ms=50, max_members=4)
    assert (caught.value.code, caught.value.params) == ("too_many", {"limit": 4})


def test_a_link_lets_in_as_many_as_it_says_even_at_once(lab: Lab, database: peewee.Database) -> None:
    link = link_to(lab, max_uses=2)
    people = [make_account(f"user{number}") for number in range(4)]
    came = at_once(database, *(lambda who=who: join_by_link(who, link, "", at_ms=40) for who in people))
    assert came == ["done", "done", "invalid_link", "invalid_link"]
    assert len(lab.roles()) == 6


def test_who_is_banned_and_comes_in_at_once_is_out(lab: Lab, database: peewee.Database) -> None:
    link = link_to(lab)
    remove_member(lab.bob, lab.group, "bob", at_ms=40)
    came = at_once(
        database,
        lambda: ban_member(lab.ann, lab.group, "bob", at_ms=50),
        lambda: join_by_link(lab.bob, link, "", at_ms=50),
    )
    assert came in (["banned", "done"], ["done", "done"])
    assert "bob" not in lab.roles()


# --- an admin's yes


def test_who_asks_waits_for_an_admin(lab: Lab) -> None:
    request = ask(lab, text=" it's me ")
    assert "eve" not in lab.roles()
    notice = {"type": "join_request", "id": request.id, "group": "lab", "from": "eve", "display_name": "Eve"}
    assert take_notices() == [(["ann", "dan"], {**notice, "text": "it's me", "at": 40})]
    assert [(r.id, r.username, r.text) for r in list_waiting_joins(lab.dan, lab.group)] == [
        (request.id, "eve", "it's me")
    ]
    assert [(r.id, r.group, r.title) for r in list_my_joins(lab.eve)] == [(request.id, "lab", "The lab")]
    again = ask(lab)
    assert (again.id, take_outbox()) == (request.id, [])


def test_an_admin_lets_somebody_in(lab: Lab) -> None:
    request = ask(lab)
    take_outbox()
    accept_join(lab.dan, lab.group, request.id, at_ms=50)
    assert lab.roles()["eve"] == "member"
    assert (JoinRequest.get().state, JoinRequest.get().decided_by) == ("accepted", lab.dan)
    told = take_outbox()
    assert [payload["fields"] for kind, payload in told if kind == "line"] == [
        {"event": "joined", "body": "Dan let Eve in", "who": ["eve"]}
    ]
    assert [(payload["to"], payload["notice"]["type"]) for kind, payload in told if kind == "notice"] == [
        (["eve"], "group_added"),
        (["ann", "dan"], "group_changed"),
    ]
    for decide in (accept_join, decline_join):
        with pytest.raises(Problem, match="unknown_join_request"):
            decide(lab.dan, lab.group, request.id, at_ms=60)


def test_who_is_declined_is_told_and_may_ask_again(lab: Lab) -> None:
    request = ask(lab)
    take_outbox()
    decline_join(lab.dan, lab.group, request.id, at_ms=50)
    assert "eve" not in lab.roles()
    assert [to for to, _ in take_notices()] == [["eve"], ["ann", "dan"]]
    assert ask(lab).id != request.id


def test_a_request_is_taken_back_by_who_made_it(lab: Lab) -> None:
    request = ask(lab)
    with pytest.raises(Problem, match="unknown_join_request"):
        withdraw_join(lab.bob, request.id, at_ms=50)
    withdraw_join(lab.eve, request.id, at_ms=50)
    assert JoinRequest.get().state == "recalled"
    assert list_my_joins(lab.eve) == list_waiting_joins(lab.ann, lab.group) == []
    with pytest.raises(Problem, match="unknown_join_request"):
        withdraw_join(lab.eve, request.id, at_ms=50)


@pytest.mark.parametrize(
    ("who", "code"), [("bob", "not_owner"), ("eve", "unknown_group")], ids=["a member", "a foreigner"]
)
def test_who_may_not_decide(lab: Lab, who: str, code: str) -> None:
    request, account = ask(lab), Account.get(name=who)
    for deed in (
        lambda: accept_join(account, lab.group, request.id, at_ms=50),
        lambda: decline_join(account, lab.group, request.id, at_ms=50),
        lambda: list_waiting_joins(account, lab.group),
    ):
        with pytest.raises(Problem, match=code):
            deed()
    assert JoinRequest.get().state == "pending"


def test_a_request_of_another_group_is_unknown(lab: Lab) -> None:
    request = ask(lab)
    attic = create_group(lab.ann, "attic", "The attic", at_ms=40)
    for group, wrong in ((attic, request.id), (lab.group, 0), (lab.group, request.id + 1), (lab.group, 2**63)):
        with pytest.raises(Problem, match="unknown_join_request"):
            accept_join(lab.ann, group, wrong, at_ms=50)


def test_a_full_group_lets_nobody_in(lab: Lab) -> None:
    request = ask(lab)
    with pytest.raises(Problem, match="too_many"):
        accept_join(lab.ann, lab.group, request.id, at_ms=50, max_members=4)
    assert JoinRequest.get().state == "pending"


def test_a_deleted_account_is_not_let_in(lab: Lab) -> None:
    request = ask(lab)
    Account.update(deleted_at_ms=1).where(Account.name == "eve").execute()
    with pytest.raises(Problem, match="unknown_join_request"):
        accept_join(lab.ann, lab.group, request.id, at_ms=50)
    assert list_waiting_joins(lab.ann, lab.group) == []


def test_who_is_added_or_banned_waits_no_longer(lab: Lab) -> None:
    make_friends(lab.ann, lab.eve)
    ask(lab)
    add_member(lab.ann, lab.group, "eve", at_ms=50)
    assert JoinRequest.get().state == "accepted"
    remove_member(lab.ann, lab.group, "eve", at_ms=60)
    ask(lab)
    ban_member(lab.ann, lab.group, "eve", at_ms=70)
    assert [row.state for row in JoinRequest.select().order_by(JoinRequest.id)] == ["accepted", "declined"]
    with pytest.raises(Problem, match="banned"):
        ask(lab)


def test_nobody_asks_everywhere(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "MAX_PENDING_JOINS", 1)
    attic = create_group(lab.ann, "attic", "The attic", at_ms=40)
    JoinRequest.create(group=attic, account=lab.eve, created_at_ms=40)
    with pytest.raises(Problem) as caught:
        ask(lab)
    assert (caught.value.code, caught.value.params) == ("too_many", {"limit": 1})
    dissolve_group(lab.ann, attic, at_ms=50)
    assert ask(lab).group_id == lab.group.id


def test_a_word_of_201_is_too_many(lab: Lab) -> None:
    with pytest.raises(Problem, match="malformed_field: text"):
        ask(lab, text="x" * 201)
