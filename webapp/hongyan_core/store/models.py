"""The tables. Times are milliseconds since the epoch, UTC; names are never given out twice, so rows stay.

The models are bound to a database when one is opened (`store.database.open_database`). A foreign key gets an index of
its own unless a key or an index of several columns begins with it (`index=False`): each one is a write per row.
Changed a column? Also: a new step in store/migrations.py and a released schema in tests/hongyan_core/schemas/.
"""

from __future__ import annotations

from peewee import (
    SQL,
    AutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CharField,
    CompositeKey,
    Context,
    DatabaseProxy,
    ForeignKeyField,
    IntegerField,
    Model,
    NodeList,
    SqliteDatabase,
    TextField,
)

proxy = DatabaseProxy()


class Table(Model):
    """A model on the database of this process."""

    class Meta:
        """Peewee's settings."""

        database = proxy
        legacy_table_names = False


class NeverReusedField(AutoField):
    """An id that is not given out again after its row was deleted; SQLite gives the highest one out again otherwise."""

    def ddl(self, ctx: Context) -> NodeList:
        """Peewee's hook: the column as it is created."""
        column: NodeList = super().ddl(ctx)
        return NodeList((column, SQL("AUTOINCREMENT"))) if isinstance(proxy.obj, SqliteDatabase) else column


class Meta(Table):
    """Single values: `schema_version`, `relations_version` (raised by every change of who may do what)."""

    key = CharField(primary_key=True)
    value = BigIntegerField()


class Account(Table):
    """A person, a bot or a device. A deleted account keeps its row, so that its name stays used."""

    id = AutoField()
    name = CharField(max_length=32, unique=True)
    display_name = CharField(max_length=64)
    password_hash = TextField()  # argon2
    language = CharField(max_length=8, default="en")  # zh | en
    created_at_ms = BigIntegerField()
    disabled_at_ms = BigIntegerField(null=True)
    deleted_at_ms = BigIntegerField(null=True)
    mqtt_generation = IntegerField(default=1)  # raised by a revocation: a new MQTT secret on external brokers
    mqtt_provisioned = IntegerField(default=0)  # the generation that the external broker knows


class Credential(Table):
    """One way in, stored as a SHA-256 of 256 random bits; deleting the row ends it and its children at once."""

    id = NeverReusedField()
    account = ForeignKeyField(Account, backref="credentials")
    kind = CharField(max_length=8)  # cookie | device | mqtt
    label = CharField(max_length=64, default="")
    secret_hash = CharField(max_length=64, unique=True)  # hex
    parent = ForeignKeyField("self", null=True, backref="children", on_delete="CASCADE")
    created_at_ms = BigIntegerField()
    last_used_at_ms = BigIntegerField(null=True)
    expires_at_ms = BigIntegerField(null=True)
    account_id: int
    parent_id: int | None


class FriendRequest(Table):
    """A request from `sender` to `recipient`; at most one pending in each direction."""

    id = AutoField()
    sender = ForeignKeyField(Account, backref="sent_requests", index=False)
    recipient = ForeignKeyField(Account, backref="received_requests", index=False)
    text = CharField(max_length=200, default="")
    state = CharField(max_length=8, default="pending")  # pending | accepted | declined
    created_at_ms = BigIntegerField()
    decided_at_ms = BigIntegerField(null=True)
    sender_id: int
    recipient_id: int

    class Meta:
        """Peewee's settings."""

        indexes = ((("recipient", "state"), False), (("sender", "state"), False))


class Friendship(Table):
    """One row in each direction."""

    account = ForeignKeyField(Account, backref="friendships", index=False)
    friend = ForeignKeyField(Account, index=False)
    since_ms = BigIntegerField()
    account_id: int
    friend_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("account", "friend")


class Block(Table):
    """`owner` hears nothing more of `blocked`."""

    owner = ForeignKeyField(Account, backref="blocks", index=False)
    blocked = ForeignKeyField(Account)
    since_ms = BigIntegerField()
    owner_id: int
    blocked_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("owner", "blocked")


class Conversation(Table):
    """One log of messages. `key` is `user:ann:bob` (names in order) or `group:lab`."""

    id = AutoField()
    key = CharField(max_length=80, unique=True)
    kind = CharField(max_length=5)  # user | group
    low = ForeignKeyField(Account, null=True)  # one to one: the two accounts, by name
    high = ForeignKeyField(Account, null=True)
    last_seq = BigIntegerField(default=0)
    low_id: int | None
    high_id: int | None


class ChatGroup(Table):
    """A group; its name is never given out again."""

    id = AutoField()
    name = CharField(max_length=32, unique=True)
    title = CharField(max_length=64)
    owner = ForeignKeyField(Account)
    conversation = ForeignKeyField(Conversation, unique=True)
    created_at_ms = BigIntegerField()
    dissolved_at_ms = BigIntegerField(null=True)
    owner_id: int
    conversation_id: int


class Membership(Table):
    """One interval of membership: sees seq in (since_seq, until_seq]; a member of today has no until_seq.

    Who leaves and comes back has two rows. At most one open row a group and account.
    """

    id = AutoField()
    group = ForeignKeyField(ChatGroup, backref="memberships", index=False)
    account = ForeignKeyField(Account, backref="memberships", index=False)
    role = CharField(max_length=8, default="member")  # owner | admin | member
    since_seq = BigIntegerField()
    until_seq = BigIntegerField(null=True)
    joined_at_ms = BigIntegerField()
    left_at_ms = BigIntegerField(null=True)
    group_id: int
    account_id: int

    class Meta:
        """Peewee's settings."""

        indexes = ((("account", "group"), False), (("group", "until_seq"), False))


class StoredMessage(Table):
    """A stamped message. `position` counts all messages in commit order, from 1; the exchange gives it out."""

    position = BigIntegerField(primary_key=True)
    conversation = ForeignKeyField(Conversation, backref="messages", index=False)
    seq = BigIntegerField()  # dense, from 1, per conversation
    sender = ForeignKeyField(Account, index=False)
    message_id = CharField(max_length=64)
    kind = CharField(max_length=16)
    at_ms = BigIntegerField()
    payload = TextField()  # the stamped envelope, byte for byte as delivered
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
    """The highest seq that `account` has read in a conversation."""

    account = ForeignKeyField(Account, index=False)
    conversation = ForeignKeyField(Conversation)
    seq = BigIntegerField()
    account_id: int
    conversation_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("account", "conversation")


class Presence(Table):
    """What friends may see; written by the exchange on a change, all offline at its start."""

    account = ForeignKeyField(Account, primary_key=True)
    state = CharField(max_length=9)  # online | away | busy | invisible | offline
    text = CharField(max_length=100, default="")
    last_seen_ms = BigIntegerField()
    account_id: int


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


class Outbox(Table):
    """What the web app wants told: written with the change, sent and deleted by the exchange after the commit."""

    id = AutoField()
    kind = CharField(max_length=16)  # notice | revoked | account | left_group
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


TABLES: tuple[type[Table], ...] = (
    Meta,
    Account,
    Credential,
    FriendRequest,
    Friendship,
    Block,
    Conversation,
    ChatGroup,
    Membership,
    StoredMessage,
    ReadMark,
    Presence,
    MqttSession,
    MqttSubscription,
    KeptSession,
    KeptSubscription,
    KeptMessage,
    KeptReceipt,
    RetainedMessage,
    Outbox,
    Rate,
)
