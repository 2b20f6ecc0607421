"""What the exchange keeps between batches, and that it never outlives a change: on SQLite and on PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import peewee
import pytest

from hongyan.limits import Limits
from hongyan_core import gather
from hongyan_core.actions.blocks import block_account, unblock_account
from hongyan_core.actions.friends import accept_request, request_friend, unfriend
from hongyan_core.actions.groups import add_member, create_group, remove_member
from hongyan_core.exchange import Exchange
from hongyan_core.store import facts
from hongyan_core.store.database import raise_relations_version, write_transaction
from hongyan_core.store.models import Account, ChatGroup, StoredMessage
from tests.support.cast import make_account, make_friends
from tests.support.exchanging import accept_one, code, publish, running_exchange, stamp, text

Cast = dict[str, Account]


@pytest.fixture
def cast(database: peewee.Database) -> Cast:
    """ann is bob's and thermo's friend; eve knows nobody."""
    people = {name: make_account(name) for name in ("ann", "bob", "eve", "thermo")}
    for friend in ("bob", "thermo"):
        make_friends(people["ann"], people[friend])
    return people


@pytest.fixture
def lab(cast: Cast) -> ChatGroup:
    """ann's group with bob."""
    group = create_group(cast["ann"], "lab", "The lab", at_ms=1)
    add_member(cast["ann"], group, "bob", at_ms=1)
    return group


@pytest.fixture
def exchange(cast: Cast) -> Iterator[Exchange]:
    with running_exchange(Limits().lifted()) as opened:
        yield opened


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The loaders that were called with something to look for, in order."""
    called: list[str] = []
    for name in ("load_accounts", "load_friends", "load_blocks", "load_groups", "load_conversations", "load_messages"):

        def load(wanted: object, *rest: object, _name: str = name, _real: object = getattr(facts, name)) -> object:
            rows = list(wanted)  # type: ignore[call-overload]
            if rows:
                called.append(_name)
            return _real(rows, *rest)  # type: ignore[operator]

        monkeypatch.setattr(gather.store, name, load)
    return called


def trust(exchange: Exchange) -> None:
    """As after a while without a repeat."""
    exchange._wary = 0


def say(exchange: Exchange, sender: str, to: str, message_id: str) -> str:
    return code(accept_one(exchange, text(sender, to, "x", message_id)))


# --- what is known is not asked again


def test_a_second_batch_asks_nothing(exchange: Exchange, reads: list[str], lab: ChatGroup) -> None:
    for n in range(2):
        trust(exchange)
        reads.clear()
        assert say(exchange, "ann", "user/bob", f"u{n}") == say(exchange, "ann", "group/lab", f"g{n}") == "accepted"
    assert reads == []


def test_too_much_is_forgotten(exchange: Exchange, reads: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather, "MAX_LANES", 2)
    for n, to in enumerate(("user/bob", "user/thermo", "user/bob")):
        reads.clear()
        assert say(exchange, "ann", to, f"m{n}") == "accepted"
    assert "load_accounts" in reads


def test_a_group_with_many_members_counts_for_more(
    exchange: Exchange, reads: list[str], lab: ChatGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gather, "MAX_NAMES", 0)
    for n in range(2):
        reads.clear()
        assert say(exchange, "ann", "group/lab", f"m{n}") == "accepted"
    assert "load_groups" in reads


# --- a change holds from the next message on


def test_a_block_and_its_end(exchange: Exchange, cast: Cast) -> None:
    codes = [say(exchange, "ann", "user/bob", "m1")]
    block_account(cast["bob"], "ann", at_ms=2)
    codes.append(say(exchange, "ann", "user/bob", "m2"))
    unblock_account(cast["bob"], "ann", at_ms=3)
    codes.append(say(exchange, "ann", "user/bob", "m2"))
    assert codes == ["accepted", "blocked", "accepted"]


def test_a_friendship_its_end_and_another(exchange: Exchange, cast: Cast) -> None:
    codes = [say(exchange, "eve", "user/bob", "m1")]
    accept_request(cast["bob"], request_friend(cast["eve"], "bob", "", at_ms=2).id, at_ms=3)
    codes.append(say(exchange, "eve", "user/bob", "m1"))
    unfriend(cast["bob"], "eve", at_ms=4)
    codes.append(say(exchange, "eve", "user/bob", "m2"))
    assert codes == ["not_friends", "accepted", "not_friends"]


def test_a_removal_and_a_return_to_a_group(exchange: Exchange, cast: Cast, lab: ChatGroup) -> None:
    codes = [say(exchange, "bob", "group/lab", "m1")]
    remove_member(cast["ann"], lab, "bob", at_ms=2)
    codes.append(say(exchange, "bob", "group/lab", "m2"))
    add_member(cast["ann"], lab, "bob", at_ms=3)
    codes.append(say(exchange, "bob", "group/lab", "m2"))
    assert codes == ["accepted", "not_member", "accepted"]


def test_a_new_member_gets_what_is_said_from_then_on(exchange: Exchange, cast: Cast, lab: ChatGroup) -> None:
    say(exchange, "bob", "group/lab", "m1")
    add_member(cast["ann"], lab, "thermo", at_ms=3)
    again, new = exchange.accept([text("bob", "group/lab", "x", f"m{n}") for n in (1, 2)])
    assert [decision.deliveries[0].accounts for decision in (again, new)] == [("ann",), ("ann", "thermo")]


@pytest.mark.parametrize("column", ["disabled_at_ms", "deleted_at_ms"])
def test_an_account_that_is_no_longer_in_use(exchange: Exchange, column: str) -> None:
    assert say(exchange, "ann", "user/bob", "m1") == say(exchange, "bob", "user/ann", "m1") == "accepted"
    with write_transaction():
        raise_relations_version()
        Account.update({column: 5}).where(Account.name == "bob").execute()
    assert say(exchange, "bob", "user/ann", "m2") == "account_disabled"
    assert say(exchange, "ann", "user/bob", "m2") == "not_friends"


def test_an_account_that_was_not_there_yet(exchange: Exchange, cast: Cast) -> None:
    assert say(exchange, "ann", "user/dan", "m1") == "not_friends"
    with write_transaction():
        raise_relations_version()
        make_friends(cast["ann"], make_account("dan"))
    assert say(exchange, "ann", "user/dan", "m1") == "accepted"


OTHER_PROCESS = """
import sys
from hongyan_core.actions.blocks import block_account
from hongyan_core.actions.friends import unfriend
from hongyan_core.actions.groups import remove_member
from hongyan_core.store.database import open_database
from hongyan_core.store.groups import find_group
from hongyan_core.store.people import find_account

