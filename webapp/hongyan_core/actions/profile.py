"""Change what others see of an account. User names do not change: no message is ever readdressed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from hongyan_core.fields import parse_about, parse_display_name, parse_language, parse_minute, parse_time_zone
from hongyan_core.pictures import make_picture
from hongyan_core.problems import Problem
from hongyan_core.store.database import raise_relations_version, write_transaction
from hongyan_core.store.models import Account
from hongyan_core.store.outbox import tell_notice
from hongyan_core.store.pictures import replace_picture
from hongyan_core.store.profiles import list_watching_friends
from hongyan_core.store.terms import index_names

_PARSERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "display_name": parse_display_name,
    "about": parse_about,
    "language": parse_language,
    "time_zone": parse_time_zone,
    "hidden": bool,
    "read_receipts": bool,
    "push_words": bool,
    "quiet_from": partial(parse_minute, field="quiet_from"),
    "quiet_to": partial(parse_minute, field="quiet_to"),
}
_SEEN_BY_FRIENDS: Final = frozenset({"display_name", "about", "picture"})
_KEPT_BY_THE_EXCHANGE: Final = frozenset({"language", "read_receipts"})


def change_profile(account: Account, wanted: Mapping[str, Any], *, at_ms: int) -> None:
    """Change some of what `_PARSERS` names. What is the same already is not told.

    Raises:
        Problem: malformed_display_name, malformed_field.
    """
    parsed = {name: _PARSERS[name](value) for name, value in wanted.items()}
    _check_quiet(account, parsed)
    changes = {name: value for name, value in parsed.items() if value != getattr(account, name)}
    if not changes:
        return
    with write_transaction():
        if _KEPT_BY_THE_EXCHANGE & changes.keys():
            raise_relations_version()
        Account.update(changes).where(Account.id == account.id).execute()
        if "display_name" in changes:
            index_names(account.id, account.name, changes["display_name"])
        _tell(account, changes.keys(), at_ms)
    _keep(account, changes)


def change_picture(account: Account, file: bytes | None, *, at_ms: int) -> None:
    """Show another face; None shows none.

    Raises:
        Problem: bad_picture, picture_too_large, rate_limited.
    """
    image = None if file is None else make_picture(file)  # before the transaction, for which the exchange waits
    with write_transaction():
        stored = Account.get_by_id(account.id)
        if stored.deleted_at_ms is not None:  # while the picture was being made
            return
        old = stored.picture
        new = replace_picture(f"user/{account.name}", old, image)
        if new == old:
            return
        Account.update(picture=new).where(Account.id == account.id).execute()
        _tell(account, {"picture"}, at_ms)
    _keep(account, {"picture": new})


def _check_quiet(account: Account, changes: Mapping[str, Any]) -> None:
    """Quiet hours have a beginning and an end, or are none."""
    ends = {name: changes.get(name, getattr(account, name)) for name in ("quiet_from", "quiet_to")}
    if (ends["quiet_from"] is None) is not (ends["quiet_to"] is None):
        raise Problem("malformed_field", next(name for name, end in ends.items() if end is None))


def _tell(account: Account, changed: Any, at_ms: int) -> None:
    friends = list_watching_friends(account) if _SEEN_BY_FRIENDS & set(changed) else []
    tell_notice([account.name, *friends], {"type": "profile_changed", "who": account.name, "at": at_ms})


def _keep(account: Account, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        setattr(account, name, value)
