"""Ask for a friendship, withdraw, answer, end it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from hongyan_core import rules
from hongyan_core.asking import REQUEST_LIFETIME_MS, Attempt, is_waiting, wait_before_asking_ms
from hongyan_core.fields import parse_request_text
from hongyan_core.problems import Problem
from hongyan_core.standing import Pair
from hongyan_core.store.database import raise_relations_version, write_transaction
from hongyan_core.store.models import Account, ContactLabel, FriendRequest, Friendship
from hongyan_core.store.outbox import tell_notice
from hongyan_core.store.people import find_account, load_pair
from hongyan_core.store.requests import count_pending, find_pending, list_attempts

__all__ = [
    "MAX_PENDING_REQUESTS",
    "REQUEST_LIFETIME_MS",
    "accept_request",
    "decline_request",
    "ignore_request",
    "request_friend",
    "unfriend",
    "withdraw_request",
]

MAX_PENDING_REQUESTS: Final = 200  # of one sender
_MAX_ID: Final = 2**31 - 1  # of PostgreSQL's serial
_HOUR_MS: Final = 3_600_000


def request_friend(account: Account, to: str, text: str, *, at_ms: int, generation: int | None = None) -> FriendRequest:
    """Ask `to`. Has `to` asked already, that request is accepted and returned (its sender is `to`).

    Args:
        generation: Of the personal link that `to` has given away; it reaches hidden people too. None: asked by name.

    Raises:
        Problem: malformed_field, request_to_self, unknown_account (by the same statements for an unknown name, a
            hidden person and a blocker), invalid_link, already_friends, you_blocked, already_requested,
            request_too_soon, too_many.
    """
    words = parse_request_text(text)
    field = "to" if generation is None else "link"
    with write_transaction():
        raise_relations_version()
        other = find_account(to)
        crossed = find_pending(other, account, at_ms=at_ms)
        attempts = list_attempts(account, other, at_ms=at_ms)
        pair = _load_pair(account, other, crossed, generation, at_ms)
        refusal = rules.REQUEST_FRIEND.decide(pair)
        if generation is not None and (refusal == "unknown_account" or not pair.by_link):
            raise Problem("invalid_link", field)
        if refusal is not None or other is None:
            raise Problem(refusal or "unknown_account", field)
        if crossed is not None:
            return _accept(crossed, at_ms)
        _refuse_too_soon(attempts, field, at_ms)
        _refuse_too_many(account, at_ms)
        return _ask(account, other, words, at_ms)


def _load_pair(
    account: Account, other: Account | None, crossed: FriendRequest | None, generation: int | None, at_ms: int
) -> Pair:
    by_link = other is not None and generation == other.link_generation
    return replace(load_pair(account, other, at_ms=at_ms), asks_me=crossed is not None, by_link=by_link)


def _refuse_too_soon(attempts: Iterable[Attempt], field: str, at_ms: int) -> None:
    wait_ms = wait_before_asking_ms(attempts, at_ms)
    if wait_ms:
        raise Problem("request_too_soon", field, wait_s=-(-wait_ms // 1_000), wait_h=-(-wait_ms // _HOUR_MS))


def _refuse_too_many(account: Account, at_ms: int) -> None:
    if count_pending(account, at_ms=at_ms) >= MAX_PENDING_REQUESTS:
        raise Problem("too_many", limit=MAX_PENDING_REQUESTS)


def _ask(account: Account, other: Account, words: str, at_ms: int) -> FriendRequest:
    request = FriendRequest.create(sender=account, recipient=other, text=words, created_at_ms=at_ms)
    notice = {"from": account.name, "display_name": account.display_name, "to": other.name, "text": words, "at": at_ms}
    tell_notice(_who_answers(other), {"type": "friend_request", "id": request.id, **notice})
    _tell_own_devices([account.name], other.name, at_ms)
    return request


def withdraw_request(account: Account, request_id: int, *, at_ms: int) -> None:
    """Take back a request of this account's that waits.

    Raises:
        Problem: unknown_request (answered ones and other people's too).
    """
    with write_transaction():
        raise_relations_version()
        request = _load_waiting(request_id, at_ms)
        if request.sender_id != account.id:
            raise Problem("unknown_request")
        _decide(request, "recalled", at_ms)
        _tell_all(request, {"type": "friend_withdrawn", "id": request.id, "at": at_ms})


def accept_request(account: Account, request_id: int, *, at_ms: int) -> FriendRequest:
    """Say yes to a request that waits for this account, or for a bot or device of its.

    Raises:
        Problem: unknown_request (answered ones, other people's, a blocker's too), unknown_account, you_blocked.
    """
    with write_transaction():
        raise_relations_version()
        request = _load_request(account, request_id, at_ms)
        refusal = rules.ACCEPT_REQUEST.decide(load_pair(request.recipient, request.sender))
        if refusal is not None:
            raise Problem(refusal)
        return _accept(request, at_ms)


def _accept(request: FriendRequest, at_ms: int) -> FriendRequest:
    sender, recipient = request.sender, request.recipient
    rows = [(sender, recipient, at_ms), (recipient, sender, at_ms)]
    fields = [Friendship.account, Friendship.friend, Friendship.since_ms]
    Friendship.insert_many(rows, fields).on_conflict_ignore().execute()
    _decide(request, "accepted", at_ms)
    _tell_all(request, {"type": "friend_accepted", "id": request.id, "at": at_ms})
    return request


def decline_request(account: Account, request_id: int, *, at_ms: int) -> FriendRequest:
    """Say no to a request that waits for this account, or a bot of its; its sender may ask again after a day.

    Raises:
        Problem: unknown_request (answered ones and other people's too).
    """
    with write_transaction():
        raise_relations_version()
        request = _load_request(account, request_id, at_ms)
        _decide(request, "declined", at_ms)
        _tell_all(request, {"type": "friend_declined", "id": request.id, "at": at_ms})
    return request


def ignore_request(account: Account, request_id: int, *, at_ms: int) -> FriendRequest:
    """Put a request out of sight. For its sender it waits until it expires; it can still be answered by its id.

    Raises:
        Problem: unknown_request (answered ones and other people's too).
    """
    with write_transaction():
        request = _load_request(account, request_id, at_ms)
        _decide(request, "ignored", at_ms)
        _tell_own_devices(_who_answers(request.recipient), request.sender.name, at_ms)
    return request


def unfriend(account: Account, name: str, *, at_ms: int) -> None:
    """End the friendship for both, with remarks and labels; what was written stays readable for both.

    Raises:
        Problem: not_friends (unknown names too).
    """
    with write_transaction():
        raise_relations_version()
        other = find_account(name)
        refusal = rules.UNFRIEND.decide(load_pair(account, other))
        if refusal is not None or other is None:
            raise Problem(refusal or "not_friends")
        for table in (Friendship, ContactLabel):
            mine = (table.account == account) & (table.friend == other)
            theirs = (table.account == other) & (table.friend == account)
            table.delete().where(mine | theirs).execute()
        tell_notice([account.name], {"type": "friend_removed", "at": at_ms, "from": other.name})
        tell_notice([other.name], {"type": "friend_removed", "at": at_ms, "from": account.name})


def _load_waiting(request_id: int, at_ms: int) -> FriendRequest:
    request = FriendRequest.get_or_none(FriendRequest.id == request_id) if 0 < request_id <= _MAX_ID else None
    if request is None or not is_waiting(Attempt(request.id, request.state, request.created_at_ms, None), at_ms):
        raise Problem("unknown_request")
    return request


def _load_request(account: Account, request_id: int, at_ms: int) -> FriendRequest:
    request = _load_waiting(request_id, at_ms)
    if account.id not in (request.recipient_id, request.recipient.owner_id):
        raise Problem("unknown_request")
    return request


def _decide(request: FriendRequest, state: str, at_ms: int) -> None:
    request.state, request.decided_at_ms = state, at_ms
    request.save(only=[FriendRequest.state, FriendRequest.decided_at_ms])


def _who_answers(recipient: Account) -> list[str]:
    """A person themselves; a bot or device and its owner."""
    return [recipient.name] if recipient.owner_id is None else [recipient.name, recipient.owner.name]


def _tell_all(request: FriendRequest, notice: dict[str, Any]) -> None:
    """Tell each side with the other's name in `from`: all devices of both keep their lists right."""
    tell_notice([request.sender.name], {**notice, "from": request.recipient.name})
    tell_notice(_who_answers(request.recipient), {**notice, "from": request.sender.name})


def _tell_own_devices(names: Iterable[str], who: str, at_ms: int) -> None:
    tell_notice(names, {"type": "contact_changed", "who": who, "at": at_ms})
