"""`/stickers`: packs of stickers, and which of them the caller has in the picker."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields

from hongyan_core.actions.stickers import delete_pack, delete_sticker, drop_pack, make_pack, put_sticker, save_pack
from hongyan_core.problems import Problem
from hongyan_core.store.stickers import ShownPack, find_pack, list_packs, show_pack
from hongyan_web.context import now_ms
from hongyan_web.shapes import Answer, Body, Nothing, Text
from hongyan_web.signin import me

stickers = APIBlueprint("stickers", __name__, tag="Stickers")


class NewPack(Body):
    """A pack: its name as an account's is written, and 1 to 64 characters that people read."""

    name = Text(required=True)
    title = Text(required=True)


class StickerPicture(Body):
    """A picture that the caller has uploaded, and the emoji that says the same; up to 32 characters."""

    file = Text(required=True)
    emoji = Text(load_default="")


class StickerAnswer(Answer):
    """One of a pack; `file` is the id of its picture, which everybody who is signed in may read."""

    name = fields.String(required=True)
    emoji = fields.String(required=True)
    file = fields.String(required=True)


class PackAnswer(Answer):
    """A pack; `saved`: in the caller's picker. One's own are there without it."""

    name = fields.String(required=True)
    title = fields.String(required=True)
    owner = fields.String(required=True)
    saved = fields.Boolean(required=True)
    stickers = fields.List(fields.Nested(StickerAnswer), required=True)


class Packs(Answer):
    """The caller's own packs, then the saved ones, the newest first."""

    packs = fields.List(fields.Nested(PackAnswer), required=True)


@stickers.post("/stickers")
@stickers.input(NewPack)
@stickers.output(PackAnswer, 201)
def make(json_data: dict[str, str]) -> ShownPack:
    """Make a pack, without stickers yet."""
    return show_pack(me(), make_pack(me(), json_data["name"], json_data["title"], at_ms=now_ms()))


@stickers.get("/stickers")
@stickers.output(Packs)
def show() -> dict[str, Any]:
    """The packs of the caller's picker, with their stickers."""
    return {"packs": list_packs(me())}


@stickers.get("/stickers/<pack>")
@stickers.output(PackAnswer)
def show_one(pack: str) -> ShownPack:
    """A pack of anybody's."""
    found = find_pack(pack)
    if found is None:
        raise Problem("unknown_pack")
    return show_pack(me(), found)


@stickers.delete("/stickers/<pack>")
@stickers.output(Nothing, 204)
def remove(pack: str) -> str:
    """Delete a pack of one's own; what was sent of it stays."""
    delete_pack(me(), pack)
    return ""


@stickers.put("/stickers/<pack>/<name>")
@stickers.input(StickerPicture)
@stickers.output(Nothing, 204)
def put(pack: str, name: str, json_data: dict[str, str]) -> str:
    """Add a sticker to a pack of one's own, or give it another picture."""
    put_sticker(me(), pack, name, file_id=json_data["file"], emoji=json_data["emoji"])
    return ""


@stickers.delete("/stickers/<pack>/<name>")
@stickers.output(Nothing, 204)
def remove_one(pack: str, name: str) -> str:
    """Take a sticker out of a pack of one's own."""
    delete_sticker(me(), pack, name)
    return ""


@stickers.put("/me/stickers/<pack>")
@stickers.output(Nothing, 204)
def save(pack: str) -> str:
    """Put a pack into the picker. Again is the same."""
    save_pack(me(), pack, at_ms=now_ms())
    return ""


@stickers.delete("/me/stickers/<pack>")
@stickers.output(Nothing, 204)
def drop(pack: str) -> str:
    """Take a pack out of the picker. Again is the same."""
    drop_pack(me(), pack)
    return ""
