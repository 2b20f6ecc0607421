from __future__ import annotations

from dataclasses import replace
from typing import Any

import peewee
import pytest

from hongyan_core.actions.registration import Newcomer, Registered, Terms, register, terms_for_the_next, terms_of
from hongyan_core.mail import Letter
from hongyan_core.problems import Problem
from hongyan_core.settings import EmailUse, Registration, Settings
from hongyan_core.store.models import Account, AccountTerm, Link, Ticket
from tests.support.cast import make_account, take_outbox

PASSWORD = "wild geese fly south"
OPEN, INVITE, CLOSED = Terms(), Terms(Registration.INVITE), Terms(Registration.CLOSED)
OPTIONAL, REQUIRED = Terms(email=EmailUse.OPTIONAL), Terms(email=EmailUse.REQUIRED)


def come(username: str = "bob", terms: Terms = OPEN, at_ms: int = 1_000, **more: Any) -> Registered:
    newcomer = {"display_name": username.capitalize(), "language": "en", "password": PASSWORD, **more}
    return register(Newcomer(username, **newcomer), terms, at_ms=at_ms)


def make_link(creator: Account, **columns: Any) -> Link:
    return Link.create(**{"kind": "signup", "creator": creator, "created_at_ms": 1, **columns})


def refusal(**arguments: Any) -> tuple[str, str | None]:
    with pytest.raises(Problem) as caught:
        come(**arguments)
    return caught.value.code, caught.value.field


def test_the_first_account_administers_the_server_and_the_next_ones_do_not(database: peewee.Database) -> None:
    assert [come(name).account.role for name in ("ann", "bob", "eve")] == ["admin", "user", "user"]


@pytest.mark.parametrize("terms", [INVITE, CLOSED, REQUIRED])
def test_the_first_account_is_let_in_on_any_terms_and_waits_for_nothing(
    database: peewee.Database, terms: Terms
) -> None:
    ann = come("ann", terms).account
    assert (ann.role, ann.unconfirmed) == ("admin", False)


def test_who_is_registered_is_found_by_every_word_of_the_name(database: peewee.Database) -> None:
    come("ann", display_name="Ann Arbor")
    assert sorted(row.term for row in AccountTerm.select()) == ["ann arbor", "arbor"]


@pytest.mark.parametrize(
    ("username", "expected"),
    [
        ("ann", ("name_taken", "username")),
        ("tom_1", ("confusable_name", "username")),
        ("torn-l", ("confusable_name", "username")),
        ("t0m-1", ("confusable_name", "username")),
        ("g0ne", ("confusable_name", "username")),
        ("adm1n", ("confusable_name", "username")),
        ("sys", ("reserved_name", "username")),
        ("admin2", ("reserved_name", "username")),
        ("hongyan-support", ("reserved_name", "username")),
    ],
)
def test_a_name_that_looks_like_another_is_refused(
    database: peewee.Database, username: str, expected: tuple[str, str]
) -> None:
    for name in ("ann", "tom-1", "gone"):
        come(name)
    Account.update(deleted_at_ms=5).where(Account.name == "gone").execute()
    assert refusal(username=username, display_name="Eve") == expected
    assert Account.select().count() == 3


@pytest.mark.parametrize(
    ("display_name", "code"),
    [
        pytest.param("an\u200bn", "malformed_display_name", id="a zero-width space"),
        pytest.param("\u3164", "malformed_display_name", id="a filler"),
        pytest.param("аnn", "confusable_name", id="a Cyrillic a"),
        pytest.param("Аdmin", "confusable_name", id="an office in two scripts"),
        pytest.param("ADM1N", "reserved_name", id="an office"),
        pytest.param("系统管理员", "reserved_name", id="an office in Chinese"),
        pytest.param("…", "reserved_name", id="what stands for a deleted account"),
    ],
)
def test_a_display_name_that_deceives_is_refused(database: peewee.Database, display_name: str, code: str) -> None:
    assert refusal(display_name=display_name) == (code, "display_name")


def test_a_closed_server_takes_nobody_in_even_with_an_invitation(database: peewee.Database) -> None:
    link = make_link(make_account("ann"))
    assert refusal(terms=CLOSED) == ("registration_closed", "invitation")
    assert refusal(terms=CLOSED, invitation=link.id) == ("registration_closed", "invitation")
    assert Link.get().uses == 0


def test_by_invitation_only_those_come_who_show_one_and_each_is_counted(database: peewee.Database) -> None:
    link = make_link(make_account("ann"), max_uses=2)
    assert refusal(terms=INVITE) == ("invitation_needed", "invitation")
    come("bob", INVITE, invitation=link.id)
    come("eve", INVITE, invitation=link.id)
    assert refusal(username="zoe", terms=INVITE, invitation=link.id) == ("invalid_link", "invitation")
    assert Link.get().uses == 2


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"expires_at_ms": 1_000}, id="expired"),
        pytest.param({"ended_at_ms": 5}, id="ended"),
        pytest.param({"max_uses": 1, "uses": 1}, id="used up"),
        pytest.param({"kind": "group", "group_id": 7}, id="into a group"),
    ],
)
def test_an_invitation_that_does_not_count_is_refused_where_it_is_needed_and_ignored_elsewhere(
    database: peewee.Database, columns: dict[str, Any]
) -> None:
    link = make_link(make_account("ann"), **columns)
    assert refusal(terms=INVITE, invitation=link.id) == ("invalid_link", "invitation")
    assert come(invitation=link.id).account.name == "bob"


