from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import peewee
import pytest

from hongyan import topics
from hongyan.errors import Code
from hongyan_core.actions import deletion
from hongyan_core.actions.audit import Actor
from hongyan_core.actions.credentials import find_credential, issue_credential
from hongyan_core.actions.deletion import delete_account, delete_myself, finish_deletions
from hongyan_core.actions.friends import request_friend
from hongyan_core.actions.groups import add_member, create_group
from hongyan_core.actions.registration import register_account
from hongyan_core.problems import Problem
from hongyan_core.store.administration import list_audit
from hongyan_core.store.contacts import list_friends
from hongyan_core.store.groups import find_group
from hongyan_core.store.history import list_conversations, read_history
from hongyan_core.store.members import list_members
from hongyan_core.store.models import (
    Account,
    AccountTerm,
    Block,
    ContactLabel,
    ConversationMute,
    FriendRequest,
    Friendship,
    GroupBan,
    Identity,
    JoinRequest,
    Link,
    ListMarks,
    Meta,
    MqttSession,
    MqttSubscription,
    Passkey,
    Picture,
    Presence,
    RecoveryCode,
    Scope,
    SecondFactor,
    StoredMessage,
    Ticket,
    Trouble,
)
from hongyan_core.store.search import search_people
from tests.support.cast import make_account, make_block, make_friends, take_outbox
from tests.support.exchanging import accept_one, code, running_exchange, text


@dataclass(frozen=True)
class Cast:
    """Ann is the friend of bob and owns the group lab with him; thermo is her device; boss administers."""

    ann: Account
    bob: Account
    eve: Account
    thermo: Account
    boss: Account

    @property
    def by_ann(self) -> Actor:
        return Actor(self.ann, in_person=True)

    @property
    def by_boss(self) -> Actor:
        return Actor(self.boss, in_person=True)


@pytest.fixture
def cast(database: peewee.Database) -> Cast:
    ann = make_account("ann", "Ann", email="ann@example.org", about="Hello", time_zone="Asia/Shanghai")
    cast = Cast(
        ann,
        make_account("bob"),
        make_account("eve"),
        make_account("thermo", kind="device", owner=ann),
        make_account("boss", role="admin"),
    )
    make_friends(ann, cast.bob)
    make_friends(ann, cast.thermo)
    return cast


def belongings(cast: Cast) -> dict[type[Any], list[dict[str, Any]]]:
    """One row of every table in which an account leaves something, in each direction."""
    ann, bob = cast.ann, cast.bob
    group = find_group("lab") or create_group(ann, "lab", "Lab", at_ms=1)
    return {
        SecondFactor: [{"account": ann, "sealed_secret": "x"}],
        RecoveryCode: [{"account": ann, "code_hash": "1"}, {"account": ann, "code_hash": "2"}],
        Passkey: [{"account": ann, "credential_id": "c", "public_key": b"k", "created_at_ms": 1}],
        Identity: [{"account": ann, "issuer": "i", "subject": "s", "created_at_ms": 1}],
        Ticket: [{"account": ann, "secret_hash": "h", "kind": "reset", "email": "", "expires_at_ms": 9}],
        Trouble: [{"key": "account:ann", "failures": 3, "last_at_ms": 1}],
        AccountTerm: [{"account": ann, "term": "ann"}],
        Scope: [{"account": ann, "key": "user/bob"}],
        Link: [{"kind": "group", "creator": ann, "group_id": group.id, "created_at_ms": 1}],
        ContactLabel: [
            {"account": ann, "label": "a", "friend": bob},
            {"account": bob, "label": "b", "friend": ann},
        ],
        ConversationMute: [{"account": ann, "key": "user/bob", "until_ms": 9}],
        ListMarks: [{"account": ann, "key": "user/bob", "pinned_at_ms": 9}],
        FriendRequest: [
            {"sender": ann, "recipient": cast.eve, "created_at_ms": 1},
            {"sender": cast.eve, "recipient": ann, "created_at_ms": 1},
        ],
        Block: [{"owner": ann, "blocked": cast.eve, "since_ms": 1}, {"owner": cast.eve, "blocked": ann, "since_ms": 1}],
        GroupBan: [{"group": group, "account": ann, "at_ms": 1}],
        JoinRequest: [{"group": group, "account": ann, "created_at_ms": 1}],
        Presence: [{"account": ann, "state": "online", "last_seen_ms": 1}],
        MqttSession: [{"account": ann, "client_id": "phone", "position": 0, "cursor": 0, "last_seen_ms": 1}],
    }


