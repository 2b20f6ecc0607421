"""Our pages and our broker speak the same MQTT: tests/contract/packets.json, which vitest reads too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from hongyan_broker.plane.packets import (
    PINGRESP,
    Connect,
    Disconnect,
    Packet,
    Parser,
    Pingreq,
    Puback,
    Pubcomp,
    Publish,
    Pubrec,
    Subscribe,
    Will,
    encode_connack,
    encode_puback,
    encode_publish,
    encode_pubrel,
    encode_remaining_length,
    encode_suback,
)
from tests.hongyan_broker.cases import read_bytes

CASES: Final = msgspec.json.decode((Path(__file__).parents[1] / "contract/packets.json").read_bytes())
Fields = dict[str, Any]


def expect_connect(fields: Fields) -> Packet:
    will = Will(fields["will"]["topic"], fields["will"]["payload"].encode(), fields["will"]["qos"], retain=False)
    return Connect(
        fields["client_id"], True, fields["keep_alive_s"], fields["username"], fields["password"].encode(), will
    )


def expect_publish(fields: Fields) -> Packet:
    return Publish(
        fields["topic"],
        fields["payload"].encode(),
        fields["qos"],
        dup=False,
        retain=False,
        packet_id=fields["id"] or None,
    )


EXPECTED: Final[dict[str, Callable[[Fields], Packet]]] = {
    "connect": expect_connect,
    "subscribe": lambda fields: Subscribe(fields["id"], tuple((name, fields["qos"]) for name in fields["filters"])),
    "publish": expect_publish,
    "puback": lambda fields: Puback(fields["id"]),
    "pubrec": lambda fields: Pubrec(fields["id"]),
    "pubcomp": lambda fields: Pubcomp(fields["id"]),
    "pingreq": lambda fields: Pingreq(),
    "disconnect": lambda fields: Disconnect(),
}
ENCODE: Final[dict[str, Callable[[Fields], bytes]]] = {
    "connack": lambda fields: encode_connack(fields["code"], session_present=fields["session_present"]),
    "suback": lambda fields: encode_suback(fields["id"], fields["codes"]),
    "publish": lambda fields: encode_publish(
        fields["topic"].encode(),
        fields["payload"].encode(),
        fields["qos"],
        fields["id"],
        dup=fields["dup"],
        retain=fields["retain"],
    ),
    "puback": lambda fields: encode_puback(fields["id"]),
    "pubrel": lambda fields: encode_pubrel(fields["id"]),
    "pingresp": lambda fields: PINGRESP,
}


def by_name(cases: list[Fields]) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in cases]


@pytest.mark.parametrize("case", CASES["remaining_lengths"])
def test_a_remaining_length_is_encoded(case: Fields) -> None:
    assert encode_remaining_length(case["length"]) == read_bytes(case["bytes"])


@pytest.mark.parametrize("case", by_name(CASES["from_a_client"]))
def test_what_a_client_sends_is_parsed(case: Fields) -> None:
    parser = Parser(1_000)
    parser.feed(read_bytes(case["bytes"]))
    assert parser.next_packet() == EXPECTED[case["packet"]["type"]](case["packet"])
    assert parser.is_drained()


@pytest.mark.parametrize("case", by_name(CASES["from_a_server"]))
def test_what_a_server_sends_is_encoded(case: Fields) -> None:
    assert ENCODE[case["packet"]["type"]](case["packet"]) == read_bytes(case["bytes"])
