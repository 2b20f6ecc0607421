"""Packs of stickers, as the picker shows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from hongyan_core.store.database import read_rows
from hongyan_core.store.models import Account, SavedPack, Sticker, StickerPack
from hongyan_core.store.sets import Row, read


@dataclass(frozen=True, slots=True)
class ShownSticker:
    """One of a pack; `file` is a file's id."""

    name: str
    emoji: str
    file: str


@dataclass(frozen=True, slots=True)
class ShownPack:
    """A pack as one account sees it."""

    name: str
    title: str
    owner: str
    saved: bool  # in the account's picker without being its own
    stickers: list[ShownSticker] = field(default_factory=list)


_COLUMNS = """
    SELECT pack.id, pack.name, pack.title, owner.name, saved.account_id IS NOT NULL
    FROM sticker_pack AS pack JOIN account AS owner ON owner.id = pack.account_id
    LEFT JOIN saved_pack AS saved ON saved.pack_id = pack.id AND saved.account_id = ?
"""


def list_packs(account: Account) -> list[ShownPack]:
    """What `account` has in its picker: its own packs, then those that it has saved, the newest first."""
    own = read(f"{_COLUMNS} WHERE pack.account_id = ? ORDER BY pack.id DESC", account.id, account.id)
    saved = read(
        f"{_COLUMNS} WHERE saved.account_id = ? AND pack.account_id <> ? ORDER BY saved.at_ms DESC, pack.id DESC",
        account.id,
        account.id,
        account.id,
    )
    return _with_stickers([*own, *saved])


def find_pack(name: str) -> StickerPack | None:
    """The pack of this name."""
    found: StickerPack | None = StickerPack.get_or_none(StickerPack.name == name)
    return found


def show_pack(account: Account, pack: StickerPack) -> ShownPack:
    """A pack as `account` sees it."""
    (shown,) = _with_stickers(read(f"{_COLUMNS} WHERE pack.id = ?", account.id, pack.id))
    return shown


def _with_stickers(rows: Iterable[Row]) -> list[ShownPack]:
    packs = list(rows)
    stickers: defaultdict[int, list[ShownSticker]] = defaultdict(list)
    found = (
        Sticker.select(Sticker.pack, Sticker.name, Sticker.emoji, Sticker.file_id)
        .where(Sticker.pack.in_([pack_id for pack_id, *_ in packs]))
        .order_by(Sticker.pack, Sticker.place)
    )
    for pack_id, *shown in read_rows(found):
        stickers[pack_id].append(ShownSticker(*shown))
    return [
        ShownPack(name, title, owner, bool(saved), stickers[pack_id]) for pack_id, name, title, owner, saved in packs
    ]


def count_packs(account: Account) -> int:
    """How many packs somebody has made."""
    return int(StickerPack.select().where(StickerPack.account == account).count())


def count_saved(account: Account) -> int:
    """How many packs somebody has saved."""
    return int(SavedPack.select().where(SavedPack.account == account).count())


def next_place(pack: StickerPack) -> tuple[int, int]:
    """How many stickers a pack has, and where the next one stands."""
    rows: Any = read("SELECT COUNT(*), COALESCE(MAX(place), -1) + 1 FROM sticker WHERE pack_id = ?", pack.id)
    ((count, place),) = rows
    return count, place
