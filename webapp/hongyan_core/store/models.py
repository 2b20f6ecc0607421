"""The tables. Times are milliseconds since the epoch, UTC; names are never given out twice, so rows stay.

The models are bound to a database when one is opened (`store.database.open_database`). A foreign key gets an index of
its own unless a key or an index of several columns begins with it (`index=False`): each one is a write per row.
Changed a column? Also: a new step in store/migrations.py and a released schema in tests/hongyan_core/schemas/.
"""

from __future__ import annotations

from typing import Final

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
FOREVER_MS: Final = 2**53 - 1  # until it is taken back; the largest number that every language of the API keeps whole


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
    password_hash = TextField()  # argon2; empty: no password, another way in
    language = CharField(max_length=8, default="en")  # zh | en
    created_at_ms = BigIntegerField()
    disabled_at_ms = BigIntegerField(null=True)
    deleted_at_ms = BigIntegerField(null=True)
    mqtt_generation = IntegerField(default=1)  # raised by a revocation: a new MQTT secret on external brokers
    mqtt_provisioned = IntegerField(default=0)  # the generation that the external broker knows
    kind = CharField(max_length=8, default="person", constraints=[SQL("DEFAULT 'person'")])  # person | bot | device
    owner = ForeignKeyField("self", null=True)  # of a bot or device: the person who answers for it
    role = CharField(max_length=9, default="user", constraints=[SQL("DEFAULT 'user'")])  # user | moderator | admin
    skeleton = CharField(
        max_length=32, default="", index=True, constraints=[SQL("DEFAULT ''")]
    )  # what the name looks like: names.skeleton
    about = CharField(max_length=200, default="", constraints=[SQL("DEFAULT ''")])
    time_zone = CharField(
        max_length=40, default="", constraints=[SQL("DEFAULT ''")]
    )  # of the IANA database; empty: not said
    picture = CharField(max_length=64, null=True)  # Picture.hash
    hidden = BooleanField(
        default=False, constraints=[SQL("DEFAULT FALSE")]
    )  # not found by search and not asked by name, only by the personal link
    email = CharField(max_length=254, null=True, unique=True)  # confirmed, in small letters
    unconfirmed = BooleanField(
        default=False, constraints=[SQL("DEFAULT FALSE")]
    )  # no way in before the e-mail of the registration is confirmed
    link_generation = IntegerField(default=1, constraints=[SQL("DEFAULT 1")])  # raised to end the personal link
    scoped = BooleanField(
        default=False, constraints=[SQL("DEFAULT FALSE")]
    )  # writes only to the conversations of its `Scope`
    owner_id: int | None


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
    address = CharField(max_length=45, default="", constraints=[SQL("DEFAULT ''")])  # of its last use; empty: not known
    account_id: int
    parent_id: int | None


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


class SecondFactor(Table):
    """The secret of somebody's one-time codes, sealed with the server's key; it counts once it is confirmed."""

    account = ForeignKeyField(Account, primary_key=True)
    sealed_secret = TextField()
    confirmed_at_ms = BigIntegerField(null=True)
    last_step = BigIntegerField(default=0)  # of the last code that was taken: none is taken twice
    account_id: int


class RecoveryCode(Table):
    """A code for the day when the second factor is lost, stored as a SHA-256; used once."""

    account = ForeignKeyField(Account, index=False)
    code_hash = CharField(max_length=64)  # hex
    account_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("account", "code_hash")


class Passkey(Table):
    """A WebAuthn credential: its public half."""

    id = NeverReusedField()
    account = ForeignKeyField(Account, backref="passkeys")
    credential_id = CharField(max_length=1400, unique=True)  # base64url of up to 1,023 bytes
    public_key = BlobField()
    sign_count = BigIntegerField(default=0)
    label = CharField(max_length=64, default="")
    created_at_ms = BigIntegerField()
    last_used_at_ms = BigIntegerField(null=True)
    account_id: int


