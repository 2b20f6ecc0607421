"""Telegram Desktop's "Export chat history" as JSON: `result.json`, alone or in a zip archive with its media beside.

Source: what Telegram Desktop writes (core.telegram.org/import-export, "Machine-readable JSON"). An export of the whole
account holds many chats; one is meant here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from hongyan_core.imports.archive import Archive
from hongyan_core.imports.found import BadArchive, Found, clean_body, clean_name, read_time_ms
from hongyan_core.imports.walking import find_list, walk_list

_RESULT: Final = "result.json"
_MEDIA: Final = ("photo", "file")
_MISSING: Final = "("  # "(File not included. Change data exporting settings to download.)"


def count_messages(archive: Archive) -> int:
    """How many messages there are, said or not.

    Raises:
        BadArchive: There is nothing of Telegram's in it.
    """
    _, _, length = find_list(_read_result(archive)[1], "messages")
    return length


def read_messages(archive: Archive) -> Iterator[Found | None]:
    """All messages in their order; None stands for one that nobody said."""
    folder, text = _read_result(archive)
    chat, begins, _ = find_list(text, "messages")
    channel = str(chat.get("id"))
    for entry in walk_list(text, begins):
        yield _read_entry(entry, channel, folder, archive)


def _read_result(archive: Archive) -> tuple[str, str]:
    """The folder of the result with a `/` at its end, and its text."""
    for name in sorted(archive.sizes, key=len):
        folder, _, last = name.rpartition("/")
        if last == _RESULT:
            return f"{folder}/" if folder else "", archive.read_text(name)
    raise BadArchive("no result.json in it")


def _read_entry(entry: Any, channel: str, folder: str, archive: Archive) -> Found | None:
    if not isinstance(entry, dict) or entry.get("type") != "message":
        return None
    file = _find_file(entry, folder, archive)
    lines = (_read_text(entry.get("text")), "" if file else _name_media(entry), _show_place(entry))
    body = clean_body("\n".join(filter(None, lines)))
    if not body and not file:
        return None
    key = (channel, str(entry.get("id")))
    return Found(key, clean_name(entry.get("from") or entry.get("from_id")), _read_time(entry), body, file)


def _read_time(entry: dict[str, Any]) -> int:
    if entry.get("date_unixtime"):
        return read_time_ms(entry["date_unixtime"])
    try:
        # Older versions say only what the clock on the wall showed, nobody knows where.
        return int(datetime.fromisoformat(str(entry.get("date"))).replace(tzinfo=UTC).timestamp() * 1_000)
    except (ValueError, OverflowError):
        raise BadArchive("a message without a time") from None


def _read_text(text: Any) -> str:
    """A text, or a list of texts and of parts that are formatted."""
    parts = text if isinstance(text, list) else [text]
    shown = (part.get("text") if isinstance(part, dict) else part for part in parts)
    return "".join(part for part in shown if isinstance(part, str))


def _find_file(entry: dict[str, Any], folder: str, archive: Archive) -> str:
    for name in _MEDIA:
        path = f"{folder}{entry.get(name)}"
        if isinstance(entry.get(name), str) and path in archive.sizes:
            return path
    return ""


def _name_media(entry: dict[str, Any]) -> str:
    """What it was, where the file did not come along."""
    if isinstance(sticker := entry.get("sticker_emoji"), str):
        return sticker
    for name in _MEDIA:
        path = entry.get(name)
        if isinstance(path, str):
            known = entry.get("file_name") or ("" if path.startswith(_MISSING) else path.rpartition("/")[2])
            return f"📎 {clean_name(known or entry.get('media_type') or name)}"
    return ""


def _show_place(entry: dict[str, Any]) -> str:
    place = entry.get("location_information")
    return f"📍 {place.get('latitude')}, {place.get('longitude')}" if isinstance(place, dict) else ""
