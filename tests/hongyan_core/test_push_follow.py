"""Who is told what of the log; on both databases."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import peewee
import pytest

from hongyan_core.actions.credentials import issue_credential, revoke_credential
from hongyan_core.actions.friends import request_friend
from hongyan_core.actions.groups import add_member, create_group
from hongyan_core.actions.push import subscribe
from hongyan_core.push.follow import STALE_MS, Follower
from hongyan_core.push.parcels import Address
from hongyan_core.push.post import Parcel
from hongyan_core.push.vapid import encode_base64url
from hongyan_core.store.models import (
    Account,
    Conversation,
    ConversationMute,
    Credential,
    FriendRequest,
    Membership,
    Mention,
    PushSubscription,
    StoredMessage,
)
from tests.support.cast import make_account, make_block, make_friends
from tests.support.lab import Lab, make_lab
from tests.support.push_service import Subscribed
from tests.support.talk import Log, log_of, open_log

KEY = b"k" * 32
NOW = 1_000_000
LATER = NOW + 2_000


class Desk:
    """A follower, and what it has posted."""

    def __init__(self, *, begun: bool = True) -> None:
        self.parcels: list[Parcel] = []
        self.follower = Follower(KEY, self.parcels.extend)
        if begun:
            self.follower.step(NOW)

    def told(self, at_ms: int = LATER) -> list[dict[str, Any]]:
        """Step until there is no more, and take what was posted."""
        while self.follower.step(at_ms):
            pass
        taken, self.parcels[:] = [json.loads(parcel.plain) for parcel in self.parcels], []
        return taken

    def bodies(self, at_ms: int = LATER) -> list[str]:
        return [said["body"] for said in self.told(at_ms)]


def listen(account: Account, *, expires_at_ms: int | None = None) -> Credential:
    """A browser of somebody's that is told."""
    credential, _ = issue_credential(account, "cookie", "Firefox", at_ms=1, expires_at_ms=expires_at_ms)
    browser = Subscribed(f"https://push.example/{credential.id}")
    address = Address(browser.endpoint, encode_base64url(browser.point), encode_base64url(browser.auth))
    subscribe(account, credential, address, server_key=KEY, own_origins=(), at_ms=1)
    return credential


@pytest.fixture
def ann(database: peewee.Database) -> Account:
    account = make_account("ann")
    listen(account)
    return account


@pytest.fixture
def bob(ann: Account) -> Account:
    account = make_account("bob", "Bob")
    make_friends(ann, account)
    return account


@pytest.fixture
def talk(ann: Account, bob: Account) -> Log:
    return open_log(ann, bob)


@pytest.fixture
def desk(talk: Log) -> Desk:
    return Desk()


def test_a_message_is_told_once_and_not_to_who_wrote_it(desk: Desk, talk: Log, ann: Account, bob: Account) -> None:
    talk.say(bob, "hello", at_ms=NOW)
    talk.read(ann, 0)
    (said,) = desk.told()
    assert (said["key"], said["seq"], said["title"], said["body"], said["unread"]) == ("user/bob", 1, "Bob", "hello", 1)
    talk.say(ann, "hi", at_ms=NOW)
    assert desk.told() == []


def test_a_parcel_knows_the_message_that_it_tells_of(desk: Desk, talk: Log, bob: Account) -> None:
    seq = talk.say(bob, "hello", at_ms=NOW)
    desk.follower.step(LATER)
    assert [parcel.of for parcel in desk.parcels] == [(talk.id, seq)]


def test_it_waits_a_moment_for_who_reads_just_now(desk: Desk, talk: Log, ann: Account, bob: Account) -> None:
    seq = talk.say(bob, "hello", at_ms=NOW)
    assert desk.told(NOW + 1_999) == []
    talk.read(ann, seq)
    assert desk.told() == []


def test_a_clock_that_was_set_back_holds_nobody_up(desk: Desk, talk: Log, bob: Account) -> None:
    talk.say(bob, "hello", at_ms=NOW + 60_000)
    assert desk.bodies() == ["hello"]


@pytest.mark.parametrize("kind", ["edit", "reaction", "pin", "recall", "erase", "vote", "event", "gone"])
def test_what_is_no_message_is_told_to_nobody(desk: Desk, talk: Log, bob: Account, kind: str) -> None:
    talk.say(bob, "x", kind=kind, at_ms=NOW, of=1)
    assert desk.told() == []


