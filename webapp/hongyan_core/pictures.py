"""Make a face of whatever picture somebody sends: square, small, encoded by us, without anything of the original file.

Whoever sends it chooses every byte. So its size in pixels is read from its head before anything is decoded, only four
formats are tried, and no more than one picture is decoded at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image, ImageCms, ImageOps

from hongyan_core.courtesy import one_page
from hongyan_core.problems import Problem

SIDE: Final = 256  # pixels
MAX_FILE_BYTES: Final = 5 * 1024 * 1024
MAX_PIXELS: Final = 50_000_000  # a large telephone's photograph; 200 MB while it is decoded, of a JPEG far less
_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")
_QUALITY: Final = 85
_PROFILED: Final = ("RGB", "RGBA", "CMYK", "P", "L")  # modes that a colour profile may speak of
_SRGB: Final = ImageCms.createProfile("sRGB")
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
    with decoding():
        return _encode(_shrink(data))


@contextmanager
def decoding() -> Iterator[None]:
    """Around whatever decodes a picture: one at a time in this process, while other pages go on.

    Raises:
        Problem: bad_picture, where a decoder fails; rate_limited while too many others wait.
        OSError: A file cannot be read or written.
    """
    with one_page.stepping_out():
        if not _one_at_a_time.acquire(timeout=_WAIT_S):
            raise Problem("rate_limited", wait_s=int(_WAIT_S))
        try:
            yield
        except Problem:
            raise
        except OSError as error:
            if error.errno is not None:  # the disk's fault
                raise
            raise Problem("bad_picture") from None
        except Exception:  # whatever a damaged file makes of a decoder is the file's fault
            raise Problem("bad_picture") from None
        finally:
            _one_at_a_time.release()


def open_picture(source: Path | BytesIO) -> Image.Image:
    """A picture of one of the four formats of which nothing but the head is read yet.

    Raises:
        Problem: picture_too_large.
    """
    image = Image.open(source, formats=_FORMATS)
    width, height = image.size
    if width * height > MAX_PIXELS:
        image.close()
        raise Problem("picture_too_large")
    return image


def _shrink(data: bytes) -> Image.Image:
    with open_picture(BytesIO(data)) as image:
        image.draft("RGB", (2 * SIDE, 2 * SIDE))  # a JPEG is decoded at an eighth of its size, if that is enough
        orientation = read_orientation(image)
        image.load()
        face = ImageOps.fit(with_colours(image), (SIDE, SIDE), Image.Resampling.LANCZOS)
    return turn_upright(face, orientation)


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


def turn_upright(image: Image.Image, orientation: int | None) -> Image.Image:
    """As the camera was held; nonsense turns nothing."""
    turn = _TURNS.get(orientation or 1)
    return image if turn is None else image.transpose(turn)


def read_orientation(image: Image.Image) -> int | None:
    """What EXIF says of how the camera was held; to be read before the picture is loaded."""
    orientation: int | None = image.getexif().get(_ORIENTATION)
    return orientation


def with_colours(image: Image.Image) -> Image.Image:
    """The same as RGB or RGBA in sRGB; a profile that cannot be read is passed over."""
    mode = "RGBA" if image.has_transparency_data else "RGB"
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in _PROFILED:
        return image.convert(mode)
    try:
        found = ImageCms.ImageCmsProfile(BytesIO(profile))
        coloured = image.convert("RGBA") if mode == "RGBA" else image
        made = ImageCms.profileToProfile(coloured, found, _SRGB, outputMode=mode)
    except (ImageCms.PyCMSError, OSError):
        return image.convert(mode)
    return image.convert(mode) if made is None else made


def _encode(face: Image.Image) -> bytes:
    """Pixels only: Pillow writes no profile, place or camera into a WebP unless it is told to."""
    file = BytesIO()
    face.save(file, "WEBP", quality=_QUALITY)
    return file.getvalue()
