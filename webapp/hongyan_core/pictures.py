"""Make a face of whatever picture somebody sends: square, small, encoded by us, without anything of the original file.

Whoever sends it chooses every byte. So its size in pixels is read from its head before anything is decoded, only four
formats are tried, and no more than one picture is decoded at a time.
"""

from __future__ import annotations

import threading
from io import BytesIO
from typing import Final

from PIL import Image, ImageOps

from hongyan_core.courtesy import one_page
from hongyan_core.problems import Problem

SIDE: Final = 256  # pixels
MAX_FILE_BYTES: Final = 5 * 1024 * 1024
MAX_PIXELS: Final = 50_000_000  # a large telephone's photograph; 200 MB while it is decoded, of a JPEG far less
_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")
_QUALITY: Final = 85
_WAIT_S: Final = 10.0
_one_at_a_time: Final = threading.Lock()

# Pillow's own bound would warn first, by a filter that threads share; `_open` refuses more than `MAX_PIXELS` instead.
Image.MAX_IMAGE_PIXELS = None


def make_picture(data: bytes) -> bytes:
    """The middle of a picture as a WebP of 256 x 256, turned as its EXIF says; of an animated one the first frame.

    Raises:
        Problem: bad_picture (damaged, or of another kind than PNG, JPEG, WebP, GIF), picture_too_large;
            rate_limited while too many others are being made.
    """
    with one_page.stepping_out():
        if not _one_at_a_time.acquire(timeout=_WAIT_S):
            raise Problem("rate_limited", wait_s=int(_WAIT_S))
        try:
            return _encode(_shrink(data))
        except Problem:
            raise
        except Exception:  # whatever a damaged file makes of a decoder is the file's fault
            raise Problem("bad_picture") from None
        finally:
            _one_at_a_time.release()


def _shrink(data: bytes) -> Image.Image:
    with Image.open(BytesIO(data), formats=_FORMATS) as image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise Problem("picture_too_large")
        image.draft("RGB", (2 * SIDE, 2 * SIDE))  # a JPEG is decoded at an eighth of its size, if that is enough
        orientation = image.getexif().get(_ORIENTATION)
        image.load()
        face = ImageOps.fit(_with_colours(image), (SIDE, SIDE), Image.Resampling.LANCZOS)
    turn = _TURNS.get(orientation or 1)
    return face if turn is None else face.transpose(turn)


_ORIENTATION: Final = 0x0112
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _with_colours(image: Image.Image) -> Image.Image:
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _encode(face: Image.Image) -> bytes:
    """Pixels only: Pillow writes no profile, place or camera into a WebP unless it is told to."""
    file = BytesIO()
    face.save(file, "WEBP", quality=_QUALITY)
    return file.getvalue()
