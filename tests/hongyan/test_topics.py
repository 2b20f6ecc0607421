from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hongyan import topics
from hongyan.errors import MalformedTopic
from hongyan.names import NAME_PATTERN
from hongyan.topics import Branch, ConversationKey, ConversationKind, FeedFilter
from tests.hongyan.cases import read_cases

names = st.from_regex(NAME_PATTERN, fullmatch=True)
conversations = st.builds(ConversationKey, st.sampled_from(ConversationKind), names)
levels = st.one_of(st.sampled_from(["im", "group", "user", "inbox", "live", "notice", "ann", "+", "#", ""]), st.text())
topic_like = st.lists(levels, max_size=20).map("/".join)

BUILDERS = {
    "send": lambda c: topics.send_topic(c["account"], topics.parse_conversation_key(c["conversation"])),
    "read": lambda c: topics.read_topic(c["account"], topics.parse_conversation_key(c["conversation"])),
    "signal": lambda c: topics.signal_topic(c["account"], topics.parse_conversation_key(c["conversation"])),
    "inbox": lambda c: topics.inbox_topic(c["account"], topics.parse_conversation_key(c["conversation"])),
    "sent": lambda c: topics.sent_topic(c["account"], topics.parse_conversation_key(c["conversation"])),
    "status": lambda c: topics.status_topic(c["account"], c["device"]),
    "live": lambda c: topics.live_topic(c["account"], c["tail"]),
    "notice": lambda c: topics.notice_topic(c["account"]),
    "feed": lambda c: topics.feed_topic(c["group"]),
    "filters": lambda c: list(topics.own_filters(c["account"])),
}


def by(key):
    return lambda case: ascii(case[key])


@pytest.mark.parametrize("case", read_cases("topics.json", "publish"), ids=by("topic"))
def test_a_client_publishes_to_the_four_branches_to_write_only(case):
    if not case["valid"]:
        with pytest.raises(MalformedTopic):
            topics.parse_publish_topic(case["topic"])
        return
    parsed = topics.parse_publish_topic(case["topic"])
    conversation = None if parsed.conversation is None else str(parsed.conversation)
    assert (parsed.account, parsed.branch, conversation, parsed.device) == (
        case["account"],
        Branch(case["branch"]),
        case.get("conversation"),
        case.get("device"),
    )


@pytest.mark.parametrize("case", read_cases("topics.json", "deliveries"), ids=by("topic"))
def test_a_delivery_comes_on_the_four_branches_to_read(case):
    if not case["valid"]:
        with pytest.raises(MalformedTopic):
            topics.parse_delivery_topic(case["topic"])
        return
    parsed = topics.parse_delivery_topic(case["topic"])
    conversation = None if parsed.conversation is None else str(parsed.conversation)
    assert (parsed.account, parsed.branch, conversation, parsed.tail) == (
        case["account"],
        Branch(case["branch"]),
        case["conversation"],
        case["tail"],
    )


@pytest.mark.parametrize("case", read_cases("topics.json", "filters"), ids=by("filter"))
def test_a_filter_stays_in_the_own_tree_or_is_one_feed(case):
    match case["answer"]:
        case "refused":
            with pytest.raises(MalformedTopic):
                topics.parse_filter(case["account"], case["filter"])
        case "own":
            assert topics.parse_filter(case["account"], case["filter"]) is None
        case answer:
            assert topics.parse_filter(case["account"], case["filter"]) == FeedFilter(answer.removeprefix("feed:"))


@pytest.mark.parametrize("case", read_cases("topics.json", "match"), ids=lambda c: f"{c['filter']} {c['topic']}")
def test_a_filter_matches_as_the_standard_says(case):
    assert topics.matches(case["filter"], case["topic"]) is case["matches"]


@pytest.mark.parametrize("case", read_cases("topics.json", "build"), ids=by("what"))
def test_topics_are_built_as_documented(case):
    assert BUILDERS[case["what"]](case) == case.get("topic", case.get("topics"))


@pytest.mark.parametrize(
    "text", ["", "bob", "user", "user/", "user/B", "room/lab", "user/bob/x", "user/bob\n", "group/+"]
)
def test_other_texts_are_no_conversation(text):
    with pytest.raises(MalformedTopic):
        topics.parse_conversation_key(text)


@given(topic_like)
def test_parsing_anything_raises_nothing_but_the_named_error(text):
    for parse in (topics.parse_publish_topic, topics.parse_delivery_topic, topics.parse_conversation_key):
        with contextlib.suppress(MalformedTopic):
            parse(text)
    with contextlib.suppress(MalformedTopic):
        topics.parse_filter("ann", text)


@given(names, conversations)
def test_what_was_built_to_publish_reads_back(account, conversation):
    builders = {Branch.SEND: topics.send_topic, Branch.READ: topics.read_topic, Branch.SIGNAL: topics.signal_topic}
    for branch, build in builders.items():
        parsed = topics.parse_publish_topic(build(account, conversation))
        assert (parsed.account, parsed.branch, parsed.conversation) == (account, branch, conversation)


@given(names, conversations)
def test_what_was_built_to_deliver_reads_back_and_is_inside_a_filter(account, conversation):
    for branch, build in {Branch.INBOX: topics.inbox_topic, Branch.SENT: topics.sent_topic}.items():
        topic = build(account, conversation)
        parsed = topics.parse_delivery_topic(topic)
        assert (parsed.account, parsed.branch, parsed.conversation) == (account, branch, conversation)
        assert [topics.matches(wanted, topic) for wanted in topics.own_filters(account)].count(True) == 1


@given(conversations)
def test_a_conversation_reads_back(conversation):
    assert topics.parse_conversation_key(str(conversation)) == conversation


@given(topic_like, topic_like)
def test_an_own_filter_never_matches_a_topic_outside_the_own_tree(topic_filter, topic):
    try:
        answer = topics.parse_filter("ann", topic_filter)
    except MalformedTopic:
        return
    if topics.matches(topic_filter, topic):
        assert topic.startswith("im/ann/") if answer is None else topic == topics.feed_topic(answer.group)
