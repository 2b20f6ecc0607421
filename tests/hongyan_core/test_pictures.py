from __future__ import annotations

import threading
from io import BytesIO

import pytest
from PIL import Image

from hongyan_core import pictures
from hongyan_core.pictures import make_picture
from hongyan_core.problems import Problem
from tests.support.images import BLUE, GREEN, RED, WHITE, draw, png, png_that_claims, png_with_text, write

ORIENTATION = 0x0112
COLOURS = {"red": RED, "green": GREEN, "blue": BLUE, "white": WHITE}
EDGES = {"top": (128, 4), "right": (251, 128), "bottom": (128, 251), "left": (4, 128)}


def show(data: bytes) -> Image.Image:
    made = Image.open(BytesIO(make_picture(data)))
    made.load()
    return made


def name_colour(image: Image.Image, at: tuple[int, int]) -> str:
    """The nearest of four colours: WebP does not keep them to the bit."""
    pixel = image.convert("RGB").getpixel(at)
    assert isinstance(pixel, tuple)
    return min(COLOURS, key=lambda name: sum(abs(a - b) for a, b in zip(COLOURS[name], pixel, strict=True)))


def edges(image: Image.Image) -> dict[str, str]:
    return {edge: name_colour(image, at) for edge, at in EDGES.items()}


def with_orientation(value: int) -> bytes:
    """A square whose top is green and whose left end is red, taken with the camera held so."""
    exif = Image.Exif()
    exif[ORIENTATION] = value
    return write(draw((500, 500)), "JPEG", exif=exif, quality=95)


GOOD = {
    "a PNG": write(draw()),
    "a JPEG": write(draw((400, 200)), "JPEG"),
    "a progressive JPEG": write(draw((400, 200)), "JPEG", progressive=True),
    "a JPEG of a printer (CMYK)": write(draw((400, 200), "CMYK"), "JPEG"),
    "a WebP": write(draw(), "WEBP"),
    "a GIF": write(draw(), "GIF"),
    "an animated GIF": write(draw(), "GIF", save_all=True, append_images=[Image.new("RGB", (40, 20), RED)]),
    "an animated WebP": write(draw(), "WEBP", save_all=True, append_images=[Image.new("RGB", (40, 20), RED)]),
    "an animated PNG": write(draw(), "PNG", save_all=True, append_images=[Image.new("RGB", (40, 20), RED)]),
    "shades of grey": write(draw(mode="L")),
    "black and white": write(draw(mode="1")),
    "16 bits of grey": write(draw(mode="L").convert("I;16")),
    "a palette": write(draw(mode="P")),
    "a palette with a hole": write(draw(mode="P"), transparency=0),
    "with transparency": write(draw(mode="RGBA")),
    "grey with transparency": write(draw(mode="LA")),
    "one pixel": write(Image.new("RGB", (1, 1), RED)),
    "a line": write(Image.new("RGB", (5_000, 1), RED)),
}


@pytest.mark.parametrize("data", GOOD.values(), ids=GOOD)
def test_any_picture_becomes_a_small_square_webp(data: bytes) -> None:
    made = show(data)
    assert (made.format, made.size, getattr(made, "n_frames", 1)) == ("WEBP", (256, 256), 1)
    assert made.mode in ("RGB", "RGBA")


def test_the_middle_is_kept() -> None:
    found = edges(show(write(draw((400, 200)))))
    assert (found["top"], found["bottom"]) == ("green", "white")
    assert not {"red", "blue"} & set(found.values())  # the ends are cut off
    tall = draw((400, 200)).transpose(Image.Transpose.ROTATE_90)
    assert not {"red", "blue"} & set(edges(show(write(tall))).values())


def test_of_an_animated_picture_the_first_frame_is_kept() -> None:
    assert name_colour(show(GOOD["an animated GIF"]), (128, 10)) == "green"


def test_transparency_stays() -> None:
    made = show(write(Image.new("RGBA", (10, 10), (255, 0, 0, 0))))
    assert (made.mode, made.getchannel("A").getextrema()) == ("RGBA", (0, 0))


@pytest.mark.parametrize(
    ("orientation", "top", "left"),
    [
        pytest.param(1, "green", "red", id="as it is"),
        pytest.param(2, "green", "blue", id="a mirror"),
        pytest.param(3, "white", "blue", id="upside down"),
        pytest.param(4, "white", "red", id="upside down in a mirror"),
        pytest.param(5, "red", "green", id="on its side in a mirror"),
        pytest.param(6, "red", "white", id="the camera on its right side"),
        pytest.param(7, "blue", "white", id="on the other side in a mirror"),
        pytest.param(8, "blue", "green", id="the camera on its left side"),
        pytest.param(9, "green", "red", id="nonsense"),
    ],
)
def test_a_picture_is_turned_as_the_camera_was_held(orientation: int, top: str, left: str) -> None:
    found = edges(show(with_orientation(orientation)))
    assert (found["top"], found["left"]) == (top, left)


def test_nothing_of_the_original_file_stays() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera of Ann"
    options = {"exif": exif, "icc_profile": b"profile of ann's screen" * 20, "xmp": b"<x>at home</x>"}
    for kind in ("JPEG", "WEBP"):
        made = make_picture(write(draw((300, 300)), kind, **options))
        assert not any(word in made for word in (b"EXIF", b"ICCP", b"XMP ", b"Ann", b"ann", b"home"))
        assert not show(write(draw((300, 300)), kind, **options)).getexif()


BAD = {
    "nothing": b"",
    "text": b"this is no picture",
    "HTML": b"<!doctype html><script>alert(1)</script>",
    "an SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "a BMP": write(draw(), "BMP"),
    "a TIFF": write(draw(), "TIFF"),
    "a PDF": write(draw(), "PDF"),
    "an EPS, which would start a program": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
    "a PNG cut in half": write(draw((400, 400)))[:400],
    "a JPEG cut in half": write(draw((400, 400)), "JPEG")[:2_000],
    "a WebP cut in half": write(draw((400, 400)), "WEBP")[:200],
    "the head of a GIF": write(draw(), "GIF")[:12],
    "the head of a PNG": png()[:20],
    "a PNG with a wrong checksum": png()[:45] + b"\xff\xff\xff\xff" + png()[49:],
    "a text that grows to 80 MB": png_with_text(80_000_000),
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(Problem) as caught:
        make_picture(data)
    assert (caught.value.code, caught.value.field) == ("bad_picture", None)


BOMBS = {
    "a square of 65,000": png_that_claims(65_000, 65_000),
    "a line of two thousand million": png_that_claims(2**31 - 1, 1),
    "one row too many": png_that_claims(10_000, 5_001),
    "a GIF of 65,535": b"GIF89a\xff\xff\xff\xff\x80\0\0" + bytes(6) + b",\0\0\0\0\xff\xff\xff\xff\0\2\2D\1\0;",
}


@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS)
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(
    data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(_image: Image.Image) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(Image.Image, "load", decode)
    with pytest.raises(Problem, match="picture_too_large"):
        make_picture(data)


def test_pictures_are_decoded_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_WAIT_S", 0.01)
    with pictures._one_at_a_time, pytest.raises(Problem, match="rate_limited"):
        make_picture(png())
    others = [threading.Thread(target=make_picture, args=(png(),)) for _ in range(4)]
    monkeypatch.setattr(pictures, "_WAIT_S", 10.0)
    for other in others:
        other.start()
    for other in others:
        other.join()
    assert make_picture(png())
