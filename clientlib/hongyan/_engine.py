"""The thread behind `Client` and `AsyncClient`: keeps one connection up and carries out what the session wants."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from typing import Final

from hongyan._mailbox import Mailbox
from hongyan.errors import ApiError, HongyanError, NotConnected
from hongyan.session import Fetch, pauses_s
from hongyan.topics import status_topic
from hongyan.transport import Link, Transport

_log = logging.getLogger("hongyan")
STATUS_EVERY_S: Final = 60.0  # an external broker's exchange forgets a device after 150 s
_ONLINE: Final = b'{"state":"online","text":""}'
_CLOSED_HISTORY: Final = ("unknown_conversation", "unknown_group")


class Engine:
    """Connects, catches up, pumps; connects again with growing pauses; ends on `close` or where trying is useless."""

    def __init__(self, transport: Transport, mailbox: Mailbox, *, chance: Callable[[], float] = random.random) -> None:
        self._transport = transport
        self._mailbox = mailbox
        self._chance = chance
        self._thread = threading.Thread(target=self._run, name="hongyan", daemon=True)

    def start(self) -> None:
        """Start the thread, once."""
        self._thread.start()

    def close(self) -> None:
        """Close the mailbox, disconnect in order and wait for the thread's end."""
        self._mailbox.close()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            self._keep_connected()
            self._mailbox.fail(NotConnected("the client is closed"))
        except Exception as failure:  # whatever it is, the program's threads must hear of it
            self._mailbox.fail(failure)

    def _keep_connected(self) -> None:
        pauses = pauses_s(self._chance)
        while not self._mailbox.closing.is_set():
            started = time.monotonic()
            try:
                self._connect()
            except HongyanError as trouble:
                if _is_final(trouble):
                    raise
                _log.info("not connected: %s", trouble)
                self._mailbox.disconnected(trouble)
            if time.monotonic() - started > 30:  # it held for a while
                pauses = pauses_s(self._chance)
            self._mailbox.closing.wait(next(pauses))

    def _connect(self) -> None:
        login = self._transport.login()
        session = self._mailbox.open_session(login.username)
        link = self._transport.connect(login, session.client_id, session.filters)
        try:
            self._mailbox.connected(link, self._transport.heads())
            _log.info("connected as %s", session.account)
            self._pump(link, status_topic(session.account, session.client_id))
        finally:
            self._mailbox.disconnected(None)
            link.close()

    def _pump(self, link: Link, status: str) -> None:
        say_online_at = time.monotonic()
        while not self._mailbox.closing.is_set():
            if time.monotonic() >= say_online_at:
                link.publish(status, _ONLINE, 1)
                say_online_at += STATUS_EVERY_S
            for topic, payload, qos in self._mailbox.take_outbox():
                link.publish(topic, payload, qos)
            fetch = self._mailbox.next_fetch()
            self._mailbox.receive(link.poll(0 if fetch else max(0.0, say_online_at - time.monotonic())))
            if fetch is not None:  # after the arrivals: what they miss must be in this page
                self._fetch(fetch)

    def _fetch(self, fetch: Fetch) -> None:
        try:
            messages = self._transport.fetch(fetch)
        except ApiError as error:
            if error.code not in _CLOSED_HISTORY:
                raise
            messages = None
        self._mailbox.receive_page(fetch, messages)


def _is_final(trouble: HongyanError) -> bool:
    """Whether trying again cannot help: the server understood and said no."""
    return isinstance(trouble, ApiError) and 400 <= trouble.status < 500 and trouble.status not in (408, 429)
