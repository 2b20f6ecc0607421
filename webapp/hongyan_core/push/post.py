"""Push messages leave from a few threads of their own; who was slow once has half of them only, for an hour.

What waits is kept in memory and bounded: a notification is a courtesy, the message itself stands in the log.
"""

from __future__ import annotations

import heapq
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec
from peewee import PeeweeException

from hongyan_core.clock import now_ms
from hongyan_core.push.encryption import encrypt
from hongyan_core.push.vapid import Vapid
from hongyan_core.store import push as store
from hongyan_core.store.models import proxy

MAX_WAITING: Final = 10_000
THREADS: Final = 4
RETRY_AFTER_S: Final = (5.0, 30.0, 120.0)
MAX_RETRY_AFTER_S: Final = 600.0  # whatever the push service asks for
_GONE: Final = frozenset({404, 410})
_LATER: Final = frozenset({429})
_DAY_MS: Final = 86_400_000
_JOIN_S: Final = 5.0
SLOW_S: Final = 2.0
_SLOW_FOR_S: Final = 3_600.0
_FRESH_S: Final = 2.0  # so long nobody signs out in between
_log: Final = logging.getLogger(__name__)


class Answer(msgspec.Struct, frozen=True):
    """What a push service has said."""

    status: int
    retry_after_s: float | None = None

    @property
    def is_taken(self) -> bool:
        """Whether the browser will have it."""
        return 200 <= self.status < 300

    @property
    def is_later(self) -> bool:
        """Whether another time may help."""
        return self.status in _LATER or self.status >= 500


# Endpoint, headers, body; raises OSError where nobody answers.
Deliver = Callable[[str, Mapping[str, str], bytes], Answer]


class Parcel(msgspec.Struct, frozen=True):
    """One push message for one browser; endpoint and keys are secrets."""

    subscription: store.Subscription
    endpoint: str
    p256dh: bytes
    auth: bytes
    plain: bytes
    topic: str  # takes the place of the one before, while the browser is away; empty: none
    ttl_s: int
    urgent: bool
    of: tuple[int, int] | None  # the message that it tells of: conversation id, seq

    def __repr__(self) -> str:
        """Nothing that a log may not have."""
        return f"Parcel(subscription={self.subscription.id})"


def send(parcel: Parcel, vapid: Vapid, deliver: Deliver, *, at_ms: int) -> Answer:
    """Encrypt and hand it over, once.

    Raises:
        OSError: The push service does not answer.
        ValueError: The browser's key is none.
    """
    headers = {
        "Authorization": vapid.authorize(parcel.endpoint, at_ms=at_ms),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(parcel.ttl_s),
        "Urgency": "high" if parcel.urgent else "normal",
        **({"Topic": parcel.topic} if parcel.topic else {}),
    }
    return deliver(parcel.endpoint, headers, encrypt(parcel.plain, parcel.p256dh, parcel.auth))


@dataclass(order=True)
class _Job:
    due_s: float
    number: int
    parcel: Parcel = field(compare=False)
    posted_s: float = field(compare=False)
    failures: int = field(default=0, compare=False)

    @property
    def browser(self) -> int:
        """The id of its subscription."""
        return self.parcel.subscription.id


