"""What was said, and everything that hangs on a message: a message is named by its conversation and its seq."""

from __future__ import annotations

from typing import Final

from peewee import (
    SQL,
    BigIntegerField,
    BooleanField,
    CharField,
    CompositeKey,
    ForeignKeyField,
    IntegerField,
    TextField,
)

from hongyan_core.store.models.accounts import Account
from hongyan_core.store.models.base import NeverReusedField, Table
from hongyan_core.store.models.talk import Conversation


class StoredMessage(Table):
    """A stamped entry of a log. `position` counts all entries in commit order, from 1; the exchange gives it out.

    An edit replaces the payload; of what was recalled, has disappeared or was too old only a tombstone is left: kind
    `gone`, with id, from, to, seq and at.
    """

    position = BigIntegerField(primary_key=True)
    conversation = ForeignKeyField(Conversation, backref="messages", index=False)
    seq = BigIntegerField()  # dense, from 1, per conversation
    sender = ForeignKeyField(Account, index=False)
    message_id = CharField(max_length=64)
    kind = CharField(max_length=16)
    at_ms = BigIntegerField()
    payload = TextField()  # the stamped envelope, byte for byte as delivered
    ordinal = BigIntegerField(default=0, constraints=[SQL("DEFAULT 0")])  # counted messages up to this one, with it
    conversation_id: int
    sender_id: int

    class Meta:
        """Peewee's settings."""

        indexes = (
            (("conversation", "seq"), True),
            # The id first: ids that begin with a time share a page, whoever sends. Else each sender dirties its own.
            (("message_id", "sender"), True),
        )


class ReadMark(Table):
    """The highest seq that `account` has read in a conversation, and that a device of the account has received."""

    account = ForeignKeyField(Account, index=False)
    conversation = ForeignKeyField(Conversation)
    seq = BigIntegerField()
    at_ms = BigIntegerField(default=0, constraints=[SQL("DEFAULT 0")])  # when it was moved last
    delivered_seq = BigIntegerField(default=0, constraints=[SQL("DEFAULT 0")])
    account_id: int
    conversation_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("account", "conversation")


class MessageVersion(Table):
    """What a message said before an edit; for its author."""

    conversation = ForeignKeyField(Conversation, index=False)
    seq = BigIntegerField()
    version = IntegerField()  # from 1
    at_ms = BigIntegerField()  # when these words were written
    payload = TextField()
    conversation_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("conversation", "seq", "version")


class Reaction(Table):
    """A sign of `account`'s below a message."""

    conversation = ForeignKeyField(Conversation, index=False)
    seq = BigIntegerField()
    account = ForeignKeyField(Account, index=False)
    emoji = CharField(max_length=32)
    at_ms = BigIntegerField()
    conversation_id: int
    account_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("conversation", "seq", "account", "emoji")


class Pin(Table):
    """A message that stands at the top of its conversation."""

    conversation = ForeignKeyField(Conversation, index=False)
    seq = BigIntegerField()
    account = ForeignKeyField(Account, index=False)  # who pinned it
    at_ms = BigIntegerField()
    conversation_id: int
    account_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("conversation", "seq")


class Vote(Table):
    """A choice of `account`'s in a poll."""

    conversation = ForeignKeyField(Conversation, index=False)
    seq = BigIntegerField()
    account = ForeignKeyField(Account, index=False)
    choice = IntegerField()  # the place of the option, from 0
    at_ms = BigIntegerField()
    conversation_id: int
    account_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("conversation", "seq", "account", "choice")


class ThreadEntry(Table):
    """A message that stands in the thread below the message `root_seq`."""

    conversation = ForeignKeyField(Conversation, index=False)
    root_seq = BigIntegerField()
    seq = BigIntegerField()
    conversation_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("conversation", "root_seq", "seq")


class Mention(Table):
    """A message that names somebody: `account_id` of no account, 0, is everybody."""

    account_id = IntegerField()
    conversation = ForeignKeyField(Conversation, index=False)
    seq = BigIntegerField()
    conversation_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("account_id", "conversation", "seq")
        indexes = ((("conversation", "seq"), False),)


class HiddenMessage(Table):
    """A message that `account` has deleted for itself alone."""

    account = ForeignKeyField(Account, index=False)
    conversation = ForeignKeyField(Conversation, index=False)
    seq = BigIntegerField()
    account_id: int
    conversation_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("account", "conversation", "seq")


class Fleeting(Table):
    """A message that disappears `seconds` after somebody else has read it; then `due_ms` is known."""

    conversation = ForeignKeyField(Conversation, index=False)
    seq = BigIntegerField()
    seconds = IntegerField()
    due_ms = BigIntegerField(null=True, index=True)
    conversation_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("conversation", "seq")


NO_ENTRY: Final = 0  # of Erasure.position: words that stood elsewhere, as the name of a file


class Erasure(Table):
    """An entry whose words are gone from its row and have to go from the index and from the file of the log too.

    A row is deleted when both have done with it (store/scrubbing.py).
    """

    id = NeverReusedField()
    position = BigIntegerField()


class Card(Table):
    """The latest values of a device in a conversation."""

    conversation = ForeignKeyField(Conversation, index=False)
    account = ForeignKeyField(Account, index=False)
    name = CharField(max_length=32)
    payload = TextField()  # stamped, without a seq
    at_ms = BigIntegerField()
    conversation_id: int
    account_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("conversation", "account", "name")


class ScheduledMessage(Table):
    """A message for later. `key` as `account` calls the conversation; one that was refused at its time says why."""

    id = NeverReusedField()
    account = ForeignKeyField(Account)
    key = CharField(max_length=80)
    message_id = CharField(max_length=64)
    draft = TextField()  # the envelope as it was sent, without `deliver_at` and `repeat`
    due_ms = BigIntegerField(null=True, index=True)  # null: refused, or over
    repeat = CharField(max_length=8, default="")  # daily | weekdays | weekly | monthly; empty: once
    time_zone = CharField(max_length=40, default="")  # of the repeats, as it was set then
    times = IntegerField(default=0)  # sent so often
    refusal = CharField(max_length=32, default="")  # a code
    account_id: int


class UnsentDraft(Table):
    """What `account` has begun to write, the same on every device; `key` as the account calls the conversation."""

    account = ForeignKeyField(Account, index=False)
    key = CharField(max_length=80)
    body = TextField()
    reply_seq = BigIntegerField(null=True)
    at_ms = BigIntegerField()
    account_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("account", "key")


class ImportJob(Table):
    """An archive of another messenger on its way into a conversation."""

    id = NeverReusedField()
    account = ForeignKeyField(Account)
    key = CharField(max_length=80)
    source = CharField(max_length=8)  # slack | telegram | wechat
    file_id = CharField(max_length=22)
    state = CharField(max_length=8, default="waiting")  # waiting | running | done | failed
    total = IntegerField(default=0)
    done = IntegerField(default=0)
    skipped = IntegerField(default=0)
    problem = CharField(max_length=32, default="")  # a code
    created_at_ms = BigIntegerField()
    cancelled = BooleanField(default=False)
    account_id: int
