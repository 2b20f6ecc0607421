"""Where the bytes of whole files are, by their SHA-256: a folder of this machine, or S3 (`files/s3.py`).

What the store holds is nobody's: who may read which hash is asked of the database.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, Protocol

PIECE_BYTES: Final = 131_072
PREFIXES: Final = tuple(f"{n:02x}" for n in range(256))
_REST: Final = re.compile(r"[0-9a-f]{62}")


class BlobMissing(Exception):
    """The store has no such bytes, though a row speaks of them."""


class FileStore(Protocol):
    """Bytes by hash. All of it may be called from several threads and processes at a time."""

    def put(self, blob: str, source: Path) -> None:
        """Keep what `source` holds, for good before it returns; what is there already is left as it is."""

    def read(self, blob: str, start: int, stop: int) -> Iterator[bytes]:
        """The bytes from `start` up to `stop`, in pieces of at most `PIECE_BYTES`.

        Raises:
            BlobMissing: At once, not at the first piece.
        """

    def delete(self, blob: str) -> None:
        """Have it no longer; again is the same."""

    def exists(self, blob: str) -> bool:
        """Whether it is there."""

    def list(self, prefix: str) -> Iterator[tuple[str, int]]:
        """All that begin with these two hexadecimal digits, each with when it was put, in milliseconds."""


class DiskStore:
    """A folder, readable by its owner only: `ab/cdef...`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, blob: str, source: Path) -> None:
        """Give it a second name, all at once; or copy it where the two are on different disks."""
        target = self._path(blob)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        source.chmod(0o600)
        flush_file(source)
        try:
            os.link(source, target)
        except FileExistsError:
            return
        except OSError:
            _copy(source, target)
        flush_file(target.parent)

    def read(self, blob: str, start: int, stop: int) -> Iterator[bytes]:
        """Opened at once, so that who reads is not stopped by a sweep."""
        try:
            file = self._path(blob).open("rb", buffering=0)
        except FileNotFoundError:
            raise BlobMissing(blob) from None
        return _Pieces(file, start, stop)

    def delete(self, blob: str) -> None:
        """Whoever reads it already reads on."""
        self._path(blob).unlink(missing_ok=True)

    def exists(self, blob: str) -> bool:
        """Whether there is a file."""
        return self._path(blob).exists()

    def list(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Of one folder."""
        with suppress(FileNotFoundError):
            for entry in os.scandir(self._folder / prefix):
                with suppress(FileNotFoundError):  # it went meanwhile
                    if _REST.fullmatch(entry.name):
                        yield prefix + entry.name, entry.stat().st_mtime_ns // 1_000_000

    def _path(self, blob: str) -> Path:
        return self._folder / blob[:2] / blob[2:]


def _copy(source: Path, target: Path) -> None:
    """Under another name first: a crash leaves the whole file, or none of that name."""
    staged = target.with_name(f"{source.name}.part")
    shutil.copyfile(source, staged)
    staged.chmod(0o600)
    flush_file(staged)
    staged.replace(target)


def flush_file(path: Path) -> None:
    """Wait until the disk has it: a file, or the names in a folder."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


class _Pieces:
    """An open file from one place to another; it is closed at the end, or by `close` before."""

    def __init__(self, file: IO[bytes], start: int, stop: int) -> None:
        self._file, self._left = file, stop - start
        file.seek(start)

    def __iter__(self) -> Iterator[bytes]:
        """It is read once."""
        return self

    def __next__(self) -> bytes:
        """The next piece."""
        piece = self._file.read(min(PIECE_BYTES, self._left)) if self._left else b""
        if not piece:
            self.close()
            raise StopIteration
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        """No more of it."""
        self._left = 0
        self._file.close()