class Identity(Table):
    """Somebody at an OpenID Connect provider."""

    id = NeverReusedField()
    issuer = CharField(max_length=255)
    subject = CharField(max_length=255)
    account = ForeignKeyField(Account, backref="identities")
    email = CharField(max_length=254, default="")  # as the provider says, to be shown only
    created_at_ms = BigIntegerField()
    account_id: int

    class Meta:
        """Peewee's settings."""

        indexes = ((("issuer", "subject"), True),)


class Ticket(Table):
    """What a link in a mail proves, once; stored as a SHA-256."""

    secret_hash = CharField(max_length=64, primary_key=True)  # hex
    kind = CharField(max_length=8)  # reset | email
    account = ForeignKeyField(Account)
    email = CharField(max_length=254)
    expires_at_ms = BigIntegerField()
    account_id: int


class Trouble(Table):
    """Failed attempts that make the next one wait longer; `key` is `account:ann`, `address:192.0.2.1` and the like."""

    key = CharField(max_length=120, primary_key=True)
    failures = IntegerField()
    last_at_ms = BigIntegerField()


class Link(Table):
    """An invitation to this server or into a group; its code is derived, so it can be shown again and not be stolen."""

    id = NeverReusedField()
    kind = CharField(max_length=8)  # signup | group
    creator = ForeignKeyField(Account, index=False)
    group_id = IntegerField(null=True, index=True)
    created_at_ms = BigIntegerField()
    expires_at_ms = BigIntegerField(null=True)
    max_uses = IntegerField(null=True)
    uses = IntegerField(default=0)
    ended_at_ms = BigIntegerField(null=True)
    creator_id: int


class Picture(Table):
    """A face: 256 x 256, encoded by us. Small enough for the database, which is all that several processes share."""

    hash = CharField(max_length=64, primary_key=True)  # SHA-256 of the bytes, hex
    image = BlobField()


class AccountTerm(Table):
    """Where somebody is found: each beginning of a word, and each Chinese character on, of the names."""

    term = CharField(max_length=64)
    account = ForeignKeyField(Account)
    account_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("term", "account")


class Scope(Table):
    """A conversation that a scoped account may write to, as it calls it: `user/ann`, `group/lab`."""

    account = ForeignKeyField(Account, index=False)
    key = CharField(max_length=80)
    account_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("account", "key")


class AuditEntry(Table):
    """What an administrator did; no row is ever changed or deleted, and triggers see to it."""

    id = NeverReusedField()
    at_ms = BigIntegerField()
    actor = CharField(max_length=32)  # a user name; empty: the command line
    action = CharField(max_length=32)
    target = CharField(max_length=64, default="")
    detail = TextField(default="")  # JSON
    address = CharField(max_length=45, default="")


class FriendRequest(Table):
    """A request from `sender` to `recipient`; at most one pending in each direction.

    One that is ignored is still pending for its sender. After `actions.friends.REQUEST_LIFETIME_MS` it has expired,
    whatever its state says.
    """

    id = AutoField()
    sender = ForeignKeyField(Account, backref="sent_requests", index=False)
    recipient = ForeignKeyField(Account, backref="received_requests", index=False)
    text = CharField(max_length=200, default="")
    state = CharField(max_length=8, default="pending")  # pending | accepted | declined | ignored | recalled
    created_at_ms = BigIntegerField()
    decided_at_ms = BigIntegerField(null=True)
    sender_id: int
    recipient_id: int

    class Meta:
        """Peewee's settings."""

        indexes = ((("recipient", "state"), False), (("sender", "state"), False))


class Friendship(Table):
    """One row in each direction; `remark` and `starred` are what `account` alone sees of `friend`."""

    account = ForeignKeyField(Account, backref="friendships", index=False)
    friend = ForeignKeyField(Account, index=False)
    since_ms = BigIntegerField()
    remark = CharField(max_length=64, default="", constraints=[SQL("DEFAULT ''")])
    starred = BooleanField(default=False, constraints=[SQL("DEFAULT FALSE")])
    account_id: int
    friend_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("account", "friend")


class ContactLabel(Table):
    """A label of `account`'s on a friend."""

    account = ForeignKeyField(Account, index=False)
    label = CharField(max_length=32)
    friend = ForeignKeyField(Account)
    account_id: int
    friend_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("account", "label", "friend")


