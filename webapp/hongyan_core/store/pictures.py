"""Faces of people and groups, in the database: small, and the only thing that several processes share."""

from __future__ import annotations

import hashlib

from hongyan_core.store.models import Picture


def replace_picture(owner: str, old: str | None, image: bytes | None) -> str | None:
    """Keep `image` in the place of `old`; only inside the `write_transaction()` that changes the owner's row.

    The owner is part of the hash: so a row belongs to one owner and goes with the next change, nobody has to be asked
    whether somebody else has the same face, and no hash tells what two people have in common.

    Args:
        owner: `user/ann`, `group/lab`.
        old: The hash that the owner's row has now.
        image: What `pictures.make_picture` has made; None takes the picture away.

    Returns:
        The hash for the owner's row.
    """
    new = None if image is None else hashlib.sha256(f"{owner}\n".encode() + image).hexdigest()
    if new == old:
        return new
    if old is not None:
        Picture.delete().where(Picture.hash == old).execute()
    if new is not None:
        Picture.insert(hash=new, image=image).on_conflict_ignore().execute()
    return new


def find_picture(picture_hash: str | None) -> bytes | None:
    """The WebP of an owner's row."""
    found = None if picture_hash is None else Picture.get_or_none(Picture.hash == picture_hash)
    return None if found is None else bytes(found.image)
