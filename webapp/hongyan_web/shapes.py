"""What bodies and answers look like: the bases of all schemas, and the shapes that several resources share."""

from __future__ import annotations

from typing import Any, Final

from apiflask import Schema
from marshmallow import RAISE, fields
from marshmallow.validate import Length

from hongyan_core.store.models import FOREVER_MS

MAX_TEXT_CHARS: Final = 256  # of any field of the API; actions know the narrower bounds

QUIET: Final = "No sound from then to then: minutes since midnight in `time_zone`; null: no quiet hours."
MUTED_UNTIL: Final = f"Null: not muted. {FOREVER_MS}: until it is taken back."


class Text(fields.String):
    """A string that every database can keep: no NUL, no lone surrogate, never longer than `MAX_TEXT_CHARS`."""

    def __init__(self, *, max_chars: int = MAX_TEXT_CHARS, **options: Any) -> None:
        super().__init__(validate=Length(max=max_chars), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **options)
        if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
            raise self.make_error("invalid")
        return text


class Body(Schema):
    """What a caller sends. Complaints are codes of the API, so that `errors` need not know their English texts."""

    class Meta:
        """Marshmallow's settings."""

        unknown = RAISE

    error_messages = {"unknown": "unknown_field", "type": "malformed_json"}  # noqa: RUF012  (marshmallow's own name)

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Turn the field's messages into codes."""
        del field_name
        field_obj.error_messages = dict.fromkeys(field_obj.error_messages, "malformed_field")
        field_obj.error_messages["required"] = "missing_field"


class Answer(Schema):
    """What we send: nothing but what is described."""

    class Meta:
        """Marshmallow's settings."""

        unknown = RAISE


class Nothing(Answer):
    """No fields."""


def time_of(attribute: str, **options: Any) -> fields.Integer:
    """Milliseconds since the epoch, UTC: the field `since` of the attribute `since_ms`."""
    return fields.Integer(required=True, attribute=attribute, **options)


class Person(Answer):
    """Somebody, as others see them."""

    username = fields.String(required=True)
    display_name = fields.String(required=True)


class PictureVersion(fields.String):
    """Which picture somebody has, null for none: a change of it says that the one that was fetched is old."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=True, allow_none=True, **options)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **options: Any) -> str | None:
        return None if value is None else picture_version(value)


def picture_version(picture_hash: str) -> str:
    """What the API shows of `Picture.hash`."""
    return picture_hash[:16]


class Face(Person):
    """Somebody with a picture (its version; null: none) and a kind: person, bot or device."""

    picture = PictureVersion()
    kind = fields.String(required=True)


class Me(Answer):
    """The one who asks."""

    username = fields.String(required=True, attribute="name")
    display_name = fields.String(required=True)
    language = fields.String(required=True)
    about = fields.String(required=True)
    time_zone = fields.String(required=True, metadata={"description": "Of the IANA database; empty: not said."})
    hidden = fields.Boolean(required=True, metadata={"description": "Not found by search."})
    picture = PictureVersion()
    role = fields.String(required=True, metadata={"description": "user, moderator or admin"})
    kind = fields.String(required=True, metadata={"description": "person, bot or device"})
    read_receipts = fields.Boolean(
        required=True, metadata={"description": "Others are told what the caller has read, and the caller is told."}
    )
    quiet_from = fields.Integer(required=True, allow_none=True, metadata={"description": QUIET})
    quiet_to = fields.Integer(required=True, allow_none=True, metadata={"description": QUIET})
    push_words = fields.Boolean(
        required=True, metadata={"description": "What was said stands in the notifications of the caller's browsers."}
    )
    csrf_token = fields.String(metadata={"description": "Where the cookie was used: send it back as X-CSRF-Token."})


class Presence(Answer):
    """What a friend lets the caller see; `last_seen` is 0 where that is not known or not shown."""

    state = fields.String(required=True)
    text = fields.String(required=True)
    last_seen = time_of("last_seen_ms")