@pytest.mark.parametrize("link_id", [0, -1, 99, 2**40])
def test_an_invitation_that_nobody_made_is_refused(database: peewee.Database, link_id: int) -> None:
    make_account("ann")
    assert refusal(terms=INVITE, invitation=link_id) == ("invalid_link", "invitation")


def test_a_refused_registration_does_not_use_an_invitation_up(database: peewee.Database) -> None:
    link = make_link(make_account("ann"), max_uses=1)
    assert refusal(username="ann", terms=INVITE, invitation=link.id)[0] == "name_taken"
    assert refusal(terms=Terms(Registration.INVITE, EmailUse.REQUIRED), invitation=link.id) == ("email_needed", "email")
    assert Link.get().uses == 0


def test_a_required_address_is_waited_for_and_nobody_finds_the_account_meanwhile(database: peewee.Database) -> None:
    make_account("ann")
    registered = come("bob", REQUIRED, email=" Bob@Example.ORG ", language="zh")
    assert registered.account.unconfirmed
    assert registered.account.email is None
    assert registered.letter == Letter("confirm", "bob@example.org", "bob", "zh", registered.letter.secret)
    assert Ticket.get().email == "bob@example.org"
    assert registered.letter.secret not in Ticket.get().secret_hash
    assert not AccountTerm.select().where(AccountTerm.account == registered.account).exists()


def test_an_optional_address_keeps_nobody_waiting(database: peewee.Database) -> None:
    make_account("ann")
    registered = come("bob", OPTIONAL, email="bob@example.org")
    assert not registered.account.unconfirmed
    assert registered.letter is not None
    assert come("eve", OPTIONAL).letter is None


def test_an_address_of_somebody_else_is_answered_like_any_other(database: peewee.Database) -> None:
    make_account("ann", email="ann@example.org")
    registered = come("bob", REQUIRED, email="ann@example.org")
    assert registered.letter is not None
    assert registered.account.unconfirmed


@pytest.mark.parametrize(
    ("terms", "email", "code"),
    [
        pytest.param(OPEN, "bob@example.org", "no_mail", id="a server that sends no mail"),
        pytest.param(REQUIRED, None, "email_needed", id="none where one is required"),
        pytest.param(REQUIRED, "", "malformed_email", id="an empty one"),
        pytest.param(REQUIRED, "bob", "malformed_email", id="no host"),
        pytest.param(REQUIRED, "bob@localhost", "malformed_email", id="a host without a dot"),
        pytest.param(REQUIRED, "@example.org", "malformed_email", id="nobody"),
        pytest.param(REQUIRED, "b@o@example.org", "malformed_email", id="two signs"),
        pytest.param(REQUIRED, "bob..b@example.org", "malformed_email", id="two dots"),
        pytest.param(REQUIRED, "bob@-example.org", "malformed_email", id="a hyphen first"),
        pytest.param(REQUIRED, "bob@[127.0.0.1]", "malformed_email", id="an address in brackets"),
        pytest.param(REQUIRED, "bob b@example.org", "malformed_email", id="a space"),
        pytest.param(REQUIRED, '"bob"@example.org', "malformed_email", id="quotes"),
        pytest.param(REQUIRED, "bob@example.org\nBcc: eve@example.org", "malformed_email", id="a header"),
        pytest.param(REQUIRED, "bob@example.org, eve@example.org", "malformed_email", id="two people"),
        pytest.param(REQUIRED, "Bob <bob@example.org>", "malformed_email", id="a name beside it"),
        pytest.param(REQUIRED, "b" * 65 + "@example.org", "malformed_email", id="65 characters before the sign"),
        pytest.param(REQUIRED, "bob@" + "a." * 125 + "org", "malformed_email", id="257 characters"),
        pytest.param(REQUIRED, "鲍勃@example.org", "malformed_email", id="a Chinese name"),
        pytest.param(REQUIRED, "bob@example.org\0", "malformed_email", id="a NUL"),
    ],
)
def test_a_bad_address_is_refused_and_leaves_nothing(
    database: peewee.Database, terms: Terms, email: str | None, code: str
) -> None:
    make_account("ann")
    assert refusal(terms=terms, email=email) == (code, "email")
    assert (Account.select().count(), Ticket.select().count(), take_outbox()) == (1, 0, [])


@pytest.mark.parametrize("email", ["bob+chat@mail.example.co.uk", "o'hara_1@xn--fsq.example", "b@a.bc"])
def test_unusual_addresses_are_taken(database: peewee.Database, email: str) -> None:
    assert come(terms=OPTIONAL, email=email).letter.to == email


def test_without_a_password_there_is_no_way_in_by_one(database: peewee.Database) -> None:
    assert come(password=None).account.password_hash == ""


def test_the_next_one_is_shown_the_terms_of_the_settings_once_somebody_is_there(
    database: peewee.Database, tmp_path: Any
) -> None:
    settings = Settings(tmp_path, b"k", registration=Registration.CLOSED, email=EmailUse.REQUIRED)
    assert terms_of(settings) == Terms(Registration.CLOSED, EmailUse.REQUIRED)
    assert terms_for_the_next(settings) == Terms(Registration.OPEN, EmailUse.OPTIONAL)
    assert terms_for_the_next(replace(settings, email=EmailUse.OFF)) == Terms(Registration.OPEN, EmailUse.OFF)
    make_account("ann")
    assert terms_for_the_next(settings) == terms_of(settings)
