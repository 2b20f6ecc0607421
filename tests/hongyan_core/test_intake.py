"""What one PUBLISH asks for, by table."""

from __future__ import annotations

import pytest

from hongyan import topics
from hongyan.envelope import Draft
from hongyan.errors import Code
from hongyan_core.exchange import Submission
from hongyan_core.intake import (
    BadRequest,
    ReadRequest,
    Request,
    SendRequest,
    SignalRequest,
    StatusRequest,
    parse_submission,
)

BOB = topics.user("bob")
LAB = topics.group("lab")
WITH_BOB, IN_LAB = "user:ann:bob", "group:lab"  # the keys in the store
CASES: dict[str, tuple[str, bytes, Request]] = {
    "a text": (
        "im/ann/send/user/bob",
        b'{"id":"m1","kind":"text","body":"hi"}',
        SendRequest("ann", BOB, Draft("text", {"body": "hi"}, "m1"), "m1", WITH_BOB),
    ),
    "a bare value": ("im/ann/send/group/lab", b"21.5",
        SendRequest("ann", LAB, Draft("text", {"body": "21.5"}), "f", IN_LAB),
    ),
    "an object without a kind": (
        "im/ann/send/group/lab", b'{"t":21.5}',
        SendRequest("ann", LAB, Draft("data", {"data": {"t": 21.5}}), "f", IN_LAB),
    ),
    "JSON that is not an object": (
        "im/ann/send/group/lab", b"[1]", SendRequest("ann", LAB, Draft("text", {"body": "[1]"}), "f", IN_LAB),
    ),
    "a text that answers": (
        "im/ann/send/user/bob", b'{"id":"m1","kind":"text","body":"hi","reply":7}',
        SendRequest("ann", BOB, Draft("text", {"body": "hi", "reply": 7}, "m1"), "m1", WITH_BOB, special=True),
    ),
    "a text with marks in it": (
        "im/ann/send/user/bob", b'{"id":"m1","kind":"text","body":"hi","format":"markdown"}',
        SendRequest("ann", BOB, Draft("text", {"body": "hi", "format": "markdown"}, "m1"), "m1", WITH_BOB),
    ),
    "a recall": (
        "im/ann/send/user/bob", b'{"id":"m1","kind":"recall","of":7}',
        SendRequest("ann", BOB, Draft("recall", {"of": 7}, "m1"), "m1", WITH_BOB, special=True),
    ),
    "a read mark": ("im/ann/read/group/lab", b'{"seq":7}', ReadRequest("ann", LAB, 7, IN_LAB)),
    "a signal": ("im/ann/signal/user/bob", b'{"kind":"x"}', SignalRequest("ann", BOB, {"kind": "x"}, WITH_BOB)),
    "a status": ("im/ann/status/phone", b'{"state":"away"}', StatusRequest("ann", "phone", "away", "")),
    "a mark below zero": ("im/ann/read/user/bob", b'{"seq":-1}', BadRequest("ann", Code.MALFORMED, BOB)),
    "a mark beyond 64 bits": (
        "im/ann/read/user/bob", b'{"seq":9223372036854775808}', BadRequest("ann", Code.MALFORMED, BOB),
    ),
    "a mark that is true": ("im/ann/read/user/bob", b'{"seq":true}', BadRequest("ann", Code.MALFORMED, BOB)),
    "a mark with more": ("im/ann/read/user/bob", b'{"seq":1,"x":1}', BadRequest("ann", Code.MALFORMED, BOB)),
    "an empty mark": ("im/ann/read/user/bob", b"", BadRequest("ann", Code.MALFORMED, BOB)),
    "an empty message": ("im/ann/send/user/bob", b"", BadRequest("ann", Code.MALFORMED, BOB, field="body")),
    "an empty status": ("im/ann/status/phone", b"", BadRequest("ann", Code.MALFORMED, topic="im/ann/status/phone")),
    "a status of an odd device": (
        "im/ann/status/a.b", b'{"state":"away"}', BadRequest("ann", Code.FORBIDDEN_TOPIC, topic="im/ann/status/a.b"),
    ),
    "another's tree": (
        "im/bob/read/user/ann", b"", BadRequest("ann", Code.FORBIDDEN_TOPIC, topic="im/bob/read/user/ann"),
    ),
    "too large, with an id": (
        "im/ann/send/user/bob",
        b'{"id":"m1","kind":"text","body":"' + b"x" * 100 + b'"}',
        BadRequest("ann", Code.TOO_LARGE, BOB, message_id="m1"),
    ),
    "too large, without an id": ("im/ann/send/user/bob", b"x" * 101, BadRequest("ann", Code.TOO_LARGE, BOB)),
    "too large, with an id that is none": (
        "im/ann/send/user/bob", b'{"id":"\\u0000","x":"' + b"x" * 100 + b'"}', BadRequest("ann", Code.TOO_LARGE, BOB),
    ),
    "a field of the server's": (
        "im/ann/send/user/bob",
        b'{"id":"m1","kind":"text","body":"x","seq":1}',
        BadRequest("ann", Code.MALFORMED, BOB, message_id="m1", field="seq"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_publish_is_read_or_refused(case: str) -> None:
    topic, payload, expected = CASES[case]
    assert parse_submission(Submission("ann", topic, payload, "f"), max_payload_bytes=100) == expected
