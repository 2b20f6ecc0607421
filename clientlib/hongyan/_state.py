"""The file in which a client keeps how far it has come: `{"account": "ann", "positions": {"user/bob": 7}}`."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from hongyan.errors import MalformedTopic
from hongyan.topics import ConversationKey, parse_conversation_key

Positions = dict[ConversationKey, int]


class StateFile:
    """One file of one program; a write replaces it whole, so that a crash leaves the old one or the new one."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    def load(self, account: str) -> Positions | None:
        """The positions of `account`; None where there is no file yet.

        Raises:
            ValueError: The file is another account's, or not such a file.
        """
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        try:
            state = json.loads(text)
            owner = state["account"]
            positions = {parse_conversation_key(key): int(seq) for key, seq in state["positions"].items()}
        except (ValueError, KeyError, TypeError, AttributeError, MalformedTopic):
            raise ValueError(f"{self.path} is not a state file of Hongyan") from None
        if owner != account:
            raise ValueError(f"{self.path} is the state of {owner}, not of {account}")
        return positions

    def save(self, account: str, positions: Mapping[ConversationKey, int]) -> None:
        """Replace the file; when this returns the new one is on disk."""
        state = {"account": account, "positions": {str(key): seq for key, seq in positions.items()}}
        beside = self.path.with_name(f"{self.path.name}.new")
        with beside.open("w", encoding="utf-8") as file:
            json.dump(state, file, separators=(",", ":"))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)
