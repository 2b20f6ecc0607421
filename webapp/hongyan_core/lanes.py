"""A lane is one account's way into one conversation, as the rules see it today. Pure: relations in, lane out."""

from __future__ import annotations

import msgspec

from hongyan import topics
from hongyan.errors import Code
from hongyan.topics import ConversationKey, ConversationKind
from hongyan_core import rules
from hongyan_core.standing import Pair, Role, Seat
from hongyan_core.store.facts import KnownAccount, KnownGroup, Relations


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
    peers: tuple[int, int] | None = None  # one to one: the ids of both, in the order of their names
    group: KnownGroup | None = None
    since_seq: int = 0  # all of `others` see what is beyond it
    feed: str | None = None

    def who_sees(self, seq: int) -> tuple[str, ...]:
        """Those of the others who may see this message."""
        if seq > self.since_seq or self.group is None:
            return self.others
        members = self.group.members
        return tuple(name for name in self.others if members[name][1] < seq)


def make_lane(account: str, conversation: ConversationKey, relations: Relations) -> Lane:
    """The lane of `account` into what it calls `conversation`; of nobody, or to nobody, refusals."""
    if conversation.kind is ConversationKind.USER:
        return _make_to_user(account, conversation, relations)
    return _make_to_group(account, conversation, relations)


def _make_to_user(account: str, conversation: ConversationKey, relations: Relations) -> Lane:
    me, other = relations.accounts.get(account), relations.accounts.get(conversation.name)
    pair = _make_pair(me, other, relations)
    return Lane(
        me,
        sent=str(conversation),
        inbox=str(topics.user(account)),
        mine=(account,),
        others=(conversation.name,),
        pair=pair,
        may_send=rules.SEND_TO_USER.decide(pair),
        may_signal=rules.SIGNAL_TO_USER.decide(pair),
        peers=_in_order(me, other) if me is not None and other is not None else None,
    )


def _make_pair(me: KnownAccount | None, other: KnownAccount | None, relations: Relations) -> Pair:
    if me is None or other is None:
        return Pair(in_use=me is not None and me.active)
    return Pair(
        in_use=me.active,
        other_in_use=other.active,
        myself=me is other,
        friends=(me.id, other.id) in relations.friends,
        blocks_me=(other.id, me.id) in relations.blocks,
        blocked_by_me=(me.id, other.id) in relations.blocks,
    )


def _in_order(me: KnownAccount, other: KnownAccount) -> tuple[int, int]:
    return (me.id, other.id) if me.name < other.name else (other.id, me.id)


def _make_to_group(account: str, conversation: ConversationKey, relations: Relations) -> Lane:
    me = relations.accounts.get(account)
    group = relations.groups.get(conversation.name)
    found = group.members.get(account) if group is not None else None
    seat = Seat(in_use=me is not None and me.active, role=Role(found[0]) if found is not None else None)
    others = tuple(name for name in group.names if name != account) if group is not None and found is not None else ()
    return Lane(
        me,
        sent=str(conversation),
        inbox=str(conversation),
        mine=(account,),
        others=others,
        seat=seat,
        may_send=rules.SEND_TO_GROUP.decide(seat),
        may_signal=rules.SIGNAL_TO_GROUP.decide(seat),
        group=group,
        since_seq=max((group.members[name][1] for name in others), default=0) if group is not None else 0,
        feed=conversation.name,
    )
