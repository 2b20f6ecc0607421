from __future__ import annotations

import hashlib

import peewee
import pytest

from hongyan_core.actions.tickets import end_tickets, find_ticket, issue_ticket, redeem_ticket
from hongyan_core.problems import Problem
from hongyan_core.store.models import Account, Ticket
from tests.support.cast import make_account

HOUR_MS = 3_600_000


@pytest.fixture
def ann(database: peewee.Database) -> Account:
    return make_account("ann")


def test_a_ticket_is_kept_as_a_hash_and_used_once(ann: Account) -> None:
    secret = issue_ticket(ann, "reset", "ann@example.org", at_ms=1_000)
    assert len(secret) == 43
    assert Ticket.get().secret_hash == hashlib.sha256(secret.encode()).hexdigest()
    ticket = redeem_ticket(secret, "reset", at_ms=2_000)
    assert (ticket.account.name, ticket.email) == ("ann", "ann@example.org")
    with pytest.raises(Problem, match=r"^invalid_link$"):
        redeem_ticket(secret, "reset", at_ms=2_000)


def test_a_ticket_counts_for_its_time(ann: Account) -> None:
    reset = issue_ticket(ann, "reset", "", at_ms=0)
    assert find_ticket(reset, "reset", at_ms=HOUR_MS - 1).email == ""
    with pytest.raises(Problem, match=r"^invalid_link$"):
        find_ticket(reset, "reset", at_ms=HOUR_MS)
    confirm = issue_ticket(ann, "email", "ann@example.org", at_ms=0)
    assert find_ticket(confirm, "email", at_ms=48 * HOUR_MS - 1)
    with pytest.raises(Problem, match=r"^invalid_link$"):
        find_ticket(confirm, "email", at_ms=48 * HOUR_MS)
    longer = issue_ticket(ann, "reset", "", at_ms=0, lifetime_ms=24 * HOUR_MS)
    assert find_ticket(longer, "reset", at_ms=24 * HOUR_MS - 1)


def test_a_new_ticket_ends_the_last_one_of_its_kind_and_account(ann: Account) -> None:
    bobs = issue_ticket(make_account("bob"), "reset", "", at_ms=0)
    old, other = issue_ticket(ann, "reset", "", at_ms=0), issue_ticket(ann, "email", "ann@example.org", at_ms=0)
    new = issue_ticket(ann, "reset", "", at_ms=0)
    with pytest.raises(Problem, match=r"^invalid_link$"):
        find_ticket(old, "reset", at_ms=1)
    assert find_ticket(new, "reset", at_ms=1)
    assert find_ticket(bobs, "reset", at_ms=1)
    assert find_ticket(other, "email", at_ms=1)
    end_tickets(ann, "reset")
    assert Ticket.select().count() == 2


@pytest.mark.parametrize("secret", ["", "a", "a" * 43, "a" * 100_000, "a\0" * 20, "\ud800" * 43])
def test_a_secret_that_nobody_was_given_is_none(ann: Account, secret: str) -> None:
    issue_ticket(ann, "reset", "", at_ms=0)
    with pytest.raises(Problem, match=r"^invalid_link$"):
        redeem_ticket(secret, "reset", at_ms=1)


def test_a_ticket_of_one_kind_is_none_of_the_other(ann: Account) -> None:
    secret = issue_ticket(ann, "email", "ann@example.org", at_ms=0)
    with pytest.raises(Problem, match=r"^invalid_link$"):
        redeem_ticket(secret, "reset", at_ms=1)
    assert Ticket.select().count() == 1


@pytest.mark.parametrize("column", ["disabled_at_ms", "deleted_at_ms"])
def test_an_account_that_is_not_in_use_has_no_links(ann: Account, column: str) -> None:
    secret = issue_ticket(ann, "reset", "", at_ms=0)
    Account.update(**{column: 1}).execute()
    with pytest.raises(Problem, match=r"^invalid_link$"):
        redeem_ticket(secret, "reset", at_ms=2)
