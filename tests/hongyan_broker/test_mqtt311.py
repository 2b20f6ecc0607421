"""The wire cases of tests/contract/mqtt311.json: the plane alone, then the broker that runs.

A case with `waits` has one packet out for each packet in, and its client waits for that before it goes on.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.hongyan_broker.desk import Desk, is_closed
from tests.hongyan_broker.running import House
from tests.hongyan_broker.wire import Wire

CASES = json.loads((Path(__file__).parents[1] / "contract/mqtt311.json").read_text())
each_case = pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])


def bytes_of(case: dict[str, Any], key: str) -> list[bytes]:
    return [bytes.fromhex(text) for text in case[key]]


@each_case
def test_the_plane_answers_as_the_standard_says(case: dict[str, Any]) -> None:
    desk = Desk()
    connection = desk.open()
    desk.feed(connection, *bytes_of(case, "in"))
    assert desk.take(connection) == bytes_of(case, "out")
    assert is_closed(connection) is case["closed"]


@each_case
def test_chunks_of_one_byte_make_no_difference(case: dict[str, Any]) -> None:
    desk = Desk()
    connection = desk.open()
    stream = b"".join(bytes_of(case, "in"))
    desk.feed(connection, *(stream[i : i + 1] for i in range(len(stream))))
    assert desk.take(connection) == bytes_of(case, "out")
    assert is_closed(connection) is case["closed"]


@pytest.mark.parametrize("case", [c for c in CASES if "waits" not in c], ids=lambda case: case["name"])
def test_one_chunk_for_all_makes_no_difference(case: dict[str, Any]) -> None:
    desk = Desk()
    connection = desk.open()
    desk.feed(connection, b"".join(bytes_of(case, "in")))
    assert desk.take(connection) == bytes_of(case, "out")
    assert is_closed(connection) is case["closed"]


def test_the_running_broker_answers_as_the_plane_does(house: House, wire: Callable[..., Wire]) -> None:
    """All cases over real sockets, one after the other; PUBACKs and refusals are then the real exchange's."""
    secret = house.password["ann"].encode()
    for case in CASES:
        one = wire()
        given = [_with_password(data, secret) for data in bytes_of(case, "in")]
        wanted = [data.hex() for data in bytes_of(case, "out")]
        if "waits" in case:
            for data, answer in zip(given, wanted, strict=True):
                one.send(data)
                assert one.next().hex() == answer, case["name"]
        else:
            one.send(*given)
            assert [one.next().hex() for _ in wanted] == wanted, case["name"]
        assert one.is_closed() if case["closed"] else one.is_quiet(), case["name"]
        one.close()


def _with_password(data: bytes, secret: bytes) -> bytes:
    """The same packets with the token in place of `secret`, whose length moves the CONNECT's remaining length."""
    old, new = b"\0\x06secret", len(secret).to_bytes(2, "big") + secret
    if old not in data or data[0] != 0x10:
        return data
    start = 2 if data[1] < 128 else 3
    length = data[1] if start == 2 else data[1] & 127 | data[2] << 7
    size = length + len(new) - len(old)
    head = bytes([data[0], size]) if size < 128 else bytes([data[0], size & 127 | 128, size >> 7])
    return head + data[start:].replace(old, new)
