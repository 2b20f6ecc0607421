from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import peewee
import pytest

from hongyan_core.actions import tickets
from hongyan_core.actions.administration import change_role, disable_account, enable_account, make_reset_secret
from hongyan_core.actions.audit import COMMAND_LINE, Actor
from hongyan_core.actions.credentials import find_credential, issue_credential
from hongyan_core.actions.deletion import delete_account
from hongyan_core.problems import Problem
from hongyan_core.standing import ServerRole
from hongyan_core.store.administration import AccountRow, list_accounts, list_audit
from hongyan_core.store.models import Account, Credential, Meta, Ticket
from hongyan_core.store.terms import index_names
from tests.support.cast import make_account, take_outbox

DAY_MS = 86_400_000


@dataclass(frozen=True)
class Office:
    """Ann administers, bob moderates, eve does not; thermo is eve's device."""

    ann: Account
    bob: Account
    eve: Account
    thermo: Account

    def actor(self, name: str) -> Actor:
        return Actor(getattr(self, name), in_person=True, address="192.0.2.7")


@pytest.fixture
def office(database: peewee.Database) -> Office:
    ann, bob, eve = make_account("ann", role="admin"), make_account("bob", role="moderator"), make_account("eve")
    return Office(ann, bob, eve, make_account("thermo", kind="device", owner=eve))


def reload(account: Account) -> Account:
    return Account.get_by_id(account.id)


def logged() -> list[tuple[str, str, str, dict[str, Any]]]:
    return [(line.actor, line.action, line.target, line.detail) for line in reversed(list_audit(before=None, limit=50))]


def test_who_is_disabled_is_out_at_once_with_all_devices(office: Office) -> None:
    _, secret = issue_credential(office.eve, "device", "laptop", at_ms=2)
    _, of_thermo = issue_credential(office.thermo, "device", "", at_ms=2)
    take_outbox()
    disable_account(office.actor("bob"), "eve", at_ms=10)
    assert (reload(office.eve).disabled_at_ms, reload(office.thermo).disabled_at_ms) == (10, 10)
    for gone in (secret, of_thermo):
        with pytest.raises(Problem, match="token_invalid"):
            find_credential(gone, at_ms=11)
    assert take_outbox() == [
        ("account", {"account": "eve"}),
        ("revoked", {"account": "eve", "credentials": None}),
        ("account", {"account": "thermo"}),
        ("revoked", {"account": "thermo", "credentials": None}),
    ]
    assert Meta.get_by_id("relations_version").value == 2
    assert logged() == [("bob", "disable", "eve", {})]


def test_who_is_enabled_comes_back_with_what_went_together(office: Office) -> None:
    older = make_account("lamp", kind="device", owner=office.eve, disabled_at_ms=5)
    disable_account(office.actor("ann"), "eve", at_ms=10)
    take_outbox()
    enable_account(office.actor("ann"), "eve", at_ms=20)
    assert (reload(office.eve).disabled_at_ms, reload(office.thermo).disabled_at_ms) == (None, None)
    assert reload(older).disabled_at_ms == 5
    assert take_outbox() == [("account", {"account": "eve"}), ("account", {"account": "thermo"})]
    assert [line[1] for line in logged()] == ["disable", "enable"]


def test_twice_is_once(office: Office) -> None:
    for at_ms in (10, 11):
        disable_account(office.actor("ann"), "eve", at_ms=at_ms)
    assert reload(office.eve).disabled_at_ms == 10
    for at_ms in (20, 21):
        enable_account(office.actor("ann"), "eve", at_ms=at_ms)
        change_role(office.actor("ann"), "eve", ServerRole.MODERATOR, at_ms=at_ms)
    assert [line[1] for line in logged()] == ["disable", "enable", "role"]


def test_a_role_is_given_and_taken_and_told_to_its_holder(office: Office) -> None:
    change_role(office.actor("ann"), "eve", ServerRole.ADMIN, at_ms=10)
    assert reload(office.eve).role == "admin"
    notice = {"type": "profile_changed", "who": "eve", "at": 10}
    assert take_outbox() == [("notice", {"to": ["eve"], "notice": notice})]
    change_role(office.actor("ann"), "ann", ServerRole.USER, at_ms=20)
    assert reload(office.ann).role == "user"
    assert logged() == [("ann", "role", "eve", {"role": "admin"}), ("ann", "role", "ann", {"role": "user"})]


def test_a_reset_link_works_for_a_day_and_its_secret_is_nowhere(office: Office) -> None:
    secret = make_reset_secret(office.actor("ann"), "eve", at_ms=10)
    ticket = Ticket.get()
    assert (ticket.kind, ticket.account, ticket.email, ticket.expires_at_ms) == ("reset", office.eve, "", 10 + DAY_MS)
    assert secret not in (ticket.secret_hash, str(logged()))
    assert tickets.redeem_ticket(secret, "reset", at_ms=11).account == office.eve
    assert logged() == [("ann", "reset", "eve", {})]


def test_the_command_line_administers_and_the_log_names_nobody(office: Office) -> None:
    change_role(COMMAND_LINE, "eve", ServerRole.ADMIN, at_ms=10)
    disable_account(COMMAND_LINE, "ann", at_ms=11)
    assert logged() == [("", "role", "eve", {"role": "admin"}), ("", "disable", "ann", {})]


