"""Decide a batch: facts and requests in, decisions and what is to be written out. No database here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import msgspec

from hongyan.envelope import encode_stamped
from hongyan.errors import Code
from hongyan.topics import Branch
from hongyan_core import notices, rules
from hongyan_core.decisions import Accepted, Decision, Delivery, Refused
from hongyan_core.gather import Facts, Talk
from hongyan_core.intake import (
    BadRequest,
    LineRequest,
    ReadRequest,
    Request,
    SendRequest,
    SignalRequest,
    StatusRequest,
)
from hongyan_core.lanes import Lane
from hongyan_core.presence import PresenceChanges, Visible
from hongyan_core.rates import Charges
from hongyan_core.store.facts import KnownAccount, KnownConversation, KnownMessage
from hongyan_core.store.log import NewMessage, Writes

# Members of an enum cost 0.1 us to look up, each time.
_INBOX: Final = Branch.INBOX
_SENT: Final = Branch.SENT


@dataclass(slots=True)
class Memory:
    """What a batch changes in memory; thrown away with the batch when the database cannot write."""

    position: int  # the last one given out
    charges: Charges
    presence: PresenceChanges
    heads: dict[str, KnownConversation] = field(default_factory=dict)  # those that were moved

    def copy(self) -> Memory:
        """The same, to go on from."""
        return Memory(self.position, self.charges.copy(), self.presence.copy(), dict(self.heads))


@dataclass(slots=True)
class Batch:
    """One batch in the making. `memory` moves on with each decision, `writes` grows."""

    facts: Facts
    memory: Memory
    at_ms: int
    writes: Writes = field(default_factory=Writes)
    seen: dict[int, tuple[str, Visible]] = field(default_factory=dict)  # place in the batch → whose presence changed
    _told: dict[tuple[int, str], KnownMessage] = field(default_factory=dict)  # stored before, answered in this batch

    def decide_all(self, requests: Sequence[Request]) -> list[Decision]:
        """Decide in order; to whom a presence is told is left open: the caller asks for the friends of `seen`."""
        deciders: dict[type, Callable[[int, Any], Decision]] = {
            SendRequest: self._send,
            LineRequest: self._write_line,
            ReadRequest: self._mark_read,
            SignalRequest: self._signal,
            StatusRequest: self._say_status,
            BadRequest: self._refuse_bad,
        }
        return [deciders[type(request)](place, request) for place, request in enumerate(requests)]

    # Every decider takes a token first, also for what is then refused: refusals cost work too.

    def _refuse_bad(self, _: int, bad: BadRequest) -> Decision:
        self.memory.charges.take(bad.account)
        return notices.refuse(bad, self._language(bad.account), self.at_ms)

    # --- messages

    def _send(self, _: int, request: SendRequest) -> Decision:
        if request.counted and not self.memory.charges.take(request.account):
            return self._refuse(request, Code.RATE_LIMITED)
        lane = self.facts.lanes[request.account, request.key]
        me, refusal = lane.me, lane.may_send if lane.muted_until_ms <= self.at_ms else _refuse_muted(lane)
        if me is None or refusal is Code.ACCOUNT_DISABLED:
            return self._refuse(request, Code.ACCOUNT_DISABLED)
        identity = (me.id, request.message_id)
        if identity in self.writes.messages or self.facts.messages:
            known = self._find_known(identity)
            if known is not None:
                return self._repeat(request, lane, identity, known)
        if refusal is not None:
            return self._refuse(request, refusal)
        payload, position, seq = self._stamp(request, lane, me, identity)
        others = lane.others if seq > lane.since_seq else lane.who_sees(seq)
        return Accepted(_deliver(lane, others, payload, position), position)

    def _write_line(self, _: int, request: LineRequest) -> Decision:
        """No rule is asked: who has changed the group may be out of it now, and then hears of it by a notice."""
        lane = self.facts.lanes[request.account, request.key]
        me, group = lane.me, lane.group
        if me is None or group is None or not (group.names or group.dissolved):
            return Accepted(())
        payload, position, _seq = self._stamp(request, lane, me, (me.id, request.message_id))
        others = tuple(name for name in group.names if name != me.name)
        deliveries = _deliver(lane, others, payload, position)
        return Accepted(deliveries if me.name in group.members else deliveries[:-1], position)

    def _find_known(self, identity: tuple[int, str]) -> KnownMessage | None:
        new = self.writes.messages.get(identity)
        if new is not None:
            return KnownMessage(new.position, new.seq, new.key, new.payload, told=True)
        return self._told.get(identity) or self.facts.messages.get(identity)

    def _repeat(self, request: SendRequest, lane: Lane, identity: tuple[int, str], known: KnownMessage) -> Decision:
        """The first stamp again. Others get it again only where the rules would still let it through."""
        if known.key != request.key:
            return self._refuse(request, Code.ID_REUSED)
        self._told[identity] = msgspec.structs.replace(known, told=True)
        others = lane.who_sees(known.seq) if lane.may_send is None else ()
        return Accepted(_deliver(lane, others, known.payload, known.position), known.position, known.told)

    def _stamp(
        self, request: SendRequest | LineRequest, lane: Lane, me: KnownAccount, identity: tuple[int, str]
    ) -> tuple[bytes, int, int]:
        """The stamped envelope with its position and seq."""
        key, message_id, draft, writes = request.key, request.message_id, request.draft, self.writes
        position = self.memory.position = self.memory.position + 1
        seq = (writes.last_seqs.get(key) or self._last_seq(key)) + 1
        payload = encode_stamped(draft, message_id=message_id, seq=seq, at_ms=self.at_ms, sender=me.name, to=lane.sent)
        writes.messages[identity] = NewMessage(position, key, seq, me.id, message_id, draft.kind, payload)
        writes.last_seqs[key] = seq
        writes.marks[me.id, key] = seq  # who writes has read
        if seq == 1 and lane.peers is not None:
            writes.opened[key] = lane.peers
        return payload, position, seq

    # --- read marks, signals, presence

    def _mark_read(self, _: int, request: ReadRequest) -> Decision:
        if not self.memory.charges.take(request.account):
            return self._refuse(request, Code.RATE_LIMITED)
        lane = self.facts.lanes[request.account, request.key]
        last_seq = self._last_seq(request.key)
        refusal = _may_mark(lane, has_history=last_seq > 0)
        if refusal is not None or lane.me is None:
            return self._refuse(request, refusal or Code.ACCOUNT_DISABLED)
        place = (lane.me.id, request.key)
        seq = min(request.seq, last_seq)
        if seq <= max(self.facts.marks.get(place, 0), self.writes.marks.get(place, 0)):
            return Accepted(())
        self.writes.marks[place] = seq
        tell_peer = lane.pair is not None and rules.SHOW_READ_MARK.decide(lane.pair) is None
        return Accepted(notices.tell_read(request.account, request.conversation, seq, self.at_ms, tell_peer=tell_peer))

    def _signal(self, _: int, request: SignalRequest) -> Decision:
        if not self.memory.charges.take(request.account):
            return self._refuse(request, Code.RATE_LIMITED)
        lane = self.facts.lanes[request.account, request.key]
        refusal = lane.may_signal if lane.muted_until_ms <= self.at_ms else _refuse_muted(lane)
        if refusal is not None:
            return self._refuse(request, refusal)
        if not lane.others:
            return Accepted(())
        fields, others = request.fields, lane.others
        return Accepted(notices.tell_signal(request.account, request.conversation, fields, self.at_ms, others))

    def _say_status(self, place: int, request: StatusRequest) -> Decision:
        # Going offline is free.
        if request.state != "offline" and not self.memory.charges.take(request.account):
            topic = f"im/{request.account}/status/{request.device}"
            limited = BadRequest(request.account, Code.RATE_LIMITED, topic=topic)
            return notices.refuse(limited, self._language(request.account), self.at_ms)
        visible = self.memory.presence.say(request.account, request.device, request.state, request.text, self.at_ms)
        account = self.facts.accounts.get(request.account)
        if visible is not None and account is not None:
            self.writes.presence[account.id] = visible
            self.seen[place] = (request.account, visible)
        return Accepted(())

    # --- what is known

    def _language(self, account: str) -> str:
        known = self.facts.accounts.get(account)
        return known.language if known is not None else "en"

    def _refuse(self, request: Talk, code: Code) -> Refused:
        message_id = request.message_id if isinstance(request, SendRequest) else None
        bad = BadRequest(request.account, code, request.conversation, message_id=message_id)
        return notices.refuse(bad, self._language(request.account), self.at_ms)

    def _last_seq(self, key: str) -> int:
        seq = self.writes.last_seqs.get(key)
        if seq is not None:
            return seq
        head = self.memory.heads.get(key) or self.facts.heads.get(key)
        return head.last_seq if head is not None else 0


def _deliver(lane: Lane, others: tuple[str, ...], payload: bytes, position: int) -> tuple[Delivery, ...]:
    sent = Delivery(lane.mine, _SENT, lane.sent, payload, position, lane.feed)
    return (Delivery(others, _INBOX, lane.inbox, payload, position, lane.feed), sent) if others else (sent,)


def _refuse_muted(lane: Lane) -> Code | None:
    return rules.SEND_TO_GROUP.decide(replace(lane.seat, muted=True)) if lane.seat is not None else lane.may_send


def _may_mark(lane: Lane, *, has_history: bool) -> Code | None:
    if lane.pair is not None:
        return rules.MARK_READ_WITH_USER.decide(replace(lane.pair, have_history=has_history))
    return rules.MARK_READ_IN_GROUP.decide(lane.seat) if lane.seat is not None else Code.NOT_MEMBER
