"""One conversation as a file: JSON, or one page of HTML that needs nothing else; with its files a zip archive.

    conversation.json | conversation.html
    files/{id}-{name}                        what its messages hold

It reads page by page while it is sent, and holds what the account can read, in the order of seq.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from hongyan.topics import ConversationKey, ConversationKind
from hongyan_core.conversation_page import PageMaker
from hongyan_core.store.history import Page, Place, has_files, load_sight, read_page
from hongyan_core.store.models import Account, ChatGroup
from hongyan_core.store.people import find_account
from hongyan_core.store.sets import read_wanted
from hongyan_core.zipping import pack_files

Form = Literal["json", "html"]
_PAGE: Final = 200  # messages
# The bytes of a file by its id, in pieces; None: it is not there, or not for this account to read.
FileReader = Callable[[str], Iterable[bytes] | None]


@dataclass(frozen=True, slots=True)
class Exported:
    """What comes: the name for it, and its pieces.

    The pieces are read as they go: the caller keeps the thread's connection to the database until the last one.
    """

    file_name: str
    pieces: Iterator[bytes]


def export_conversation(
    account: Account, key: ConversationKey, form: Form, *, at_ms: int, files: FileReader | None = None
) -> Exported:
    """Make it.

    Args:
        files: Reads what messages hold; None: their names alone are in it.

    Raises:
        Problem: unknown_conversation.
    """
    sight = load_sight(account, key)
    stem = f"hongyan-{key.kind.value}-{key.name}"
    text = _Export(account, key, form, at_ms, files is not None)
    if files is None or not has_files(sight):
        return Exported(f"{stem}.{form}", text.make())
    return Exported(f"{stem}.zip", pack_files(text.make_all(files), at_ms=at_ms))


def name_file(file: dict[str, Any]) -> str:
    """Its place in the archive. Names were cleaned when the file came; here nothing of a path is let through anyway."""
    name = str(file["name"]).replace("/", "_").replace("\\", "_").strip(". ") or "file"
    return f"files/{file['id']}-{name}"


def list_held(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The files of a message, those inside of what it forwards too."""
    single = (message.get(name) for name in ("file", "poster"))
    for file in (*message.get("files", ()), *single):
        if isinstance(file, dict) and "id" in file and "name" in file:
            yield file
    for item in message.get("items", ()):
        yield from list_held(item)


class _Export:
    """One export on its way."""

    def __init__(self, account: Account, key: ConversationKey, form: Form, at_ms: int, linked: bool) -> None:
        self._account, self._key, self._form, self._at_ms = account, key, form, at_ms
        self._linked = linked
        self._held: dict[str, dict[str, Any]] = {}  # what messages hold, by id: 200 bytes a file

    def make_all(self, read_file: FileReader) -> Iterator[tuple[str, Iterable[bytes]]]:
        """The text first, then the files that it names."""
        yield f"conversation.{self._form}", self.make()
        for file_id, file in self._held.items():
            pieces = read_file(file_id)
            if pieces is not None:
                yield name_file(file), pieces

    def make(self) -> Iterator[bytes]:
        """The text in pieces."""
        return self._make_json() if self._form == "json" else self._make_html()

    def _pages(self) -> Iterator[Page]:
        after = 0
        while (page := read_page(self._account, self._key, Place(after=after), _PAGE)).messages:
            if self._linked:
                self._held |= {file["id"]: file for message in page.messages for file in list_held(message)}
            yield page
            after = page.messages[-1]["seq"]

    def _make_json(self) -> Iterator[bytes]:
        head = {"key": str(self._key), "title": _find_title(self._key), "exported_at": self._at_ms}
        yield (_encode(head)[:-1] + ', "messages": [').encode()
        comma = "\n"
        for page in self._pages():
            for message in page.messages:
                marks = page.marks.get(str(message["seq"]))
                whole = message if marks is None else message | {"marks": marks}
                yield (comma + _encode(whole)).encode()
                comma = ",\n"
        yield b"\n]}\n"

    def _make_html(self) -> Iterator[bytes]:
        link = name_file if self._linked else None
        maker = PageMaker(self._account.language, self._account.time_zone, link)
        yield maker.begin(_find_title(self._key), self._at_ms).encode()
        names: dict[str, str] = {}
        for page in self._pages():
            names |= _find_names({message["from"] for message in page.messages} - names.keys())
            yield "".join(maker.show(m, page.marks.get(str(m["seq"]), {}), names) for m in page.messages).encode()
        yield maker.end().encode()


def _encode(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _find_title(key: ConversationKey) -> str:
    if key.kind is ConversationKind.GROUP:
        return str(ChatGroup.get(ChatGroup.name == key.name).title)
    other = find_account(key.name)
    return key.name if other is None else other.display_name


def _find_names(names: set[str]) -> dict[str, str]:
    rows = read_wanted(
        "name text",
        [(name,) for name in sorted(names)],
        "SELECT a.name, a.display_name FROM wanted CROSS JOIN account a WHERE a.name = wanted.name",
    )
    return dict((name, shown) for name, shown in rows)  # noqa: C402  # rows are tuples of any length for mypy
