"""Who is connected, and what MQTT keeps for them."""

from __future__ import annotations

from peewee import AutoField, BigIntegerField, CharField, CompositeKey, ForeignKeyField, IntegerField, TextField

from hongyan_core.store.models.accounts import Account
from hongyan_core.store.models.base import Table


class Presence(Table):
    """What friends may see; written by the exchange on a change, all offline at its start."""

    account = ForeignKeyField(Account, primary_key=True)
    state = CharField(max_length=9)  # online | away | busy | invisible | offline
    text = CharField(max_length=100, default="")
    last_seen_ms = BigIntegerField()
    account_id: int


class MqttConnection(Table):
    """A live MQTT connection, as the broker saw it come; all are gone when an exchange starts."""

    account = ForeignKeyField(Account, index=False)
    client_id = CharField(max_length=256)
    credential_id = BigIntegerField(null=True)  # no key: the credential may be gone before the connection
    address = CharField(max_length=45, default="")
    connected_at_ms = BigIntegerField()
    account_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("account", "client_id")


class MqttSession(Table):
    """A stored MQTT session (clean session 0). `in_flight` is JSON: [[packet_id, position], ...] in order."""

    id = AutoField()
    account = ForeignKeyField(Account, backref="mqtt_sessions", index=False)
    client_id = CharField(max_length=256)
    position = BigIntegerField()  # every message up to here is acknowledged
    cursor = BigIntegerField()  # every message up to here was sent
    in_flight = TextField(default="[]")
    last_seen_ms = BigIntegerField()
    account_id: int

    class Meta:
        """Peewee's settings."""

        indexes = ((("account", "client_id"), True),)


class MqttSubscription(Table):
    """A subscription of a stored session; nothing committed before `since_position` reaches it."""

    session = ForeignKeyField(MqttSession, backref="subscriptions", on_delete="CASCADE", index=False)
    topic_filter = TextField()
    qos = IntegerField()
    since_position = BigIntegerField()
    session_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("session", "topic_filter")
