from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import peewee
import pytest

from hongyan_core.actions import bots
from hongyan_core.actions.bots import (
    change_bot,
    change_bot_picture,
    create_bot,
    delete_bot,
    end_bots,
    load_bot,
    parse_scope,
    renew_token,
    resume_bots,
)
from hongyan_core.actions.credentials import find_credential, issue_credential
from hongyan_core.actions.groups import add_member, create_group
from hongyan_core.actions.sign_in import check_password
from hongyan_core.problems import Problem
from hongyan_core.store.bots import OwnedBot, answers_for, list_bots, show_bot
from hongyan_core.store.contacts import list_friends
from hongyan_core.store.models import (
    Account,
    AccountTerm,
    Credential,
    Friendship,
    Membership,
    Meta,
    MqttSession,
    Picture,
    Presence,
    Scope,
)
from hongyan_core.store.profiles import show_profile
from tests.support.cast import make_account, make_friends, take_notices, take_outbox
from tests.support.images import png
from tests.support.recorded import recorded


@dataclass(frozen=True)
class Cast:
    ann: Account
    bob: Account


@pytest.fixture
def cast(database: peewee.Database) -> Cast:
    ann, bob = make_account("ann", language="zh"), make_account("bob")
    make_friends(ann, bob)
    return Cast(ann, bob)


def make(owner: Account, name: str = "thermo", scope: list[str] | None = None) -> tuple[Account, str]:
    return create_bot(owner, name, name.capitalize(), "device", scope, at_ms=10)


def version() -> int:
    return int(Meta.get_by_id("relations_version").value)


# --- making one


def test_a_bot_is_a_friend_of_its_owner_from_the_start_and_has_a_token(cast: Cast) -> None:
    bot, secret = make(cast.ann)
    assert find_credential(secret, at_ms=11).account.id == bot.id
    assert (bot.kind, bot.owner_id, bot.language, bot.skeleton, bot.password_hash) == (
        "device",
        cast.ann.id,
        "zh",
        "thermo",
        "",
    )
    assert [friend.username for friend in list_friends(cast.ann)] == ["bob", "thermo"]
    assert [friend.username for friend in list_friends(bot)] == ["ann"]
    assert [row.term for row in AccountTerm.select().where(AccountTerm.account == bot)] == ["thermo"]
    told = take_outbox()
    assert ("account", {"account": "thermo"}) in told
    assert ("notice", {"to": ["ann"], "notice": {"type": "friend_accepted", "from": "thermo", "at": 10}}) in told
    assert version() == 2


def test_its_owner_sees_it_with_scope_and_last_seen(cast: Cast) -> None:
    thermo, _ = make(cast.ann, scope=["user/ann", "group/lab", "user/ann"])
    make(cast.ann, "clock")
    make(cast.bob, "radio")
    Presence.create(account=thermo, state="online", text="", last_seen_ms=77)
    clock, shown = list_bots(cast.ann)
    assert shown == OwnedBot(
        username="thermo",
        display_name="Thermo",
        about="",
        kind="device",
        picture=None,
        owner="ann",
        scope=("group/lab", "user/ann"),
        disabled=False,
        created_at_ms=10,
        state="online",
        last_seen_ms=77,
    )
    assert (clock.username, clock.scope, clock.state, clock.last_seen_ms) == ("clock", None, "offline", None)


def test_ten_bots_take_as_many_queries_as_one(cast: Cast, database: peewee.Database) -> None:
    counts = []
    for made in (1, 9):
        for n in range(made):
            make(cast.ann, f"bot-{made}-{n}", scope=["user/ann"])
        with recorded(database) as statements:
            list_bots(cast.ann)
        counts.append(len(statements))
    assert counts == [2, 2]


