"""Bad input over MQTT: its own clear answer on each broker, nothing stored or lost, nothing logged as a traceback."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from hongyan.envelope import GroupEvent, Message
from hongyan.errors import ApiError
from tests.support.deployment import Deployment, EmbeddedDeployment, MosquittoDeployment, running
from tests.support.mqtt import Client
from tests.support.people import PASSWORD, Participant, befriend, participant, register
from tests.support.waiting import wait_for

TO_BOB = "im/ann/send/user/bob"
TEXT = {"kind": "text", "body": "hi"}
SILENCE = "acknowledged and dropped by the broker's own access list"


@dataclass(frozen=True)
class Cast:
    """ann is bob's friend and has left the group old; eve has blocked ann; sam is a stranger."""

    deployment: Deployment
    ann: Participant
    bob: Participant

    def connect(self, who: Participant) -> Client:
        client = Client(self.deployment.mqtt_port, who.name, who.mqtt_password)
        assert client.connack == "Success"
        assert client.subscribe(f"im/{who.name}/notice", f"im/{who.name}/sent/#", f"im/{who.name}/inbox/#") == [1, 1, 1]
        return client

    def stored(self) -> list[Message]:
        """All that ann has said to bob and in the group lab."""
        pages = [self.ann.api.history(key, after=0, limit=200) for key in ("user/bob", "group/lab")]
        # What changed in the group is written a moment later, and she has not said it.
        return [message for page in pages for message in page.messages if not isinstance(message, GroupEvent)]


@pytest.fixture(scope="module", params=[EmbeddedDeployment, MosquittoDeployment], ids=["embedded", "mosquitto"])
def cast(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cast]:
    deployment: Deployment
    with running(request.param(tmp_path_factory.mktemp("bad"), "--limits", "off")) as deployment:
        ann, bob, eve, _ = (register(deployment.url, name) for name in ("ann", "bob", "eve", "sam"))
        befriend(ann, bob)
        befriend(ann, eve)
        ann.api.create_group("lab", "The lab")
        bob.api.create_group("old", "Old friends")
        bob.api.add_member("old", "ann")
        ann.api.remove_member("old", "ann")
        eve.api.block("ann")
        yield Cast(deployment, ann, bob)


@dataclass(frozen=True)
class Bad:
    """One PUBLISH and the notice that answers it; `silent` is what another broker's access list does instead."""

    reason: str
    topic: str
    payload: bytes | str | dict[str, Any]
    code: str
    answer: dict[str, Any]
    silent_on: tuple[str, ...] = ()


def _with(**fields: Any) -> dict[str, Any]:
    return {"id": "bad-1", **TEXT, **fields}


