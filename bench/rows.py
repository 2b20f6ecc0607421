"""The rows of the benchmark: who is asked to do what, what is counted, and what we want to reach."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from bench import opponents
from bench.clients import Who
from bench.flow import FlowPlan
from bench.generator import ConnectJob, FlowJob, Job, MemoryJob
from bench.opponents import Running
from bench.paced import PacedJob, Pair, Web
from bench.world import CROWD, GROUP, MEMBERS, PAIRS, PASSWORD, PEOPLE, name_of, token_of, who

# 64 bytes each; the number makes every message another one.
PLAIN: Final = "x" * 64
CHAT: Final = '{"id":"bench-########","kind":"text","body":"see you at nine"}'.ljust(64)
_WEB_READERS: Final = 50


@dataclass(frozen=True, slots=True)
class Pace:
    """How long and how much; a smoke test makes it small."""

    warm_s: float = 0.7
    measure_s: float = 2.5
    pairs: int = PAIRS
    fan: int = 100
    people: int = PEOPLE
    held: int = 2_000
    others: int = 10_000
    crowd: int = CROWD


class Aim(StrEnum):
    """What a target bounds."""

    RATIO = "at least × Mosquitto"
    PAIRED = "at least, lower confidence bound"
    AT_MOST = "at most"


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of work. `make_job` says what the generator does to an opponent; `plain`: what it does to the others."""

    name: str
    title: str
    metric: str
    unit: str
    aim: Aim
    target: float
    ours: opponents.Opponent
    make_job: Callable[[Pace, Running, int], Job]
    plain: Callable[[Pace, Running, int], Job] | None = None
    against: tuple[str, ...] = ("mosquitto", "amqtt")
    has_ceiling: bool = True
    rounds_factor: float = 1.0

    @property
    def is_chat(self) -> bool:
        """Whether it needs accounts, so a data folder on a disk."""
        return self.ours is opponents.hongyan_serve


OTHERS: Final[dict[str, opponents.Opponent]] = {"mosquitto": opponents.mosquitto, "amqtt": opponents.plain_amqtt}


# Plain topics: the same job for everybody


def _pairs(pace: Pace, qos: int) -> tuple[FlowPlan, ...]:
    return tuple(
        FlowPlan(Who(f"pub{n}"), topic, PLAIN, qos, 100, (Who(f"sub{n}", filters=(topic,), qos=qos),))
        for n in range(pace.pairs)
        for topic in (f"bench/plain/{n:02d}",)
    )


def _qos(qos: int, *, websocket: bool = False) -> Callable[[Pace, Running, int], Job]:
    def make(pace: Pace, running: Running, _: int) -> Job:
        address = running.websocket if websocket else running.tcp
        return FlowJob(address, _pairs(pace, qos), running.process_id, pace.warm_s, pace.measure_s)

    return make


def make_others(count: int) -> tuple[Who, ...]:
    """Filters that match nothing, under the prefixes of what is sent: half exact, a quarter `+`, a quarter `#`."""
    filters = [(f"{n:02d}/x{n}", f"{n % 50:02d}/x{n}", f"+/x{n}", f"{n % 50:02d}/y{n}/#")[n % 4] for n in range(count)]
    named = [f"bench/plain/{name}" for name in filters]
    return tuple(Who(f"other{at}", filters=tuple(named[at : at + 100])) for at in range(0, count, 100))


def _crowded(pace: Pace, running: Running, round_number: int) -> Job:
    others = make_others(pace.others)
    plans = _pairs(pace, 1)
    others_first = round_number % 2 == 1
    return FlowJob(running.tcp, plans, running.process_id, pace.warm_s, pace.measure_s, others, others_first)


def _fan(pace: Pace, running: Running, _: int) -> Job:
    ears = tuple(Who(f"sub{n}", filters=("bench/fan",)) for n in range(pace.fan))
    plan = FlowPlan(Who("pub"), "bench/fan", PLAIN, 1, 100, ears)
    return FlowJob(running.tcp, (plan,), running.process_id, pace.warm_s, pace.measure_s)


# Chat: ours checks, stamps and stores; the others merely route the same payload on the same topic


def _chat(window: int, pairs: int | None = None) -> Callable[[Pace, Running, int], FlowJob]:
    def make(pace: Pace, running: Running, _: int) -> FlowJob:
        plans = tuple(
            FlowPlan(who(n, "sent"), _send_topic(n), CHAT, 1, window, (who(n + 1, "inbox"),), returns=True)
            for n in range(0, 2 * (pairs or pace.pairs), 2)
        )
        return FlowJob(running.tcp, plans, running.process_id, pace.warm_s, pace.measure_s)

    return make


def _chat_routed(window: int, pairs: int | None = None) -> Callable[[Pace, Running, int], Job]:
    def make(pace: Pace, running: Running, _: int) -> Job:
        plans = tuple(
            FlowPlan(Who(f"pub{n}"), topic, CHAT, 1, window, (Who(f"sub{n}", filters=(topic,)),))
            for n in range(0, 2 * (pairs or pace.pairs), 2)
            for topic in (_send_topic(n),)
        )
        return FlowJob(running.tcp, plans, running.process_id, pace.warm_s, pace.measure_s)

    return make


def _beside_a_crowd(pace: Pace, running: Running, round_number: int) -> Job:
    """Each of the crowd comes once a minute and goes again; who is there hears of its friends."""
    job = _chat(20)(pace, running, round_number)
    crowd = [who(n, "live") for n in range(pace.people, pace.people + pace.crowd)]
    random.Random(round_number).shuffle(crowd)  # friends are neighbours, and do not come together
    return replace(job, others=tuple(crowd), others_first=round_number % 2 == 1, comings_per_s=pace.crowd / 60)


