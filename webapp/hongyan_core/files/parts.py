"""The bytes of a file on its way up: a file in `uploads/`, written by one request at a time.

The lock is the file's own, so it holds between processes and ends with the one that holds it. A folder that several
machines share must support `flock`.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from hongyan_core.problems import Problem

FLUSH_BYTES: Final = 16_777_216


class Part:
    """An upload that this thread alone writes."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    def begin_at(self, offset: int) -> None:
        """Go on there; what a crash has left beyond it was never counted."""
        os.ftruncate(self._descriptor, offset)
        os.lseek(self._descriptor, offset, os.SEEK_SET)

    def write(self, piece: bytes) -> None:
        """Write all of it, at the end."""
        view = memoryview(piece)
        while view:
            view = view[os.write(self._descriptor, view) :]

    def flush(self) -> None:
        """Wait until the disk has it."""
        os.fdatasync(self._descriptor)


@contextmanager
def open_part(folder: Path, upload_id: str) -> Iterator[Part]:
    """Write to an upload, and nobody else meanwhile.

    Raises:
        Problem: upload_busy.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / upload_id
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise Problem("upload_busy", wait_s=1) from None
    try:
        yield Part(path, descriptor)
    finally:
        os.close(descriptor)


def remove_part(folder: Path, upload_id: str) -> None:
    """With what was made of it while it was looked at."""
    for path in (folder / upload_id, *_pictures_of(folder, upload_id)):
        path.unlink(missing_ok=True)


def _pictures_of(folder: Path, upload_id: str) -> tuple[Path, Path]:
    return folder / f"{upload_id}.picture", folder / f"{upload_id}.thumb"


def list_parts(folder: Path, older_than_ms: int) -> list[str]:
    """The ids of which something is there that nobody has written to since."""
    found: set[str] = set()
    with suppress(FileNotFoundError):
        for entry in os.scandir(folder):
            with suppress(FileNotFoundError):  # it went meanwhile
                if entry.stat().st_mtime_ns // 1_000_000 < older_than_ms:
                    found.add(entry.name.partition(".")[0])
    return sorted(found)
