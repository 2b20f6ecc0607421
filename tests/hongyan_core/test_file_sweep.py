from __future__ import annotations

import logging
import os
from pathlib import Path

import peewee
import pytest

from hongyan_broker.chores import list_chores
from hongyan_core.actions.audit import Actor
from hongyan_core.actions.deletion import delete_myself
from hongyan_core.actions.scheduling import cancel_scheduled, schedule_message
from hongyan_core.actions.uploads import begin_upload, receive_bytes
from hongyan_core.files import sweep as sweeping
from hongyan_core.files.parts import open_part
from hongyan_core.files.store import DiskStore
from hongyan_core.files.sweep import Sweep
from hongyan_core.files.vault import Vault
from hongyan_core.settings import Settings
from hongyan_core.store.database import open_database, write_transaction
from hongyan_core.store.files import drop_unheld, release_files
from hongyan_core.store.models import (
    NO_ENTRY,
    Account,
    Conversation,
    Erasure,
    ImportJob,
    Meta,
    ScheduledMessage,
    Sticker,
    StickerPack,
    StoredFile,
    Upload,
)
from tests.support.cast import make_account
from tests.support.files import attach, make_file
from tests.support.images import png
from tests.support.recorded import recorded

DAY_MS = 86_400_000
AT_MS = 1_790_000_000_000
TEXT = b"letters by wild goose"


@pytest.fixture
def ann(database: peewee.Database) -> Account:
    return make_account("ann")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(DiskStore(tmp_path / "files"), tmp_path / "uploads", max_file_bytes=1_000_000, quota_bytes=2_000_000)


@pytest.fixture
def sweep(vault: Vault) -> Sweep:
    return Sweep(vault)


def bring(vault: Vault, account: Account, data: bytes = TEXT) -> str:
    upload = begin_upload(vault, account, "notes.txt", "", len(data), at_ms=AT_MS)
    receive_bytes(vault, upload, 0, [data], at_ms=AT_MS)
    return str(upload.id)


def talk(low: Account, high: Account) -> Conversation:
    made: Conversation = Conversation.create(key=f"user:{low.name}:{high.name}", kind="user", low=low, high=high)
    return made


def kept(folder: Path) -> int:
    """How many files there are on disk, the database's own aside."""
    return len([path for path in folder.rglob("*") if path.is_file() and "sqlite3" not in path.name])


def run(sweep: Sweep, at_ms: int) -> None:
    while sweep.run(at_ms):
        pass


# --- files


def test_a_file_that_no_message_holds_goes_after_a_day_with_its_bytes(
    ann: Account, vault: Vault, sweep: Sweep, tmp_path: Path
) -> None:
    bring(vault, ann, png())
    run(sweep, AT_MS + DAY_MS - 1)
    assert (StoredFile.select().count(), kept(tmp_path)) == (1, 2)
    run(sweep, AT_MS + DAY_MS)
    assert (StoredFile.select().count(), kept(tmp_path)) == (0, 0)


def test_bytes_stay_while_another_file_has_the_same(ann: Account, vault: Vault, sweep: Sweep, tmp_path: Path) -> None:
    bring(vault, ann)
    attach(talk(ann, make_account("bob")), 1, bring(vault, ann))
    run(sweep, AT_MS + 2 * DAY_MS)
    assert (StoredFile.select().count(), kept(tmp_path)) == (1, 1)


def test_a_picture_that_is_taken_back_is_gone_with_the_next_sweep(
    ann: Account, vault: Vault, sweep: Sweep, tmp_path: Path
) -> None:
    conversation = talk(ann, make_account("bob"))
    attach(conversation, 1, bring(vault, ann, png()))
    run(sweep, AT_MS)
    with write_transaction():
        release_files(conversation.id, [1])
    assert Erasure.select().count() == 0
    run(sweep, AT_MS + 1)
    assert (StoredFile.select().count(), kept(tmp_path)) == (0, 0)
    assert [row.position for row in Erasure.select()] == [NO_ENTRY]  # the names of files are scrubbed too


def test_on_postgres_a_sweep_and_the_exchange_note_what_is_gone_one_after_the_other(postgres_url: str) -> None:
    database = open_database(postgres_url)
    try:
        with recorded(database) as statements:
            drop_unheld(0, AT_MS, 10, at_ms=AT_MS)
        locks = [sql for sql in statements if "FOR UPDATE" in sql]
        assert ["stored_file" in sql for sql in locks] == [False, True, True]
    finally:
        database.close()


