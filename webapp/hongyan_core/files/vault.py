"""All that a process must know to take files in and give them out: made once from the settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hongyan_core.files.store import DiskStore, FileStore
from hongyan_core.settings import Settings

S3: Final = "s3://"


@dataclass(frozen=True, slots=True)
class Vault:
    """Where the bytes are, and how many of them one may bring."""

    store: FileStore
    uploads: Path  # the folder of those on their way
    max_file_bytes: int
    quota_bytes: int  # of an account that has none of its own


def open_vault(settings: Settings) -> Vault:
    """The vault of these settings; nothing is made and nobody is asked before the first file."""
    return Vault(
        _open_store(settings), settings.data_dir / "uploads", settings.max_file_bytes, settings.file_quota_bytes
    )


def _open_store(settings: Settings) -> FileStore:
    if settings.file_store.startswith(S3):
        from hongyan_core.files.s3 import S3Store

        return S3Store(settings.file_store)
    return DiskStore(settings.data_dir / "files")
