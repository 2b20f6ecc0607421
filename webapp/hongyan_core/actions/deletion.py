"""Delete an account: it is marked at once, which ends every way in; then what it was is removed in short steps.

What others received stays, and so do the row and its name, which is never given out again. A step that was
interrupted is done by the next `finish_deletions`: a row of `Meta` remembers who is not done.
"""

from __future__ import annotations

import logging
from typing import Final

from peewee import Field, ForeignKeyField

from hongyan_core import rules
from hongyan_core.actions.administration import load_target
from hongyan_core.actions.audit import Actor, write_audit
from hongyan_core.actions.broadcasts import leave_everyone
from hongyan_core.actions.credentials import end_credentials
from hongyan_core.actions.groups import remove_member
from hongyan_core.fields import DELETED_NAME
from hongyan_core.store.database import raise_relations_version, read_rows, write_transaction
from hongyan_core.store.files import release_files_of
from hongyan_core.store.groups import EVERYONE
from hongyan_core.store.models import (
    Account,
    AccountTerm,
    Block,
    ChatGroup,
    ContactLabel,
    ConversationMute,
    FriendRequest,
    Friendship,
    GroupBan,
    Identity,
    JoinRequest,
    Link,
    ListMarks,
    Membership,
    Meta,
    MqttSession,
    Passkey,
    Picture,
    Presence,
    PushSubscription,
    RecoveryCode,
    SavedPack,
    ScheduledMessage,
    Scope,
    SecondFactor,
    StickerPack,
    Ticket,
    Trouble,
    UnsentDraft,
    Upload,
)
from hongyan_core.store.outbox import tell_notice
from hongyan_core.store.sets import read, write

_STEP: Final = 500
_log: Final = logging.getLogger(__name__)
_UNFINISHED: Final = "deleting:"
# Rows that mean nothing without the account, by the column that names it. Each is found by an index; `link` is short.
_BELONGINGS: Final[tuple[ForeignKeyField, ...]] = (
    SecondFactor.account,
    RecoveryCode.account,
    Passkey.account,
    Identity.account,
    Ticket.account,
    PushSubscription.account,
    AccountTerm.account,
    Scope.account,
    Link.creator,
    ContactLabel.account,
    ContactLabel.friend,
    ConversationMute.account,
    ListMarks.account,
    ScheduledMessage.account,
    UnsentDraft.account,
    FriendRequest.sender,
    FriendRequest.recipient,
    Block.owner,
    Block.blocked,
    GroupBan.account,
    JoinRequest.account,
    Upload.account,
    Presence.account,
    MqttSession.account,
    SavedPack.account,
    StickerPack.account,  # its stickers go with the row
)


def delete_myself(actor: Actor, *, at_ms: int) -> None:
    """Delete one's own account, with its bots and devices; the caller has proven once more who it is.

    Raises:
        Problem: not_permitted (by a device token), last_admin.
    """
    with write_transaction():
        raise_relations_version()
        account = load_target(actor, actor.name, rules.DELETE_MYSELF, ends_admin=True)
        _mark(account, at_ms)
    finish_deletions(at_ms=at_ms)


def delete_account(actor: Actor, name: str, *, at_ms: int) -> None:
    """Delete somebody's account, with its bots and devices; or one bot or device.

    Raises:
        Problem: not_permitted, unknown_account, not_yourself, last_admin.
    """
    with write_transaction():
        raise_relations_version()
        account = load_target(actor, name, rules.DELETE_ACCOUNT, ends_admin=True)
        _mark(account, at_ms)
        write_audit(actor, "delete", account.name, at_ms=at_ms)
    finish_deletions(at_ms=at_ms)


def finish_deletions(*, at_ms: int) -> None:
    """Clean up after every account that is marked, those of an interrupted deletion too; nothing to do is one read.

    What fails is logged and left for the next time: the account is deleted, whatever is left of it.
    """
    unfinished = Meta.select(Meta.key).where((Meta.key > _UNFINISHED) & (Meta.key < _UNFINISHED + "~"))
    for account_id in sorted(int(key.removeprefix(_UNFINISHED)) for (key,) in read_rows(unfinished)):
        try:
            _clean(Account.get_by_id(account_id), at_ms)
        except Exception:
            _log.exception(
                "the deletion of account %d is not finished; the next one or the next start goes on", account_id
            )


