"""Where somebody is found: the table `account_term`, a row for each place at which a name can begin to be read.

Of `Ann Arbor` these are `ann arbor` and `arbor`; of 王小明 all three characters on; so that a search is one walk along
an index from the words that were typed, whatever the number of accounts.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from hongyan_core.store.models import AccountTerm

MAX_TERM_CHARS: Final = 64


def fold(text: str) -> str:
    """Width, case and runs of spaces do not count in a search."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def make_terms(name: str, display_name: str) -> set[str]:
    """The user name, and the rest of the display name from each beginning of a word and each ideograph on."""
    shown = fold(display_name)
    starts = (at for at in range(len(shown)) if _begins(shown, at))
    return {name} | {shown[at : at + MAX_TERM_CHARS] for at in starts}


def _begins(text: str, at: int) -> bool:
    if not text[at].isalnum():
        return False
    return at == 0 or not text[at - 1].isalnum() or (not text[at].isascii() and unicodedata.category(text[at]) == "Lo")


def index_names(account_id: int, name: str, display_name: str) -> None:
    """Write the terms of an account anew; inside the transaction of the change."""
    forget_names(account_id)
    rows = [(term, account_id) for term in sorted(make_terms(name, display_name))]
    AccountTerm.insert_many(rows, [AccountTerm.term, AccountTerm.account]).execute()


def forget_names(account_id: int) -> None:
    """Nobody finds the account any more."""
    AccountTerm.delete().where(AccountTerm.account == account_id).execute()
