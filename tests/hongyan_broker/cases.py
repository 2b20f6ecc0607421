"""The wire cases of tests/contract/mqtt311: how they are written, and how they are played at any door.

A case is a list of steps of several clients. A step sends bytes, then expects whole packets, then nothing more or the
end of the connection. Bytes are hex; 'text' stands for its own bytes and `*3` repeats what stands before it. Where
Mosquitto 2.0.11 does otherwise `mosquitto` of the step says how, and the case's `comment` what the standard wants.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import msgspec

from tests.hongyan_broker.wire import PINGREQ, PINGRESP, connect, packet, split, text

FOLDER = Path(__file__).parents[1] / "contract/mqtt311"
_TOKEN = re.compile(r"(?:'([^']*)'|([0-9a-f]{2}))(?:\*(\d+))?|\s+")


class Step(msgspec.Struct, forbid_unknown_fields=True):
    """What one client does and gets; `after_s` of silence end a keep alive, `cut` drops the connection."""

    client: str = "ann"
    send: list[str] | str = ""
    get: list[str] = []
    any_order: bool = False
    closed: bool = False
    cut: bool = False
    after_s: float = 0.0
    mosquitto: dict[str, Any] = {}


class Case(msgspec.Struct, forbid_unknown_fields=True):
    """One statement of the standard. `todo`: our broker does not keep it yet, and why."""

    name: str
    steps: list[Step]
    comment: str = ""
    todo: str = ""


class Line(Protocol):
    """A client's connection to a broker of any kind."""

    def send(self, *packets: bytes) -> None: ...

    def next(self) -> bytes:
        """The next packet; empty when the server has closed."""
        ...

    def close(self) -> None: ...


class Door(Protocol):
    """Where clients connect."""

    def open(self) -> Line: ...

    def wait(self, seconds: float) -> None:
        """Let time pass where a clock is handed in; real servers are waited for by reading."""
        ...


def load(name: str) -> list[Case]:
    """The cases of one file."""
    return msgspec.json.decode((FOLDER / f"{name}.json").read_bytes(), type=list[Case])


def read_bytes(notation: str) -> bytes:
    """Hex and 'text' to bytes."""
    data, at = b"", 0
    while at < len(notation):
        token = _TOKEN.match(notation, at)
        assert token is not None, f"not hex, text or a space: {notation[at:]!r}"
        quoted, hexed, times = token.groups()
        piece = b"" if quoted is None and hexed is None else quoted.encode() if hexed is None else bytes.fromhex(hexed)
        data += piece * int(times or 1)
        at = token.end()
    return data


def sends_of(step: Step) -> list[bytes]:
    notations = [step.send] if isinstance(step.send, str) else step.send
    return [data for data in map(read_bytes, notations) if data]


def play(case: Case, door: Door, *, server: str = "", secret: bytes = b"secret", chunk: int = 0) -> None:
    """Play a case, up to the silence after it on every connection that is still open.

    Args:
        server: "mosquitto" takes what stands for it in the steps.
        secret: Stands in for the password `secret`.
        chunk: Send so many bytes at a time; 0 sends each step in one piece.
    """
    lines: dict[str, Line] = {}
    try:
        for number, written in enumerate(case.steps, 1):
            step = msgspec.convert(msgspec.to_builtins(written) | written.mosquitto, Step) if server else written
            if step.client not in lines:
                lines[step.client] = door.open()
            _play_step(step, lines[step.client], door, f"step {number}", secret, chunk)
            if step.closed or step.cut:
                lines.pop(step.client).close()
        for client, line in lines.items():
            line.send(PINGREQ)
            _expect(line, [PINGRESP], f"{client} at the end")
    finally:
        for line in lines.values():
            line.close()


def _play_step(step: Step, line: Line, door: Door, where: str, secret: bytes, chunk: int) -> None:
    data = b"".join(with_password(each, secret) for each in sends_of(step))
    pieces = [data[i : i + chunk] for i in range(0, len(data), chunk)] if chunk else [data]
    for piece in filter(None, pieces):
        line.send(piece)
    if step.after_s:
        door.wait(step.after_s)
    _expect(line, [read_bytes(notation) for notation in step.get], where, any_order=step.any_order)
    if step.closed:
        got = line.next()
        assert got == b"", f"{where}: {got.hex(' ')} instead of the end"
    elif step.cut:
        line.close()


def _expect(line: Line, wanted: list[bytes], where: str, *, any_order: bool = False) -> None:
    if any_order:
        got = sorted(line.next() for _ in wanted)
        assert got == sorted(wanted), f"{where}: {[g.hex(' ') for g in got]}"
        return
    for each in wanted:
        found = line.next()
        assert found == each, f"{where}: {found.hex(' ') or 'the end'} instead of {each.hex(' ')}"


def with_password(data: bytes, secret: bytes) -> bytes:
    """The same packets with the token in place of `secret`, whose length moves the CONNECT's remaining length."""
    old, new = b"\0\x06secret", text(secret)
    packets, rest = split(data)
    if old not in data or data[0] != 0x10 or not packets:
        return data
    body = packets[0][2 if data[1] < 128 else 3 :].replace(old, new)
    return packet(0x10, body) + b"".join(packets[1:]) + rest


def tidy(case: Case, door: Door) -> None:
    """Clear the stored sessions and retained messages that the case has left in an open broker."""
    client_ids, topics = _left_by(case)
    if not client_ids and not topics:
        return
    for client_id in client_ids or {"tidy"}:
        line = door.open()
        line.send(connect(client_id, None, None))
        line.next()
        for topic in topics:
            line.send(packet(0x31, text(topic)), PINGREQ)
            while line.next() not in (PINGRESP, b""):
                pass
        line.send(b"\xe0\x00")
        line.next()
        line.close()


def _left_by(case: Case) -> tuple[set[str], set[bytes]]:
    """Client identifiers without a clean session, topics with a retained message."""
    client_ids, topics = set(), set()
    for data in _whole_packets(case):
        body = data[2 if data[1] < 128 else 3 :]
        if data[0] == 0x10 and body[:7] == b"\0\4MQTT\4" and len(body) > 10:
            fields = _fields(body[10:])
            if not body[7] & 2:
                client_ids.add(fields[0].decode(errors="replace"))
            if body[7] & 0x20 and len(fields) > 1:
                topics.add(fields[1])
        elif data[0] & 0xF1 == 0x31 and (found := _fields(body)) and b"#" not in found[0]:
            topics.add(found[0])
    return client_ids - {""}, topics


def _whole_packets(case: Case) -> Iterable[bytes]:
    for step in case.steps:
        for data in sends_of(step):
            yield from split(data)[0]


def _fields(body: bytes) -> list[bytes]:
    fields = []
    while len(body) >= 2 and len(body) >= 2 + int.from_bytes(body[:2], "big"):
        size = int.from_bytes(body[:2], "big")
        fields.append(body[2 : 2 + size])
        body = body[2 + size :]
    return fields
