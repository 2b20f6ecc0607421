"""Pictures as cameras and programs make them, and as somebody makes them who means harm."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def draw(size: tuple[int, int] = (40, 20), mode: str = "RGB") -> Image.Image:
    """White, with a red left end and a blue right end, a fifth of the width each; green is the upper half between."""
    width, height = size
    image = Image.new("RGB", size, WHITE)
    image.paste(GREEN, (width // 5, 0, width - width // 5, height // 2))
    image.paste(RED, (0, 0, width // 5, height))
    image.paste(BLUE, (width - width // 5, 0, width, height))
    return image.convert(mode)


def write(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """The bytes of a file."""
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png(size: tuple[int, int] = (40, 20)) -> bytes:
    """A small good picture."""
    return write(draw(size))


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose head speaks of a large picture."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1_000)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def png_with_text(size: int) -> bytes:
    """A PNG with a compressed text chunk that grows to `size` bytes."""
    good = png()
    text = _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"a" * size))
    return good[:33] + text + good[33:]


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
