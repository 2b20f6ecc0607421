"""A zip archive that is made while it is read: a piece of it is in memory at a time."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo


def pack_files(files: Iterable[tuple[str, Iterable[bytes]]], *, at_ms: int) -> Iterator[bytes]:
    """The archive of these (name, pieces), in pieces of a few hundred kilobytes at most where theirs are."""
    pipe = _Pipe()
    with ZipFile(pipe, "w", ZIP_DEFLATED) as archive:
        for name, pieces in files:
            # A conversation may be longer than 2 GB, and nobody knows before it is written.
            with archive.open(_describe(name, at_ms), "w", force_zip64=True) as file:
                for piece in pieces:
                    file.write(piece)
                    yield from pipe.take()
    yield from pipe.take()


class _Pipe:
    """A file that cannot seek: what was written into it is taken out at once."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: Any) -> int:
        """Zipfile's side."""
        self._written.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        """Nothing is held."""

    def take(self) -> Iterator[bytes]:
        """What was written since the last call, in one piece; nothing where there is none."""
        piece = b"".join(self._written)
        self._written.clear()
        if piece:
            yield piece


def _describe(name: str, at_ms: int) -> ZipInfo:
    info = ZipInfo(name, time.gmtime(at_ms // 1_000)[:6])
    info.compress_type = ZIP_DEFLATED
    info.external_attr = 0o600 << 16  # a letter, not a noticeboard
    return info
