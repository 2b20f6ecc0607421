"""The storm itself: a small town, SIGKILL at seeded moments, then the counting."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

import psycopg

from tests.support.deployment import Deployment, EmbeddedDeployment, MosquittoDeployment
from tests.support.people import Participant, befriend, register
from tests.torture.judge import Name, Place, Report, Row, Rules, judge, last_lines
from tests.torture.people import Lamp, Receiver, Screen, Sender

SENDERS: Final = ("ann", "bob", "eve", "thermo")
SCREENS: Final = ("screen-1", "screen-2")
LAMPS: Final = ("lamp-1", "lamp-2")
FLOOD: Final = 300  # messages of each sender at once, just before a kill
_FLOOD_S: Final = 0.15
_SETTLE_S: Final = 60.0  # for everything to arrive after the last kill

DEPLOYMENTS: Final[Mapping[str, Callable[..., Deployment]]] = {
    "embedded": EmbeddedDeployment,
    "mosquitto": MosquittoDeployment,
}


@dataclass(frozen=True)
class Plan:
    """How long and how hard. The same plan kills at the same moments after each start.

    Attributes:
        rounds: Kills.
        rate: Messages a second of each sender.
        longest_s: Between a start and the next kill; one kill in five comes right after the start.
        brokers_too: On Mosquitto every fourth kill takes everything, not the router alone.
    """

    rounds: int
    seed: int
    rate: float = 200.0
    longest_s: float = 1.5
    brokers_too: bool = True


def run_storm(
    kind: str, folder: Path, plan: Plan, say: Callable[[str], None] = lambda text: None, *, postgres_url: str = ""
) -> Report:
    """Start a deployment, torture it, end it, and judge.

    Args:
        kind: embedded or mosquitto.
        folder: An empty one; an SQLite database stays in it.
        say: Is told each kill.
        postgres_url: An empty database instead of SQLite; its server is not killed.
    """
    database = ("--database-url", postgres_url) if postgres_url else ()
    deployment = DEPLOYMENTS[kind](folder, "--limits", "off", *database)
    read_log = partial(_read_postgres, postgres_url) if postgres_url else partial(_read_sqlite, folder)
    try:
        deployment.start()
        return asyncio.run(_storm(deployment, read_log, plan, say))
    except BaseException:
        say(deployment.read_logs()[-4_000:])
        raise
    finally:
        deployment.close()


async def _storm(
    deployment: Deployment, read_log: Callable[[], _Log], plan: Plan, say: Callable[[str], None]
) -> Report:
    random = Random(plan.seed)
    senders, receivers = await asyncio.to_thread(_move_in, deployment, plan, random)
    async with asyncio.TaskGroup() as living:
        tasks = {person: living.create_task(person.live()) for person in receivers}
        await _until(lambda: all(person.ready.is_set() for person in receivers), "the receivers to subscribe")
        tasks |= {person: living.create_task(person.live()) for person in senders}
        await _until(lambda: all(person.ready.is_set() for person in senders), "the senders to come in")
        kills = await _kill_again_and_again(deployment, senders, plan, random, say)
        _stop(senders)
        await _until(lambda: all(tasks[s].done() for s in senders), "a receipt for every message")
        log = await asyncio.to_thread(read_log)
        said = last_lines({row.place: row.name for row in log.rows})
        settled = await _wait(lambda: all(_has_everything(receiver, said, log.heads) for receiver in receivers))
        _stop(receivers)
    rules = Rules(strict=deployment.name == "embedded", queues_survive=not kills["everything"])
    if deployment.name == "embedded":
        rules = Rules(strict=True, queues_survive=True)
    report = judge(log.rows, log.heads, [s.evidence for s in senders], [r.evidence for r in receivers], rules)
    for what, count in kills.items():
        report.counts[f"kills of {what}"] = count
    report.counts["everything arrived in time"] = int(settled)
    return report


def _stop(people: Sequence[Sender | Receiver]) -> None:
    for person in people:
        person.stopping.set()


async def _kill_again_and_again(
    deployment: Deployment, senders: Sequence[Sender], plan: Plan, random: Random, say: Callable[[str], None]
) -> dict[str, int]:
    kills = {"the router": 0, "everything": 0}
    for number in range(1, plan.rounds + 1):
        at_once = random.random() < 0.2
        pause_s = random.uniform(0, 0.2) if at_once else random.uniform(0.2, plan.longest_s)
        only_router = isinstance(deployment, MosquittoDeployment) and not (plan.brokers_too and number % 4 == 0)
        if not at_once:
            await _until_stamped(senders)
        await asyncio.sleep(pause_s)
        for sender in senders:
            sender.flood(FLOOD)
        await asyncio.sleep(random.uniform(0, _FLOOD_S))
        what = "the router" if only_router else "everything"
        say(f"kill {number} of {plan.rounds}: {what}, {pause_s:.2f} s after the start")
        kills[what] += 1
        await asyncio.to_thread(_kill_and_start, deployment, only_router)
    return kills


async def _until_stamped(senders: Sequence[Sender]) -> None:
    """The router is slower back than its process: the pause begins when it stamps again."""

    def count() -> int:
        return sum(len(sender.evidence.stamps) for sender in senders)

    before = count()
    await _until(lambda: count() > before, "a stamp after the start")


def _kill_and_start(deployment: Deployment, only_router: bool) -> None:
    if only_router and isinstance(deployment, MosquittoDeployment):
        deployment.router.kill()
        deployment.router.start()
    else:
        deployment.kill()
        deployment.start()


def _move_in(deployment: Deployment, plan: Plan, random: Random) -> tuple[list[Sender], list[Receiver]]:
    people = {name: register(deployment.url, name) for name in (*SENDERS, *SCREENS, *LAMPS)}
    _make_lab(people)
    trusting = deployment.name == "embedded"
    senders, talks = [], {name: ["group:lab"] for name in (*SCREENS, *LAMPS)}
    for place, name in enumerate(SENDERS):
        partners = (SCREENS[place % len(SCREENS)], LAMPS[place % len(LAMPS)])
        for partner in partners:
            if name != "ann":
                befriend(people[name], people[partner])
            talks[partner].append("user:" + ":".join(sorted((name, partner))))
        targets = ("group/lab", *(f"user/{partner}" for partner in partners))
        trusts = trusting and place % 2 == 0
        senders.append(Sender(people[name], deployment.mqtt_port, targets, rate=plan.rate, trusts_puback=trusts))
    receivers: list[Receiver] = [Screen(people[n], deployment.mqtt_port, tuple(talks[n])) for n in SCREENS]
    for name in LAMPS:
        own = Random(random.random())
        receivers.append(Lamp(people[name], deployment.mqtt_port, tuple(talks[name]), own))
    return senders, receivers


def _make_lab(people: dict[str, Participant]) -> None:
    """Ann owns the group; everybody is her friend and a member."""
    ann, *others = people.values()
    ann.api.create_group("lab", "The lab")
    for other in others:
        befriend(ann, other)
        ann.api.add_member("lab", other.name)


@dataclass(frozen=True)
class _Log:
    rows: list[Row]
    heads: dict[str, int]


_MESSAGES: Final = (
    "SELECT m.position, c.key, m.seq, a.name, m.message_id, m.payload FROM stored_message m"
    " JOIN conversation c ON c.id = m.conversation_id JOIN account a ON a.id = m.sender_id ORDER BY m.position"
)
_HEADS: Final = "SELECT key, last_seq FROM conversation"


def _read_sqlite(folder: Path) -> _Log:
    path = folder / "data" / "hongyan.sqlite3"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        (check,) = database.execute("PRAGMA integrity_check").fetchone()
        assert check == "ok", check
        return _make_log(database.execute(_MESSAGES).fetchall(), database.execute(_HEADS).fetchall())


def _read_postgres(url: str) -> _Log:
    with psycopg.connect(url) as database:
        return _make_log(database.execute(_MESSAGES).fetchall(), database.execute(_HEADS).fetchall())


def _make_log(messages: Sequence[tuple[Any, ...]], heads: Sequence[tuple[Any, ...]]) -> _Log:
    for _, key, seq, name, message_id, payload in messages:
        envelope = json.loads(payload)
        assert (envelope["seq"], envelope["from"], envelope["id"]) == (seq, name, message_id), (key, payload)
    return _Log([Row(p, Place(key, seq), Name(name, i)) for p, key, seq, name, i, _ in messages], dict(heads))


def _has_everything(receiver: Receiver, said: Mapping[str, int], heads: Mapping[str, int]) -> bool:
    """All messages, of a group those after the lines that told who came in."""
    wanted = ((seen, range(said.get(key, 0) + 1, heads.get(key, 0) + 1)) for key, seen in receiver.got.items())
    return all(seen.issuperset(seqs) for seen, seqs in wanted)


async def _wait(condition: Callable[[], bool]) -> bool:
    deadline = asyncio.get_running_loop().time() + _SETTLE_S
    while not condition():
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(0.05)
    return True


async def _until(condition: Callable[[], bool], what: str) -> None:
    if not await _wait(condition):
        raise AssertionError(f"waited {_SETTLE_S} s in vain for {what}")
