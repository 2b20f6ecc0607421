from __future__ import annotations

import peewee
import pytest

from hongyan_core.problems import Problem
from hongyan_core.store.database import write_transaction
from hongyan_core.store.files import (
    claim_blobs,
    drop_claims,
    list_own_files,
    load_own_files,
    load_quota,
    load_readable,
    release_files,
    used_bytes,
)
from hongyan_core.store.models import (
    Account,
    Attachment,
    ChatGroup,
    Conversation,
    HiddenMessage,
    Membership,
    Sticker,
    StickerPack,
    StoredFile,
    Upload,
)
from tests.support.cast import make_account
from tests.support.files import attach, make_file

FILE = "f" * 22
BLOB = "b" * 64


@pytest.fixture
def ann(database: peewee.Database) -> Account:
    return make_account("ann")


@pytest.fixture
def bob(ann: Account) -> Account:
    return make_account("bob")


def talk(low: Account, high: Account) -> Conversation:
    made: Conversation = Conversation.create(key=f"user:{low.name}:{high.name}", kind="user", low=low, high=high)
    return made


def make_group(owner: Account, name: str = "lab") -> ChatGroup:
    conversation = Conversation.create(key=f"group:{name}", kind="group")
    made: ChatGroup = ChatGroup.create(name=name, title=name, owner=owner, conversation=conversation, created_at_ms=1)
    return made


def may_read(viewer: Account) -> bool:
    try:
        return load_readable(viewer, FILE).hash == BLOB
    except Problem as problem:
        assert (problem.code, problem.field) == ("unknown_file", None)
        return False


# --- what stands in envelopes


def test_one_s_own_files_are_described_and_no_others(ann: Account, bob: Account) -> None:
    make_file(ann, FILE, BLOB, name="雁.png", media_type="image/png", size=7, width=3, height=2, thumb_hash="c" * 64)
    make_file(ann, "n" * 22, BLOB)
    make_file(bob, "o" * 22, BLOB)
    Upload.create(id="u" * 22, account=ann, name="x", media_type="", size=9, created_at_ms=1, touched_at_ms=1)
    assert load_own_files(ann.id, [FILE, "n" * 22, "o" * 22, "u" * 22, "x" * 22]) == {
        FILE: {
            "id": FILE,
            "name": "雁.png",
            "type": "image/png",
            "size": 7,
            "width": 3,
            "height": 2,
            "thumb": True,
        },
        "n" * 22: {"id": "n" * 22, "name": "notes.txt", "type": "text/plain", "size": 3, "thumb": False},
    }
    assert load_own_files(ann.id, []) == {}


# --- who may read


def test_a_file_is_its_owner_s_until_a_message_holds_it(ann: Account, bob: Account) -> None:
    make_file(ann, FILE, BLOB)
    eve = make_account("eve")
    conversation = talk(ann, bob)
    attach(talk(ann, eve), 1, "other" * 4 + "xx")
    assert [may_read(viewer) for viewer in (ann, bob, eve)] == [True, False, False]
    attach(conversation, 1, FILE)
    assert [may_read(viewer) for viewer in (ann, bob, eve)] == [True, True, False]
    Attachment.delete().where(Attachment.file_id == FILE).execute()
    assert [may_read(viewer) for viewer in (ann, bob, eve)] == [True, False, False]


SEATS = {
    "a member of today": ([(0, None)], True),
    "who came before it": ([(4, None)], True),
    "who came after it": ([(5, None)], False),
    "who left after it": ([(0, 5)], True),
    "who left before it": ([(0, 4)], False),
    "who was away meanwhile": ([(0, 4), (5, None)], False),
    "who came back before it": ([(0, 2), (4, 9)], True),
    "nobody": ([], False),
}