def test_who_wants_to_hear_nothing_hears_nothing(desk: Desk, talk: Log, ann: Account, bob: Account) -> None:
    ConversationMute.create(account=ann, key="user/bob", until_ms=LATER + 1)
    talk.say(bob, "muted", at_ms=NOW)
    assert desk.told() == []
    ConversationMute.delete().execute()
    Account.update(quiet_from=0, quiet_to=60).where(Account.id == ann.id).execute()
    talk.say(bob, "quiet", at_ms=NOW)
    assert desk.told() == []
    Account.update(quiet_from=None, quiet_to=None).where(Account.id == ann.id).execute()
    make_block(ann, bob)
    talk.say(bob, "blocked", at_ms=NOW)
    assert desk.told() == []


@pytest.mark.parametrize("end", ["sign-out", "expiry", "disabled"])
def test_who_is_signed_out_hears_nothing(desk: Desk, talk: Log, ann: Account, bob: Account, end: str) -> None:
    credential = Credential.get(Credential.account == ann)
    if end == "sign-out":
        revoke_credential(ann, credential.id, at_ms=NOW)
        assert PushSubscription.select().count() == 0
    elif end == "expiry":
        Credential.update(expires_at_ms=LATER).execute()
    else:
        Account.update(disabled_at_ms=1).where(Account.id == ann.id).execute()
    talk.say(bob, "hello", at_ms=NOW)
    assert desk.told() == []


def test_each_browser_is_told(desk: Desk, talk: Log, ann: Account, bob: Account) -> None:
    listen(ann)
    talk.say(bob, "hello", at_ms=NOW)
    assert desk.bodies() == ["hello", "hello"]


def test_a_burst_is_one_notification(desk: Desk, talk: Log, bob: Account) -> None:
    for number in range(250):
        talk.say(bob, f"{number}", at_ms=NOW)
    assert [(said["body"], said["unread"]) for said in desk.told()] == [("199", 250), ("249", 250)]


def test_after_a_pause_it_goes_on_where_it_was_without_what_is_stale(desk: Desk, talk: Log, bob: Account) -> None:
    talk.say(bob, "before", at_ms=NOW)
    assert desk.bodies() == ["before"]
    talk.say(bob, "stale", at_ms=NOW)
    fresh = LATER + STALE_MS
    again = Desk(begun=False)
    talk.say(bob, "fresh", at_ms=fresh - 2_000)
    assert again.bodies(fresh) == ["fresh"]


def test_what_came_before_the_first_subscription_is_told_to_nobody(database: peewee.Database) -> None:
    ann, bob = make_account("ann"), make_account("bob")
    talk = open_log(ann, bob)
    desk = Desk()
    talk.say(bob, "before", at_ms=NOW)
    assert desk.told() == []
    listen(ann)
    assert desk.told() == []
    talk.say(bob, "after", at_ms=NOW)
    assert desk.bodies() == ["after"]


def test_an_import_is_told_to_nobody(desk: Desk, talk: Log, bob: Account) -> None:
    talk.say(bob, "of 2019", at_ms=NOW, imported={"from": "Bob", "at": 1})
    assert desk.told() == []


def test_another_secret_key_ends_subscriptions(talk: Log, bob: Account, ann: Account) -> None:
    parcels: list[Parcel] = []
    follower = Follower(b"o" * 32, parcels.extend)
    follower.step(NOW)
    talk.say(bob, "hello", at_ms=NOW)
    follower.step(LATER)
    assert (parcels, PushSubscription.select().count()) == ([], 0)


# --- groups


@pytest.fixture
def lab(database: peewee.Database) -> Lab:
    lab = make_lab()
    for account in (lab.ann, lab.dan, lab.bob, lab.eve):
        listen(account)
    return lab


def test_the_members_of_a_group_are_told_as_each_knows_the_others(lab: Lab) -> None:
    desk, log = Desk(), log_of(lab.group)
    Membership.update(nickname="Bobby").where(Membership.account == lab.bob).execute()
    Account.update(push_words=False).where(Account.id == lab.dan.id).execute()
    log.say(lab.bob, "hello", at_ms=NOW)
    told = sorted((said["from_title"], said["title"], said["body"]) for said in desk.told())
    assert told == [("Bobby", "The lab", ""), ("Bobby", "The lab", "hello")]  # dan, ann; eve is out


def test_who_is_named_is_told_of_that_message_rather_than_of_a_later_one(lab: Lab) -> None:
    desk, log = Desk(), log_of(lab.group)
    seq = log.say(lab.bob, "@ann come", at_ms=NOW, mentions=["ann"])
    Mention.create(account_id=lab.ann.id, conversation=log.id, seq=seq)
    log.say(lab.bob, "and bring tea", at_ms=NOW)
    told = sorted((said["body"], said["mention"]) for said in desk.told())
    assert told == [("@ann come", True), ("and bring tea", False)]


