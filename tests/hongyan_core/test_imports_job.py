"""An archive on its way into a conversation: step by step, once, and no longer than it may."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import peewee
import pytest

from hongyan import topics
from hongyan_core.actions.friends import unfriend
from hongyan_core.actions.groups import add_member, create_group
from hongyan_core.actions.imports import begin_import, end_import, list_imports
from hongyan_core.imports import job
from hongyan_core.imports.job import Importer, KeptFile
from hongyan_core.problems import Problem
from hongyan_core.store.history import read_history
from hongyan_core.store.models import Account, ImportJob, Outbox, StoredFile
from tests.support.archives import TELEGRAM, pack
from tests.support.cast import make_account, make_friends, take_outbox
from tests.support.exchanging import running_exchange

BOB = topics.user("bob")


@dataclass
class Shelf:
    """A store of uploaded bytes."""

    blobs: dict[str, bytes] = field(default_factory=dict)

    def read(self, blob: str, start: int, stop: int) -> Iterator[bytes]:
        yield self.blobs[blob][start:stop]

    def put(self, account: Account, file_id: str, data: bytes) -> str:
        self.blobs[file_id] = data
        columns = {"name": "result.json", "media_type": "text/plain", "created_at_ms": 1}
        StoredFile.create(id=file_id, account=account, hash=file_id, size=len(data), **columns)
        return file_id


@pytest.fixture
def ann(database: peewee.Database) -> Account:
    ann = make_account("ann")
    make_friends(ann, make_account("bob"))
    return ann


@pytest.fixture
def shelf(ann: Account) -> Shelf:
    """With an archive `f` of Telegram's: five entries, four of them messages."""
    shelf = Shelf()
    shelf.put(ann, "f", json.dumps(TELEGRAM).encode())
    return shelf


def long_chat(count: int) -> bytes:
    entries = [
        {"id": n, "type": "message", "date_unixtime": str(1_577_836_800 + n), "from": "Ann", "text": f"m{n}"}
        for n in range(count)
    ]
    return json.dumps({"id": 1, "messages": entries}).encode()


def begin(account: Account, key: topics.ConversationKey = BOB, file: str = "f", source: str = "telegram") -> int:
    return int(begin_import(account, key, file, source, at_ms=5).id)


def state(import_id: int) -> tuple[str, int, int, int, str]:
    row = ImportJob.get_by_id(import_id)
    return row.state, row.total, row.done, row.skipped, row.problem


def run(importer: Importer, steps: int = 99) -> None:
    while steps and importer.run(1):
        steps -= 1


def drain() -> None:
    with running_exchange() as exchange:
        while exchange.drain_outbox():
            pass


def test_an_archive_becomes_messages_of_whoever_brings_it(ann: Account, shelf: Shelf) -> None:
    number = begin(ann)
    assert state(number) == ("waiting", 0, 0, 0, "")
    run(Importer(shelf))
    assert state(number) == ("done", 5, 4, 1, "")
    (first, *_, last) = [payload for kind, payload in take_outbox() if kind == "send"]
    assert {name: first[name] for name in ("account", "to", "fields", "server")} == {
        "account": "ann",
        "to": "user/bob",
        "fields": {"kind": "text", "body": "see this!"},
        "server": {"imported": {"from": "Ann 安", "at": 1_577_836_801_000}},
    }
    assert first["id"].startswith("import-")
    assert last["fields"]["body"] == "📍 48.1, 11.5"


def test_the_same_archive_again_brings_nothing_twice(ann: Account, shelf: Shelf) -> None:
    begin(ann)
    run(Importer(shelf))
    drain()
    again = begin(ann)
    run(Importer(shelf))
    assert state(again) == ("done", 5, 0, 5, "")
    assert take_outbox() == []
    assert len(read_history(ann, BOB, after=0, before=None, limit=99).messages) == 4


def test_after_a_restart_it_goes_on_where_it_was(ann: Account, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "STEP", 3)
    number = begin(ann, file=shelf.put(ann, "long", long_chat(10)))
    killed = Importer(shelf)
    run(killed, steps=2)
    killed.close()
    assert state(number) == ("running", 10, 6, 0, "")
    run(Importer(shelf))
    assert state(number) == ("done", 10, 10, 0, "")
    bodies = [payload["fields"]["body"] for _, payload in take_outbox()]
    assert bodies == [f"m{n}" for n in range(10)]


def test_no_more_than_the_exchange_takes_is_put_out(ann: Account, shelf: Shelf) -> None:
    number = begin(ann, file=shelf.put(ann, "long", long_chat(1_000)))
    importer = Importer(shelf)
    run(importer)
    assert Outbox.select().count() == 200
    assert importer.run(1) is False
    drain()
    run(importer)
    assert (Outbox.select().count(), state(number)[2]) == (200, 400)
    importer.close()


