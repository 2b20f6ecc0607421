from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import peewee
import pytest

from hongyan_core.actions import friends
from hongyan_core.actions.friends import (
    accept_request,
    decline_request,
    ignore_request,
    request_friend,
    unfriend,
    withdraw_request,
)
from hongyan_core.problems import Problem
from hongyan_core.store.models import Account, FriendRequest, Friendship, Meta
from hongyan_core.store.requests import list_incoming, list_outgoing
from tests.support.cast import make_account, make_block, make_friends, take_notices, take_outbox


@dataclass(frozen=True)
class Cast:
    ann: Account
    bob: Account
    eve: Account


@pytest.fixture
def cast(database: peewee.Database) -> Cast:
    return Cast(make_account("ann"), make_account("bob"), make_account("eve"))


DAY_MS = 86_400_000


def friendships() -> list[tuple[str, str, int]]:
    rows = Friendship.select().order_by(Friendship.account, Friendship.friend)
    return [(row.account.name, row.friend.name, row.since_ms) for row in rows]


def relations_version() -> int:
    return Meta.get_by_id("relations_version").value


def test_a_request_waits_and_the_other_is_told(cast: Cast) -> None:
    request = request_friend(cast.ann, "bob", " It's me\nAnn ", at_ms=10)
    assert (request.sender, request.recipient, request.state) == (cast.ann, cast.bob, "pending")
    assert friendships() == []
    assert take_notices() == [
        (
            ["bob"],
            {
                "type": "friend_request",
                "id": request.id,
                "from": "ann",
                "display_name": "Ann",
                "to": "bob",
                "text": "It's me\nAnn",
                "at": 10,
            },
        ),
        (["ann"], {"type": "contact_changed", "who": "bob", "at": 10}),
    ]


def test_an_accepted_request_makes_a_friendship_and_tells_both(cast: Cast) -> None:
    request = request_friend(cast.ann, "bob", "", at_ms=10)
    take_outbox()
    answered = accept_request(cast.bob, request.id, at_ms=20)
    assert (answered.id, answered.state, answered.decided_at_ms) == (request.id, "accepted", 20)
    assert FriendRequest.get().state == "accepted"
    assert friendships() == [("ann", "bob", 20), ("bob", "ann", 20)]
    assert take_notices() == [
        (["ann"], {"type": "friend_accepted", "id": request.id, "at": 20, "from": "bob"}),
        (["bob"], {"type": "friend_accepted", "id": request.id, "at": 20, "from": "ann"}),
    ]


def test_a_declined_request_makes_nothing_and_may_be_asked_again_after_a_day(cast: Cast) -> None:
    request = request_friend(cast.ann, "bob", "", at_ms=10)
    take_outbox()
    assert decline_request(cast.bob, request.id, at_ms=20).state == "declined"
    assert friendships() == []
    assert take_notices() == [
        (["ann"], {"type": "friend_declined", "id": request.id, "at": 20, "from": "bob"}),
        (["bob"], {"type": "friend_declined", "id": request.id, "at": 20, "from": "ann"}),
    ]
    with pytest.raises(Problem) as caught:
        request_friend(cast.ann, "bob", "please", at_ms=20 + DAY_MS - 1)
    assert (caught.value.code, caught.value.field) == ("request_too_soon", "to")
    assert caught.value.params == {"wait_s": 1, "wait_h": 1}
    assert request_friend(cast.ann, "bob", "please", at_ms=20 + DAY_MS).id != request.id


def test_a_crossed_request_accepts_the_other_one(cast: Cast) -> None:
    first = request_friend(cast.ann, "bob", "", at_ms=10)
    take_outbox()
    second = request_friend(cast.bob, "ann", "", at_ms=20)
    assert (second.id, second.state, second.sender) == (first.id, "accepted", cast.ann)
    assert FriendRequest.select().count() == 1
    assert friendships() == [("ann", "bob", 20), ("bob", "ann", 20)]
    assert [notice["type"] for _, notice in take_notices()] == ["friend_accepted", "friend_accepted"]


