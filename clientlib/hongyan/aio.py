"""The asyncio client: the same as `hongyan.Client`, awaited.

    async with AsyncClient(token="hy_…") as client:
        async for message in client.messages():
            await client.reply(message, message.body)

The connection lives in a thread of its own, so that a busy event loop never misses a keep alive.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from hongyan._engine import Engine
from hongyan._mailbox import Answer, Item, Mailbox
from hongyan._state import StateFile
from hongyan._stream import AsyncStream
from hongyan._transfer import Progress
from hongyan._verbs import STAMP_TIMEOUT_S, PathLike, Verbs, as_message, as_scheduled
from hongyan.client import make_api
from hongyan.contents import FileObject
from hongyan.envelope import GroupEvent, Mark, Message
from hongyan.errors import StampTimeout
from hongyan.session import Command, Live, Notice, Scheduled, new_message_id
from hongyan.topics import parse_conversation_key
from hongyan.transport import ServerTransport, Transport

_Callback = TypeVar("_Callback", bound=Callable[..., object])
_T = TypeVar("_T")
_Coming = Coroutine[Any, Any, _T]


class AsyncClient(Verbs[_Coming[Message], _Coming[Scheduled], _Coming[None]]):
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
        self._transport = transport or ServerTransport(self.api)
        self._engine = Engine(self._transport, self._mailbox)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = asyncio.Event()
        self._callbacks: dict[type, list[Callable[[Any], object]]] = {
            kind: [] for kind in (Message, GroupEvent, Mark, Notice, Live, Command)
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

    # Sending: the verbs are those of `Verbs`, awaited

    async def send(
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
        """Send a message and wait until it is stored, as `Client.send` does."""
        return as_message(await self._ask(to, kind, body, fields, timeout_s, ext=ext, message_id=id))

    def stream(
        self,
        to: str | Message,
        *,
        id: str | None = None,  # noqa: A002 (the envelope's word)
        **fields: Any,
    ) -> AsyncStream:
        """Write a message while others watch, as `Client.stream` does."""
        if isinstance(to, str):
            return AsyncStream(self, to, id or new_message_id(), fields)
        return AsyncStream(self, self._conversation(to), id or self._reply_id(to), fields)

    async def upload(
        self,
        path: Path | str,
        *,
        name: str | None = None,
        type: str | None = None,  # noqa: A002 (the wire's word)
        progress: Progress | None = None,
    ) -> str:
        """Upload a file, as `Client.upload` does; `progress` is called from another thread."""
        return await asyncio.to_thread(self._transport.upload, Path(path), name, type, progress)

    async def download(self, file: FileObject | str, path: Path | str, *, progress: Progress | None = None) -> Path:
        """Download a file of a message, as `Client.download` does; `progress` is called from another thread."""
        file_id, whole = file if isinstance(file, str) else file.id, Path(path)
        await asyncio.to_thread(self._transport.download, file_id, whole, progress)
        return whole

    def mark_read(self, message: Message) -> None:
        """Say that everything up to `message` was read; not waited for, lost when there is no connection."""
        self._mailbox.mark_read(message)

    def signal(self, to: str, fields: dict[str, Any]) -> None:
        """Send what nobody stores; lost when there is no connection."""
        self._mailbox.signal(parse_conversation_key(to), fields)

    async def _ask(
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
            await self.connect(timeout_s)
        sent, future = self._mailbox.send(conversation, kind, body, fields, ext=ext, message_id=message_id)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), timeout_s)
        except TimeoutError:
            raise StampTimeout(sent, timeout_s) from None
        finally:
            self._mailbox.abandon(sent)

    def _conversation(self, message: Message) -> str:
        return str(message.conversation(self._mailbox.session.account))

    def _reply_id(self, message: Message) -> str:
        return self._mailbox.reply_id(message)

    async def _send_files(
        self, to: str, kind: str, paths: Sequence[PathLike], body: str | None, fields: dict[str, Any]
    ) -> Message:
        files = [await self.upload(path) for path in paths]
        return await self.send(to, body, kind=kind, files=files, **fields)

    async def _schedule(self, to: str, body: str | None, timeout_s: float, fields: dict[str, Any]) -> Scheduled:
        kind, message_id = fields.pop("kind", "text"), fields.pop("id", None)
        return as_scheduled(await self._ask(to, kind, body, fields, timeout_s, message_id=message_id))

    async def _show(self, to: str, body: str | None, timeout_s: float, fields: dict[str, Any]) -> None:
        await self._ask(to, "card", body, fields, timeout_s)

    # Receiving

    def on_message(self, callback: _Callback) -> _Callback:
        """Decorate a function or coroutine function that takes each `Message` of others; called by `run`."""
        self._callbacks[Message].append(callback)
        return callback

    def on_event(self, callback: _Callback) -> _Callback:
        """Decorate a function or coroutine function that takes each `GroupEvent`; called as notices are."""
        self._callbacks[GroupEvent].append(callback)
        return callback

    def on_mark(self, callback: _Callback) -> _Callback:
        """Decorate a function or coroutine function that takes each `Mark` of others; called as notices are."""
        self._callbacks[Mark].append(callback)
        return callback

    def on_command(self, callback: _Callback) -> _Callback:
        """Decorate a function or coroutine function that takes each `Command`; called as notices are."""
        self._callbacks[Command].append(callback)
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
            if isinstance(item, Message) and not isinstance(item, GroupEvent | Mark):
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
