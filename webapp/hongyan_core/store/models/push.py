"""Where the notifications of a browser go."""

from __future__ import annotations

from peewee import BigIntegerField, CharField, ForeignKeyField, IntegerField, TextField

from hongyan_core.store.models.accounts import Account, Credential
from hongyan_core.store.models.base import NeverReusedField, Table


class PushSubscription(Table):
    """A browser's address at its push service; it ends with the session that gave it.

    `sealed` is JSON of endpoint, p256dh and auth, sealed with the server's key: whoever reads the database can neither
    notify anybody nor read along.
    """

    id = NeverReusedField()
    account = ForeignKeyField(Account, backref="push_subscriptions")
    credential = ForeignKeyField(Credential, unique=True, on_delete="CASCADE")
    endpoint_hash = CharField(max_length=64, unique=True)  # SHA-256, hex
    sealed = TextField()
    created_at_ms = BigIntegerField()
    last_ok_ms = BigIntegerField(null=True)  # the push service took one then; to the day
    failures = IntegerField(default=0)  # since then
    account_id: int
    credential_id: int
