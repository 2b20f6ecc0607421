"""Files and messages that hold them: rows as the exchange and the uploads would leave them."""

from __future__ import annotations

from typing import Any

from hongyan_core.store.models import Account, Attachment, Conversation, StoredFile


def attach(conversation: Conversation, seq: int, *file_ids: str, kind: str = "file") -> None:
    """A message of ours that holds these files, as the exchange would leave its rows."""
    for place, file_id in enumerate(file_ids):
        Attachment.create(conversation=conversation, seq=seq, place=place, file_id=file_id, kind=kind)


def make_file(account: Account, file_id: str, blob: str, **columns: Any) -> StoredFile:
    """A row of a file, without its bytes."""
    values = {"name": "notes.txt", "media_type": "text/plain", "size": 3, "created_at_ms": 1, **columns}
    made: StoredFile = StoredFile.create(id=file_id, account=account, hash=blob, **values)
    return made
