from __future__ import annotations

import pytest

from hongyan_core.store.models import (
    Account,
    Attachment,
    Card,
    Conversation,
    MessageVersion,
    Pin,
    Reaction,
    ThreadEntry,
)
from tests.hongyan_web.site import START_MS, Visitor, publish


def hello(seq: int, sender: str = "ann", to: str = "user/bob", body: str = "hello") -> dict[str, object]:
    """The stamped message of `publish` number `seq`, as everybody reads it."""
    return {"id": f"id-{seq}", "kind": "text", "body": body, "from": sender, "to": to, "seq": seq, "at": START_MS}


def head(key: str, title: str, seq: int, read: int, unread: int, last: dict[str, object] | None) -> dict[str, object]:
    counts = {"last_seq": seq, "read_seq": read, "unread": unread}
    rest = {"mentions": 0, "draft": None, "muted_until": None, "disappear_s": None, "retention_days": None, "marks": []}
    return {"key": key, "title": title, **counts, "last_message": last, **rest}


def page(*messages: dict[str, object], first: int = 1, last: int) -> dict[str, object]:
    """A page of messages on which nothing hangs."""
    return {"messages": [*messages], "marks": {}, "origins": [], "first_seq": first, "last_seq": last}


def test_friends_without_a_word_have_an_empty_conversation(friends: tuple[Visitor, Visitor]) -> None:
    ann, _ = friends
    assert ann.get("/conversations") == (200, {"conversations": [head("user/bob", "bob", 0, 0, 0, None)]})
    peer = {"peer_read_seq": 0, "peer_delivered_seq": 0}
    assert ann.get("/conversations/user/bob/messages") == (200, page(last=0) | peer)


def test_both_read_the_same_messages_and_each_counts_what_is_new(friends: tuple[Visitor, Visitor]) -> None:
    ann, bob = friends
    publish(
        ("ann", "send/user/bob", b"hello"), ("ann", "send/user/bob", b"hello"), ("bob", "read/user/ann", b'{"seq": 1}')
    )
    assert ann.get("/conversations").body["conversations"] == [head("user/bob", "bob", 2, 2, 0, hello(2))]
    assert bob.get("/conversations").body["conversations"] == [head("user/ann", "Ann Arbor", 2, 1, 1, hello(2))]
    both = page(hello(1), hello(2), last=2) | {"peer_delivered_seq": 0}
    assert ann.get("/conversations/user/bob/messages") == (200, {**both, "peer_read_seq": 1})
    assert bob.get("/conversations/user/ann/messages") == (200, {**both, "peer_read_seq": 2})


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
        ("?around=3&limit=3", [2, 3, 4]),
        (f"?at={START_MS}&limit=2", [1, 2]),
        (f"?at={START_MS + 1}", []),
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
    assert bob.get("/conversations/group/lab/messages").body == page(first=2, last=1)
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
    assert ann.get("/conversations/group/lab/messages") == (200, page(message, last=1))
    assert eve.get("/conversations/group/lab/messages").refusal == (404, "unknown_conversation", None)
    assert eve.get("/conversations") == (200, {"conversations": []})


def test_what_a_sender_added_to_a_message_is_there(friends: tuple[Visitor, Visitor]) -> None:
    _, bob = friends
    publish(("ann", "send/user/bob", b'{"id": "m1", "kind": "text", "body": "here", "ext": {"lat": 48.1}}'))
    (message,) = bob.get("/conversations/user/ann/messages").body["messages"]
    assert (message["id"], message["body"], message["ext"]) == ("m1", "here", {"lat": 48.1})


def test_one_message_with_what_hangs_on_it(friends: tuple[Visitor, Visitor]) -> None:
    _, bob = friends
    publish(("ann", "send/user/bob", b"hello"))
    ann_account = Account.get(Account.name == "ann")
    talk = Conversation.get()
    Reaction.create(conversation=talk, seq=1, account=ann_account, emoji="👍", at_ms=1)
    Pin.create(conversation=talk, seq=1, account=ann_account, at_ms=7)
    reactions = [{"emoji": "👍", "count": 1, "mine": False, "who": ["ann"]}]
    marks = {"reactions": reactions, "pinned": True}
    whole = {"message": hello(1), "marks": marks, "origin": None}
    assert bob.get("/conversations/user/ann/messages/1") == (200, whole)
    assert bob.get("/conversations/user/ann/messages").body["marks"] == {"1": marks}
    pins = {"pins": [{"message": hello(1), "by": "ann", "at": 7}]}
    assert bob.get("/conversations/user/ann/pins") == (200, pins)
    assert bob.get("/conversations/user/ann/messages/2").refusal == (404, "unknown_message", None)


