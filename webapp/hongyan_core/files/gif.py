"""Look through a GIF before anybody decodes it: a frame may be larger than the picture that its head speaks of.

Pillow makes room for such a frame while it merely looks for the next one, so it must not see it.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import IO, Final

from hongyan_core.pictures import MAX_PIXELS
from hongyan_core.problems import Problem

MAX_FRAMES: Final = 1_000
_IMAGE: Final = 0x2C
_EXTENSION: Final = 0x21


def check_frames_of_gif(source: Path) -> None:
    """Nothing happens to a file of another kind, or to one that ends too early: a decoder says so.

    Raises:
        Problem: picture_too_large: more than `MAX_FRAMES`, or a frame that reaches beyond `MAX_PIXELS`.
    """
    with source.open("rb") as file:
        head = file.read(13)
        if head[:3] != b"GIF" or len(head) < 13:
            return
        file.seek(_palette_bytes(head[10]), 1)
        for _ in range(MAX_FRAMES + 1):
            if not _skip_frame(file):
                return
    raise Problem("picture_too_large")


def _skip_frame(file: IO[bytes]) -> bool:
    """Go behind the next frame; whether there was one."""
    while (kind := file.read(1)) and kind[0] == _EXTENSION:
        file.seek(1, 1)  # which one
        _skip_blocks(file)
    place = file.read(9)
    if not kind or kind[0] != _IMAGE or len(place) < 9:
        return False
    left, top, width, height, flags = struct.unpack("<4HB", place)
    if (left + width) * (top + height) > MAX_PIXELS:
        raise Problem("picture_too_large")
    file.seek(_palette_bytes(flags) + 1, 1)  # and how many bits a code has
    _skip_blocks(file)
    return True


def _palette_bytes(flags: int) -> int:
    return 3 * 2 ** (flags % 8 + 1) if flags & 0x80 else 0


def _skip_blocks(file: IO[bytes]) -> None:
    while (length := file.read(1)) and length[0]:
        file.seek(length[0], 1)