def test_a_file_that_was_forwarded_stays_until_the_last_message_lets_go(
    ann: Account, vault: Vault, sweep: Sweep
) -> None:
    file_id, conversation = bring(vault, ann), talk(ann, make_account("bob"))
    attach(conversation, 1, file_id)
    attach(conversation, 2, file_id)
    for seq, at_ms, left in ((1, AT_MS + 1, 1), (2, AT_MS + 2, 0)):
        with write_transaction():
            release_files(conversation.id, [seq])
        run(sweep, at_ms)
        assert StoredFile.select().count() == left


def hold(holder: str, account: Account, file_id: str) -> None:
    if holder == "a sticker":
        pack = StickerPack.create(name="geese", title="Geese", account=account, created_at_ms=1)
        Sticker.create(pack=pack, name="honk", file_id=file_id, place=0)
    elif holder == "a message for later":
        draft = f'{{"kind":"file","files":["{file_id}"]}}'
        ScheduledMessage.create(account=account, key="user/bob", message_id="m", draft=draft, due_ms=AT_MS * 2)
    elif holder == "a film for later, as its poster":
        draft = f'{{"kind":"video","files":["{"0" * 22}"],"poster":"{file_id}"}}'
        ScheduledMessage.create(account=account, key="user/bob", message_id="m", draft=draft, due_ms=AT_MS * 2)
    else:
        state = holder.rpartition(" ")[2]
        ImportJob.create(account=account, key="user/bob", source="slack", file_id=file_id, created_at_ms=1, state=state)


@pytest.mark.parametrize(
    ("holder", "left"),
    [
        ("a sticker", 1),
        ("a message for later", 1),
        ("a film for later, as its poster", 1),
        ("an import, waiting", 1),
        ("an import, running", 1),
        ("an import, done", 0),
    ],
)
def test_what_else_holds_a_file(ann: Account, vault: Vault, sweep: Sweep, holder: str, left: int) -> None:
    hold(holder, ann, bring(vault, ann))
    run(sweep, AT_MS + 2 * DAY_MS)
    assert StoredFile.select().count() == left


def test_files_of_a_message_for_later_that_is_given_up_wait_a_day_for_another(
    ann: Account, vault: Vault, sweep: Sweep
) -> None:
    ids = [bring(vault, ann, data) for data in (b"film", b"poster", b"other")]
    draft = {"kind": "video", "files": [ids[0]], "poster": ids[1]}
    row = schedule_message(ann, "user/ann", draft, AT_MS + 9 * DAY_MS, None, at_ms=AT_MS)
    run(sweep, AT_MS + 3 * DAY_MS)
    given_up_ms = AT_MS + 3 * DAY_MS + DAY_MS // 2
    cancel_scheduled(ann, row.id, at_ms=given_up_ms)
    run(sweep, AT_MS + 4 * DAY_MS)
    run(sweep, given_up_ms + DAY_MS - 1)
    assert {file.id for file in StoredFile.select()} == set(ids[:2])
    run(sweep, given_up_ms + DAY_MS)
    assert StoredFile.select().count() == 0


def test_a_file_is_not_looked_at_over_and_over_but_once_a_day(ann: Account, vault: Vault, sweep: Sweep) -> None:
    file_id = bring(vault, ann)
    pack = StickerPack.create(name="geese", title="Geese", account=ann, created_at_ms=1)
    sticker = Sticker.create(pack=pack, name="honk", file_id=file_id, place=0)
    run(sweep, AT_MS + DAY_MS)
    sticker.delete_instance()
    run(sweep, AT_MS + DAY_MS + 60_000)
    assert StoredFile.select().count() == 1
    run(sweep, AT_MS + 2 * DAY_MS)
    assert StoredFile.select().count() == 0


def test_many_files_of_one_moment_go_in_steps(ann: Account, sweep: Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "_STEP", 3)
    for number in range(10):
        make_file(ann, f"{number:022}", f"{number:064}", created_at_ms=5 if number < 7 else 6)
    steps = 1
    while sweep.run(AT_MS):
        steps += 1
    assert (StoredFile.select().count(), steps) == (0, 4)


def test_many_that_are_held_do_not_stop_it(ann: Account, sweep: Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "_STEP", 3)
    conversation = talk(ann, make_account("bob"))
    for number in range(8):
        make_file(ann, f"{number:022}", f"{number:064}", created_at_ms=5)
        attach(conversation, number, f"{number:022}")
    make_file(ann, "x" * 22, "a" * 64, created_at_ms=9)
    run(sweep, AT_MS)
    assert StoredFile.select().count() == 8


# --- of an account that is deleted


