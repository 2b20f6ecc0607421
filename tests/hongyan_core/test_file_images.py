from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms

from hongyan_core.files import gif, images
from hongyan_core.files.images import Encoded, encode_anew
from hongyan_core.pictures import make_picture
from hongyan_core.problems import Problem
from tests.support.images import BLUE, RED, draw, png, png_that_claims, png_with_text, write

ORIENTATION = 0x0112


def encode(folder: Path, data: bytes) -> tuple[Encoded, Image.Image, bytes]:
    """What is said of it, the picture, and its bytes."""
    source, target = folder / "source", folder / "target"
    source.write_bytes(data)
    made = encode_anew(source, target)
    return made, Image.open(BytesIO(target.read_bytes())), target.read_bytes()


def frames(*sizes: tuple[int, int]) -> dict[str, Any]:
    return {
        "save_all": True,
        "append_images": [Image.new("RGB", size, colour) for size, colour in zip(sizes, (BLUE, RED), strict=False)],
        "duration": 70,
    }


STILLS = {
    "PNG": (write(draw()), "image/png", "PNG", ""),
    "JPEG": (write(draw(), "JPEG"), "image/jpeg", "JPEG", ""),
    "CMYK": (write(draw(mode="CMYK"), "JPEG"), "image/jpeg", "JPEG", ""),
    "WebP": (write(draw(), "WEBP"), "image/webp", "WEBP", ""),
    "a GIF that stands still": (write(draw(), "GIF"), "image/png", "PNG", ".png"),
    "a palette": (write(draw(mode="P")), "image/png", "PNG", ""),
    "16 bits of grey": (write(draw(mode="L").convert("I;16")), "image/png", "PNG", ""),
    "two in one JPEG": (write(draw(), "MPO", save_all=True, append_images=[draw()]), "image/jpeg", "JPEG", ""),
}


@pytest.mark.parametrize(("data", "media_type", "kind", "suffix"), STILLS.values(), ids=STILLS)
def test_a_still_picture_keeps_its_size_and_mostly_its_format(
    tmp_path: Path, data: bytes, media_type: str, kind: str, suffix: str
) -> None:
    made, image, _ = encode(tmp_path, data)
    assert (made.media_type, made.suffix, made.width, made.height) == (media_type, suffix, 40, 20)
    assert (image.format, image.size, getattr(image, "n_frames", 1)) == (kind, (40, 20), 1)


@pytest.mark.parametrize(("kind", "suffix"), [("GIF", ".webp"), ("WEBP", ""), ("PNG", ".webp")])
def test_an_animation_becomes_a_webp_with_all_its_frames_and_their_times(
    tmp_path: Path, kind: str, suffix: str
) -> None:
    made, image, _ = encode(tmp_path, write(draw(), kind, **frames((40, 20), (40, 20)), loop=0))
    assert (made.media_type, made.suffix, image.format, image.size) == ("image/webp", suffix, "WEBP", (40, 20))
    assert getattr(image, "n_frames", 1) == 3
    image.load()
    assert image.info["duration"] == 70
    assert image.info["loop"] == 0


def test_transparency_stays(tmp_path: Path) -> None:
    for kind in ("PNG", "WEBP", "GIF"):
        _, image, _ = encode(tmp_path, write(Image.new("RGBA", (10, 10), (255, 0, 0, 0)), kind))
        assert image.convert("RGBA").getchannel("A").getextrema() == (0, 0)


