"""Names of accounts and groups: one grammar for the API, the topics and every broker."""

from __future__ import annotations

import re
from typing import Final

from hongyan.errors import MalformedName

# No "." because RabbitMQ maps "/" to "." in routing keys; no "/ + # $" because MQTT owns them.
NAME_PATTERN: Final = r"[a-z0-9][a-z0-9_-]{1,31}"
_NAME: Final = re.compile(NAME_PATTERN)

# Words that are, or may become, topic levels and system accounts. Also: frontend/src/contract/names.ts
RESERVED_NAMES: Final = frozenset(
    """admin administrator all anonymous api broker everyone group guest here hongyan im mqtt notice
    null root router security server support sys system undefined user www""".split()
)


def parse_name(text: object) -> str:
    """Return `text` if it is a name: 2 to 32 of `a-z 0-9 _ -`, the first one a letter or a digit.

    Raises:
        MalformedName: It is not a string, does not fit the grammar, or is reserved.
    """
    if not isinstance(text, str) or _NAME.fullmatch(text) is None:
        raise MalformedName(text)
    if text in RESERVED_NAMES:
        raise MalformedName(text, reserved=True)
    return text


def is_name(text: str) -> bool:
    """Whether `text` fits the grammar (a reserved word does too: it may stand in a topic, never be given out)."""
    return _NAME.fullmatch(text) is not None
