"""`/me` changed, faces, and the profile card of somebody else. User names do not change: there is no such field."""

from __future__ import annotations

from typing import Any, Final

from apiflask import APIBlueprint, FileSchema
from flask import Response, make_response, request
from marshmallow import fields
from marshmallow.validate import OneOf, Range

from hongyan_core.actions.profile import change_picture, change_profile
from hongyan_core.fields import MINUTES_A_DAY
from hongyan_core.problems import Problem
from hongyan_core.store.models import Account
from hongyan_core.store.people import Relation
from hongyan_core.store.pictures import find_picture
from hongyan_core.store.profiles import ProfileCard, find_shown_picture, show_profile
from hongyan_core.texts import LANGUAGES
from hongyan_web import signin
from hongyan_web.accounts import show_to_browser
from hongyan_web.context import now_ms
from hongyan_web.security import read_image
from hongyan_web.shapes import Answer, Body, Me, Nothing, Person, PictureVersion, Presence, Text, picture_version
from hongyan_web.signin import me

_KEPT_S: Final = 7 * 86_400
PICTURE: Final = FileSchema(type="string", format="binary")
UNCHANGED: Final = {304: "The picture that the caller has is the present one"}

profile = APIBlueprint("profile", __name__, tag="Profile")


class ProfileChange(Body):
    """What is to change; what is left out stays. `about` has up to 200 characters, `time_zone` is an IANA name."""

    display_name = Text()
    about = Text()
    language = fields.String(validate=OneOf(LANGUAGES))
    time_zone = Text()
    hidden = fields.Boolean(truthy={True}, falsy={False})
    read_receipts = fields.Boolean(truthy={True}, falsy={False})
    push_words = fields.Boolean(truthy={True}, falsy={False})
    quiet_from = fields.Integer(allow_none=True, strict=True, validate=Range(0, MINUTES_A_DAY - 1))
    quiet_to = fields.Integer(allow_none=True, strict=True, validate=Range(0, MINUTES_A_DAY - 1))


class PictureAnswer(Answer):
    """Which picture there is now."""

    picture = PictureVersion()


class PictureQuery(Body):
    """With the version that `picture` says, the answer may be kept for a week."""

    v = Text(max_chars=64)


class Card(Person):
    """Somebody; `remark`, `labels` and `starred` are the caller's own notes of a friend."""

    about = fields.String(required=True)
    picture = PictureVersion()
    kind = fields.String(required=True, metadata={"description": "person, bot or device"})
    owner = fields.String(required=True, allow_none=True, metadata={"description": "Of a bot or device."})
    relation = fields.String(required=True, validate=OneOf(list(Relation)))
    deleted = fields.Boolean(required=True)
    remark = fields.String(required=True)
    labels = fields.List(fields.String(), required=True)
    starred = fields.Boolean(required=True)
    presence = fields.Nested(Presence, required=True)


@profile.patch("/me")
@profile.input(ProfileChange)
@profile.output(Me)
def change(json_data: dict[str, Any]) -> Account | dict[str, Any]:
    """Change what others see of the caller, or how the caller is spoken to."""
    caller = signin.caller()
    change_profile(caller.account, json_data, at_ms=now_ms())
    return show_to_browser(caller.account) if caller.by_cookie else caller.account


@profile.put("/me/picture")
@profile.output(PictureAnswer)
def set_picture() -> Account:
    """Show another face: PNG, JPEG, WebP or GIF, up to 5 MB. Its middle is kept, as a square, without its metadata."""
    change_picture(me(), read_image(), at_ms=now_ms())
    return me()


@profile.delete("/me/picture")
@profile.output(Nothing, 204)
def remove_picture() -> str:
    """Show no face any longer. Again is the same."""
    change_picture(me(), None, at_ms=now_ms())
    return ""


@profile.get("/people/<name>")
@profile.output(Card)
def show_card(name: str) -> ProfileCard:
    """Somebody's profile, as the caller may see it. Hidden people are shown to those who know them already."""
    return show_profile(me(), name, at_ms=now_ms())


@profile.get("/people/<name>/picture")
@profile.input(PictureQuery, location="query")
@profile.output(PICTURE, content_type="image/webp")
@profile.doc(responses=UNCHANGED)
def show_picture(name: str, query_data: dict[str, str]) -> Response:
    """Somebody's face: a WebP of 256 x 256."""
    return send_picture(find_shown_picture(me(), name, at_ms=now_ms()), query_data.get("v"))


def send_picture(picture_hash: str | None, wanted: str | None) -> Response:
    """The answer with a picture, or that the caller has it already.

    Args:
        wanted: The version that the caller asked for, which may be kept when it is the present one.

    Raises:
        Problem: no_picture.
    """
    image = find_picture(picture_hash)
    if image is None or picture_hash is None:
        raise Problem("no_picture")
    version = picture_version(picture_hash)
    response = make_response(image)
    response.mimetype = "image/webp"
    response.headers["Cache-Control"] = f"private, max-age={_KEPT_S}" if wanted == version else "private, no-cache"
    response.set_etag(version)
    response.make_conditional(request)
    return response
