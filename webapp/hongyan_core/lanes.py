"""A lane is one account's way into one conversation, as the rules see it today. Pure: relations in, lane out."""

from __future__ import annotations

import msgspec

from hongyan import topics
from hongyan.errors import Code
from hongyan.topics import ConversationKey, ConversationKind
from hongyan_core import rules
from hongyan_core.standing import Pair, Role, Seat
from hongyan_core.store.facts import KnownAccount, KnownGroup, KnownMember, Relations


class Lane(msgspec.Struct, frozen=True):
    """What does not change while no relation changes, so that a message costs one look-up.

    `pair` is set one to one, `seat` in a group; `pair.have_history` is not known here.
    """

    me: KnownAccount | None
    sent: str  # what `me` calls the conversation: `user/bob`, `group/lab`
    inbox: str  # what the others call it
    mine: tuple[str, ...]
    others: tuple[str, ...]  # in order of names; empty where `may_send` is a refusal
    pair: Pair | None = None
    seat: Seat | None = None
    may_send: Code | None = None  # None: yes
    may_signal: Code | None = None
    muted_until_ms: int = 0  # before it neither is allowed, in a group
    peers: tuple[int, int] | None = None  # one to one: the ids of both, in the order of their names
    group: KnownGroup | None = None
    since_seq: int = 0  # all of `others` see what is beyond it
    feed: str | None = None
    shows_reading: bool = False  # one to one: both tell others what they have read

    @property
    def everybody_else(self) -> tuple[str, ...]:
        """All who are in the conversation, whoever may write to whom; nobody in a group that is over."""
        if self.group is None:
            return self.others
        members = () if self.group.dissolved else self.group.names
        return tuple(name for name in members if name not in self.mine)

    def who_sees(self, seq: int) -> tuple[str, ...]:
        """Those of the others who may see this message."""
        if seq > self.since_seq or self.group is None:
            return self.others
        members = self.group.members
        return tuple(name for name in self.others if members[name].since_seq < seq)


def make_lane(account: str, conversation: ConversationKey, relations: Relations) -> Lane:
    """The lane of `account` into what it calls `conversation`; of nobody, or to nobody, refusals."""
    if conversation.kind is ConversationKind.USER:
        return _make_to_user(account, conversation, relations)
    return _make_to_group(account, conversation, relations)


def _make_to_user(account: str, conversation: ConversationKey, relations: Relations) -> Lane:
    me, other = relations.accounts.get(account), relations.accounts.get(conversation.name)
    pair = _make_pair(me, other, str(conversation), relations)
    return Lane(
        me,
        sent=str(conversation),
        inbox=str(topics.user(account)),
        mine=(account,),
        others=() if pair.myself else (conversation.name,),
        pair=pair,
        may_send=rules.SEND_TO_USER.decide(pair),
        may_signal=rules.SIGNAL_TO_USER.decide(pair),
        shows_reading=me is not None and other is not None and me.shows_reading and other.shows_reading,
        peers=_in_order(me, other) if me is not None and other is not None else None,
    )


def _make_pair(me: KnownAccount | None, other: KnownAccount | None, key: str, relations: Relations) -> Pair:
    if me is None or other is None:
        return Pair(in_use=me is not None and me.active)
    return Pair(
        in_use=me.active,
        other_in_use=other.active,
        myself=me is other,
        friends=(me.id, other.id) in relations.friends,
        blocks_me=(other.id, me.id) in relations.blocks,
        blocked_by_me=(me.id, other.id) in relations.blocks,
        in_scope=_is_in_scope(me, key, relations),
    )


def _is_in_scope(me: KnownAccount, key: str, relations: Relations) -> bool:
    return not me.scoped or (me.id, key) in relations.scopes


def _in_order(me: KnownAccount, other: KnownAccount) -> tuple[int, int]:
    return (me.id, other.id) if me.name < other.name else (other.id, me.id)


def _make_to_group(account: str, conversation: ConversationKey, relations: Relations) -> Lane:
    me = relations.accounts.get(account)
    group = relations.groups.get(conversation.name)
    member = group.members.get(account) if group is not None and not group.dissolved else None
    seat = _make_seat(me, group, member, str(conversation), relations)
    others = tuple(name for name in group.names if name != account) if group is not None and member is not None else ()
    return Lane(
        me,
        sent=str(conversation),
        inbox=str(conversation),
        mine=(account,),
        others=others,
        seat=seat,
        may_send=rules.SEND_TO_GROUP.decide(seat),
        may_signal=rules.SIGNAL_TO_GROUP.decide(seat),
        muted_until_ms=_find_mute(group, member),
        group=group,
        since_seq=max((group.members[name].since_seq for name in others), default=0) if group is not None else 0,
        feed=conversation.name,
    )


def _make_seat(
    me: KnownAccount | None, group: KnownGroup | None, member: KnownMember | None, key: str, relations: Relations
) -> Seat:
    """Nobody is muted here: that depends on the time, see `Lane.muted_until_ms`."""
    if me is None or group is None or member is None:
        return Seat(in_use=me is not None and me.active)
    return Seat(
        in_use=me.active,
        role=member.role,
        in_scope=_is_in_scope(me, key, relations),
        only_admins_write=group.only_admins_write,
    )


def _find_mute(group: KnownGroup | None, member: KnownMember | None) -> int:
    """Until when a member does not write; to mute all leaves out those who manage the group."""
    if group is None or member is None:
        return 0
    return max(member.muted_until_ms, group.muted_until_ms if member.role is Role.MEMBER else 0)
