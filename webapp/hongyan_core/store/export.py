"""What is somebody's own, as plain values for the archive of `hongyan_core.export`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Final

from peewee import Field, ModelSelect

from hongyan import topics
from hongyan.topics import ConversationKey
from hongyan_core.store.database import read_rows
from hongyan_core.store.models import (
    FOREVER_MS,
    Account,
    Block,
    ChatGroup,
    ContactLabel,
    Conversation,
    ConversationMute,
    Credential,
    FriendRequest,
    Friendship,
    Identity,
    ListMarks,
    Membership,
    Passkey,
    Picture,
    PushSubscription,
    ScheduledMessage,
    UnsentDraft,
)
from hongyan_core.store.sets import read
from hongyan_core.store.stickers import list_packs

_PROFILE: Final = (
    *(Account.name, Account.display_name, Account.kind, Account.role, Account.language, Account.time_zone),
    *(Account.about, Account.hidden, Account.email, Account.created_at_ms),
)
_DEVICE: Final = (
    *(Credential.kind, Credential.label, Credential.address, Credential.created_at_ms),
    *(Credential.last_used_at_ms, Credential.expires_at_ms),
)


def read_account(account: Account) -> dict[str, Any]:
    """The account and its ways in, without what opens them."""
    (profile,) = _read_dicts(Account.select(*_PROFILE).where(Account.id == account.id), _PROFILE)
    passkey = (Passkey.label, Passkey.created_at_ms, Passkey.last_used_at_ms)
    identity = (Identity.issuer, Identity.email, Identity.created_at_ms)
    told = (Credential.label, PushSubscription.created_at_ms)
    pushed = PushSubscription.select(*told).join(Credential).where(PushSubscription.account == account)
    bot = (Account.name, Account.display_name, Account.kind, Account.about, Account.created_at_ms)
    lasting = (Credential.account == account) & (Credential.kind != "mqtt")
    return profile | {
        "devices": _read_dicts(Credential.select(*_DEVICE).where(lasting).order_by(Credential.id), _DEVICE),
        "passkeys": _read_dicts(
            Passkey.select(*passkey).where(Passkey.account == account).order_by(Passkey.id), passkey
        ),
        "identities": _read_dicts(
            Identity.select(*identity).where(Identity.account == account).order_by(Identity.id), identity
        ),
        "notified": _read_dicts(pushed.order_by(PushSubscription.id), told),
        "bots": _read_dicts(Account.select(*bot).where(Account.owner == account).order_by(Account.name), bot),
    }


def read_contacts(account: Account) -> dict[str, Any]:
    """Friends, requests in both directions, blocks, and how conversations stand in the list."""
    friend = (Account.name, Account.display_name, Friendship.since_ms, Friendship.remark, Friendship.starred)
    friends = _read_dicts(
        Friendship.select(*friend)
        .join(Account, on=(Friendship.friend == Account.id))
        .where(Friendship.account == account)
        .order_by(Account.name),
        friend,
    )
    labels = _read_labels(account)
    block = (Account.name, Block.since_ms)
    blocks = Block.select(*block).join(Account, on=(Block.blocked == Account.id)).where(Block.owner == account)
    mute = (ConversationMute.key, ConversationMute.until_ms)
    mutes = _read_dicts(
        ConversationMute.select(*mute).where(ConversationMute.account == account).order_by(ConversationMute.key), mute
    )
    listed = (ListMarks.key, ListMarks.pinned_at_ms, ListMarks.archived_at_ms, ListMarks.unread_at_ms)
    return {
        "friends": [{**each, "labels": labels.get(each["username"], [])} for each in friends],
        "requests_sent": _read_requests(FriendRequest.sender, FriendRequest.recipient, account),
        "requests_received": _read_requests(FriendRequest.recipient, FriendRequest.sender, account),
        "blocks": _read_dicts(blocks.order_by(Account.name), block),
        "mutes": [{**each, "until": None if each["until"] == FOREVER_MS else each["until"]} for each in mutes],
        "list": _read_dicts(
            ListMarks.select(*listed).where(ListMarks.account == account).order_by(ListMarks.key), listed
        ),
    }


def _read_labels(account: Account) -> dict[str, list[str]]:
    query = (
        ContactLabel.select(Account.name, ContactLabel.label)
        .join(Account, on=(ContactLabel.friend == Account.id))
        .where(ContactLabel.account == account)
        .order_by(ContactLabel.label)
    )
    labels: dict[str, list[str]] = {}
    for name, label in read_rows(query):
        labels.setdefault(name, []).append(label)
    return labels


def _read_requests(mine: Field, theirs: Field, account: Account) -> list[dict[str, Any]]:
    fields = (Account.name, FriendRequest.text, FriendRequest.state, FriendRequest.created_at_ms)
    query = FriendRequest.select(*fields).join(Account, on=(theirs == Account.id)).where(mine == account)
    return _read_dicts(query.order_by(FriendRequest.id), fields)


def read_groups(account: Account) -> dict[str, Any]:
    """Each interval of membership, the oldest first."""
    fields = (
        *(ChatGroup.name, ChatGroup.title, ChatGroup.kind, Membership.role, Membership.nickname),
        *(Membership.joined_at_ms, Membership.left_at_ms),
    )
    query = Membership.select(*fields).join(ChatGroup).where(Membership.account == account).order_by(Membership.id)
    return {"groups": _read_dicts(query, fields, name="name")}


def read_unsent(account: Account) -> dict[str, Any]:
    """Words that were not sent, and messages for later: of each its envelope, and when it goes."""
    draft = (UnsentDraft.key, UnsentDraft.body, UnsentDraft.reply_seq, UnsentDraft.at_ms)
    drafts = UnsentDraft.select(*draft).where(UnsentDraft.account == account).order_by(UnsentDraft.key)
    later = (
        *(ScheduledMessage.key, ScheduledMessage.message_id, ScheduledMessage.draft, ScheduledMessage.due_ms),
        *(ScheduledMessage.repeat, ScheduledMessage.time_zone, ScheduledMessage.times, ScheduledMessage.refusal),
    )
    scheduled = ScheduledMessage.select(*later).where(ScheduledMessage.account == account).order_by(ScheduledMessage.id)
    return {
        "drafts": _read_dicts(drafts, draft),
        "scheduled": [{**each, "draft": json.loads(each["draft"])} for each in _read_dicts(scheduled, later)],
    }


def read_stickers(account: Account) -> dict[str, Any]:
    """Packs with their stickers, whose `file` is the id of a file."""
    return {"packs": [asdict(pack) for pack in list_packs(account)]}


def read_picture(account: Account) -> bytes | None:
    """The bytes of the account's own picture."""
    picture = Picture.get_or_none(Picture.hash == account.picture)
    return None if picture is None else bytes(picture.image)


