"""What `hongyan broker --open` keeps: it has no accounts."""

from __future__ import annotations

from peewee import BigIntegerField, BlobField, BooleanField, CompositeKey, ForeignKeyField, IntegerField, TextField

from hongyan_core.store.models.base import Table


class KeptSession(Table):
    """A stored session of `hongyan broker --open`: no account, the client identifier is the whole key.

    Its numbers are the broker's own, so that it can write rows that belong together without reading one back.
    """

    number = BigIntegerField(primary_key=True)
    client_id = TextField(unique=True)
    last_seen_ms = BigIntegerField()


class KeptSubscription(Table):
    """A subscription of a kept session."""

    session = ForeignKeyField(KeptSession, on_delete="CASCADE", index=False)
    topic_filter = TextField()
    qos = IntegerField()
    session_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("session", "topic_filter")


class KeptMessage(Table):
    """A QoS 1 or 2 message that a kept session has not acknowledged, in the order of `number`."""

    number = BigIntegerField(primary_key=True)
    session = ForeignKeyField(KeptSession, on_delete="CASCADE")
    packet_id = IntegerField()
    topic = TextField()
    payload = BlobField()
    qos = IntegerField()
    retain = BooleanField()
    released = BooleanField(default=False)  # QoS 2 between PUBREC and PUBCOMP
    session_id: int


class KeptReceipt(Table):
    """A packet identifier of QoS 2 that a kept session's client has published and not released yet."""

    session = ForeignKeyField(KeptSession, on_delete="CASCADE", index=False)
    packet_id = IntegerField()
    session_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("session", "packet_id")


class RetainedMessage(Table):
    """The retained message of a topic of `hongyan broker --open`; the exchange retains nothing."""

    topic = TextField(primary_key=True)
    payload = BlobField()
    qos = IntegerField()
