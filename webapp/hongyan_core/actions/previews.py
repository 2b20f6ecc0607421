"""Keep what pages say of themselves, and forget it after a week."""

from __future__ import annotations

from typing import Final

from hongyan_core.store.database import read_rows, write_transaction
from hongyan_core.store.models import LinkPreview, Picture
from hongyan_core.store.pictures import replace_picture
from hongyan_core.store.previews import KEPT_MS, Preview, hash_url

_STEP: Final = 500


def keep_preview(
    url: str, *, title: str = "", description: str = "", site: str = "", image: bytes | None = None, at_ms: int
) -> Preview:
    """Keep what a page says, or, without a title, that there is nothing to show.

    Args:
        image: What `make_preview_picture` has made.
    """
    key = hash_url(url)
    with write_transaction():
        old = LinkPreview.get_or_none(LinkPreview.url_hash == key)
        picture = replace_picture(f"preview/{key}", None if old is None else old.picture, image)
        values = {"at_ms": at_ms, "title": title, "description": description, "site": site, "picture": picture}
        LinkPreview.insert(url_hash=key, **values).on_conflict(
            conflict_target=[LinkPreview.url_hash], update=values
        ).execute()
    return Preview(title, description, site, picture)


def sweep_previews(at_ms: int) -> bool:
    """Forget up to 500 that nobody may use any longer; whether there may be more."""
    over = LinkPreview.select(LinkPreview.url_hash, LinkPreview.picture).where(LinkPreview.at_ms <= at_ms - KEPT_MS)
    rows = list(read_rows(over.limit(_STEP)))
    if rows:
        with write_transaction():
            LinkPreview.delete().where(LinkPreview.url_hash.in_([key for key, _ in rows])).execute()
            Picture.delete().where(Picture.hash.in_([picture for _, picture in rows if picture])).execute()
    return len(rows) == _STEP
