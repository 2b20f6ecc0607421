"""The plugin's answers, asked as amqtt asks them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from amqtt.contexts import Action, BaseContext
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session

from hongyan_broker.embedded import LightSession
from tests.hongyan_broker.running import House
from tests.hongyan_broker.wire import Wire, connack, connect, suback, subscribe


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


@pytest.mark.parametrize(
    ("topic_filter", "said"),
    [("im/ann/inbox/#", True), ("im/bob/inbox/#", False), ("#", False), ("im/group/lab", None)],
)
def test_only_the_feed_of_a_group_needs_the_database(house: House, topic_filter: str, said: bool | None) -> None:
    assert house.broker is not None
    assert house.broker.may_subscribe_now("ann", topic_filter) is said


class Doorman(BaseAuthPlugin, BaseTopicPlugin):
    """Another plugin beside ours: fine with ann, refuses bob, fails for thermo, says nothing of eve; forbids `sent`."""

    async def authenticate(self, *, session: Session) -> bool | None:
        if session.username == "thermo":
            raise ConnectionError("the doorman is away")
        return {"ann": True, "bob": False}.get(session.username or "")

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool | None:
        return topic is not None and "sent" not in topic


def employ_a_doorman(house: House) -> None:
    assert house.broker is not None
    context = BaseContext()
    context.config = Doorman.Config()
    doorman, manager = Doorman(context), house.broker.plugins_manager
    manager.plugins.append(doorman)
    manager._auth_plugins.append(doorman)
    manager._topic_plugins.append(doorman)


def test_every_other_plugin_must_agree_and_one_that_fails_keeps_only_its_client_out(
    house: House, wire: Callable[..., Wire]
) -> None:
    employ_a_doorman(house)
    clients = {name: wire() for name in ("ann", "bob", "eve", "thermo")}
    for name, one in clients.items():
        one.send(connect(f"{name}-1", name, house.password[name]))
    for (name, one), code in zip(clients.items(), (0, 4, 0, 3), strict=True):
        one.expect(connack(code))
        assert one.is_quiet() if code == 0 else one.is_closed(), name
    wrong = wire()
    wrong.send(connect("ann-2", "ann", house.password["bob"]))
    wrong.expect(connack(4))


def test_every_other_plugin_is_asked_of_every_filter(house: House, wire: Callable[..., Wire]) -> None:
    employ_a_doorman(house)
    ann = wire()
    ann.send(connect("ann-1", "ann", house.password["ann"]))
    ann.expect(connack())
    ann.send(subscribe(1, ("im/ann/inbox/#", 1), ("im/ann/sent/#", 1), ("im/bob/inbox/#", 1), ("im/group/lab", 1)))
    ann.expect(suback(1, 1, 0x80, 0x80, 1))
