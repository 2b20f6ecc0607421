"""Where somebody is found: the table `account_term`, a row for each place at which a name can begin to be read.

Of `Ann Arbor` these are `ann arbor` and `arbor`; of 王小明 all three characters on; so that a search is one walk along
an index from the words that were typed, whatever the number of accounts.
"""

from __future__ import annotations

import unicodedata
from itertools import pairwise
from typing import Final

from hongyan_core.store.models import AccountTerm

MAX_TERM_CHARS: Final = 64
_MAX_FOLDED_CHARS: Final = 128  # of a display name: one character of Arabic can fold to eighteen
_SELECTORS: Final = {"\ufe0e", "\ufe0f"}  # an emoji as a picture or as a letter: one and the same to who searches


def fold(text: str) -> str:
    """Width, case, runs of spaces and what has no shape of its own do not count in a search."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    shaped = (char for char in plain if unicodedata.category(char) != "Cf" and char not in _SELECTORS)
    return " ".join("".join(shaped).split())


def make_terms(name: str, display_name: str) -> set[str]:
    """The user name, and the rest of the display name from each beginning of a word and each ideograph on.

    A term that another one begins with is left out: whoever finds it finds the other.
    """
    shown = fold(display_name)[:_MAX_FOLDED_CHARS]
    starts = (at for at in range(len(shown)) if _begins(shown, at))
    terms = sorted({name} | {shown[at : at + MAX_TERM_CHARS] for at in starts})
    return {term for term, following in pairwise([*terms, ""]) if not following.startswith(term)}


def _begins(text: str, at: int) -> bool:
    """A word, any letter of a script that needs no spaces (category Lo: Chinese, kana, Hangul, Thai), an emoji."""
    if unicodedata.category(text[at]) in ("Lo", "So"):
        return True
    return text[at].isalnum() and (at == 0 or not _is_within_word(text[at - 1]))


def _is_within_word(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char).startswith("M")


def index_names(account_id: int, name: str, display_name: str) -> None:
    """Write the terms of an account anew; inside the transaction of the change."""
    forget_names(account_id)
    rows = [(term, account_id) for term in sorted(make_terms(name, display_name))]
    AccountTerm.insert_many(rows, [AccountTerm.term, AccountTerm.account]).execute()


def forget_names(account_id: int) -> None:
    """Nobody finds the account any more."""
    AccountTerm.delete().where(AccountTerm.account == account_id).execute()
