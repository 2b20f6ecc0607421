"""An embedded broker in a thread of its own, as `hongyan serve` runs it, with WebSocket beside TCP."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, cast

import uvicorn
import uvloop

from hongyan.limits import Limits
from hongyan_broker.embedded import EmbeddedBroker
from hongyan_broker.websocket import make_mqtt_websocket
from hongyan_core.actions.credentials import issue_credential
from hongyan_core.actions.groups import add_member, create_group
from hongyan_core.clock import now_ms
from hongyan_core.exchange import Exchange
from hongyan_core.settings import Settings
from hongyan_core.store.models import Account
from tests.support.cast import make_account, make_block, make_friends, take_outbox
from tests.support.ports import free_port

T = TypeVar("T")
ORIGIN = "http://chat.example"


class House:
    """The broker and its cast; `password[name]` is a device token."""

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.settings = Settings(folder, b"k" * 32, mqtt_port=0, limits=self.limits)
        self.accounts: dict[str, Account] = {}
        self.password: dict[str, str] = {}
        self.credential_ids: dict[str, int] = {}
        self.web_port = 0
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="broker")
        self.broker: EmbeddedBroker | None = None
        self.web: uvicorn.Server | None = None
        self._web_task: Any = None

    def __enter__(self) -> Self:
        self.move_in()
        self._thread.start()
        self.run(self.start())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.run(self.stop())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def move_in(self) -> None:
        for name in ("ann", "bob", "eve", "thermo"):
            self.accounts[name] = account = make_account(name)
            credential, secret = issue_credential(account, "device", "laptop", at_ms=now_ms())
            self.password[name], self.credential_ids[name] = secret, credential.id
        ann, bob, eve, thermo = self.accounts.values()
        for friend in (bob, thermo):
            make_friends(ann, friend)
        make_block(ann, eve)
        lab = create_group(ann, "lab", "The lab", at_ms=now_ms())
        for member in ("bob", "thermo"):
            add_member(ann, lab, member, at_ms=now_ms())
        take_outbox()

    async def start(self) -> None:
        self.exchange = Exchange(limits=self.limits, now_ms=now_ms, leases=False)
        self.broker = EmbeddedBroker(self.settings, self.exchange)
        await self.broker.start()
        self.web_port = free_port()
        config = uvicorn.Config(
            _no_pages,
            port=self.web_port,
            ws=cast(Any, make_mqtt_websocket(self.broker, _has_good_origin)),
            lifespan="off",
            log_config=None,
        )
        self.web = uvicorn.Server(config)
        self._web_task = asyncio.ensure_future(self.web._serve())
        while not self.web.started:
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        assert self.web is not None
        assert self.broker is not None
        self.web.should_exit = True
        await self.broker.shutdown()
        await self._web_task
        self.broker = None

    @property
    def port(self) -> int:
        assert self.broker is not None
        return self.broker.mqtt_port

    @property
    def pid(self) -> int:
        """It runs in the process of the tests."""
        return os.getpid()

    def run(self, job: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(job, self._loop).result(30)

    def ask(self, question: Callable[[], T]) -> T:
        """Call something in the broker's loop."""

        async def answer() -> T:
            return question()

        return self.run(answer())

    def restart(self) -> None:
        self.run(self.stop())
        self.run(self.start())


async def _no_pages(_scope: Any, _receive: Any, _send: Any) -> None:
    raise AssertionError("nobody asks for a page here")


def _has_good_origin(scope: Any) -> bool:
    origins = [value for name, value in scope["headers"] if name == b"origin"]
    return origins in ([], [ORIGIN.encode()])