def give_everything(cast: Cast) -> None:
    AccountTerm.delete().execute()  # the others keep theirs
    for model, rows in belongings(cast).items():
        for row in rows:
            model.insert(row).execute()
    session = MqttSession.get()
    MqttSubscription.create(session=session, topic_filter="im/ann/inbox/#", qos=1, since_position=0)


LEFT_EMPTY = [SecondFactor, RecoveryCode, Passkey, Identity, Ticket, Trouble, AccountTerm, Scope, Link, ContactLabel]
LEFT_EMPTY += [ConversationMute, ListMarks, FriendRequest, Block, GroupBan, JoinRequest]
LEFT_EMPTY += [Presence, MqttSession, MqttSubscription]


def leftovers() -> list[str]:
    return [model.__name__ for model in LEFT_EMPTY if model.select().exists()]


def unfinished() -> list[str]:
    return [row.key for row in Meta.select().where(Meta.key.startswith("deleting:"))]


def test_what_was_somebodys_own_is_gone_and_what_others_own_stays(cast: Cast) -> None:
    give_everything(cast)
    make_block(cast.bob, cast.eve)
    delete_myself(cast.by_ann, at_ms=10)
    assert leftovers() == ["Block"]
    assert Block.select().count() == 1
    assert unfinished() == []


def test_the_row_keeps_the_name_alone(cast: Cast) -> None:
    delete_myself(cast.by_ann, at_ms=10)
    row = Account.get_by_id(cast.ann.id)
    assert (row.name, row.display_name, row.deleted_at_ms) == ("ann", "…", 10)
    assert (row.password_hash, row.about, row.time_zone, row.email, row.picture) == ("", "", "", None, None)
    with pytest.raises(Problem, match="name_taken"):
        register_account("ann", "a long enough password", "Ann", "en", at_ms=20)


def test_every_way_in_ends_at_once_for_bots_too(cast: Cast) -> None:
    secrets = [issue_credential(account, "device", "", at_ms=2)[1] for account in (cast.ann, cast.thermo)]
    take_outbox()
    delete_myself(cast.by_ann, at_ms=10)
    for secret in secrets:
        with pytest.raises(Problem, match="token_invalid"):
            find_credential(secret, at_ms=11)
    told = take_outbox()
    for name in ("ann", "thermo"):
        assert ("revoked", {"account": name, "credentials": None}) in told
        assert ("account", {"account": name}) in told
    assert Account.get_by_id(cast.thermo.id).deleted_at_ms == 10


def test_friends_are_told_and_have_one_friend_less(cast: Cast) -> None:
    delete_myself(cast.by_ann, at_ms=10)
    assert list_friends(cast.bob) == []
    assert Friendship.select().count() == 0
    notice = {"type": "friend_removed", "from": "ann", "at": 10}
    assert ("notice", {"to": ["bob", "thermo"], "notice": notice}) in take_outbox()


def test_groups_are_handed_over_and_the_last_one_out_dissolves_them(cast: Cast) -> None:
    lab, attic = (create_group(cast.ann, name, name, at_ms=1) for name in ("lab", "attic"))
    add_member(cast.ann, lab, "bob", at_ms=2)
    delete_myself(cast.by_ann, at_ms=10)
    assert [(member.username, member.role) for member in list_members(cast.bob, lab).members] == [("bob", "owner")]
    dissolved = find_group("attic")
    assert dissolved is not None
    assert dissolved.id == attic.id
    assert dissolved.dissolved_at_ms == 10


def test_nobody_finds_or_asks_a_deleted_account(cast: Cast) -> None:
    delete_myself(cast.by_ann, at_ms=10)
    assert search_people(cast.eve, "ann", at_ms=20) == []
    with pytest.raises(Problem, match="unknown_account"):
        request_friend(cast.eve, "ann", "", at_ms=20)


def test_what_others_received_stays_and_the_next_message_is_refused(cast: Cast) -> None:
    with running_exchange() as exchange:
        assert code(accept_one(exchange, text("ann", "user/bob", "farewell", "1"))) == "accepted"
        delete_myself(cast.by_ann, at_ms=10)
        assert code(accept_one(exchange, text("bob", "user/ann", "wait", "2"))) == Code.NOT_FRIENDS.value
        assert code(accept_one(exchange, text("ann", "user/bob", "I am", "3"))) == Code.ACCOUNT_DISABLED.value
    (head,) = list_conversations(cast.bob)
    assert (str(head.key), head.title, head.last_seq) == ("user/ann", "…", 1)
    page = read_history(cast.bob, topics.user("ann"), after=None, before=None, limit=50)
    assert len(page.messages) == 1
    assert "farewell" in page.messages[0]


