"""A server in memory for the tests of a bot: no port, no file, no sleeping.

    from hongyan.testing import MemoryServer

    def test_the_bot_echoes():
        server = MemoryServer()
        server.befriend("echo", "bob")
        with server.client("bob") as bob, start_my_bot(server.client("echo")):
            bob.send("user/echo", "hi")
            assert bob.next_message(timeout_s=5).body == "hi"

It stamps, orders, refuses strangers and keeps the history as the real exchange does, files and marks included, and
connections can be cut. Limits, times, presence and read marks it leaves out.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import msgspec

from hongyan._memory_kinds import Refused, apply_mark, check_mark, resolve_files, resolve_forward
from hongyan._transfer import Progress
from hongyan.api import Login
from hongyan.client import Client
from hongyan.contents import FileObject
from hongyan.envelope import Draft, Message, encode_draft, encode_stamped, parse_draft, parse_message
from hongyan.errors import ApiError, Code, MalformedEnvelope, NotConnected
from hongyan.kinds import EVENT_KIND, MARK_KINDS
from hongyan.session import Fetch, Head
from hongyan.topics import (
    Branch,
    ConversationKey,
    ConversationKind,
    inbox_topic,
    live_topic,
    matches,
    notice_topic,
    parse_conversation_key,
    parse_publish_topic,
    send_topic,
    sent_topic,
    signal_topic,
    user,
)
from hongyan.transport import Arrival, Link, Transport

if TYPE_CHECKING:
    from hongyan.aio import AsyncClient


class MemoryServer:
    """Accounts come into being by being named. Usable from any thread.

    Args:
        now_ms: The clock of the stamps, milliseconds since the epoch.
    """

    def __init__(self, now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._now_ms = now_ms
        self._lock = threading.RLock()
        self._friends: set[frozenset[str]] = set()
        self._blocks: set[tuple[str, str]] = set()
        self._members: dict[str, dict[str, int]] = {}  # group → member → the last seq before joining
        self._logs: defaultdict[tuple[str, ...], list[bytes]] = defaultdict(list)
        self._stamps: dict[tuple[str, str], tuple[ConversationKey, bytes]] = {}
        self._links: dict[str, list[MemoryLink]] = defaultdict(list)
        self._reachable = True
        self._revoked: set[str] = set()
        self._stamps_to_lose = 0
        self._files: dict[str, tuple[str, FileObject, bytes]] = {}  # id → whose, what, its bytes
        self._scheduled: list[tuple[str, str, bytes]] = []  # sender, topic, draft

    # Clients

    def client(self, account: str, **options: Any) -> Client:
        """A `Client` of `account`; the options are those of `Client`."""
        return Client(transport=self.transport(account), **options)

    def async_client(self, account: str, **options: Any) -> AsyncClient:
        """An `AsyncClient` of `account`."""
        from hongyan.aio import AsyncClient

        return AsyncClient(transport=self.transport(account), **options)

    def transport(self, account: str) -> Transport:
        """What `Client(transport=…)` takes."""
        return _MemoryTransport(self, account)

    # People

    def befriend(self, one: str, other: str) -> None:
        """Make two accounts friends."""
        with self._lock:
            self._friends.add(frozenset((one, other)))

    def block(self, owner: str, blocked: str) -> None:
        """`owner` hears nothing more of `blocked`."""
        with self._lock:
            self._blocks.add((owner, blocked))

    def create_group(self, name: str, *members: str) -> None:
        """Make a group of these members, or add them to it."""
        with self._lock:
            joined = self._members.setdefault(name, {})
            for member in members:
                joined.setdefault(member, len(self._logs["group", name]))

    def remove_member(self, group: str, member: str) -> None:
        """Remove a member: its history is closed to it (the real exchange leaves it what it saw)."""
        with self._lock:
            del self._members[group][member]

    def revoke(self, account: str) -> None:
        """End the account's token and its connections."""
        with self._lock:
            self._revoked.add(account)
            self._drop(account)

    # What happens

    def say(self, sender: str, to: str, body: str) -> Message:
        """Let somebody say something who needs no client in this test.

        Raises:
            ValueError: The exchange would refuse it.
        """
        message_id = uuid4().hex
        topic = send_topic(sender, parse_conversation_key(to))
        with self._lock:
            if refused := self._accept(sender, topic, encode_draft(body, message_id=message_id)):
                raise ValueError(f"refused: {refused}")
            return parse_message(self._stamps[sender, message_id][1])

    def press(self, sender: str, to: str, owner: str, card: str, command: str) -> None:
        """Let somebody press a button of `owner`'s card in a conversation."""
        fields = {"type": "command", "for": owner, "card": card, "command": command}
        self.publish(sender, signal_topic(sender, parse_conversation_key(to)), msgspec.json.encode(fields))

    def scheduled(self, account: str) -> list[dict[str, Any]]:
        """What `account` wants sent at a later time."""
        with self._lock:
            return [msgspec.json.decode(payload) for sender, _, payload in self._scheduled if sender == account]

    def pass_time(self) -> None:
        """Let the time of everything come that is scheduled."""
        with self._lock:
            waiting, self._scheduled = self._scheduled, []
            for sender, topic, payload in waiting:
                draft = msgspec.json.decode(payload)
                now = {name: value for name, value in draft.items() if name not in ("deliver_at", "repeat")}
                self._accept(sender, topic, msgspec.json.encode(now))

    def notify(self, account: str, fields: dict[str, Any]) -> None:
        """Send a notice, e.g. `{"type": "friend_request", "id": 7, "from": "ann"}`."""
        self._deliver(account, notice_topic(account), msgspec.json.encode(fields))

    def history(self, account: str, conversation: str) -> list[Message]:
        """All that `account` may see of a conversation, e.g. `group/lab`."""
        return self.read(account, parse_conversation_key(conversation), 0, 10**9)

    def cut(self, account: str | None = None) -> None:
        """Cut the connections of one account, which may connect again, or of all until `mend`."""
        with self._lock:
            self._reachable = account is not None
            for name in [account] if account is not None else list(self._links):
                self._drop(name)

    def mend(self) -> None:
        """Let everybody connect again."""
        with self._lock:
            self._reachable = True

    def lose_stamp(self) -> None:
        """Store the next message and cut its sender's connection before it hears of it."""
        with self._lock:
            self._stamps_to_lose += 1

    def write_line(self, account: str, group: str, event: str, body: str) -> None:
        """A line that says what `account` has changed in a group, as the server writes it."""
        with self._lock:
            self._store(
                account,
                ConversationKey(ConversationKind.GROUP, group),
                Draft(EVENT_KIND, {"event": event, "body": body}),
            )

    # For the transport

    def keep_file(self, account: str, name: str, content_type: str, data: bytes) -> str:
        """Take an upload; its id."""
        with self._lock:
            file_id = uuid4().hex[:22]
            self._files[file_id] = (account, FileObject(file_id, name, content_type, len(data)), data)
            return file_id

    def read_file(self, file_id: str) -> bytes:
        """The bytes of a file."""
        with self._lock:
            if file_id not in self._files:
                raise ApiError(404, "unknown_file", "there is no such file")
            return self._files[file_id][2]

    def check(self, account: str) -> None:
        """Fail as an API call of `account` would."""
        with self._lock:
            if not self._reachable:
                raise NotConnected("the server cannot be reached")
            if account in self._revoked:
                raise ApiError(401, "token_invalid", "this token is not valid any longer")

    def connect(self, account: str, filters: Iterable[str]) -> MemoryLink:
        """Connect with these filters granted."""
        with self._lock:
            self.check(account)
            link = MemoryLink(self, account, tuple(filters))
            self._links[account].append(link)
            return link

    def disconnect(self, link: MemoryLink) -> None:
        """Forget a connection."""
        with self._lock:
            if link in self._links[link.account]:
                self._links[link.account].remove(link)

    def heads(self, account: str) -> list[Head]:
        """The heads of all conversations of `account`."""
        with self._lock:
            friends = [name for pair in self._friends if account in pair for name in pair - {account}]
            keys = [user(name) for name in friends]
            keys += [
                ConversationKey(ConversationKind.GROUP, name) for name in self._members if self._is_in(account, name)
            ]
            return [Head(key, len(self._logs[_log_of(account, key)])) for key in keys]

    def read(self, account: str, conversation: ConversationKey, after: int, limit: int) -> list[Message]:
        """A page of history."""
        with self._lock:
            since = 0
            if conversation.kind is ConversationKind.GROUP:
                if not self._is_in(account, conversation.name):
                    raise ApiError(404, "unknown_conversation", "there is no such conversation")
                since = self._members[conversation.name][account]
            start = max(after, since)
            return [parse_message(raw) for raw in self._logs[_log_of(account, conversation)][start : start + limit]]

    def publish(self, account: str, topic: str, payload: bytes) -> None:
        """Take a PUBLISH as the exchange does: stamp and deliver, or refuse by a notice."""
        parsed = parse_publish_topic(topic)
        with self._lock:
            if parsed.branch is Branch.SIGNAL and parsed.conversation is not None:
                self._deliver_signal(account, parsed.conversation, payload)
            elif parsed.branch is Branch.SEND and (code := self._accept(account, topic, payload)):
                self._refuse(account, topic, payload, code)

    # The exchange

    def _accept(self, sender: str, topic: str, payload: bytes) -> Code | None:
        conversation = parse_publish_topic(topic).conversation
        try:
            draft = parse_draft(payload)
        except MalformedEnvelope as wrong:
            return wrong.code
        if conversation is None:
            return Code.FORBIDDEN_TOPIC
        message_id = draft.id or uuid4().hex
        if known := self._stamps.get((sender, message_id)):
            if known[0] != conversation:
                return Code.ID_REUSED
            self._deliver(sender, sent_topic(sender, conversation), known[1])
            return None
        if code := self._decide(sender, conversation):
            return code
        if "deliver_at" in draft.fields:
            self._schedule(sender, topic, payload, draft, message_id)
            return None
        try:
            self._take(sender, conversation, draft, message_id)
        except Refused as refused:
            return refused.code
        return None

    def _schedule(self, sender: str, topic: str, payload: bytes, draft: Draft, message_id: str) -> None:
        if all(known != (sender, topic, payload) for known in self._scheduled):
            self._scheduled.append((sender, topic, payload))
        to = topic.rpartition("/send/")[2]
        at = {"deliver_at": draft.fields["deliver_at"], "at": self._now_ms()}
        self.notify(sender, {"type": "scheduled", "id": message_id, "to": to} | at)

    def _take(self, sender: str, conversation: ConversationKey, draft: Draft, message_id: str) -> None:
        fields = dict(draft.fields)
        if draft.kind == "card":
            self._show_card(sender, conversation, {"id": message_id, "kind": "card"} | fields)
            return
        resolve_files(fields, {key: file for key, (owner, file, _) in self._files.items() if owner == sender})
        if draft.kind == "forward":
            resolve_forward(fields, self._entries(sender, parse_conversation_key(fields["source"])))
        if draft.kind in MARK_KINDS:
            entries = {entry["seq"]: entry for entry in self._entries(sender, conversation)}
            target = entries.get(fields["of"])
            check_mark(draft.kind, sender, target)
        self._store(sender, conversation, Draft(draft.kind, fields), message_id)

    def _entries(self, account: str, conversation: ConversationKey) -> list[dict[str, Any]]:
        return [msgspec.json.decode(raw) for raw in self._logs[_log_of(account, conversation)]]

    def _show_card(self, sender: str, conversation: ConversationKey, card: dict[str, Any]) -> None:
        whole = msgspec.json.encode(card | {"from": sender, "to": str(conversation), "at": self._now_ms()})
        for account, key in [(sender, conversation), *self._readers(sender, conversation)]:
            self._deliver(account, live_topic(account, f"card/{key}"), whole)

    def _store(self, sender: str, conversation: ConversationKey, draft: Draft, message_id: str | None = None) -> None:
        log = self._logs[_log_of(sender, conversation)]
        message_id = message_id or uuid4().hex
        stamped = encode_stamped(
            draft,
            message_id=message_id,
            seq=len(log) + 1,
            at_ms=self._now_ms(),
            sender=sender,
            to=str(conversation),
        )
        log.append(stamped)
        if draft.kind in MARK_KINDS:
            place = draft.fields["of"] - 1
            log[place] = msgspec.json.encode(apply_mark(msgspec.json.decode(stamped), msgspec.json.decode(log[place])))
        self._stamps[sender, message_id] = (conversation, stamped)
        self._deliver_message(sender, conversation, stamped)

    def _decide(self, sender: str, conversation: ConversationKey) -> Code | None:
        name = conversation.name
        if conversation.kind is ConversationKind.GROUP:
            return None if self._is_in(sender, name) else Code.NOT_MEMBER
        if frozenset((sender, name)) not in self._friends:
            return Code.NOT_FRIENDS
        if (sender, name) in self._blocks:
            return Code.YOU_BLOCKED
        return Code.BLOCKED if (name, sender) in self._blocks else None

    def _deliver_message(self, sender: str, conversation: ConversationKey, stamped: bytes) -> None:
        if self._stamps_to_lose:
            self._stamps_to_lose -= 1
            self._drop(sender)
        self._deliver(sender, sent_topic(sender, conversation), stamped)
        for reader, key in self._readers(sender, conversation):
            self._deliver(reader, inbox_topic(reader, key), stamped)

    def _deliver_signal(self, sender: str, conversation: ConversationKey, payload: bytes) -> None:
        if self._decide(sender, conversation) is None:
            stamp = {"from": sender, "to": str(conversation), "at": self._now_ms()}
            whole = msgspec.json.encode(msgspec.json.decode(payload) | stamp)
            for reader, key in self._readers(sender, conversation):
                self._deliver(reader, live_topic(reader, f"signal/{key}"), whole)

    def _readers(self, sender: str, conversation: ConversationKey) -> list[tuple[str, ConversationKey]]:
        """Everybody but the sender, each with the name that the conversation has on that side."""
        if conversation.kind is ConversationKind.USER:
            return [(conversation.name, user(sender))]
        return [(member, conversation) for member in self._members[conversation.name] if member != sender]

    def _refuse(self, account: str, topic: str, payload: bytes, code: Code) -> None:
        try:
            message_id = parse_draft(payload).id
        except MalformedEnvelope as wrong:
            message_id = wrong.message_id
        to = topic.rsplit("/send/", maxsplit=1)[-1]
        notice = {"type": "rejected", "id": message_id, "to": to, "code": code.value}
        self.notify(account, notice | {"message": f"refused: {code.value}", "at": self._now_ms()})

    def _is_in(self, account: str, group: str) -> bool:
        return account in self._members.get(group, {})

    def _deliver(self, account: str, topic: str, payload: bytes) -> None:
        with self._lock:
            for link in self._links[account]:
                link.arrive(topic, payload)

    def _drop(self, account: str) -> None:
        for link in self._links.pop(account, []):
            link.lose()


