"""Files: what messages say of them, who may read them, how much somebody keeps, and what nobody holds any longer.

`StoredFile.created_at_ms` is also the day from which a file waits for a message: one that no message holds goes a day
later. `release_files` sets it to 0 where a message lets go of a file, so that it goes with the next sweep; `let_wait`
begins a new day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from peewee import IntegrityError

from hongyan_core.problems import Problem
from hongyan_core.store.database import hold_exchange_back, read_rows, write_transaction
from hongyan_core.store.models import (
    NO_ENTRY,
    Account,
    Attachment,
    Conversation,
    Erasure,
    Meta,
    StoredFile,
    Upload,
)
from hongyan_core.store.sets import Row, is_postgres, read, read_wanted

RELEASED_MS: Final = 0  # of `created_at_ms`
FILE_FACTS: Final = "f.id, f.name, f.media_type, f.size, f.width, f.height, f.thumb_hash IS NOT NULL"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file that may be read: what is said of it, and where its bytes are."""

    id: str
    name: str
    media_type: str
    size: int
    width: int | None
    height: int | None
    hash: str
    thumb_hash: str | None


# --- what stands in envelopes


def load_own_files(account_id: int, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What an envelope says of the account's own whole files; others have no entry.

    On PostgreSQL the rows are locked until the transaction ends: a sweep waits for the message that will hold them.

    Returns:
        By id: `{"id", "name", "type", "size", "width"?, "height"?, "thumb"}`.
    """
    found = load_files_of((account_id, id_) for id_ in ids)
    return {id_: facts for (_, id_), facts in found.items()}


def load_files_of(wanted: Iterable[tuple[int, str]]) -> dict[tuple[int, str], dict[str, Any]]:
    """`load_own_files` for the (account id, file id) of a whole batch.

    On PostgreSQL they are locked until the transaction ends: a sweep waits for the message that will hold them.
    """
    locked = " FOR SHARE OF f" if is_postgres() else ""
    rows = read_wanted(
        "account bigint, id text",
        wanted,
        f"""SELECT f.account_id, {FILE_FACTS} FROM wanted CROSS JOIN stored_file f
        WHERE f.id = wanted.id AND f.account_id = wanted.account{locked}""",  # noqa: S608  # constants
    )
    return {(row[0], row[1]): describe_file(row[1:]) for row in rows}


def describe_file(row: Sequence[Any]) -> dict[str, Any]:
    """What an envelope says of a file, from the columns `FILE_FACTS` of `stored_file f`."""
    id_, name, media_type, size, width, height, thumb = row
    pixels = {} if width is None else {"width": width, "height": height}
    return {"id": id_, "name": name, "type": media_type, "size": size, **pixels, "thumb": bool(thumb)}


# --- who may read

# The owner; everybody, of a sticker; who sees a message that holds it. A file of nobody's and another's look alike.
_READABLE: Final = """SELECT f.id, f.name, f.media_type, f.size, f.width, f.height, f.hash, f.thumb_hash
FROM stored_file f WHERE f.id = ? AND (f.account_id = ?
    OR EXISTS (SELECT 1 FROM sticker s WHERE s.file_id = f.id)
    OR EXISTS (SELECT 1 FROM attachment t JOIN conversation c ON c.id = t.conversation_id
        WHERE t.file_id = f.id AND (c.low_id = ? OR c.high_id = ?)
        AND NOT EXISTS (SELECT 1 FROM hidden_message h
            WHERE h.account_id = ? AND h.conversation_id = t.conversation_id AND h.seq = t.seq))
    OR EXISTS (SELECT 1 FROM attachment t JOIN chat_group g ON g.conversation_id = t.conversation_id
        JOIN membership m ON m.group_id = g.id
        WHERE t.file_id = f.id AND m.account_id = ? AND t.seq > m.since_seq
        AND (m.until_seq IS NULL OR t.seq <= m.until_seq)
        AND NOT EXISTS (SELECT 1 FROM hidden_message h
            WHERE h.account_id = ? AND h.conversation_id = t.conversation_id AND h.seq = t.seq)))"""


def load_readable(viewer: Account, file_id: str) -> FileEntry:
    """A file that the viewer may read.

    Raises:
        Problem: unknown_file: there is none, it is not whole, or it is not for the viewer to see.
    """
    rows = read(_READABLE, file_id, *(viewer.id,) * 6)
    if not rows:
        raise Problem("unknown_file")
    return FileEntry(*rows[0])


# --- how much somebody keeps


def used_bytes(account_id: int) -> int:
    """What counts against the account's quota: its files, and what it has begun to upload."""
    rows = read(
        """SELECT (SELECT COALESCE(SUM(size), 0) FROM stored_file WHERE account_id = ?)
        + (SELECT COALESCE(SUM(size), 0) FROM upload WHERE account_id = ?)""",
        *(account_id, account_id),
    )
    return int(rows[0][0])


def find_own_file(account_id: int, file_id: str) -> StoredFile | None:
    """A whole file of the account's."""
    found: StoredFile | None = StoredFile.get_or_none((StoredFile.id == file_id) & (StoredFile.account == account_id))
    return found


def list_own_files(account_id: int, after: str, limit: int) -> list[FileEntry]:
    """A page of the account's files by id, beyond `after`."""
    rows = read(
        """SELECT id, name, media_type, size, width, height, hash, thumb_hash FROM stored_file
        WHERE account_id = ? AND id > ? ORDER BY id LIMIT ?""",
        *(account_id, after, limit),
    )
    return [FileEntry(*row) for row in rows]


# --- what nobody holds any longer

_HELD: Final = """EXISTS (SELECT 1 FROM attachment t WHERE t.file_id = f.id)
    OR EXISTS (SELECT 1 FROM sticker s WHERE s.file_id = f.id)
    OR EXISTS (SELECT 1 FROM import_job j WHERE j.account_id = f.account_id AND j.file_id = f.id
        AND j.state IN ('waiting', 'running'))
    OR EXISTS (SELECT 1 FROM scheduled_message d WHERE d.account_id = f.account_id
        AND REPLACE(d.draft, f.id, '') <> d.draft)
"""


def release_files(conversation_id: int, seqs: Sequence[int]) -> None:
    """Let go of the files of these messages, at most 500: what nothing else holds goes with the next sweep.

    Inside the transaction that erases them; it deletes their rows of `Attachment`.
    """
    held = (Attachment.conversation == conversation_id) & Attachment.seq.in_(list(seqs))
    file_ids = Attachment.select(Attachment.file_id).where(held)
    StoredFile.update(created_at_ms=RELEASED_MS).where(StoredFile.id.in_(file_ids)).execute()
    Attachment.delete().where(held).execute()


def let_wait(account_id: int, file_ids: Iterable[str], *, at_ms: int) -> None:
    """Files of the account's for which nothing waits any longer get a new day to find a message."""
    mine = (StoredFile.account == account_id) & StoredFile.id.in_(list(file_ids))
    StoredFile.update(created_at_ms=at_ms).where(mine).execute()


def release_files_of(account_id: int, limit: int) -> bool:
    """Let go of files of an account that is deleted, and of all that it has said to itself alone; whether of any.

    Others keep what they have received.
    """
    alone = Conversation.select(Conversation.id).where(
        (Conversation.low == account_id) & (Conversation.high == account_id)
    )
    Attachment.delete().where(Attachment.conversation.in_(alone)).execute()
    some = StoredFile.select(StoredFile.id).where(
        (StoredFile.account == account_id) & (StoredFile.created_at_ms > RELEASED_MS)
    )
    changed = StoredFile.update(created_at_ms=RELEASED_MS).where(StoredFile.id.in_(some.limit(limit))).execute()
    return bool(changed)


@dataclass(frozen=True, slots=True)
class SweptPage:
    """What a step of the sweep has found: hashes of the files that went, and where the next step begins."""

    blobs: list[str]
    seen_to_ms: int
    more: bool


def drop_unheld(after_ms: int, upto_ms: int, limit: int, *, at_ms: int) -> SweptPage:
    """Delete the rows of files that nothing holds: of those that were released, and those uploaded in this time.

    A released one that something else holds still waits a new day.

    Args:
        after_ms: Where the step before said that the next one begins.
    """
    with write_transaction():
        hold_exchange_back()  # both add to `erasure`, which is read in the order of its ids: they must commit in it
        released = _read_aged(RELEASED_MS, RELEASED_MS, limit)
        aged = _read_aged(max(after_ms, RELEASED_MS + 1), upto_ms, limit)
        rows = {row[0]: row for row in (*released, *aged)}
        held = _read_held(rows)
        gone = [row for id_, row in rows.items() if id_ not in held]
        StoredFile.delete().where(StoredFile.id.in_([row[0] for row in gone])).execute()
        if gone:
            Erasure.create(position=NO_ENTRY)  # their names have to go from the files of the database
        again = [row[0] for row in released if row[0] in held]
        StoredFile.update(created_at_ms=at_ms).where(StoredFile.id.in_(again)).execute()
    blobs = {blob for row in gone for blob in row[2:] if blob is not None}
    more = max(len(aged), len(released)) == limit
    return SweptPage(sorted(blobs), _next_ms(aged, len(gone), limit, after_ms, upto_ms), more)


def _next_ms(aged: Sequence[Row], gone: int, limit: int, after_ms: int, upto_ms: int) -> int:
    """Where the next step begins. More of one millisecond than a step holds must not stop it: a round looks again."""
    if len(aged) < limit:
        return max(after_ms, upto_ms + 1)
    last_ms: int = aged[-1][1]
    return last_ms if gone or last_ms > after_ms else after_ms + 1


def _read_aged(first_ms: int, last_ms: int, limit: int) -> list[Row]:
    """(id, created_at_ms, hash, thumb_hash), locked: whoever sends one of them at this moment is waited for."""
    locked = " FOR UPDATE" if is_postgres() else ""
    return read(
        f"""SELECT id, created_at_ms, hash, thumb_hash FROM stored_file
        WHERE created_at_ms BETWEEN ? AND ? ORDER BY created_at_ms LIMIT ?{locked}""",  # noqa: S608  # a constant
        *(first_ms, last_ms, limit),
    )


def _read_held(ids: Iterable[str]) -> set[str]:
    """Those that a message, a sticker, a message for later or an import holds."""
    rows = read_wanted(
        "id text",
        [(id_,) for id_ in ids],
        f"SELECT f.id FROM wanted CROSS JOIN stored_file f WHERE f.id = wanted.id AND ({_HELD})",  # noqa: S608  # ours
    )
    return {id_ for (id_,) in rows}


def find_named(blobs: Sequence[str]) -> set[str]:
    """Those of these hashes that a row names."""
    files = StoredFile.select(StoredFile.hash).where(StoredFile.hash.in_(blobs))
    thumbs = StoredFile.select(StoredFile.thumb_hash).where(StoredFile.thumb_hash.in_(blobs))
    return {blob for query in (files, thumbs) for (blob,) in read_rows(query)}


def list_blobs_named(prefix: str) -> set[str]:
    """All hashes of rows that begin so: a range of the index, for no hexadecimal digit is behind `f`."""
    rows = read(
        """SELECT hash FROM stored_file WHERE hash >= ? AND hash < ?
        UNION SELECT thumb_hash FROM stored_file WHERE thumb_hash >= ? AND thumb_hash < ?""",
        *(prefix, f"{prefix}g") * 2,
    )
    return {blob for (blob,) in rows}


def list_old_uploads(before_ms: int, limit: int) -> list[Upload]:
    """Uploads that nothing has come for since."""
    return list(Upload.select().where(Upload.touched_at_ms < before_ms).order_by(Upload.touched_at_ms).limit(limit))


def list_uploads(ids: Sequence[str]) -> set[str]:
    """Those of these ids that are on their way."""
    rows = read_wanted(
        "id text", [(id_,) for id_ in ids], "SELECT u.id FROM wanted CROSS JOIN upload u WHERE u.id = wanted.id"
    )
    return {id_ for (id_,) in rows}


# --- on their way up


def find_upload(account_id: int, upload_id: str) -> Upload | None:
    """An upload of the account that is not whole yet."""
    found: Upload | None = Upload.get_or_none((Upload.id == upload_id) & (Upload.account == account_id))
    return found


def count_uploads(account_id: int) -> int:
    """How many the account has begun and not ended."""
    return Upload.select().where(Upload.account == account_id).count()


def load_quota(account_id: int, usual: int) -> int:
    """How many bytes the account may keep; its row is locked, so that two uploads are counted one after the other."""
    locked = " FOR UPDATE" if is_postgres() else ""
    rows = read(f"SELECT quota_bytes FROM account WHERE id = ?{locked}", account_id)  # noqa: S608  # a constant
    return usual if rows[0][0] is None else int(rows[0][0])


# --- whose turn it is with some bytes of the file store, where a transaction does not reach

_CLAIM: Final = "blob:"
_CLAIM_TTL_MS: Final = 60_000  # a process that crashed holds it no longer


def claim_blobs(blobs: Iterable[str], *, at_ms: int) -> bool:
    """Claim all of these hashes, or none."""
    rows = [(f"{_CLAIM}{blob}", at_ms) for blob in blobs]
    keys = [key for key, _ in rows]
    try:
        with write_transaction():
            Meta.delete().where(Meta.key.in_(keys) & (Meta.value < at_ms - _CLAIM_TTL_MS)).execute()
            Meta.insert_many(rows, [Meta.key, Meta.value]).execute()
    except IntegrityError:  # somebody holds one of them
        return False
    return True


def drop_claims(blobs: Iterable[str]) -> None:
    """Let others have their turn."""
    with write_transaction():
        Meta.delete().where(Meta.key.in_([f"{_CLAIM}{blob}" for blob in blobs])).execute()
