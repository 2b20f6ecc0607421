"""Files out of an archive: uploaded for the account that imports it, as if it had done so itself."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Final

from hongyan_core.actions.uploads import begin_upload, receive_bytes
from hongyan_core.clock import now_ms
from hongyan_core.files.types import PICTURES
from hongyan_core.files.vault import Vault
from hongyan_core.imports.job import KeepFile, KeptFile
from hongyan_core.problems import Problem
from hongyan_core.store.files import find_own_file
from hongyan_core.store.models import Account

_log: Final = logging.getLogger(__name__)


def keep_in(vault: Vault) -> KeepFile:
    """Keep files there, against the quota of the account."""

    def keep_file(account: Account, name: str, size: int, pieces: Iterator[bytes]) -> KeptFile | None:
        try:
            upload = begin_upload(vault, account, name, "", size, at_ms=now_ms())
            if size:
                receive_bytes(vault, upload, 0, pieces, at_ms=now_ms())
        except Problem as problem:
            _log.info("a file of an import was left out: %s", problem)
            return None
        kept = find_own_file(account.id, upload.id)
        return None if kept is None else KeptFile(kept.id, kept.media_type in PICTURES)

    return keep_file
