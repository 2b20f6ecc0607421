from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import peewee
import pytest

from hongyan import topics
from hongyan_core import export
from hongyan_core.actions.credentials import issue_credential
from hongyan_core.actions.drafts import keep_draft
from hongyan_core.actions.friends import request_friend
from hongyan_core.actions.groups import add_member, create_group, remove_member
from hongyan_core.actions.scheduling import schedule_message
from hongyan_core.export import export_account
from hongyan_core.files.store import DiskStore, FileStore
from hongyan_core.store.history import HistoryPage
from hongyan_core.store.models import (
    FOREVER_MS,
    Account,
    ContactLabel,
    ConversationMute,
    Friendship,
    Identity,
    ListMarks,
    Passkey,
    Picture,
    PushSubscription,
    RecoveryCode,
    SavedPack,
    SecondFactor,
    Sticker,
    StickerPack,
)
from tests.support.cast import make_account, make_block, make_friends
from tests.support.exchanging import accept_one, code, running_exchange, text
from tests.support.files import make_file

STORE = DiskStore(Path("nowhere"))
AT_MS = 1_790_000_000_000  # 2026-09-21 12:53:20 UTC


@pytest.fixture
def ann(database: peewee.Database) -> Account:
    return make_account("ann", "安", language="zh", email="ann@example.org", about="你好", time_zone="Asia/Shanghai")


def read_archive(account: Account, store: FileStore = STORE) -> dict[str, bytes]:
    packed = io.BytesIO(b"".join(export_account(account, store, at_ms=AT_MS)))
    with zipfile.ZipFile(packed) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def read_json(account: Account, name: str) -> Any:
    return json.loads(read_archive(account)[name])


def say(*messages: tuple[str, str, str]) -> None:
    """(account, to, body)"""
    with running_exchange() as exchange:
        for number, (account, to, body) in enumerate(messages):
            assert code(accept_one(exchange, text(account, to, body, f"{body}-{number}"))) == "accepted"


def bodies(archive: dict[str, bytes], name: str) -> list[str]:
    return [json.loads(line)["body"] for line in archive[name].decode().splitlines()]


EMPTY = ["account.json", "contacts.json", "groups.json", "stickers.json", "unsent.json"]


def test_a_new_account_is_a_few_short_files(ann: Account) -> None:
    assert sorted(read_archive(ann)) == EMPTY
    assert read_json(ann, "account.json") == {
        "username": "ann",
        "display_name": "安",
        "kind": "person",
        "role": "user",
        "language": "zh",
        "time_zone": "Asia/Shanghai",
        "about": "你好",
        "hidden": False,
        "email": "ann@example.org",
        "created_at": 1,
        "devices": [],
        "passkeys": [],
        "identities": [],
        "notified": [],
        "bots": [],
    }


def test_no_secret_and_no_hash_of_one_leaves(ann: Account) -> None:
    Account.update(password_hash="$argon2id$secret").where(Account.id == ann.id).execute()
    credential, secret = issue_credential(ann, "device", "laptop", at_ms=2)
    issue_credential(ann, "mqtt", "", at_ms=2, parent=credential)
    SecondFactor.create(account=ann, sealed_secret="sealed-secret", confirmed_at_ms=1)
    RecoveryCode.create(account=ann, code_hash="recovery-secret")
    Passkey.create(
        account=ann, credential_id="passkey-secret", public_key=b"passkey-secret", label="key", created_at_ms=1
    )
    Identity.create(account=ann, issuer="https://id", subject="subject-secret", email="a@id", created_at_ms=1)
    PushSubscription.create(
        account=ann, credential=credential, endpoint_hash="push-secret", sealed="push-secret", created_at_ms=3
    )
    everything = b"".join(read_archive(ann).values()).decode()
    for kept in (
        "$argon2id$",
        "sealed-secret",
        "recovery-secret",
        "passkey-secret",
        "subject-secret",
        "push-secret",
        secret,
    ):
        assert kept not in everything
    assert credential.secret_hash not in everything
    told = read_json(ann, "account.json")
    assert [device["label"] for device in told["devices"]] == ["laptop"]
    assert told["passkeys"] == [{"label": "key", "created_at": 1, "last_used_at": None}]
    assert told["notified"] == [{"label": "laptop", "created_at": 3}]
    assert told["identities"] == [{"issuer": "https://id", "email": "a@id", "created_at": 1}]


