"""All that is somebody's own, as one zip archive that is made while it is read: a page of it is in memory at a time.

    account.json                    the account, its devices, passkeys, identities, bots
    contacts.json                   friends with remarks and labels, requests, blocks, muted and pinned conversations
    groups.json                     groups of today and of the past
    unsent.json                     what was begun to write, and messages for later
    stickers.json                   packs of stickers that the account has made or saved
    conversations/user/bob.jsonl    every message that the account can read: an envelope a line, by seq
    pictures/picture.webp           the account's own picture
    files/Xf3.../notes.pdf          every file that the account keeps, under its id

No secret is in it, nor the hash of one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final

from hongyan.topics import ConversationKey
from hongyan_core.files.store import BlobMissing, FileStore
from hongyan_core.store.export import (
    list_keys,
    read_account,
    read_contacts,
    read_groups,
    read_picture,
    read_stickers,
    read_unsent,
)
from hongyan_core.store.files import FileEntry, list_own_files
from hongyan_core.store.history import read_history
from hongyan_core.store.models import Account
from hongyan_core.zipping import pack_files

_PAGE: Final = 200  # messages


def export_account(account: Account, store: FileStore, *, at_ms: int) -> Iterator[bytes]:
    """The archive in pieces, of a few hundred kilobytes at most.

    It reads as it goes: the caller keeps the thread's connection to the database until the last piece.
    """
    return pack_files(_list_files(account, store), at_ms=at_ms)


def _list_files(account: Account, store: FileStore) -> Iterator[tuple[str, Iterable[bytes]]]:
    yield "account.json", [_encode(read_account(account))]
    yield "contacts.json", [_encode(read_contacts(account))]
    yield "groups.json", [_encode(read_groups(account))]
    yield "unsent.json", [_encode(read_unsent(account))]
    yield "stickers.json", [_encode(read_stickers(account))]
    if (picture := read_picture(account)) is not None:
        yield "pictures/picture.webp", [picture]
    for key in list_keys(account):
        yield f"conversations/{key}.jsonl", _read_pages(account, key)
    for file in _list_uploaded(account):
        with suppress(BlobMissing):  # the sweep tells the operator
            yield f"files/{file.id}/{file.name}", store.read(file.hash, 0, file.size)


def _list_uploaded(account: Account) -> Iterator[FileEntry]:
    after = ""
    while page := list_own_files(account.id, after, _PAGE):
        yield from page
        after = page[-1].id


def _encode(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode()


def _read_pages(account: Account, key: ConversationKey) -> Iterator[bytes]:
    after = 0
    while True:
        page = read_history(account, key, after=after, before=None, limit=_PAGE)
        if not page.messages:
            return
        yield "".join(f"{message}\n" for message in page.messages).encode()
        after = json.loads(page.messages[-1])["seq"]
