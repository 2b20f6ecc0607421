"""`python -m bench.people`: what grows with the number of accounts: sign-in, search, friend list, rule check.

A small and a large crowd, each served by a process of its own, are asked in turns; the medians are compared.
"""

from __future__ import annotations

import argparse
import datetime
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flask.testing import FlaskClient

from bench.__main__ import describe_machine
from bench.crowd import DATABASE, make_crowd, name_of
from bench.world import PASSWORD, token_of
from hongyan.limits import Limits
from hongyan_core.clock import now_ms
from hongyan_core.decisions import Accepted, Submission
from hongyan_core.exchange import Exchange
from hongyan_core.secrets import load_secret_key
from hongyan_core.settings import Settings
from hongyan_core.store.database import open_database, raise_relations_version, write_transaction
from hongyan_core.store.models import Credential
from hongyan_web.app import create_app

TARGET: Final = 1.5
_RESULTS: Final = Path(__file__).parent / "results"
_ASKERS: Final = 1_000
_QUERIES: Final = ("王", "小", "明", "李伟", "子轩", "ann", "an", "arbor", "c0000", "nobody here")


class Crowd:
    """The web app and the exchange over one data folder, asked in this process."""

    def __init__(self, folder: Path) -> None:
        self._database = open_database(f"sqlite:///{folder / DATABASE}")
        key, _ = load_secret_key(folder)
        limits = Limits().lifted()
        self._client: FlaskClient = create_app(Settings(folder, key, limits=limits)).test_client(use_cookies=False)
        self._exchange = Exchange(limits=limits, now_ms=now_ms, leases=False)
        self._exchange.open()
        self._chance = random.Random(11)
        self._sent = 0
        self._askers = Credential.select().where(Credential.kind == "device").count()
        self.jobs: dict[str, Callable[[], float]] = {
            "sign-in": self._sign_in,
            "search": self._search,
            "friend list": self._list_friends,
            "rule check": self._check_rules,
        }

    def _asker(self) -> int:
        return self._chance.randrange(self._askers)

    def _call(self, method: str, path: str, **options: Any) -> float:
        headers = {"Authorization": f"Bearer {token_of(self._asker())}"} if method == "GET" else {}
        began = time.perf_counter()
        answer = self._client.open(f"/api/v1{path}", method=method, headers=headers, **options)
        took_s = time.perf_counter() - began
        if answer.status_code != 200:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        return took_s

    def _sign_in(self) -> float:
        return self._call("POST", "/session", json={"username": name_of(self._asker()), "password": PASSWORD})

    def _search(self) -> float:
        return self._call("GET", "/people", query_string={"q": self._chance.choice(_QUERIES)})

    def _list_friends(self) -> float:
        return self._call("GET", "/friends")

    def _check_rules(self) -> float:
        """A message to a friend when nothing is known of the two: somebody has changed a relation before."""
        sender = self._chance.randrange(self._askers - 1)
        self._sent += 1
        with write_transaction():
            raise_relations_version()
        topic = f"im/{name_of(sender)}/send/user/{name_of(sender + 1)}"
        began = time.perf_counter()
        (decision,) = self._exchange.accept([Submission(name_of(sender), topic, b"hello", f"bench-{self._sent}")])
        took_s = time.perf_counter() - began
        if not isinstance(decision, Accepted):
            raise RuntimeError(f"refused: {decision}")
        return took_s


def serve(folder: Path) -> None:
    """Do the jobs that stdin names, `[job, times]` a line, and answer with the seconds each took."""
    crowd = Crowd(folder)
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        job, times = json.loads(line)
        print(json.dumps([crowd.jobs[job]() for _ in range(times)]), flush=True)


@dataclass
class Server:
    """A process that serves a crowd."""

    process: subprocess.Popen[str]

    @classmethod
    def start(cls, folder: Path) -> Server:
        command = [sys.executable, "-m", "bench.people", "--serve", str(folder)]
        server = cls(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        server._read()
        return server

    def ask(self, job: str, times: int) -> list[float]:
        """The seconds that each run of a job took."""
        assert self.process.stdin is not None  # a pipe was asked for
        print(json.dumps([job, times]), file=self.process.stdin, flush=True)
        return list(self._read())

    def _read(self) -> Any:
        assert self.process.stdout is not None  # a pipe was asked for
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the measuring process has ended")
        return json.loads(line)

    def end(self) -> None:
        """Let it go."""
        self.process.communicate(timeout=30)


def compare(work: Path, sizes: tuple[int, int], friends: int, rounds: int, times: int) -> dict[str, dict[str, float]]:
    """Median milliseconds at both sizes, and their ratio, of each job."""
    servers = []
    for size in sizes:
        folder = work / str(size)
        folder.mkdir()
        make_crowd(folder, size, friends, min(size, _ASKERS))
        servers.append(Server.start(folder))
    took: dict[str, tuple[list[float], list[float]]] = {}
    try:
        jobs = ("sign-in", "search", "friend list", "rule check")
        for server in servers:
            for job in jobs:
                server.ask(job, 20)  # connections, caches, compiled queries
        for number in range(rounds):
            for job in jobs:
                both = took.setdefault(job, ([], []))
                for place in ((0, 1), (1, 0))[number % 2]:
                    both[place].extend(servers[place].ask(job, times))
    finally:
        for server in servers:
            server.end()
    return {job: _judge(*both) for job, both in took.items()}


def _judge(small: list[float], large: list[float]) -> dict[str, float]:
    medians = [statistics.median(figures) * 1_000 for figures in (small, large)]
    return {"small_ms": medians[0], "large_ms": medians[1], "ratio": medians[1] / medians[0]}


def main(argv: Sequence[str]) -> int:
    """Print the table and write it to bench/results; exit code 1 when a ratio is beyond the target."""
    parser = argparse.ArgumentParser(prog="python -m bench.people", description=__doc__)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--small", type=int, default=1_000)
    parser.add_argument("--large", type=int, default=100_000)
    parser.add_argument("--friends", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--times", type=int, default=40, help="runs of each job in a round")
    parser.add_argument("--work", type=Path, default=_RESULTS / "work", help="folder for data, on a disk")
    args = parser.parse_args(argv)
    if args.serve:
        serve(args.serve)
        return 0
    args.work.mkdir(parents=True, exist_ok=True)
    machine = describe_machine()
    with tempfile.TemporaryDirectory(dir=args.work) as folder:
        found = compare(Path(folder), (args.small, args.large), args.friends, args.rounds, args.times)
    when = datetime.datetime.now().astimezone()
    print(f"{when:%Y-%m-%d %H:%M}, {machine}; {args.friends} friends each, {args.rounds} x {args.times} runs\n")
    print(f"{'':14}{args.small:>10,} accounts{args.large:>12,} accounts   ratio   target")
    for job, row in found.items():
        reached = "reached" if row["ratio"] <= TARGET else "MISSED"
        print(
            f"{job:14}{row['small_ms']:>16.2f} ms{row['large_ms']:>18.2f} ms{row['ratio']:>8.2f}   {TARGET} {reached}"
        )
    path = _RESULTS / f"{when:%Y-%m-%dT%H-%M-%S}-people.json"
    path.write_text(json.dumps({"at": when.isoformat(), "machine": machine, "jobs": found}, indent=1) + "\n")
    print(f"\nwritten to {path}")
    return 0 if all(row["ratio"] <= TARGET for row in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
