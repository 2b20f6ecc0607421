"""Look for the bytes of a word in every file of a folder."""

from __future__ import annotations

from pathlib import Path


def files_with(folder: Path, word: str) -> list[str]:
    """The files that hold the word, whatever they are; as it is and as JSON, UTF-8 and UTF-16 write it."""
    forms = {word.encode(), word.encode("unicode_escape"), word.encode("utf-16-le"), word.encode("utf-16-be")}
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [str(path.relative_to(folder)) for path in files if any(form in _read(path) for form in forms)]


def _read(path: Path) -> bytes:
    """Nothing, of a file that a running server has just done away with."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
