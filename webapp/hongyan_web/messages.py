"""`/conversations/…/messages` and `…/threads`: pages of what was said, and one message with who has read it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from apiflask import APIBlueprint
from marshmallow import fields
from marshmallow.validate import Length, Range

from hongyan.limits import MAX_INT
from hongyan.topics import ConversationKey, ConversationKind
from hongyan_core.actions.talk import MAX_HIDDEN, hide_messages
from hongyan_core.store import history
from hongyan_core.store.history import MAX_PAGE, Page, Place, Readers
from hongyan_web.context import now_ms
from hongyan_web.conversations import CONVERSATION, Envelope, key_of
from hongyan_web.shapes import Answer, Body, Nothing, Person, time_of
from hongyan_web.signin import me

_SEQ: Final = Range(0, MAX_INT)

messages = APIBlueprint("messages", __name__, tag="Conversations")


class ThreadPage(Body):
    """`after` a seq: the oldest beyond it. `before` a seq: the newest below it. Neither: the newest of all."""

    after = fields.Integer(validate=_SEQ)
    before = fields.Integer(validate=_SEQ)
    limit = fields.Integer(load_default=50, validate=Range(1, MAX_PAGE))


class MessagePage(ThreadPage):
    """`around` a seq: half before it, half after it, with it. `at` a time: from its first message on."""

    around = fields.Integer(validate=_SEQ)
    at = fields.Integer(validate=_SEQ)


class ReaderPage(Body):
    """From which reader on: `next` of the page before."""

    after = fields.Integer(load_default=0, validate=_SEQ)
    limit = fields.Integer(load_default=50, validate=Range(1, MAX_PAGE))


class Reaction(Answer):
    """One sign below a message; `who` are the first of those who set it."""

    emoji = fields.String(required=True)
    count = fields.Integer(required=True)
    mine = fields.Boolean(required=True)
    who = fields.List(fields.String(), required=True)


class Thread(Answer):
    """The answers below a message."""

    count = fields.Integer(required=True)
    last_seq = fields.Integer(required=True)


class Poll(Answer):
    """How a poll stands, by option; `who` is null where it is anonymous."""

    counts = fields.List(fields.Integer(), required=True)
    voters = fields.Integer(required=True)
    mine = fields.List(fields.Integer(), required=True)
    who = fields.List(fields.List(fields.String()), required=True, allow_none=True)


class Marks(Answer):
    """What hangs on a message; what is not there is left out."""

    reactions = fields.List(fields.Nested(Reaction))
    pinned = fields.Boolean()
    thread = fields.Nested(Thread)
    poll = fields.Nested(Poll)


class Messages(Answer):
    """A page, ascending by seq; `first_seq` is the lowest that the caller may see, `last_seq` the newest.

    `marks` are by seq; `origins` are the messages that replies and threads name and the page does not hold.
    """

    messages = fields.List(Envelope(), required=True)
    marks = fields.Dict(keys=fields.String(), values=fields.Nested(Marks), required=True)
    origins = fields.List(Envelope(), required=True)
    first_seq = fields.Integer(required=True)
    last_seq = fields.Integer(required=True)
    peer_read_seq = fields.Integer(metadata={"description": "One to one: how far the other one has read."})
    peer_delivered_seq = fields.Integer(metadata={"description": "One to one: what has reached the other one."})


class OneMessage(Answer):
    """A message, what hangs on it, and what it answers."""

    message = Envelope(required=True)
    marks = fields.Nested(Marks, required=True)
    origin = Envelope(required=True, allow_none=True)


class MessageReader(Person):
    """Somebody who had read that far or farther at this time."""

    at = time_of("at_ms")


class MessageReaders(Answer):
    """`read` of `of` people have read it and let others know; `next` is null on the last page."""

    readers = fields.List(fields.Nested(MessageReader), required=True)
    read = fields.Integer(required=True)
    of = fields.Integer(required=True)
    next = fields.Integer(required=True, allow_none=True)


class Version(Answer):
    """Words of before, and when they were written."""

    body = fields.String(required=True)
    at = fields.Integer(required=True)


class Versions(Answer):
    """What a message said before, the oldest first."""

    versions = fields.List(fields.Nested(Version), required=True)


class Seqs(Body):
    """Messages of the conversation."""

    seqs = fields.List(
        fields.Integer(strict=True, validate=Range(1, MAX_INT)), required=True, validate=Length(1, MAX_HIDDEN)
    )


@messages.get(f"{CONVERSATION}/messages")
@messages.input(MessagePage, location="query")
@messages.output(Messages)
def read(kind: str, name: str, query_data: dict[str, int]) -> dict[str, Any]:
    """A page of a conversation; of a group as far as the caller was a member."""
    key = key_of(kind, name)
    page = history.read_page(me(), key, _place(query_data), query_data["limit"])
    return _describe(page) | _describe_peer(key)


@messages.get(f"{CONVERSATION}/threads/<int:seq>")
@messages.input(ThreadPage, location="query")
@messages.output(Messages)
def read_thread(kind: str, name: str, seq: int, query_data: dict[str, int]) -> dict[str, Any]:
    """A page of the answers below a message, which stands among `origins`."""
    page = history.read_thread(me(), key_of(kind, name), seq, _place(query_data), query_data["limit"])
    return _describe(page)


@messages.get(f"{CONVERSATION}/messages/<int:seq>")
@messages.output(OneMessage)
def read_one(kind: str, name: str, seq: int) -> dict[str, Any]:
    """One message."""
    message, marks, origin = history.read_message(me(), key_of(kind, name), seq)
    return {"message": message, "marks": marks, "origin": origin}


@messages.get(f"{CONVERSATION}/messages/<int:seq>/readers")
@messages.input(ReaderPage, location="query")
@messages.output(MessageReaders)
def show_readers(kind: str, name: str, seq: int, query_data: dict[str, int]) -> Readers:
    """Who has read a message."""
    return history.read_readers(me(), key_of(kind, name), seq, after=query_data["after"], limit=query_data["limit"])


@messages.get(f"{CONVERSATION}/messages/<int:seq>/versions")
@messages.output(Versions)
def show_versions(kind: str, name: str, seq: int) -> dict[str, Any]:
    """What a message of the caller's said before it was edited."""
    versions = history.load_versions(me(), key_of(kind, name), seq)
    return {"versions": [{"body": body, "at": at_ms} for body, at_ms in versions]}


@messages.post(f"{CONVERSATION}/hidden")
@messages.input(Seqs)
@messages.output(Nothing, 204)
def hide(kind: str, name: str, json_data: dict[str, list[int]]) -> str:
    """Delete messages for the caller alone. Again is the same."""
    hide_messages(me(), key_of(kind, name), json_data["seqs"], at_ms=now_ms())
    return ""


def _place(page: dict[str, int]) -> Place:
    return Place(page.get("after"), page.get("before"), page.get("around"), page.get("at"))


def _describe(page: Page) -> dict[str, Any]:
    return asdict(page)


def _describe_peer(key: ConversationKey) -> dict[str, int]:
    if key.kind is ConversationKind.GROUP:
        return {}
    read_seq, delivered_seq = history.read_peer_marks(me(), key)
    return {"peer_read_seq": read_seq, "peer_delivered_seq": delivered_seq}
