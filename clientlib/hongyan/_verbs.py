"""What a program can say, in words: each verb is a `send` with the fields of its kind, the same for both clients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Generic, Literal, TypeVar

from hongyan.envelope import Message
from hongyan.session import Scheduled

STAMP_TIMEOUT_S: Final = 30.0
_M = TypeVar("_M")  # a Message, or an awaitable of one
_S = TypeVar("_S")  # a Scheduled, or an awaitable of one
_N = TypeVar("_N")  # None, or an awaitable of it
PathLike = Path | str
Repeat = Literal["daily", "weekdays", "weekly", "monthly"]


class Verbs(Generic[_M, _S, _N]):
    """Every verb waits for its stamp and raises what `send` raises. Its further named arguments are `send`'s:

    `reply=7` quotes, `thread=7` answers below, `mentions=["bob"]`, `disappear_s=60`, `id=…`, `timeout_s=…`.
    """

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
    ) -> _M:
        """Send a message and wait until it is stored."""
        raise NotImplementedError

    def schedule(
        self,
        to: str,
        body: str | None = None,
        *,
        at: datetime | int,
        repeat: Repeat | None = None,
        timeout_s: float = STAMP_TIMEOUT_S,
        **fields: Any,
    ) -> _S:
        """Send a message at a later time: `at` is a time of a known zone, or ms since the epoch."""
        return self._schedule(to, body, timeout_s, {**fields, "deliver_at": _ms(at), "repeat": repeat})

    def update_card(
        self,
        to: str,
        name: str,
        data: Mapping[str, Any],
        *,
        title: str | None = None,
        body: str | None = None,
        buttons: Mapping[str, str] | None = None,
        timeout_s: float = STAMP_TIMEOUT_S,
    ) -> _N:
        """Show a card, or other values on it; nothing of it is a line of the conversation.

        Args:
            name: Among the cards of this account in this conversation, as an account's name is written.
            data: The values; without any the card is taken away.
            buttons: What they say, and the `Command.command` that pressing them sends; up to 6.
        """
        rows = None if buttons is None else [{"label": label, "command": sent} for label, sent in buttons.items()]
        return self._show(to, body, timeout_s, {"name": name, "data": dict(data), "title": title, "buttons": rows})

    # Answers

    def reply(self, message: Message, body: str | None = None, *, quote: bool = False, **fields: Any) -> _M:
        """Send to where `message` came from, in the thread in which it stands.

        The first, second … reply to one message has an id that is made from that message: when a crash makes the
        message come again, the same reply is not stored twice, and its first form is returned.

        Args:
            quote: Show what is answered above the answer.
        """
        quoted = {"reply": message.seq} if quote else {}
        thread = {} if message.thread is None else {"thread": message.thread}
        return self._answer(message, body, quoted | thread | fields)

    def react(self, message: Message, emoji: str, *, remove: bool = False, **fields: Any) -> _M:
        """Put a sign below a message, or take it away."""
        return self._mark(message, "reaction", fields | {"emoji": emoji, "remove": remove or None})

    def edit(self, message: Message, body: str, **fields: Any) -> _M:
        """Give a message of one's own other words; its author can read the words of before."""
        return self._mark(message, "edit", fields | {"body": body})

    def recall(self, message: Message, **fields: Any) -> _M:
        """Take a message of one's own back, or anybody's as an admin of the group: its words are gone for all."""
        return self._mark(message, "recall", fields)

    def pin(self, message: Message, *, remove: bool = False, **fields: Any) -> _M:
        """Keep a message at the top, or not any longer."""
        return self._mark(message, "pin", fields | {"remove": remove or None})

    def vote(self, poll: Message, *choices: int, **fields: Any) -> _M:
        """Answer a poll by places of its options, from 0; none takes the vote back."""
        return self._mark(poll, "vote", fields | {"choices": list(choices)})

    def close_poll(self, poll: Message, **fields: Any) -> _M:
        """End a poll of one's own."""
        return self._mark(poll, "close", fields)

    # Kinds

    def send_image(self, to: str, *paths: PathLike, body: str | None = None, **fields: Any) -> _M:
        """Upload 1 to 9 pictures and send them."""
        return self._send_files(to, "image", paths, body, fields)

    def send_file(self, to: str, *paths: PathLike, body: str | None = None, **fields: Any) -> _M:
        """Upload 1 to 9 files of any sort and send them."""
        return self._send_files(to, "file", paths, body, fields)

    def send_voice(
        self, to: str, path: PathLike, *, duration_ms: int, waveform: Sequence[int] | None = None, **fields: Any
    ) -> _M:
        """Upload a recording and send it; `waveform` are up to 128 bars from 0 to 31."""
        bars = None if waveform is None else list(waveform)
        return self._send_files(to, "voice", (path,), None, fields | {"duration_ms": duration_ms, "waveform": bars})

    def send_video(self, to: str, path: PathLike, *, body: str | None = None, **fields: Any) -> _M:
        """Upload a film and send it; `duration_ms`, and `poster`, the id of an uploaded picture, are fields."""
        return self._send_files(to, "video", (path,), body, fields)

    def send_sticker(self, to: str, pack: str, name: str, **fields: Any) -> _M:
        """Send a picture of a pack."""
        return self.send(to, kind="sticker", pack=pack, name=name, **fields)

    def send_location(self, to: str, lat: float, lon: float, name: str | None = None, **fields: Any) -> _M:
        """Send a place, in degrees (WGS 84)."""
        return self.send(to, kind="location", lat=lat, lon=lon, name=name, **fields)

    def send_contact(self, to: str, who: str, **fields: Any) -> _M:
        """Send the card of a friend, or one's own."""
        return self.send(to, kind="contact", who=who, **fields)

    def send_data(self, to: str, data: Mapping[str, Any], body: str | None = None, **fields: Any) -> _M:
        """Send values, shown as a table; `body` for those who cannot."""
        return self.send(to, body, kind="data", data=dict(data), **fields)

    def send_poll(self, to: str, question: str, *options: str, **fields: Any) -> _M:
        """Ask a question with 2 to 12 answers; `multiple=True`, `anonymous=True`, `closes=` ms since the epoch."""
        return self.send(to, question, kind="poll", options=list(options), **fields)

    def forward(self, to: str, *messages: Message, body: str | None = None, **fields: Any) -> _M:
        """Send 1 to 100 messages of one conversation on, as they were."""
        source = {self._conversation(message) for message in messages}
        if len(source) != 1:
            raise ValueError("messages of one conversation, please")
        seqs = [message.seq for message in messages]
        return self.send(to, body, kind="forward", source=source.pop(), seqs=seqs, **fields)

    # What the clients do themselves

    def _answer(self, message: Message, body: str | None, fields: dict[str, Any]) -> _M:
        fields.setdefault("id", self._reply_id(message))
        return self.send(self._conversation(message), body, **fields)

    def _mark(self, message: Message, kind: str, fields: dict[str, Any]) -> _M:
        return self._answer(message, fields.pop("body", None), {**fields, "kind": kind, "of": message.seq})

    def _conversation(self, message: Message) -> str:
        raise NotImplementedError

    def _reply_id(self, message: Message) -> str:
        raise NotImplementedError

    def _send_files(
        self, to: str, kind: str, paths: Sequence[PathLike], body: str | None, fields: dict[str, Any]
    ) -> _M:
        raise NotImplementedError

    def _schedule(self, to: str, body: str | None, timeout_s: float, fields: dict[str, Any]) -> _S:
        raise NotImplementedError

    def _show(self, to: str, body: str | None, timeout_s: float, fields: dict[str, Any]) -> _N:
        raise NotImplementedError


def _ms(at: datetime | int) -> int:
    if isinstance(at, int):
        return at
    if at.tzinfo is None:
        raise ValueError("a time without a zone: use datetime.now().astimezone() or datetime(..., tzinfo=...)")
    return int(at.timestamp() * 1_000)


def as_scheduled(answer: object) -> Scheduled:
    """The answer to a message of a later time."""
    if not isinstance(answer, Scheduled):  # the same id was sent at once before
        raise ValueError("this id was used for a message that is sent already")
    return answer


def as_message(answer: object) -> Message:
    """The answer to a message."""
    if not isinstance(answer, Message):
        raise ValueError("use schedule() for what is sent later, and update_card() for a card")
    return answer
