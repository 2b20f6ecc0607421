from __future__ import annotations

import pytest

from hongyan.errors import ApiError, Code
from hongyan.testing import MemoryServer
from hongyan.topics import parse_conversation_key


@pytest.fixture
def server():
    server = MemoryServer(now_ms=lambda: 1_790_000_000_000)
    server.befriend("ann", "bob")
    server.befriend("ann", "eve")
    server.block("bob", "eve")
    server.block("ann", "eve")
    server.create_group("lab", "ann", "bob")
    return server


def test_what_is_said_is_stamped_and_kept_for_both(server):
    said = server.say("ann", "user/bob", "hi")
    assert (said.sender, said.to, said.seq, said.at_ms) == ("ann", "user/bob", 1, 1_790_000_000_000)
    assert server.history("ann", "user/bob") == server.history("bob", "user/ann") == [said]


@pytest.mark.parametrize(
    ("sender", "to", "code"),
    [
        ("bob", "user/eve", Code.NOT_FRIENDS),
        ("bob", "user/nobody", Code.NOT_FRIENDS),
        ("eve", "user/ann", Code.BLOCKED),
        ("ann", "user/eve", Code.YOU_BLOCKED),
        ("eve", "group/lab", Code.NOT_MEMBER),
        ("ann", "group/attic", Code.NOT_MEMBER),
        ("ann", "user/ann", Code.NOT_FRIENDS),
    ],
)
def test_it_refuses_as_the_exchange_does(server, sender, to, code):
    with pytest.raises(ValueError, match=f"refused: {code.value}"):
        server.say(sender, to, "hi")


def test_a_new_member_sees_what_came_after(server):
    server.say("ann", "group/lab", "one")
    server.create_group("lab", "thermo")
    server.say("ann", "group/lab", "two")
    assert [message.body for message in server.history("thermo", "group/lab")] == ["two"]
    assert [message.seq for message in server.history("thermo", "group/lab")] == [2]


def test_who_was_removed_sees_and_says_nothing_more(server):
    with server.client("bob") as bob:
        server.say("ann", "group/lab", "one")
        assert bob.next_message(timeout_s=5).body == "one"
        server.remove_member("lab", "bob")
        server.say("ann", "group/lab", "two")
        assert bob.next_message(timeout_s=0.05) is None
    with pytest.raises(ApiError):
        server.history("bob", "group/lab")


def test_a_malformed_draft_is_refused_by_a_notice(server):
    link = server.connect("ann", ["im/ann/notice"])
    link.publish("im/ann/send/user/bob", b'{"id":"m1","kind":"poem"}', 1)
    ((topic, payload),) = link.poll(0)
    assert topic == "im/ann/notice"
    assert payload == (
        b'{"type":"rejected","id":"m1","to":"user/bob","code":"malformed",'
        b'"message":"refused: malformed","at":1790000000000}'
    )


def test_only_what_a_filter_asks_for_arrives(server):
    link = server.connect("bob", ["im/bob/inbox/group/#"])
    server.say("ann", "user/bob", "one")
    server.say("ann", "group/lab", "two")
    assert [topic for topic, _ in link.poll(0)] == ["im/bob/inbox/group/lab"]


def test_the_history_of_a_stranger_is_empty_and_of_a_group_closed(server):
    assert server.read("eve", parse_conversation_key("user/bob"), 0, 10) == []
    with pytest.raises(ApiError):
        server.read("eve", parse_conversation_key("group/lab"), 0, 10)
