"""Threads that talk to the database: each has its own connection, which closes with it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from peewee import InterfaceError, OperationalError

from hongyan_core.store.models import proxy

P = ParamSpec("P")
T = TypeVar("T")


class DatabaseThreads:
    """`size` threads that run jobs in the order in which they were given; with one thread, one after the other."""

    def __init__(self, size: int, name: str, *, reconnects: bool = True) -> None:
        self._size = size
        self._reconnects = reconnects  # after a failure: the connection may be broken for good
        self._pool = ThreadPoolExecutor(size, name)

    def submit(self, job: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Queue a job now."""
        return self._pool.submit(self._do, partial(job, *args, **kwargs))

    def _do(self, job: Callable[[], T]) -> T:
        try:
            return job()
        except (OperationalError, InterfaceError):
            if self._reconnects:
                proxy.obj.close()
            raise

    async def run(self, job: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a job and wait for it; it was queued before the first await."""
        return await asyncio.wrap_future(self.submit(job, *args, **kwargs))

    async def close(self) -> None:
        """Finish what is queued, close every thread's connection, end the threads."""
        together = threading.Barrier(self._size)  # so that each thread gets one of these jobs
        ends = [asyncio.wrap_future(self.submit(_close_connection, together)) for _ in range(self._size)]
        await asyncio.gather(*ends)
        self._pool.shutdown()


def _close_connection(together: threading.Barrier) -> None:
    together.wait()
    if proxy.obj is not None:
        proxy.obj.close()