def test_contacts_come_with_what_ann_alone_knows_of_them(ann: Account) -> None:
    bob, eve, carl = make_account("bob"), make_account("eve"), make_account("carl")
    make_friends(ann, bob)
    Friendship.update(remark="Bobby", starred=True).where(Friendship.account == ann).execute()
    Friendship.update(remark="my boss").where(Friendship.account == bob).execute()
    for label in ("work", "chess"):
        ContactLabel.create(account=ann, label=label, friend=bob)
    ContactLabel.create(account=bob, label="boring", friend=ann)
    make_block(ann, eve)
    make_block(carl, ann)
    make_account("zoe")
    request_friend(ann, "zoe", "hi", at_ms=5)
    ConversationMute.create(account=ann, key="user/bob", until_ms=FOREVER_MS)
    ConversationMute.create(account=ann, key="group/lab", until_ms=9)
    ListMarks.create(account=ann, key="user/bob", pinned_at_ms=7, unread_at_ms=8)
    ListMarks.create(account=bob, key="user/ann", archived_at_ms=7)
    assert read_json(ann, "contacts.json") == {
        "friends": [
            {
                "username": "bob",
                "display_name": "Bob",
                "since": 1,
                "remark": "Bobby",
                "starred": True,
                "labels": ["chess", "work"],
            }
        ],
        "requests_sent": [{"username": "zoe", "text": "hi", "state": "pending", "created_at": 5}],
        "requests_received": [],
        "blocks": [{"username": "eve", "since": 1}],
        "mutes": [{"key": "group/lab", "until": 9}, {"key": "user/bob", "until": None}],
        "list": [{"key": "user/bob", "pinned_at": 7, "archived_at": None, "unread_at": 8}],
    }


def test_every_message_that_ann_can_read_is_there_once_and_in_order(
    ann: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "_PAGE", 2)
    make_friends(ann, make_account("bob"))
    say(*(("ann" if n % 2 else "bob", "user/bob" if n % 2 else "user/ann", f"m{n}") for n in range(5)))
    assert bodies(read_archive(ann), "conversations/user/bob.jsonl") == ["m0", "m1", "m2", "m3", "m4"]


def test_of_a_group_only_ones_own_time_leaves(ann: Account) -> None:
    bob = make_account("bob")
    make_friends(ann, bob)
    lab = create_group(bob, "lab", "Lab", at_ms=1)
    say(("bob", "group/lab", "before"))
    add_member(bob, lab, "ann", at_ms=2)
    say(("ann", "group/lab", "within"))
    remove_member(bob, lab, "ann", at_ms=3)
    say(("bob", "group/lab", "after"))
    archive = read_archive(ann)
    assert bodies(archive, "conversations/group/lab.jsonl") == ["within"]
    (row,) = json.loads(archive["groups.json"])["groups"]
    assert row == {
        "name": "lab",
        "title": "Lab",
        "kind": "group",
        "role": "member",
        "nickname": "",
        "joined_at": 2,
        "left_at": 3,
    }


def test_what_is_others_own_stays_here(ann: Account) -> None:
    bob, eve = make_account("bob"), make_account("eve")
    make_friends(bob, eve)
    create_group(bob, "lab", "Lab", at_ms=1)
    say(("bob", "user/eve", "secret"), ("bob", "group/lab", "secret too"))
    assert sorted(read_archive(ann)) == EMPTY
    assert b"secret" not in b"".join(read_archive(ann).values())


