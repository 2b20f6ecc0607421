"""The tree of retained messages against a plain dict and the standard's definition of a match."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hongyan.topics import is_valid_filter, matches
from hongyan_broker.plane.retained import Retained, RetainedMessages

levels = st.sampled_from(["a", "b", "", "$s"])
topics = st.lists(levels, min_size=1, max_size=4).map("/".join).filter(bool)
filters = st.lists(st.sampled_from(["a", "b", "", "$s", "+", "#"]), min_size=1, max_size=4).map("/".join)
steps = st.lists(st.tuples(topics, st.binary(max_size=2)), max_size=30)


@given(steps, filters.filter(is_valid_filter))
def test_the_tree_finds_what_the_definition_says(changes: list[tuple[str, bytes]], topic_filter: str) -> None:
    tree, naive = RetainedMessages(max_messages=1_000, max_bytes=10_000), dict[str, bytes]()
    for topic, payload in changes:
        if payload:
            assert tree.keep(Retained(topic, payload, 0))
            naive[topic] = payload
        else:
            assert tree.remove(topic) is (topic in naive)
            naive.pop(topic, None)
    found = [(message.topic, message.payload) for message in tree.match(topic_filter)]
    assert sorted(found) == sorted((t, p) for t, p in naive.items() if matches(topic_filter, t))
    assert len(tree) == len(naive)
    for topic in naive:
        tree.remove(topic)
    assert list(tree.match("#")) == []
    assert tree._root.children == {}


def test_a_message_that_does_not_fit_takes_the_old_one_with_it() -> None:
    tree = RetainedMessages(max_messages=10, max_bytes=10)
    assert tree.keep(Retained("t", b"12345", 0))
    assert not tree.keep(Retained("t", b"1234567890", 0))
    assert len(tree) == 0
    assert tree.keep(Retained("t", b"123456789", 0))


def test_a_topic_of_very_many_levels_is_found() -> None:
    tree = RetainedMessages(max_messages=10, max_bytes=100_000)
    deep = "/".join("a" * 30_000)
    tree.keep(Retained(deep, b"x", 0))
    assert [message.topic for message in tree.match("#")] == [deep]
    assert [message.topic for message in tree.match("/".join("a" * 199) + "/#")] == [deep]
    assert tree.remove(deep)
    assert tree._root.children == {}
