"""What pages say of themselves, kept for a week. Addresses are kept as hashes only: they may hold secrets."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from hongyan_core.store.models import LinkPreview

KEPT_MS: Final = 7 * 86_400_000
MISS_KEPT_MS: Final = 3_600_000  # that there is nothing to show


@dataclass(frozen=True, slots=True)
class Preview:
    """A page's own words, none: nothing to show. `picture` is a `Picture.hash`."""

    title: str
    description: str
    site: str
    picture: str | None


def hash_url(url: str) -> str:
    """The key of a page."""
    return hashlib.sha256(url.encode()).hexdigest()


def find_preview(url: str, *, at_ms: int) -> Preview | None:
    """What is known of a page; None: nobody has looked for a week, or for an hour where there was nothing."""
    row = LinkPreview.get_or_none(LinkPreview.url_hash == hash_url(url))
    if row is None or row.at_ms + (KEPT_MS if row.title else MISS_KEPT_MS) <= at_ms:
        return None
    return Preview(row.title, row.description, row.site, row.picture)