def test_nobody_signs_in_to_a_bot_by_a_password(cast: Cast) -> None:
    make(cast.ann)
    for password in ("", "nobody has this password", "-"):
        with pytest.raises(Problem, match="bad_credentials"):
            check_password("thermo", password)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        pytest.param({"username": "a"}, "malformed_name", "username", id="a short name"),
        pytest.param({"username": "admin"}, "reserved_name", "username", id="a reserved name"),
        pytest.param({"username": "bob"}, "name_taken", "username", id="a person's name"),
        pytest.param({"username": "gone"}, "name_taken", "username", id="the name of somebody who is gone"),
        pytest.param({"username": "b0b-1"}, "confusable_name", "username", id="a name that looks like another's"),
        pytest.param({"username": "adm1n"}, "confusable_name", "username", id="a name that looks like a reserved one"),
        pytest.param({"username": "admin2"}, "reserved_name", "username", id="the name of an office"),
        pytest.param({"display_name": " "}, "malformed_display_name", "display_name", id="a blank display name"),
        pytest.param({"kind": "person"}, "malformed_field", "kind", id="a person"),
        pytest.param({"scope": ["lab"]}, "malformed_field", "scope", id="a scope that is no conversation"),
        pytest.param({"scope": ["user/ann", "group/"]}, "malformed_field", "scope", id="one of two"),
        pytest.param({"scope": ["group/#"]}, "malformed_field", "scope", id="a wildcard"),
        pytest.param({"scope": ["user/a\0b"]}, "malformed_field", "scope", id="a NUL"),
        pytest.param({"scope": [f"group/g{n}" for n in range(101)]}, "too_many", "scope", id="101 conversations"),
    ],
)
def test_a_bot_that_cannot_be(cast: Cast, change: dict[str, Any], code: str, field: str) -> None:
    make_account("gone", deleted_at_ms=5)
    make_account("bob-1", skeleton="bob-l")
    wanted = {"username": "thermo", "display_name": "Thermo", "kind": "bot", "scope": None, **change}
    with pytest.raises(Problem) as caught:
        create_bot(cast.ann, **wanted, at_ms=10)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert list_bots(cast.ann) == []
    assert take_outbox() == []


def test_a_bot_owns_no_bot(cast: Cast) -> None:
    bot, _ = make(cast.ann)
    with pytest.raises(Problem, match="persons_only"):
        make(bot, "child")


