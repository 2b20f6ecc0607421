"""Every normative statement of MQTT 3.1.1 has a wire case or a reason in one table; marks in the code have cases."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from tests.hongyan_broker.cases import FOLDER, load

ROOT = Path(__file__).parents[2]
_MARK: Final = re.compile(r"\[MQTT-([\d.-]+\d)\]")

# Section: how many statements it has (appendix B). [MQTT-3-8.3-4] is spelled so in the standard.
STATEMENTS: Final = {
    "1.5.3": 3, "2.2.2": 2, "2.3.1": 7, "3.1.0": 2, "3.1.2": 24, "3.1.3": 11, "3.1.4": 5, "3.2.0": 1, "3.2.2": 6,
    "3.3.1": 12, "3.3.2": 3, "3.3.4": 1, "3.3.5": 2, "3.6.1": 1, "3.8.1": 1, "3.8.3": 3, "3.8.4": 6, "3.9.3": 2,
    "3.10.1": 1, "3.10.3": 2, "3.10.4": 6, "3.12.4": 1, "3.14.1": 1, "3.14.4": 3, "4.1.0": 2, "4.3.1": 1, "4.3.2": 2,
    "4.3.3": 2, "4.4.0": 1, "4.5.0": 2, "4.6.0": 6, "4.7.1": 3, "4.7.2": 1, "4.7.3": 4, "4.8.0": 2, "6.0.0": 4,
    "7.0.0": 2, "7.1.1": 1, "7.1.2": 1,
}  # fmt: skip

WITHOUT_A_CASE: Final = {
    "2.3.1-2": "the client's: which packet identifier it takes",
    "2.3.1-3": "the client's: the same packet identifier when it sends again",
    "3.1.2-23": "the client's: to send something within its keep alive",
    "3.2.2-6": "every return code has its case; what none fits closes without a CONNACK as in [MQTT-3.1.4-1]",
    "3.14.4-1": "the client's: to close after its DISCONNECT",
    "4.5.0-2": "the client's: to acknowledge what it gets",
    "4.8.0-2": "errors inside the server: test_embedded.py, where the store cannot write",
    "6.0.0-1": "not bytes but frames: test_websocket.py; also, the WebSocket door of the cases refuses text frames",
    "6.0.0-2": "not bytes but frames: the WebSocket door of the cases cuts packets anywhere",
    "6.0.0-3": "the client's subprotocol: test_websocket.py",
    "6.0.0-4": "not bytes but the handshake: test_websocket.py, and the WebSocket door of the cases",
    "7.0.0-1": "a server need not be a client: conformance is the sum of the others",
    "7.0.0-2": "what a server and client in one would have to keep",
    "7.1.1-1": "the sum of the others",
    "7.1.2-1": "the client's",
}


def all_statements() -> set[str]:
    return {f"{section}-{n}" for section, count in STATEMENTS.items() for n in range(1, count + 1)} | {"3-8.3-4"}


def with_a_case() -> set[str]:
    files = [path.stem for path in FOLDER.glob("*.json")]
    return {mark for name in files for case in load(name) for mark in _MARK.findall(case.name)}


def marked_in_the_code() -> set[str]:
    files = (ROOT / "broker/hongyan_broker").rglob("*.py")
    return {mark for path in files for mark in _MARK.findall(path.read_text())}


def test_every_statement_has_a_case_or_a_reason() -> None:
    assert with_a_case() | set(WITHOUT_A_CASE) == all_statements()
    assert not with_a_case() & set(WITHOUT_A_CASE)


def test_every_mark_in_the_code_has_a_case_or_a_reason() -> None:
    assert marked_in_the_code() <= with_a_case() | set(WITHOUT_A_CASE)


# What has a case without a line of code: nothing had to be written for it, or no one line is it.
KEPT_BY_NATURE: Final = {
    "1.5.3-3": "UTF-8 is decoded without a byte order mark's special meaning",
    "2.2.2-1": "the flags that we send are constants",
    "2.3.1-5": "a PUBLISH of QoS 0 is read and written without the field",
    "2.3.1-6": "answers repeat the identifier of what they answer",
    "2.3.1-7": "answers repeat the identifier of what they answer",
    "3.1.2-7": "retained messages belong to no session",
    "3.1.2-9": "a will is read as a whole or refused",
    "3.1.2-11": "bytes after the last field are refused [MQTT-3.1.3-1]",
    "3.1.2-12": "no will was read",
    "3.1.2-18": "bytes after the last field are refused [MQTT-3.1.3-1]",
    "3.1.2-19": "a field beyond the end is refused [MQTT-3.1.3-1]",
    "3.1.2-20": "bytes after the last field are refused [MQTT-3.1.3-1]",
    "3.1.2-21": "a field beyond the end is refused [MQTT-3.1.3-1]",
    "3.1.3-3": "a field beyond the end is refused [MQTT-3.1.3-1]",
    "3.1.3-4": "every text is decoded in one place [MQTT-1.5.3-1]",
    "3.1.3-5": "up to 256 characters of any kind",
    "3.1.3-7": "refused by [MQTT-3.1.3-8]",
    "3.1.3-10": "every text is decoded in one place [MQTT-1.5.3-1]",
    "3.1.3-11": "every text is decoded in one place [MQTT-1.5.3-1]",
    "3.1.4-1": "a CONNECT that cannot be read is a protocol error like any other [MQTT-4.8.0-1]",
    "3.1.4-3": "see [MQTT-3.1.2-4] and [MQTT-3.1.2-6]",
    "3.1.4-4": "see [MQTT-3.2.0-1]",
    "3.2.2-1": "a clean session is a new one [MQTT-3.2.2-3]",
    "3.3.1-3": "DUP is an argument of sending, not of the message",
    "3.3.1-7": "one retained message a topic, of any QoS",
    "3.3.1-12": "only a set flag leads there",
    "3.3.2-1": "every text is decoded in one place [MQTT-1.5.3-1]",
    "3.3.2-3": "the name of the publisher is sent",
    "3.3.4-1": "see [MQTT-4.3.2-2] and [MQTT-4.3.3-2]",
    "3.3.5-2": "a refused message is decided and acknowledged",
    "3.8.3-1": "every text is decoded in one place [MQTT-1.5.3-1]",
    "3.8.3-2": "wildcards are served",
    "3.8.4-1": "see [MQTT-3.8.4-4]",
    "3.8.4-2": "answers repeat the identifier of what they answer",
    "3.9.3-1": "see [MQTT-3.8.4-5]",
    "3.9.3-2": "0, 1, 2 or 0x80 are all that is written",
    "3.10.3-1": "every text is decoded in one place [MQTT-1.5.3-1]",
    "3.10.4-3": "unsubscribing leaves alone what is in flight",
    "3.10.4-6": "one loop, one answer",
    "3.14.4-2": "see [MQTT-3.14.4-3]",
    "4.1.0-1": "a session is one object from its making to its end",
    "4.1.0-2": "a session is one object from its making to its end",
    "4.3.1-1": "DUP is only set for what is in flight, which QoS 0 never is",
    "4.5.0-1": "see [MQTT-3.3.5-1]",
    "4.6.0-5": "one session, one order",
    "4.6.0-6": "one session, one order",
    "4.7.1-1": "see [MQTT-3.3.2-2]",
    "4.7.3-2": "see [MQTT-1.5.3-2]",
    "4.7.3-3": "the length has two bytes",
    "4.7.3-4": "topics are compared as they came",
}


def test_every_case_has_a_mark_in_the_code_or_a_reason() -> None:
    assert with_a_case() - marked_in_the_code() <= set(KEPT_BY_NATURE)
