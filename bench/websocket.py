"""WebSocket for the generator and the null server: the handshake, and frames as cheaply as the packets in them."""

from __future__ import annotations

import base64
import hashlib
from typing import Final

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
BINARY: Final = 0x82
UPGRADE: Final = (
    b"GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
)


def answer_upgrade(request: bytes) -> bytes:
    """The 101 to a request that holds a key."""
    key = request.split(b"Sec-WebSocket-Key: ", 1)[1].split(b"\r\n", 1)[0]
    accept = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    return head + b"Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"


def frame(data: bytes, *, masked: bool) -> bytes:
    """A binary frame. The mask is four zeros: legal, and the same work for a server as any other."""
    length, bit = len(data), 0x80 if masked else 0
    if length < 126:
        head = bytes((BINARY, bit | length))
    elif length < 65_536:
        head = bytes((BINARY, bit | 126)) + length.to_bytes(2, "big")
    else:
        head = bytes((BINARY, bit | 127)) + length.to_bytes(8, "big")
    return head + (b"\0\0\0\0" if masked else b"") + data


def unframe(data: bytes) -> tuple[bytes, bytes]:
    """What the whole frames hold, and the beginning of one that has not come whole.

    Raises:
        ValueError: Something other than binary data, a close for example.
    """
    held, at, end = [], 0, len(data)
    while end - at >= 2:
        if data[at] != BINARY:
            raise ValueError(f"a frame that is not whole binary data: {data[at]:#x}")
        length, head = data[at + 1] & 127, 2
        if length >= 126:
            head = 4 if length == 126 else 10
            if end - at < head:
                break
            length = int.from_bytes(data[at + 2 : at + head], "big")
        head += 4 if data[at + 1] & 128 else 0
        most = (end - at) // (head + length)
        if not most:
            break
        count = _count_equal(data, at, head + length, most) if head == 2 and most > 1 else 1
        block = data[at : at + count * (head + length)]
        held.append(block[head:] if count == 1 else _drop_heads(block, length))
        at += len(block)
    return b"".join(held), data[at:]


def _count_equal(data: bytes, at: int, unit: int, most: int) -> int:
    for column in range(2):
        stripe = data[at + column : at + most * unit : unit]
        most = len(stripe) - len(stripe.lstrip(stripe[:1]))
    return most


def _drop_heads(block: bytes, length: int) -> bytes:
    # A broker that sends a frame a packet would otherwise cost the generator a loop over its packets.
    kept = bytearray(block)
    del kept[:: length + 2]
    del kept[:: length + 1]
    return bytes(kept)