def test_who_has_read_a_message_and_what_it_said_before(friends: tuple[Visitor, Visitor]) -> None:
    ann, bob = friends
    publish(("ann", "send/user/bob", b"hello"), ("bob", "read/user/ann", b'{"seq": 1}'))
    readers = ann.get("/conversations/user/bob/messages/1/readers").body
    assert (readers["read"], readers["of"], readers["next"]) == (1, 1, None)
    assert [reader["username"] for reader in readers["readers"]] == ["bob"]
    MessageVersion.create(
        conversation=Conversation.get(), seq=1, version=1, at_ms=5, payload='{"kind": "text", "body": "helo"}'
    )
    path = "/conversations/user/{}/messages/1/versions"
    assert ann.get(path.format("bob")) == (200, {"versions": [{"body": "helo", "at": 5}]})
    assert bob.get(path.format("ann")).refusal == (403, "not_yours", None)


def test_threads_cards_and_media_have_pages_of_their_own(ann: Visitor) -> None:
    ann.post("/groups", {"name": "lab", "title": "实验室"})
    publish(("ann", "send/group/lab", b"hello"), ("ann", "send/group/lab", b"hello"))
    talk, account = Conversation.get(), Account.get(Account.name == "ann")
    ThreadEntry.create(conversation=talk, root_seq=1, seq=2)
    Card.create(conversation=talk, account=account, name="heater", payload='{"kind": "card"}', at_ms=1)
    Attachment.create(conversation=talk, seq=2, place=0, file_id="f", kind="image")
    second = hello(2, to="group/lab")
    assert ann.get("/conversations/group/lab/threads/1") == (200, page(second, last=2))
    assert ann.get("/conversations/group/lab/cards") == (200, {"cards": [{"kind": "card"}]})
    assert ann.get("/conversations/group/lab/media?kind=image") == (200, {"messages": [second], "next": None})
    assert ann.get("/conversations/group/lab/media?kind=poem").refusal == (400, "malformed_field", "kind")


def test_what_one_deletes_for_oneself_the_other_keeps(friends: tuple[Visitor, Visitor]) -> None:
    ann, bob = friends
    publish(("ann", "send/user/bob", b"hello"))
    assert bob.post("/conversations/user/ann/hidden", {"seqs": [1]}).status == 204
    (gone,) = bob.get("/conversations/user/ann/messages").body["messages"]
    assert (gone["kind"], gone["hidden"], "body" in gone) == ("gone", True, False)
    assert ann.get("/conversations/user/bob/messages").body["messages"] == [hello(1)]


def test_how_long_messages_stay_is_shown_to_both(friends: tuple[Visitor, Visitor]) -> None:
    ann, bob = friends
    assert ann.patch("/conversations/user/bob", {"disappear_s": 60, "retention_days": None}).status == 204
    (head,) = bob.get("/conversations").body["conversations"]
    assert (head["disappear_s"], head["retention_days"]) == (60, None)


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"disappear_s": 4}, (400, "malformed_field", "disappear_s")),
        ({"disappear_s": 604_801}, (400, "malformed_field", "disappear_s")),
        ({"disappear_s": "60"}, (400, "malformed_field", "disappear_s")),
        ({"retention_days": 0}, (400, "malformed_field", "retention_days")),
        ({"retention_days": 3_651}, (400, "malformed_field", "retention_days")),
        ({"title": "ours"}, (400, "unknown_field", "title")),
    ],
    ids=["too short", "too long", "a text", "no day at all", "more than ten years", "what is not there"],
)
def test_a_change_that_is_none_is_refused(
    friends: tuple[Visitor, Visitor], body: dict[str, object], refusal: tuple[int, str, str]
) -> None:
    assert friends[0].patch("/conversations/user/bob", body).refusal == refusal


def test_a_stranger_changes_nothing(ann: Visitor, eve: Visitor) -> None:
    ann.post("/groups", {"name": "lab", "title": "实验室"})
    for path in ("user/ann", "group/lab", "user/nobody", "group/NO"):
        assert eve.patch(f"/conversations/{path}", {"disappear_s": 60}).refusal == (404, "unknown_conversation", None)
