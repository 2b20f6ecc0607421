from __future__ import annotations

import peewee
import pytest

from hongyan_core import passwords
from hongyan_core.actions.accounts import change_password
from hongyan_core.actions.credentials import find_credential, issue_credential
from hongyan_core.actions.registration import register_account
from hongyan_core.actions.sign_in import check_password
from hongyan_core.problems import Problem
from hongyan_core.store.models import Account, Credential, Meta
from tests.support.cast import make_account, take_outbox

PASSWORD = "wild geese fly south"
SURROGATE = "\ud800"


def register(username: str = "ann", password: str = PASSWORD, display_name: str = "Ann") -> Account:
    return register_account(username, password, display_name, "en", at_ms=1_000)


def test_a_registered_account_can_sign_in(database: peewee.Database) -> None:
    account = register_account("ann", PASSWORD, "  安 ", "zh", at_ms=1_000)
    assert (account.name, account.display_name, account.language, account.created_at_ms) == ("ann", "安", "zh", 1_000)
    assert account.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert check_password("ann", PASSWORD).id == account.id


def test_registering_tells_the_brokers_and_raises_the_relations_version(database: peewee.Database) -> None:
    register()
    assert take_outbox() == [("account", {"account": "ann"})]
    assert Meta.get_by_id("relations_version").value == 2


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        pytest.param({"username": "a"}, "malformed_name", "username", id="a name of one character"),
        pytest.param({"username": "a" * 33}, "malformed_name", "username", id="a name of 33 characters"),
        pytest.param({"username": "Bob"}, "malformed_name", "username", id="a capital letter"),
        pytest.param({"username": "bob.b"}, "malformed_name", "username", id="a full stop"),
        pytest.param({"username": "bob/#"}, "malformed_name", "username", id="a wildcard"),
        pytest.param({"username": "bob\0"}, "malformed_name", "username", id="a NUL in the name"),
        pytest.param({"username": "小安"}, "malformed_name", "username", id="a Chinese user name"),
        pytest.param({"username": "group"}, "reserved_name", "username", id="a topic level"),
        pytest.param({"username": "admin"}, "reserved_name", "username", id="a system name"),
        pytest.param({"username": "ann"}, "name_taken", "username", id="a taken name"),
        pytest.param({"username": "gone"}, "name_taken", "username", id="the name of a deleted account"),
        pytest.param({"password": "a" * 7}, "weak_password", "password", id="7 characters"),
        pytest.param({"password": "a" * 257}, "weak_password", "password", id="257 characters"),
        pytest.param({"password": PASSWORD + SURROGATE}, "weak_password", "password", id="a lone surrogate"),
        pytest.param({"display_name": " "}, "malformed_display_name", "display_name", id="a blank display name"),
        pytest.param({"display_name": "a" * 65}, "malformed_display_name", "display_name", id="65 characters"),
        pytest.param({"display_name": "a\0b"}, "malformed_display_name", "display_name", id="a NUL"),
        pytest.param({"display_name": "a\nb"}, "malformed_display_name", "display_name", id="a line break"),
        pytest.param({"display_name": "a" + SURROGATE}, "malformed_display_name", "display_name", id="a surrogate"),
        pytest.param({"display_name": "a\u202eb"}, "malformed_display_name", "display_name", id="a reversal"),
        pytest.param({"display_name": "\u200d"}, "malformed_display_name", "display_name", id="nothing to see"),
        pytest.param({"display_name": "\u3000"}, "malformed_display_name", "display_name", id="a wide space only"),
    ],
)
def test_a_bad_registration_is_refused_and_leaves_nothing(
    database: peewee.Database, change: dict[str, str], code: str, field: str
) -> None:
    make_account("ann")
    make_account("gone", deleted_at_ms=5)
    with pytest.raises(Problem) as caught:
        register(**{"username": "bob", **change})
    assert (caught.value.code, caught.value.field) == (code, field)
    assert [account.name for account in Account.select().order_by(Account.id)] == ["ann", "gone"]
    assert take_outbox() == []


def test_an_unknown_language_is_refused(database: peewee.Database) -> None:
    with pytest.raises(Problem, match="malformed_field: language"):
        register_account("ann", PASSWORD, "Ann", "tlh", at_ms=1)


@pytest.mark.parametrize("shown", ["小安", "Zoë O'Hara", "👩‍🔬 bot", "安　安", "a" * 64])
def test_names_of_all_scripts_are_kept(database: peewee.Database, shown: str) -> None:
    register(display_name=shown)
    assert Account.get().display_name == shown


@pytest.mark.parametrize("password", ["12345678", "a" * 256, "密码密码密码密码", "nul\0inside", "  spaces  "])
def test_every_password_of_8_to_256_characters_works_as_typed(database: peewee.Database, password: str) -> None:
    register(password=password)
    assert check_password("ann", password).name == "ann"
    with pytest.raises(Problem):
        check_password("ann", password.strip() + "x")