def test_somebody_who_is_blocked_hides_nothing_that_another_said_just_before(lab: Lab) -> None:
    desk, log = Desk(), log_of(lab.group)
    make_block(lab.ann, lab.dan)
    log.say(lab.bob, "hello", at_ms=NOW)
    log.say(lab.dan, "noise", at_ms=NOW)
    told = sorted((said["from"], said["body"]) for said in desk.told())
    assert told == [("bob", "hello"), ("bob", "hello"), ("dan", "noise")]  # ann and dan, bob


def test_who_is_taken_into_a_group_is_told(lab: Lab) -> None:
    desk, log = Desk(), log_of(lab.group)
    log.say(lab.ann, kind="event", event="joined", who=["bob", "eve"], at_ms=NOW)
    (said,) = desk.told()  # eve is named and out: she was put out meanwhile
    assert (said["type"], said["key"], said["from"]) == ("group_added", "group/lab", "ann")
    log.say(lab.bob, kind="event", event="joined", who=["bob"], at_ms=NOW)  # by a link
    assert desk.told() == []


def test_a_thousand_members_cost_as_many_statements_as_three(lab: Lab, statements: Callable[[], list[str]]) -> None:
    desk, log = Desk(), log_of(lab.group)
    log.say(lab.bob, "to three", at_ms=NOW)
    statements().clear()
    assert len(desk.told()) == 2
    few = len(statements())
    people = [{"name": f"p{n}", "display_name": f"P{n}", "password_hash": "-", "created_at_ms": 1} for n in range(300)]
    Account.insert_many(people).execute()
    ids = [account.id for account in Account.select().where(Account.name.startswith("p"))]
    seats = [{"group": lab.group, "account": id_, "since_seq": 0, "joined_at_ms": 1} for id_ in ids]
    Membership.insert_many(seats).execute()
    for account in Account.select().where(Account.id.in_(ids[:100])):
        listen(account)
    log.say(lab.bob, "to many", at_ms=NOW)
    statements().clear()
    assert len(desk.told()) == 102
    assert len(statements()) == few


@pytest.fixture
def statements(database: peewee.Database, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """What is asked of the database."""
    asked: list[str] = []
    execute = database.execute_sql

    def note(sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest)

    monkeypatch.setattr(database, "execute_sql", note)
    return lambda: asked


# --- unread, requests


def test_the_badge_counts_what_the_pages_count(desk: Desk, talk: Log, ann: Account, bob: Account) -> None:
    dan, lab = make_account("dan"), make_lab_of(ann, bob)
    other = open_log(ann, dan)
    for _ in range(3):
        other.say(dan, "x", at_ms=1)
    other.read(ann, 1)
    muted = open_log(ann, make_account("eve"))
    muted.say(Account.get(Account.name == "eve"), "y", at_ms=1)
    ConversationMute.create(account=ann, key="user/eve", until_ms=LATER + 1)
    lab.say(bob, "before she came", at_ms=1)
    Membership.update(since_seq=1).where(Membership.account == ann).execute()
    lab.say(bob, "in the lab", at_ms=1)
    lab.say(bob, kind="event", event="title", at_ms=1)
    desk.told()
    talk.say(bob, "hello", at_ms=NOW)
    (said,) = desk.told()
    assert said["unread"] == 2 + 1 + 1


def make_lab_of(ann: Account, bob: Account) -> Log:
    """A group of bob's with ann."""
    group = create_group(bob, "pond", "The pond", at_ms=1)
    add_member(bob, group, "ann", at_ms=1)
    Conversation.update(last_seq=0).where(Conversation.id == group.conversation_id).execute()
    StoredMessage.delete().where(StoredMessage.conversation == group.conversation_id).execute()
    return log_of(group)


def test_a_friend_request_is_told_to_who_answers_it(desk: Desk, ann: Account) -> None:
    eve = make_account("eve", "Eve")
    make_account("thermo", kind="device", owner=ann)
    request_friend(eve, "ann", "it's me", at_ms=NOW)
    assert [(said["type"], said["who"], said["title"]) for said in desk.told(NOW)] == [("friend_request", "eve", "Eve")]
    request_friend(eve, "thermo", "", at_ms=NOW)
    assert [said["type"] for said in desk.told(NOW)] == ["friend_request"]
    FriendRequest.delete().execute()  # SQLite gives their ids again
    assert desk.told(NOW) == []
    request_friend(eve, "ann", "", at_ms=NOW)
    assert [said["type"] for said in desk.told(NOW)] == ["friend_request"]
    assert desk.told(NOW) == []