class ConversationMute(Table):
    """`account` wants no sound from a conversation before `until_ms`; `key` as the account calls it."""

    account = ForeignKeyField(Account, index=False)
    key = CharField(max_length=80)
    until_ms = BigIntegerField()  # FOREVER_MS: until it is taken back
    account_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("account", "key")


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
    """A group or a channel; its name is never given out again.

    `version` is raised by each change of the group or its members (store.groups.touch_group): the exchange keeps what
    it has read of a group under it.
    """

    id = AutoField()
    name = CharField(max_length=32, unique=True)
    title = CharField(max_length=64)
    owner = ForeignKeyField(Account)
    conversation = ForeignKeyField(Conversation, unique=True)
    created_at_ms = BigIntegerField()
    dissolved_at_ms = BigIntegerField(null=True)
    version = IntegerField(default=1, constraints=[SQL("DEFAULT 1")])
    kind = CharField(
        max_length=8, default="group", constraints=[SQL("DEFAULT 'group'")]
    )  # group | channel (many readers, few writers)
    picture = CharField(max_length=64, null=True)  # Picture.hash
    invites = CharField(
        max_length=8, default="admins", constraints=[SQL("DEFAULT 'admins'")]
    )  # who may let somebody in: admins | members
    joins = CharField(
        max_length=8, default="closed", constraints=[SQL("DEFAULT 'closed'")]
    )  # who comes by a link: closed | approval | open
    history = CharField(
        max_length=8, default="joined", constraints=[SQL("DEFAULT 'joined'")]
    )  # newcomers see from joining on, or all: joined | all
    writers = CharField(max_length=8, default="all", constraints=[SQL("DEFAULT 'all'")])  # all | admins
    muted_until_ms = BigIntegerField(null=True)  # nobody but admins writes before
    announcement = TextField(default="", constraints=[SQL("DEFAULT ''")])
    announced_at_ms = BigIntegerField(null=True)
    announced_by = ForeignKeyField(Account, null=True)
    announced_after_seq = BigIntegerField(
        default=0, constraints=[SQL("DEFAULT 0")]
    )  # who has read beyond it has read the announcement
    owner_id: int
    announced_by_id: int | None
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
    nickname = CharField(max_length=64, default="", constraints=[SQL("DEFAULT ''")])
    muted_until_ms = BigIntegerField(null=True)  # does not write before
    group_id: int
    account_id: int

    class Meta:
        """Peewee's settings."""

        indexes = ((("account", "group"), False), (("group", "until_seq"), False))


class GroupBan(Table):
    """Who may not come back into a group."""

    group = ForeignKeyField(ChatGroup, index=False)
    account = ForeignKeyField(Account)
    at_ms = BigIntegerField()
    group_id: int
    account_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("group", "account")


class JoinRequest(Table):
    """Somebody who came by a link and waits for an administrator of the group; at most one pending."""

    id = NeverReusedField()
    group = ForeignKeyField(ChatGroup, index=False)
    account = ForeignKeyField(Account)
    text = CharField(max_length=200, default="")
    state = CharField(max_length=8, default="pending")  # pending | accepted | declined | recalled
    created_at_ms = BigIntegerField()
    decided_by = ForeignKeyField(Account, null=True)
    decided_at_ms = BigIntegerField(null=True)
    group_id: int
    account_id: int

    class Meta:
        """Peewee's settings."""

        indexes = ((("group", "state"), False),)


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
    kind = CharField(max_length=16)  # notice | revoked | account | left_group | line | send
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
    SecondFactor,
    RecoveryCode,
    Passkey,
    Identity,
    Ticket,
    Trouble,
    Link,
    Picture,
    AccountTerm,
    Scope,
    AuditEntry,
    FriendRequest,
    Friendship,
    ContactLabel,
    Block,
    Conversation,
    ConversationMute,
    ChatGroup,
    Membership,
    GroupBan,
    JoinRequest,
    Report,
    StoredMessage,
    ReadMark,
    Presence,
    MqttConnection,
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