@pytest.mark.parametrize(
    ("username", "password"),
    [
        pytest.param("ann", "wrong password", id="a wrong password"),
        pytest.param("ann", "", id="no password"),
        pytest.param("ann", PASSWORD + SURROGATE, id="a lone surrogate"),
        pytest.param("ann", "x" * 100_000, id="a very long one"),
        pytest.param("nobody", PASSWORD, id="an unknown name"),
        pytest.param("Ann", PASSWORD, id="another spelling"),
        pytest.param("ann\0", PASSWORD, id="a NUL in the name"),
        pytest.param(SURROGATE, PASSWORD, id="a surrogate in the name"),
        pytest.param("off", PASSWORD, id="a disabled account"),
        pytest.param("gone", PASSWORD, id="a deleted account"),
    ],
)
def test_all_wrong_sign_ins_get_one_answer(database: peewee.Database, username: str, password: str) -> None:
    ann = register()
    make_account("off", disabled_at_ms=5)
    make_account("gone", deleted_at_ms=5)
    Account.update(password_hash=ann.password_hash).execute()
    with pytest.raises(Problem) as caught:
        check_password(username, password)
    assert (caught.value.code, caught.value.field) == ("bad_credentials", None)


@pytest.mark.parametrize("username", ["ann", "nobody", "off", "not a name"])
def test_every_sign_in_costs_one_hash(
    database: peewee.Database, monkeypatch: pytest.MonkeyPatch, username: str
) -> None:
    register()
    make_account("off", disabled_at_ms=5)
    passwords.is_password(None, "warm up")
    checked: list[str] = []

    class CountingHasher:
        def verify(self, stored_hash: str, password: bytes) -> bool:
            checked.append(stored_hash[:31])
            return False

    monkeypatch.setattr(passwords, "_hasher", CountingHasher())
    with pytest.raises(Problem):
        check_password(username, "wrong password")
    assert checked == ["$argon2id$v=19$m=19456,t=2,p=1$"]


def test_a_changed_password_replaces_the_old_one(database: peewee.Database) -> None:
    ann = register()
    change_password(ann, "another one", keep=None)
    assert check_password("ann", "another one").name == "ann"
    with pytest.raises(Problem, match="bad_credentials"):
        check_password("ann", PASSWORD)


def test_a_bad_change_of_password_changes_nothing(database: peewee.Database) -> None:
    ann = register()
    _, secret = issue_credential(ann, "device", "laptop", at_ms=2)
    with pytest.raises(Problem) as caught:
        change_password(ann, "short", keep=None)
    assert (caught.value.code, caught.value.field) == ("weak_password", "new_password")
    assert check_password("ann", PASSWORD).mqtt_generation == 1
    assert find_credential(secret, at_ms=4).label == "laptop"


def test_a_changed_password_ends_everything_but_the_browser_that_changed_it(database: peewee.Database) -> None:
    ann = register()
    here, _ = issue_credential(ann, "cookie", "", at_ms=2)
    mqtt_here, _ = issue_credential(ann, "mqtt", "", at_ms=2, parent=here)
    there, _ = issue_credential(ann, "cookie", "", at_ms=2)
    mqtt_there, _ = issue_credential(ann, "mqtt", "", at_ms=2, parent=there)
    laptop, _ = issue_credential(ann, "device", "laptop", at_ms=2)
    take_outbox()
    change_password(ann, "another one", keep=here)
    assert [row.id for row in Credential.select().order_by(Credential.id)] == [here.id, mqtt_here.id]
    assert take_outbox() == [
        ("account", {"account": "ann"}),
        ("revoked", {"account": "ann", "credentials": [there.id, mqtt_there.id, laptop.id]}),
    ]
    assert (ann.mqtt_generation, Account.get_by_id(ann.id).mqtt_generation) == (2, 2)


def test_a_changed_password_without_a_browser_ends_everything(database: peewee.Database) -> None:
    ann = register()
    issue_credential(ann, "device", "laptop", at_ms=2)
    take_outbox()
    change_password(ann, "another one", keep=None)
    assert Credential.select().count() == 0
    assert ("revoked", {"account": "ann", "credentials": None}) in take_outbox()


def test_hashes_are_bounded_and_a_flood_is_told_to_wait(
    database: peewee.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    register()
    monkeypatch.setattr(passwords, "_WAIT_S", 0.01)
    taken = [passwords._slots.acquire(blocking=False) for _ in range(passwords._HASHES_AT_ONCE)]
    try:
        with pytest.raises(Problem) as caught:
            check_password("ann", PASSWORD)
    finally:
        for _ in taken:
            passwords._slots.release()
    assert caught.value.code == "rate_limited"