# --- at once


def _mark(account: Account, at_ms: int) -> None:
    """The account and what it owns: out of use from the next message on, and without a face or an address."""
    owned = Account.select().where((Account.owner == account) & Account.deleted_at_ms.is_null()).order_by(Account.id)
    for each in [account, *owned]:
        Account.update(
            deleted_at_ms=at_ms,
            display_name=DELETED_NAME,
            password_hash="",
            about="",
            time_zone="",
            email=None,
            role="user",
            hidden=True,
            link_generation=Account.link_generation + 1,
        ).where(Account.id == each.id).execute()
        end_credentials(each, keep=None)
        Meta.insert(key=f"{_UNFINISHED}{each.id}", value=at_ms).execute()


# --- in steps


def _clean(account: Account, at_ms: int) -> None:
    while _end_some_friendships(account, at_ms):
        pass
    while _leave_a_group(account, at_ms):
        pass
    for column in _BELONGINGS:
        while _drop_some(column, account.id):
            pass
    while _release_some_files(account.id):
        pass
    _drop_picture(Account.get_by_id(account.id))
    Trouble.delete().where(Trouble.key == f"account:{account.name}").execute()
    Meta.delete().where(Meta.key == f"{_UNFINISHED}{account.id}").execute()


def _end_some_friendships(account: Account, at_ms: int) -> bool:
    """Up to 500; from the account's own side, for there is no index on the other."""
    query = (
        Friendship.select(Account.id, Account.name)
        .join(Account, on=(Friendship.friend == Account.id))
        .where(Friendship.account == account)
        .limit(_STEP)
    )
    friends = list(read_rows(query))
    ids = [friend_id for friend_id, _ in friends]
    if ids:
        with write_transaction():
            raise_relations_version()
            Friendship.delete().where((Friendship.account == account) & Friendship.friend.in_(ids)).execute()
            Friendship.delete().where(Friendship.account.in_(ids) & (Friendship.friend == account)).execute()
            notice = {"type": "friend_removed", "from": account.name, "at": at_ms}
            tell_notice([name for _, name in friends], notice)
    return bool(ids)


def _leave_a_group(account: Account, at_ms: int) -> bool:
    """One; an owner hands over as who leaves does."""
    inside = (Membership.account == account) & Membership.until_seq.is_null() & ChatGroup.dissolved_at_ms.is_null()
    group = (
        ChatGroup.select().join(Membership, on=(Membership.group == ChatGroup.id)).where(inside).limit(1).get_or_none()
    )
    if group is not None and group.name == EVERYONE:
        with write_transaction():
            raise_relations_version()
            leave_everyone(account, at_ms=at_ms)
    elif group is not None:
        remove_member(account, group, account.name, at_ms=at_ms)
    return group is not None


def _drop_some(column: Field, account_id: int) -> bool:
    """Up to 500 rows; whether there were any."""
    model = column.model
    table, key = model._meta.table_name, ", ".join(field.column_name for field in model._meta.get_primary_keys())
    some = f"FROM {table} WHERE {column.column_name} = ? LIMIT {_STEP}"
    if not read(f"SELECT 1 {some}", account_id):
        return False
    with write_transaction():
        raise_relations_version()
        write(f"DELETE FROM {table} WHERE ({key}) IN (SELECT {key} {some})", account_id)  # noqa: S608  # our own names
    return True


def _release_some_files(account_id: int) -> bool:
    """The sweep takes those that nobody else's conversation holds."""
    with write_transaction():
        return release_files_of(account_id, _STEP)


def _drop_picture(account: Account) -> None:
    with write_transaction():
        Account.update(picture=None).where(Account.id == account.id).execute()
        Picture.delete().where(Picture.hash == account.picture).execute()  # a row has one owner
