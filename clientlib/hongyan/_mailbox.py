"""Where the program's threads and the connection's thread meet: one session behind one lock."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Final

import msgspec

from hongyan._state import StateFile
from hongyan.envelope import Message
from hongyan.errors import NotConnected
from hongyan.session import (
    Answered,
    Command,
    Event,
    Fetch,
    Head,
    Live,
    Notice,
    Refused,
    Scheduled,
    Session,
    Stamped,
)
from hongyan.topics import ConversationKey, read_topic, signal_topic
from hongyan.transport import Arrival, Link

MAX_HINTS: Final = 1_000  # notices and live values that wait for the program; the oldest go first

Publish = tuple[str, bytes, int]  # topic name, payload, QoS
Item = Message | Notice | Live | Command
Answer = Message | Scheduled | Live


class Mailbox:
    """What was received and waits for the program, what the program sent and waits for its stamp.

    Args:
        on_change: Called from the connection's thread when `next_item` may have something new.
    """

    def __init__(
        self, state: StateFile | None, *, since_start: bool, on_change: Callable[[], None] = lambda: None
    ) -> None:
        self._state = state
        self._since_start = since_start
        self._on_change = on_change
        self._changed = threading.Condition()
        self._session: Session | None = None
        self._link: Link | None = None  # set while connected
        self._futures: dict[str, Future[Answer]] = {}
        self._outbox: deque[Publish] = deque()
        self._hints: deque[Notice | Live | Command] = deque(maxlen=MAX_HINTS)
        self._handing: Message | None = None  # given to the program, not settled yet
        self._failure: Exception | None = None  # nothing more will come
        self._trouble: Exception | None = None  # why the last try to connect failed
        self.closing = threading.Event()

    @property
    def session(self) -> Session:
        """The session; there is none before the first connection.

        Raises:
            NotConnected: There is none.
        """
        if self._session is None:
            raise NotConnected("not connected yet")
        return self._session

    # For the program

    @property
    def has_session(self) -> bool:
        """Whether a connection was made already, so that what is sent can wait for the next one."""
        return self._session is not None

    def wait_connected(self, timeout_s: float) -> None:
        """Wait for the connection.

        Raises:
            NotConnected: Not within `timeout_s`, or closed.
            ApiError: The token is not good, or not any longer.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._link or self._failure or self.closing.is_set(), timeout_s)
            self._raise_failure()
            if self._link is None:
                raise NotConnected(f"not connected within {timeout_s:g} s: {self._trouble}") from self._trouble

    def send(
        self,
        conversation: ConversationKey,
        kind: str,
        body: str | None,
        fields: Mapping[str, Any],
        *,
        ext: dict[str, Any] | None = None,
        message_id: str | None = None,
    ) -> tuple[str, Future[Answer]]:
        """Send on this connection or on the next one. Before the first connection there is no session to send in."""
        with self._changed:
            self._raise_failure()
            outgoing = self.session.send(conversation, body, kind=kind, fields=fields, ext=ext, message_id=message_id)
            future = self._futures.get(outgoing.message_id)
            if future is None:
                future = self._futures[outgoing.message_id] = Future()
                future.set_running_or_notify_cancel()  # a waiter that gives up does not cancel what was sent
            self._publish(outgoing.topic, outgoing.payload, 1)
            return outgoing.message_id, future

    def abandon(self, message_id: str) -> None:
        """Nobody waits for this message any longer."""
        with self._changed:
            self._futures.pop(message_id, None)
            if self._session is not None:
                self._session.abandon(message_id)

    def reply_id(self, message: Message) -> str:
        """The id of the next reply to `message`."""
        with self._changed:
            return self.session.reply_id(message)

    def mark_read(self, message: Message) -> None:
        """Publish the read mark, if connected; the next one makes good what this one missed."""
        with self._changed:
            topic = read_topic(self.session.account, message.conversation(self.session.account))
            self._publish(topic, msgspec.json.encode({"seq": message.seq}), 1)

    def signal(self, conversation: ConversationKey, fields: dict[str, Any]) -> None:
        """Publish a signal, if connected; nobody keeps it."""
        with self._changed:
            self._publish(signal_topic(self.session.account, conversation), msgspec.json.encode(fields), 0)

    def next_item(self, timeout_s: float | None) -> Item | None:
        """The next thing for the program; asking for it settles the message that was given before.

        Returns:
            None when nothing came within `timeout_s`, or when the client was closed.
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        with self._changed:
            self.settle()
            while not self.closing.is_set():
                if (item := self._take()) is not None:
                    return item
                if self._failure is not None:
                    raise self._failure
                left_s = None if deadline is None else deadline - time.monotonic()
                if left_s is not None and left_s <= 0:
                    return None
                self._changed.wait(left_s)
            return None

    def settle(self) -> None:
        """The program has handled the message that it was given last."""
        with self._changed:
            if self._handing is not None and self._session is not None:
                self._session.settle(self._handing)
                self._handing = None
                self._save(self._session)

    def close(self) -> None:
        """End everything that waits here and the connection."""
        with self._changed:
            self.closing.set()
            if self._link is not None:
                self._link.wake()
            self._changed.notify_all()
        self._on_change()

    def _take(self) -> Item | None:
        if self._hints:
            return self._hints.popleft()
        if self._session is None:
            return None
        self._handing = self._session.take()
        if self._link is not None and self._session.next_fetch() is not None:
            self._link.wake()  # there is room for another page
        return self._handing

    def _publish(self, topic: str, payload: bytes, qos: int) -> None:
        if self._link is not None:
            self._outbox.append((topic, payload, qos))
            self._link.wake()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self.closing.is_set():
            raise NotConnected("the client is closed")

    def _save(self, session: Session) -> None:
        if self._state is not None:
            self._state.save(session.account, session.positions)

    # For the connection

    def open_session(self, account: str) -> Session:
        """The session of this program; the first call reads where it stopped the last time."""
        with self._changed:
            if self._session is None:
                positions = self._state.load(account) if self._state is not None else None
                self._session = Session(account, positions=positions, since_start=self._since_start)
            return self._session

    def connected(self, link: Link, heads: Iterable[Head]) -> None:
        """All filters are granted on `link`, and then the heads were read: publish what waits."""
        with self._changed:
            self.session.compare_heads(heads)
            self._save(self.session)  # a first start is pinned to this moment
            self._link = link
            self._trouble = None
            for outgoing in self.session.pending():
                self._publish(outgoing.topic, outgoing.payload, 1)
            self._changed.notify_all()

    def disconnected(self, trouble: Exception | None) -> None:
        """The connection is gone, or was not made, because of `trouble`."""
        with self._changed:
            self._link = None
            self._trouble = trouble
            self._outbox.clear()

    def fail(self, failure: Exception) -> None:
        """Nothing more will come: everything that waits gets `failure`."""
        with self._changed:
            self._failure = failure
            futures, self._futures = self._futures, {}
            for future in futures.values():
                future.set_exception(failure)
            self._changed.notify_all()
        self._on_change()

    def take_outbox(self) -> list[Publish]:
        """What to publish now."""
        with self._changed:
            publishes = list(self._outbox)
            self._outbox.clear()
            return publishes

    def next_fetch(self) -> Fetch | None:
        """What to ask of the history now."""
        with self._changed:
            return None if self._session is None else self._session.next_fetch()

    def receive(self, arrivals: Iterable[Arrival]) -> None:
        """Take what arrived."""
        with self._changed:
            for topic, payload in arrivals:
                self._handle(self.session.receive(topic, payload))
            self._changed.notify_all()
        self._on_change()

    def receive_page(self, fetch: Fetch, messages: Sequence[Message] | None) -> None:
        """Take the answer to a fetch; None: this history is closed to us."""
        with self._changed:
            if messages is None:
                self.session.forget(fetch.conversation)
            else:
                self._handle(self.session.receive_page(fetch, messages))
            self._changed.notify_all()
        self._on_change()

    def _handle(self, events: Iterable[Event]) -> None:
        for event in events:
            match event:
                case Stamped(message):
                    if future := self._futures.pop(message.id, None):
                        future.set_result(message)
                case Refused(message_id, error):
                    if future := self._futures.pop(message_id, None):
                        future.set_exception(error)
                case Answered(message_id, answer):
                    if future := self._futures.pop(message_id, None):
                        future.set_result(answer)
                case Notice() | Live() | Command():
                    self._hints.append(event)