def _send_topic(index: int) -> str:
    return f"im/{name_of(index)}/send/user/{name_of(index + 1)}"


def _group(pace: Pace, running: Running, _: int) -> Job:
    members = tuple(who(n, "inbox") for n in range(1, min(MEMBERS, pace.fan)))
    topic = f"im/{name_of(0)}/send/group/{GROUP}"
    plan = FlowPlan(who(0, "sent"), topic, CHAT, 1, 20, members, returns=True)
    return FlowJob(running.tcp, (plan,), running.process_id, pace.warm_s, pace.measure_s)


def _group_routed(pace: Pace, running: Running, _: int) -> Job:
    topic = f"im/{name_of(0)}/send/group/{GROUP}"
    ears = tuple(Who(f"sub{n}", filters=(topic,)) for n in range(min(MEMBERS, pace.fan)))
    plan = FlowPlan(Who("pub"), topic, CHAT, 1, 20, ears)
    return FlowJob(running.tcp, (plan,), running.process_id, pace.warm_s, pace.measure_s)


# Connections


def _connect(pace: Pace, running: Running, _: int) -> Job:
    return ConnectJob(running.tcp, tuple(who(n, "inbox") for n in range(pace.people)), running.process_id)


def _hold(*, websocket: bool) -> Callable[[Pace, Running, int], Job]:
    def make(pace: Pace, running: Running, _: int) -> Job:
        warm = pace.held // 10
        people = tuple(who(n, "inbox") for n in range(warm + pace.held))
        return MemoryJob(running.websocket if websocket else running.tcp, people, warm, running.process_id)

    return make


# Paced


def _paced(pace: Pace, running: Running, _: int) -> Job:
    pairs = tuple(Pair(who(n, "sent"), _send_topic(n), who(n + 1, "inbox")) for n in range(0, 2 * pace.pairs, 2))
    tokens = tuple(token_of(n) for n in range(_WEB_READERS))
    web = Web(running.web_port, 50, tokens, 1, name_of(0), PASSWORD)
    return PacedJob(running.tcp, pairs, CHAT, 40 * pace.pairs, pace.warm_s, 2 * pace.measure_s, web)


def _paced_routed(pace: Pace, running: Running, _: int) -> Job:
    pairs = tuple(
        Pair(Who(f"pub{n}"), topic, Who(f"sub{n}", filters=(topic,)))
        for n in range(0, 2 * pace.pairs, 2)
        for topic in (_send_topic(n),)
    )
    return PacedJob(running.tcp, pairs, CHAT, 40 * pace.pairs, pace.warm_s, 2 * pace.measure_s)


_RATE: Final = "messages_per_s"
_MEMORY: Final = "kib_per_connection"
_OPEN: Final = opponents.hongyan_open
_SERVE: Final = opponents.hongyan_serve
_M: Final = ("mosquitto",)

ROWS: Final = (
    Row("qos1", "QoS 1, 50 to 50, window 100", _RATE, "messages/s", Aim.RATIO, 2.0, _OPEN, _qos(1)),
    Row("qos0", "QoS 0, 50 to 50, window 100", _RATE, "messages/s", Aim.RATIO, 2.0, _OPEN, _qos(0)),
    Row("crowded", "QoS 1 with 10,000 other subscriptions", _RATE, "messages/s", Aim.PAIRED, 0.9, _OPEN, _crowded,
        against=(), has_ceiling=False, rounds_factor=2.0),
    Row("fanout", "fan-out 1 to 100, QoS 1, window 100", "deliveries_per_s", "deliveries/s", Aim.RATIO, 2.0, _OPEN,
        _fan),
    Row("chat", "chat, 50 pairs, window 100", _RATE, "messages/s", Aim.RATIO, 1.0, _SERVE, _chat(100),
        _chat_routed(100), against=_M),
    Row("chat1", "chat, one to one, window 20", _RATE, "messages/s", Aim.RATIO, 0.5, _SERVE, _chat(20, 1),
        _chat_routed(20, 1), against=_M),
    Row("group", "chat, group of 100, window 20", "deliveries_per_s", "deliveries/s", Aim.RATIO, 1.0, _SERVE,
        _group, _group_routed, against=_M),
    Row("presence", "chat, 10,000 people come and go each minute", _RATE, "messages/s", Aim.PAIRED, 0.9, _SERVE,
        _beside_a_crowd, against=(), has_ceiling=False, rounds_factor=2.0),
    Row("connect", "connect and subscribe, 5,000 tokens", "connects_per_s", "clients/s", Aim.RATIO, 0.5, _SERVE,
        _connect, against=_M),
    Row("memory", "idle connection, TCP", _MEMORY, "KiB", Aim.AT_MOST, 6.0, _SERVE, _hold(websocket=False),
        has_ceiling=False, rounds_factor=0.4),
    Row("memory-ws", "idle connection, WebSocket", _MEMORY, "KiB", Aim.AT_MOST, 8.0, _SERVE, _hold(websocket=True),
        has_ceiling=False, rounds_factor=0.4),
    Row("paced", "2,000 chat messages/s beside the web, p99", "p99_ms", "ms", Aim.AT_MOST, 10.0, _SERVE, _paced,
        _paced_routed, against=_M),
    Row("websocket", "QoS 1, 50 to 50 over WebSocket", _RATE, "messages/s", Aim.RATIO, 2.0, _OPEN,
        _qos(1, websocket=True)),
)  # fmt: skip