def test_what_is_ended_comes_no_further(ann: Account, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "STEP", 1)
    number = begin(ann)
    importer = Importer(shelf)
    run(importer, steps=2)
    with pytest.raises(Problem, match="unknown_import"):
        end_import(make_account("eve"), number)
    end_import(ann, number)
    assert list_imports(ann) == []
    assert importer.run(1) is False
    assert len(take_outbox()) == 1


def test_who_may_write_there_no_longer_brings_nothing_more(
    ann: Account, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "STEP", 1)
    number = begin(ann)
    importer = Importer(shelf)
    run(importer, steps=2)
    drain()
    unfriend(ann, "bob", at_ms=9)
    run(importer)
    assert state(number) == ("failed", 5, 1, 1, "not_friends")


def test_a_bad_archive_fails_and_the_next_one_is_read(ann: Account, shelf: Shelf) -> None:
    bad = begin(ann, file=shelf.put(ann, "bad", b"hello"))
    lost = begin(ann)
    good = begin(ann)
    ImportJob.update(file_id="gone").where(ImportJob.id == lost).execute()
    run(Importer(shelf))
    assert state(bad) == ("failed", 0, 0, 0, "bad_archive")
    assert state(lost) == ("failed", 0, 0, 0, "bad_archive")
    assert state(good) == ("done", 5, 4, 1, "")


def test_pictures_and_files_of_an_archive_come_along(ann: Account, shelf: Shelf) -> None:
    files = {"photos/photo_1.jpg": b"jpeg", "result.json": TELEGRAM}
    given: list[tuple[str, int, bytes]] = []

    def keep(account: Account, name: str, size: int, pieces: Iterator[bytes]) -> KeptFile | None:
        given.append((name, size, b"".join(pieces)))
        return KeptFile("k" * 22, is_picture=True) if account == ann else None

    begin(ann, file=shelf.put(ann, "zip", pack(files)))
    run(Importer(shelf, keep))
    assert given == [("photo_1.jpg", 4, b"jpeg")]
    fields = [payload["fields"] for _, payload in take_outbox()]
    assert fields[1] == {"kind": "image", "files": ["k" * 22], "body": "look"}


@pytest.mark.parametrize("keep", [None, lambda *_: None], ids=["nobody keeps files", "no room"])
def test_where_there_is_no_room_for_a_file_its_name_stays(ann: Account, shelf: Shelf, keep: Any) -> None:
    files = {"photos/photo_1.jpg": b"jpeg", "result.json": TELEGRAM}
    begin(ann, file=shelf.put(ann, "zip", pack(files)))
    run(Importer(shelf, keep))
    fields = [payload["fields"] for _, payload in take_outbox()]
    assert fields[1] == {"kind": "text", "body": "look\n📎 photo_1.jpg"}


# --- who may


def test_into_a_group_its_admins_may_import(ann: Account, shelf: Shelf) -> None:
    lab = create_group(ann, "lab", "The lab", at_ms=1)
    add_member(ann, lab, "bob", at_ms=1)
    bob = Account.get(Account.name == "bob")
    shelf.put(bob, "bobs", json.dumps(TELEGRAM).encode())
    begin(ann, topics.group("lab"))
    with pytest.raises(Problem, match="not_owner"):
        begin(bob, topics.group("lab"), "bobs")


@pytest.mark.parametrize(
    ("key", "file", "code"),
    [
        ("user/eve", "f", "unknown_conversation"),
        ("group/den", "f", "unknown_conversation"),
        ("user/bob", "g", "unknown_file: file"),
        ("user/bob", "bobs", "unknown_file: file"),
        ("user/bob", "huge", "archive_too_large: file"),
    ],
    ids=["a stranger", "no such group", "no such file", "another's file", "too large"],
)
def test_what_is_refused_at_once(ann: Account, shelf: Shelf, key: str, file: str, code: str) -> None:
    shelf.put(Account.get(Account.name == "bob"), "bobs", b"{}")
    shelf.put(ann, "huge", b"{}")
    StoredFile.update(size=209_715_201).where(StoredFile.id == "huge").execute()
    with pytest.raises(Problem, match=rf"^{code}$"):
        begin(ann, topics.parse_conversation_key(key), file)


def test_three_at_a_time(ann: Account, shelf: Shelf) -> None:
    for _ in range(3):
        begin(ann)
    with pytest.raises(Problem, match="too_many"):
        begin(ann)
    run(Importer(shelf))
    begin(ann)
