from __future__ import annotations

import pytest

from tests.hongyan_web.site import START_MS, Visitor, publish


def hello(seq: int, sender: str = "ann", to: str = "user/bob", body: str = "hello") -> dict[str, object]:
    """The stamped message of `publish` number `seq`, as everybody reads it."""
    return {"id": f"id-{seq}", "kind": "text", "body": body, "from": sender, "to": to, "seq": seq, "at": START_MS}


def head(key: str, title: str, seq: int, read: int, unread: int, last: dict[str, object] | None) -> dict[str, object]:
    counts = {"last_seq": seq, "read_seq": read, "unread": unread}
    return {"key": key, "title": title, **counts, "last_message": last, "muted_until": None}


def test_friends_without_a_word_have_an_empty_conversation(friends: tuple[Visitor, Visitor]) -> None:
    ann, _ = friends
    assert ann.get("/conversations") == (200, {"conversations": [head("user/bob", "bob", 0, 0, 0, None)]})
    empty = {"messages": [], "first_seq": 1, "last_seq": 0, "peer_read_seq": 0}
    assert ann.get("/conversations/user/bob/messages") == (200, empty)


def test_both_read_the_same_messages_and_each_counts_what_is_new(friends: tuple[Visitor, Visitor]) -> None:
    ann, bob = friends
    publish(
        ("ann", "send/user/bob", b"hello"), ("ann", "send/user/bob", b"hello"), ("bob", "read/user/ann", b'{"seq": 1}')
    )
    assert ann.get("/conversations").body["conversations"] == [head("user/bob", "bob", 2, 2, 0, hello(2))]
    assert bob.get("/conversations").body["conversations"] == [head("user/ann", "Ann Arbor", 2, 1, 1, hello(2))]
    page = {"messages": [hello(1), hello(2)], "first_seq": 1, "last_seq": 2}
    assert ann.get("/conversations/user/bob/messages") == (200, {**page, "peer_read_seq": 1})
    assert bob.get("/conversations/user/ann/messages") == (200, {**page, "peer_read_seq": 2})


@pytest.mark.parametrize(
    ("query", "seqs"),
    [
        ("", [1, 2, 3, 4, 5]),
        ("?limit=2", [4, 5]),
        ("?after=0&limit=2", [1, 2]),
        ("?after=3", [4, 5]),
        ("?after=5", []),
        ("?before=3", [1, 2]),
        ("?before=5&limit=2", [3, 4]),
        ("?before=1", []),
        ("?after=1&before=4", [2, 3]),
        ("?after=9223372036854775807", []),
    ],
)
def test_a_page_hangs_on_a_seq(friends: tuple[Visitor, Visitor], query: str, seqs: list[int]) -> None:
    ann, _ = friends
    publish(*[("ann", "send/user/bob", b"hello")] * 5)
    body = ann.get(f"/conversations/user/bob/messages{query}").body
    assert [message["seq"] for message in body["messages"]] == seqs
    assert (body["first_seq"], body["last_seq"]) == (1, 5)


def test_a_member_reads_from_the_day_of_joining(friends: tuple[Visitor, Visitor]) -> None:
    ann, bob = friends
    ann.post("/groups", {"name": "lab", "title": "实验室"})
    publish(("ann", "send/group/lab", "前".encode()))
    ann.put("/groups/lab/members/bob")
    assert bob.get("/conversations/group/lab/messages").body == {"messages": [], "first_seq": 2, "last_seq": 1}
    publish(("bob", "send/group/lab", "后".encode()))
    body = bob.get("/conversations/group/lab/messages").body
    assert [message["body"] for message in body["messages"]] == ["后"]
    assert [message["body"] for message in ann.get("/conversations/group/lab/messages").body["messages"]] == [
        "前",
        "后",
    ]


def test_the_history_of_a_group_is_for_its_members(ann: Visitor, eve: Visitor) -> None:
    ann.post("/groups", {"name": "lab", "title": "实验室"})
    publish(("ann", "send/group/lab", b"21.5"))
    message = hello(1, to="group/lab", body="21.5")
    assert ann.get("/conversations").body["conversations"] == [head("group/lab", "实验室", 1, 1, 0, message)]
    page = {"messages": [message], "first_seq": 1, "last_seq": 1}
    assert ann.get("/conversations/group/lab/messages") == (200, page)
    assert eve.get("/conversations/group/lab/messages").refusal == (404, "unknown_conversation", None)
    assert eve.get("/conversations") == (200, {"conversations": []})


def test_what_a_sender_added_to_a_message_is_there(friends: tuple[Visitor, Visitor]) -> None:
    _, bob = friends
    publish(("ann", "send/user/bob", b'{"id": "m1", "kind": "text", "body": "here", "ext": {"lat": 48.1}}'))
    (message,) = bob.get("/conversations/user/ann/messages").body["messages"]
    assert (message["id"], message["body"], message["ext"]) == ("m1", "here", {"lat": 48.1})
