"""Stored MQTT sessions."""

from __future__ import annotations

import pytest
from peewee import Database

from hongyan_core.store.models import MqttSubscription
from hongyan_core.store.sessions import (
    StoredSession,
    StoredSubscription,
    TooManySessions,
    create_session,
    delete_expired_sessions,
    delete_session,
    delete_subscription,
    find_session,
    find_storing,
    save_positions,
    save_subscription,
    save_subscriptions,
)
from tests.support.cast import make_account


@pytest.fixture(autouse=True)
def people(database: Database) -> None:
    for name in ("ann", "bob"):
        make_account(name)


def create(
    account: str, client_id: str, *, head: int = 7, at_ms: int = 100, expire_before_ms: int = 0
) -> StoredSession:
    return create_session(account, client_id, head=head, max_sessions=2, expire_before_ms=expire_before_ms, at_ms=at_ms)


def test_a_new_session_starts_at_the_head() -> None:
    assert find_session("ann", "phone") is None
    assert create("ann", "phone") == StoredSession("ann", "phone", 7, 7, (), ())
    assert find_session("ann", "phone") == StoredSession("ann", "phone", 7, 7, (), ())
    assert find_session("bob", "phone") is None


def test_a_session_that_is_there_is_returned_as_it_is() -> None:
    create("ann", "phone", head=7)
    assert create("ann", "phone", head=9).position == 7


def test_accounts_with_stored_sessions_are_found_once_each_and_not_more_than_asked_for() -> None:
    assert find_storing(9) == set()
    for client_id in ("phone", "laptop"):
        create("ann", client_id)
    assert find_storing(9) == {"ann"}
    create("bob", "phone")
    assert find_storing(9) == {"ann", "bob"}
    assert len(find_storing(1)) == 1


def test_positions_and_packets_in_flight_come_back_in_order() -> None:
    create("ann", "phone")
    create("bob", "phone")
    saved = StoredSession("ann", "phone", 10, 14, ((65_535, 11), (1, 12), (2, 14)))
    save_positions([saved, StoredSession("bob", "gone", 1, 1)], at_ms=200)
    save_positions([], at_ms=200)
    assert find_session("ann", "phone") == saved
    assert find_session("bob", "phone") == StoredSession("bob", "phone", 7, 7)
    assert find_session("bob", "gone") is None


def test_subscriptions_are_kept_and_a_repeated_one_keeps_its_start() -> None:
    create("ann", "phone")
    save_subscriptions(
        "ann", "phone", [StoredSubscription("im/ann/inbox/#", 1, 3), StoredSubscription("im/ann/notice", 0, 3)]
    )
    save_subscription("ann", "phone", StoredSubscription("im/ann/inbox/#", 0, 9))
    delete_subscription("ann", "phone", "im/ann/notice")
    delete_subscription("ann", "phone", "never/there")
    found = find_session("ann", "phone")
    assert found is not None
    assert found.subscriptions == (StoredSubscription("im/ann/inbox/#", 0, 3),)


def test_a_subscription_of_a_session_that_is_gone_is_not_stored() -> None:
    save_subscription("ann", "phone", StoredSubscription("im/ann/inbox/#", 1, 3))
    assert MqttSubscription.select().count() == 0


def test_a_deleted_session_takes_its_subscriptions_with_it() -> None:
    create("ann", "phone")
    create("bob", "phone")
    save_subscription("ann", "phone", StoredSubscription("im/ann/inbox/#", 1, 3))
    delete_session("ann", "phone")
    delete_session("ann", "phone")
    assert (find_session("ann", "phone"), MqttSubscription.select().count()) == (None, 0)
    assert find_session("bob", "phone") is not None


def test_an_account_has_no_more_sessions_than_it_may_until_one_expires() -> None:
    create("ann", "a", at_ms=100)
    create("ann", "b", at_ms=200)
    create("bob", "a", at_ms=100)
    with pytest.raises(TooManySessions):
        create("ann", "c", expire_before_ms=100)
    create("ann", "c", expire_before_ms=101)
    assert [find_session("ann", name) is not None for name in "abc"] == [False, True, True]
    assert find_session("bob", "a") is not None


def test_idle_sessions_of_everybody_expire() -> None:
    create("ann", "a", at_ms=100)
    create("bob", "a", at_ms=200)
    assert delete_expired_sessions(101) == 1
    assert [find_session(name, "a") is not None for name in ("ann", "bob")] == [False, True]
