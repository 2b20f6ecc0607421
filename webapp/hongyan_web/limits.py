"""Abuse limits of the API: how often an address, or an account, may do what is costly or annoys others.

The counters are rows of the table `Rate`, so that several web processes count together. A throttled call costs one
small write transaction; only the calls of the table below are throttled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any, Final, cast

import peewee
from flask import Flask, request
from flask_limiter import Limiter
from limits import parse
from limits.storage import Storage

from hongyan_core.store.database import write_transaction
from hongyan_core.store.models import Rate
from hongyan_web.context import now_ms
from hongyan_web.signin import find_caller

_DAY_MS: Final = 86_400_000


def address() -> str:
    """The caller's address, of IPv6 its network; the one behind a proxy only where `trusted_proxies` is set."""
    try:
        found = ip_address(request.remote_addr or "")
    except ValueError:  # a Unix socket has none
        return "unknown"
    # One customer has a whole /64, and with it 2^64 addresses.
    return str(found if found.version == 4 else ip_network((int(found), 64), strict=False).network_address)


def account() -> str:
    """The caller's account, or the address of one who is not signed in."""
    caller = find_caller()
    return f"account:{caller.account.name}" if caller else address()


@dataclass(frozen=True, slots=True)
class Throttle:
    """`rate` for each value of `key`; endpoints with the same `scope` are counted together."""

    scope: str
    rate: str
    key: Callable[[], str]


Throttles = Mapping[str, Sequence[Throttle]]

# Generous for a class behind one address; what makes guessing slow is hongyan_core/delays.py.
_PASSWORD: Final = (Throttle("password-address", "60 per minute", address),)
_LINK: Final = (Throttle("links", "120 per minute", address),)  # nobody guesses 128 bits; it bounds the work
_PICTURES: Final = (Throttle("pictures", "60 per hour", account),)  # to decode one takes up to a second
THROTTLES: Final[Throttles] = {
    "accounts.register": (Throttle("register", "100 per hour", address),),
    "resets.ask": (Throttle("resets", "30 per hour", address),),
    "resets.reset": _LINK,
    "addresses.confirm": _LINK,
    "links.show_link": _LINK,
    "addresses.change": (*_PASSWORD, Throttle("addresses", "10 per hour", account)),
    "addresses.drop": _PASSWORD,
    "session.sign_in": _PASSWORD,
    "accounts.change_own_password": _PASSWORD,
    **dict.fromkeys(
        (
            "passkeys.offer_new",
            "passkeys.sign_in",
            "pending.answer",
            "second_factor.begin",
            "second_factor.confirm",
            "second_factor.remove",
            "second_factor.renew",
            "ways_in.begin_link",
        ),
        _PASSWORD,
    ),
    **dict.fromkeys(("oidc.start", "oidc.finish"), (Throttle("provider", "60 per minute", address),)),
    "tokens.create_token": (*_PASSWORD, Throttle("tokens", "60 per hour", account)),
    "friends.request": (Throttle("friend-requests", "100 per hour", account),),
    # profile, devices, bots
    "profile.set_picture": _PICTURES,
    "bots.set_picture": _PICTURES,
    "bots.create": (Throttle("bots", "60 per hour", account),),
    "reports.report": (Throttle("reports", "20 per hour", account),),
    "leaving.export": (Throttle("exports", "6 per hour", account),),
    "leaving.delete": _PASSWORD,
    "admin.broadcast": (Throttle("broadcasts", "20 per hour", account),),
    # contacts and links
    "labels.broadcast": (Throttle("broadcasts", "10 per hour", account),),
    "my_link.renew": (Throttle("personal-links", "20 per hour", account),),
    "people.search": (Throttle("search", "120 per minute", account),),
    # stickers and previews
    "previews.show": (Throttle("previews", "120 per minute", account),),
    # scheduled messages, drafts, receipts
    "scheduled.create": (Throttle("scheduled", "120 per hour", account),),
    **dict.fromkeys(("drafts.keep_with_user", "drafts.keep_in_group"), (Throttle("drafts", "60 per minute", account),)),
    # the list of conversations
    **dict.fromkeys(("list_marks.keep", "list_marks.drop"), (Throttle("list-marks", "240 per minute", account),)),
    # export and import
    "imports.begin": (Throttle("imports", "20 per hour", account),),
    "conversation_export.export": (Throttle("conversation-exports", "30 per hour", account),),
    # web push
    "push.subscribe_here": (Throttle("push-subscriptions", "60 per hour", account),),
    "push.try_here": (Throttle("push-tests", "20 per hour", account),),
    # groups
    "groups.create": (Throttle("groups", "60 per hour", account),),
    "group_joining.join": (Throttle("joins", "60 per hour", account),),
    "groups.set_picture": _PICTURES,
    # files
    "uploads.begin": (Throttle("uploads", "600 per hour", account),),
    # search and history
    "search.find": (Throttle("search-messages", "120 per minute", account),),
}


