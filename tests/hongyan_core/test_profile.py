"""What others see of an account: changing it, and who is shown it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import peewee
import pytest

from hongyan_core.actions.groups import create_group
from hongyan_core.actions.profile import change_picture, change_profile
from hongyan_core.problems import Problem
from hongyan_core.store.contacts import ShownPresence
from hongyan_core.store.models import (
    Account,
    AccountTerm,
    ChatGroup,
    ContactLabel,
    Conversation,
    FriendRequest,
    Friendship,
    Membership,
    Meta,
    Picture,
    Presence,
)
from hongyan_core.store.people import Relation
from hongyan_core.store.pictures import find_picture, replace_picture
from hongyan_core.store.profiles import ProfileCard, find_shown_picture, show_profile
from tests.support.cast import make_account, make_block, make_friends, take_notices
from tests.support.images import png


@dataclass(frozen=True)
class Cast:
    ann: Account
    bob: Account
    eve: Account


@pytest.fixture
def cast(database: peewee.Database) -> Cast:
    ann, bob, eve = make_account("ann"), make_account("bob"), make_account("eve")
    make_friends(ann, bob)
    make_friends(ann, eve)
    make_block(ann, eve)
    return Cast(ann, bob, eve)


def reload(account: Account) -> Account:
    return Account.get_by_id(account.id)


# --- changes


def test_a_change_is_kept_and_told_to_friends_whom_no_block_parts(cast: Cast) -> None:
    change_profile(cast.ann, {"display_name": " 安 ", "about": "two\nlines "}, at_ms=10)
    assert (reload(cast.ann).display_name, reload(cast.ann).about) == ("安", "two\nlines")
    assert cast.ann.display_name == "安"
    assert take_notices() == [(["ann", "bob"], {"type": "profile_changed", "who": "ann", "at": 10})]


@pytest.mark.parametrize(
    "change",
    [{"language": "zh"}, {"time_zone": "Asia/Shanghai"}, {"hidden": True}],
    ids=["the language", "the time zone", "being found"],
)
def test_what_only_the_owner_sees_is_told_to_own_devices_only(cast: Cast, change: dict[str, Any]) -> None:
    change_profile(cast.ann, change, at_ms=10)
    ((name, value),) = change.items()
    assert getattr(reload(cast.ann), name) == value
    assert take_notices() == [(["ann"], {"type": "profile_changed", "who": "ann", "at": 10})]


def test_what_is_the_same_already_is_not_told(cast: Cast) -> None:
    change_profile(cast.ann, {"display_name": "Ann", "about": "", "language": "en", "hidden": False}, at_ms=10)
    change_profile(cast.ann, {}, at_ms=10)
    assert take_notices() == []


def test_another_name_is_found_at_once_and_the_old_one_no_more(cast: Cast) -> None:
    change_profile(cast.ann, {"display_name": "Ann Arbor"}, at_ms=10)
    change_profile(cast.ann, {"display_name": "王小明"}, at_ms=20)
    terms = {row.term for row in AccountTerm.select().where(AccountTerm.account == cast.ann)}
    assert terms == {"ann", "王小明", "小明", "明"}


@pytest.mark.parametrize(("change", "version"), [({"language": "zh"}, 2), ({"about": "x"}, 1)])
def test_the_exchange_hears_of_another_language(cast: Cast, change: dict[str, Any], version: int) -> None:
    change_profile(cast.ann, change, at_ms=10)
    assert Meta.get_by_id("relations_version").value == version


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        pytest.param({"display_name": "  "}, "malformed_display_name", "display_name", id="a blank name"),
        pytest.param({"display_name": "a\u202eb"}, "malformed_display_name", "display_name", id="a name that turns"),
        pytest.param({"about": "x" * 201}, "malformed_field", "about", id="too much of oneself"),
        pytest.param({"about": "a\0b"}, "malformed_field", "about", id="a NUL"),
        pytest.param({"about": "a\u202eb"}, "malformed_field", "about", id="text that turns"),
        pytest.param({"language": "de"}, "malformed_field", "language", id="another language"),
        pytest.param({"time_zone": "Moon/Tycho"}, "malformed_field", "time_zone", id="a zone of the moon"),
        pytest.param({"time_zone": "asia/shanghai"}, "malformed_field", "time_zone", id="small letters"),
        pytest.param({"time_zone": "../../etc/passwd"}, "malformed_field", "time_zone", id="a path"),
        pytest.param({"time_zone": "Asia/Shanghai\0"}, "malformed_field", "time_zone", id="a zone with a NUL"),
        pytest.param({"about": "fine", "time_zone": "+8"}, "malformed_field", "time_zone", id="one of two is wrong"),
    ],
)
def test_a_change_that_cannot_be_changes_nothing(cast: Cast, change: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Problem) as caught:
        change_profile(cast.ann, change, at_ms=10)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert (reload(cast.ann).display_name, reload(cast.ann).about) == ("Ann", "")
    assert take_notices() == []


# --- pictures


def test_a_picture_is_kept_told_replaced_and_taken_away(cast: Cast) -> None:
    change_picture(cast.ann, png((40, 20)), at_ms=10)
    first = reload(cast.ann).picture
    assert first == cast.ann.picture
    image = find_picture(first)
    assert image is not None
    assert image[8:12] == b"WEBP"
    change_picture(cast.ann, png((20, 40)), at_ms=20)
    assert reload(cast.ann).picture != first
    assert [row.hash for row in Picture.select()] == [reload(cast.ann).picture]  # the old one is gone
    change_picture(cast.ann, None, at_ms=30)
    assert reload(cast.ann).picture is None
    assert Picture.select().count() == 0
    told = [(["ann", "bob"], {"type": "profile_changed", "who": "ann", "at": at_ms}) for at_ms in (10, 20, 30)]
    assert take_notices() == told


def test_the_same_picture_again_is_nothing_new(cast: Cast) -> None:
    change_picture(cast.ann, png(), at_ms=10)
    take_notices()
    change_picture(cast.ann, png(), at_ms=20)
    change_picture(cast.bob, None, at_ms=20)
    assert take_notices() == []


def test_one_face_of_two_people_is_two_rows_and_no_hash_tells_so(cast: Cast) -> None:
    for account in (cast.ann, cast.bob):
        change_picture(account, png(), at_ms=10)
    assert reload(cast.ann).picture != reload(cast.bob).picture
    change_picture(cast.ann, None, at_ms=20)
    assert find_picture(reload(cast.bob).picture) is not None


def test_a_bad_picture_leaves_the_old_one(cast: Cast) -> None:
    change_picture(cast.ann, png(), at_ms=10)
    with pytest.raises(Problem, match="bad_picture"):
        change_picture(cast.ann, b"no picture", at_ms=20)
    assert find_picture(reload(cast.ann).picture) is not None


def test_somebody_who_was_deleted_meanwhile_gets_no_picture(cast: Cast) -> None:
    Account.update(deleted_at_ms=5).where(Account.id == cast.ann.id).execute()
    change_picture(cast.ann, png(), at_ms=10)
    assert Picture.select().count() == 0


def test_a_group_has_its_own_pictures(database: peewee.Database) -> None:
    kept = replace_picture("group/lab", None, b"a face")
    # printf 'group/lab\na face' | sha256sum
    assert kept == "dd5486fe5eb6586a16d9da5aba6b879adfc9278dabeecc56ae290be8fd18b90c"
    assert find_picture(kept) == b"a face"
    assert replace_picture("group/lab", kept, None) is None
    assert (find_picture(kept), find_picture(None)) == (None, None)


# --- the card


def test_the_card_of_a_friend_has_the_viewers_own_notes(cast: Cast) -> None:
    Account.update(about="builds clocks", picture="f" * 64).where(Account.id == cast.bob.id).execute()
    mine = (Friendship.account == cast.ann) & (Friendship.friend == cast.bob)
    Friendship.update(remark="Bobby", starred=True).where(mine).execute()
    for label in ("work", "club"):
        ContactLabel.create(account=cast.ann, label=label, friend=cast.bob)
    ContactLabel.create(account=cast.bob, label="secret", friend=cast.ann)
    Presence.create(account=cast.bob, state="busy", text="in a meeting", last_seen_ms=77)
    assert show_profile(cast.ann, "bob", at_ms=2) == ProfileCard(
        username="bob",
        display_name="Bob",
        about="builds clocks",
        picture="f" * 64,
        kind="person",
        owner=None,
        relation=Relation.FRIEND,
        deleted=False,
        remark="Bobby",
        labels=("club", "work"),
        starred=True,
        presence=ShownPresence("busy", "in a meeting", 77),
    )
    of_ann = show_profile(cast.bob, "ann", at_ms=2)
    assert (of_ann.remark, of_ann.labels) == ("", ("secret",))


def test_presence_is_hidden_by_a_block_and_from_strangers(cast: Cast) -> None:
    for account in (cast.ann, cast.bob, cast.eve):
        Presence.create(account=account, state="online", text="", last_seen_ms=77)
    assert show_profile(cast.eve, "ann", at_ms=2).presence == ShownPresence()
    assert show_profile(cast.ann, "eve", at_ms=2).presence == ShownPresence()
    assert show_profile(cast.bob, "eve", at_ms=2).presence == ShownPresence()
    assert show_profile(cast.bob, "ann", at_ms=2).presence == ShownPresence("online", "", 77)


def test_the_card_of_a_bot_names_its_owner(cast: Cast) -> None:
    make_account("thermo", kind="device", owner=cast.ann)
    card = show_profile(cast.bob, "thermo", at_ms=2)
    assert (card.kind, card.owner) == ("device", "ann")


def ask(sender: Account, recipient: Account, state: str = "pending") -> None:
    FriendRequest.create(sender=sender, recipient=recipient, state=state, created_at_ms=1)


def relate(deed: str, me: Account, other: Account) -> None:
    deeds: dict[str, Callable[[], object]] = {
        "nothing": lambda: None,
        "I asked": lambda: ask(me, other),
        "they asked": lambda: ask(other, me),
        "I asked and am ignored": lambda: ask(me, other, "ignored"),
        "they asked and I ignore it": lambda: ask(other, me, "ignored"),
        "they asked and were refused": lambda: ask(other, me, "declined"),
        "we talked": lambda: Conversation.create(key=f"user:{me.name}:{other.name}", last_seq=1, kind="user"),
        "I blocked": lambda: make_block(me, other),
        "they blocked": lambda: make_block(other, me),
        "friends": lambda: make_friends(me, other),
        "a group": lambda: share("group", me, other),
        "a channel": lambda: share("channel", me, other),
        "their channel": lambda: share("channel", me, other, "owner"),
    }
    deeds[deed]()


def share(kind: str, me: Account, other: Account, role: str = "member") -> None:
    group = create_group(make_account("owner"), "lab", "Lab", at_ms=1)
    ChatGroup.update(kind=kind).where(ChatGroup.id == group.id).execute()
    Membership.create(group=group, account=me, since_seq=0, joined_at_ms=1)
    Membership.create(group=group, account=other, role=role, since_seq=0, until_seq=0, joined_at_ms=1)


SEEN = [
    ("a stranger", {}, "nothing", Relation.NONE),
    ("a stranger whom I blocked", {}, "I blocked", Relation.BLOCKED),
    ("a stranger who blocked me", {}, "they blocked", None),
    ("whom I asked", {}, "I asked", Relation.REQUESTED),
    ("who ignores that I asked", {}, "I asked and am ignored", Relation.REQUESTED),
    ("who asked me", {}, "they asked", Relation.REQUESTING),
    ("who asked me and whom I ignore", {}, "they asked and I ignore it", Relation.NONE),
    ("a hidden stranger", {"hidden": True}, "nothing", None),
    ("who has yet to confirm an address", {"unconfirmed": True}, "nothing", None),
    ("a hidden friend", {"hidden": True}, "friends", Relation.FRIEND),
    ("a hidden one whom I asked", {"hidden": True}, "I asked", Relation.REQUESTED),
    ("a hidden one who asked me", {"hidden": True}, "they asked", Relation.REQUESTING),
    ("a hidden one who asked me once", {"hidden": True}, "they asked and were refused", None),
    ("a hidden one whom I talked with", {"hidden": True}, "we talked", Relation.NONE),
    ("a hidden one who was in my group", {"hidden": True}, "a group", Relation.NONE),
    ("a hidden reader of my channel", {"hidden": True}, "a channel", None),
    ("the hidden owner of my channel", {"hidden": True}, "their channel", Relation.NONE),
    ("a stranger who is gone", {"deleted_at_ms": 5}, "nothing", None),
    ("a friend who is gone", {"deleted_at_ms": 5}, "friends", Relation.FRIEND),
    ("one who is gone and talked with me", {"deleted_at_ms": 5}, "we talked", Relation.NONE),
    ("a stranger who is disabled", {"disabled_at_ms": 5}, "nothing", None),
]


@pytest.mark.parametrize(("columns", "deed", "relation"), [c[1:] for c in SEEN], ids=[c[0] for c in SEEN])
def test_who_is_shown_and_who_looks_as_if_nobody_had_the_name(
    database: peewee.Database, columns: dict[str, Any], deed: str, relation: Relation | None
) -> None:
    me, other = make_account("ann"), make_account("zoe", about="here", picture="f" * 64, **columns)
    relate(deed, me, other)
    if relation is None:
        with pytest.raises(Problem, match="unknown_account"):
            show_profile(me, "zoe", at_ms=2)
        with pytest.raises(Problem, match="unknown_account"):
            find_shown_picture(me, "zoe", at_ms=2)
        return
    card, gone = show_profile(me, "zoe", at_ms=2), "deleted_at_ms" in columns
    assert (card.relation, card.deleted) == (relation, gone)
    assert (card.about, card.picture) == (("", None) if gone else ("here", "f" * 64))


def test_a_request_shows_nobody_after_fourteen_days(database: peewee.Database) -> None:
    ann, bob = make_account("ann", hidden=True), make_account("bob")
    ask(ann, bob)
    last_ms = 14 * 86_400_000
    assert show_profile(ann, "bob", at_ms=last_ms).relation is Relation.REQUESTED
    assert show_profile(bob, "ann", at_ms=last_ms).relation is Relation.REQUESTING
    assert show_profile(ann, "bob", at_ms=last_ms + 1).relation is Relation.NONE
    with pytest.raises(Problem, match="unknown_account"):
        show_profile(bob, "ann", at_ms=last_ms + 1)


@pytest.mark.parametrize("name", ["nobody", "", "A B", "ann\0", "\ud800", "x" * 99, " "])
def test_a_name_that_nobody_has_is_unknown(cast: Cast, name: str) -> None:
    with pytest.raises(Problem, match="unknown_account"):
        show_profile(cast.ann, name, at_ms=2)


def test_one_sees_oneself_hidden_or_not(cast: Cast) -> None:
    Account.update(hidden=True).execute()
    assert show_profile(cast.ann, "ann", at_ms=2).relation is Relation.SELF
