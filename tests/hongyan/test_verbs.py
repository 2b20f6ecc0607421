"""What one can say in words, with both clients, on the server in memory."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime

import pytest

from hongyan import MalformedEnvelope, Rejected, Scheduled
from hongyan.contents import ForwardItem, TextContent
from hongyan.testing import MemoryServer
from tests.support.loop import in_a_loop

NOW = 1_790_000_000_000


@pytest.fixture
def server():
    server = MemoryServer(now_ms=lambda: NOW)
    server.befriend("ann", "bob")
    server.create_group("lab", "ann", "bob")
    return server


@pytest.fixture
def ann(server):
    with server.client("ann") as ann:
        yield ann


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "lab.png"
    path.write_bytes(b"\x89PNG")
    return path


VERBS = [
    (lambda c, p: c.send_image("user/bob", p, p, body="the lab"), "image", {}),
    (lambda c, p: c.send_file("user/bob", p), "file", {}),
    (
        lambda c, p: c.send_voice("user/bob", p, duration_ms=7, waveform=[1]),
        "voice",
        {"duration_ms": 7, "waveform": [1]},
    ),
    (lambda c, p: c.send_video("user/bob", p, duration_ms=7), "video", {"duration_ms": 7}),
    (lambda c, p: c.send_sticker("user/bob", "geese", "hello"), "sticker", {"pack": "geese", "name": "hello"}),
    (lambda c, p: c.send_location("user/bob", 39.9, 116.4, "天安门"), "location", {"lat": 39.9, "name": "天安门"}),
    (lambda c, p: c.send_contact("user/bob", "ann"), "contact", {"who": "ann"}),
    (lambda c, p: c.send_poll("user/bob", "Tea?", "yes", "no", multiple=True), "poll", {"options": ["yes", "no"]}),
    (lambda c, p: c.send("user/bob", "**hi**", format="markdown"), "text", {"format": "markdown"}),
]


@pytest.mark.parametrize(("say", "kind", "fields"), VERBS, ids=[kind for _, kind, _ in VERBS])
def test_a_verb_sends_its_kind(server, ann, picture, say, kind, fields):
    stamped = say(ann, picture)
    assert (stamped.kind, stamped.seq) == (kind, 1)
    assert stamped.fields | fields == stamped.fields
    assert stamped.content is not None
    assert server.history("bob", "user/ann") == [stamped]


@pytest.mark.parametrize(("say", "kind", "fields"), VERBS, ids=[kind for _, kind, _ in VERBS])
@in_a_loop
async def test_a_verb_awaited_sends_the_same(server, picture, say, kind, fields):
    async with server.async_client("ann") as ann:
        stamped = await say(ann, picture)
    assert (stamped.kind, stamped.fields | fields) == (kind, stamped.fields)


def test_values_are_data(ann):
    stamped = ann.send_data("group/lab", {"t": 21.5}, "21.5 °C")
    assert (stamped.kind, stamped.data, stamped.body) == ("data", {"t": 21.5}, "21.5 °C")


def test_files_go_up_and_come_down(server, ann, picture, tmp_path):
    steps = []
    file_id = ann.upload(picture, name="x.png", progress=lambda there, whole: steps.append((there, whole)))
    stamped = ann.send("user/bob", kind="image", files=[file_id])
    (file,) = stamped.files
    assert (file.id, file.name, file.size, steps) == (file_id, "x.png", 4, [(4, 4)])
    with server.client("bob") as bob:
        assert bob.download(file, tmp_path / "down.png").read_bytes() == b"\x89PNG"


def test_a_file_of_somebody_else_is_refused(server, ann, picture):
    with server.client("bob") as bob, pytest.raises(Rejected) as refused:
        bob.send("user/ann", kind="image", files=[ann.upload(picture)])
    assert refused.value.code == "unknown_file"


def test_a_wrong_field_is_an_error_before_anything_is_sent(server, ann):
    with pytest.raises(MalformedEnvelope) as wrong:
        ann.send_poll("user/bob", "Tea?", "yes")
    assert wrong.value.field == "options"
    assert server.history("ann", "user/bob") == []


def test_marks_name_their_message_and_change_it(server, ann):
    hi = ann.send("user/bob", "hi")
    assert ann.edit(hi, "hi there").content.body == "hi there"
    assert [ann.react(hi, "👍").of, ann.pin(hi).of, ann.pin(hi, remove=True).of] == [1, 1, 1]
    assert server.history("bob", "user/ann")[0].body == "hi there"
    assert server.history("bob", "user/ann")[0].edited_ms == NOW
    ann.recall(hi)
    assert server.history("bob", "user/ann")[0].kind == "gone"
    with pytest.raises(Rejected) as refused:
        ann.react(hi, "👍")
    assert refused.value.code == "unknown_message"


def test_a_poll_is_answered_and_closed(server, ann):
    poll = ann.send_poll("group/lab", "Tea?", "yes", "no")
    with server.client("bob") as bob:
        assert bob.vote(server.history("bob", "group/lab")[0], 1).content.choices == (1,)
        with pytest.raises(Rejected) as refused:
            bob.close_poll(poll)
        assert refused.value.code == "not_yours"
    ann.close_poll(poll)
    assert server.history("bob", "group/lab")[0].content.closed == NOW


@pytest.mark.parametrize(
    ("mark", "code"),
    [
        (lambda bob, said: bob.edit(said, "x"), "not_yours"),
        (lambda bob, said: bob.recall(said), "not_yours"),
        (lambda bob, said: bob.vote(said, 0), "unknown_message"),
        (lambda bob, said: bob.edit(bob.send_sticker("group/lab", "geese", "hello"), "x"), "not_editable"),
    ],
    ids=["edit of another's", "recall of another's", "vote on a text", "edit of a sticker"],
)
def test_marks_that_are_refused(server, ann, mark, code):
    said = ann.send("group/lab", "hi")
    with server.client("bob") as bob, pytest.raises(Rejected) as refused:
        mark(bob, said)
    assert refused.value.code == code


def test_marks_of_others_come_to_on_mark_and_never_to_on_message(server, ann):
    marks = []
    with server.client("bob") as bob:
        bob.on_mark(marks.append)
        ann.react(ann.send("user/bob", "hi"), "👍")
        ann.send("user/bob", "bye")
        assert [bob.next_message(timeout_s=5).body for _ in range(2)] == ["hi", "bye"]
    assert [(mark.kind, mark.of, mark.content.emoji) for mark in marks] == [("reaction", 1, "👍")]


def test_what_is_gone_is_given_to_nobody(server, ann):
    ann.recall(ann.send("user/bob", "oh"))
    ann.send("user/bob", "hi")
    with server.client("bob", since="start") as bob:
        assert bob.next_message(timeout_s=5).body == "hi"


def test_a_reply_quotes_when_it_is_asked_to_and_stays_in_its_thread(server, ann):
    root = ann.send("group/lab", "root")
    ann.send("group/lab", "below", thread=root.seq)
    with server.client("bob", since="start") as bob:
        assert bob.next_message(timeout_s=5).body == "root"
        below = bob.next_message(timeout_s=5)
        answer = bob.reply(below, "yes", quote=True)
    assert (answer.thread, answer.reply) == (1, 2)


def test_a_mark_after_a_crash_is_stored_once(server, ann):
    ann.send("user/bob", "hi")
    for _ in range(2):  # without state the second start meets the same message again
        with server.client("bob", since="start") as bob:
            bob.react(bob.next_message(timeout_s=5), "👍")
    assert [entry.kind for entry in server.history("ann", "user/bob")] == ["text", "reaction"]


def test_messages_are_forwarded_as_they_were(ann):
    said = [ann.send("user/bob", "one"), ann.send("user/bob", "two")]
    forwarded = ann.forward("group/lab", *said, body="look")
    assert forwarded.content.items == (
        ForwardItem("ann", NOW, "one", TextContent()),
        ForwardItem("ann", NOW, "two", TextContent()),
    )
    with pytest.raises(ValueError, match="one conversation"):
        ann.forward("user/bob", said[0], forwarded)


@pytest.mark.parametrize(
    "at", [NOW + 60_000, datetime.fromtimestamp((NOW + 60_000) / 1_000, UTC)], ids=["ms", "datetime"]
)
def test_a_message_of_a_later_time_is_sent_then(server, ann, at):
    scheduled = ann.schedule("user/bob", "later", at=at, repeat="daily", id="m1")
    assert scheduled == Scheduled("m1", "user/bob", NOW + 60_000)
    assert server.history("bob", "user/ann") == []
    assert [item["repeat"] for item in server.scheduled("ann")] == ["daily"]
    server.pass_time()
    assert [message.body for message in server.history("bob", "user/ann")] == ["later"]


def test_a_time_without_a_zone_is_refused(ann):
    with pytest.raises(ValueError, match="zone"):
        ann.schedule("user/bob", "later", at=datetime(2026, 12, 24, 18, 0))


def test_the_wrong_verb_for_a_later_time_is_told(ann):
    with pytest.raises(ValueError, match="schedule"):
        ann.send("user/bob", "later", deliver_at=NOW + 60_000)


@in_a_loop
async def test_a_message_of_a_later_time_awaited(server):
    async with server.async_client("ann") as ann:
        assert (await ann.schedule("user/bob", "later", at=NOW + 1, id="m1")).id == "m1"


def test_a_card_is_shown_and_its_button_pressed(server, ann):
    shown, pressed = [], []
    with server.client("bob") as bob:
        bob.on_live(shown.append)
        ann.on_command(pressed.append)
        ann.update_card("group/lab", "heater", {"t": 21.5}, title="Heater", buttons={"On": "on"})
        server.press("bob", "group/lab", "ann", "heater", "on")
        server.say("ann", "group/lab", "end")
        server.say("bob", "group/lab", "end")
        bob.next_message(timeout_s=5)
        ann.next_message(timeout_s=5)
    ((card),) = [live for live in shown if live.tail == "card/group/lab"]
    assert (card.fields["data"], card.fields["buttons"]) == ({"t": 21.5}, [{"label": "On", "command": "on"}])
    ((command),) = pressed
    assert (str(command.conversation), command.sender, command.card, command.command) == (
        "group/lab",
        "bob",
        "heater",
        "on",
    )
    assert [entry.body for entry in server.history("ann", "group/lab")] == ["end", "end"]


@in_a_loop
async def test_a_card_awaited(server):
    async with server.async_client("ann") as ann:
        assert await ann.update_card("group/lab", "heater", {}) is None


def test_every_verb_is_described():
    from hongyan._verbs import Verbs

    verbs = [member for name, member in vars(Verbs).items() if not name.startswith("_")]
    assert len(verbs) == 20
    assert all(inspect.getdoc(verb) for verb in verbs)
