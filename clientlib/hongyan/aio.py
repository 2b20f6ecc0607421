"""The asyncio client: the same as `hongyan.Client`, awaited.

    async with AsyncClient(token="hy_…") as client:
        async for message in client.messages():
            await client.reply(message, message.body)

The connection lives in a thread of its own, so that a busy event loop never misses a keep alive.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from hongyan._engine import Engine
from hongyan._mailbox import Item, Mailbox
from hongyan._state import StateFile
from hongyan.client import STAMP_TIMEOUT_S, make_api
from hongyan.envelope import GroupEvent, Message
from hongyan.errors import StampTimeout
from hongyan.session import Live, Notice
from hongyan.topics import parse_conversation_key
from hongyan.transport import ServerTransport, Transport

_Callback = TypeVar("_Callback", bound=Callable[..., object])


class AsyncClient:
    """One account on one device; arguments, promises and errors are those of `hongyan.Client`.

    Use it from one event loop. `api` is the blocking JSON API: call it by `asyncio.to_thread`.
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
        self._mailbox = Mailbox(
            StateFile(state) if state is not None else None, since_start=since == "start", on_change=self._wake
        )
        self._engine = Engine(transport or ServerTransport(self.api), self._mailbox)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = asyncio.Event()
        self._callbacks: dict[type, list[Callable[[Any], object]]] = {
            kind: [] for kind in (Message, GroupEvent, Notice, Live)
        }

    # The connection

    async def connect(self, timeout_s: float = 30.0) -> Self:
        """Connect and wait until it has happened; every other call does so by itself."""
        self._start()
        await asyncio.to_thread(self._mailbox.wait_connected, timeout_s)
        return self

    async def close(self) -> None:
        """Disconnect. The message that was given last counts as not handled: with `state` it comes again."""
        if self._loop is not None:
            await asyncio.to_thread(self._engine.close)

    async def __aenter__(self) -> Self:
        """Connect."""
        try:
            return await self.connect()
        except BaseException:
            await self.close()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect; the last message was handled unless an error ended the block."""
        if error is None:
            self._mailbox.settle()
        await self.close()

    def _start(self) -> None:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._engine.start()

    def _wake(self) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended before us
                self._loop.call_soon_threadsafe(self._news.set)

    # Sending

    async def send(
        self,
        to: str,
        body: str,
        *,
        ext: dict[str, Any] | None = None,
        id: str | None = None,  # noqa: A002 (the envelope's word)
        timeout_s: float = STAMP_TIMEOUT_S,
    ) -> Message:
        """Send a text and wait until it is stored, as `Client.send` does."""
        conversation = parse_conversation_key(to)
        if not self._mailbox.has_session:
            await self.connect(timeout_s)
        message_id, future = self._mailbox.send(conversation, body, ext, id)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), timeout_s)
        except TimeoutError:
            raise StampTimeout(message_id, timeout_s) from None
        finally:
            self._mailbox.abandon(message_id)

    async def reply(self, message: Message, body: str, *, timeout_s: float = STAMP_TIMEOUT_S) -> Message:
        """Send to where `message` came from, never twice for one message, as `Client.reply` does."""
        conversation = str(message.conversation(self._mailbox.session.account))
        return await self.send(conversation, body, id=self._mailbox.reply_id(message), timeout_s=timeout_s)

    def mark_read(self, message: Message) -> None:
        """Say that everything up to `message` was read; not waited for, lost when there is no connection."""
        self._mailbox.mark_read(message)

    def signal(self, to: str, fields: dict[str, Any]) -> None:
        """Send what nobody stores; lost when there is no connection."""
        self._mailbox.signal(parse_conversation_key(to), fields)

    # Receiving

    def on_message(self, callback: _Callback) -> _Callback:
        """Decorate a function or coroutine function that takes each `Message` of others; called by `run`."""
        self._callbacks[Message].append(callback)
        return callback

    def on_event(self, callback: _Callback) -> _Callback:
        """Decorate a function or coroutine function that takes each `GroupEvent`; called as notices are."""
        self._callbacks[GroupEvent].append(callback)
        return callback

    def on_notice(self, callback: _Callback) -> _Callback:
        """Decorate a function or coroutine function that takes each `Notice`; called by `run` and while iterating."""
        self._callbacks[Notice].append(callback)
        return callback

    def on_live(self, callback: _Callback) -> _Callback:
        """Decorate a function or coroutine function that takes each `Live` value; called as notices are."""
        self._callbacks[Live].append(callback)
        return callback

    async def next_message(self) -> Message | None:
        """The next message of others; None when the client was closed. Bound it by `asyncio.timeout`."""
        self._start()
        while not self._mailbox.closing.is_set():
            self._news.clear()
            item = self._mailbox.next_item(0)
            if isinstance(item, Message) and not isinstance(item, GroupEvent):
                return item
            if item is None:
                await self._news.wait()
            else:
                await self._call(item)
        return None

    async def messages(self) -> AsyncIterator[Message]:
        """The messages of others, each once, in the order of their conversation; ends when the client is closed."""
        while (message := await self.next_message()) is not None:
            yield message

    async def run(self) -> None:
        """Call the callbacks until `close` or an error: an error in a callback ends it and is raised."""
        try:
            async for message in self.messages():
                await self._call(message)
        finally:
            await self.close()

    async def _call(self, item: Item) -> None:
        for callback in self._callbacks[type(item)]:
            result = callback(item)
            if inspect.isawaitable(result):
                await result