@pytest.mark.parametrize(("intervals", "sees"), SEATS.values(), ids=SEATS)
def test_in_a_group_a_file_is_seen_as_its_message_is(
    ann: Account, bob: Account, intervals: list[tuple[int, int | None]], sees: bool
) -> None:
    make_file(ann, FILE, BLOB)
    group = make_group(ann)
    attach(group.conversation, 5, FILE)
    for since, until in intervals:
        Membership.create(group=group, account=bob, since_seq=since, until_seq=until, joined_at_ms=1)
    assert may_read(bob) is sees


def test_what_one_has_deleted_for_oneself_is_hidden_from_oneself_alone(ann: Account, bob: Account) -> None:
    make_file(ann, FILE, BLOB)
    group, conversation = make_group(ann), talk(ann, bob)
    for each in (conversation, group.conversation):
        attach(each, 5, FILE)
    Membership.create(group=group, account=bob, since_seq=0, joined_at_ms=1)
    HiddenMessage.create(account=bob, conversation=conversation, seq=5)
    HiddenMessage.create(account=ann, conversation=group.conversation, seq=5)
    assert may_read(bob)
    HiddenMessage.create(account=bob, conversation=group.conversation, seq=5)
    assert (may_read(bob), may_read(ann)) == (False, True)


def test_a_sticker_is_everybody_s(ann: Account, bob: Account) -> None:
    make_file(ann, FILE, BLOB)
    pack = StickerPack.create(name="geese", title="Geese", account=ann, created_at_ms=1)
    Sticker.create(pack=pack, name="honk", file_id=FILE, place=0)
    assert may_read(bob)


# --- how much


def test_files_and_uploads_count_against_the_quota(ann: Account, bob: Account) -> None:
    assert used_bytes(ann.id) == 0
    make_file(ann, FILE, BLOB, size=2**40)
    make_file(bob, "o" * 22, BLOB, size=5)
    Upload.create(id="u" * 22, account=ann, name="x", media_type="", size=9, created_at_ms=1, touched_at_ms=1)
    assert used_bytes(ann.id) == 2**40 + 9
    assert load_quota(ann.id, 100) == 100
    Account.update(quota_bytes=7).where(Account.id == ann.id).execute()
    assert (load_quota(ann.id, 100), load_quota(bob.id, 100)) == (7, 100)


def test_one_s_own_files_are_listed_in_pages(ann: Account, bob: Account) -> None:
    for char in "abc":
        make_file(ann, char * 22, BLOB)
    make_file(bob, "d" * 22, BLOB)
    assert [file.id[0] for file in list_own_files(ann.id, "", 2)] == ["a", "b"]
    assert [file.id[0] for file in list_own_files(ann.id, "b" * 22, 2)] == ["c"]


# --- let go


def test_messages_that_are_gone_let_go_of_their_files_alone(ann: Account, bob: Account) -> None:
    conversation = talk(ann, bob)
    for number, char in enumerate("abc", 1):
        make_file(ann, char * 22, BLOB, created_at_ms=50)
        attach(conversation, number, char * 22)
    with write_transaction():
        release_files(conversation.id, [1, 3, 9])
    assert {file.id[0]: file.created_at_ms for file in StoredFile.select()} == {"a": 0, "b": 50, "c": 0}
    assert [row.seq for row in Attachment.select()] == [2]


# --- whose turn it is


def test_a_hash_is_claimed_by_one_at_a_time_and_a_crash_holds_it_for_a_minute(database: peewee.Database) -> None:
    assert claim_blobs([BLOB, "c" * 64], at_ms=1_000)
    assert not claim_blobs([BLOB], at_ms=1_000)
    assert not claim_blobs(["d" * 64, "c" * 64], at_ms=61_000)
    assert claim_blobs(["d" * 64], at_ms=61_000)  # was not claimed by the one who got nothing
    drop_claims([BLOB])
    assert claim_blobs([BLOB], at_ms=61_000)
    assert claim_blobs(["c" * 64], at_ms=61_001)
    drop_claims([BLOB, "c" * 64, "d" * 64])
