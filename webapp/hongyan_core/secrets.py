"""Secrets are made at the first start and live in one file of the data folder, readable by its owner only."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

KEY_FILE = "secret.key"


def load_secret_key(data_dir: Path) -> tuple[bytes, bool]:
    """Read the 32 random bytes of this installation; make the folder and the bytes where there are none.

    Returns:
        The bytes, and whether they were made just now.

    Raises:
        OSError: The folder cannot be written or the file cannot be read.
        ValueError: The file does not hold 32 bytes in hex.
    """
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = data_dir / KEY_FILE
    created = False
    with contextlib.suppress(FileExistsError):
        _create(path)
        created = True
    key = bytes.fromhex(path.read_text().strip())
    if len(key) != 32:
        raise ValueError(f"{path} must hold 32 bytes in hex")
    return key, created


def _create(path: Path) -> None:
    """Write a new key so that two first starts at once agree on one: the whole file appears under its name, or none."""
    if path.exists():
        raise FileExistsError(path)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    finally:
        draft.unlink()
