"""What a client knows, without a socket, a clock or a thread: arrivals are fed in, what comes back is carried out.

A `Session` outlives connections. It gives ids to what is sent and remembers it until its stamp or its refusal arrives;
it puts what is received in order, drops what it has already seen, notices holes and says which pieces of history to
fetch; it knows up to which message each conversation was handled. One conversation is in order; two conversations are
not put in order with each other.
"""

from __future__ import annotations

import json
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final
from uuid import uuid4

from hongyan.envelope import Message, encode_draft, parse_message
from hongyan.errors import MalformedEnvelope, MalformedTopic, Rejected
from hongyan.kinds import GONE_KIND
from hongyan.topics import (
    Branch,
    ConversationKey,
    DeliveryTopic,
    own_filters,
    parse_conversation_key,
    parse_delivery_topic,
    send_topic,
)

PAGE_SIZE: Final = 200  # the most that the API gives in one page
MAX_READY: Final = 1_000  # messages waiting for the program; beyond it the history keeps them
MAX_AHEAD: Final = 1_000  # messages of one conversation that wait for the filling of a hole
MAX_ANSWERABLE: Final = 10_000  # messages whose replies get ids that a crash does not change


@dataclass(frozen=True, slots=True)
class Head:
    """How far a conversation has come on the server."""

    conversation: ConversationKey
    last_seq: int


@dataclass(frozen=True, slots=True)
class Fetch:
    """A wish for the messages of a conversation with a seq greater than `after`."""

    conversation: ConversationKey
    after: int
    limit: int = PAGE_SIZE


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A PUBLISH to make with QoS 1."""

    message_id: str
    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Stamped:
    """A message of our own is stored: `message` is its stamped form."""

    message: Message


@dataclass(frozen=True, slots=True)
class Refused:
    """A message of our own was refused and is not stored."""

    message_id: str
    error: Rejected


@dataclass(frozen=True, slots=True)
class Notice:
    """A hint of the server that answers no message of ours: a friend request, a change of a group …"""

    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Live:
    """A signal, a presence or a read mark; `tail` is what follows `live/`."""

    tail: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Command:
    """Somebody has pressed a button of a card of ours; `conversation` is where the card stands."""

    conversation: ConversationKey
    sender: str
    card: str
    command: str


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A message that is sent at a later time; it can be changed by the API until then. Times in ms since the epoch."""

    id: str
    to: str
    deliver_at_ms: int


@dataclass(frozen=True, slots=True)
class Answered:
    """What we sent has its answer, which is no stamp: it is scheduled; or a card, which is shown."""

    message_id: str
    answer: Scheduled | Live


Event = Stamped | Refused | Answered | Notice | Live | Command


@dataclass(slots=True)
class _Log:
    """One conversation: everything up to `received` is in the ready queue or beyond it."""

    received: int
    ahead: dict[int, Message] = field(default_factory=dict)


def new_message_id() -> str:
    """32 hexadecimal digits: the time in milliseconds (12), then 80 random bits, as a UUID of version 7 has them.

    Ids that begin with the time lie side by side in the server's index; random ones cost it a page of the disk each.
    """
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"