def test_a_picture_is_turned_as_the_camera_was_held(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    made, image, _ = encode(tmp_path, write(draw((300, 100)), "JPEG", exif=exif))
    assert (made.width, made.height, image.size) == (100, 300, (100, 300))
    assert not image.getexif()


def test_nothing_of_the_original_file_stays(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera of Ann"
    told = {"exif": exif, "icc_profile": b"profile of ann's screen" * 20, "xmp": b"<x>at home</x>"}
    files = {
        "JPEG": write(draw(), "JPEG", comment=b"by Ann", **told),
        "PNG": write(draw(), "PNG", dpi=(72, 72), **told),
        "WEBP": write(draw(), "WEBP", **told),
        "an animation": write(draw(), "WEBP", **frames((40, 20)), **told),
        "GIF": write(draw(), "GIF", comment=b"by Ann"),
        "bytes behind the end": png() + b"a zip of Ann",
    }
    for name, data in files.items():
        made, image, kept = encode(tmp_path, data)
        for file in (kept, made.thumb):
            assert not any(word in file for word in (b"Ann", b"ann's", b"home", b"EXIF", b"ICCP", b"iCCP", b"pHYs")), (
                name
            )
        assert not image.getexif()


def test_colours_of_a_screen_become_those_of_srgb(tmp_path: Path) -> None:
    """A profile that turns red and green about: without it, red is green."""
    wide = write(Image.new("RGB", (40, 20), (128, 128, 128)), icc_profile=make_profile())
    _, image, _ = encode(tmp_path, wide)
    assert image.convert("RGB").getpixel((5, 5)) != (128, 128, 128)
    face = Image.open(BytesIO(make_picture(wide))).convert("RGB").getpixel((128, 128))
    assert isinstance(face, tuple)
    plain = Image.open(BytesIO(make_picture(write(Image.new("RGB", (40, 20), (128, 128, 128)))))).convert("RGB")
    assert face != plain.getpixel((128, 128))


def make_profile() -> bytes:
    """Of another white and light than sRGB's: Pillow can write LAB and XYZ profiles, but gives only sRGB as RGB.

    So the curve of sRGB's own profile is bent: gamma 1.0 where its parametric curve is.
    """
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    at = data.find(b"para")
    while at >= 0:  # g of a curve, s15Fixed16
        data[at + 12 : at + 16] = struct.pack(">i", 1 << 16)
        at = data.find(b"para", at + 4)
    return bytes(data)


@pytest.mark.parametrize(
    ("size", "small"),
    [((1_000, 500), (480, 240)), ((100, 2_000), (24, 480)), ((40, 20), (40, 20)), ((5_000, 1), (480, 1))],
)
def test_a_small_one_has_480_pixels_at_most(tmp_path: Path, size: tuple[int, int], small: tuple[int, int]) -> None:
    made, _, _ = encode(tmp_path, write(Image.new("RGB", size, RED)))
    with Image.open(BytesIO(made.thumb)) as thumb:
        assert (thumb.format, thumb.size) == ("WEBP", small)


def gif_of(*places: tuple[int, int, int, int]) -> bytes:
    """A GIF of one pixel whose frames claim (left, top, width, height), each with one block of code."""
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(6)
    return (
        head
        + b"".join(b"!\xf9\4\x08\0\0\0\0," + struct.pack("<4HB", *place, 0) + b"\2\2D\1\0" for place in places)
        + b";"
    )


BAD = {
    "a PNG cut in half": (write(draw((400, 400)))[:400], "bad_picture"),
    "a JPEG cut in half": (write(draw((400, 400)), "JPEG")[:2_000], "bad_picture"),
    "an animation cut in half": (write(draw(), "GIF", **frames((40, 20)))[:-20], "bad_picture"),
    "a text that grows to 80 MB": (png_with_text(80_000_000), "bad_picture"),
    "a BMP": (write(draw(), "BMP"), "bad_picture"),
    "a square of 65,000": (png_that_claims(65_000, 65_000), "picture_too_large"),
    "a first frame of 65,535": (gif_of((0, 0, 65_535, 65_535)), "picture_too_large"),
    "a second frame of 65,535": (gif_of((0, 0, 1, 1), (0, 0, 65_535, 65_535)), "picture_too_large"),
    "a second frame far away": (gif_of((0, 0, 1, 1), (60_000, 60_000, 1, 1)), "picture_too_large"),
    "a thousand and one frames": (gif_of(*[(0, 0, 1, 1)] * 1_001), "picture_too_large"),
}


@pytest.mark.parametrize(("data", "refusal"), BAD.values(), ids=BAD)
def test_a_picture_that_is_damaged_or_a_bomb_is_refused(tmp_path: Path, data: bytes, refusal: str) -> None:
    with pytest.raises(Problem) as caught:
        encode(tmp_path, data)
    assert caught.value.code == refusal


def test_an_animation_of_too_many_pixels_is_refused_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "MAX_ANIMATED_PIXELS", 1_600)
    two = write(draw(), "WEBP", **frames((40, 20)))
    assert encode(tmp_path, two)[0].media_type == "image/webp"
    with pytest.raises(Problem, match="picture_too_large"):
        encode(tmp_path, write(draw(), "WEBP", **frames((40, 20), (40, 20))))


def test_a_file_too_long_to_be_a_picture_is_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_PICTURE_BYTES", 10)
    with pytest.raises(Problem, match="picture_too_large"):
        encode(tmp_path, png())


@pytest.mark.parametrize("length", range(0, 60, 3))
def test_a_gif_that_ends_anywhere_is_looked_through(tmp_path: Path, length: int) -> None:
    path = tmp_path / "cut.gif"
    path.write_bytes(gif_of((0, 0, 1, 1), (0, 0, 1, 1))[:length])
    gif.check_frames_of_gif(path)
