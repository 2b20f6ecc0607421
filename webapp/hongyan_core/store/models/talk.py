"""Conversations and groups."""

from __future__ import annotations

from peewee import SQL, AutoField, BigIntegerField, CharField, CompositeKey, ForeignKeyField, IntegerField, TextField

from hongyan_core.store.models.accounts import Account
from hongyan_core.store.models.base import NeverReusedField, Table


class Conversation(Table):
    """One log of messages. `key` is `user:ann:bob` (names in order) or `group:lab`."""

    id = AutoField()
    key = CharField(max_length=80, unique=True)
    kind = CharField(max_length=5)  # user | group
    low = ForeignKeyField(Account, null=True)  # one to one: the two accounts, by name
    high = ForeignKeyField(Account, null=True)
    last_seq = BigIntegerField(default=0)
    counted = BigIntegerField(default=0, constraints=[SQL("DEFAULT 0")])  # messages that people count: the last ordinal
    shown_seq = BigIntegerField(default=0, constraints=[SQL("DEFAULT 0")])  # the newest entry that stands as a row
    first_seq = BigIntegerField(default=1, constraints=[SQL("DEFAULT 1")])  # what is before it retention has removed
    retention_days = IntegerField(null=True)  # what is older goes; null: as long as the server keeps all
    disappear_s = IntegerField(null=True)  # of messages that do not say: gone so long after they were read
    low_id: int | None
    high_id: int | None


class ConversationMute(Table):
    """`account` wants no sound from a conversation before `until_ms`; `key` as the account calls it."""

    account = ForeignKeyField(Account, index=False)
    key = CharField(max_length=80)
    until_ms = BigIntegerField()  # FOREVER_MS: until it is taken back
    account_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("account", "key")


class ListMarks(Table):
    """How `account` keeps a conversation in its list, each since when; `key` as the account calls it.

    A read mark that is later than `unread_at_ms` takes that one back: it stays here and holds no longer.
    """

    account = ForeignKeyField(Account, index=False)
    key = CharField(max_length=80)
    pinned_at_ms = BigIntegerField(null=True)
    archived_at_ms = BigIntegerField(null=True)
    unread_at_ms = BigIntegerField(null=True)
    account_id: int

    class Meta:
        """Peewee's settings."""

        primary_key = CompositeKey("account", "key")


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
