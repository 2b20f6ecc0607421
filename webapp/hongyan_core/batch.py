"""Decide a batch: facts and requests in, decisions and what is to be written out. No database here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hongyan.envelope import encode_stamped
from hongyan.errors import Code
from hongyan.topics import Branch, ConversationKind
from hongyan_core import notices, rules
from hongyan_core.decisions import Accepted, Decision, Delivery, Refused
from hongyan_core.gather import Talk
from hongyan_core.intake import BadRequest, ReadRequest, Request, SendRequest, SignalRequest, StatusRequest
from hongyan_core.presence import PresenceChanges, Visible
from hongyan_core.rates import Charges
from hongyan_core.rules import Pair, Role, Rule, Seat
from hongyan_core.store.facts import Facts, KnownAccount, KnownMessage
from hongyan_core.store.keys import store_key
from hongyan_core.store.log import NewMessage, Writes


@dataclass
class Memory:
    """What a batch changes in memory; thrown away with the batch when the database cannot write."""

    position: int  # the last one given out
    charges: Charges
    presence: PresenceChanges

    def copy(self) -> Memory:
        """The same, to go on from."""
        return Memory(self.position, self.charges.copy(), self.presence.copy())


@dataclass
class Batch:
    """One batch in the making. `memory` moves on with each decision, `writes` grows."""

    facts: Facts
    memory: Memory
    at_ms: int
    writes: Writes = field(default_factory=Writes)
    seen: dict[int, tuple[str, Visible]] = field(default_factory=dict)  # place in the batch → whose presence changed
    _told: dict[tuple[int, str], KnownMessage] = field(default_factory=dict)  # what this batch stored or answered

    def decide_all(self, requests: Sequence[Request]) -> list[Decision]:
        """Decide in order; to whom a presence is told is left open: the caller asks for the friends of `seen`."""
        return [self._decide(place, request) for place, request in enumerate(requests)]

    def _decide(self, place: int, request: Request) -> Decision:
        match self._charge(request):
            case BadRequest() as bad:
                return notices.refuse(bad, self._language(bad.account), self.at_ms)
            case SendRequest() as send:
                return self._send(send)
            case ReadRequest() as read:
                return self._mark_read(read)
            case SignalRequest() as signal:
                return self._signal(signal)
            case StatusRequest() as status:
                return self._say_status(place, status)

    def _charge(self, request: Request) -> Request:
        """Take a token for everything but going offline, also for what is then refused: refusals cost work too."""
        if isinstance(request, StatusRequest) and request.state == "offline":
            return request
        if self.memory.charges.take(request.account) or isinstance(request, BadRequest):
            return request
        if isinstance(request, StatusRequest):
            return BadRequest(request.account, Code.RATE_LIMITED, topic=f"im/{request.account}/status/{request.device}")
        message_id = request.message_id if isinstance(request, SendRequest) else None
        return BadRequest(request.account, Code.RATE_LIMITED, request.conversation, message_id=message_id)

    # --- messages

    def _send(self, request: SendRequest) -> Decision:
        refusal = self._ask(request, rules.SEND_TO_USER, rules.SEND_TO_GROUP)
        sender = self.facts.accounts.get(request.account)
        if sender is None or refusal is Code.ACCOUNT_DISABLED:
            return self._refuse(request, Code.ACCOUNT_DISABLED)
        identity = (sender.id, request.message_id)
        known = self._told.get(identity) or self.facts.messages.get(identity)
        if known is not None:
            return self._repeat(request, sender, known, allowed=refusal is None)
        if refusal is not None:
            return self._refuse(request, refusal)
        return self._stamp(request, sender)

    def _repeat(self, request: SendRequest, sender: KnownAccount, known: KnownMessage, *, allowed: bool) -> Decision:
        """The first stamp again. Others get it again only where the rules would still let it through."""
        if known.key != store_key(request.account, request.conversation):
            return self._refuse(request, Code.ID_REUSED)
        self._told[sender.id, request.message_id] = replace(known, told=True)
        deliveries = self._deliveries(request, known, self._others(request, known.seq) if allowed else ())
        return Accepted(deliveries, known.position, repeat=known.told)

    def _stamp(self, request: SendRequest, sender: KnownAccount) -> Decision:
        key = store_key(request.account, request.conversation)
        seq = self._last_seq(key) + 1
        payload = encode_stamped(
            request.draft,
            message_id=request.message_id,
            seq=seq,
            at_ms=self.at_ms,
            sender=sender.name,
            to=str(request.conversation),
        )
        stamped = KnownMessage(self.memory.position + 1, seq, key, payload, told=True)
        self._store(request, sender, stamped)
        return Accepted(self._deliveries(request, stamped, self._others(request, seq)), stamped.position)

    def _store(self, request: SendRequest, sender: KnownAccount, stamped: KnownMessage) -> None:
        self.memory.position = stamped.position
        self._told[sender.id, request.message_id] = stamped
        self.writes.last_seqs[stamped.key] = stamped.seq
        self.writes.marks[sender.id, stamped.key] = stamped.seq  # who writes has read
        self.writes.messages.append(
            NewMessage(
                stamped.position,
                stamped.key,
                stamped.seq,
                sender.id,
                request.message_id,
                request.draft.kind,
                stamped.payload,
            )
        )

    def _deliveries(self, request: SendRequest, message: KnownMessage, others: tuple[str, ...]) -> tuple[Delivery, ...]:
        conversation, sender = request.conversation, request.account
        feed = conversation.name if conversation.kind is ConversationKind.GROUP else None
        sent = Delivery((sender,), Branch.SENT, str(conversation), message.payload, message.position, feed)
        if not others:
            return (sent,)
        tail = str(notices.seen_by_others(sender, conversation))
        return Delivery(others, Branch.INBOX, tail, message.payload, message.position, feed), sent

    # --- read marks, signals, presence

    def _mark_read(self, request: ReadRequest) -> Decision:
        refusal = self._ask(request, rules.MARK_READ_WITH_USER, rules.MARK_READ_IN_GROUP)
        if refusal is not None:
            return self._refuse(request, refusal)
        key = store_key(request.account, request.conversation)
        place = (self.facts.accounts[request.account].id, key)
        seq = min(request.seq, self._last_seq(key))
        if seq <= max(self.facts.marks.get(place, 0), self.writes.marks.get(place, 0)):
            return Accepted(())
        self.writes.marks[place] = seq
        tell_peer = (
            request.conversation.kind is ConversationKind.USER
            and rules.SHOW_READ_MARK.decide(self._pair(request)) is None
        )
        return Accepted(notices.tell_read(request.account, request.conversation, seq, self.at_ms, tell_peer=tell_peer))

    def _signal(self, request: SignalRequest) -> Decision:
        refusal = self._ask(request, rules.SIGNAL_TO_USER, rules.SIGNAL_TO_GROUP)
        if refusal is not None:
            return self._refuse(request, refusal)
        others = self._others(request)
        if not others:
            return Accepted(())
        return Accepted(notices.tell_signal(request.account, request.conversation, request.fields, self.at_ms, others))

    def _say_status(self, place: int, request: StatusRequest) -> Decision:
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

    def _ask(self, request: Talk, to_user: Rule[Pair, Code], to_group: Rule[Seat, Code]) -> Code | None:
        if request.conversation.kind is ConversationKind.USER:
            return to_user.decide(self._pair(request))
        return to_group.decide(self._seat(request))

    def _pair(self, request: Talk) -> Pair:
        me, other = self.facts.accounts.get(request.account), self.facts.accounts.get(request.conversation.name)
        if me is None or other is None:
            return Pair(in_use=me is not None and me.active)
        return Pair(
            in_use=me.active,
            other_in_use=other.active,
            myself=me is other,
            friends=(me.id, other.id) in self.facts.friends,
            blocks_me=(other.id, me.id) in self.facts.blocks,
            blocked_by_me=(me.id, other.id) in self.facts.blocks,
            have_history=self._last_seq(store_key(me.name, request.conversation)) > 0,
        )

    def _seat(self, request: Talk) -> Seat:
        me = self.facts.accounts.get(request.account)
        group = self.facts.groups.get(request.conversation.name)
        found = group.members.get(request.account) if group is not None else None
        return Seat(in_use=me is not None and me.active, role=Role(found[0]) if found is not None else None)

    def _last_seq(self, key: str) -> int:
        if key in self.writes.last_seqs:
            return self.writes.last_seqs[key]
        known = self.facts.conversations.get(key)
        return known.last_seq if known is not None else 0

    def _others(self, request: Talk, seq: int | None = None) -> tuple[str, ...]:
        """Who else is there now; with `seq`, who of them may see that message."""
        if request.conversation.kind is ConversationKind.USER:
            return (request.conversation.name,)
        group = self.facts.groups[request.conversation.name]
        return tuple(
            name for name in group.names if name != request.account and (seq is None or group.members[name][1] < seq)
        )
