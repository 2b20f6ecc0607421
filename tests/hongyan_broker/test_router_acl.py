"""What Mosquitto itself allows whom, with our configuration: asked of the real one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hongyan_broker.dynsec import CONTROL_TOPIC, RESPONSE_TOPIC, Command, Verb, encode_commands
from tests.support.mosquitto import Mosquitto
from tests.support.mqtt import Client

PUBLISHES = [
    ("a message to a friend", "im/ann/send/user/bob", True),
    ("a message to a group", "im/ann/send/group/lab", True),
    ("a read mark", "im/ann/read/user/bob", True),
    ("a read mark of a group", "im/ann/read/group/lab", True),
    ("a signal", "im/ann/signal/user/bob", True),
    ("a signal to a group", "im/ann/signal/group/lab", True),
    ("presence", "im/ann/status/laptop", True),
    ("a level too many", "im/ann/send/user/bob/x", False),
    ("a level too few", "im/ann/send/user", False),
    ("another kind of conversation", "im/ann/send/room/bob", False),
    ("another's send", "im/bob/send/user/ann", False),
    ("another's read mark", "im/bob/read/user/ann", False),
    ("another's signal", "im/bob/signal/user/ann", False),
    ("another's presence", "im/bob/status/laptop", False),
    ("into another's inbox", "im/bob/inbox/user/ann", False),
    ("into one's own inbox", "im/ann/inbox/user/bob", False),
    ("a forged stamp", "im/ann/sent/user/bob", False),
    ("a forged notice", "im/ann/notice", False),
    ("a forged presence", "im/ann/live/presence/bob", False),
    ("a group's feed", "im/group/lab", False),
    ("commands to the plugin", "$CONTROL/dynamic-security/v1", False),
    ("forged answers of the plugin", "$CONTROL/dynamic-security/v1/response", False),
    ("the broker's own topics", "$SYS/broker/uptime", False),
    ("a shared subscription as a topic", "$share/router/im/ann/send/user/bob", False),
    ("an empty first level", "/im/ann/send/user/bob", False),
    ("anything else", "kitchen/temperature", False),
]
SUBSCRIBES = [  # filter, granted, a topic below it, whether it is received
    ("the inbox", "im/ann/inbox/#", 1, "im/ann/inbox/user/bob", True),
    ("one's stamps", "im/ann/sent/#", 1, "im/ann/sent/group/lab", True),
    ("live", "im/ann/live/#", 1, "im/ann/live/presence/bob", True),
    ("a narrow filter", "im/ann/inbox/user/+", 1, "im/ann/inbox/user/bob", True),
    # Mosquitto 2.0 grants what acl.conf forbids, and delivers nothing.
    ("another's inbox", "im/bob/inbox/#", 1, "im/bob/inbox/user/eve", False),
    ("everybody's inbox", "im/+/inbox/#", 1, "im/bob/inbox/user/eve", False),
    ("everybody's sends", "im/+/send/#", 1, "im/bob/send/user/eve", False),
    ("one's own sends", "im/ann/send/#", 1, "im/ann/send/user/bob", False),
    ("another's notices", "im/bob/notice", 1, "im/bob/notice", False),
    ("a group's feed", "im/group/lab", 1, "im/group/lab", False),
    ("the tree", "im/#", 1, "im/bob/inbox/user/eve", False),
    ("everything", "#", 128, "im/bob/inbox/user/eve", False),
    ("a share of the router's", "$share/router/im/+/send/#", 128, "im/bob/send/user/eve", False),
    ("a share of one's own", "$share/x/im/ann/inbox/#", 128, "im/bob/inbox/user/eve", False),
    ("the plugin's answers", "$CONTROL/#", 128, "$CONTROL/dynamic-security/v1/response", False),
    ("the broker's own topics", "$SYS/#", 128, "im/bob/inbox/user/eve", False),
]


@pytest.fixture(scope="module")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    broker = Mosquitto(tmp_path_factory.mktemp("mosquitto"))
    broker.start()
    router = connect_router(broker)
    router.subscribe(RESPONSE_TOPIC)
    commands = [Command(Verb.CREATE, name, 1) for name in ("ann", "bob")]
    router.publish(CONTROL_TOPIC, encode_commands(commands, lambda name, generation: f"{name}'s secret"))
    assert all("error" not in response for response in router.receive().json["responses"])
    router.close()
    yield broker
    broker.stop()


def connect_router(mosquitto: Mosquitto) -> Client:
    access = mosquitto.access
    return Client(access.port, access.username, access.password)


@pytest.fixture
def router(mosquitto: Mosquitto) -> Iterator[Client]:
    client = connect_router(mosquitto)
    assert client.subscribe("im/#", RESPONSE_TOPIC) == [1, 1]
    yield client
    client.close()


@pytest.fixture
def ann(mosquitto: Mosquitto) -> Iterator[Client]:
    client = Client(mosquitto.port, "ann", "ann's secret")
    yield client
    client.close()


@pytest.mark.parametrize(("topic", "arrives"), [row[1:] for row in PUBLISHES], ids=[row[0] for row in PUBLISHES])
def test_a_client_may_publish(router: Client, ann: Client, topic: str, arrives: bool) -> None:
    ann.publish_and_wait(topic, b"first")  # acknowledged in any case
    ann.publish_and_wait("im/ann/send/user/bob", b"second")
    expected = [(topic, b"first")] if arrives else []
    received = router.receive_until(lambda message: message.payload == b"second")
    assert [(message.topic, message.payload) for message in received[:-1]] == expected


@pytest.mark.parametrize(
    ("topic_filter", "granted", "topic", "received"), [row[1:] for row in SUBSCRIBES], ids=[r[0] for r in SUBSCRIBES]
)
def test_a_client_may_subscribe(
    router: Client, ann: Client, topic_filter: str, granted: int, topic: str, received: bool
) -> None:
    assert ann.subscribe(topic_filter) == [granted]
    assert ann.subscribe("im/ann/notice") == [1]
    router.publish(topic, b"first")
    router.publish("im/ann/notice", b"second")
    messages = ann.receive_until(lambda message: message.payload == b"second")
    assert [message.payload for message in messages] == ([b"first", b"second"] if received else [b"second"])


def test_the_router_receives_only_what_clients_write(router: Client, ann: Client) -> None:
    router.publish("im/ann/inbox/user/bob", b"a delivery")
    router.publish("im/ann/notice", b"a notice")
    ann.publish("im/ann/send/user/bob", b"a message")
    assert router.receive().payload == b"a message"


@pytest.mark.parametrize(
    ("username", "password"),
    [("ann", "bob's secret"), ("ann", ""), ("eve", "eve's secret"), ("router", ""), ("admin", "admin"), ("", "")],
)
def test_nobody_enters_without_the_secret(mosquitto: Mosquitto, username: str, password: str) -> None:
    client = Client(mosquitto.port, username, password)
    assert client.connack == "Not authorized"
    client.close()


def test_browsers_enter_by_websocket(mosquitto: Mosquitto, router: Client) -> None:
    browser = Client(mosquitto.websocket_port, "ann", "ann's secret", transport="websockets")
    browser.subscribe("im/ann/inbox/#")
    router.publish("im/ann/inbox/user/bob", b"hello")
    assert browser.receive().payload == b"hello"
    browser.close()


def test_a_retained_publish_ends_the_connection(router: Client, mosquitto: Mosquitto) -> None:
    client = Client(mosquitto.port, "ann", "ann's secret")
    client.publish("im/ann/send/user/bob", b"for ever", retain=True)
    client.wait_for_end()
    client.close()


def test_a_packet_beyond_the_limit_ends_the_connection(mosquitto: Mosquitto) -> None:
    client = Client(mosquitto.port, "ann", "ann's secret")
    client.publish("im/ann/send/user/bob", b"x" * 262_144)
    client.wait_for_end()
    client.close()


def test_a_new_password_disconnects_that_account_only(mosquitto: Mosquitto, router: Client, ann: Client) -> None:
    bob = Client(mosquitto.port, "bob", "bob's secret")
    commands = [Command(Verb.SET_PASSWORD, "bob", 2)]
    router.publish(CONTROL_TOPIC, encode_commands(commands, lambda name, generation: "bob's new secret"))
    bob.wait_for_end()
    for password, connack in [("bob's secret", "Not authorized"), ("bob's new secret", "Success")]:
        again = Client(mosquitto.port, "bob", password)
        assert again.connack == connack
        again.close()
    ann.publish_and_wait("im/ann/send/user/bob", b"still here")


def test_secrets_are_for_their_owners_only(mosquitto: Mosquitto) -> None:
    router_password = mosquitto.access.password
    for path in [mosquitto.folder / "router.json", mosquitto.folder / "state" / "dynamic-security.json"]:
        assert path.stat().st_mode & 0o077 == 0
    assert router_password not in (mosquitto.folder / "state" / "dynamic-security.json").read_text()
    assert router_password not in repr(mosquitto.access)
    assert len(mosquitto.access.client_id) == len("router-") + 32


def test_both_listeners_bind_loopback_only(mosquitto: Mosquitto) -> None:
    ports = {mosquitto.port, mosquitto.websocket_port}
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening += [line.split() for line in Path("/proc/net/tcp6").read_text().splitlines()[1:]]
    addresses = {words[1].split(":")[0] for words in listening if int(words[1].split(":")[1], 16) in ports}
    assert addresses == {"0100007F"}


def test_the_plugin_file_is_read_by_mosquitto_as_we_wrote_it(mosquitto: Mosquitto) -> None:
    state = json.loads((mosquitto.folder / "state" / "dynamic-security.json").read_text())
    assert {client["username"] for client in state["clients"]} == {"router", "ann", "bob"}
    assert set(state["defaultACLAccess"].values()) == {False}
