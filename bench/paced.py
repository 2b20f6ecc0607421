"""A fixed number of messages a second beside ordinary web traffic: how long from publish to delivery."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from bench.clients import Address, Client, Who, open_all
from bench.packets import Magazine, Run

_TICK_S = 0.001


@dataclass(frozen=True, slots=True)
class Pair:
    """Who sends, where, and who receives."""

    publisher: Who
    topic: str
    subscriber: Who


@dataclass(frozen=True, slots=True)
class Web:
    """Ordinary web traffic: so many authenticated reads and sign-ins a second."""

    port: int
    reads_per_s: int
    tokens: tuple[str, ...]
    sign_ins_per_s: int
    username: str
    password: str


@dataclass(frozen=True, slots=True)
class PacedJob:
    """The payload's number (see `Magazine`) tells which message has come."""

    address: Address
    pairs: tuple[Pair, ...]
    payload: str
    messages_per_s: int
    warm_s: float
    measure_s: float
    web: Web | None = None

    async def run(self) -> dict[str, Any]:
        """Send by the clock; nobody waits for anybody."""
        return await _Pacing(self).run()


class _Pacing:
    def __init__(self, job: PacedJob) -> None:
        self._job = job
        self._sent_at: list[list[float]] = [[] for _ in job.pairs]
        self._latencies_ms: list[float] = []
        self._received = 0
        self._measuring_from = float("inf")
        self._late_ms = 0.0
        self._answers: Counter[str] = Counter()

    async def run(self) -> dict[str, Any]:
        job = self._job
        ears = await open_all(job.address, [pair.subscriber for pair in job.pairs])
        voices = await open_all(job.address, [pair.publisher for pair in job.pairs])
        by_id = {client.who.client_id: client for client in (*ears, *voices)}
        for index, pair in enumerate(job.pairs):
            by_id[pair.subscriber.client_id].on_publish = self._receiver(index)
        web = [asyncio.ensure_future(each) for each in self._browse()]
        await self._send([by_id[pair.publisher.client_id] for pair in job.pairs])
        for task in web:
            task.cancel()
        await asyncio.gather(*web, return_exceptions=True)
        await self._wait_for_the_last()
        return self._report()

    def _receiver(self, index: int) -> Any:
        sent_at, payload = self._sent_at[index], self._job.payload
        digits = payload.count("#")
        lead = payload[: payload.index("#")].encode()[-6:]

        def receive(run: Run) -> None:
            now = time.perf_counter()
            for packet in run.packets():
                at = packet.index(lead) + len(lead)
                stamp = sent_at[int(packet[at : at + digits])]
                self._received += 1
                if stamp >= self._measuring_from:
                    self._latencies_ms.append((now - stamp) * 1000)

        return receive

    async def _send(self, voices: list[Client]) -> None:
        job = self._job
        magazines = [Magazine(pair.topic, job.payload, 1) for pair in job.pairs]
        began = time.perf_counter()
        self._measuring_from = began + job.warm_s
        total, sent = int((job.warm_s + job.measure_s) * job.messages_per_s), 0
        while sent < total:
            due = min(total, int((time.perf_counter() - began) * job.messages_per_s))
            while sent < due:
                index = sent % len(voices)
                now = time.perf_counter()
                if now >= self._measuring_from:
                    self._late_ms = max(self._late_ms, (now - began - sent / job.messages_per_s) * 1000)
                self._sent_at[index].append(now)
                voices[index].send(magazines[index].take(1))
                sent += 1
            await asyncio.sleep(_TICK_S)

    async def _wait_for_the_last(self) -> None:
        total = sum(map(len, self._sent_at))
        for _ in range(250):
            if self._received >= total:
                return
            await asyncio.sleep(0.02)

    def _report(self) -> dict[str, Any]:
        ordered = sorted(self._latencies_ms)
        if not ordered:
            return {"failed": "nothing was delivered"}
        return {
            "p50_ms": ordered[len(ordered) // 2],
            "p99_ms": ordered[int(len(ordered) * 0.99)],
            "max_ms": ordered[-1],
            "messages": len(ordered),
            "lost": sum(map(len, self._sent_at)) - self._received,
            "generator_late_ms": self._late_ms,
            "answers": dict(self._answers),
        }

    def _browse(self) -> list[Any]:
        web = self._job.web
        if web is None:
            return []
        body = json.dumps({"username": web.username, "password": web.password}).encode()
        reads = [
            _request("GET", "/api/v1/conversations", web.port, f"Authorization: Bearer {token}\r\n")
            for token in web.tokens
        ]
        sign_in = _request("POST", "/api/v1/session", web.port, "Content-Type: application/json\r\n", body)
        # Four browsers share the reads; a slow answer is a late next request, not a pile.
        # People do not wait for each other: each one's gaps are exponential, the same in every run.
        gaps = [partial(random.Random(n).expovariate, web.reads_per_s / 4) for n in range(4)]
        jobs = [self._repeat(web.port, "read", reads[n::4], gaps[n]) for n in range(4)]
        return [*jobs, self._repeat(web.port, "sign-in", [sign_in], lambda: 1 / web.sign_ins_per_s)]

    async def _repeat(self, port: int, name: str, requests: list[bytes], gap_s: Callable[[], float]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            due = time.perf_counter()
            for request in itertools.cycle(requests):
                due += gap_s()
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                writer.write(request)
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
                await reader.readexactly(length)
                self._answers[f"{name} {head.split(b' ', 2)[1].decode()}"] += 1
        finally:
            writer.close()


def _request(method: str, path: str, port: int, headers: str, body: bytes = b"") -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body
