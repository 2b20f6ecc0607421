"""Passkeys on both databases; each lie that a phone may tell is in tests/hongyan_web/test_passkeys.py."""

from __future__ import annotations

import peewee
import pytest

from hongyan_core.actions.attempts import Attempt
from hongyan_core.actions.passkeys import (
    Site,
    delete_passkey,
    list_passkeys,
    offer_registration,
    offer_sign_in,
    register_passkey,
    sign_in_by_passkey,
)
from hongyan_core.problems import Problem
from hongyan_core.store.models import Account, Passkey, Trouble
from tests.support.authenticator import Authenticator
from tests.support.cast import make_account

KEY = b"k" * 32
SITE = Site("https://chat.example", "chat.example")
HERE = Attempt("192.0.2.1", 1_790_000_000_000, KEY)


def add(account: Account, phone: Authenticator) -> Passkey:
    offer = offer_registration(account, SITE, server_key=KEY)
    credential = phone.create(offer.options, SITE.origin)
    return register_passkey(account, "phone", credential, offer.challenge, SITE, at_ms=5)


def enter(phone: Authenticator) -> Account:
    offer = offer_sign_in(SITE)
    return sign_in_by_passkey(phone.get(offer.options, SITE.origin), offer.challenge, SITE, HERE)


def test_a_passkey_signs_its_owner_in(database: peewee.Database) -> None:
    ann, bob = make_account("ann"), make_account("bob")
    anns, bobs = Authenticator(), Authenticator()
    add(ann, anns)
    add(bob, bobs)
    assert (enter(anns), enter(bobs), enter(anns)) == (ann, bob, ann)
    (kept,) = list_passkeys(ann)
    assert (kept.sign_count, kept.last_used_at_ms) == (2, HERE.at_ms)


def test_a_passkey_of_the_longest_name_is_kept(database: peewee.Database) -> None:
    ann, phone = make_account("ann"), Authenticator(credential_id=b"x" * 1_023)
    add(ann, phone)
    assert enter(phone) == ann


def test_two_signatures_of_one_count_let_one_in(database: peewee.Database) -> None:
    ann, phone = make_account("ann"), Authenticator()
    add(ann, phone)
    first, second = offer_sign_in(SITE), offer_sign_in(SITE)
    signed = phone.get(first.options, SITE.origin)
    phone.sign_count -= 1
    copied = phone.get(second.options, SITE.origin)
    assert sign_in_by_passkey(signed, first.challenge, SITE, HERE) == ann
    with pytest.raises(Problem, match="passkey_invalid"):
        sign_in_by_passkey(copied, second.challenge, SITE, HERE)


def test_wrong_passkeys_make_their_address_wait(database: peewee.Database) -> None:
    for _ in range(100):
        with pytest.raises(Problem, match="passkey_invalid"):
            enter(Authenticator(user_handle=""))
    with pytest.raises(Problem, match="rate_limited"):
        enter(Authenticator(user_handle=""))
    assert [(row.key, row.failures) for row in Trouble.select()] == [("address:192.0.2.1", 100)]


def test_the_last_way_in_stays(database: peewee.Database) -> None:
    ann = make_account("ann")
    passkey = add(ann, Authenticator())
    Account.update(password_hash="").execute()
    with pytest.raises(Problem, match="last_way_in"):
        delete_passkey(ann, passkey.id)
    another = add(ann, Authenticator())
    delete_passkey(ann, passkey.id)
    assert [row.id for row in list_passkeys(ann)] == [another.id]