class Session:
    """The state of one account on one device.

    Args:
        positions: The conversations' last handled seq, as `positions` gave them; None on the very first start.
        since_start: What a first start receives: everything there is, or only what comes from now on.
    """

    def __init__(
        self,
        account: str,
        *,
        positions: Mapping[ConversationKey, int] | None = None,
        since_start: bool = False,
        new_id: Callable[[], str] | None = None,
    ) -> None:
        self.account = account
        # A first identifier for all connections: two programs of one account never take each other over.
        self.client_id = f"{account}-{uuid4().hex}"
        self.positions: dict[ConversationKey, int] = dict(positions or {})
        self._skip_what_was = positions is None and not since_start
        self._new_id = new_id or new_message_id
        self._logs = {key: _Log(seq) for key, seq in self.positions.items()}
        self._wanted: dict[ConversationKey, None] = {}  # whose history is to be fetched, in order
        self._ready: deque[Message] = deque()
        self._pending: OrderedDict[str, Outgoing] = OrderedDict()
        self._replies: OrderedDict[tuple[ConversationKey, int], int] = OrderedDict()

    @property
    def filters(self) -> tuple[str, ...]:
        """What to subscribe, each with QoS 1."""
        return own_filters(self.account)

    # Sending

    def send(
        self,
        conversation: ConversationKey,
        body: str | None,
        *,
        kind: str = "text",
        fields: Mapping[str, Any] | None = None,
        ext: dict[str, Any] | None = None,
        message_id: str | None = None,
    ) -> Outgoing:
        """Prepare a message; it stays pending until it is stamped, answered, refused or abandoned.

        Raises:
            MalformedEnvelope: The exchange would refuse it.
        """
        message_id = message_id or self._new_id()
        payload = encode_draft(body, message_id=message_id, kind=kind, fields=fields, ext=ext)
        outgoing = Outgoing(message_id, send_topic(self.account, conversation), payload)
        self._pending[message_id] = outgoing
        return outgoing

    def reply_id(self, message: Message) -> str:
        """The id of the next reply to `message`: the same again after a crash, so that nobody is answered twice."""
        key = (message.conversation(self.account), message.seq)
        if key not in self._replies:
            return self._new_id()
        count = self._replies[key]
        self._replies[key] += 1
        digest = sha256(f"{key[0]}\n{key[1]}\n{count}".encode()).hexdigest()
        return f"re-{digest[:32]}"

    def abandon(self, message_id: str) -> None:
        """Do not publish it again; whether it was stored is not known."""
        self._pending.pop(message_id, None)

    def pending(self) -> list[Outgoing]:
        """What to publish (again) on a new connection, in the order of sending. A repeat is free."""
        return list(self._pending.values())

    # Receiving

    def receive(self, topic: str, payload: bytes) -> list[Event]:
        """Take one PUBLISH of the server. What is not understood is ignored: fields and topics only grow."""
        try:
            parsed = parse_delivery_topic(topic)
            if parsed.branch in (Branch.INBOX, Branch.SENT):
                return self._receive_message(parse_message(payload), parsed.branch)
            return self._receive_hint(parsed, _parse_object(payload))
        except (MalformedTopic, MalformedEnvelope):
            return []

    def _receive_hint(self, parsed: DeliveryTopic, fields: dict[str, Any] | None) -> list[Event]:
        if fields is None:
            return []
        return (
            self._receive_live(parsed.tail, fields) if parsed.branch is Branch.LIVE else [self._receive_notice(fields)]
        )

    def _receive_message(self, message: Message, branch: Branch) -> list[Event]:
        key = message.conversation(self.account)
        log = self._log(key)
        has_room = len(self._ready) < MAX_READY
        if message.seq == log.received + 1 and has_room:
            self._accept(log, message)
            self._close_ranks(key, log)
        elif message.seq > log.received:
            self._wanted[key] = None
            if has_room and len(log.ahead) < MAX_AHEAD:
                log.ahead[message.seq] = message
        # What comes on `sent` is ours, whatever it says: a vote in an anonymous poll does not name its sender.
        return self._stamp(message) if branch is Branch.INBOX else self._stamp_own(message)

    def _receive_notice(self, fields: dict[str, Any]) -> Event:
        message_id, kind = fields.get("id"), fields.get("type")
        if kind not in ("rejected", "scheduled") or not isinstance(message_id, str) or message_id not in self._pending:
            return Notice(fields)
        del self._pending[message_id]
        if kind == "rejected":
            return Refused(message_id, Rejected(str(fields.get("code")), str(fields.get("message")), message_id))
        at_ms = fields.get("deliver_at")
        scheduled = Scheduled(message_id, str(fields.get("to")), at_ms if isinstance(at_ms, int) else 0)
        return Answered(message_id, scheduled)

    def _receive_live(self, tail: str, fields: dict[str, Any]) -> list[Event]:
        live = Live(tail, fields)
        branch, _, rest = tail.partition("/")
        message_id = fields.get("id")
        if branch == "card" and fields.get("from") == self.account and isinstance(message_id, str):
            return [live if self._pending.pop(message_id, None) is None else Answered(message_id, live)]
        if branch != "signal" or fields.get("type") != "command" or fields.get("for") != self.account:
            return [live]
        card, command, sender = (str(fields.get(name)) for name in ("card", "command", "from"))
        return [Command(parse_conversation_key(rest), sender, card, command)]

    def _stamp(self, message: Message) -> list[Event]:
        return self._stamp_own(message) if message.sender == self.account else []

    def _stamp_own(self, message: Message) -> list[Event]:
        return [] if self._pending.pop(message.id, None) is None else [Stamped(message)]

    # Catching up

    def compare_heads(self, heads: Iterable[Head]) -> None:
        """Compare what the server has with what we have; `next_fetch` then says what is missing.

        Call it after the subscriptions are granted on each new connection, before its first `receive`: what comes in
        between arrives twice at worst, and a message that arrives twice is dropped.
        """
        for head in heads:
            if self._skip_what_was and head.conversation not in self._logs:
                self._logs[head.conversation] = _Log(head.last_seq)
                self.positions[head.conversation] = head.last_seq
            if head.last_seq > self._log(head.conversation).received:
                self._wanted[head.conversation] = None
        self._skip_what_was = False

    def next_fetch(self) -> Fetch | None:
        """The next piece of history to ask for; None while there is none, or no room for a page."""
        if len(self._ready) + PAGE_SIZE > MAX_READY:
            return None
        key = next(iter(self._wanted), None)
        return None if key is None else Fetch(key, self._log(key).received)

    def receive_page(self, fetch: Fetch, messages: Sequence[Message]) -> list[Event]:
        """Take the answer to a fetch, ascending by seq; what is missing between its messages may not be seen by us."""
        log = self._log(fetch.conversation)
        events = []
        for message in messages:
            events += self._stamp(message)
            if message.seq > log.received:
                self._accept(log, message)
        if len(messages) < fetch.limit:
            self._wanted.pop(fetch.conversation, None)
        if log.received == fetch.after and log.ahead:  # the history, asked after their arrival, has nothing before them
            log.received = min(log.ahead) - 1
        self._close_ranks(fetch.conversation, log)
        return events

    def forget(self, conversation: ConversationKey) -> None:
        """The history is closed to us: take what has arrived as it is."""
        log = self._log(conversation)
        for seq in sorted(log.ahead):
            log.received = max(log.received, seq - 1)
            self._close_ranks(conversation, log)
        self._wanted.pop(conversation, None)

    def _log(self, conversation: ConversationKey) -> _Log:
        return self._logs.setdefault(conversation, _Log(0))

    def _accept(self, log: _Log, message: Message) -> None:
        log.received = message.seq
        self._ready.append(message)

    def _close_ranks(self, key: ConversationKey, log: _Log) -> None:
        if not log.ahead:
            return
        while message := log.ahead.pop(log.received + 1, None):
            self._accept(log, message)
        log.ahead = {seq: message for seq, message in log.ahead.items() if seq > log.received}
        if log.ahead:
            self._wanted[key] = None

    # Handing over

    def take(self) -> Message | None:
        """The next message of others, in order; `settle` it when it was handled.

        Own messages settle themselves, and so does what is left of one that is gone.
        """
        while self._ready:
            message = self._ready.popleft()
            if message.sender != self.account and message.kind != GONE_KIND:
                self._replies[message.conversation(self.account), message.seq] = 0
                if len(self._replies) > MAX_ANSWERABLE:
                    self._replies.popitem(last=False)
                return message
            self.settle(message)
        return None

    def settle(self, message: Message) -> None:
        """The message was handled: `positions` moves past it."""
        key = message.conversation(self.account)
        self.positions[key] = max(self.positions.get(key, 0), message.seq)


def pauses_s(random: Callable[[], float]) -> Iterator[float]:
    """The pauses before the 1st, 2nd … attempt to connect again: doubling from 0.2 s to 30 s.

    Args:
        random: Gives 0 to 1; each pause is shortened by up to half, so that not all clients come back at once.
    """
    whole = 0.2
    while True:
        yield whole * (1 - random() / 2)
        whole = min(whole * 2, 30.0)


def _parse_object(payload: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
