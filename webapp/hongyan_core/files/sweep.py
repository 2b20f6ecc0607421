"""Have go what nobody holds: the chore of the process that holds the exchange.

    uploads      a day after their last byte
    files        a day after they were uploaded, when no message holds them; at once, when the last one let go
    bytes        that no row names: a crash came between the store and the row
    rows         whose bytes are gone are told in the log, each once

What is looked at does not grow with what is kept: a file is looked at when its day is over, when a message lets go of
it, and once a day in a round through all.
"""

from __future__ import annotations

import logging
from typing import Final

from hongyan_core.actions.uploads import UPLOAD_TTL_MS, end_upload
from hongyan_core.chores import Chore
from hongyan_core.files.parts import list_parts, remove_part
from hongyan_core.files.store import PREFIXES
from hongyan_core.files.vault import Vault
from hongyan_core.problems import Problem
from hongyan_core.store.files import (
    claim_blobs,
    drop_claims,
    drop_unheld,
    find_named,
    list_blobs_named,
    list_old_uploads,
    list_uploads,
)

EVERY_S: Final = 20.0
FILE_TTL_MS: Final = 86_400_000
_ROUND_MS: Final = 86_400_000
_BLOBS_EVERY_MS: Final = _ROUND_MS // len(PREFIXES)
_YOUNG_MS: Final = 3_600_000  # bytes that a request may be about to name
_STEP: Final = 200
_log: Final = logging.getLogger(__name__)


class Sweep:
    """Where the sweep stands; what it forgets at a restart it looks at again."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._seen_to_ms = 0  # files that were uploaded up to then were looked at in this round
        self._round_at_ms = 0
        self._blobs_at_ms = 0
        self._prefix = 0
        self._told: set[str] = set()

    def chore(self) -> Chore:
        """What the process has to do."""
        return Chore("sweep of files", EVERY_S, self.run)

    def run(self, at_ms: int) -> bool:
        """A step of each; whether more is waiting."""
        self._sweep_uploads(at_ms)
        if at_ms - self._blobs_at_ms >= _BLOBS_EVERY_MS:
            self._blobs_at_ms = at_ms
            self.sweep_blobs(PREFIXES[self._prefix], at_ms)
            self._prefix = (self._prefix + 1) % len(PREFIXES)
        return self._sweep_files(at_ms)

    def _sweep_uploads(self, at_ms: int) -> None:
        for upload in list_old_uploads(at_ms - UPLOAD_TTL_MS, _STEP):
            try:
                end_upload(self._vault, upload.account_id, upload.id)
            except Problem:  # somebody sends at this moment, or has given it up
                continue
        left = list_parts(self._vault.uploads, at_ms - _YOUNG_MS)
        for upload_id in set(left) - list_uploads(left):
            remove_part(self._vault.uploads, upload_id)

    def _sweep_files(self, at_ms: int) -> bool:
        if at_ms - self._round_at_ms >= _ROUND_MS:
            self._round_at_ms, self._seen_to_ms = at_ms, 0
        page = drop_unheld(self._seen_to_ms, at_ms - FILE_TTL_MS, _STEP, at_ms=at_ms)
        for blob in page.blobs:
            self._drop_blob(blob, at_ms)
        self._seen_to_ms = page.seen_to_ms
        return page.more

    def _drop_blob(self, blob: str, at_ms: int) -> None:
        """Unless another file has the same bytes; who adds them at this moment asks again whether they are there."""
        if not claim_blobs([blob], at_ms=at_ms):
            return
        try:
            if not find_named([blob]):
                self._vault.store.delete(blob)
        finally:
            drop_claims([blob])

    def sweep_blobs(self, prefix: str, at_ms: int) -> None:
        """Compare store and rows, of hashes that begin so."""
        kept = dict(self._vault.store.list(prefix))
        named = list_blobs_named(prefix)
        for blob, put_at_ms in kept.items():
            if blob not in named and put_at_ms < at_ms - _YOUNG_MS:
                self._drop_blob(blob, at_ms)
        for blob in sorted(named - kept.keys() - self._told):
            if not self._vault.store.exists(blob) and find_named([blob]):
                self._told.add(blob)
                _log.error("the file store has lost %s; restore it from a backup", blob)
