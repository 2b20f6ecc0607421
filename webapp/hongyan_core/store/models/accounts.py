"""Accounts: who one is, and the ways in."""

from __future__ import annotations

from peewee import (
    SQL,
    AutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CharField,
    CompositeKey,
    ForeignKeyField,
    IntegerField,
    TextField,
)

from hongyan_core.store.models.base import BytewiseField, NeverReusedField, Table


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
    role = CharField(
        max_length=9, default="user", index=True, constraints=[SQL("DEFAULT 'user'")]
    )  # user | moderator | admin
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
    read_receipts = BooleanField(
        default=True, constraints=[SQL("DEFAULT TRUE")]
    )  # tells others what it has read, and is told
    quiet_from = IntegerField(null=True)  # do not disturb: minutes since midnight in `time_zone`; null: never
    quiet_to = IntegerField(null=True)
    quota_bytes = BigIntegerField(null=True)  # of files; null: the server's limit
    push_words = BooleanField(
        default=True, constraints=[SQL("DEFAULT TRUE")]
    )  # what was said stands in the notifications of its browsers
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

    hash = CharField(max_length=64, primary_key=True)  # SHA-256 of whose it is and the bytes, hex: one row, one owner
    image = BlobField()


class AccountTerm(Table):
    """Where somebody is found: each beginning of a word, and each Chinese character on, of the names."""

    term = BytewiseField(max_length=64)
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
