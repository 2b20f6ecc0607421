"""Pictures among the files: encoded anew without their metadata, in sRGB and upright, with a small one beside.

Where a photograph was taken, with what, and what else its file says is gone then, and so is whatever hides behind a
picture's pixels. Animations become WebP, which is written frame by frame, so only one is in memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from PIL import Image

from hongyan_core.files.gif import MAX_FRAMES, check_frames_of_gif
from hongyan_core.pictures import decoding, open_picture, read_orientation, turn_upright, with_colours
from hongyan_core.problems import Problem

THUMB_SIDE: Final = 480  # pixels
MAX_ANIMATED_PIXELS: Final = 50_000_000  # of all frames together: noise, the worst, takes some ten seconds
MAX_PICTURE_BYTES: Final = 67_108_864
_THUMB_QUALITY: Final = 80


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture as it is kept."""

    media_type: str
    suffix: str  # where the format has changed, else empty
    width: int
    height: int
    thumb: bytes  # WebP


@dataclass(frozen=True, slots=True)
class _Form:
    """How a format is written; `suffix` where it is another one than the file had."""

    name: str
    options: dict[str, Any]
    suffix: str = ""

    @property
    def media_type(self) -> str:
        return f"image/{self.name.lower()}"


_FORMS: Final = {
    "PNG": _Form("PNG", {}),
    "JPEG": _Form("JPEG", {"quality": 90}),
    "MPO": _Form("JPEG", {"quality": 90}),  # a telephone's JPEG with a second one behind it
    "WEBP": _Form("WEBP", {"quality": 90}),
    "GIF": _Form("PNG", {}, ".png"),
}
_ANIMATED: Final = _Form("WEBP", {"quality": 80, "background": (0, 0, 0, 0), "save_all": True}, ".webp")


def encode_anew(source: Path, target: Path) -> Encoded:
    """Write the picture of `source` to `target`.

    Raises:
        Problem: bad_picture, picture_too_large, rate_limited.
    """
    if source.stat().st_size > MAX_PICTURE_BYTES:
        raise Problem("picture_too_large")
    with decoding():
        check_frames_of_gif(source)
        return _encode(source, target)


def _encode(source: Path, target: Path) -> Encoded:
    with open_picture(source) as image:
        moves = image.format != "MPO" and getattr(image, "is_animated", False)
        return _write_animation(image, target) if moves else _write_still(image, target)


def _write_still(image: Image.Image, target: Path) -> Encoded:
    form = _FORMS[image.format or ""]
    orientation = read_orientation(image)
    image.load()
    made = turn_upright(with_colours(image), orientation)
    made.info.clear()  # where a comment, a profile and a resolution would be taken from
    made.save(target, form.name, **form.options)
    return Encoded(form.media_type, form.suffix, *made.size, _make_thumb(made))


def _write_animation(image: Image.Image, target: Path) -> Encoded:
    durations = _read_durations(image)
    image.seek(0)
    image.load()
    thumb = _make_thumb(with_colours(image))
    suffix = "" if image.format == "WEBP" else _ANIMATED.suffix
    loop = _read_loop(image)
    image.save(target, _ANIMATED.name, duration=durations, loop=loop, **_ANIMATED.options)
    return Encoded(_ANIMATED.media_type, suffix, *image.size, thumb)


def _read_durations(image: Image.Image) -> list[float]:
    """Milliseconds by frame; a file does not know how many it has before all are found."""
    most = min(MAX_FRAMES, MAX_ANIMATED_PIXELS // (image.size[0] * image.size[1]))
    durations: list[float] = []
    while True:
        try:
            image.seek(len(durations))
        except EOFError:
            return durations
        image.load()
        durations.append(min(float(image.info.get("duration", 0) or 0), 65_535.0))
        if len(durations) > most:
            raise Problem("picture_too_large")


def _read_loop(image: Image.Image) -> int:
    """How often it is shown, 0 for ever; a GIF that does not say is shown once."""
    return min(int(image.info.get("loop", 1 if image.format == "GIF" else 0)), 65_535)


def _make_thumb(image: Image.Image) -> bytes:
    small = image.copy()
    small.thumbnail((THUMB_SIDE, THUMB_SIDE), Image.Resampling.LANCZOS)
    small.info.clear()
    file = BytesIO()
    small.save(file, "WEBP", quality=_THUMB_QUALITY)
    return file.getvalue()