def test_the_faces_of_the_account_and_its_bots_go_and_others_stay(cast: Cast) -> None:
    for name in ("ann", "bob", "thermo"):
        Picture.insert(hash=name, image=b"webp").execute()
        Account.update(picture=name).where(Account.name == name).execute()
    delete_myself(cast.by_ann, at_ms=10)
    assert [row.hash for row in Picture.select()] == ["bob"]


def test_an_administrator_deletes_and_the_log_says_so(cast: Cast) -> None:
    give_everything(cast)
    delete_account(cast.by_boss, "ann", at_ms=10)
    assert leftovers() == []
    assert [(line.actor, line.action, line.target) for line in list_audit(before=None, limit=9)] == [
        ("boss", "delete", "ann")
    ]


def test_one_device_is_deleted_and_its_owner_stays(cast: Cast) -> None:
    delete_account(cast.by_boss, "thermo", at_ms=10)
    assert Account.get_by_id(cast.ann.id).deleted_at_ms is None
    assert [friend.username for friend in list_friends(cast.ann)] == ["bob"]


@pytest.mark.parametrize(
    ("who", "in_person", "code"),
    [
        pytest.param("ann", False, "not_permitted", id="by a device token"),
        pytest.param("boss", True, "last_admin", id="the last administrator"),
    ],
)
def test_a_refused_deletion_deletes_nothing(cast: Cast, who: str, in_person: bool, code: str) -> None:
    give_everything(cast)
    before = leftovers()
    with pytest.raises(Problem, match=code):
        delete_myself(Actor(getattr(cast, who), in_person=in_person), at_ms=10)
    assert Account.select().where(Account.deleted_at_ms.is_null(False)).count() == 0
    assert leftovers() == before


def test_many_rows_go_in_steps(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deletion, "_STEP", 3)
    for number in range(10):
        friend = make_account(f"friend{number}")
        make_friends(cast.ann, friend)
        ContactLabel.create(account=cast.ann, label="all", friend=friend)
    before = Meta.get_by_id("relations_version").value
    take_outbox()
    delete_myself(cast.by_ann, at_ms=10)
    assert (Friendship.select().count(), ContactLabel.select().count()) == (0, 0)
    removals = [p["to"] for kind, p in take_outbox() if kind == "notice" and p["notice"]["type"] == "friend_removed"]
    assert [len(names) for names in removals] == [3, 3, 3, 3]
    assert Meta.get_by_id("relations_version").value - before >= 8


@pytest.mark.parametrize("broken", ["_end_some_friendships", "_leave_a_group", "_drop_some", "_drop_picture"])
def test_an_interrupted_deletion_is_finished_later(cast: Cast, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    give_everything(cast)

    def fail(*_: object) -> bool:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(deletion, broken, fail)
        with pytest.raises(SystemExit):
            delete_myself(cast.by_ann, at_ms=10)
    assert Account.get_by_id(cast.ann.id).deleted_at_ms == 10
    assert len(unfinished()) == 2
    finish_deletions(at_ms=20)
    assert (leftovers(), unfinished(), Friendship.select().count()) == ([], [], 0)
    assert Account.get_by_id(cast.ann.id).deleted_at_ms == 10


def test_what_cannot_be_cleaned_up_is_logged_and_left_and_hinders_nobody(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(account: Account, at_ms: int) -> bool:
        if account == cast.ann:
            raise peewee.OperationalError("database or disk is full")
        return False

    with monkeypatch.context() as patched:
        patched.setattr(deletion, "_leave_a_group", fail)
        delete_myself(cast.by_ann, at_ms=10)
        assert unfinished() == [f"deleting:{cast.ann.id}"]
        delete_account(cast.by_boss, "bob", at_ms=20)
    assert [record.getMessage()[:34] for record in caplog.records] == ["the deletion of account 1 is not f"] * 2
    delete_account(cast.by_boss, "eve", at_ms=30)
    assert unfinished() == []


def test_nothing_to_finish_is_nothing_to_do(cast: Cast) -> None:
    before = Meta.get_by_id("relations_version").value
    finish_deletions(at_ms=20)
    assert Meta.get_by_id("relations_version").value == before
    assert StoredMessage.select().count() == 0