@pytest.mark.parametrize(
    ("to", "code"),
    [
        pytest.param("ann", "request_to_self", id="oneself"),
        pytest.param("bob", "already_friends", id="a friend"),
        pytest.param("dan", "already_requested", id="doubled"),
        pytest.param("nobody", "unknown_account", id="an unknown name"),
        pytest.param("Not A Name", "unknown_account", id="no name at all"),
        pytest.param("bob\0", "unknown_account", id="a NUL"),
        pytest.param("\ud800", "unknown_account", id="a lone surrogate"),
        pytest.param("gone", "unknown_account", id="a deleted account"),
        pytest.param("off", "unknown_account", id="a disabled account"),
        pytest.param("eve", "you_blocked", id="whom I blocked"),
        pytest.param("mallory", "unknown_account", id="a blocker"),
        pytest.param("hidden", "unknown_account", id="a hidden person"),
    ],
)
def test_a_request_that_cannot_be(cast: Cast, to: str, code: str) -> None:
    make_account("gone", deleted_at_ms=5)
    make_account("off", disabled_at_ms=5)
    make_account("hidden", hidden=True)
    make_account("dan")
    make_friends(cast.ann, cast.bob)
    make_block(cast.ann, cast.eve)
    make_block(make_account("mallory"), cast.ann)
    request_friend(cast.ann, "dan", "", at_ms=10)
    take_outbox()
    version = relations_version()
    with pytest.raises(Problem) as caught:
        request_friend(cast.ann, to, "", at_ms=20)
    assert (caught.value.code, caught.value.field) == (code, "to")
    assert take_outbox() == []
    assert FriendRequest.select().count() == 1
    assert relations_version() == version


def test_a_friend_of_a_blocker_may_still_be_asked(cast: Cast) -> None:
    make_friends(cast.bob, cast.eve)
    make_block(cast.eve, cast.ann)
    assert request_friend(cast.ann, "bob", "", at_ms=10).state == "pending"


@pytest.mark.parametrize("text", ["x" * 201, "a\0b", "\ud800", "a\x1bb"])
def test_bad_words_of_a_request_are_refused(cast: Cast, text: str) -> None:
    with pytest.raises(Problem) as caught:
        request_friend(cast.ann, "bob", text, at_ms=10)
    assert (caught.value.code, caught.value.field) == ("malformed_field", "text")