DEEDS: dict[str, Callable[[Actor, str], object]] = {
    "disable": lambda actor, name: disable_account(actor, name, at_ms=10),
    "enable": lambda actor, name: enable_account(actor, name, at_ms=10),
    "role": lambda actor, name: change_role(actor, name, ServerRole.USER, at_ms=10),
    "reset": lambda actor, name: make_reset_secret(actor, name, at_ms=10),
    "delete": lambda actor, name: delete_account(actor, name, at_ms=10),
}
REFUSALS = [
    ("disable", "ann", "nobody", "unknown_account", "an unknown name"),
    ("disable", "ann", "not a name", "unknown_account", "no name"),
    ("disable", "ann", "gone", "unknown_account", "a deleted account"),
    ("disable", "ann", "ann", "not_yourself", "oneself"),
    ("disable", "bob", "ann", "not_permitted", "a moderator, an administrator"),
    ("disable", "bob", "bob", "not_permitted", "a moderator, oneself"),
    ("disable", "eve", "bob", "not_permitted", "who holds no office"),
    ("disable", "eve", "nobody", "not_permitted", "who holds no office learns of no name"),
    ("enable", "bob", "ann", "not_permitted", "enabling above oneself"),
    ("role", "ann", "ann", "last_admin", "the last administrator resigns"),
    ("role", "bob", "eve", "not_permitted", "a moderator gives roles"),
    ("role", "ann", "thermo", "not_a_person", "a device in office"),
    ("reset", "bob", "eve", "not_permitted", "a moderator resets"),
    ("reset", "ann", "thermo", "not_a_person", "the password of a device"),
    ("delete", "bob", "eve", "not_permitted", "a moderator deletes"),
    ("delete", "ann", "ann", "not_yourself", "oneself without proof"),
    ("delete", "ann", "gone", "unknown_account", "deleting twice"),
]


@pytest.mark.parametrize(
    ("deed", "who", "whom", "code"), [case[:4] for case in REFUSALS], ids=[f"{c[0]}: {c[4]}" for c in REFUSALS]
)
def test_a_refused_deed_changes_nothing_and_is_not_logged(
    office: Office, deed: str, who: str, whom: str, code: str
) -> None:
    make_account("gone", deleted_at_ms=5)
    before = list(Account.select().order_by(Account.id).dicts())
    with pytest.raises(Problem) as caught:
        DEEDS[deed](office.actor(who), whom)
    assert caught.value.code == code
    assert list(Account.select().order_by(Account.id).dicts()) == before
    assert (take_outbox(), logged(), Ticket.select().count()) == ([], [], 0)


@pytest.mark.parametrize("deed", DEEDS)
def test_a_device_token_of_an_administrator_is_refused(office: Office, deed: str) -> None:
    with pytest.raises(Problem, match="not_permitted"):
        DEEDS[deed](Actor(office.ann, in_person=False), "eve")


def test_an_office_that_was_taken_meanwhile_is_none(office: Office) -> None:
    stale = office.actor("bob")
    change_role(office.actor("ann"), "bob", ServerRole.USER, at_ms=5)
    with pytest.raises(Problem, match="not_permitted"):
        disable_account(stale, "eve", at_ms=10)


@pytest.mark.parametrize("deed", ["disable", "role", "delete"])
def test_a_disabled_administrator_does_not_count_as_one(office: Office, deed: str) -> None:
    make_account("old", role="admin", disabled_at_ms=5)
    with pytest.raises(Problem, match="last_admin"):
        DEEDS[deed](COMMAND_LINE, "ann")


def make_people(**shown: str) -> None:
    for name, display_name in shown.items():
        account = make_account(name, display_name)
        index_names(account.id, name, display_name)


def test_accounts_are_listed_by_name_in_pages(office: Office) -> None:
    make_account("gone", "…", deleted_at_ms=7)
    first = list_accounts("", after="", limit=2)
    assert [row.username for row in first] == ["ann", "bob"]
    assert first[0] == AccountRow("ann", "Ann", "person", "admin", None, None, 1, None, None)
    rest = list_accounts("", after="bob", limit=200)
    assert [(row.username, row.owner, row.deleted_at_ms) for row in rest] == [
        ("eve", None, None),
        ("gone", None, 7),
        ("thermo", "eve", None),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("an", ["andy", "xiaoan"], id="the beginning of a name and of a word"),
        pytest.param(" ANDY ", ["andy"], id="case and spaces"),
        pytest.param("明", ["ming"], id="one Chinese character inside a name"),
        pytest.param("gon", ["gone"], id="a deleted account by its name"),
        pytest.param("ndy", [], id="the inside of a word"),
        pytest.param("100%", [], id="what other databases take for a pattern"),
        pytest.param("a" * 100, [], id="longer than any name"),
    ],
)
def test_a_search_finds_beginnings(database: peewee.Database, text: str, expected: list[str]) -> None:
    make_people(andy="Andy Xu", ming="王小明", xiaoan="Xiao An", zoe="Zoe")
    make_account("gone", "…", deleted_at_ms=7)
    assert [row.username for row in list_accounts(text, after="", limit=50)] == expected


def test_a_search_looks_at_a_bounded_number_of_matches(
    database: peewee.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hongyan_core.store.administration.MAX_MATCHES", 3)
    make_people(**{f"ann{n}": "Ann" for n in range(6)})
    assert len(list_accounts("ann", after="", limit=50)) == 3


def test_nothing_of_a_reset_is_left_where_the_deed_fails(office: Office) -> None:
    with pytest.raises(Problem):
        make_reset_secret(office.actor("ann"), "thermo", at_ms=10)
    assert (Ticket.select().count(), Credential.select().count()) == (0, 0)
