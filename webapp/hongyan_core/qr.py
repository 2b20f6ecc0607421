"""A text as a QR code."""

from __future__ import annotations

import segno


def make_qr(text: str) -> str:
    """An SVG as a `data:` URL, black on white with its quiet zone, so that it also reads on a dark page."""
    return str(segno.make(text, error="m", micro=False).svg_data_uri(scale=4, light="#fff", omitsize=True))
