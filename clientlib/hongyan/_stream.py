"""A message that is written while others watch: pieces as signals, the whole as one message at the end."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from hongyan.envelope import Message

if TYPE_CHECKING:
    from hongyan.aio import AsyncClient
    from hongyan.client import Client

PIECE_EVERY_S: Final = 0.2
_PIECE_CHARS: Final = 600  # a signal has at most 4 KiB, and JSON writes some characters with six bytes


class _Pieces:
    """What was written, and how much of it was told."""

    def __init__(self, to: str, message_id: str, fields: dict[str, Any]) -> None:
        self.id = message_id
        self.message: Message | None = None  # the stamped whole, once the block has ended
        self._to = to
        self._fields = {"format": "markdown", **fields}  # so it is drawn while it grows
        self._text = ""
        self._told = 0  # characters
        self._tell_at = 0.0

    @property
    def text(self) -> str:
        """What was written until now."""
        return self._text

    def _write(self, text: str, signal: Callable[[str, dict[str, Any]], None]) -> None:
        self._text += text
        now = time.monotonic()
        if now < self._tell_at or self._told == len(self._text):
            return
        self._tell_at = now + PIECE_EVERY_S
        piece = self._text[self._told : self._told + _PIECE_CHARS]
        signal(self._to, {"type": "stream", "id": self.id, "offset": self._told, "text": piece})
        self._told += len(piece)


class Stream(_Pieces):
    """`with client.stream("user/bob") as answer: answer.write("…")`: stored when the block ends without an error."""

    def __init__(self, client: Client, to: str, message_id: str, fields: dict[str, Any]) -> None:
        super().__init__(to, message_id, fields)
        self._client = client

    def write(self, text: str) -> None:
        """Write on; those who watch see it, at most five times a second."""
        self._write(text, self._client.signal)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Send the whole, unless there was an error or nothing was written."""
        if error is None and self._text:
            self.message = self._client.send(self._to, self._text, id=self.id, **self._fields)


class AsyncStream(_Pieces):
    """`async with client.stream("user/bob") as answer: answer.write("…")`."""

    def __init__(self, client: AsyncClient, to: str, message_id: str, fields: dict[str, Any]) -> None:
        super().__init__(to, message_id, fields)
        self._client = client

    def write(self, text: str) -> None:
        """Write on; those who watch see it, at most five times a second."""
        self._write(text, self._client.signal)

    async def __aenter__(self) -> Self:
        """Begin."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Send the whole, unless there was an error or nothing was written."""
        if error is None and self._text:
            self.message = await self._client.send(self._to, self._text, id=self.id, **self._fields)
