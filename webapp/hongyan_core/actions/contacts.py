"""What somebody alone sees of their friends: remark, labels, star. And the personal link."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from hongyan_core import rules
from hongyan_core.fields import parse_contact_label, parse_known_label, parse_remark
from hongyan_core.problems import Problem
from hongyan_core.store.contacts import Friend, load_friend
from hongyan_core.store.database import write_transaction
from hongyan_core.store.models import Account, ContactLabel, Friendship
from hongyan_core.store.outbox import tell_notice
from hongyan_core.store.people import find_account, load_pair
from hongyan_core.store.sets import read, write

MAX_LABELS_OF_FRIEND: Final = 20
MAX_LABELS: Final = 100  # of one account
_PAGE: Final = 500  # rows of one transaction


def change_contact(
    account: Account,
    name: str,
    *,
    remark: str | None = None,
    labels: Sequence[str] | None = None,
    starred: bool | None = None,
    at_ms: int,
) -> Friend:
    """Change what `account` sees of a friend; None leaves it as it is. `labels` are all that the friend has then.

    Raises:
        Problem: not_friends (unknown names too), malformed_field, too_many (field labels).
    """
    columns: dict[str, Any] = {} if remark is None else {"remark": parse_remark(remark)}
    if starred is not None:
        columns["starred"] = starred
    kept = None if labels is None else _parse_labels(labels)
    with write_transaction():
        friend = _load_friend(account, name)
        if columns:
            mine = (Friendship.account == account) & (Friendship.friend == friend)
            Friendship.update(columns).where(mine).execute()
        if kept is not None:
            _put_labels(account, friend, kept)
        tell_notice([account.name], {"type": "contact_changed", "who": friend.name, "at": at_ms})
        return load_friend(account, friend.name)


def _load_friend(account: Account, name: str) -> Account:
    other = find_account(name)
    refusal = rules.CHANGE_CONTACT.decide(load_pair(account, other))
    if refusal is not None or other is None:
        raise Problem(refusal or "not_friends")
    return other


def _parse_labels(labels: Iterable[str]) -> list[str]:
    kept = sorted({parse_contact_label(label, "labels") for label in labels})
    if len(kept) > MAX_LABELS_OF_FRIEND:
        raise Problem("too_many", "labels", limit=MAX_LABELS_OF_FRIEND)
    return kept


def _put_labels(account: Account, friend: Account, labels: Sequence[str]) -> None:
    ContactLabel.delete().where((ContactLabel.account == account) & (ContactLabel.friend == friend)).execute()
    if labels:
        rows = [(account, label, friend) for label in labels]
        fields = [ContactLabel.account, ContactLabel.label, ContactLabel.friend]
        ContactLabel.insert_many(rows, fields).execute()
    ((count,),) = read("SELECT COUNT(DISTINCT label) FROM contact_label WHERE account_id = ?", account.id)
    if count > MAX_LABELS:
        raise Problem("too_many", "labels", limit=MAX_LABELS)


def rename_label(account: Account, label: str, new: str, *, at_ms: int) -> str:
    """Give a label another name, for all who have it; that of another label makes one of the two. The name as kept.

    Raises:
        Problem: malformed_field (field label), unknown_label.
    """
    kept, old = parse_contact_label(new, "label"), parse_known_label(label)

    def move(page: Sequence[int]) -> None:
        fields = [ContactLabel.account, ContactLabel.label, ContactLabel.friend]
        rows = [(account.id, kept, friend_id) for friend_id in page]
        ContactLabel.insert_many(rows, fields).on_conflict_ignore().execute()
        _take_off(account, old, page)

    if old != kept:
        _walk(account, old, move, at_ms)
    elif not _list_labelled(account, old):
        raise Problem("unknown_label")
    return kept


def delete_label(account: Account, label: str, *, at_ms: int) -> None:
    """Take a label off everybody.

    Raises:
        Problem: unknown_label.
    """
    known = parse_known_label(label)
    _walk(account, known, lambda page: _take_off(account, known, page), at_ms)


def _walk(account: Account, label: str, change: Callable[[Sequence[int]], None], at_ms: int) -> None:
    """Change who has a label, 500 rows a transaction; cut short, it goes on when it is asked again."""
    found = False
    while True:
        with write_transaction():
            page = _list_labelled(account, label)
            if not page:
                break
            found = True
            change(page)
            tell_notice([account.name], {"type": "contact_changed", "label": label, "at": at_ms})
    if not found:
        raise Problem("unknown_label")


def _list_labelled(account: Account, label: str) -> list[int]:
    rows = read(
        "SELECT friend_id FROM contact_label WHERE account_id = ? AND label = ? LIMIT ?", account.id, label, _PAGE
    )
    return [friend_id for (friend_id,) in rows]


def _take_off(account: Account, label: str, friends: Sequence[int]) -> None:
    mine = (ContactLabel.account == account) & (ContactLabel.label == label)
    ContactLabel.delete().where(mine & ContactLabel.friend.in_(friends)).execute()


# --- the personal link


def renew_link(account: Account) -> int:
    """End the personal link and begin another; its generation."""
    with write_transaction():
        write("UPDATE account SET link_generation = link_generation + 1 WHERE id = ?", account.id)
        ((generation,),) = read("SELECT link_generation FROM account WHERE id = ?", account.id)
    account.link_generation = generation
    return int(generation)
