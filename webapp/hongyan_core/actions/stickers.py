"""Packs of stickers: their owner makes them of pictures that were uploaded, everybody uses and keeps them."""

from __future__ import annotations

from typing import Final

from hongyan_core import rules
from hongyan_core.fields import parse_new_name, parse_sticker_emoji, parse_sticker_name, parse_title
from hongyan_core.problems import Problem
from hongyan_core.standing import StickerStanding
from hongyan_core.store.database import write_transaction
from hongyan_core.store.models import Account, SavedPack, Sticker, StickerPack, StoredFile
from hongyan_core.store.stickers import count_packs, count_saved, find_pack, next_place

MAX_PACKS: Final = 20  # of one account
MAX_SAVED: Final = 30
MAX_STICKERS: Final = 60  # of one pack


def make_pack(account: Account, name: str, title: str, *, at_ms: int) -> StickerPack:
    """Make an empty pack. Its name is unique, as those of people and groups are among themselves.

    Raises:
        Problem: malformed_name, reserved_name, malformed_display_name, name_taken, too_many.
    """
    kept, shown = parse_new_name(name, "name"), parse_title(title)
    with write_transaction():
        standing = StickerStanding(room_left=count_packs(account) < MAX_PACKS)
        if refusal := rules.MAKE_PACK.decide(standing):
            raise Problem(refusal, limit=MAX_PACKS)
        if find_pack(kept) is not None:
            raise Problem("name_taken", "name")
        pack: StickerPack = StickerPack.create(name=kept, title=shown, account=account, created_at_ms=at_ms)
        return pack


def delete_pack(account: Account, name: str) -> None:
    """Delete one's own pack; what was sent of it stays.

    Raises:
        Problem: unknown_pack, not_your_pack.
    """
    with write_transaction():
        _load_own(account, name).delete_instance()  # its stickers, and who has saved it, go with the row


def put_sticker(account: Account, pack_name: str, name: str, *, file_id: str, emoji: str) -> None:
    """Add a sticker to one's own pack, or give one of this name another picture.

    Args:
        file_id: A picture that the account has uploaded.
        emoji: What it says, for those who cannot see it; may be empty.

    Raises:
        Problem: unknown_pack, not_your_pack, malformed_name, malformed_field (emoji), unknown_file, bad_picture,
            too_many.
    """
    kept, said = parse_sticker_name(name), parse_sticker_emoji(emoji)
    with write_transaction():
        pack = _load_own(account, pack_name)
        count, place = next_place(pack)
        present = Sticker.get_or_none((Sticker.pack == pack) & (Sticker.name == kept))
        file = StoredFile.get_or_none((StoredFile.id == file_id) & (StoredFile.account == account))
        standing = StickerStanding(
            pack_known=True,
            own_pack=True,
            own_file=file is not None,
            picture=file is not None and file.media_type.startswith("image/"),
            room_left=present is not None or count < MAX_STICKERS,
        )
        if refusal := rules.PUT_STICKER.decide(standing):
            raise Problem(refusal, "file" if refusal != "too_many" else None, limit=MAX_STICKERS)
        place = place if present is None else present.place
        Sticker.insert(pack=pack, name=kept, emoji=said, file_id=file_id, place=place).on_conflict(
            conflict_target=[Sticker.pack, Sticker.name], update={Sticker.emoji: said, Sticker.file_id: file_id}
        ).execute()


def delete_sticker(account: Account, pack_name: str, name: str) -> None:
    """Take a sticker out of one's own pack.

    Raises:
        Problem: unknown_pack, not_your_pack, unknown_sticker.
    """
    with write_transaction():
        pack = _load_own(account, pack_name)
        if not Sticker.delete().where((Sticker.pack == pack) & (Sticker.name == name)).execute():
            raise Problem("unknown_sticker")


def save_pack(account: Account, name: str, *, at_ms: int) -> None:
    """Put a pack into the account's picker. Again is the same.

    Raises:
        Problem: unknown_pack, too_many.
    """
    with write_transaction():
        pack = find_pack(name)
        standing = StickerStanding(pack_known=pack is not None, room_left=count_saved(account) < MAX_SAVED)
        if refusal := rules.SAVE_PACK.decide(standing):
            raise Problem(refusal, limit=MAX_SAVED)
        SavedPack.insert(account=account, pack=pack, at_ms=at_ms).on_conflict_ignore().execute()


def drop_pack(account: Account, name: str) -> None:
    """Take a pack out of the account's picker. Again is the same.

    Raises:
        Problem: unknown_pack.
    """
    with write_transaction():
        pack = find_pack(name)
        if pack is None:
            raise Problem("unknown_pack")
        SavedPack.delete().where((SavedPack.account == account) & (SavedPack.pack == pack)).execute()


def _load_own(account: Account, name: str) -> StickerPack:
    pack = find_pack(name)
    own = pack is not None and pack.account_id == account.id
    refusal = rules.CHANGE_PACK.decide(StickerStanding(pack_known=pack is not None, own_pack=own))
    if refusal is not None or pack is None:
        raise Problem(refusal or "unknown_pack")
    return pack
