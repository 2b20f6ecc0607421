"""The uploaded file: a JSON text or a zip archive. It is somebody's, so everything in it has a bound."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import PurePosixPath
from types import TracebackType
from typing import IO, Final, Self
from zipfile import BadZipFile, ZipFile

from hongyan_core.imports.found import BadArchive

MAX_ENTRIES: Final = 50_000
MAX_UNPACKED_BYTES: Final = 209_715_200
MAX_TEXT_BYTES: Final = 67_108_864  # of one JSON text, which is in memory as a whole
_PIECE_BYTES: Final = 262_144
_ZIP: Final = b"PK"
_DAMAGED: Final = (BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


class Archive:
    """An open archive; names are paths with `/`, of files only. A plain JSON text is one file called `result.json`.

    Raises:
        BadArchive: No zip archive though it begins like one, too many entries, too much in it, a path that leads out.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._zip: ZipFile | None = None
        start = file.read(2)
        file.seek(0, 2)
        size = file.tell()
        file.seek(0)
        if start != _ZIP:
            self.sizes = {"result.json": size}
            return
        try:
            self._zip = ZipFile(file)
        except _DAMAGED:
            raise BadArchive("not a zip archive") from None
        self.sizes = self._check(self._zip)

    def __enter__(self) -> Self:
        """The caller closes the file."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the archive."""
        if self._zip is not None:
            self._zip.close()

    @staticmethod
    def _check(opened: ZipFile) -> dict[str, int]:
        entries = [entry for entry in opened.infolist() if not entry.is_dir()]
        if len(opened.infolist()) > MAX_ENTRIES:
            raise BadArchive("too many entries", too_large=True)
        if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
            raise BadArchive("too much in it", too_large=True)
        for entry in entries:
            if entry.flag_bits & 1:
                raise BadArchive("an entry that is encrypted")
            path = PurePosixPath(entry.filename.replace("\\", "/"))
            if path.is_absolute() or ".." in path.parts or "\0" in entry.filename:
                raise BadArchive("an entry whose name leads out of the archive")
        return {entry.filename: entry.file_size for entry in entries}

    def read_text(self, name: str) -> str:
        """A JSON text.

        Raises:
            BadArchive: It is not there, too long, damaged or no UTF-8.
        """
        if self.sizes.get(name, 0) > MAX_TEXT_BYTES:
            raise BadArchive("a text that is too long", too_large=True)
        try:
            return b"".join(self.read_pieces(name, MAX_TEXT_BYTES)).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise BadArchive("not UTF-8") from None

    def read_pieces(self, name: str, most: int = MAX_UNPACKED_BYTES) -> Iterator[bytes]:
        """The bytes of a file, never more than its entry says or `most`.

        Raises:
            BadArchive: It is not there, longer than that, or damaged.
        """
        if name not in self.sizes:
            raise BadArchive("an entry is missing")
        left = min(self.sizes[name], most)
        file = self._open(name)
        while piece := _read_some(file, min(_PIECE_BYTES, left + 1)):
            left -= len(piece)
            if left < 0:
                raise BadArchive("an entry that is longer than it says", too_large=True)
            yield piece

    def _open(self, name: str) -> IO[bytes]:
        if self._zip is None:
            self._file.seek(0)
            return self._file
        with suppress(*_DAMAGED):
            return self._zip.open(name)
        raise BadArchive("a damaged entry")


def _read_some(file: IO[bytes], most: int) -> bytes:
    try:
        return file.read(most)
    except _DAMAGED:
        raise BadArchive("a damaged entry") from None
