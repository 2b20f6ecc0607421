"""Accept a message: parse, rules, rate limit, stamp, store, answer, deliver. Knows no broker and no socket.

A batch is one transaction. Everything it changes in memory (token buckets, positions, presence) is staged in a
`Memory` and holds only when the transaction has committed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from hongyan.errors import Code
from hongyan.limits import Limits
from hongyan_core import notices, rules
from hongyan_core.batch import Batch, Memory
from hongyan_core.decisions import (
    Accepted,
    AccountChanged,
    Decided,
    Decision,
    Delivery,
    Effect,
    ExchangeRunning,
    LeftGroup,
    Refused,
    Revoked,
    StoreUnavailable,
    Submission,
    Told,
)
from hongyan_core.due import Watch
from hongyan_core.effects import (
    asks_to_write,
    delete_rows,
    make_effects,
    make_requests,
    read_outbox,
    take_effects,
)
from hongyan_core.gather import Known
from hongyan_core.intake import BadRequest, Request, SendRequest, parse_submission
from hongyan_core.lease import Lease, make_lease
from hongyan_core.presence import LEASE_MS, People, PresenceChanges, Visible
from hongyan_core.rates import TokenBuckets
from hongyan_core.store.connections import forget_connections
from hongyan_core.store.database import (
    ExchangeTransaction,
    hold_relations_version,
    prepare_to_write_much,
    write_transaction,
)
from hongyan_core.store.due import settle
from hongyan_core.store.facts import KnownAccount, load_accounts, load_watchers
from hongyan_core.store.log import record, write_all_offline, write_presence
from hongyan_core.store.models import proxy
from hongyan_core.store.sets import Row, last_position

__all__ = [
    "Accepted",
    "AccountChanged",
    "Decided",
    "Decision",
    "Delivery",
    "Effect",
    "Exchange",
    "ExchangeRunning",
    "LeftGroup",
    "Refused",
    "Revoked",
    "StoreUnavailable",
    "Submission",
    "Told",
]
_log: Final = logging.getLogger(__name__)
# After a repeat so many messages are looked for among the stored first: whose connection broke repeats a window or two.
_WARY_MESSAGES: Final = 5_000


class Exchange:
    """The one place that decides. All calls come from one thread: the database connection and the lease are its own.

    Attributes:
        head: The position of the newest committed message whose deliveries were returned.
    """

    def __init__(self, *, limits: Limits, now_ms: Callable[[], int], leases: bool) -> None:
        self.head = 0
        self._limits = limits
        self._now_ms = now_ms
        self._leases = leases  # devices expire LEASE_MS after their last status: external brokers
        self._buckets = TokenBuckets(limits.messages_per_s, limits.messages_burst)
        self._people = People()
        self._known = Known()
        self._watch = Watch()
        self._wary = _WARY_MESSAGES  # messages left that are looked for before they are written
        self._position: int | None = None  # of the newest message in the database; None: ask it
        self._lease: Lease | None = None

    def open(self) -> None:
        """Take the lease on the database, find the head, and set everybody offline.

        Raises:
            ExchangeRunning: Another exchange serves this database.
            StoreUnavailable: It cannot be read or written.
        """
        if self._lease is None:
            self._lease = make_lease(proxy.obj)
        with _translated():
            self._lease.hold()
            prepare_to_write_much()
            self.head = self._position = last_position()
            with write_transaction():
                write_all_offline(self._now_ms())
                forget_connections()

    def close(self) -> None:
        """Give the lease back."""
        if self._lease is not None:
            self._lease.release()
            self._lease = None

    def accept(self, batch: Sequence[Submission]) -> list[Decision]:
        """Decide a batch in one transaction; the decisions stand in its order, and what is accepted is on disk.

        Raises:
            StoreUnavailable: The database cannot write: locked, full, gone, or another exchange has taken the lease
                while it was gone. Nothing was kept; call again with the same batch.
        """
        if not batch:
            return []
        requests = [parse_submission(s, max_payload_bytes=self._limits.max_payload_bytes) for s in batch]
        with self._writing():
            decisions, memory = self._commit(requests)
        self._keep(memory)
        return decisions

    def drain_outbox(self) -> list[Effect]:
        """Take up to 500 rows out of the outbox, oldest first, and return their effects; empty when nothing waits.

        The rows are gone when this returns, so a crash before the effects are done loses them: notices are hints,
        a crash closes all connections by itself, and external brokers compare generations at their start. What is to
        be stored is stored in the transaction that deletes its row.

        Raises:
            StoreUnavailable: The database cannot write; the rows stay.
        """
        with _translated():
            rows = read_outbox()
            if not asks_to_write(rows):
                return take_effects(rows) if rows else []
        ids, requests = make_requests(rows)
        with self._writing():
            decisions, memory = self._commit(requests, rows)
        self._keep(memory)
        return list(make_effects(rows, ids, decisions))

    def run_due(self) -> list[Decided]:
        """Send what was to be sent later, and erase what has disappeared; looks once a second at most.

        Raises:
            StoreUnavailable: The database cannot write; call again.
        """
        with _translated():
            due = self._watch.look(self._now_ms())
        if due is None:
            return []
        with self._writing():
            decisions, memory = self._commit(due.make_requests())
        self._keep(memory)
        try:
            with self._writing(), write_transaction():
                settle(due.judge(decisions, self._now_ms()))
        except StoreUnavailable as problem:  # the same ids again next time: repeats, which cost nothing
            _log.warning("what was sent at its time cannot be noted yet: %s", problem)
        return [Decided(decision) for decision in decisions]

    def expire_leases(self) -> list[Delivery]:
        """Set devices offline that have said nothing for 150 s; returns what their friends are told.

        Raises:
            StoreUnavailable: The database cannot write; call again.
        """
        at_ms = self._now_ms()
        silent = self._people.silent_since(at_ms - LEASE_MS) if self._leases else []
        if not silent:
            return []
        changes = self._people.begin(max_devices=self._limits.max_sessions)
        seen: dict[str, Visible] = {}
        for account, device in silent:
            visible = changes.say(account, device, "offline", "", at_ms)
            if visible is not None:
                seen[account] = visible
        with self._writing(), write_transaction():
            hold_relations_version()
            ids = load_accounts(seen)
            write_presence({ids[name].id: visible for name, visible in seen.items() if name in ids}, at_ms)
            known = [(ids[name], visible) for name, visible in seen.items() if name in ids]
            deliveries = [d for told in _tell_presences(known, at_ms, self._picker(changes)) for d in told]
        self._people.keep(changes)
        return deliveries

    # --- one batch

    def _commit(self, requests: list[Request], told: Sequence[Row] = ()) -> tuple[list[Decision], Memory]:
        """Write in the hope that no id is known; then, if the database finds one, with a look at them; then bisect.

        To look costs as much as to decide, and nearly all messages are new.

        Args:
            told: Rows of the outbox to be deleted in the same transaction.
        """
        memory = self._begin()
        for check_ids in (False, True) if self._wary <= 0 else (True,):
            try:
                return self._try(requests, memory, told, check_ids=check_ids)
            except Exception as error:
                if _is_store_failure(error):
                    raise
                self._known.forget()
                self._wary = _WARY_MESSAGES
                failure = type(error).__name__
        _log.warning("a message of a batch of %d cannot be stored (%s): bisecting", len(requests), failure)
        with write_transaction():
            self._known.renew(hold_relations_version())
            if told:
                delete_rows(told)
            return self._bisect(requests, memory)

    def _try(
        self, requests: list[Request], memory: Memory, told: Sequence[Row], *, check_ids: bool
    ) -> tuple[list[Decision], Memory]:
        with ExchangeTransaction() as version:
            self._known.renew(version)
            if told:
                delete_rows(told)
            return self._apply(requests, memory.copy(), check_ids=check_ids)

    def _begin(self) -> Memory:
        if self._position is None:
            self._position = last_position()
        return Memory(
            self._position,
            self._buckets.charge(self._now_ms()),
            self._people.begin(max_devices=self._limits.max_sessions),
        )

    def _apply(
        self, requests: Sequence[Request], memory: Memory, *, check_ids: bool = True
    ) -> tuple[list[Decision], Memory]:
        """Decide and write, inside the transaction."""
        at_ms = memory.charges.at_ms
        untold = range(self.head + 1, (self._position or 0) + 1)
        facts = self._known.gather(requests, untold=untold, check_ids=check_ids)
        self._wary = _WARY_MESSAGES if facts.messages else self._wary - len(requests)
        batch = Batch(facts, memory, at_ms, self._limits.recall_window_s * 1_000)
        decisions = batch.decide_all(requests)
        memory.heads.update(record(batch.writes, memory.heads, facts.heads, at_ms))
        told = _tell_presences(list(batch.seen.values()), at_ms, self._picker(memory.presence))
        for place, deliveries in zip(batch.seen, told, strict=True):
            decisions[place] = Accepted(deliveries)
        return decisions, memory

    def _picker(self, changes: PresenceChanges) -> Callable[[set[int]], set[int]]:
        """Who of some accounts is here. Beside another broker anybody: a device there need not say that it is."""
        return set if self._leases else changes.pick

    def _bisect(self, requests: Sequence[Request], memory: Memory) -> tuple[list[Decision], Memory]:
        """The same in savepoints, halved where it fails: what fails alone is refused, the rest keeps its order."""
        try:
            with proxy.obj.atomic():
                return self._apply(requests, memory.copy())
        except Exception as error:
            if _is_store_failure(error):
                raise
            if len(requests) == 1:
                return [self._refuse_poison(requests[0])], memory
        half = len(requests) // 2
        first, memory = self._bisect(requests[:half], memory)
        second, memory = self._bisect(requests[half:], memory)
        return first + second, memory

    def _refuse_poison(self, request: Request) -> Refused:
        message_id = request.message_id if isinstance(request, SendRequest) else None
        if message_id is not None and not message_id.isprintable():
            message_id = None
        conversation = getattr(request, "conversation", None)
        topic = "" if conversation is not None else f"im/{request.account}/status"
        bad = BadRequest(request.account, Code.MALFORMED, conversation, topic, message_id)
        known = load_accounts([request.account]).get(request.account)
        return notices.refuse(bad, known.language if known is not None else "en", self._now_ms())

    def _keep(self, memory: Memory) -> None:
        self.head = self._position = memory.position
        self._known.move(memory.heads)
        self._buckets.keep(memory.charges)
        self._people.keep(memory.presence)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Write under the lease. After a failure nobody knows what was committed: the next one asks the database."""
        if self._lease is None:
            raise RuntimeError("the exchange is not open")
        try:
            with _translated():
                if self._lease.hold():
                    self._doubt()
                yield
        except ExchangeRunning as error:
            raise StoreUnavailable(str(error)) from error
        except BaseException:
            self._doubt()
            raise

    def _doubt(self) -> None:
        self._position = None
        self._wary = _WARY_MESSAGES
        self._known.forget()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if _is_store_failure(error):
            raise StoreUnavailable(str(error)) from error
        raise


def _is_store_failure(error: Exception) -> bool:
    """Whether the database is to blame, not what it was given; by name: peewee and both drivers have their own."""
    names = {kind.__name__ for kind in type(error).__mro__}
    return not names & {"DataError", "IntegrityError"} and bool(names & {"DatabaseError", "InterfaceError"})


def _tell_presences(
    seen: list[tuple[KnownAccount, Visible]], at_ms: int, pick: Callable[[set[int]], set[int]]
) -> list[tuple[Delivery, ...]]:
    """For each change of presence, what the friends who may know are told.

    Args:
        pick: Of some account ids those that are here to be told anything.
    """
    if not seen:
        return []
    watchers = load_watchers({account.id for account, _ in seen}, pick=pick)
    friends = {
        account: [w.account for w in found if rules.SEE_PRESENCE.decide(w.pair) is None]
        for account, found in watchers.items()
    }
    return [
        notices.tell_presence(account.name, visible, at_ms, friends.get(account.id, ())) for account, visible in seen
    ]
