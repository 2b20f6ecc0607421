"""What the server itself keeps: what is to be told, what was counted, done and reported."""

from __future__ import annotations

from peewee import (
    AutoField,
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


class Outbox(Table):
    """What the web app wants told: written with the change, sent and deleted by the exchange after the commit."""

    id = AutoField()
    kind = CharField(max_length=16)  # notice | revoked | session | account | left_group | line | send
    payload = TextField()  # JSON, by kind: see store/outbox.py


class Rate(Table):
    """Counters of the abuse limits, shared between web processes."""

    key = CharField(max_length=200)
    window_start_ms = BigIntegerField()
    count = IntegerField()
    locked = BooleanField(default=False)

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("key", "window_start_ms")


class AuditEntry(Table):
    """What an administrator did; no row is ever changed or deleted, and triggers see to it."""

    id = NeverReusedField()
    at_ms = BigIntegerField()
    actor = CharField(max_length=32)  # a user name; empty: the command line
    action = CharField(max_length=32)
    target = CharField(max_length=64, default="")
    detail = TextField(default="")  # JSON
    address = CharField(max_length=45, default="")


class Report(Table):
    """Somebody tells the administrators of a person, a group or a message."""

    id = NeverReusedField()
    reporter = ForeignKeyField(Account)
    account = ForeignKeyField(Account, null=True)
    group_id = IntegerField(null=True)
    seq = BigIntegerField(null=True)  # of the message, in the conversation of the two or of the group
    text = CharField(max_length=1000, default="")
    created_at_ms = BigIntegerField()
    state = CharField(max_length=8, default="open", index=True)  # open | closed
    decided_by = ForeignKeyField(Account, null=True)
    decided_at_ms = BigIntegerField(null=True)
    outcome = CharField(max_length=200, default="")
    reporter_id: int
    account_id: int | None