def test_fifty_are_enough_and_a_deleted_one_makes_room(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bots.MAX_BOTS == 50
    monkeypatch.setattr(bots, "MAX_BOTS", 1)
    make(cast.ann)
    make(cast.bob, "radio")
    with pytest.raises(Problem) as caught:
        make(cast.ann, "clock")
    assert (caught.value.code, caught.value.params["limit"]) == ("too_many", 1)
    delete_bot(cast.ann, "thermo", at_ms=20)
    make(cast.ann, "clock")


def test_a_scope_is_each_conversation_once() -> None:
    assert parse_scope(["group/lab", "user/ann", "group/lab"]) == ("group/lab", "user/ann")
    assert parse_scope([]) == ()


# --- changing one


def test_a_bot_is_changed_by_its_owner_and_its_friends_are_told(cast: Cast) -> None:
    bot, _ = make(cast.ann)
    make_friends(bot, cast.bob)
    take_notices()
    change_bot(cast.ann, "thermo", {"display_name": "温度计", "about": "in the cellar"}, at_ms=20)
    (shown,) = list_bots(cast.ann)
    assert (shown.display_name, shown.about, shown.scope) == ("温度计", "in the cellar", None)
    assert take_notices() == [(["ann", "bob", "thermo"], {"type": "profile_changed", "who": "thermo", "at": 20})]


@pytest.mark.parametrize(
    ("scope", "rows", "scoped"),
    [
        pytest.param(["group/lab"], ["group/lab"], True, id="another one"),
        pytest.param([], [], True, id="nowhere"),
        pytest.param(None, [], False, id="anywhere"),
    ],
)
def test_a_scope_holds_from_the_next_message_on(
    cast: Cast, scope: list[str] | None, rows: list[str], scoped: bool
) -> None:
    bot, _ = make(cast.ann, scope=["user/ann"])
    before = version()
    change_bot(cast.ann, "thermo", {"scope": scope}, at_ms=20)
    assert [row.key for row in Scope.select()] == rows
    assert Account.get_by_id(bot.id).scoped is scoped
    assert version() == before + 1


def test_a_change_without_a_scope_leaves_it(cast: Cast) -> None:
    make(cast.ann, scope=["user/ann"])
    change_bot(cast.ann, "thermo", {"about": "x"}, at_ms=20)
    assert show_bot(cast.ann, load_bot(cast.ann, "thermo")).scope == ("user/ann",)


def test_a_bad_scope_changes_nothing_else(cast: Cast) -> None:
    make(cast.ann)
    with pytest.raises(Problem, match="malformed_field"):
        change_bot(cast.ann, "thermo", {"about": "x", "scope": ["#"]}, at_ms=20)
    assert list_bots(cast.ann)[0].about == ""


def test_a_bot_has_a_face(cast: Cast) -> None:
    make(cast.ann)
    change_bot_picture(cast.ann, "thermo", png(), at_ms=20)
    assert show_profile(cast.ann, "thermo", at_ms=40).picture == list_bots(cast.ann)[0].picture is not None
    change_bot_picture(cast.ann, "thermo", None, at_ms=30)
    assert list_bots(cast.ann)[0].picture is None


def test_a_new_token_ends_the_old_ones_and_their_connections(cast: Cast) -> None:
    bot, old = make(cast.ann)
    old_id = find_credential(old, at_ms=11).id
    extra, _ = issue_credential(bot, "mqtt", "", at_ms=12, parent=Credential.get_by_id(old_id))
    take_outbox()
    _, new = renew_token(cast.ann, "thermo", at_ms=20)
    with pytest.raises(Problem, match="token_invalid"):
        find_credential(old, at_ms=21)
    assert find_credential(new, at_ms=21).account.id == bot.id
    assert ("revoked", {"account": "thermo", "credentials": [old_id, extra.id]}) in take_outbox()
    assert Account.get_by_id(bot.id).mqtt_generation == 2


@pytest.mark.parametrize("name", ["bob", "ann", "radio", "gone", "nobody", "NO NAME", "a\0b", "\ud800"])
def test_only_ones_own_bots_are_there(cast: Cast, name: str) -> None:
    make(cast.bob, "radio")
    make(cast.ann, "gone")
    delete_bot(cast.ann, "gone", at_ms=15)
    before = version()
    for deed in (
        lambda: load_bot(cast.ann, name),
        lambda: change_bot(cast.ann, name, {"about": "mine"}, at_ms=20),
        lambda: change_bot_picture(cast.ann, name, png(), at_ms=20),
        lambda: renew_token(cast.ann, name, at_ms=20),
        lambda: delete_bot(cast.ann, name, at_ms=20),
    ):
        with pytest.raises(Problem, match="unknown_bot"):
            deed()
    assert version() == before
    assert [bot.about for bot in list_bots(cast.bob)] == [""]


# --- ending one


def test_a_deleted_bot_is_gone_but_for_its_name_and_what_it_wrote(cast: Cast) -> None:
    bot, secret = make(cast.ann, scope=["group/lab"])
    lab = create_group(cast.ann, "lab", "Lab", at_ms=11)
    add_member(cast.ann, lab, "thermo", at_ms=12)
    change_bot_picture(cast.ann, "thermo", png(), at_ms=13)
    MqttSession.create(account=bot, client_id="x", position=0, cursor=0, last_seen_ms=1)
    take_outbox()
    delete_bot(cast.ann, "thermo", at_ms=20)
    with pytest.raises(Problem, match="token_invalid"):
        find_credential(secret, at_ms=21)
    with pytest.raises(Problem, match="name_taken"):
        make(cast.ann)
    assert [list_bots(cast.ann), [f.username for f in list_friends(cast.ann)]] == [[], ["bob"]]
    assert Membership.get(Membership.account == bot).until_seq == 0
    assert [model.select().where(model.account == bot).count() for model in (Scope, AccountTerm, MqttSession)] == [
        0
    ] * 3
    assert Picture.select().count() == 0
    told = take_outbox()
    assert ("revoked", {"account": "thermo", "credentials": None}) in told
    changed = {"type": "profile_changed", "who": "thermo", "at": 20}
    assert ("notice", {"to": ["ann", "thermo"], "notice": changed}) in told
    card = show_profile(cast.ann, "thermo", at_ms=40)
    assert (card.deleted, card.kind, card.owner) == (True, "device", "ann")


def test_with_a_disabled_owner_bots_rest_and_come_back_without_their_tokens(cast: Cast) -> None:
    _, secret = make(cast.ann)
    _, other = make(cast.bob, "radio")
    for _ in range(2):
        end_bots(cast.ann, at_ms=20, forever=False)
    with pytest.raises(Problem, match="token_invalid"):
        find_credential(secret, at_ms=21)
    assert [bot.disabled for bot in list_bots(cast.ann)] == [True]
    assert find_credential(other, at_ms=21)
    resume_bots(cast.ann)
    assert [bot.disabled for bot in list_bots(cast.ann)] == [False]
    with pytest.raises(Problem, match="token_invalid"):
        find_credential(secret, at_ms=22)


def test_with_a_deleted_owner_bots_are_deleted(cast: Cast) -> None:
    for name in ("thermo", "clock"):
        make(cast.ann, name)
    for _ in range(2):
        end_bots(cast.ann, at_ms=20, forever=True)
    assert list_bots(cast.ann) == []
    deleted = Account.select().where(Account.deleted_at_ms == 20)
    assert sorted(bot.name for bot in deleted) == ["clock", "thermo"]
    resume_bots(cast.ann)
    assert list_bots(cast.ann) == []
    assert Friendship.select().count() == 6  # what they wrote stays with their friends


def test_the_owner_alone_answers_for_a_bot(cast: Cast) -> None:
    bot, _ = make(cast.ann)
    found = [answers_for(who, to) for who, to in ((cast.ann, bot), (cast.bob, bot), (bot, bot), (cast.ann, cast.ann))]
    assert found == [True, False, False, True]
