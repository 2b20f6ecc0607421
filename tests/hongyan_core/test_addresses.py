from __future__ import annotations

import peewee
import pytest

from hongyan_core.actions.addresses import change_email, confirm_email, drop_email, settle
from hongyan_core.actions.registration import Newcomer, Terms, register, register_account
from hongyan_core.actions.tickets import find_ticket, issue_ticket
from hongyan_core.mail import Letter
from hongyan_core.problems import Problem
from hongyan_core.settings import EmailUse
from hongyan_core.store.models import Account, AccountTerm, Meta, Ticket

PASSWORD = "wild geese fly south"
OFF, OPTIONAL, REQUIRED = EmailUse.OFF, EmailUse.OPTIONAL, EmailUse.REQUIRED


@pytest.fixture
def ann(database: peewee.Database) -> Account:
    return register_account("ann", PASSWORD, "Ann", "zh", at_ms=1)


def confirm(account: Account, email: str) -> Letter | None:
    letter = change_email(account, email, OPTIONAL, at_ms=1_000)
    return confirm_email(letter.secret, at_ms=2_000)


def test_an_address_counts_once_its_link_was_opened(ann: Account) -> None:
    letter = change_email(ann, "Ann@Example.org", OPTIONAL, at_ms=1_000)
    assert letter == Letter("confirm", "ann@example.org", "ann", "zh", letter.secret)
    assert Account.get().email is None
    assert confirm_email(letter.secret, at_ms=2_000) is None
    assert Account.get().email == "ann@example.org"
    with pytest.raises(Problem, match=r"^invalid_link$"):
        confirm_email(letter.secret, at_ms=2_000)


def test_an_account_that_waited_may_sign_in_and_is_found_from_then_on(ann: Account) -> None:
    newcomer = Newcomer("bob", "Bob", "en", PASSWORD, email="bob@example.org")
    registered = register(newcomer, Terms(email=REQUIRED), at_ms=1_000)
    version = Meta.get_by_id("relations_version").value
    assert registered.letter
    confirm_email(registered.letter.secret, at_ms=2_000)
    bob = Account.get(Account.name == "bob")
    assert (bob.unconfirmed, bob.email) == (False, "bob@example.org")
    assert [row.term for row in AccountTerm.select().where(AccountTerm.account == bob)] == ["bob"]
    assert Meta.get_by_id("relations_version").value == version + 1


def test_the_address_before_is_told_and_its_links_end(ann: Account) -> None:
    confirm(ann, "old@example.org")
    reset = issue_ticket(ann, "reset", "old@example.org", at_ms=1_000)
    assert confirm(ann, "new@example.org") == Letter("moved", "old@example.org", "ann", "zh")
    with pytest.raises(Problem, match=r"^invalid_link$"):
        find_ticket(reset, "reset", at_ms=2_000)
    assert confirm(Account.get(), "new@example.org") is None


def test_an_address_that_somebody_else_confirmed_first_stays_theirs(ann: Account) -> None:
    bob = register_account("bob", PASSWORD, "Bob", "en", at_ms=1)
    late = change_email(bob, "us@example.org", OPTIONAL, at_ms=1_000)
    confirm(ann, "us@example.org")
    with pytest.raises(Problem, match=r"^invalid_link$"):
        confirm_email(late.secret, at_ms=2_000)
    assert [account.email for account in Account.select().order_by(Account.id)] == ["us@example.org", None]


def test_whoever_holds_the_address_is_told_and_nobody_else(ann: Account) -> None:
    confirm(ann, "us@example.org")
    bob = register_account("bob", PASSWORD, "Bob", "en", at_ms=1)
    letter = change_email(bob, "us@example.org", OPTIONAL, at_ms=1_000)
    assert letter.occasion == "confirm"
    assert settle(letter) == Letter("held", "us@example.org", "ann", "zh")


def test_every_other_letter_stays_what_it_is(ann: Account) -> None:
    confirm(ann, "us@example.org")
    mine = Letter("confirm", "us@example.org", "ann", "zh", "s")
    free = Letter("confirm", "free@example.org", "bob", "en", "s")
    moved = Letter("moved", "us@example.org", "bob", "en")
    assert [settle(letter) for letter in (mine, free, moved)] == [mine, free, moved]


@pytest.mark.parametrize(
    ("email", "use", "expected"),
    [
        pytest.param("ann@example.org", OFF, ("no_mail", None), id="a server that sends no mail"),
        pytest.param("ann", OPTIONAL, ("malformed_email", "email"), id="no address"),
    ],
)
def test_a_bad_change_is_refused(ann: Account, email: str, use: EmailUse, expected: tuple[str, str | None]) -> None:
    with pytest.raises(Problem) as caught:
        change_email(ann, email, use, at_ms=1_000)
    assert (caught.value.code, caught.value.field) == expected
    assert Ticket.select().count() == 0


def test_an_address_can_be_dropped_and_what_is_on_its_way_leads_nowhere(ann: Account) -> None:
    confirm(ann, "ann@example.org")
    ann = Account.get()
    change_email(ann, "new@example.org", OPTIONAL, at_ms=1_000)
    issue_ticket(ann, "reset", "ann@example.org", at_ms=1_000)
    assert drop_email(ann, OPTIONAL) == Letter("moved", "ann@example.org", "ann", "zh")
    assert (Account.get().email, Ticket.select().count()) == (None, 0)
    assert drop_email(Account.get(), OPTIONAL) is None


def test_an_address_that_the_server_needs_is_not_dropped(ann: Account) -> None:
    confirm(ann, "ann@example.org")
    with pytest.raises(Problem, match=r"^email_needed: email$"):
        drop_email(Account.get(), REQUIRED)
    assert Account.get().email == "ann@example.org"