BAD = (
    Bad("to a stranger", "im/ann/send/user/sam", _with(), "not_friends", {"to": "user/sam", "id": "bad-1"}),
    Bad("to an unknown name", "im/ann/send/user/nobody", _with(), "not_friends", {"to": "user/nobody"}),
    Bad("to who has blocked me", "im/ann/send/user/eve", _with(), "blocked", {"to": "user/eve"}),
    Bad("to a group that one has left", "im/ann/send/group/old", _with(), "not_member", {"to": "group/old"}),
    Bad("to an unknown group", "im/ann/send/group/nowhere", _with(), "not_member", {"to": "group/nowhere"}),
    Bad(
        "to another's topic tree",
        "im/bob/send/user/ann",
        _with(),
        "forbidden_topic",
        {"topic": "im/bob/send/user/ann"},
        ("mosquitto",),
    ),
    Bad("to an inbox", "im/bob/inbox/user/ann", _with(), "forbidden_topic", {}, ("mosquitto",)),
    Bad("outside the tree", "weather/berlin", _with(), "forbidden_topic", {}, ("mosquitto",)),
    Bad("one byte too large", TO_BOB, b"x" * 65_537, "too_large", {"to": "user/bob"}),
    Bad("no UTF-8", TO_BOB, b"\xff\xfe\xfd", "malformed", {"to": "user/bob", "id": None}),
    Bad("empty", TO_BOB, b"", "malformed", {"field": "body"}),
    Bad("a body of the wrong type", TO_BOB, _with(body=7), "malformed", {"id": "bad-1", "field": "body"}),
    Bad("an unknown kind", TO_BOB, _with(kind="opera"), "malformed", {"id": "bad-1", "field": "kind"}),
    Bad("an unknown field", TO_BOB, _with(colour="red"), "malformed", {"id": "bad-1", "field": "colour"}),
    Bad("a field of the server's", TO_BOB, _with(seq=1), "malformed", {"id": "bad-1", "field": "seq"}),
    Bad("an id that is too long", TO_BOB, _with(id="x" * 65), "malformed", {"id": None, "field": "id"}),
    Bad("an id that is a number", TO_BOB, _with(id=7), "malformed", {"id": None, "field": "id"}),
    Bad("a lone surrogate", TO_BOB, rb'{"id":"bad-1","kind":"text","body":"\ud800"}', "malformed", {"id": "bad-1"}),
    Bad("a NUL", TO_BOB, rb'{"id":"bad-1","kind":"text","body":"a\u0000b"}', "malformed", {"id": "bad-1"}),
    Bad("a bare NUL", TO_BOB, b"a\0b", "malformed", {"to": "user/bob"}),
    Bad("a number of 40 digits", TO_BOB, b'{"value":' + b"1" * 40 + b"}", "malformed", {"field": "data"}),
    Bad("10,000 brackets", TO_BOB, b'{"a":' + b"[" * 10_000, "malformed", {"to": "user/bob"}),
    Bad("a read mark without a number", "im/ann/read/user/bob", b'{"seq":"x"}', "malformed", {"to": "user/bob"}),
    Bad("a signal that is no object", "im/ann/signal/user/bob", b"[1]", "malformed", {"to": "user/bob"}),
    Bad("a signal to a stranger", "im/ann/signal/user/sam", b'{"type":"typing"}', "not_friends", {}),
    Bad("a status of the moon", "im/ann/status/phone", b'{"state":"lunar"}', "malformed", {}),
)


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.reason)
def test_a_bad_publish_has_its_own_answer_and_stores_nothing(cast: Cast, bad: Bad) -> None:
    before = cast.stored()
    client = cast.connect(cast.ann)
    try:
        client.publish_and_wait(bad.topic, bad.payload)  # decided or, by an access list, dropped: acknowledged in both
        # A good message behind it is stored: nothing is lost with the bad one, and its receipt comes after the notice.
        after = f"after {bad.reason} {time.monotonic_ns()}"
        client.publish(TO_BOB, {"id": after.encode().hex()[-64:], "kind": "text", "body": after})
        received = client.receive_until(lambda r: r.topic == "im/ann/sent/user/bob")
    finally:
        client.close()
    notices = [r.json for r in received if r.topic == "im/ann/notice" and r.json["type"] == "rejected"]
    if cast.deployment.name in bad.silent_on:
        assert notices == [], SILENCE
    else:
        (notice,) = notices
        assert notice["code"] == bad.code
        assert {name: notice.get(name) for name in bad.answer} == bad.answer
        assert notice["message"]
    assert [m.body for m in cast.stored() if m not in before] == [after]


def test_json_that_is_no_object_is_a_text_as_it_stands(cast: Cast) -> None:
    client = cast.connect(cast.ann)
    try:
        for payload in (b"[1, 2]", b"21.5", b'"quoted"', b"null", b"{not json"):
            client.publish(TO_BOB, payload)
            stamped = client.receive_until(lambda r: r.topic == "im/ann/sent/user/bob")[-1].json
            assert (stamped["kind"], stamped["body"]) == ("text", payload.decode())
    finally:
        client.close()


def test_a_replayed_id_is_answered_with_the_first_stamp_and_stored_once(cast: Cast) -> None:
    client = cast.connect(cast.ann)
    try:
        stamps = []
        for _ in range(3):
            client.publish(TO_BOB, {"id": "replayed", **TEXT})
            stamps.append(client.receive_until(lambda r: r.topic == "im/ann/sent/user/bob")[-1].payload)
        assert stamps[0] == stamps[1] == stamps[2]
        client.publish("im/ann/send/group/lab", {"id": "replayed", **TEXT})
        refusal = client.receive_until(lambda r: r.topic == "im/ann/notice")[-1].json
        assert (refusal["code"], refusal["id"], refusal["to"]) == ("id_reused", "replayed", "group/lab")
    finally:
        client.close()
    assert [m.to for m in cast.stored() if m.id == "replayed"] == ["user/bob"]


def test_poison_in_a_burst_spoils_no_good_message_beside_it(cast: Cast) -> None:
    client = cast.connect(cast.ann)
    poison = [b"\xff", rb'{"kind":"text","body":"\udfff"}', b'{"n":' + b"9" * 40 + b"}", b"\0", b'{"kind":[]}']
    good = [f"good {number}" for number in range(50)]
    try:
        for number, body in enumerate(good):
            client.publish(TO_BOB, {"id": f"burst-{number}", "kind": "text", "body": body})
            client.publish(TO_BOB, poison[number % len(poison)])
        received = client.receive_until(lambda r: b'"burst-49"' in r.payload)
    finally:
        client.close()
    assert [r.json["body"] for r in received if r.topic == "im/ann/sent/user/bob"] == good
    refused = [r.json["code"] for r in received if r.topic == "im/ann/notice" and r.json["type"] == "rejected"]
    assert set(refused) == {"malformed"}
    assert len(refused) >= 49  # the last one may still be on its way


