"""A group with all kinds of seats: *ann* owns lab, *dan* is an admin, *bob* and *thermo* are members, *eve* is out."""

from __future__ import annotations

from dataclasses import dataclass

from hongyan_core.actions.groups import add_member, create_group
from hongyan_core.store.models import Account, ChatGroup, Conversation, Membership
from tests.support.cast import make_account, make_friends, take_outbox


@dataclass(frozen=True)
class Lab:
    """The group as it was made; `group` is not read again by itself."""

    group: ChatGroup
    ann: Account
    dan: Account
    bob: Account
    thermo: Account
    eve: Account

    def roles(self) -> dict[str, str]:
        """user name → role of the members of today."""
        return {row.account.name: row.role for row in self._open()}

    def seat(self, name: str) -> Membership:
        """The open membership."""
        return next(row for row in self._open() if row.account.name == name)

    def _open(self) -> list[Membership]:
        rows = Membership.select().where((Membership.group == self.group) & Membership.until_seq.is_null())
        return list(rows.order_by(Membership.id))

    def again(self) -> ChatGroup:
        """The group as it is now."""
        return ChatGroup.get_by_id(self.group.id)

    def speak(self, last_seq: int) -> None:
        """So many messages were written."""
        Conversation.update(last_seq=last_seq).where(Conversation.id == self.group.conversation_id).execute()


def make_lab(**columns: str) -> Lab:
    """Made at 10, everybody let in at 20; an empty outbox. `columns` are of the group."""
    ann, dan, bob, thermo, eve = (make_account(name) for name in ("ann", "dan", "bob", "thermo", "eve"))
    group = create_group(ann, "lab", "The lab", at_ms=10)
    for friend in (dan, bob, thermo):
        make_friends(ann, friend)
        add_member(ann, group, friend.name, at_ms=20)
    Membership.update(role="admin").where(Membership.account == dan).execute()
    if columns:
        ChatGroup.update(**columns).where(ChatGroup.id == group.id).execute()
    take_outbox()
    return Lab(ChatGroup.get_by_id(group.id), ann, dan, bob, thermo, eve)
