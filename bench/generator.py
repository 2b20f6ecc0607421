"""The load generator, a process of its own: one job in (pickled, on standard input), one JSON object out."""

from __future__ import annotations

import asyncio
import gc
import json
import pickle
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import uvloop

from bench.clients import Address, Failed, Who, coming_and_going, open_all
from bench.flow import FlowPlan, Pumping
from bench.paced import PacedJob
from bench.processes import Watch, read_memory_kib


@dataclass(frozen=True, slots=True)
class FlowJob:
    """How many messages get through. With `others`: twice, without and with them, in a given order.

    The others hold their subscriptions; where `comings_per_s` is set they come and go one after the other instead.
    """

    address: Address
    plans: tuple[FlowPlan, ...]
    process_id: int
    warm_s: float
    measure_s: float
    others: tuple[Who, ...] = ()
    others_first: bool = False
    comings_per_s: float = 0.0

    async def run(self) -> dict[str, Any]:
        """See the class."""
        pumping = Pumping(list(self.plans))
        await pumping.open(self.address)
        if not self.others:
            return await pumping.measure(self.process_id, self.warm_s, self.measure_s)
        halves: dict[bool, dict[str, Any]] = {}
        for crowded in (True, False) if self.others_first else (False, True):
            async with self._crowd() if crowded else nullcontext():
                halves[crowded] = await pumping.measure(self.process_id, self.warm_s, self.measure_s)
            await asyncio.sleep(0.3)  # for the broker to clean up
        without, crowded_half = halves[False], halves[True]
        ratio = crowded_half["messages_per_s"] / without["messages_per_s"]
        return crowded_half | {"without": without["messages_per_s"], "ratio": ratio}

    @asynccontextmanager
    async def _crowd(self) -> AsyncIterator[None]:
        """The others are there."""
        if self.comings_per_s:
            async with coming_and_going(self.address, self.others, self.comings_per_s):
                yield
            return
        crowd = await open_all(self.address, list(self.others))
        yield
        for client in crowd:
            client.close()


@dataclass(frozen=True, slots=True)
class ConnectJob:
    """How many clients a second connect and subscribe, at most `pending` at a time; all are held to the end."""

    address: Address
    people: tuple[Who, ...]
    process_id: int
    pending: int = 50

    async def run(self) -> dict[str, Any]:
        """See the class."""
        watch = Watch(self.process_id)
        clients = await open_all(self.address, list(self.people), self.pending)
        return {"connects_per_s": len(clients) / watch.elapsed_s(), **watch.busy()}


@dataclass(frozen=True, slots=True)
class MemoryJob:
    """What an idle connection costs the broker's process: its own memory before and after, beside `warm` others."""

    address: Address
    people: tuple[Who, ...]
    warm: int
    process_id: int
    settle_s: float = 1.5

    async def run(self) -> dict[str, Any]:
        """See the class."""
        await open_all(self.address, list(self.people[: self.warm]))
        await asyncio.sleep(self.settle_s)
        before = read_memory_kib(self.process_id)
        held = await open_all(self.address, list(self.people[self.warm :]))
        await asyncio.sleep(self.settle_s)
        after = read_memory_kib(self.process_id)
        return {"kib_per_connection": (after - before) / len(held), "held": len(held), "after_kib": after}


Job = FlowJob | ConnectJob | MemoryJob | PacedJob


def main() -> int:
    """Run the job that is on standard input. It comes from the program that started this one, nobody else."""
    job: Job = pickle.load(sys.stdin.buffer)
    gc.disable()  # nothing here makes cycles that matter in seconds, and a pause would count against a broker
    try:
        result = uvloop.run(job.run())
    except Failed as problem:
        result = {"failed": str(problem)}
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
