from __future__ import annotations

import pytest

from hongyan import _stream
from hongyan.testing import MemoryServer
from tests.support.loop import in_a_loop


@pytest.fixture
def server():
    server = MemoryServer(now_ms=lambda: 1_790_000_000_000)
    server.befriend("ann", "bob")
    return server


@pytest.fixture
def clock(monkeypatch):
    """The clock of streams, moved by hand."""
    now = [100.0]
    monkeypatch.setattr(_stream.time, "monotonic", lambda: now[0])
    return now


class Writer:
    """A client of which only signals and the message are seen."""

    def __init__(self):
        self.told, self.sent = [], []

    def signal(self, to, fields):
        self.told.append((to, fields["offset"], fields["text"]))

    def send(self, to, body, **fields):
        self.sent.append((to, body, fields))
        return "stamped"


def test_pieces_are_told_at_most_five_times_a_second(clock):
    writer = Writer()
    with _stream.Stream(writer, "user/bob", "m1", {}) as answer:
        for piece in ("鸿", "雁", "!", ""):
            answer.write(piece)
        clock[0] += 0.2
        answer.write("?")
        assert answer.text == "鸿雁!?"
    assert writer.told == [("user/bob", 0, "鸿"), ("user/bob", 1, "雁!?")]
    assert writer.sent == [("user/bob", "鸿雁!?", {"id": "m1", "format": "markdown"})]
    assert answer.message == "stamped"


def test_a_long_piece_is_told_in_parts_that_fit_a_signal(clock):
    writer = Writer()
    with _stream.Stream(writer, "user/bob", "m1", {"format": None}) as answer:
        answer.write("雁" * 1_000)
        clock[0] += 0.2
        answer.write("!")
    assert [(offset, len(text)) for _, offset, text in writer.told] == [(0, 600), (600, 401)]
    assert writer.sent == [("user/bob", "雁" * 1_000 + "!", {"id": "m1", "format": None})]


def test_of_an_answer_that_failed_nothing_is_stored(clock):
    writer = Writer()
    with pytest.raises(RuntimeError), _stream.Stream(writer, "user/bob", "m1", {}) as answer:
        answer.write("hi")
        raise RuntimeError
    assert (writer.sent, answer.message) == ([], None)


def test_an_answer_of_no_words_is_none(clock):
    writer = Writer()
    with _stream.Stream(writer, "user/bob", "m1", {}):
        pass
    assert writer.sent == []


def test_a_streamed_answer_is_seen_growing_and_stored_once_even_after_a_crash(server):
    server.say("ann", "user/bob", "tell me")
    pieces = []
    with server.client("ann") as ann:
        ann.on_live(pieces.append)
        for _ in range(2):
            with server.client("bob", since="start") as bob, bob.stream(bob.next_message(timeout_s=5)) as answer:
                answer.write("once upon")
                answer.write(" a time")
        assert ann.next_message(timeout_s=5).body == "once upon a time"
    assert pieces[0].fields | {"type": "stream", "id": answer.message.id, "offset": 0} == pieces[0].fields
    assert [message.body for message in server.history("ann", "user/bob")] == ["tell me", "once upon a time"]


@in_a_loop
async def test_a_streamed_answer_awaited(server):
    async with server.async_client("bob") as bob, bob.stream("user/ann", id="m1") as answer:
        answer.write("hi")
    assert (answer.message.id, answer.message.body) == ("m1", "hi")


@in_a_loop
async def test_an_awaited_answer_that_failed_is_not_stored(server):
    async with server.async_client("bob") as bob:
        said = server.say("ann", "user/bob", "tell me")
        with pytest.raises(RuntimeError):
            async with bob.stream(said) as answer:
                answer.write("hi")
                raise RuntimeError
    assert len(server.history("ann", "user/bob")) == 1
