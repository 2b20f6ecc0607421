"""`hongyan import`: bring an archive of another messenger into a conversation, and show how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol, TextIO

from hongyan.api import Import
from hongyan.errors import HongyanError

SOURCES: Final = ("slack", "telegram", "wechat")
_POLL_S: Final = 1.0
_BAR_CHARS: Final = 30


class Importing(Protocol):
    """What of `hongyan.Api` is needed."""

    def upload(self, path: Path, *, progress: Callable[[int, int], None] | None = None) -> str:
        """The id of the file; `progress` hears how many bytes of how many are there."""

    def begin_import(self, conversation: str, file_id: str, source: str) -> int:
        """The id of the import."""

    def imports(self) -> list[Import]:
        """How far they are."""


class ImportFailed(HongyanError):
    """The server could not read the archive, or it was ended elsewhere."""


def import_archive(
    api: Importing,
    archive: Path,
    conversation: str,
    source: str,
    out: TextIO,
    *,
    wait: Callable[[float], object] = time.sleep,  # for the next look at the server
) -> Import:
    """Upload, begin, and wait until all is sent; `out` gets a line that is written over.

    Raises:
        ImportFailed, ApiError, NotConnected.
    """
    file_id = api.upload(archive, progress=lambda done, total: _draw(out, "upload", done, total))
    import_id = api.begin_import(conversation, file_id, source)
    while True:
        found = next((each for each in api.imports() if each.id == import_id), None)
        if found is None:
            raise ImportFailed("the import was ended elsewhere")
        if found.state == "failed":
            raise ImportFailed(f"the import failed: {found.problem}")
        _draw(out, "import", found.done + found.skipped, found.total)
        if found.state == "done":
            out.write("\n")
            return found
        wait(_POLL_S)


def _draw(out: TextIO, what: str, done: int, total: int) -> None:
    filled = _BAR_CHARS * done // total if total else 0
    out.write(f"\r{what} [{'#' * filled}{'.' * (_BAR_CHARS - filled)}] {done:,} of {total:,}")
    out.flush()
