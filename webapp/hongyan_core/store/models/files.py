"""Files: what is on its way up, what is kept, and which messages hold it."""

from __future__ import annotations

from peewee import BigIntegerField, CharField, CompositeKey, ForeignKeyField, IntegerField, TextField

from hongyan_core.store.models.accounts import Account
from hongyan_core.store.models.base import NeverReusedField, Table
from hongyan_core.store.models.talk import Conversation


class Upload(Table):
    """A file on its way up (tus): `received` of `size` bytes are there."""

    id = CharField(max_length=22, primary_key=True)  # random
    account = ForeignKeyField(Account)
    name = CharField(max_length=255)
    media_type = CharField(max_length=100)  # as its sender calls it; nobody believes it
    size = BigIntegerField()
    received = BigIntegerField(default=0)
    created_at_ms = BigIntegerField()
    touched_at_ms = BigIntegerField(index=True)
    account_id: int


class StoredFile(Table):
    """A file that somebody uploaded. Its bytes are kept once for all who uploaded the same: `hash` is their SHA-256.

    Knowing `hash` grants nothing, and `id` neither: who may read is asked of `Attachment`.
    """

    id = CharField(max_length=22, primary_key=True)  # random, the upload's
    account = ForeignKeyField(Account)  # against whose quota it counts
    hash = CharField(max_length=64, index=True)  # hex
    name = CharField(max_length=255)
    media_type = CharField(max_length=100)  # as its bytes say
    size = BigIntegerField()  # bytes
    width = IntegerField(null=True)  # pixels, of a picture or a film
    height = IntegerField(null=True)
    thumb_hash = CharField(max_length=64, null=True, index=True)  # of a small picture of it
    created_at_ms = BigIntegerField(index=True)
    account_id: int


class Attachment(Table):
    """A message holds a file: who sees the message may read it. `kind` is the message's."""

    conversation = ForeignKeyField(Conversation, index=False)
    seq = BigIntegerField()
    place = IntegerField()  # from 0
    file_id = CharField(max_length=22, index=True)
    kind = CharField(max_length=16)
    conversation_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("conversation", "seq", "place")
        indexes = ((("conversation", "kind", "seq"), False),)


class StickerPack(Table):
    """Stickers that somebody has made; whoever knows its name may use it."""

    id = NeverReusedField()
    name = CharField(max_length=32, unique=True)
    title = CharField(max_length=64)
    account = ForeignKeyField(Account)
    created_at_ms = BigIntegerField()
    account_id: int


class Sticker(Table):
    """One picture of a pack."""

    pack = ForeignKeyField(StickerPack, index=False, on_delete="CASCADE")
    name = CharField(max_length=32)
    emoji = CharField(max_length=32, default="")  # what it says, for those who cannot see it
    file_id = CharField(max_length=22, index=True)
    place = IntegerField()
    pack_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("pack", "name")


class SavedPack(Table):
    """A pack that `account` has in its picker."""

    account = ForeignKeyField(Account, index=False)
    pack = ForeignKeyField(StickerPack, on_delete="CASCADE")
    at_ms = BigIntegerField()
    account_id: int
    pack_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("account", "pack")


class LinkPreview(Table):
    """What a page says of itself; `url_hash` is the SHA-256 of its address, which is kept nowhere."""

    url_hash = CharField(max_length=64, primary_key=True)  # hex
    at_ms = BigIntegerField()
    title = CharField(max_length=200, default="")  # empty: nothing to show
    description = TextField(default="")
    site = CharField(max_length=100, default="")
    picture = CharField(max_length=64, null=True)  # Picture.hash