def install(app: Flask, throttles: Throttles = THROTTLES) -> None:
    """Throttle the endpoints of the table; call it when their views are registered."""
    limiter = Limiter(
        address,
        storage_uri=f"{RateTable.STORAGE_SCHEME[0]}://",
        storage_options=cast(dict[str, Any], {"now_ms": app.extensions["hongyan"].now_ms}),
        strategy="fixed-window",
        headers_enabled=False,
    )
    limiter.init_app(app)
    for endpoint, rules in throttles.items():
        for rule in rules:
            app.view_functions[endpoint] = _throttled(limiter, rule, app.view_functions[endpoint])


def retry_after_s(app: Flask) -> int:
    """After how many whole seconds the limit that was hit is open again; at least 1."""
    limiter = next(iter(app.extensions["limiter"]))
    current = limiter.current_limit
    return max(1, current.reset_at - now_ms() // 1_000) if current else 1


def _throttled(limiter: Limiter, rule: Throttle, view: Callable[..., Any]) -> Callable[..., Any]:
    return limiter.shared_limit(rule.rate, scope=rule.scope, key_func=rule.key)(view)


class RateTable(Storage):
    """The counters of `limits` in the table `Rate`; windows are aligned to the epoch."""

    STORAGE_SCHEME: Final = ["hongyan"]  # type: ignore[misc]

    def __init__(self, uri: str | None = None, *, now_ms: Callable[[], int], **options: Any) -> None:
        super().__init__(uri, **options)
        self._now_ms = now_ms

    @property
    def base_exceptions(self) -> type[Exception]:
        """What counts as a failure of the store."""
        return peewee.PeeweeException

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, and return what is counted in this window; a new window sweeps away those of yesterday."""
        del expiry
        with write_transaction():
            count = self._count(key, amount)
            if count == amount:
                Rate.delete().where(Rate.window_start_ms < self._now_ms() - _DAY_MS).execute()
        return count

    def _count(self, key: str, amount: int) -> int:
        rows = (
            Rate.insert(key=key, window_start_ms=self._window_start_ms(key), count=amount)
            .on_conflict(conflict_target=[Rate.key, Rate.window_start_ms], update={Rate.count: Rate.count + amount})
            .returning(Rate.count)
            .execute()
        )
        return int(next(iter(rows)).count)

    def get(self, key: str) -> int:
        """What is counted in this window."""
        row = Rate.get_or_none(Rate.key == key, Rate.window_start_ms == self._window_start_ms(key))
        return int(row.count) if row else 0

    def get_expiry(self, key: str) -> float:
        """When this window ends, in seconds since the epoch."""
        return (self._window_start_ms(key) + _window_ms(key)) / 1_000

    def check(self) -> bool:
        """Whether the store answers."""
        return Rate.select().limit(1).count() >= 0

    def reset(self) -> int:
        """Forget all counters."""
        return int(Rate.delete().execute())

    def clear(self, key: str) -> None:
        """Forget one counter."""
        Rate.delete().where(Rate.key == key).execute()

    def _window_start_ms(self, key: str) -> int:
        return self._now_ms() // _window_ms(key) * _window_ms(key)


def _window_ms(key: str) -> int:
    """The length of a key's window: `limits` ends its keys with `/amount/multiples/granularity`."""
    amount, multiples, granularity = key.rsplit("/", 3)[1:]
    return parse(f"{amount} per {multiples} {granularity}").get_expiry() * 1_000
