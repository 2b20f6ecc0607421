"""Threads that talk to the database: each has its own connection, which closes with it.

Not concurrent.futures: its futures, and asyncio's around them, take a quarter of a small transaction's time.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from typing import Any, NamedTuple, ParamSpec, TypeVar

from peewee import InterfaceError, OperationalError

from hongyan_core.store.models import proxy

P = ParamSpec("P")
T = TypeVar("T")


class _Job(NamedTuple):
    do: Callable[[], Any] | None  # None: close the connection and end
    answer: asyncio.Future[Any]


class DatabaseThreads:
    """`size` threads that do jobs in the order in which they were given; with one thread, one after the other."""

    def __init__(self, size: int, name: str, *, reconnects: bool = True) -> None:
        self._reconnects = reconnects  # after a failure: the connection may be broken for good
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}_{number}", daemon=True) for number in range(size)
        ]
        for thread in self._threads:
            thread.start()

    def run(self, job: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[T]:
        """Have a job done; it is queued when this returns. Call it in the event loop and await the answer."""
        return self._put(partial(job, *args, **kwargs))

    def _put(self, job: Callable[[], Any] | None) -> asyncio.Future[Any]:
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._jobs.put(_Job(job, answer))
        return answer

    def _work(self) -> None:
        while True:
            job, answer = self._jobs.get()
            result: Any = None
            error: BaseException | None = None
            try:
                result = self._do(job)
            except BaseException as problem:  # whoever asked hears of it
                error = problem
            with suppress(RuntimeError):  # the loop has ended meanwhile
                answer.get_loop().call_soon_threadsafe(_settle, answer, result, error)
            if job is None:
                return
            del job, answer, result, error  # not kept alive until the next job comes

    def _do(self, job: Callable[[], T] | None) -> T | None:
        try:
            if job is not None:
                return job()
        except (OperationalError, InterfaceError):
            if self._reconnects:
                proxy.obj.close()
            raise
        if proxy.obj is not None:
            proxy.obj.close()
        return None

    async def close(self) -> None:
        """Finish what is queued, close every thread's connection, end the threads."""
        await asyncio.gather(*(self._put(None) for _ in self._threads))
        for thread in self._threads:
            thread.join()


def _settle(answer: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
    if answer.done():  # nobody waits any more
        return
    if error is not None:
        answer.set_exception(error)
    else:
        answer.set_result(result)
