"""Ask for a friendship, answer, end it."""

from __future__ import annotations

from typing import Any, Final

from hongyan_core import rules
from hongyan_core.fields import parse_request_text
from hongyan_core.problems import Problem
from hongyan_core.store.database import raise_relations_version, write_transaction
from hongyan_core.store.models import Account, FriendRequest, Friendship
from hongyan_core.store.outbox import tell_notice
from hongyan_core.store.people import find_account, find_pending, load_pair

MAX_PENDING_REQUESTS: Final = 200  # of one sender
_MAX_ID: Final = 2**31 - 1  # of PostgreSQL's serial


def request_friend(account: Account, to: str, text: str, *, at_ms: int) -> FriendRequest:
    """Ask `to`. Has `to` asked already, that request is accepted and returned (its sender is `to`).

    Raises:
        Problem: malformed_field, request_to_self, unknown_account, already_friends, you_blocked, blocked,
            already_requested, too_many.
    """
    words = parse_request_text(text)
    with write_transaction():
        raise_relations_version()
        other = find_account(to)
        refusal = rules.REQUEST_FRIEND.decide(load_pair(account, other))
        if refusal is not None or other is None:
            raise Problem(refusal or "unknown_account", "to")
        crossed = find_pending(other, account)
        if crossed is not None:
            return _accept(crossed, other, account, at_ms)
        _refuse_too_many(account)
        request = FriendRequest.create(sender=account, recipient=other, text=words, created_at_ms=at_ms)
        notice = {"from": account.name, "display_name": account.display_name, "text": words, "at": at_ms}
        tell_notice([other.name], {"type": "friend_request", "id": request.id, **notice})
    return request


def _refuse_too_many(account: Account) -> None:
    waiting = (FriendRequest.sender == account) & (FriendRequest.state == "pending")
    if FriendRequest.select().where(waiting).count() >= MAX_PENDING_REQUESTS:
        raise Problem("too_many", limit=MAX_PENDING_REQUESTS)


def accept_request(account: Account, request_id: int, *, at_ms: int) -> FriendRequest:
    """Say yes to a request that waits for this account.

    Raises:
        Problem: unknown_request (answered ones and other people's too), unknown_account, you_blocked, blocked.
    """
    with write_transaction():
        raise_relations_version()
        request = _load_request(account, request_id)
        refusal = rules.ACCEPT_REQUEST.decide(load_pair(account, request.sender))
        if refusal is not None:
            raise Problem(refusal)
        return _accept(request, request.sender, account, at_ms)


def _accept(request: FriendRequest, sender: Account, recipient: Account, at_ms: int) -> FriendRequest:
    rows = [(sender, recipient, at_ms), (recipient, sender, at_ms)]
    fields = [Friendship.account, Friendship.friend, Friendship.since_ms]
    Friendship.insert_many(rows, fields).on_conflict_ignore().execute()
    _decide(request, "accepted", at_ms)
    _tell_both(sender, recipient, {"type": "friend_accepted", "id": request.id, "at": at_ms})
    return request


def decline_request(account: Account, request_id: int, *, at_ms: int) -> FriendRequest:
    """Say no to a request that waits for this account; its sender may ask again.

    Raises:
        Problem: unknown_request (answered ones and other people's too).
    """
    with write_transaction():
        raise_relations_version()
        request = _load_request(account, request_id)
        _decide(request, "declined", at_ms)
        _tell_both(request.sender, account, {"type": "friend_declined", "id": request.id, "at": at_ms})
    return request


def unfriend(account: Account, name: str, *, at_ms: int) -> None:
    """End the friendship for both; what was written stays readable for both.

    Raises:
        Problem: not_friends (unknown names too).
    """
    with write_transaction():
        raise_relations_version()
        other = find_account(name)
        refusal = rules.UNFRIEND.decide(load_pair(account, other))
        if refusal is not None or other is None:
            raise Problem(refusal or "not_friends")
        mine = (Friendship.account == account) & (Friendship.friend == other)
        theirs = (Friendship.account == other) & (Friendship.friend == account)
        Friendship.delete().where(mine | theirs).execute()
        _tell_both(account, other, {"type": "friend_removed", "at": at_ms})


def _load_request(recipient: Account, request_id: int) -> FriendRequest:
    request = None
    if 0 < request_id <= _MAX_ID:
        request = FriendRequest.get_or_none(
            (FriendRequest.id == request_id)
            & (FriendRequest.recipient == recipient)
            & (FriendRequest.state == "pending")
        )
    if request is None:
        raise Problem("unknown_request")
    return request


def _decide(request: FriendRequest, state: str, at_ms: int) -> None:
    request.state, request.decided_at_ms = state, at_ms
    request.save(only=[FriendRequest.state, FriendRequest.decided_at_ms])


def _tell_both(one: Account, other: Account, notice: dict[str, Any]) -> None:
    """Tell each with the other's name in `from`: all devices of both keep their lists right."""
    tell_notice([one.name], {**notice, "from": other.name})
    tell_notice([other.name], {**notice, "from": one.name})
