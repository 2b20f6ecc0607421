"""Letters leave from a thread of their own: an answer never waits for a mail server, and its time tells nothing.

What waits is kept in memory and bounded. A letter that was not sent when the server stops is lost; whoever waits for
it asks again.
"""

from __future__ import annotations

import heapq
import logging
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import partial
from typing import Final, cast

from flask import Flask, current_app
from peewee import PeeweeException

from hongyan_core.mail import Letter
from hongyan_core.settings import Settings
from hongyan_web.letters import LetterWriter
from hongyan_web.smtp import deliver, describe, is_final

MAX_WAITING: Final = 1_000
RETRY_AFTER_S: Final = (5.0, 60.0, 600.0, 3_600.0)
_KEY: Final = "hongyan_mailer"
_log: Final = logging.getLogger(__name__)

Draft = Callable[[], Letter | None]  # runs in the mailer's thread, with the database; None: nothing to write
Write = Callable[[Draft], EmailMessage | None]
Deliver = Callable[[EmailMessage], None]


@dataclass(order=True)
class _Job:
    """One letter on its way."""

    due_s: float
    number: int
    draft: Draft = field(compare=False)
    message: EmailMessage | None = field(default=None, compare=False)  # once it is written
    failures: int = field(default=0, compare=False)


class Mailer:
    """A queue, and the thread that empties it; the thread begins with the first letter."""

    def __init__(
        self,
        write: Write,
        deliver: Deliver,
        *,
        max_waiting: int = MAX_WAITING,
        retry_after_s: tuple[float, ...] = RETRY_AFTER_S,
    ) -> None:
        self._write = write
        self._deliver = deliver
        self._max_waiting = max_waiting
        self._retry_after_s = retry_after_s
        self._waiting: list[_Job] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._number = 0

    def post(self, draft: Draft) -> None:
        """Send a letter when it is its turn; a queue that is full drops it, and the log says so."""
        with self._changed:
            if self._closed or len(self._waiting) >= self._max_waiting:
                _log.error("a letter was dropped, %d wait already: does the mail server answer?", len(self._waiting))
                return
            self._number += 1
            self._put(_Job(time.monotonic(), self._number, draft))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="mailer", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End the thread; what waits is dropped."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _put(self, job: _Job) -> None:
        heapq.heappush(self._waiting, job)
        self._changed.notify()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            try:
                self._send(job)
            except (OSError, PeeweeException) as error:  # smtplib's errors are OSErrors
                self._fail(job, error)
            except Exception as error:  # an error of ours costs one letter, not those after it
                where = "".join(traceback.format_tb(error.__traceback__))  # without its words, which may quote anything
                _log.error("a letter could not be written (%s)\n%s", describe(error), where)

    def _next(self) -> _Job | None:
        with self._changed:
            while not self._closed:
                wait_s = self._waiting[0].due_s - time.monotonic() if self._waiting else None
                if wait_s is not None and wait_s <= 0:
                    return heapq.heappop(self._waiting)
                self._changed.wait(wait_s)
        return None

    def _send(self, job: _Job) -> None:
        if job.message is None:
            job.message = self._write(job.draft)
        if job.message is not None:
            self._deliver(job.message)

    def _fail(self, job: _Job, error: Exception) -> None:
        """Try again later what another time may mend; the log is no place for whom it goes to and what it says."""
        job.failures += 1
        if is_final(error) or job.failures > len(self._retry_after_s):
            _log.error("a letter was not sent (%s), given up", describe(error))
            return
        _log.warning("a letter was not sent (%s), will try again", describe(error))
        with self._changed:
            job.due_s = time.monotonic() + self._retry_after_s[job.failures - 1]
            self._put(job)


def install(app: Flask, settings: Settings, now_ms: Callable[[], int]) -> None:
    """Give the app its mailer, where the settings name a mail server."""
    route = settings.mail_route
    if route is not None:
        writer = LetterWriter(settings.mail_from, settings.origin, now_ms)
        app.extensions[_KEY] = Mailer(writer.write, partial(deliver, route))


def post(draft: Draft) -> None:
    """Have a letter written and sent, after the answer; nothing where there is no mail server."""
    mailer = cast(Mailer | None, current_app.extensions.get(_KEY))
    if mailer is not None:
        mailer.post(draft)


def post_letter(letter: Letter | None) -> None:
    """Have a letter sent that is decided already; None: nothing."""
    if letter is not None:
        post(lambda: letter)
