"""The table of subscriptions against the naive definition of a match."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hongyan.topics import is_valid_filter, matches
from hongyan_broker.plane.subscriptions import Subscriptions

levels = st.sampled_from(["a", "b", "", "$s"])
topic_names = st.lists(levels, min_size=1, max_size=4).map("/".join).filter(bool)
filters = st.lists(st.sampled_from(["a", "b", "", "$s", "+", "#"]), min_size=1, max_size=4).map("/".join)
valid_filters = filters.filter(is_valid_filter)
changes = st.lists(st.tuples(st.booleans(), valid_filters, st.sampled_from("xyz"), st.integers(0, 1)), max_size=30)


@given(changes, topic_names)
def test_the_table_finds_what_the_definition_says_once_with_the_highest_qos(
    steps: list[tuple[bool, str, str, int]], topic: str
) -> None:
    table: Subscriptions[str] = Subscriptions()
    naive: dict[tuple[str, str], int] = {}
    for adds, topic_filter, who, qos in steps:
        if adds:
            table.add(topic_filter, who, qos)
            naive[topic_filter, who] = qos
        else:
            table.discard(topic_filter, who)
            naive.pop((topic_filter, who), None)
    wanted: dict[str, int] = {}
    for (topic_filter, who), qos in naive.items():
        if matches(topic_filter, topic):
            wanted[who] = max(qos, wanted.get(who, 0))
    assert table.match(topic) == wanted
    for topic_filter, who in naive:
        table.discard(topic_filter, who)
    assert table.is_empty()


def test_the_cases_of_the_standard() -> None:
    table: Subscriptions[str] = Subscriptions()
    for topic_filter in ("sport/tennis/player1/#", "sport/#", "#", "+/monitor/Clients", "$SYS/#", "/+", "+"):
        table.add(topic_filter, topic_filter, 0)
    assert set(table.match("sport/tennis/player1")) == {"sport/tennis/player1/#", "sport/#", "#"}
    assert set(table.match("sport")) == {"sport/#", "#", "+"}
    assert set(table.match("/finance")) == {"/+", "#"}
    assert set(table.match("$SYS/monitor/Clients")) == {"$SYS/#"}
