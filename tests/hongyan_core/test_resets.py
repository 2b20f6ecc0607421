from __future__ import annotations

import peewee
import pytest

from hongyan_core.actions.accounts import change_password
from hongyan_core.actions.credentials import issue_credential
from hongyan_core.actions.registration import Newcomer, Terms, register, register_account
from hongyan_core.actions.resets import reset_password, write_reset
from hongyan_core.actions.tickets import issue_ticket
from hongyan_core.mail import Letter
from hongyan_core.passwords import is_password
from hongyan_core.problems import Problem
from hongyan_core.settings import EmailUse
from hongyan_core.store.models import Account, Credential, Ticket
from tests.support.cast import make_account, take_outbox

PASSWORD = "wild geese fly south"


@pytest.fixture
def ann(database: peewee.Database) -> Account:
    account = register_account("ann", PASSWORD, "Ann", "zh", at_ms=1)
    Account.update(email="ann@example.org").execute()
    return Account.get_by_id(account.id)


@pytest.mark.parametrize("login", ["ann", " Ann ", "ann@example.org", "ANN@example.org"])
def test_a_reset_goes_to_the_confirmed_address_by_name_or_address(ann: Account, login: str) -> None:
    letter = write_reset(login, at_ms=1_000)
    assert letter == Letter("reset", "ann@example.org", "ann", "zh", letter.secret)
    reset_password(letter.secret, "a better one", at_ms=2_000)
    assert is_password(Account.get().password_hash, "a better one")


@pytest.mark.parametrize(
    "login",
    ["nobody", "nobody@example.org", "bob", "off", "gone", "", "NOT A NAME", "@", "a" * 100_000],
)
def test_who_cannot_be_written_to_gets_no_letter(ann: Account, login: str) -> None:
    make_account("bob")
    make_account("off", email="off@example.org", disabled_at_ms=5)
    make_account("gone", email="gone@example.org", deleted_at_ms=5)
    assert write_reset(login, at_ms=1_000) is None
    assert Ticket.select().count() == 0


def test_who_waits_for_the_first_confirmation_gets_that_link_again(ann: Account) -> None:
    newcomer = Newcomer("bob", "Bob", "en", PASSWORD, email="bob@example.org")
    first = register(newcomer, Terms(email=EmailUse.REQUIRED), at_ms=1_000).letter
    again = write_reset("bob", at_ms=10**12)
    assert first
    assert again == Letter("confirm", "bob@example.org", "bob", "en", again.secret)
    assert again.secret != first.secret
    Ticket.delete().execute()
    assert write_reset("bob", at_ms=10**12) is None


def test_a_reset_ends_every_way_in_and_works_once(ann: Account) -> None:
    issue_credential(ann, "cookie", "", at_ms=2)
    letter = write_reset("ann", at_ms=1_000)
    assert letter
    take_outbox()
    reset_password(letter.secret, "a better one", at_ms=2_000)
    assert Credential.select().count() == 0
    assert ("revoked", {"account": "ann", "credentials": None}) in take_outbox()
    with pytest.raises(Problem, match=r"^invalid_link$"):
        reset_password(letter.secret, "another one still", at_ms=2_000)


def test_a_weak_password_does_not_use_the_link_up(ann: Account) -> None:
    letter = write_reset("ann", at_ms=1_000)
    assert letter
    with pytest.raises(Problem, match=r"^weak_password: new_password$"):
        reset_password(letter.secret, "short", at_ms=2_000)
    reset_password(letter.secret, "long enough", at_ms=2_000)


def test_a_link_that_went_to_another_address_opens_nothing(ann: Account) -> None:
    letter = write_reset("ann", at_ms=1_000)
    assert letter
    Account.update(email="new@example.org").execute()
    with pytest.raises(Problem, match=r"^invalid_link$"):
        reset_password(letter.secret, "a better one", at_ms=2_000)


def test_a_link_from_an_administrator_needs_no_address(database: peewee.Database) -> None:
    bob = register_account("bob", PASSWORD, "Bob", "en", at_ms=1)
    reset_password(issue_ticket(bob, "reset", "", at_ms=1_000), "a better one", at_ms=2_000)
    assert is_password(Account.get().password_hash, "a better one")


def test_a_changed_password_ends_the_links_that_are_on_their_way(ann: Account) -> None:
    letter = write_reset("ann", at_ms=1_000)
    assert letter
    change_password(ann, "a better one", keep=None)
    with pytest.raises(Problem, match=r"^invalid_link$"):
        reset_password(letter.secret, "of a thief", at_ms=2_000)
