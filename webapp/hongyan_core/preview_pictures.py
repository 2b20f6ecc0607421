"""The small picture of a page: encoded by us, so that no reader's browser asks the page's server for anything."""

from __future__ import annotations

from io import BytesIO
from typing import Final

from PIL import Image

from hongyan_core.pictures import decoding, open_picture, read_orientation, turn_upright, with_colours

SIDE: Final = 480  # pixels, of the longer side
_QUALITY: Final = 75


def make_preview_picture(data: bytes) -> bytes:
    """The whole picture as a WebP of at most 480 x 480, upright; of an animated one the first frame.

    Raises:
        Problem: bad_picture, picture_too_large; rate_limited while too many others are being made.
    """
    with decoding(), open_picture(BytesIO(data)) as image:
        image.draft("RGB", (2 * SIDE, 2 * SIDE))  # a JPEG is decoded at an eighth of its size, if that is enough
        orientation = read_orientation(image)
        image.load()
        small = with_colours(image)
        small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        upright = turn_upright(small, orientation)
        upright.info.clear()
        file = BytesIO()
        upright.save(file, "WEBP", quality=_QUALITY)
        return file.getvalue()