def list_keys(account: Account) -> list[ConversationKey]:
    """Every conversation in which the account can read something: with people by name, then groups by name."""
    people = read(
        """SELECT p.name FROM conversation c
        JOIN account p ON p.id = CASE WHEN c.low_id = ? THEN c.high_id ELSE c.low_id END
        WHERE c.low_id = ? OR c.high_id = ? ORDER BY p.name""",
        *(account.id,) * 3,
    )
    inside = Membership.select(Membership.group).where(Membership.account == account)
    groups = (
        ChatGroup.select(ChatGroup.name)
        .join(Conversation)
        .where(ChatGroup.id.in_(inside) & (Conversation.last_seq > 0))
    )
    return [
        *(topics.user(name) for (name,) in people),
        *(topics.group(name) for (name,) in read_rows(groups.order_by(ChatGroup.name))),
    ]


def _read_dicts(query: ModelSelect[Any], fields: tuple[Field, ...], *, name: str = "username") -> list[dict[str, Any]]:
    """The rows by the names that the API has for these columns."""
    names = [_public_name(field.name, name) for field in fields]
    return [dict(zip(names, row, strict=True)) for row in read_rows(query)]


def _public_name(column: str, name: str) -> str:
    known = {"name": name, "reply_seq": "reply", "due_ms": "deliver_at"}
    return known.get(column, column.removesuffix("_ms"))
