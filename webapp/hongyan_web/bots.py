"""`/bots`: bots and devices of the caller, which have a token and no password."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields
from marshmallow.validate import OneOf

from hongyan_core.actions import bots as actions
from hongyan_core.actions.credentials import mqtt_secret
from hongyan_core.store.bots import OwnedBot, list_bots, show_bot
from hongyan_core.store.models import Account
from hongyan_web import context
from hongyan_web.context import now_ms
from hongyan_web.profile import PictureAnswer
from hongyan_web.security import read_image
from hongyan_web.shapes import Answer, Body, Nothing, Person, PictureVersion, Text, time_of
from hongyan_web.signin import me

bots = APIBlueprint("bots", __name__, tag="Bots")


class NewBot(Body):
    """A bot answers, a device reports; both are contacts. Without a scope it writes to all its friends and groups."""

    username = Text(required=True)
    display_name = Text(required=True)
    kind = fields.String(required=True, validate=OneOf(actions.KINDS))
    scope = fields.List(Text(), allow_none=True, metadata={"description": "Such as user/ann, group/lab."})


class BotChange(Body):
    """What is to change; what is left out stays. A scope of null lifts the bounds."""

    display_name = Text()
    about = Text()
    scope = fields.List(Text(), allow_none=True)


class Bot(Person):
    """A bot or device of the caller; `last_seen` is null before it was ever there."""

    about = fields.String(required=True)
    kind = fields.String(required=True)
    owner = fields.String(required=True)
    picture = PictureVersion()
    scope = fields.List(fields.String(), required=True, allow_none=True)
    disabled = fields.Boolean(required=True)
    created_at = time_of("created_at_ms")
    state = fields.String(required=True, metadata={"description": "online, away, busy, invisible or offline"})
    last_seen = time_of("last_seen_ms", allow_none=True)


class Bots(Answer):
    """All bots and devices of the caller, at most 50."""

    bots = fields.List(fields.Nested(Bot), required=True)


class ChangedBot(Bot):
    """A bot as it is now. A class of its own: the description takes one that is listed elsewhere for another."""


class BotWithSecrets(Bot):
    """The only answer that shows the secrets; `mqtt_password` is for devices that speak MQTT and no HTTP."""

    token = fields.String(required=True)
    mqtt_password = fields.String(required=True)


@bots.post("/bots")
@bots.input(NewBot)
@bots.output(BotWithSecrets, 201)
def create(json_data: dict[str, Any]) -> dict[str, Any]:
    """Make a bot or device; it is a friend of the caller at once, and its token is shown this once."""
    username, display_name, kind = (json_data[name] for name in ("username", "display_name", "kind"))
    made = actions.create_bot(me(), username, display_name, kind, json_data.get("scope"), at_ms=now_ms())
    return _show_with_secrets(*made)


@bots.patch("/bots/<name>")
@bots.input(BotChange)
@bots.output(ChangedBot)
def change(name: str, json_data: dict[str, Any]) -> OwnedBot:
    """Change how a bot is shown, and where it may write."""
    return show_bot(me(), actions.change_bot(me(), name, json_data, at_ms=now_ms()))


@bots.get("/bots")
@bots.output(Bots)
def show_bots() -> dict[str, Any]:
    """The caller's bots and devices, by name."""
    return {"bots": list_bots(me())}


@bots.post("/bots/<name>/token")
@bots.output(BotWithSecrets)
def renew_token(name: str) -> dict[str, Any]:
    """Give a bot new secrets; the old ones and their live connections end at once."""
    return _show_with_secrets(*actions.renew_token(me(), name, at_ms=now_ms()))


@bots.put("/bots/<name>/picture")
@bots.output(PictureAnswer)
def set_picture(name: str) -> Account:
    """Give a bot a face: see `PUT /me/picture`."""
    return actions.change_bot_picture(me(), name, read_image(), at_ms=now_ms())


@bots.delete("/bots/<name>/picture")
@bots.output(Nothing, 204)
def remove_picture(name: str) -> str:
    """Take a bot's face away. Again is the same."""
    actions.change_bot_picture(me(), name, None, at_ms=now_ms())
    return ""


@bots.delete("/bots/<name>")
@bots.output(Nothing, 204)
def delete(name: str) -> str:
    """Delete a bot: its token ends, it leaves its groups, and its name is never given out again."""
    actions.delete_bot(me(), name, at_ms=now_ms())
    return ""


def _show_with_secrets(bot: Account, secret: str) -> dict[str, Any]:
    shown = show_bot(me(), bot)
    embedded = context.is_embedded()
    password = secret if embedded else mqtt_secret(bot, context.settings().secret_key)
    return {**{name: getattr(shown, name) for name in shown.__slots__}, "token": secret, "mqtt_password": password}