def _log_of(account: str, conversation: ConversationKey) -> tuple[str, ...]:
    if conversation.kind is ConversationKind.GROUP:
        return ("group", conversation.name)
    return ("user", *sorted((account, conversation.name)))


class MemoryLink(Link):
    """A connection to a `MemoryServer`."""

    def __init__(self, server: MemoryServer, account: str, filters: tuple[str, ...]) -> None:
        self.account = account
        self._server = server
        self._filters = filters
        self._arrived: deque[Arrival] = deque()
        self._lost = False
        self._news = threading.Event()

    def publish(self, topic: str, payload: bytes, qos: int) -> None:
        """Hand over to the exchange, unless the connection is lost: then nobody gets it."""
        if not self._lost:
            self._server.publish(self.account, topic, payload)

    def poll(self, timeout_s: float) -> list[Arrival]:
        """Wait for what arrives."""
        if not self._arrived and not self._lost:
            self._news.wait(timeout_s)
        self._news.clear()
        if self._lost:
            raise NotConnected("the connection is lost")
        arrived = []
        while self._arrived:
            arrived.append(self._arrived.popleft())
        return arrived

    def wake(self) -> None:
        """End the `poll` that runs, or the next one."""
        self._news.set()

    def close(self) -> None:
        """Disconnect."""
        self._server.disconnect(self)

    def arrive(self, topic: str, payload: bytes) -> None:
        """Something is delivered; what no filter asks for is not."""
        if any(matches(wanted, topic) for wanted in self._filters):
            self._arrived.append((topic, payload))
            self._news.set()

    def lose(self) -> None:
        """Cut it; what has not been polled is lost."""
        self._lost = True
        self._news.set()


class _MemoryTransport(Transport):
    def __init__(self, server: MemoryServer, account: str) -> None:
        self._server = server
        self._account = account

    def login(self) -> Login:
        self._server.check(self._account)
        return Login(self._account, "memory")

    def heads(self) -> list[Head]:
        self._server.check(self._account)
        return self._server.heads(self._account)

    def fetch(self, fetch: Fetch) -> Sequence[Message]:
        self._server.check(self._account)
        return self._server.read(self._account, fetch.conversation, fetch.after, fetch.limit)

    def upload(self, path: Path, name: str | None, content_type: str | None, progress: Progress | None) -> str:
        self._server.check(self._account)
        data = path.read_bytes()
        if progress is not None:
            progress(len(data), len(data))
        return self._server.keep_file(
            self._account, name or path.name, content_type or "application/octet-stream", data
        )

    def download(self, file_id: str, path: Path, progress: Progress | None) -> None:
        self._server.check(self._account)
        data = self._server.read_file(file_id)
        path.write_bytes(data)
        if progress is not None:
            progress(len(data), len(data))

    def connect(self, login: Login, client_id: str, filters: Sequence[str]) -> Link:
        return self._server.connect(self._account, filters)
