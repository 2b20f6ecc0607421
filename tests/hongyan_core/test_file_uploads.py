from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import peewee
import pytest

from hongyan_core.actions import uploads
from hongyan_core.actions.uploads import begin_upload, end_upload, receive_bytes
from hongyan_core.files import keeping
from hongyan_core.files.keeping import claimed
from hongyan_core.files.store import DiskStore
from hongyan_core.files.sweep import Sweep
from hongyan_core.files.vault import Vault
from hongyan_core.problems import Problem
from hongyan_core.store.files import find_upload
from hongyan_core.store.models import Account, StoredFile, Upload, proxy
from tests.support.cast import make_account
from tests.support.images import draw, write

AT_MS = 1_790_000_000_000
TEXT = b"letters by wild goose"
SHA256 = "dcd1be43b1cf9a3ac0a2a1e7b1ea4a9a0f1a54f30a8a8a5c8e2ba3bd8c4b2ad2"


@pytest.fixture
def ann(database: peewee.Database) -> Account:
    return make_account("ann")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(DiskStore(tmp_path / "files"), tmp_path / "uploads", max_file_bytes=1_000_000, quota_bytes=2_000_000)


def begin(vault: Vault, account: Account, size: int, name: str = "notes.txt") -> Upload:
    return begin_upload(vault, account, name, "", size, at_ms=AT_MS)


def bring(vault: Vault, account: Account, data: bytes, name: str = "notes.txt") -> StoredFile:
    upload = begin(vault, account, len(data), name)
    receive_bytes(vault, upload, 0, [data], at_ms=AT_MS)
    file: StoredFile = StoredFile.get_by_id(upload.id)
    return file


def read(vault: Vault, file: StoredFile) -> bytes:
    return b"".join(vault.store.read(file.hash, 0, file.size))


def test_the_same_bytes_are_kept_once_and_are_two_files(ann: Account, vault: Vault, tmp_path: Path) -> None:
    one, other = bring(vault, ann, TEXT), bring(vault, make_account("bob"), TEXT, "other.txt")
    assert (one.hash, one.id == other.id) == (other.hash, False)
    assert len([path for path in (tmp_path / "files").rglob("*") if path.is_file()]) == 1
    assert read(vault, other) == TEXT


def test_an_animation_is_called_what_it_became(ann: Account, vault: Vault) -> None:
    moving = write(draw(), "GIF", save_all=True, append_images=[draw().rotate(180)])
    file = bring(vault, ann, moving, "dance.gif")
    assert (file.name, file.media_type, file.thumb_hash is not None) == ("dance.webp", "image/webp", True)
    assert file.size == len(read(vault, file))


def test_every_bound_counts_alone(ann: Account, vault: Vault) -> None:
    for size, code in ((1_000_001, "file_too_large"), (-1, "file_too_large")):
        with pytest.raises(Problem, match=code):
            begin(vault, ann, size)
    begin(vault, ann, 1_000_000)
    begin(vault, ann, 999_999)
    with pytest.raises(Problem, match="quota_full"):
        begin(vault, ann, 2)
    for _ in range(18):
        begin(vault, ann, 0 + 1 if Upload.select().count() == 2 else 0)
    assert Upload.select().count() == 3


def test_twenty_are_on_their_way_at_most(ann: Account, vault: Vault) -> None:
    for _ in range(20):
        begin(vault, ann, 1)
    with pytest.raises(Problem) as caught:
        begin(vault, ann, 1)
    assert (caught.value.code, caught.value.params) == ("too_many", {"limit": 20})
    begin(vault, make_account("bob"), 1)


