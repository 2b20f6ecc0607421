"""What a file is, by its first bytes: its name and its sender are not asked.

The table knows what a browser shows by itself and a few common things; all else is `application/octet-stream`, which
is only ever saved. Text is text: HTML and SVG have no row, so they are never shown as what they are.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

HEAD_BYTES: Final = 4_096
UNKNOWN: Final = "application/octet-stream"
PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})  # these we encode anew
# Shown in the page that asks, never as a document of its own; everything else is saved.
INLINE: Final = PICTURES | {
    *("audio/mpeg", "audio/mp4", "audio/aac", "audio/ogg", "audio/webm", "audio/wav", "audio/flac"),
    *("video/mp4", "video/webm", "video/ogg", "video/quicktime"),
}
_SIGNS: Final[tuple[tuple[bytes, str], ...]] = tuple(
    (sign.encode("latin-1"), media_type)
    for sign, media_type in (
        (r"\x89PNG\r\n\x1a\n", "image/png"),
        (r"\xff\xd8\xff", "image/jpeg"),
        (r"GIF8[79]a", "image/gif"),
        (r"RIFF....WEBP", "image/webp"),
        (r"RIFF....WAVE", "audio/wav"),
        (r"RIFF....AVI ", "video/x-msvideo"),
        (r"BM.{4}\x00\x00\x00\x00", "image/bmp"),
        (r"II\*\x00|MM\x00\*", "image/tiff"),
        (r"....ftyp(?:avif|avis)", "image/avif"),
        (r"....ftyp(?:heic|heix|hevc|hevx|mif1|msf1)", "image/heic"),
        (r"....ftyp(?:M4A |M4B )", "audio/mp4"),
        (r"....ftypqt", "video/quicktime"),
        (r"....ftyp", "video/mp4"),
        (r"\x1aE\xdf\xa3.{0,60}?webm", "video/webm"),
        (r"\x1aE\xdf\xa3", "video/x-matroska"),
        (r"OggS.{24,80}?\x80theora", "video/ogg"),
        (r"OggS", "audio/ogg"),
        (r"fLaC", "audio/flac"),
        (r"ID3|\xff[\xe2\xe3\xf2\xf3\xfa\xfb]", "audio/mpeg"),
        (r"\xff[\xf0\xf1\xf8\xf9]", "audio/aac"),
        (r"%PDF-", "application/pdf"),
        (r"PK(?:\x03\x04|\x05\x06)", "application/zip"),
        (r"\x1f\x8b\x08", "application/gzip"),
        (r"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    )
)
_TABLE: Final = tuple((re.compile(sign, re.DOTALL), media_type) for sign, media_type in _SIGNS)
# These hold sound or films, and only a reader of all their tracks could tell which.
_EITHER: Final = {"video/webm": "audio/webm", "video/mp4": "audio/mp4", "video/ogg": "audio/ogg"}
_NOT_IN_TEXT: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def sniff(head: bytes, claimed: str = "") -> str:
    """The media type of what begins so.

    Args:
        head: The first `HEAD_BYTES`, or all there is.
        claimed: What its sender calls it: believed where a film and a recording begin alike.
    """
    for sign, media_type in _TABLE:
        if sign.match(head):
            return _EITHER.get(media_type, media_type) if claimed.startswith("audio/") else media_type
    return "text/plain" if _is_text(head) else UNKNOWN


def _is_text(head: bytes) -> bool:
    if not head or _NOT_IN_TEXT.search(head):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # the last character may be cut in two
    except UnicodeDecodeError:
        return False
    return True
