from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from hongyan_core.preview_pictures import make_preview_picture
from hongyan_core.problems import Problem
from tests.support.images import draw, png, png_that_claims, png_with_text, write


@pytest.mark.parametrize(
    ("size", "small"),
    [((1_000, 500), (480, 240)), ((500, 1_000), (240, 480)), ((40, 20), (40, 20)), ((5_000, 1), (480, 1))],
    ids=["wide", "high", "small stays small", "a line"],
)
def test_the_whole_picture_is_kept_within_480_pixels(size: tuple[int, int], small: tuple[int, int]) -> None:
    image = Image.open(BytesIO(make_preview_picture(png(size))))
    assert (image.format, image.size) == ("WEBP", small)


def test_nothing_of_the_original_file_is_kept() -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    made = make_preview_picture(write(draw(), "JPEG", exif=exif, comment=b"secret words"))
    assert b"secret" not in made


BAD = [
    ("no picture", b"hello", "bad_picture"),
    ("one that claims to be huge", png_that_claims(60_000, 60_000), "picture_too_large"),
    ("a text that grows", png_with_text(100_000_000), "bad_picture"),
    ("another format", write(draw(), "TIFF"), "bad_picture"),
    ("a picture cut short", png((400, 400))[:200], "bad_picture"),
]


@pytest.mark.parametrize(("data", "code"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad_pictures_are_refused(data: bytes, code: str) -> None:
    with pytest.raises(Problem) as refused:
        make_preview_picture(data)
    assert refused.value.code == code