def test_two_beginnings_at_once_are_counted_one_after_the_other(ann: Account, vault: Vault) -> None:
    refused: list[str] = []

    def begin_one() -> None:
        try:
            begin(vault, ann, 900_000)
        except Problem as problem:
            refused.append(problem.code)
        finally:
            proxy.obj.close()

    threads = [threading.Thread(target=begin_one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (refused, Upload.select().count()) == (["quota_full"] * 2, 2)


def test_what_came_before_an_error_counts(ann: Account, vault: Vault) -> None:
    def cut_off() -> Iterator[bytes]:
        yield TEXT[:7]
        raise ConnectionError("cut")

    upload = begin(vault, ann, len(TEXT))
    with pytest.raises(Problem, match="files_unavailable"):
        receive_bytes(vault, upload, 0, cut_off(), at_ms=AT_MS)
    assert Upload.get().received == 7
    assert receive_bytes(vault, upload, 7, [TEXT[7:10], TEXT[10:]], at_ms=AT_MS) == 21
    assert read(vault, StoredFile.get()) == TEXT


def test_progress_is_noted_on_the_way(ann: Account, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "FLUSH_BYTES", 5)
    upload, seen = begin(vault, ann, len(TEXT)), []

    def watched() -> Iterator[bytes]:
        for at in range(0, 21, 3):
            yield TEXT[at : at + 3]
            seen.append(Upload.get().received)

    receive_bytes(vault, upload, 0, watched(), at_ms=AT_MS)
    assert seen == [0, 6, 6, 12, 12, 18, 18]


def test_the_last_byte_does_not_count_before_the_file_is_kept(
    ann: Account, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left on device")

    upload = begin(vault, ann, len(TEXT))
    with monkeypatch.context() as patch:
        patch.setattr(DiskStore, "put", full)
        with pytest.raises(Problem, match="files_unavailable"):
            receive_bytes(vault, upload, 0, [TEXT], at_ms=AT_MS)
    assert (Upload.get().received, StoredFile.select().count()) == (20, 0)
    assert receive_bytes(vault, upload, 20, [TEXT[20:]], at_ms=AT_MS) == 21
    assert read(vault, StoredFile.get()) == TEXT


def test_more_than_was_announced_is_refused_and_what_fitted_counts(ann: Account, vault: Vault) -> None:
    upload = begin(vault, ann, len(TEXT))
    with pytest.raises(Problem, match="upload_too_long"):
        receive_bytes(vault, upload, 0, [TEXT[:20], b"many more"], at_ms=AT_MS)
    assert Upload.get().received == 20


def test_an_upload_that_was_given_up_meanwhile_leaves_nothing(ann: Account, vault: Vault, tmp_path: Path) -> None:
    upload = begin(vault, ann, len(TEXT))
    end_upload(vault, ann.id, upload.id)
    for deed in (
        lambda: receive_bytes(vault, upload, 0, [TEXT], at_ms=AT_MS),
        lambda: end_upload(vault, ann.id, upload.id),
    ):
        with pytest.raises(Problem, match="unknown_upload"):
            deed()
    assert list((tmp_path / "uploads").iterdir()) == []


def test_an_account_that_is_deleted_meanwhile_gets_no_file(ann: Account, vault: Vault) -> None:
    upload = begin(vault, ann, len(TEXT))

    def deleted() -> Iterator[bytes]:
        yield TEXT
        Upload.delete().execute()

    with pytest.raises(Problem, match="unknown_upload"):
        receive_bytes(vault, upload, 0, deleted(), at_ms=AT_MS)
    assert StoredFile.select().count() == 0


def test_another_s_upload_is_unknown(ann: Account, vault: Vault) -> None:
    upload, bob = begin(vault, ann, 5), make_account("bob")
    assert find_upload(bob.id, upload.id) is None
    with pytest.raises(Problem, match="unknown_upload"):
        end_upload(vault, bob.id, upload.id)


# --- beside a sweep


def test_bytes_that_a_sweep_took_in_between_are_put_once_more(
    ann: Account, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store had them of an old file: the upload left them as they were, and then the old file was swept."""
    old = bring(vault, ann, TEXT)
    StoredFile.delete().execute()
    kept = DiskStore.put
    puts: list[str] = []

    def put_and_sweep(store: DiskStore, blob: str, source: Path) -> None:
        kept(store, blob, source)
        puts.append(blob)
        if len(puts) == 1:
            Sweep(vault)._drop_blob(blob, AT_MS)

    monkeypatch.setattr(DiskStore, "put", put_and_sweep)
    assert read(vault, bring(vault, ann, TEXT)) == TEXT
    assert puts == [old.hash, old.hash]


def test_who_finds_the_bytes_claimed_waits_its_turn(
    ann: Account, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = bring(vault, ann, TEXT)
    monkeypatch.setattr(keeping, "_WAIT_S", 0.0)
    with claimed([old.hash]), pytest.raises(Problem, match="store_unavailable"):
        bring(vault, ann, TEXT)
    assert read(vault, bring(vault, ann, TEXT)) == TEXT