# Who comes with what → how the broker words its refusal. Mosquitto knows one answer for all of them.
REFUSED = {"embedded": "Bad user name or password", "mosquitto": "Not authorized"}


@pytest.mark.parametrize(
    ("username", "password"),
    [
        pytest.param("ann", PASSWORD, id="the account's password"),
        pytest.param("ann", "hy_" + "A" * 43, id="a token that never was"),
        pytest.param("nobody", "hy_" + "A" * 43, id="an unknown name"),
        pytest.param("ann", "", id="an empty password"),
        pytest.param("router", "router", id="a name of the system"),
    ],
)
def test_a_wrong_password_is_refused(cast: Cast, username: str, password: str) -> None:
    client = Client(cast.deployment.mqtt_port, username, password)
    client.cut()
    assert client.connack == REFUSED[cast.deployment.name]


def test_anothers_token_is_refused(cast: Cast) -> None:
    client = Client(cast.deployment.mqtt_port, "bob", cast.ann.mqtt_password)
    client.cut()
    assert client.connack == REFUSED[cast.deployment.name]


def test_a_revoked_token_ends_its_connection_at_once_and_opens_no_other(cast: Cast) -> None:
    name = "rita"
    register(cast.deployment.url, name)
    rita = participant(cast.deployment.url, name)
    client = Client(cast.deployment.mqtt_port, name, rita.mqtt_password)
    assert client.connack == "Success"
    newest = max(token.id for token in rita.api.tokens())
    rita.api.delete_token(newest)
    try:
        client.wait_for_end()
    finally:
        client.cut()

    def is_refused() -> bool:
        again = Client(cast.deployment.mqtt_port, name, rita.mqtt_password)
        again.cut()
        return again.connack == REFUSED[cast.deployment.name]

    wait_for(is_refused, what="the refusal")


def test_a_wildcard_in_a_topic_name_closes_the_connection(cast: Cast) -> None:
    """[MQTT-3.3.2-2]; paho refuses to send it, so the bytes are written by hand."""
    client = cast.connect(cast.ann)
    topic = b"im/ann/send/user/+"
    sock = client.paho.socket()
    assert sock is not None
    sock.sendall(bytes([0x30, 2 + len(topic) + 2, 0, len(topic)]) + topic + b"hi")
    try:
        client.wait_for_end()
    finally:
        client.cut()


# Mosquitto's access list grants what it will filter at each delivery, but for what only an administrator may see.
FOREIGN_FILTERS = {
    "im/bob/inbox/#": {"embedded": 0x80, "mosquitto": 1},
    "im/+/inbox/#": {"embedded": 0x80, "mosquitto": 1},
    "im/#": {"embedded": 0x80, "mosquitto": 1},
    "im/ann/send/#": {"embedded": 0x80, "mosquitto": 1},
    "#": {"embedded": 0x80, "mosquitto": 0x80},
    "$share/g/im/ann/inbox/#": {"embedded": 0x80, "mosquitto": 0x80},
    "$SYS/#": {"embedded": 0x80, "mosquitto": 0x80},
}


@pytest.mark.parametrize("topic_filter", FOREIGN_FILTERS)
def test_a_foreign_filter_brings_nothing(cast: Cast, topic_filter: str) -> None:
    client = Client(cast.deployment.mqtt_port, "ann", cast.ann.mqtt_password)
    try:
        assert client.subscribe(topic_filter) == [FOREIGN_FILTERS[topic_filter][cast.deployment.name]]
        client.subscribe("im/ann/sent/#")
        body = f"for {topic_filter} {time.monotonic_ns()}"
        client.publish(TO_BOB, json.dumps({"kind": "text", "body": body}))
        received = client.receive_until(lambda r: body.encode() in r.payload and r.topic == "im/ann/sent/user/bob")
    finally:
        client.close()
    assert [r.topic for r in received if not r.topic.startswith("im/ann/sent/")] == []


def test_an_api_call_with_a_revoked_token_says_so(cast: Cast) -> None:
    rosa = register(cast.deployment.url, "rosa")
    rosa.api.delete_token(rosa.api.tokens()[0].id)
    with pytest.raises(ApiError) as caught:
        rosa.api.me()
    assert (caught.value.status, caught.value.code) == (401, "token_invalid")
