"""Follow the log: who has subscribed is told what was said, a moment later, if it was not read meanwhile.

A step is: entries, their hearers, what each has not read, where each is told: some statements, however many hear it.
How far it has come is kept before the parcels leave, so that nobody is told twice; a crash costs a notification.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from hongyan.kinds import EVENT_KIND, GONE_KIND, MARK_KINDS
from hongyan_core.chores import Chore
from hongyan_core.push.parcels import Packer
from hongyan_core.push.post import Parcel
from hongyan_core.push.words import is_quiet_for, is_told, tell_joined, tell_message, tell_request
from hongyan_core.sealing import BrokenSeal
from hongyan_core.store import push as store
from hongyan_core.store.push import Entry, Hearer
from hongyan_core.store.sets import last_position

EVERY_S: Final = 0.5
COURTESY_MS: Final = 2_000  # for those who have just that conversation in view
STALE_MS: Final = 300_000
_STEP: Final = 200
_MAX_BEHIND: Final = 10_000  # entries that are looked at after a pause
_POSITION: Final = "push_position"
_REQUEST: Final = "push_request"
_SILENT: Final = frozenset({*MARK_KINDS, GONE_KIND, EVENT_KIND})
_log: Final = logging.getLogger(__name__)
Told = tuple[Hearer, bytes]
Place = tuple[int, int]  # conversation id, seq


class Follower:
    """Looks at the log. There must be one of it at a time: it is a chore of the process that holds the exchange."""

    def __init__(self, server_key: bytes, post: Callable[[Iterable[Parcel]], None]) -> None:
        self._packer = Packer(server_key)
        self._post = post
        self._position: int | None = None
        self._request = 0

    def chore(self) -> Chore:
        """For the thread of the chores."""
        return Chore("notifications", EVERY_S, self.step)

    def step(self, at_ms: int) -> bool:
        """Tell of the next entries and friend requests; whether there may be more at once."""
        if self._position is None:
            self._begin()
        if not store.has_subscriptions():
            self._position, self._request = last_position(), store.last_request()
            return False
        self._request = min(self._request, store.last_request())  # an id may come again where the newest was deleted
        before = (self._position, self._request)
        entries, more = self._take_entries(at_ms)
        requests = store.find_requests(self._request, at_ms - STALE_MS, _STEP)
        if requests:
            self._request = requests[-1].id
        if (self._position, self._request) != before:
            store.write_places({_POSITION: self._position or 0, _REQUEST: self._request})
        fresh = [entry for entry in entries if entry.at_ms > at_ms - STALE_MS]
        self._tell([*_tell_entries(fresh, at_ms)], at_ms)
        self._tell_requests([request for request in requests if not is_quiet_for(request, at_ms)], at_ms)
        return more

    def _begin(self) -> None:
        """Where it was, but not too far back; what was said before the very first start is told to nobody."""
        head, newest = last_position(), store.last_request()
        kept, request = store.read_place(_POSITION), store.read_place(_REQUEST)
        # Beyond the head: another database, or an older one, from a backup.
        self._position = head if kept is None or kept > head else max(kept, head - _MAX_BEHIND)
        self._request = newest if request is None or request > newest else request

    def _take_entries(self, at_ms: int) -> tuple[list[Entry], bool]:
        """The next ones that are old enough; a clock that was set back makes nobody wait."""
        rows = store.read_entries(self._position or 0, _STEP)
        young = (n for n, entry in enumerate(rows) if 0 <= at_ms - entry.at_ms < COURTESY_MS)
        ripe = rows[: next(young, len(rows))]
        if ripe:
            self._position = ripe[-1].position
        return ripe, len(ripe) == _STEP

    def _tell(self, told: Sequence[Told], at_ms: int) -> None:
        if told:
            by_account: dict[int, list[Told]] = {}
            for each in told:
                by_account.setdefault(each[0].account_id, []).append(each)
            self._post(self._pack(store.find_subscriptions(by_account, at_ms=at_ms), by_account))

    def _pack(self, subscriptions: Iterable[store.Subscription], by_account: dict[int, list[Told]]) -> Iterator[Parcel]:
        for subscription in subscriptions:
            for hearer, plain in by_account[subscription.account_id]:
                urgent = hearer.mentioned or hearer.key.startswith("user/")
                of = hearer.conversation_id, hearer.seq
                yield from self._try(subscription, plain, about=hearer.key, of=of, urgent=urgent)

    def _tell_requests(self, requests: Sequence[store.Request], at_ms: int) -> None:
        words: dict[int, list[store.Request]] = {}
        for request in requests:
            words.setdefault(request.account_id, []).append(request)
        self._post(
            parcel
            for subscription in store.find_subscriptions(words, at_ms=at_ms)
            for request in words[subscription.account_id]
            for parcel in self._try(subscription, tell_request(request), about=f"request/{request.who}", urgent=False)
        )

    def _try(
        self, subscription: store.Subscription, plain: bytes, *, about: str, of: Place | None = None, urgent: bool
    ) -> Iterator[Parcel]:
        try:
            yield self._packer.pack(subscription, plain, about=about, of=of, urgent=urgent)
        except BrokenSeal:  # secret.key is another one now: browsers subscribe anew
            _log.warning("a subscription to notifications was made with another secret.key, and is dropped")
            store.drop_subscription(subscription.id)


def _tell_entries(entries: Sequence[Entry], at_ms: int) -> Iterator[Told]:
    """Whom to tell what, of a step: of each conversation one message, a mention rather than what came after it."""
    said = {(entry.conversation_id, entry.seq): (entry, _decode(entry.payload)) for entry in _choose(entries)}
    joined = [(entry, name) for entry in entries for name in _find_newcomers(entry)]
    heard = [hearer for hearer in store.find_hearers(entry for entry, _ in said.values()) if is_told(hearer, at_ms)]
    newest: dict[tuple[int, str], Hearer] = {}
    for hearer in sorted(heard, key=lambda each: (each.mentioned, each.seq)):
        newest[hearer.account_id, hearer.key] = hearer
    named = [hearer for hearer in store.find_named(joined) if is_told(hearer, at_ms)]
    unread = store.count_unread({hearer.account_id for hearer in (*newest.values(), *named)}, at_ms=at_ms)
    for hearer in newest.values():
        entry, words = said[hearer.conversation_id, hearer.seq]
        count = unread.get(hearer.account_id, 0)
        yield hearer, tell_message(hearer, words, at_ms=entry.at_ms, unread=count)
    for hearer in named:
        yield hearer, tell_joined(hearer, at_ms=at_ms, unread=unread.get(hearer.account_id, 0))


def _choose(entries: Sequence[Entry]) -> list[Entry]:
    """Of each conversation the newest message, and the newest that names somebody: a burst is one notification.

    And the newest of anybody else, for who wrote the newest of all, and for who has blocked them. So a channel that is
    written to without a break costs its readers to be looked up three times a step, not 200 times.
    """
    chosen: dict[tuple[int, str], Entry] = {}
    for entry in reversed(entries):
        if entry.kind in _SILENT or _is_imported(entry):
            continue
        newest = chosen.setdefault((entry.conversation_id, "newest"), entry)
        if entry.sender_id != newest.sender_id:
            chosen.setdefault((entry.conversation_id, "of another"), entry)
        if '"mentions"' in entry.payload:
            chosen.setdefault((entry.conversation_id, "naming"), entry)
    return list({entry.position: entry for entry in chosen.values()}.values())


def _is_imported(entry: Entry) -> bool:
    return '"imported"' in entry.payload and "imported" in _decode(entry.payload)


def _find_newcomers(entry: Entry) -> list[str]:
    """Whom a line of a group says to have come in, by somebody else's hand."""
    if entry.kind != EVENT_KIND or '"joined"' not in entry.payload:
        return []
    line = _decode(entry.payload)
    who = line.get("who") if line.get("event") == "joined" else None
    return [name for name in who if name != line.get("from")] if isinstance(who, list) else []


_decode: Final[Callable[[str], dict[str, Any]]] = msgspec.json.Decoder(dict[str, Any]).decode
