from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

import peewee
import pytest

from hongyan_core.actions import credentials, uses
from hongyan_core.actions.credentials import (
    Key,
    find_credential,
    find_keys,
    issue_credential,
    list_credentials,
    mqtt_secret,
    revoke_credential,
)
from hongyan_core.problems import Problem
from hongyan_core.store.models import Account, Credential
from tests.support.cast import make_account, take_outbox

DAY_MS = 86_400_000


@dataclass(frozen=True)
class Cast:
    ann: Account
    bob: Account


@pytest.fixture
def cast(database: peewee.Database) -> Cast:
    return Cast(make_account("ann"), make_account("bob"))


def test_a_secret_is_256_random_bits_and_only_its_hash_is_kept(cast: Cast) -> None:
    credential, secret = issue_credential(cast.ann, "device", " laptop ", at_ms=5)
    assert re.fullmatch(r"hy_[A-Za-z0-9_-]{43}", secret)
    row = Credential.get_by_id(credential.id)
    assert row.secret_hash == hashlib.sha256(secret.encode()).hexdigest()
    assert (row.account_id, row.kind, row.label, row.created_at_ms) == (cast.ann.id, "device", "laptop", 5)
    assert (row.parent_id, row.expires_at_ms, row.last_used_at_ms) == (None, None, None)
    assert issue_credential(cast.ann, "device", "", at_ms=5)[1] != secret


def test_a_secret_is_found_with_its_account(cast: Cast) -> None:
    issued, secret = issue_credential(cast.ann, "device", "laptop", at_ms=5)
    found = find_credential(secret, at_ms=6)
    assert (found.id, found.account.name) == (issued.id, "ann")


@pytest.mark.parametrize(
    "secret", ["", "hy_", "hy_" + "a" * 43, "hy_" + "\ud800" * 43, "hy_" + "a" * 42 + "\0", "x" * 46]
)
def test_an_unknown_secret_is_invalid(cast: Cast, secret: str) -> None:
    with pytest.raises(Problem, match="token_invalid"):
        find_credential(secret, at_ms=6)


def test_a_secret_expires_at_its_time(cast: Cast) -> None:
    _, secret = issue_credential(cast.ann, "mqtt", "", at_ms=5, expires_at_ms=100)
    assert find_credential(secret, at_ms=99).kind == "mqtt"
    with pytest.raises(Problem, match="token_expired"):
        find_credential(secret, at_ms=100)


@pytest.mark.parametrize("column", ["disabled_at_ms", "deleted_at_ms"])
def test_an_account_that_is_not_in_use_has_no_valid_secret(cast: Cast, column: str) -> None:
    _, secret = issue_credential(cast.ann, "device", "", at_ms=5)
    Account.update({column: 6}).execute()
    with pytest.raises(Problem, match="token_invalid"):
        find_credential(secret, at_ms=7)


def test_the_keys_of_many_secrets_stand_in_the_order_of_the_secrets(cast: Cast) -> None:
    device, ann = issue_credential(cast.ann, "device", "laptop", at_ms=5)
    mqtt, child = issue_credential(cast.ann, "mqtt", "", at_ms=5, expires_at_ms=100, parent=device)
    cookie, bob = issue_credential(cast.bob, "cookie", "", at_ms=5)
    unknown, lone = "hy_" + "a" * 43, "hy_" + "\ud800" * 43
    assert find_keys([unknown, child, ann, "", bob, lone, ann], at_ms=99) == [
        None,
        Key(mqtt.id, "ann", "mqtt", device.id, 100),
        Key(device.id, "ann", "device", None, None),
        None,
        Key(cookie.id, "bob", "cookie", None, None),
        None,
        Key(device.id, "ann", "device", None, None),
    ]
    assert find_keys([], at_ms=99) == []


@pytest.mark.parametrize("column", ["disabled_at_ms", "deleted_at_ms"])
def test_no_key_is_found_of_what_expired_was_revoked_or_is_of_an_account_that_is_not_in_use(
    cast: Cast, column: str
) -> None:
    _, expired = issue_credential(cast.ann, "mqtt", "", at_ms=5, expires_at_ms=100)
    revoked, gone = issue_credential(cast.ann, "device", "", at_ms=5)
    revoke_credential(cast.ann, revoked.id, at_ms=6)
    _, of_bob = issue_credential(cast.bob, "device", "", at_ms=5)
    Account.update({column: 6}).where(Account.name == "bob").execute()
    assert find_keys([expired, gone, of_bob], at_ms=100) == [None, None, None]


def test_the_use_of_a_key_is_noted_but_not_of_a_short_lived_one(cast: Cast) -> None:
    device, secret = issue_credential(cast.ann, "device", "", at_ms=5)
    mqtt, child = issue_credential(cast.ann, "mqtt", "", at_ms=5, expires_at_ms=999_999, parent=device)
    find_keys([child, secret], at_ms=100_000)
    noted = [Credential.get_by_id(one.id).last_used_at_ms for one in (device, mqtt)]
    assert noted == [100_000, None]


def test_expired_ones_are_forgotten_after_a_day(cast: Cast) -> None:
    old, _ = issue_credential(cast.ann, "mqtt", "", at_ms=5, expires_at_ms=100)
    issue_credential(cast.ann, "mqtt", "", at_ms=100 + DAY_MS)
    assert Credential.get_or_none(Credential.id == old.id) is not None
    issue_credential(cast.ann, "mqtt", "", at_ms=101 + DAY_MS)
    assert Credential.get_or_none(Credential.id == old.id) is None


