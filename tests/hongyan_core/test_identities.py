from __future__ import annotations

from typing import Any

import peewee
import pytest

from hongyan_core.actions.identities import (
    Vouched,
    find_by_identity,
    link_identity,
    list_identities,
    make_vouched,
    register_by_identity,
    unlink_identity,
)
from hongyan_core.actions.registration import Newcomer, Terms
from hongyan_core.problems import Problem
from hongyan_core.settings import EmailUse, Registration
from hongyan_core.store.models import Account, Identity, Meta
from tests.support.cast import make_account, take_outbox

ANN = Vouched("https://login.example", "a-17", "ann@example.org")


def test_an_identity_makes_an_account_without_a_password(database: peewee.Database) -> None:
    account = register_by_identity(ANN, Newcomer("ann", " 安 ", "zh"), Terms(), at_ms=5)
    stored = Account.get()
    assert (stored.name, stored.display_name, stored.password_hash, stored.language) == ("ann", "安", "", "zh")
    assert find_by_identity(ANN) == account
    assert take_outbox() == [("account", {"account": "ann"})]
    assert Meta.get_by_id("relations_version").value == 2


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"username": "A"}, ("malformed_name", "username")),
        ({"username": "group"}, ("reserved_name", "username")),
        ({"username": "bob"}, ("name_taken", "username")),
        ({"display_name": "\u202e"}, ("malformed_display_name", "display_name")),
        ({"language": "tlh"}, ("malformed_field", "language")),
    ],
)
def test_a_bad_registration_leaves_nothing(
    database: peewee.Database, change: dict[str, str], expected: tuple[str, str]
) -> None:
    make_account("bob")
    with pytest.raises(Problem) as caught:
        newcomer = Newcomer(**{"username": "ann", "display_name": "Ann", "language": "en", **change})
        register_by_identity(ANN, newcomer, Terms(), at_ms=5)
    assert (caught.value.code, caught.value.field) == expected
    assert (Account.select().count(), Identity.select().count()) == (1, 0)


def test_issuer_and_subject_together_make_an_identity(database: peewee.Database) -> None:
    ann, bob = make_account("ann"), make_account("bob")
    link_identity(ann, ANN, at_ms=5)
    other_issuer = Vouched("https://other.example", "a-17", "ann@example.org")
    link_identity(bob, other_issuer, at_ms=6)
    assert find_by_identity(ANN) == ann
    assert find_by_identity(other_issuer) == bob
    assert find_by_identity(Vouched("https://login.example", "A-17", "ann@example.org")) is None


def test_linking_again_is_the_same_and_anothers_is_refused(database: peewee.Database) -> None:
    ann, bob = make_account("ann"), make_account("bob")
    link_identity(ann, ANN, at_ms=5)
    link_identity(ann, ANN, at_ms=6)
    assert len(list_identities(ann)) == 1
    with pytest.raises(Problem, match="identity_taken"):
        link_identity(bob, ANN, at_ms=7)


def test_twenty_identities_are_enough(database: peewee.Database) -> None:
    ann = make_account("ann")
    for number in range(20):
        link_identity(ann, Vouched("https://login.example", str(number)), at_ms=5)
    with pytest.raises(Problem, match="too_many"):
        link_identity(ann, ANN, at_ms=5)


def test_the_last_way_in_stays(database: peewee.Database) -> None:
    ann = register_by_identity(ANN, Newcomer("ann", "Ann", "en"), Terms(), at_ms=5)
    second = Vouched("https://login.example", "a-18")
    link_identity(ann, second, at_ms=5)
    one, two = [row.id for row in list_identities(ann)]
    unlink_identity(ann, one)
    with pytest.raises(Problem, match="last_way_in"):
        unlink_identity(ann, two)
    with pytest.raises(Problem, match="unknown_identity"):
        unlink_identity(ann, one)
    assert find_by_identity(second) == ann


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        pytest.param(Terms(Registration.CLOSED), "registration_closed", id="closed"),
        pytest.param(Terms(Registration.INVITE), "invitation_needed", id="by invitation"),
        pytest.param(Terms(email=EmailUse.REQUIRED), None, id="the provider vouches instead of a mail"),
    ],
)
def test_the_terms_of_the_server_hold(database: peewee.Database, terms: Terms, refusal: str | None) -> None:
    make_account("bob")
    if refusal is None:
        assert not register_by_identity(ANN, Newcomer("ann", "Ann", "en"), terms, at_ms=5).unconfirmed
    else:
        with pytest.raises(Problem, match=refusal):
            register_by_identity(ANN, Newcomer("ann", "Ann", "en"), terms, at_ms=5)
        assert (Account.select().count(), Identity.select().count()) == (1, 0)


@pytest.mark.parametrize(
    ("claims", "shown"),
    [
        pytest.param({}, ("", "", ""), id="nothing said"),
        pytest.param(
            {"email": "a@b.c", "preferred_username": "ann", "name": "安"}, ("a@b.c", "ann", "安"), id="all said"
        ),
        pytest.param({"email": 7, "preferred_username": ["x"], "name": None}, ("", "", ""), id="no strings"),
        pytest.param({"email": "a" * 255, "preferred_username": "a" * 33, "name": "a" * 65}, ("", "", ""), id="long"),
        pytest.param({"email": "a\0b", "preferred_username": "\ud800", "name": "a\nb"}, ("", "", ""), id="unprintable"),
    ],
)
def test_hints_that_cannot_be_shown_are_left_out(claims: dict[str, Any], shown: tuple[str, str, str]) -> None:
    made = make_vouched("https://login.example", "a-17", claims)
    assert (made.email, made.username, made.display_name) == shown


@pytest.mark.parametrize("subject", [None, 17, "", "x" * 256, "a\0b", "\ud800", ["a"]])
def test_a_subject_that_cannot_be_kept_is_no_subject(subject: object) -> None:
    with pytest.raises(ValueError, match="subject"):
        make_vouched("https://login.example", subject, {})
