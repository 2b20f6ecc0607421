from __future__ import annotations

from dataclasses import dataclass

import peewee
import pytest

from hongyan_core.actions import stickers
from hongyan_core.actions.audit import Actor
from hongyan_core.actions.deletion import delete_myself
from hongyan_core.actions.stickers import delete_pack, delete_sticker, drop_pack, make_pack, put_sticker, save_pack
from hongyan_core.problems import Problem
from hongyan_core.store.models import Account, SavedPack, Sticker, StickerPack, StoredFile
from hongyan_core.store.sets import read
from hongyan_core.store.stickers import ShownPack, ShownSticker, find_pack, list_packs, show_pack
from tests.support.cast import make_account
from tests.support.recorded import recorded

PICTURE, OTHER, SONG, BOBS = "p" * 22, "q" * 22, "s" * 22, "b" * 22


@dataclass(frozen=True)
class Cast:
    ann: Account
    bob: Account


@pytest.fixture
def cast(database: peewee.Database) -> Cast:
    """Ann has two pictures and a song, and a pack with one sticker; bob has a picture."""
    cast = Cast(make_account("ann"), make_account("bob"))
    for account, file_id, media_type in (
        (cast.ann, PICTURE, "image/webp"),
        (cast.ann, OTHER, "image/png"),
        (cast.ann, SONG, "audio/ogg"),
        (cast.bob, BOBS, "image/webp"),
    ):
        StoredFile.insert(
            id=file_id, account=account, hash="0" * 64, name="x", media_type=media_type, size=1, created_at_ms=1
        ).execute()
    make_pack(cast.ann, "geese", "大雁", at_ms=1)
    put_sticker(cast.ann, "geese", "hello", file_id=PICTURE, emoji="👋")
    return cast


def names(account: Account) -> list[tuple[str, bool]]:
    return [(pack.name, pack.saved) for pack in list_packs(account)]


def test_everybody_sees_a_pack_and_its_owner_has_it_in_the_picker(cast: Cast) -> None:
    geese = ShownPack("geese", "大雁", "ann", False, [ShownSticker("hello", "👋", PICTURE)])
    assert list_packs(cast.ann) == [geese]
    assert list_packs(cast.bob) == []
    pack = find_pack("geese")
    assert pack is not None
    assert show_pack(cast.bob, pack) == geese
    assert find_pack("swans") is None


def test_a_saved_pack_is_in_the_picker_once(cast: Cast) -> None:
    save_pack(cast.bob, "geese", at_ms=2)
    save_pack(cast.bob, "geese", at_ms=3)
    assert names(cast.bob) == [("geese", True)]
    drop_pack(cast.bob, "geese")
    drop_pack(cast.bob, "geese")
    assert names(cast.bob) == []


def test_ones_own_packs_come_first_and_the_newest_of_each_before_the_others(cast: Cast) -> None:
    for at_ms, name in enumerate(("ducks", "swans"), 2):
        make_pack(cast.bob, name, name, at_ms=at_ms)
        save_pack(cast.ann, name, at_ms=at_ms)
    make_pack(cast.ann, "cranes", "Cranes", at_ms=9)
    save_pack(cast.ann, "geese", at_ms=9)
    assert names(cast.ann) == [("cranes", False), ("geese", True), ("swans", True), ("ducks", True)]


def test_stickers_stand_in_the_order_of_coming_and_may_get_another_picture(cast: Cast) -> None:
    put_sticker(cast.ann, "geese", "bye", file_id=PICTURE, emoji="")
    put_sticker(cast.ann, "geese", "hello", file_id=OTHER, emoji="🪿")
    (geese,) = list_packs(cast.ann)
    assert geese.stickers == [ShownSticker("hello", "🪿", OTHER), ShownSticker("bye", "", PICTURE)]
    delete_sticker(cast.ann, "geese", "hello")
    put_sticker(cast.ann, "geese", "hello", file_id=PICTURE, emoji="")
    assert [sticker.name for sticker in list_packs(cast.ann)[0].stickers] == ["bye", "hello"]


def test_a_deleted_pack_is_gone_for_all_with_its_stickers(cast: Cast) -> None:
    save_pack(cast.bob, "geese", at_ms=2)
    delete_pack(cast.ann, "geese")
    assert [table.select().count() for table in (StickerPack, Sticker, SavedPack)] == [0, 0, 0]


