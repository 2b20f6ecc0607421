"""Bring a file: begin, send its bytes in as many requests as it takes, and have it, or give it up."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from hongyan_core import rules
from hongyan_core.files.keeping import Examined, examine, put_and_note
from hongyan_core.files.names import clean_file_name
from hongyan_core.files.parts import FLUSH_BYTES, Part, open_part, remove_part
from hongyan_core.files.vault import Vault
from hongyan_core.problems import Problem
from hongyan_core.standing import Room
from hongyan_core.store.database import write_transaction
from hongyan_core.store.files import count_uploads, find_upload, load_quota, used_bytes
from hongyan_core.store.models import Account, StoredFile, Upload

MAX_UPLOADS: Final = 20  # of one account that are not whole yet
UPLOAD_TTL_MS: Final = 86_400_000  # since its last byte
_MAX_TYPE_CHARS: Final = 100
_log: Final = logging.getLogger(__name__)


def begin_upload(vault: Vault, account: Account, name: str, media_type: str, size: int, *, at_ms: int) -> Upload:
    """Make room for a file of `size` bytes; an empty one is there at once.

    Args:
        name: As its sender calls it; a path, and what cannot be seen, is taken off.
        media_type: The same; only where a recording and a film begin alike it says which.

    Raises:
        Problem: file_too_large, too_many, quota_full.
    """
    with write_transaction():
        quota = load_quota(account.id, vault.quota_bytes)
        room = Room(
            small_enough=0 <= size <= vault.max_file_bytes,
            has_slot=count_uploads(account.id) < MAX_UPLOADS,
            within_quota=used_bytes(account.id) + size <= quota,
        )
        _demand(room, vault, quota)
        upload: Upload = Upload.create(
            id=secrets.token_urlsafe(16),
            account=account,
            name=clean_file_name(name),
            media_type=_clean_type(media_type),
            size=size,
            created_at_ms=at_ms,
            touched_at_ms=at_ms,
        )
    if size == 0:
        receive_bytes(vault, upload, 0, (), at_ms=at_ms)
    return upload


def _demand(room: Room, vault: Vault, quota: int) -> None:
    refusal = rules.BEGIN_UPLOAD.decide(room)
    limits = {
        "too_many": MAX_UPLOADS,
        "file_too_large": _mebibytes(vault.max_file_bytes),
        "quota_full": _mebibytes(quota),
    }
    if refusal is not None:
        raise Problem(refusal, limit=limits[refusal])


def _mebibytes(size: int) -> int:
    return size // 1_048_576


def _clean_type(given: str) -> str:
    shown = "".join(char for char in given if " " < char < "\x7f")
    return shown[:_MAX_TYPE_CHARS].lower()


def receive_bytes(vault: Vault, upload: Upload, offset: int, pieces: Iterable[bytes], *, at_ms: int) -> int:
    """Add bytes from `offset` on, as they come; with its last byte the upload is a file.

    What came counts, even when `pieces` ends in an error. The last byte does not before the file is kept: until then
    whoever comes back sends it once more.

    Returns:
        How many bytes there are now.

    Raises:
        Problem: upload_busy, unknown_upload, wrong_offset, upload_too_long; of a picture bad_picture and
            picture_too_large, and the upload is over; rate_limited, store_unavailable.
    """
    with open_part(vault.uploads, upload.id) as part:
        found = find_upload(upload.account_id, upload.id)  # as it is now that nobody else writes
        if found is None:
            remove_part(vault.uploads, upload.id)
            raise Problem("unknown_upload")
        if offset != found.received:
            raise Problem("wrong_offset")
        with _telling_of_a_full_disk():
            received = _write(part, found, pieces, at_ms)
            if received == found.size:
                _keep(vault, found, part, at_ms)
        return received


@contextmanager
def _telling_of_a_full_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        _log.error("a file could not be written: %s", error)
        raise Problem("files_unavailable", wait_s=5) from None


def _write(part: Part, upload: Upload, pieces: Iterable[bytes], at_ms: int) -> int:
    """The number of bytes that are there afterwards."""
    part.begin_at(upload.received)
    began_s, received, saved = time.monotonic(), upload.received, upload.received

    def save() -> None:
        part.flush()
        _note_progress(upload, received, at_ms + int(1_000 * (time.monotonic() - began_s)))

    try:
        for piece in pieces:
            if received + len(piece) > upload.size:
                raise Problem("upload_too_long")
            part.write(piece)
            received += len(piece)
            if received - saved >= FLUSH_BYTES:
                save()
                saved = received
    finally:
        save()
    return received


def _note_progress(upload: Upload, received: int, at_ms: int) -> None:
    counted = min(received, max(upload.size - 1, 0))
    with write_transaction():
        Upload.update(received=counted, touched_at_ms=at_ms).where(Upload.id == upload.id).execute()


def _keep(vault: Vault, upload: Upload, part: Part, at_ms: int) -> None:
    try:
        examined = examine(part.path, upload.name, upload.media_type)
        put_and_note(vault.store, examined.blobs, lambda: _note_file(upload, examined, at_ms))
    except Problem as problem:
        if problem.code in ("bad_picture", "picture_too_large"):
            _forget(vault, upload)
        raise
    remove_part(vault.uploads, upload.id)


def _note_file(upload: Upload, examined: Examined, at_ms: int) -> None:
    with write_transaction():
        if not Upload.delete().where(Upload.id == upload.id).execute():  # its account was deleted meanwhile
            raise Problem("unknown_upload")
        StoredFile.create(
            id=upload.id,
            account=upload.account_id,
            hash=examined.hash,
            name=examined.name,
            media_type=examined.media_type,
            size=examined.size,
            width=examined.width,
            height=examined.height,
            thumb_hash=examined.thumb_hash,
            created_at_ms=at_ms,
        )


def end_upload(vault: Vault, account_id: int, upload_id: str) -> None:
    """Give an upload up: its bytes are gone.

    Raises:
        Problem: unknown_upload, upload_busy.
    """
    upload = find_upload(account_id, upload_id)
    if upload is None:
        raise Problem("unknown_upload")
    with open_part(vault.uploads, upload_id):
        _forget(vault, upload)


def _forget(vault: Vault, upload: Upload) -> None:
    with write_transaction():
        Upload.delete().where(Upload.id == upload.id).execute()
    remove_part(vault.uploads, upload.id)