def test_the_last_use_is_noted_once_a_minute(cast: Cast) -> None:
    credential, secret = issue_credential(cast.ann, "device", "", at_ms=5)
    noted = []
    for at_ms in (100_000, 159_999, 160_000):
        find_credential(secret, at_ms=at_ms)
        noted.append(Credential.get_by_id(credential.id).last_used_at_ms)
    assert noted == [100_000, 100_000, 160_000]


def test_many_uses_within_a_second_are_written_together(cast: Cast) -> None:
    issued = [issue_credential(cast.ann, "device", str(n), at_ms=5) for n in range(3)]
    for at_ms, (_, secret) in zip((200_000, 200_500, 200_999), issued, strict=True):
        find_credential(secret, at_ms=at_ms)
    written = [Credential.get_by_id(credential.id).last_used_at_ms for credential, _ in issued]
    assert written == [200_000, None, None]
    assert [c.last_used_at_ms for c in list_credentials(cast.ann)] == [200_000, 200_500, 200_999]


def test_a_store_that_cannot_write_keeps_nobody_out(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    _, secret = issue_credential(cast.ann, "device", "", at_ms=5)

    def full(*_params: object) -> None:
        raise peewee.OperationalError("disk full")

    monkeypatch.setattr(uses, "write_wanted", full)
    assert find_credential(secret, at_ms=100_000).account.name == "ann"


@pytest.mark.parametrize("label", ["x" * 65, "a\0b", "a\nb", "\ud800"])
def test_a_bad_label_is_refused(cast: Cast, label: str) -> None:
    with pytest.raises(Problem) as caught:
        issue_credential(cast.ann, "device", label, at_ms=5)
    assert (caught.value.code, caught.value.field) == ("malformed_field", "label")


def test_device_tokens_are_limited(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "MAX_DEVICE_TOKENS", 1)
    issue_credential(cast.ann, "device", "", at_ms=5)
    issue_credential(cast.ann, "cookie", "", at_ms=5)
    issue_credential(cast.bob, "device", "", at_ms=5)
    with pytest.raises(Problem) as caught:
        issue_credential(cast.ann, "device", "", at_ms=5)
    assert (caught.value.code, caught.value.params) == ("too_many", {"limit": 1})


def test_each_sees_their_own_of_one_kind_or_all(cast: Cast) -> None:
    issue_credential(cast.ann, "cookie", "", at_ms=5)
    issue_credential(cast.ann, "device", "one", at_ms=6)
    issue_credential(cast.ann, "device", "two", at_ms=7)
    issue_credential(cast.bob, "device", "bob's", at_ms=8)
    assert [row.label for row in list_credentials(cast.ann, "device")] == ["one", "two"]
    assert [row.kind for row in list_credentials(cast.ann)] == ["cookie", "device", "device"]


def test_a_revocation_ends_a_credential_with_its_children_and_changes_the_mqtt_secret(cast: Cast) -> None:
    cookie, secret = issue_credential(cast.ann, "cookie", "", at_ms=5)
    child, child_secret = issue_credential(cast.ann, "mqtt", "", at_ms=6, parent=cookie)
    other, other_secret = issue_credential(cast.ann, "device", "", at_ms=7)
    take_outbox()
    revoke_credential(cast.ann, cookie.id, at_ms=8)
    for gone in (secret, child_secret):
        with pytest.raises(Problem, match="token_invalid"):
            find_credential(gone, at_ms=9)
    assert find_credential(other_secret, at_ms=9).id == other.id
    assert take_outbox() == [
        ("account", {"account": "ann"}),
        ("revoked", {"account": "ann", "credentials": [cookie.id, child.id]}),
    ]
    assert (cast.ann.mqtt_generation, Account.get_by_id(cast.ann.id).mqtt_generation) == (2, 2)
    assert Account.get_by_id(cast.bob.id).mqtt_generation == 1


def test_a_revoked_parent_bears_no_more_children(cast: Cast) -> None:
    cookie, _ = issue_credential(cast.ann, "cookie", "", at_ms=5)
    revoke_credential(cast.ann, cookie.id, at_ms=6)
    with pytest.raises(Problem, match="token_invalid"):
        issue_credential(cast.ann, "mqtt", "", at_ms=7, parent=cookie)


def test_the_id_of_a_revoked_credential_is_never_given_out_again(cast: Cast) -> None:
    first, _ = issue_credential(cast.ann, "device", "", at_ms=5)
    revoke_credential(cast.ann, first.id, at_ms=6)
    assert issue_credential(cast.bob, "device", "", at_ms=7)[0].id == first.id + 1


@pytest.mark.parametrize("credential_id", [0, -1, 10**6, 2**31, 10**40])
def test_an_unknown_credential_cannot_be_revoked(cast: Cast, credential_id: int) -> None:
    with pytest.raises(Problem, match="unknown_token"):
        revoke_credential(cast.ann, credential_id, at_ms=5)


def test_another_persons_credential_cannot_be_revoked_not_even_by_its_child(cast: Cast) -> None:
    parent, _ = issue_credential(cast.bob, "device", "", at_ms=5)
    with pytest.raises(Problem, match="unknown_token"):
        revoke_credential(cast.ann, parent.id, at_ms=6)
    assert Credential.select().count() == 1
    assert take_outbox() == []


def test_the_mqtt_secret_depends_on_key_account_and_generation() -> None:
    ann = Account(name="ann", mqtt_generation=1)
    # printf mqtt:ann:1 | openssl dgst -sha256 -hmac key -binary | basenc --base64url
    assert mqtt_secret(ann, b"key") == "TmHrmrGWhOTpeLZMZ66aQ6S-lLwZ4xZBk46T1TJu1pE"
    secrets = {
        mqtt_secret(Account(name=name, mqtt_generation=generation), key)
        for name in ("ann", "bob")
        for generation in (1, 2)
        for key in (b"key", b"another")
    }
    assert len(secrets) == 8
