"""The plugin's answers, asked as amqtt asks them."""

from __future__ import annotations

import pytest
from amqtt.contexts import Action

from hongyan_broker.embedded import LightSession
from tests.hongyan_broker.running import House


@pytest.mark.parametrize(
    ("account", "topic", "action", "allowed"),
    [
        ("ann", "im/ann/inbox/#", Action.SUBSCRIBE, True),
        ("ann", "im/ann/live/presence/+", Action.SUBSCRIBE, True),
        ("ann", "im/bob/inbox/#", Action.SUBSCRIBE, False),
        ("ann", "im/+/inbox/#", Action.SUBSCRIBE, False),
        ("ann", "#", Action.SUBSCRIBE, False),
        ("ann", "$SYS/#", Action.SUBSCRIBE, False),
        ("ann", "$share/g/im/ann/inbox/#", Action.SUBSCRIBE, False),
        ("ann", "im/group/lab", Action.SUBSCRIBE, True),
        ("eve", "im/group/lab", Action.SUBSCRIBE, False),
        ("ann", "im/group/unknown", Action.SUBSCRIBE, False),
        ("ann", "im/ann/send/user/bob", Action.PUBLISH, True),
        ("ann", "im/bob/send/user/ann", Action.PUBLISH, False),
        ("ann", "im/ann/inbox/user/bob", Action.PUBLISH, False),
        ("ann", "im/ann/inbox/user/bob", Action.RECEIVE, True),
        ("ann", "im/bob/inbox/user/ann", Action.RECEIVE, False),
        (None, "im/ann/inbox/#", Action.SUBSCRIBE, False),
    ],
)
def test_topics_are_the_accounts_own_tree_and_the_feeds_of_its_groups(
    house: House, account: str | None, topic: str, action: Action, allowed: bool
) -> None:
    session = LightSession(account, b"", "c1", "127.0.0.1")
    assert house.broker is not None
    assert house.run(house.broker._topic_filtering(session, topic=topic, action=action)) is allowed
