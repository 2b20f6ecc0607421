"""The blocking client: `send` waits for the stamp, `messages` iterates, `run` calls back.

from hongyan import Client

with Client(token="hy_…") as client:
    client.send("user/bob", "hi")
    for message in client.messages():
        client.reply(message, message.body)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from hongyan._engine import Engine
from hongyan._mailbox import Answer, Item, Mailbox
from hongyan._state import StateFile
from hongyan._stream import Stream
from hongyan._transfer import Progress
from hongyan._verbs import STAMP_TIMEOUT_S, PathLike, Verbs, as_message, as_scheduled
from hongyan.api import DEFAULT_URL, Api
from hongyan.contents import FileObject
from hongyan.envelope import GroupEvent, Mark, Message
from hongyan.errors import StampTimeout
from hongyan.session import Command, Live, Notice, Scheduled, new_message_id
from hongyan.topics import parse_conversation_key
from hongyan.transport import ServerTransport, Transport

_Callback = TypeVar("_Callback", bound=Callable[..., object])


class Client(Verbs[Message, Scheduled, None]):
    """One account on one device, connected again whenever the connection is lost.

    Args:
        url: The server as people type it; default: the environment's `HONGYAN_URL`, else `http://localhost:8000`.
        token: A device token; default: the environment's `HONGYAN_TOKEN`.
        state: A file of this program alone, in which it keeps how far it has come. With it a restart goes on where
            the program stopped; without it each start receives what comes from then on.
        since: What a start without state receives: `"now"` what comes from now on, `"start"` everything there is.
        transport: What stands between client and server, in tests `hongyan.testing.MemoryServer`'s.

    A message counts as handled when the next one is asked for (or the callback has returned). After a crash amid the
    handling it comes again; `reply` does not answer it twice even so.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        state: Path | str | None = None,
        since: Literal["now", "start"] = "now",
        transport: Transport | None = None,
    ) -> None:
        self.api = make_api(url, token)
        self._mailbox = Mailbox(StateFile(state) if state is not None else None, since_start=since == "start")
        self._transport = transport or ServerTransport(self.api)
        self._engine = Engine(self._transport, self._mailbox)
        self._started = False
        self._callbacks: dict[type, list[Callable[[Any], object]]] = {
            kind: [] for kind in (Message, GroupEvent, Mark, Notice, Live, Command)
        }

    @staticmethod
    def sign_in(url: str, username: str, password: str, label: str, code: str | None = None) -> str:
        """Make a device token by password; keep it, it is shown once.

        Raises:
            ApiError: `bad_credentials`, `second_factor_required` (call again with its `code`) and others.
        """
        return Api(url).create_token(username, password, label, code).token

    # The connection

    def connect(self, timeout_s: float = 30.0) -> Self:
        """Connect and wait until it has happened; every other call does so by itself.

        Raises:
            NotConnected: Not within `timeout_s`; it is tried further nevertheless.
            ApiError: The token is not good.
        """
        self._start()
        self._mailbox.wait_connected(timeout_s)
        return self

    def close(self) -> None:
        """Disconnect. The message that was given last counts as not handled: with `state` it comes again."""
        if self._started:
            self._engine.close()

    def __enter__(self) -> Self:
        """Connect."""
        try:
            return self.connect()
        except BaseException:
            self.close()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect; the last message was handled unless an error ended the block."""
        if error is None:  # a `break` out of the loop: the last message was handled
            self._mailbox.settle()
        self.close()

    @property
    def account(self) -> str:
        """The account's name."""
        if not self._mailbox.has_session:
            self.connect()
        return self._mailbox.session.account

    def _start(self) -> None:
        if not self._started:
            self._started = True
            self._engine.start()

    # Sending: the verbs are those of `Verbs`

    def send(
        self,
        to: str,
        body: str | None = None,
        *,
        kind: str = "text",
        ext: dict[str, Any] | None = None,
        id: str | None = None,  # noqa: A002 (the envelope's word)
        timeout_s: float = STAMP_TIMEOUT_S,
        **fields: Any,
    ) -> Message:
        """Send a message and wait until it is stored; a lost connection meanwhile is mended and it is repeated.

        Args:
            to: `user/bob` or `group/lab`.
            kind: One of docs/messages.md; the verbs (`send_image`, `reply`, `react` …) spare you its fields.
            id: The message's id, 1 to 64 characters; the same id again is the same message, sent once.
            fields: Those of the kind, e.g. `format="markdown"`, `reply=7`; one that is None is left out.

        Returns:
            The message with its stamp.

        Raises:
            MalformedEnvelope: A field is wrong; nothing was sent.
            Rejected: Refused; `code` says why.
            StampTimeout: Whether it was stored is not known; send again with the error's `message_id`.
            NotConnected: Never connected yet within `timeout_s`, or closed.
        """
        return as_message(self._ask(to, kind, body, fields, timeout_s, ext=ext, message_id=id))

    def stream(
        self,
        to: str | Message,
        *,
        id: str | None = None,  # noqa: A002 (the envelope's word)
        **fields: Any,
    ) -> Stream:
        """Write a message while others watch; it is stored once, when the block ends without an error.

        Args:
            to: A conversation; or a message, which is answered as `reply` does.
        """
        if isinstance(to, str):
            return Stream(self, to, id or new_message_id(), fields)
        return Stream(self, self._conversation(to), id or self._reply_id(to), fields)

    def upload(
        self,
        path: Path | str,
        *,
        name: str | None = None,
        type: str | None = None,  # noqa: A002 (the wire's word)
        progress: Progress | None = None,
    ) -> str:
        """Upload a file; a lost connection is mended, and it goes on where it stopped.

        Args:
            progress: Called with the bytes that are there, and those of the whole.

        Returns:
            Its id, for `files` of a message.
        """
        return self._transport.upload(Path(path), name, type, progress)

    def download(self, file: FileObject | str, path: Path | str, *, progress: Progress | None = None) -> Path:
        """Download a file of a message to `path`, which is there when all of it is; names of others are no paths."""
        whole = Path(path)
        self._transport.download(file if isinstance(file, str) else file.id, whole, progress)
        return whole

    def mark_read(self, message: Message) -> None:
        """Say that everything up to `message` was read; not waited for, lost when there is no connection."""
        self._mailbox.mark_read(message)

    def signal(self, to: str, fields: dict[str, Any]) -> None:
        """Send what nobody stores, e.g. `{"type": "typing"}`; lost when there is no connection."""
        self._mailbox.signal(parse_conversation_key(to), fields)

    def _ask(
        self,
        to: str,
        kind: str,
        body: str | None,
        fields: dict[str, Any],
        timeout_s: float,
        *,
        ext: dict[str, Any] | None = None,
        message_id: str | None = None,
    ) -> Answer:
        """Send and wait for the answer."""
        conversation = parse_conversation_key(to)
        if not self._mailbox.has_session:
            self.connect(timeout_s)
        sent, future = self._mailbox.send(conversation, kind, body, fields, ext=ext, message_id=message_id)
        try:
            return future.result(timeout_s)
        except TimeoutError:
            raise StampTimeout(sent, timeout_s) from None
        finally:
            self._mailbox.abandon(sent)

    def _conversation(self, message: Message) -> str:
        return str(message.conversation(self.account))

    def _reply_id(self, message: Message) -> str:
        if not self._mailbox.has_session:
            self.connect()
        return self._mailbox.reply_id(message)

    def _send_files(
        self, to: str, kind: str, paths: Sequence[PathLike], body: str | None, fields: dict[str, Any]
    ) -> Message:
        files = [self.upload(path) for path in paths]
        return self.send(to, body, kind=kind, files=files, **fields)

    def _schedule(self, to: str, body: str | None, timeout_s: float, fields: dict[str, Any]) -> Scheduled:
        kind, message_id = fields.pop("kind", "text"), fields.pop("id", None)
        return as_scheduled(self._ask(to, kind, body, fields, timeout_s, message_id=message_id))

    def _show(self, to: str, body: str | None, timeout_s: float, fields: dict[str, Any]) -> None:
        self._ask(to, "card", body, fields, timeout_s)

    # Receiving

    def on_message(self, callback: _Callback) -> _Callback:
        """Decorate a function that takes each `Message` of others; called by `run`."""
        self._callbacks[Message].append(callback)
        return callback

    def on_event(self, callback: _Callback) -> _Callback:
        """Decorate a function that takes each `GroupEvent`: who joined, a new title; called as notices are."""
        self._callbacks[GroupEvent].append(callback)
        return callback

    def on_mark(self, callback: _Callback) -> _Callback:
        """Decorate a function that takes each `Mark` of others: edits, reactions, votes …; called as notices are."""
        self._callbacks[Mark].append(callback)
        return callback

    def on_command(self, callback: _Callback) -> _Callback:
        """Decorate a function that takes each `Command`: a button of a card of ours; called as notices are."""
        self._callbacks[Command].append(callback)
        return callback

    def on_notice(self, callback: _Callback) -> _Callback:
        """Decorate a function that takes each `Notice`, e.g. a friend request; called by `run` and while iterating."""
        self._callbacks[Notice].append(callback)
        return callback

    def on_live(self, callback: _Callback) -> _Callback:
        """Decorate a function that takes each `Live` value: signals, presence, read marks; called as notices are."""
        self._callbacks[Live].append(callback)
        return callback

    def next_message(self, timeout_s: float | None = None) -> Message | None:
        """The next message of others; None after `timeout_s` without one, or when the client was closed.

        Raises:
            ApiError: The token is not good any longer.
        """
        self._start()
        while (item := self._mailbox.next_item(timeout_s)) is not None:
            if isinstance(item, Message) and not isinstance(item, GroupEvent | Mark):
                return item
            self._call(item)
        return None

    def messages(self, timeout_s: float | None = None) -> Iterator[Message]:
        """The messages of others, each once, in the order of their conversation; ends as `next_message` does."""
        while (message := self.next_message(timeout_s)) is not None:
            yield message

    def run(self) -> None:
        """Call the callbacks until `close`, Ctrl+C or an error: an error in a callback ends it and is raised."""
        try:
            for message in self.messages():
                self._call(message)
        except KeyboardInterrupt:
            pass
        finally:
            self.close()

    def _call(self, item: Item) -> None:
        for callback in self._callbacks[type(item)]:
            callback(item)


def make_api(url: str | None, token: str | None) -> Api:
    """The API by arguments, else by the environment."""
    return Api(url or os.environ.get("HONGYAN_URL") or DEFAULT_URL, token or os.environ.get("HONGYAN_TOKEN"))
