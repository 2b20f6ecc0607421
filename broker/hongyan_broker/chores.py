"""Which chores there are, by what the operator has set."""

from __future__ import annotations

from hongyan_core.actions.previews import sweep_previews
from hongyan_core.chores import Chore
from hongyan_core.files.sweep import Sweep
from hongyan_core.files.vault import open_vault
from hongyan_core.imports.job import Importer
from hongyan_core.imports.keeping import keep_in
from hongyan_core.search import follow
from hongyan_core.settings import Settings
from hongyan_core.store.retention import Retention
from hongyan_core.store.scrubbing import Scrubber


def list_chores(settings: Settings) -> tuple[Chore, ...]:
    """The chores of the process that holds the exchange."""
    vault = open_vault(settings)
    return (
        # erasing and retention
        Chore("the removal of old messages", 600.0, Retention(settings.retention_days).sweep),
        Chore("the scrubbing of what was erased", 5.0, Scrubber().scrub),
        # files
        Chore("previews", 3_600.0, sweep_previews),
        Sweep(vault).chore(),
        # search
        Chore("search index", follow.EVERY_S, follow.follow_log),
        # imports
        Importer(vault.store, keep_in(vault)).chore(),
    )