open_database(sys.argv[1])
ann, bob = find_account("ann"), find_account("bob")
{
    "block": lambda: block_account(bob, "ann", at_ms=2),
    "unfriend": lambda: unfriend(bob, "ann", at_ms=2),
    "remove": lambda: remove_member(ann, find_group("lab"), "bob", at_ms=2),
}[sys.argv[2]]()
"""


@pytest.mark.parametrize(
    ("change", "sender", "to", "refusal"),
    [
        ("block", "ann", "user/bob", "blocked"),
        ("unfriend", "ann", "user/bob", "not_friends"),
        ("remove", "bob", "group/lab", "not_member"),
    ],
)
def test_a_change_of_another_process(
    exchange: Exchange, lab: ChatGroup, database_url: str, change: str, sender: str, to: str, refusal: str
) -> None:
    for n in range(3):
        trust(exchange)
        assert say(exchange, sender, to, f"m{n}") == "accepted"
    subprocess.run([sys.executable, "-c", OTHER_PROCESS, database_url, change], check=True, timeout=60)
    trust(exchange)
    assert say(exchange, sender, to, "m3") == refusal


# --- ids that are written in the hope that they are new


def test_a_repeat_that_nobody_looked_for_is_found(exchange: Exchange) -> None:
    first = accept_one(exchange, text("ann", "user/bob", "x", "m1"))
    trust(exchange)
    before, again, after = exchange.accept([text("ann", "user/bob", "x", i) for i in ("m0", "m1", "m2")])
    assert (before.repeat, again.repeat, after.repeat) == (False, True, False)
    assert again.deliveries == first.deliveries
    assert [stamp(d)["seq"] for d in (before, after)] == [2, 3]
    assert [row.position for row in StoredMessage.select().order_by(StoredMessage.position)] == [1, 2, 3]


def test_a_used_id_towards_another_conversation_that_nobody_looked_for_is_refused(exchange: Exchange) -> None:
    say(exchange, "ann", "user/bob", "m1")
    trust(exchange)
    assert say(exchange, "ann", "user/thermo", "m1") == "id_reused"


def test_after_a_repeat_the_next_batches_look_first(exchange: Exchange, reads: list[str]) -> None:
    say(exchange, "ann", "user/bob", "m1")
    trust(exchange)
    say(exchange, "ann", "user/bob", "m1")
    reads.clear()
    say(exchange, "ann", "user/bob", "m2")
    assert reads == ["load_messages"]


def test_a_batch_that_was_taken_back_moves_no_head(exchange: Exchange) -> None:
    trust(exchange)
    say(exchange, "ann", "user/bob", "m1")
    trust(exchange)
    poison = publish("ann", "im/ann/send/user/bob", b"x", fallback_id="\ud800")
    decisions = exchange.accept([text("ann", "user/bob", "x", "m2"), poison, text("ann", "user/bob", "x", "m3")])
    assert [code(decision) for decision in decisions] == ["accepted", "malformed", "accepted"]
    trust(exchange)
    assert stamp(accept_one(exchange, text("ann", "user/bob", "x", "m4")))["seq"] == 4