class Post:
    """The queue and its threads, which begin with the first parcel."""

    def __init__(
        self,
        vapid: Vapid,
        deliver: Deliver,
        *,
        clock: Callable[[], int] = now_ms,
        max_waiting: int = MAX_WAITING,
        retry_after_s: tuple[float, ...] = RETRY_AFTER_S,
        slow_s: float = SLOW_S,
    ) -> None:
        self._vapid = vapid
        self._deliver = deliver
        self._clock = clock
        self._max_waiting = max_waiting
        self._retry_after_s = retry_after_s
        self._slow_s = slow_s
        self._quick: list[_Job] = []
        self._slow: list[_Job] = []
        self._slow_at_s: dict[int, float] = {}  # by subscription: when it was slow last
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._closed = False
        self._number = 0

    def post(self, parcels: Iterable[Parcel]) -> None:
        """Send them when it is their turn; a queue that is full drops what is beyond it, and the log says so."""
        dropped = 0
        with self._changed:
            for parcel in parcels:
                if self._closed or len(self._quick) + len(self._slow) >= self._max_waiting:
                    dropped += 1
                    continue
                self._number += 1
                now_s = time.monotonic()
                heapq.heappush(self._quick, _Job(now_s, self._number, parcel, now_s))
            self._changed.notify_all()
            if self._quick and not self._threads:
                self._threads = [
                    threading.Thread(target=self._run, args=(number % 2 == 0,), name="push", daemon=True)
                    for number in range(THREADS)
                ]
                for thread in self._threads:
                    thread.start()
        if dropped:
            _log.error("%d push messages were dropped, %d wait already", dropped, self._max_waiting)

    def close(self) -> None:
        """End the threads; what waits is dropped."""
        with self._changed:
            self._closed = True
            self._quick.clear()
            self._slow.clear()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(_JOIN_S)

    def _run(self, patient: bool) -> None:
        while (job := self._next(patient)) is not None:
            try:
                self._do(job)
            except PeeweeException as error:
                _log.warning("what became of a push message could not be kept: %s", error)
            except Exception as error:  # an error of ours costs one notification, not those after it
                _log.error(
                    "a push message could not be sent (%s)", type(error).__name__
                )  # its words may quote anything
            finally:
                if not proxy.obj.is_closed():
                    proxy.obj.close()  # of this thread, which may rest for long now

    def _next(self, patient: bool) -> _Job | None:
        """What is due; only a patient thread takes what may hold it up."""
        with self._changed:
            while not self._closed:
                now_s = time.monotonic()
                self._part(now_s)
                heaps = [heap for heap in ((self._quick, self._slow) if patient else (self._quick,)) if heap]
                for heap in heaps:
                    if heap[0].due_s <= now_s:
                        return heapq.heappop(heap)
                self._changed.wait(min(heap[0].due_s for heap in heaps) - now_s if heaps else None)
        return None

    def _part(self, now_s: float) -> None:
        """Lay what is due to slow ones beside the rest."""
        while self._quick and self._quick[0].due_s <= now_s and self._is_slow(self._quick[0].browser, now_s):
            heapq.heappush(self._slow, heapq.heappop(self._quick))
            self._changed.notify_all()

    def _is_slow(self, browser: int, now_s: float) -> bool:
        return now_s - self._slow_at_s.get(browser, -_SLOW_FOR_S) < _SLOW_FOR_S

    def _do(self, job: _Job) -> None:
        old = job.failures > 0 or time.monotonic() - job.posted_s > _FRESH_S
        if old and not self._is_wanted(job.parcel):
            return
        began_s = time.monotonic()
        try:
            answer = send(job.parcel, self._vapid, self._deliver, at_ms=self._clock())
        except OSError as error:
            self._fail(job, type(error).__name__, None)
            return
        finally:
            self._note_pace(job.browser, began_s)
        if answer.is_later:
            self._fail(job, str(answer.status), answer.retry_after_s)
        else:
            settle(job.parcel.subscription, answer, at_ms=self._clock())

    def _is_wanted(self, parcel: Parcel) -> bool:
        """Whether it still is, a while later: nobody is told of what they have read or what was taken back."""
        browser = parcel.subscription
        if not store.is_subscribed(browser.id, at_ms=self._clock()):
            return False
        return parcel.of is None or store.is_unread(browser.account_id, *parcel.of)

    def _note_pace(self, browser: int, began_s: float) -> None:
        now_s = time.monotonic()
        if now_s - began_s <= self._slow_s:
            return
        with self._changed:
            self._slow_at_s[browser] = now_s
            self._slow_at_s = {each: at_s for each, at_s in self._slow_at_s.items() if self._is_slow(each, now_s)}

    def _fail(self, job: _Job, why: str, retry_after_s: float | None) -> None:
        """Try again later, a few times; the log is no place for where it goes to."""
        if job.failures >= len(self._retry_after_s):
            _log.warning("a push message was not taken (%s), given up", why)
            store.note_failure(job.parcel.subscription.id, at_ms=self._clock())
            return
        pause_s = self._retry_after_s[job.failures] if retry_after_s is None else min(retry_after_s, MAX_RETRY_AFTER_S)
        job.failures += 1
        job.due_s = time.monotonic() + pause_s
        with self._changed:
            if not self._closed:
                heapq.heappush(self._quick, job)
                self._changed.notify_all()


def settle(subscription: store.Subscription, answer: Answer, *, at_ms: int) -> None:
    """Keep what an answer says of a subscription; a success is written once a day, not with each message."""
    if answer.status in _GONE:
        store.drop_subscription(subscription.id)
    elif not answer.is_taken:
        _log.warning("a push message was refused (%d)", answer.status)
        store.note_failure(subscription.id, at_ms=at_ms)
    elif subscription.failures or (subscription.last_ok_ms or 0) < at_ms - _DAY_MS:
        store.note_taken(subscription.id, at_ms=at_ms)
