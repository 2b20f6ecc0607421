"""Which chores there are, by what the operator has set."""

from __future__ import annotations

from hongyan_core.actions.previews import sweep_previews
from hongyan_core.chores import Chore
from hongyan_core.settings import Settings


def list_chores(settings: Settings) -> tuple[Chore, ...]:
    """The chores of the process that holds the exchange."""
    del settings
    return (
        # erasing and retention
        # files
        Chore("previews", 3_600.0, sweep_previews),
        # search
        # imports
    )