def test_waiting_requests_are_limited(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(friends, "MAX_PENDING_REQUESTS", 1)
    request_friend(cast.ann, "bob", "", at_ms=10)
    with pytest.raises(Problem) as caught:
        request_friend(cast.ann, "eve", "", at_ms=20)
    assert (caught.value.code, caught.value.params) == ("too_many", {"limit": 1})


@pytest.mark.parametrize("answer", [accept_request, decline_request])
def test_only_the_recipient_answers_and_only_once(cast: Cast, answer: Callable[..., FriendRequest]) -> None:
    request = request_friend(cast.ann, "bob", "", at_ms=10)
    for stranger in (cast.ann, cast.eve):
        with pytest.raises(Problem, match="unknown_request"):
            answer(stranger, request.id, at_ms=20)
    answer(cast.bob, request.id, at_ms=20)
    for again in (accept_request, decline_request):
        with pytest.raises(Problem, match="unknown_request"):
            again(cast.bob, request.id, at_ms=30)


@pytest.mark.parametrize("request_id", [0, -1, 10**6, 2**31, 10**40])
def test_an_unknown_request_cannot_be_answered(cast: Cast, request_id: int) -> None:
    with pytest.raises(Problem, match="unknown_request"):
        accept_request(cast.bob, request_id, at_ms=20)


def test_a_block_after_the_request_stops_the_acceptance(cast: Cast) -> None:
    request = request_friend(cast.ann, "bob", "", at_ms=10)
    make_block(cast.bob, cast.ann)
    with pytest.raises(Problem, match="you_blocked"):
        accept_request(cast.bob, request.id, at_ms=20)
    assert friendships() == []


def test_an_account_that_is_gone_cannot_be_accepted(cast: Cast) -> None:
    request = request_friend(cast.ann, "bob", "", at_ms=10)
    Account.update(deleted_at_ms=15).where(Account.id == cast.ann.id).execute()
    with pytest.raises(Problem, match="unknown_account"):
        accept_request(cast.bob, request.id, at_ms=20)


def test_either_friend_ends_the_friendship_for_both(cast: Cast) -> None:
    make_friends(cast.ann, cast.bob)
    make_friends(cast.ann, cast.eve)
    unfriend(cast.bob, "ann", at_ms=10)
    assert friendships() == [("ann", "eve", 1), ("eve", "ann", 1)]
    assert take_notices() == [
        (["bob"], {"type": "friend_removed", "at": 10, "from": "ann"}),
        (["ann"], {"type": "friend_removed", "at": 10, "from": "bob"}),
    ]


@pytest.mark.parametrize("name", ["eve", "ann", "nobody", "Not A Name", "\0"])
def test_only_a_friend_can_be_removed(cast: Cast, name: str) -> None:
    make_friends(cast.ann, cast.bob)
    with pytest.raises(Problem, match="not_friends"):
        unfriend(cast.ann, name, at_ms=10)
    assert len(friendships()) == 2


def test_every_change_of_a_relation_raises_the_version(cast: Cast) -> None:
    versions = [relations_version()]
    request = request_friend(cast.ann, "bob", "", at_ms=10)
    versions.append(relations_version())
    accept_request(cast.bob, request.id, at_ms=20)
    versions.append(relations_version())
    unfriend(cast.ann, "bob", at_ms=30)
    versions.append(relations_version())
    assert versions == [1, 2, 3, 4]


# --- withdrawn, ignored, expired


def test_a_withdrawn_request_is_gone_for_both_and_may_be_asked_again_after_a_day(cast: Cast) -> None:
    request = request_friend(cast.ann, "bob", "", at_ms=10)
    take_outbox()
    withdraw_request(cast.ann, request.id, at_ms=20)
    assert (list_outgoing(cast.ann, at_ms=20), list_incoming(cast.bob, at_ms=20)) == ([], [])
    assert take_notices() == [
        (["ann"], {"type": "friend_withdrawn", "id": request.id, "at": 20, "from": "bob"}),
        (["bob"], {"type": "friend_withdrawn", "id": request.id, "at": 20, "from": "ann"}),
    ]
    with pytest.raises(Problem, match="unknown_request"):
        accept_request(cast.bob, request.id, at_ms=30)
    with pytest.raises(Problem, match="request_too_soon"):
        request_friend(cast.ann, "bob", "", at_ms=30)
    assert request_friend(cast.bob, "ann", "", at_ms=30).state == "pending"  # the other one need not wait


def test_only_its_sender_withdraws_a_request_and_only_once(cast: Cast) -> None:
    request = request_friend(cast.ann, "bob", "", at_ms=10)
    for other in (cast.bob, cast.eve):
        with pytest.raises(Problem, match="unknown_request"):
            withdraw_request(other, request.id, at_ms=20)
    withdraw_request(cast.ann, request.id, at_ms=20)
    for request_id in (request.id, 0, 2**31, 10**40):
        with pytest.raises(Problem, match="unknown_request"):
            withdraw_request(cast.ann, request_id, at_ms=30)


def test_an_ignored_request_is_out_of_sight_and_its_sender_hears_nothing(cast: Cast) -> None:
    request = request_friend(cast.ann, "bob", "", at_ms=10)
    take_outbox()
    ignore_request(cast.bob, request.id, at_ms=20)
    assert take_notices() == [(["bob"], {"type": "contact_changed", "who": "ann", "at": 20})]
    assert list_incoming(cast.bob, at_ms=20) == []
    assert [waiting.id for waiting in list_outgoing(cast.ann, at_ms=20)] == [request.id]
    with pytest.raises(Problem, match="already_requested"):
        request_friend(cast.ann, "bob", "", at_ms=30)
    assert accept_request(cast.bob, request.id, at_ms=40).state == "accepted"


def test_who_ignored_a_request_and_asks_back_is_a_friend_at_once(cast: Cast) -> None:
    request = request_friend(cast.ann, "bob", "", at_ms=10)
    ignore_request(cast.bob, request.id, at_ms=20)
    assert request_friend(cast.bob, "ann", "", at_ms=30).state == "accepted"


@pytest.mark.parametrize("ignored", [False, True], ids=["waiting", "ignored"])
def test_a_request_expires_after_fourteen_days(cast: Cast, ignored: bool) -> None:
    request = request_friend(cast.ann, "bob", "", at_ms=10)
    if ignored:
        ignore_request(cast.bob, request.id, at_ms=20)
    last_ms = 10 + 14 * DAY_MS - 1
    assert len(list_outgoing(cast.ann, at_ms=last_ms)) == 1
    assert (list_outgoing(cast.ann, at_ms=last_ms + 1), list_incoming(cast.bob, at_ms=last_ms + 1)) == ([], [])
    for act in (accept_request, decline_request, ignore_request):
        with pytest.raises(Problem, match="unknown_request"):
            act(cast.bob, request.id, at_ms=last_ms + 1)
    assert request_friend(cast.ann, "bob", "", at_ms=last_ms + 1).id != request.id


def test_expired_requests_do_not_count_as_waiting(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(friends, "MAX_PENDING_REQUESTS", 1)
    request_friend(cast.ann, "bob", "", at_ms=10)
    assert request_friend(cast.ann, "eve", "", at_ms=10 + 14 * DAY_MS).state == "pending"


def test_one_person_is_asked_three_times_in_thirty_days(cast: Cast) -> None:
    for number in range(3):
        request = request_friend(cast.ann, "bob", "", at_ms=10 + 2 * number * DAY_MS)
        decline_request(cast.bob, request.id, at_ms=10 + 2 * number * DAY_MS)
    with pytest.raises(Problem) as caught:
        request_friend(cast.ann, "bob", "", at_ms=10 + 6 * DAY_MS)
    assert (caught.value.code, caught.value.params["wait_s"]) == ("request_too_soon", 24 * 86_400)
    assert request_friend(cast.ann, "bob", "", at_ms=10 + 30 * DAY_MS).state == "pending"


def test_a_request_of_one_who_blocks_meanwhile_looks_withdrawn(cast: Cast) -> None:
    request = request_friend(cast.ann, "bob", "", at_ms=10)
    make_block(cast.ann, cast.bob)
    assert list_incoming(cast.bob, at_ms=20) == []
    with pytest.raises(Problem, match="unknown_request"):
        accept_request(cast.bob, request.id, at_ms=20)


def test_a_block_after_a_request_changes_nothing_that_its_sender_sees(cast: Cast) -> None:
    request_friend(cast.ann, "bob", "", at_ms=10)
    make_block(cast.bob, cast.ann)
    assert len(list_outgoing(cast.ann, at_ms=20)) == 1
    with pytest.raises(Problem, match="already_requested"):
        request_friend(cast.ann, "bob", "", at_ms=20)


# --- by link, and for bots


def test_a_personal_link_reaches_a_hidden_person(cast: Cast) -> None:
    make_account("hidden", hidden=True)
    assert request_friend(cast.ann, "hidden", "", at_ms=10, generation=1).state == "pending"


def test_a_hidden_person_who_asks_can_be_asked_back_by_name(cast: Cast) -> None:
    hidden = make_account("hidden", hidden=True)
    request_friend(hidden, "ann", "", at_ms=10)
    assert request_friend(cast.ann, "hidden", "", at_ms=20).state == "accepted"


@pytest.mark.parametrize(
    ("to", "generation", "code"),
    [
        pytest.param("bob", 2, "invalid_link", id="renewed"),
        pytest.param("nobody", 1, "invalid_link", id="nobody"),
        pytest.param("gone", 1, "invalid_link", id="deleted"),
        pytest.param("blocker", 1, "invalid_link", id="a blocker"),
        pytest.param("ann", 1, "request_to_self", id="one's own"),
    ],
)
def test_a_link_that_leads_nowhere(cast: Cast, to: str, generation: int, code: str) -> None:
    make_account("gone", deleted_at_ms=5)
    make_block(make_account("blocker"), cast.ann)
    with pytest.raises(Problem) as caught:
        request_friend(cast.ann, to, "", at_ms=10, generation=generation)
    assert (caught.value.code, caught.value.field) == (code, "link")


def test_the_owner_of_a_bot_answers_for_it(cast: Cast) -> None:
    make_account("thermo", kind="device", owner=cast.bob)
    request = request_friend(cast.ann, "thermo", "may I", at_ms=10)
    assert take_notices()[0][0] == ["bob", "thermo"]
    (waiting,) = list_incoming(cast.bob, at_ms=20)
    assert (waiting.id, waiting.username, waiting.to) == (request.id, "ann", "thermo")
    with pytest.raises(Problem, match="unknown_request"):
        accept_request(cast.eve, request.id, at_ms=20)
    accept_request(cast.bob, request.id, at_ms=20)
    assert friendships() == [("ann", "thermo", 20), ("thermo", "ann", 20)]
    assert [to for to, _ in take_notices()] == [["ann"], ["bob", "thermo"]]
