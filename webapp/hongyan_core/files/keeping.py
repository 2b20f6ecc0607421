"""Make a file of what was uploaded to its end: look at it, encode a picture anew, and put the bytes into the store."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hongyan_core.clock import now_ms
from hongyan_core.files.images import encode_anew
from hongyan_core.files.names import rename
from hongyan_core.files.store import FileStore
from hongyan_core.files.types import HEAD_BYTES, PICTURES, sniff
from hongyan_core.problems import Problem
from hongyan_core.store.files import claim_blobs, drop_claims

_WAIT_S: Final = 10.0
_LOOK_S: Final = 0.05
_HASHED_BYTES: Final = 1_048_576


@dataclass(frozen=True, slots=True)
class Examined:
    """A whole file before it is kept: its bytes are at `path`, those of its small picture at `thumb`."""

    path: Path
    hash: str
    name: str
    media_type: str
    size: int
    width: int | None = None
    height: int | None = None
    thumb: Path | None = None
    thumb_hash: str | None = None

    @property
    def blobs(self) -> dict[str, Path]:
        """What goes into the store."""
        small = {self.thumb_hash: self.thumb} if self.thumb_hash and self.thumb else {}
        return {self.hash: self.path, **small}


def examine(path: Path, name: str, claimed_type: str) -> Examined:
    """Look at a whole upload.

    Raises:
        Problem: bad_picture, picture_too_large, rate_limited.
    """
    with path.open("rb") as file:
        media_type = sniff(file.read(HEAD_BYTES), claimed_type)
    if media_type not in PICTURES:
        return Examined(path, hash_file(path), name, media_type, path.stat().st_size)
    picture, thumb = path.with_name(f"{path.name}.picture"), path.with_name(f"{path.name}.thumb")
    made = encode_anew(path, picture)
    thumb.write_bytes(made.thumb)
    return Examined(
        path=picture,
        hash=hash_file(picture),
        name=rename(name, made.suffix) if made.suffix else name,
        media_type=made.media_type,
        size=picture.stat().st_size,
        width=made.width,
        height=made.height,
        thumb=thumb,
        thumb_hash=hash_file(thumb),
    )


def hash_file(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb", buffering=0) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def put_and_note(store: FileStore, blobs: dict[str, Path], note: Callable[[], None]) -> None:
    """Put bytes into the store, and write the row that speaks of them.

    A sweep that finds bytes without a row deletes them. So while the row is written they are claimed, and whether they
    are still there is asked under the claim.

    Args:
        note: Writes the row in a transaction, in which it gives the claims back (`drop_claims`).

    Raises:
        Problem: store_unavailable, when others hold the same bytes for too long.
    """
    for blob, source in blobs.items():
        store.put(blob, source)
    with claimed(blobs):
        for blob, source in blobs.items():
            if not store.exists(blob):
                store.put(blob, source)
        note()


@contextmanager
def claimed(blobs: Iterable[str]) -> Iterator[None]:
    """Have nobody else add or delete these bytes meanwhile.

    Raises:
        Problem: store_unavailable.
    """
    wanted = sorted(blobs)
    end_s = time.monotonic() + _WAIT_S
    while not claim_blobs(wanted, at_ms=now_ms()):
        if time.monotonic() > end_s:
            raise Problem("store_unavailable", wait_s=1)
        time.sleep(_LOOK_S)  # another request, or the sweep, holds them for a few milliseconds
    try:
        yield
    finally:
        drop_claims(wanted)
