"""What a name looks like to a person: two names of one skeleton are taken for each other."""

from __future__ import annotations

from typing import Final

# Within the grammar of names; pairs first, for they hold what single characters hold.
_PAIRS: Final = (("rn", "m"), ("vv", "w"))
_SINGLE: Final = str.maketrans({"0": "o", "1": "l", "i": "l", "_": "-"})


def skeleton(name: str) -> str:
    """The same for names that are easily mistaken: `admin` and `adm1n`, `tom_1` and `torn-l`."""
    for pair, one in _PAIRS:
        name = name.replace(pair, one)
    return name.translate(_SINGLE)
