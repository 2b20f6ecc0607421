"""Between people: friends, requests, labels, blocks."""

from __future__ import annotations

from peewee import SQL, AutoField, BigIntegerField, BooleanField, CharField, CompositeKey, ForeignKeyField

from hongyan_core.store.models.accounts import Account
from hongyan_core.store.models.base import Table


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