def test_of_a_deleted_account_stays_what_others_have_received(
    ann: Account, vault: Vault, sweep: Sweep, tmp_path: Path
) -> None:
    alone, sent, note = (bring(vault, ann, data) for data in (b"alone", b"sent", b"note"))
    attach(talk(ann, make_account("bob")), 1, sent)
    attach(talk(ann, ann), 1, note)
    begin_upload(vault, ann, "half.txt", "", 10, at_ms=AT_MS)
    make_account("root", role="admin")
    delete_myself(Actor(ann, in_person=True), at_ms=AT_MS + 1)
    run(sweep, AT_MS + 2)
    assert [file.id for file in StoredFile.select()] == [sent]
    assert (Upload.select().count(), kept(tmp_path / "files")) == (0, 1)
    assert alone not in (sent, note)


# --- uploads


def test_an_upload_goes_a_day_after_its_last_byte(ann: Account, vault: Vault, sweep: Sweep, tmp_path: Path) -> None:
    upload = begin_upload(vault, ann, "notes.txt", "", 21, at_ms=AT_MS)
    receive_bytes(vault, upload, 0, [TEXT[:7]], at_ms=AT_MS + 5_000)
    touched = Upload.get().touched_at_ms
    run(sweep, touched + DAY_MS)
    assert Upload.select().count() == 1
    with open_part(vault.uploads, upload.id):  # somebody sends at this moment
        run(sweep, touched + DAY_MS + 1)
    assert Upload.select().count() == 1
    run(sweep, touched + DAY_MS + 1)
    assert (Upload.select().count(), kept(tmp_path)) == (0, 0)


def test_what_a_crash_left_of_uploads_goes_after_an_hour(ann: Account, vault: Vault, sweep: Sweep) -> None:
    upload = begin_upload(vault, ann, "notes.txt", "", 21, at_ms=AT_MS)
    receive_bytes(vault, upload, 0, [TEXT[:7]], at_ms=AT_MS)
    for name in ("x" * 22, "y" * 22 + ".picture", "y" * 22 + ".thumb", upload.id):
        (vault.uploads / name).write_bytes(b"left")
        os.utime(vault.uploads / name, (AT_MS / 1_000, AT_MS / 1_000))
    run(sweep, AT_MS + 3_600_000)
    assert kept(vault.uploads) == 4
    run(sweep, AT_MS + 3_600_001)
    assert [path.name for path in vault.uploads.iterdir()] == [upload.id]


# --- bytes


def put(vault: Vault, tmp_path: Path, blob: str, at_ms: int) -> None:
    (tmp_path / "source").write_bytes(b"x")
    vault.store.put(blob, tmp_path / "source")
    path = tmp_path / "files" / blob[:2] / blob[2:]
    os.utime(path, (at_ms / 1_000, at_ms / 1_000))


def test_bytes_that_no_row_names_go_after_an_hour(ann: Account, vault: Vault, sweep: Sweep, tmp_path: Path) -> None:
    for blob in ("ab" + "0" * 62, "ab" + "1" * 62, "ab" + "2" * 62):
        put(vault, tmp_path, blob, AT_MS)
    make_file(ann, "f" * 22, "ab" + "1" * 62, thumb_hash="ab" + "2" * 62)
    sweep.sweep_blobs("ab", AT_MS + 3_600_000)
    assert len(list(vault.store.list("ab"))) == 3
    sweep.sweep_blobs("ab", AT_MS + 3_600_001)
    assert sorted(blob for blob, _ in vault.store.list("ab")) == ["ab" + "1" * 62, "ab" + "2" * 62]
    assert Meta.select().where(Meta.key.startswith("blob:")).count() == 0


def test_every_part_of_the_store_is_looked_at_once_a_day(
    vault: Vault, sweep: Sweep, tmp_path: Path, database: peewee.Database
) -> None:
    for prefix in ("00", "7f", "ff"):
        put(vault, tmp_path, prefix + "0" * 62, AT_MS - DAY_MS)
    for step in range(256):
        sweep.run(AT_MS + step * DAY_MS // 256)
    assert kept(tmp_path / "files") == 0


def test_rows_whose_bytes_are_gone_are_told_once(ann: Account, sweep: Sweep, caplog: pytest.LogCaptureFixture) -> None:
    make_file(ann, "f" * 22, "ab" + "1" * 62)
    with caplog.at_level(logging.ERROR):
        for _ in range(2):
            sweep.sweep_blobs("ab", AT_MS)
    assert [record.getMessage() for record in caplog.records] == [
        f"the file store has lost ab{'1' * 62}; restore it from a backup"
    ]


def test_the_sweep_is_a_chore_of_the_server(tmp_path: Path) -> None:
    chores = list_chores(Settings(data_dir=tmp_path, secret_key=b"k" * 32))
    assert [chore.every_s for chore in chores if chore.name == "sweep of files"] == [20.0]