def test_with_an_account_its_packs_go_and_what_it_had_kept(cast: Cast) -> None:
    make_pack(cast.bob, "ducks", "Ducks", at_ms=1)
    save_pack(cast.ann, "ducks", at_ms=1)
    save_pack(cast.bob, "geese", at_ms=1)
    delete_myself(Actor(cast.ann, in_person=True), at_ms=2)
    assert [pack.name for pack in StickerPack.select()] == ["ducks"]
    assert (Sticker.select().count(), SavedPack.select().count()) == (0, 0)


REFUSED = [
    ("a pack of a word that is kept", lambda c: make_pack(c.ann, "admin", "x", at_ms=1), "reserved_name", "name"),
    ("a pack of no name", lambda c: make_pack(c.ann, "Geese!", "x", at_ms=1), "malformed_name", "name"),
    ("a pack without a title", lambda c: make_pack(c.ann, "swans", " ", at_ms=1), "malformed_display_name", "title"),
    ("a pack of a name that is taken", lambda c: make_pack(c.bob, "geese", "x", at_ms=1), "name_taken", "name"),
    ("another's pack deleted", lambda c: delete_pack(c.bob, "geese"), "not_your_pack", None),
    ("no pack deleted", lambda c: delete_pack(c.ann, "swans"), "unknown_pack", None),
    ("a sticker in another's pack", lambda c: put(c.bob, "geese", "x", BOBS), "not_your_pack", None),
    ("a sticker in no pack", lambda c: put(c.ann, "swans", "x", PICTURE), "unknown_pack", None),
    ("a sticker of another's picture", lambda c: put(c.ann, "geese", "x", BOBS), "unknown_file", "file"),
    ("a sticker of no picture", lambda c: put(c.ann, "geese", "x", "z" * 22), "unknown_file", "file"),
    ("a sticker of a song", lambda c: put(c.ann, "geese", "x", SONG), "bad_picture", "file"),
    ("a sticker of no name", lambda c: put(c.ann, "geese", "a b", PICTURE), "malformed_name", "name"),
    (
        "a sticker that says too much",
        lambda c: put(c.ann, "geese", "xy", PICTURE, "x" * 33),
        "malformed_field",
        "emoji",
    ),
    ("another's sticker deleted", lambda c: delete_sticker(c.bob, "geese", "hello"), "not_your_pack", None),
    ("no sticker deleted", lambda c: delete_sticker(c.ann, "geese", "bye"), "unknown_sticker", None),
    ("no pack saved", lambda c: save_pack(c.ann, "swans", at_ms=1), "unknown_pack", None),
    ("no pack dropped", lambda c: drop_pack(c.ann, "swans"), "unknown_pack", None),
]


def put(account: Account, pack: str, name: str, file_id: str, emoji: str = "") -> None:
    put_sticker(account, pack, name if len(name) > 1 else name * 2, file_id=file_id, emoji=emoji)


@pytest.mark.parametrize(("do", "code", "field"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_is_refused(cast: Cast, do: object, code: str, field: str | None) -> None:
    assert callable(do)
    with pytest.raises(Problem) as refused:
        do(cast)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert (StickerPack.select().count(), Sticker.select().count()) == (1, 1)


def test_nobody_has_more_than_there_is_room_for(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stickers, "MAX_PACKS", 2)
    monkeypatch.setattr(stickers, "MAX_STICKERS", 1)
    monkeypatch.setattr(stickers, "MAX_SAVED", 0)
    make_pack(cast.ann, "swans", "Swans", at_ms=1)
    put_sticker(cast.ann, "geese", "hello", file_id=OTHER, emoji="")  # another picture needs no more room
    for do in (
        lambda: make_pack(cast.ann, "ducks", "Ducks", at_ms=1),
        lambda: put_sticker(cast.ann, "geese", "bye", file_id=OTHER, emoji=""),
        lambda: save_pack(cast.bob, "geese", at_ms=1),
    ):
        with pytest.raises(Problem) as refused:
            do()
        assert refused.value.code == "too_many"


def test_a_picker_is_read_by_as_many_statements_whatever_is_in_it(database: peewee.Database, cast: Cast) -> None:
    def count() -> int:
        with recorded(database) as statements:
            list_packs(cast.ann)
        return len(statements)

    few = count()
    for number in range(10):
        make_pack(cast.ann, f"pack-{number}", "x", at_ms=number)
        for sticker in range(5):
            put_sticker(cast.ann, f"pack-{number}", f"s-{sticker}", file_id=PICTURE, emoji="")
    assert count() == few
    assert read("SELECT COUNT(*) FROM sticker") == [(51,)]
