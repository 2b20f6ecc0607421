"""Subscribe a browser to notifications, end it, try it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hongyan_core.problems import Problem
from hongyan_core.push.parcels import TEST_TTL_S, Address, Packer, are_keys, hash_endpoint, is_endpoint, seal_address
from hongyan_core.push.post import Answer, Parcel, settle
from hongyan_core.push.words import tell_test
from hongyan_core.sealing import BrokenSeal
from hongyan_core.store import push as store
from hongyan_core.store.database import write_transaction
from hongyan_core.store.models import Account, Credential, PushSubscription
from hongyan_core.store.sets import read

MAX_SUBSCRIPTIONS: Final = 10  # of one account
Send = Callable[[Parcel], Answer]


@dataclass(frozen=True, slots=True)
class Told:
    """A browser that is told, as its owner sees it."""

    id: int
    label: str
    created_at_ms: int
    current: bool


def subscribe(
    account: Account,
    credential: Credential,
    address: Address,
    *,
    server_key: bytes,
    own_origins: tuple[str, ...],
    at_ms: int,
) -> int:
    """Tell this browser from now on, as long as its session lasts; returns the id.

    A session has one subscription, and an endpoint one session: what stood there before is replaced.

    Raises:
        Problem: malformed_field (endpoint, keys), too_many, not_signed_in (the session ended meanwhile).
    """
    if not is_endpoint(address.endpoint, own_origins):
        raise Problem("malformed_field", "endpoint")
    if not are_keys(address.p256dh, address.auth):
        raise Problem("malformed_field", "keys")
    endpoint_hash = hash_endpoint(address.endpoint)
    sealed = seal_address(address, server_key)
    with write_transaction():
        if Credential.get_or_none(Credential.id == credential.id) is None:
            raise Problem("not_signed_in")
        before = (PushSubscription.credential == credential) | (PushSubscription.endpoint_hash == endpoint_hash)
        PushSubscription.delete().where(before).execute()
        if PushSubscription.select().where(PushSubscription.account == account).count() >= MAX_SUBSCRIPTIONS:
            raise Problem("too_many", limit=MAX_SUBSCRIPTIONS)
        row = PushSubscription.create(
            account=account,
            credential=credential,
            endpoint_hash=endpoint_hash,
            sealed=sealed,
            created_at_ms=at_ms,
        )
    return int(row.id)


def list_subscriptions(account: Account, credential: Credential) -> list[Told]:
    """The browsers of an account that are told, oldest first."""
    rows = read(
        """SELECT p.id, c.label, p.created_at_ms, p.credential_id FROM push_subscription p
        JOIN credential c ON c.id = p.credential_id WHERE p.account_id = ? ORDER BY p.id""",
        account.id,
    )
    return [Told(id_, label, at_ms, by == credential.id) for id_, label, at_ms, by in rows]


def unsubscribe(account: Account, subscription_id: int) -> None:
    """Tell a browser nothing more.

    Raises:
        Problem: unknown_subscription (another account's too).
    """
    with write_transaction():
        mine = (PushSubscription.id == subscription_id) & (PushSubscription.account == account)
        if not PushSubscription.delete().where(mine).execute():
            raise Problem("unknown_subscription")


def try_push(account: Account, credential: Credential, packer: Packer, send: Send, *, at_ms: int) -> None:
    """Tell this browser that it works; it waits for the push service.

    Raises:
        Problem: unknown_subscription, not_pushed.
    """
    current = {told.id for told in list_subscriptions(account, credential) if told.current}
    found = [each for each in store.find_subscriptions([account.id], at_ms=at_ms) if each.id in current]
    if not found:
        raise Problem("unknown_subscription")
    plain = tell_test(account.language, at_ms=at_ms)
    try:
        answer = send(packer.pack(found[0], plain, urgent=True, ttl_s=TEST_TTL_S))
    except (BrokenSeal, OSError, ValueError):
        raise Problem("not_pushed") from None
    settle(found[0], answer, at_ms=at_ms)
    if not answer.is_taken:
        raise Problem("not_pushed")
