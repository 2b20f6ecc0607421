"""The service worker, seen through the browser's own tools."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import CDPSession, Page, Worker

from tests.e2e.browser import Person
from tests.support.waiting import wait_for

READY = "async () => { await navigator.serviceWorker.ready }"


class Backstage:
    """The worker of a person's pages; `page` may be any of the same browser that stays open, an empty one too."""

    def __init__(self, person: Person, page: Page) -> None:
        self.person = person
        self.page = page
        self._tools: CDPSession = person.context.new_cdp_session(page)
        known: list[dict[str, Any]] = []
        self._tools.on("ServiceWorker.workerRegistrationUpdated", lambda event: known.extend(event["registrations"]))
        self._tools.send("ServiceWorker.enable")
        self.wait(lambda: bool(known))
        self._registration = known[-1]["registrationId"]

    def wait(self, condition: Callable[[], Any], what: str = "the worker") -> None:
        """Wait as `wait_for` does, and let the events of the browser come in meanwhile."""
        wait_for(lambda: bool(self.page.evaluate("1")) and condition(), what=what)

    def dispatch_sync(self) -> None:
        """Tell the worker that there is a network, as the browser does for what pages have asked for."""
        self._send("dispatchSyncEvent", tag="hongyan-outbox", lastChance=False)

    def deliver_push(self, data: str) -> None:
        """Hand it a push message, as the browser does when one has come and is decrypted."""
        self._send("deliverPushMessage", data=data)

    def worker(self) -> Worker:
        """The worker, once it runs: whatever it has to do wakes it."""
        self.wait(lambda: self.person.context.service_workers, "the worker to run")
        return self.person.context.service_workers[-1]

    def _send(self, command: str, **fields: Any) -> None:
        there = {"origin": self.person.url, "registrationId": self._registration}
        self._tools.send(f"ServiceWorker.{command}", {**there, **fields})
