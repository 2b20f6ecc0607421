"""From what is to be said to a message that can leave; in the mailer's thread."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from typing import Final

from hongyan_core.actions.addresses import settle
from hongyan_core.mail import Letter, compose
from hongyan_core.rates import TokenBuckets
from hongyan_core.store.models import proxy

LETTERS_AT_ONCE: Final = 5  # to one address; further ones are dropped, whoever asked for them
_LETTERS_PER_S: Final = 1 / 900  # and one more each quarter of an hour


class LetterWriter:
    """Knows who writes, where the site is, and to whom enough was written."""

    def __init__(self, sender: str, origin: str, now_ms: Callable[[], int]) -> None:
        self._sender = sender
        self._origin = origin
        self._now_ms = now_ms
        self._domain = parseaddr(sender)[1].rpartition("@")[2]
        self._buckets = TokenBuckets(_LETTERS_PER_S, LETTERS_AT_ONCE)

    def write(self, draft: Callable[[], Letter | None]) -> EmailMessage | None:
        """The message of a draft; None: there is nothing to say, or too much was said to this address."""
        try:
            letter = draft()
            letter = None if letter is None else settle(letter)
        finally:
            proxy.obj.close()  # of this thread, which may rest for long now
        if letter is None or not self._may_write(letter.to):
            return None
        message = compose(letter, sender=self._sender, origin=self._origin)
        message["Date"] = format_datetime(datetime.fromtimestamp(self._now_ms() // 1_000, UTC))
        message["Message-ID"] = make_msgid(domain=self._domain)
        return message

    def _may_write(self, address: str) -> bool:
        charges = self._buckets.charge(self._now_ms())
        may = charges.take(address)
        self._buckets.keep(charges)
        return may