def test_what_was_not_sent_yet_goes_along(ann: Account) -> None:
    bob = make_account("bob")
    make_friends(ann, bob)
    for account, peer in ((ann, "bob"), (bob, "ann")):
        keep_draft(account, topics.user(peer), f"{account.name} began", 3, at_ms=7)
        later = {"kind": "text", "id": "m1", "body": f"{account.name} later"}
        schedule_message(account, f"user/{peer}", later, 90, "daily", at_ms=8)
    assert read_json(ann, "unsent.json") == {
        "drafts": [{"key": "user/bob", "body": "ann began", "reply": 3, "at": 7}],
        "scheduled": [
            {
                "key": "user/bob",
                "message_id": "m1",
                "draft": {"kind": "text", "body": "ann later"},
                "deliver_at": 90,
                "repeat": "daily",
                "time_zone": "Asia/Shanghai",
                "times": 0,
                "refusal": "",
            }
        ],
    }


def test_packs_that_ann_has_made_or_saved_go_along(ann: Account) -> None:
    bob = make_account("bob")
    own, saved, other = (
        StickerPack.create(name=name, title=name.title(), account=account, created_at_ms=1)
        for name, account in (("geese", ann), ("cats", bob), ("dogs", bob))
    )
    SavedPack.create(account=ann, pack=saved, at_ms=2)
    SavedPack.create(account=bob, pack=other, at_ms=2)
    Sticker.create(pack=own, name="honk", emoji="🪿", file_id="f" * 22, place=0)
    assert read_json(ann, "stickers.json") == {
        "packs": [
            {
                "name": "geese",
                "title": "Geese",
                "owner": "ann",
                "saved": False,
                "stickers": [{"name": "honk", "emoji": "🪿", "file": "f" * 22}],
            },
            {"name": "cats", "title": "Cats", "owner": "bob", "saved": True, "stickers": []},
        ]
    }


def test_the_picture_and_the_bots_go_along(ann: Account) -> None:
    Picture.insert(hash="own", image=b"RIFF....WEBP").execute()
    Account.update(picture="own").where(Account.id == ann.id).execute()
    make_account("thermo", kind="device", owner=ann)
    fresh = Account.get_by_id(ann.id)
    assert read_archive(fresh)["pictures/picture.webp"] == b"RIFF....WEBP"
    assert [bot["username"] for bot in read_json(fresh, "account.json")["bots"]] == ["thermo"]


def test_every_file_that_ann_keeps_goes_along_but_for_what_the_store_has_lost(ann: Account, tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "files")
    (tmp_path / "upload").write_bytes(b"goose")
    store.put("a" * 64, tmp_path / "upload")
    make_file(ann, "1" * 22, "a" * 64, name="雁.txt", size=5)
    make_file(ann, "2" * 22, "b" * 64)
    make_file(make_account("bob"), "3" * 22, "a" * 64, size=5)
    archive = read_archive(ann, store)
    assert {name: data for name, data in archive.items() if name.startswith("files/")} == {
        f"files/{'1' * 22}/雁.txt": b"goose"
    }


def test_the_archive_tells_when_it_was_made(ann: Account) -> None:
    packed = io.BytesIO(b"".join(export_account(ann, STORE, at_ms=AT_MS)))
    assert {info.date_time for info in zipfile.ZipFile(packed).infolist()} == {(2026, 9, 21, 14, 13, 20)}


class LongTalk:
    """Pages of 4 MB each instead of a real history."""

    def __init__(self, pages: int) -> None:
        self.left = pages
        self.message = '{"seq": 1, "body": "%s"}' % ("x" * 4_000_000)

    def __call__(self, *_: object, **__: object) -> HistoryPage:
        self.left -= 1
        return HistoryPage([self.message] if self.left >= 0 else [], 1, 1)


def test_a_long_conversation_is_never_in_memory_as_a_whole(ann: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    make_friends(ann, make_account("bob"))
    say(("ann", "user/bob", "hello"))
    talk = LongTalk(pages=50)
    monkeypatch.setattr(export, "read_history", talk)
    tracemalloc.start()
    pieces = [len(piece) for piece in export_account(ann, STORE, at_ms=AT_MS)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert talk.left == -1
    assert len(pieces) > 50
    assert peak < 60_000_000  # of 200 MB
