"""Decide a batch: facts and requests in, decisions and what is to be written out. No database here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import msgspec

from hongyan.envelope import Draft, encode_stamped
from hongyan.errors import Code
from hongyan.kinds import EVENT_KIND, KINDS, MARK_KINDS, Role
from hongyan.topics import Branch
from hongyan_core import notices, rules
from hongyan_core.asides import put_card, schedule
from hongyan_core.content import resolve
from hongyan_core.decisions import Accepted, Decision, Delivery, Refused
from hongyan_core.gather import Facts, Talk
from hongyan_core.intake import (
    BadRequest,
    EraseRequest,
    LineRequest,
    ReadRequest,
    Request,
    SendRequest,
    SignalRequest,
    StatusRequest,
)
from hongyan_core.lanes import Lane
from hongyan_core.marks import Marking, make_mark
from hongyan_core.notices import Reading
from hongyan_core.presence import PresenceChanges, Visible
from hongyan_core.rates import Charges
from hongyan_core.store.changes import Changes
from hongyan_core.store.facts import NO_MARK, KnownAccount, KnownConversation, KnownMessage
from hongyan_core.store.log import MovedHead, NewMessage, Writes
from hongyan_core.subjects import CONTENT_KINDS, Ask, Entry, Place, Unfit

# Members of an enum cost 0.1 us to look up, each time.
_INBOX: Final = Branch.INBOX
_SENT: Final = Branch.SENT
# What other rules decide than those of sending: one to one, in a group.
_GATES: Final = {
    "reaction": (rules.MARK_WITH_USER, rules.MARK_IN_GROUP),
    "vote": (rules.MARK_WITH_USER, rules.MARK_IN_GROUP),
    "recall": (rules.TAKE_BACK_WITH_USER, rules.TAKE_BACK_IN_GROUP),
}


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
    window_ms: int = 86_400_000  # in which one edits and takes back
    writes: Writes = field(default_factory=Writes)
    seen: dict[int, tuple[KnownAccount, Visible]] = field(default_factory=dict)  # place → whose presence changed
    _told: dict[tuple[int, str], KnownMessage] = field(default_factory=dict)  # stored before, answered in this batch

    def decide_all(self, requests: Sequence[Request]) -> list[Decision]:
        """Decide in order; to whom a presence is told is left open: the caller asks for the friends of `seen`."""
        deciders: dict[type, Callable[[int, Any], Decision]] = {
            SendRequest: self._send,
            LineRequest: self._write_line,
            EraseRequest: self._erase,
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
        me = lane.me
        if me is None or lane.may_send is Code.ACCOUNT_DISABLED:
            return self._refuse(request, Code.ACCOUNT_DISABLED)
        identity = (me.id, request.message_id)
        if identity in self.writes.messages or self.facts.messages:
            known = self._find_known(identity)
            if known is not None:
                return self._repeat(request, lane, identity, known)
        if request.special:
            return self._send_special(request, lane, me)
        refusal = lane.may_send if lane.muted_until_ms <= self.at_ms else _refuse_muted(lane)
        if refusal is not None:
            return self._refuse(request, refusal)
        payload, position, seq = self._stamp(request, request.draft, lane, me)
        others = lane.others if seq > lane.since_seq else lane.who_sees(seq)
        return Accepted(_deliver(lane, others, payload, position), position)

    def _write_line(self, _: int, request: LineRequest) -> Decision:
        """No rule is asked: who has changed the group may be out of it now, and then hears of it by a notice."""
        lane = self.facts.lanes[request.account, request.key]
        me, group = lane.me, lane.group
        if me is None or group is None or not (group.names or group.dissolved):
            return Accepted(())
        payload, position, _seq = self._stamp(request, request.draft, lane, me)
        others = tuple(name for name in group.names if name != me.name)
        deliveries = _deliver(lane, others, payload, position)
        return Accepted(deliveries if me.name in group.members else deliveries[:-1], position)

    def _erase(self, _: int, request: EraseRequest) -> Decision:
        """No rule is asked: that it would disappear was part of the message."""
        lane = self.facts.lanes[request.account, request.key]
        if lane.me is None:
            return Accepted(())
        payload, position, _seq = self._stamp(request, request.draft, lane, lane.me)
        self.writes.over.setdefault(request.key, []).extend(request.seqs)
        return Accepted(_deliver(lane, lane.everybody_else, payload, position), position)

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
        self, request: SendRequest | LineRequest, draft: Draft, lane: Lane, me: KnownAccount, sender: str | None = None
    ) -> tuple[bytes, int, int]:
        """The stamped envelope with its position and seq. `sender` is the name that it says, if it is not its own."""
        key, message_id, kind, writes = request.key, request.message_id, draft.kind, self.writes
        position = self.memory.position = self.memory.position + 1
        head = writes.heads.get(key) or self._move_head(key, lane)
        seq = head.last_seq = head.last_seq + 1
        if kind not in MARK_KINDS:
            head.shown_seq = seq
            writes.marks[me.id, key] = seq  # who writes has read
            if kind != EVENT_KIND:
                head.counted += 1
                if head.disappear_s is not None or "disappear_s" in draft.fields:
                    draft = self._make_fleeting(draft, (key, seq), head.disappear_s or 0)
        payload = encode_stamped(
            draft, message_id=message_id, seq=seq, at_ms=self.at_ms, sender=sender or me.name, to=lane.sent
        )
        writes.messages[me.id, message_id] = NewMessage(
            position, key, seq, me.id, message_id, kind, payload, head.counted
        )
        if self.facts.subjects is not None and kind in CONTENT_KINDS:
            self.facts.subjects.entries[key, seq] = Entry(position, me.id, me.name, kind, self.at_ms, payload)
        return payload, position, seq

    def _make_fleeting(self, draft: Draft, place: Place, usual_s: int) -> Draft:
        """It says itself how long it stays, where the conversation decides it."""
        seconds = draft.fields.get("disappear_s", usual_s)
        self._changes().fleeting.append((place, seconds))
        return Draft(draft.kind, draft.fields | {"disappear_s": seconds}, draft.id)

    # --- special messages

    def _send_special(self, request: SendRequest, lane: Lane, me: KnownAccount) -> Decision:
        refusal = self._may_send(request, lane)
        if refusal is not None:
            return self._refuse(request, refusal)
        ask = Ask(request, lane, me, self.at_ms)
        try:
            return self._deciders_of_kinds[KINDS[request.draft.kind].role](ask)
        except Unfit as unfit:
            return self._refuse(request, unfit.code, unfit)

    @property
    def _deciders_of_kinds(self) -> dict[Role, Callable[[Ask], Decision]]:
        return {Role.CONTENT: self._send_content, Role.MARK: self._send_mark, Role.CARD: self._send_card}

    def _may_send(self, request: SendRequest, lane: Lane) -> Code | None:
        with_user, in_group = _GATES.get(request.draft.kind, (rules.SEND_TO_USER, rules.SEND_TO_GROUP))
        if lane.pair is not None:
            return with_user.decide(replace(lane.pair, have_history=self._last_seq(request.key) > 0))
        if lane.seat is None:
            return Code.NOT_MEMBER
        return in_group.decide(replace(lane.seat, muted=lane.muted_until_ms > self.at_ms))

    def _accept(self, ask: Ask, fields: dict[str, Any], sender: str | None = None) -> Accepted:
        """Stamp and deliver it with these fields."""
        draft = Draft(ask.request.draft.kind, fields, ask.request.draft.id)
        payload, position, seq = self._stamp(ask.request, draft, ask.lane, ask.me, sender)
        return Accepted(_deliver(ask.lane, ask.lane.who_sees(seq), payload, position), position)

    def _send_content(self, ask: Ask) -> Decision:
        """What is for later has to be right already now."""
        subjects, key, kind = self.facts.known_subjects, ask.request.key, ask.request.draft.kind
        content = resolve(ask, subjects, self.facts.accounts)
        if "deliver_at" in ask.fields:
            return schedule(ask, subjects, self._changes())
        accepted = self._accept(ask, content.fields)
        self._changes().add_content(content, (key, self._last_seq(key)), kind)
        return accepted

    def _send_mark(self, ask: Ask) -> Decision:
        marking = Marking(ask, self.facts.known_subjects, self._changes(), self.facts.accounts, self.window_ms)
        said = make_mark(marking)
        return self._accept(ask, said.fields, said.sender)

    def _send_card(self, ask: Ask) -> Decision:
        decision = put_card(ask, self.facts.known_subjects, self._changes())
        if ask.request.key not in self.writes.heads:  # it hangs on the conversation, which it may begin
            self._move_head(ask.request.key, ask.lane)
        return decision

    def _changes(self) -> Changes:
        if self.writes.changes is None:
            self.writes.changes = Changes()
        return self.writes.changes

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
        known = self.facts.marks.get(place, NO_MARK)
        seq = _move(self.writes.marks, place, known.seq, min(request.seq, last_seq))
        delivered = _move(self.writes.delivered, place, known.delivered, min(request.delivered, last_seq))
        shown = lane.pair is not None and rules.SHOW_READ_MARK.decide(lane.pair) is None
        reading = Reading(request.account, request.conversation, seq, delivered, self.at_ms)
        return Accepted(notices.tell_read(reading, tell_peer=shown, tell_seq=lane.shows_reading))

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
        if account is not None:
            self.memory.presence.note(account.name, account.id)
        if visible is not None and account is not None:
            self.writes.presence[account.id] = visible
            self.seen[place] = (account, visible)
        return Accepted(())

    # --- what is known

    def _language(self, account: str) -> str:
        known = self.facts.accounts.get(account)
        return known.language if known is not None else "en"

    def _refuse(self, request: Talk, code: Code, unfit: Unfit | None = None) -> Refused:
        message_id = request.message_id if isinstance(request, SendRequest) else None
        bad = BadRequest(request.account, code, request.conversation, message_id=message_id)
        if unfit is not None:
            bad = msgspec.structs.replace(bad, field=unfit.field, limit=unfit.limit)
        return notices.refuse(bad, self._language(request.account), self.at_ms)

    def _last_seq(self, key: str) -> int:
        moved = self.writes.heads.get(key)
        if moved is not None:
            return moved.last_seq
        head = self.memory.heads.get(key) or self.facts.heads.get(key)
        return head.last_seq if head is not None else 0

    def _move_head(self, key: str, lane: Lane) -> MovedHead:
        """The head of a conversation, to be moved; two people begin theirs."""
        head = self.memory.heads.get(key) or self.facts.heads.get(key)
        if head is not None:
            moved = MovedHead(head.last_seq, head.counted, head.shown_seq, head.disappear_s)
        else:
            moved = MovedHead()
            if lane.peers is not None:
                self.writes.opened[key] = lane.peers
        self.writes.heads[key] = moved
        return moved


def _move(marks: dict[tuple[int, str], int], place: tuple[int, str], known: int, seq: int) -> int:
    """Move a mark forward; the new place of it, 0 if it is there already."""
    if seq <= max(known, marks.get(place, 0)):
        return 0
    marks[place] = seq
    return seq


def _deliver(lane: Lane, others: tuple[str, ...], payload: bytes, position: int) -> tuple[Delivery, ...]:
    sent = Delivery(lane.mine, _SENT, lane.sent, payload, position, lane.feed)
    return (Delivery(others, _INBOX, lane.inbox, payload, position, lane.feed), sent) if others else (sent,)


def _refuse_muted(lane: Lane) -> Code | None:
    return rules.SEND_TO_GROUP.decide(replace(lane.seat, muted=True)) if lane.seat is not None else lane.may_send


def _may_mark(lane: Lane, *, has_history: bool) -> Code | None:
    if lane.pair is not None:
        return rules.MARK_READ_WITH_USER.decide(replace(lane.pair, have_history=has_history))
    return rules.MARK_READ_IN_GROUP.decide(lane.seat) if lane.seat is not None else Code.NOT_MEMBER
