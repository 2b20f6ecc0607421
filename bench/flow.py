"""Publishers that keep a window full, and what arrives at their subscribers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from bench.clients import Address, Client, Who, open_all
from bench.packets import Magazine, Run
from bench.processes import Watch

_DRAIN_S: Final = 5.0  # without any progress
# A broker that writes each packet alone (Mosquitto) would wake the generator for each, and the generator would be what
# is measured. So it rests between two looks at its sockets and chunks gather, but never for so long that what is under
# way could run dry below this rate.
_REST_S: Final = 0.004
_RESTS_UP_TO: Final = 1_250_000  # deliveries a second


@dataclass(frozen=True, slots=True)
class FlowPlan:
    """One publisher and its subscribers.

    A message is done when it is acknowledged (QoS 1), has reached every subscriber and, where the broker returns
    messages to their sender (`returns`), its sender. `window` messages are under way at a time, so nothing piles up
    anywhere and no broker has a reason to drop anything.
    """

    publisher: Who
    topic: str
    payload: str
    qos: int
    window: int
    subscribers: tuple[Who, ...]
    returns: bool = False


class Flow:
    """A plan at work."""

    def __init__(self, plan: FlowPlan, touched: Callable[[Flow], None]) -> None:
        self._plan = plan
        self._touched = touched
        self._magazine = Magazine(plan.topic, plan.payload, plan.qos)
        self._publisher: Client | None = None
        self.sent = self.acked = self.delivered = self.returned = 0

    def join(self, publisher: Client, subscribers: list[Client]) -> None:
        """Take the opened clients."""
        self._publisher = publisher
        publisher.on_acked = self._count_acked
        publisher.on_publish = self._count_returned
        for client in subscribers:
            client.on_publish = self._count_delivered

    def _count_acked(self, count: int) -> None:
        self.acked += count
        self._touched(self)

    def _count_delivered(self, run: Run) -> None:
        self.delivered += run.count
        self._touched(self)

    def _count_returned(self, run: Run) -> None:
        self.returned += run.count
        self._touched(self)

    @property
    def done(self) -> int:
        """Messages that are through."""
        done = self.delivered // len(self._plan.subscribers)
        if self._plan.qos:
            done = min(done, self.acked)
        return min(done, self.returned) if self._plan.returns else done

    @property
    def deliveries(self) -> int:
        """What all receivers got."""
        return self.delivered + (self.returned if self._plan.returns else 0)

    @property
    def lost(self) -> int:
        """Deliveries that should have come. Negative: too many."""
        return self.sent * len(self._plan.subscribers) - self.delivered

    def pump(self) -> None:
        """Fill the window."""
        count = self._plan.window - self.sent + self.done
        if count > 0 and self._publisher is not None:
            self.sent += count
            self._publisher.send(self._magazine.take(count))


class Pumping:
    """All flows of a run; each is pumped at most once a turn of the loop, so chunks are as large as turns are."""

    def __init__(self, plans: list[FlowPlan]) -> None:
        self.flows = [Flow(plan, self._touch) for plan in plans]
        self._plans = plans
        self._dirty: dict[Flow, None] = {}
        self._stopped = False
        under_way = sum(plan.window * len(plan.subscribers) for plan in plans)
        self._rest_s = min(_REST_S, under_way / _RESTS_UP_TO)

    async def open(self, address: Address) -> list[Client]:
        """Subscribers first; then publishers."""
        listening = [who for plan in self._plans for who in plan.subscribers]
        ears = await open_all(address, listening)
        by_id = {client.who.client_id: client for client in ears}
        voices = await open_all(address, [plan.publisher for plan in self._plans])
        by_id |= {client.who.client_id: client for client in voices}
        for flow, plan in zip(self.flows, self._plans, strict=True):
            flow.join(by_id[plan.publisher.client_id], [by_id[who.client_id] for who in plan.subscribers])
        return ears + voices

    def _touch(self, flow: Flow) -> None:
        if not self._dirty:
            asyncio.get_running_loop().call_soon(self._flush)
        self._dirty[flow] = None

    def _flush(self) -> None:
        dirty, self._dirty = self._dirty, {}
        if not self._stopped:
            for flow in dirty:
                flow.pump()

    async def measure(self, process_id: int, warm_s: float, measure_s: float) -> dict[str, Any]:
        """Pump, and count between two moments; then stop, wait for what is under way, and see what is missing."""
        self._stopped = False
        resting = asyncio.ensure_future(self._rest_between_looks())
        for flow in self.flows:
            flow.pump()
        await asyncio.sleep(warm_s)
        first, watch = self._read(), Watch(process_id)
        await asyncio.sleep(measure_s)
        last, took, busy = self._read(), watch.elapsed_s(), watch.busy()
        self._stopped = True
        await self._drain()
        resting.cancel()
        return {
            "messages_per_s": (last[0] - first[0]) / took,
            "deliveries_per_s": (last[1] - first[1]) / took,
            **busy,
            "lost": sum(flow.lost for flow in self.flows),
            "unacknowledged": sum(flow.sent - flow.acked for flow, plan in self._with_plans() if plan.qos),
        }

    async def _rest_between_looks(self) -> None:
        while self._rest_s > 0.0005:
            await asyncio.sleep(0)
            time.sleep(self._rest_s)  # the whole process is meant to rest

    def _with_plans(self) -> list[tuple[Flow, FlowPlan]]:
        return list(zip(self.flows, self._plans, strict=True))

    def _read(self) -> tuple[int, int]:
        return sum(flow.done for flow in self.flows), sum(flow.deliveries for flow in self.flows)

    async def _drain(self) -> None:
        seen, since = -1, time.perf_counter()
        while any(flow.done < flow.sent for flow in self.flows) and time.perf_counter() - since < _DRAIN_S:
            if (now := sum(flow.deliveries + flow.acked for flow in self.flows)) != seen:
                seen, since = now, time.perf_counter()
            await asyncio.sleep(0.02)
