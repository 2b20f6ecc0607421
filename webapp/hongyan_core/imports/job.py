"""The chore that reads archives: some messages at a time, no faster than the exchange takes them out of the outbox.

How far it came is written with what it has put into the outbox. After a restart the archive is read from its beginning,
and what was counted is passed over; what is stored already, from an earlier import of the same archive, is too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Any, Final, Protocol

from hongyan.topics import parse_conversation_key
from hongyan_core.actions.imports import UNFINISHED, decide_import
from hongyan_core.chores import Chore
from hongyan_core.imports.archive import Archive
from hongyan_core.imports.found import BadArchive, Found, make_id
from hongyan_core.imports.sources import SOURCES
from hongyan_core.problems import ProblemCode
from hongyan_core.store.database import write_transaction
from hongyan_core.store.models import Account, ImportJob, StoredFile
from hongyan_core.store.outbox import tell
from hongyan_core.store.people import is_in_use
from hongyan_core.store.sets import read, read_wanted

EVERY_S: Final = 0.5
STEP: Final = 100  # messages
MAX_WAITING: Final = 200  # rows of the outbox: beyond it the exchange has enough to do
_FILES_A_STEP: Final = 5  # each may be a picture that is encoded anew
_log: Final = logging.getLogger(__name__)


class ByteStore(Protocol):
    """Where uploaded bytes are, by their hash."""

    def read(self, blob: str, start: int, stop: int) -> Iterator[bytes]:
        """The bytes from `start` up to `stop`, exclusive, in pieces."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file out of an archive that is the account's now."""

    id: str
    is_picture: bool


# Keeps a file for an account: its name, its size, its bytes. None: there is no room, or it is a broken picture.
KeepFile = Callable[[Account, str, int, Iterator[bytes]], KeptFile | None]


@dataclass(slots=True)
class _Reading:
    """An archive that is open."""

    job_id: int
    file: IO[bytes]
    archive: Archive
    entries: Iterator[Found | None]

    def close(self) -> None:
        self.archive.__exit__(None, None, None)
        self.file.close()


class Importer:
    """Reads one archive after the other, the oldest first."""

    def __init__(self, store: ByteStore, keep_file: KeepFile | None = None) -> None:
        self._store, self._keep_file = store, keep_file
        self._reading: _Reading | None = None

    def chore(self) -> Chore:
        """What the process has to do."""
        return Chore("imports", EVERY_S, self.run)

    def run(self, at_ms: int) -> bool:
        """One step; whether more is waiting that the exchange has room for."""
        del at_ms
        job = ImportJob.select().where(ImportJob.state.in_(UNFINISHED)).order_by(ImportJob.id).first()
        if job is None or (self._reading is not None and self._reading.job_id != job.id):
            self.close()
        if job is None or _count_waiting() >= MAX_WAITING:
            return False
        try:
            self._step(job)
        except BadArchive as bad:
            _log.info("import %d: %s", job.id, bad)
            self._end(job, "failed", "archive_too_large" if bad.too_large else "bad_archive")
        except Exception:
            self.close()
            raise
        return True

    def _step(self, job: ImportJob) -> None:
        account: Account = job.account
        refusal: ProblemCode | None = decide_import(account, parse_conversation_key(job.key))
        if not is_in_use(account):
            refusal = "unknown_account"
        if refusal is not None:
            self._end(job, "failed", refusal)
            return
        if self._reading is None:
            self._reading = self._open(job)
        entries = list(self._take(self._reading))
        self._write(job, account, entries, self._reading.archive)
        if not entries:
            self._end(job, "done")

    def _open(self, job: ImportJob) -> _Reading:
        row = StoredFile.get_or_none(StoredFile.id == job.file_id)
        if row is None:
            raise BadArchive("its file is gone")
        file: IO[bytes] = TemporaryFile()  # noqa: SIM115  # as long as it is read; closed by _Reading
        try:
            for piece in self._store.read(row.hash, 0, row.size):
                file.write(piece)
            file.seek(0)
            archive = Archive(file)
            total = SOURCES[job.source].count(archive)
        except BaseException:
            file.close()
            raise
        with write_transaction():
            ImportJob.update(state="running", total=total).where(ImportJob.id == job.id).execute()
        entries = SOURCES[job.source].read(archive)
        return _Reading(job.id, file, archive, islice(entries, job.done + job.skipped, None))

    @staticmethod
    def _take(reading: _Reading) -> Iterator[Found | None]:
        files = 0
        for found in islice(reading.entries, STEP):
            yield found
            files += found is not None and found.file != ""
            if files >= _FILES_A_STEP:
                return

    def _write(self, job: ImportJob, account: Account, entries: list[Found | None], archive: Archive) -> None:
        ids = {make_id(job.source, found): found for found in entries if found is not None}
        for known in _find_stored(account, list(ids)):
            del ids[known]
        sends = [
            {"account": account.name, "to": job.key, "id": id_, "fields": fields, "server": {"imported": imported}}
            for id_, found in ids.items()
            if (fields := self._make_fields(account, found, archive)) is not None
            for imported in ({"from": found.sender, "at": found.at_ms},)
        ]
        counts = {
            ImportJob.done: ImportJob.done + len(sends),
            ImportJob.skipped: ImportJob.skipped + len(entries) - len(sends),
        }
        with write_transaction():
            # One that was ended meanwhile has no row any more.
            if ImportJob.update(counts).where(ImportJob.id == job.id).execute():
                for send in sends:
                    tell("send", send)

    def _make_fields(self, account: Account, found: Found, archive: Archive) -> dict[str, Any] | None:
        """The message as its sender would send it; None: there is nothing left of it."""
        if not found.file:
            return {"kind": "text", "body": found.body}
        name = found.file.rpartition("/")[2]
        kept = None
        if self._keep_file is not None:
            kept = self._keep_file(account, name, archive.sizes[found.file], archive.read_pieces(found.file))
        if kept is None:
            return {"kind": "text", "body": f"{found.body}\n📎 {name}".strip()}
        words = {"body": found.body} if found.body else {}
        return {"kind": "image" if kept.is_picture else "file", "files": [kept.id], **words}

    def _end(self, job: ImportJob, state: str, problem: str = "") -> None:
        self.close()
        with write_transaction():
            ImportJob.update(state=state, problem=problem).where(ImportJob.id == job.id).execute()

    def close(self) -> None:
        """Put the archive at hand away; the next step opens it again."""
        if self._reading is not None:
            self._reading.close()
            self._reading = None


def _count_waiting() -> int:
    """Rows of the outbox, as far as they matter."""
    ((count,),) = read("SELECT COUNT(*) FROM (SELECT 1 FROM outbox LIMIT ?) few", MAX_WAITING)
    return int(count)


def _find_stored(account: Account, ids: list[str]) -> list[str]:
    rows = read_wanted(
        "id text",
        [(id_,) for id_ in ids],
        """SELECT m.message_id FROM wanted CROSS JOIN stored_message m
        WHERE m.message_id = wanted.id AND m.sender_id = ?""",
        account.id,
    )
    return [id_ for (id_,) in rows]
