from __future__ import annotations

import pytest

from hongyan_core.files.types import HEAD_BYTES, INLINE, sniff
from tests.support.images import draw, png, write

WEBM = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm"
OGG = b"OggS\0\2" + bytes(21) + b"\1\x1e"
MP4 = b"\0\0\0\x20ftypisom\0\0\2\0isomiso2"
FILES = {
    "PNG": (png(), "", "image/png"),
    "JPEG": (write(draw(), "JPEG"), "", "image/jpeg"),
    "GIF": (write(draw(), "GIF"), "", "image/gif"),
    "WebP": (write(draw(), "WEBP"), "", "image/webp"),
    "BMP": (write(draw(), "BMP"), "", "image/bmp"),
    "TIFF": (write(draw(), "TIFF"), "", "image/tiff"),
    "AVIF": (b"\0\0\0\x20ftypavif\0\0\0\0", "", "image/avif"),
    "HEIC": (b"\0\0\0\x18ftypheic\0\0\0\0", "", "image/heic"),
    "a film": (MP4, "video/mp4", "video/mp4"),
    "a recording of a telephone": (MP4, "audio/mp4", "audio/mp4"),
    "M4A": (b"\0\0\0\x20ftypM4A \0\0\0\0", "", "audio/mp4"),
    "QuickTime": (b"\0\0\0\x14ftypqt  \0\0\0\0", "", "video/quicktime"),
    "WebM": (WEBM, "", "video/webm"),
    "WebM of a recorder": (WEBM, "audio/webm;codecs=opus", "audio/webm"),
    "Matroska": (WEBM.replace(b"webm", b"matr"), "audio/x-matroska", "video/x-matroska"),
    "Ogg with sound": (OGG + b"OpusHead", "", "audio/ogg"),
    "Ogg with a film": (OGG + b"\x80theora", "", "video/ogg"),
    "WAV": (b"RIFF\x24\0\0\0WAVEfmt ", "", "audio/wav"),
    "FLAC": (b"fLaC\0\0\0\x22", "", "audio/flac"),
    "MP3 with a title": (b"ID3\4\0\0", "", "audio/mpeg"),
    "MP3 without one": (b"\xff\xfb\x90\x64", "", "audio/mpeg"),
    "AAC": (b"\xff\xf1\x50\x80", "", "audio/aac"),
    "PDF": (b"%PDF-1.7\n", "text/html", "application/pdf"),
    "zip, or a document": (b"PK\3\4\x14\0", "", "application/zip"),
    "gzip": (b"\x1f\x8b\x08\0", "", "application/gzip"),
    "text": ("鸿雁传书\n".encode(), "", "text/plain"),
    "text that is cut in a character": (("x" * (HEAD_BYTES - 1) + "雁").encode()[:HEAD_BYTES], "", "text/plain"),
    "HTML": (b"<!doctype html><script>alert(1)</script>", "image/png", "text/plain"),
    "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", "text/plain"),
    "Latin 1": (b"\xe9t\xe9", "text/plain", "application/octet-stream"),
    "UTF-16": ("hi".encode("utf-16"), "text/plain", "application/octet-stream"),
    "a program": (b"MZ\x90\0", "audio/mpeg", "application/octet-stream"),
    "nothing": (b"", "text/plain", "application/octet-stream"),
    "HTML that says it is a recording": (b"<html>", "audio/webm", "text/plain"),
}


@pytest.mark.parametrize(("head", "claimed", "media_type"), FILES.values(), ids=FILES)
def test_a_file_is_what_its_bytes_say(head: bytes, claimed: str, media_type: str) -> None:
    assert sniff(head[:HEAD_BYTES], claimed) == media_type


def test_nothing_that_could_run_a_script_is_ever_shown() -> None:
    assert not INLINE & {"text/html", "text/plain", "image/svg+xml", "application/xml", "application/pdf"}
    assert all(media_type.split("/")[0] in ("image", "audio", "video") for media_type in INLINE)
