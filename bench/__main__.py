"""`python -m bench`: rounds of all opponents in alternation, a table, and a JSON file."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import pickle
import platform
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench import opponents
from bench.generator import Job
from bench.opponents import Needs, NotAvailable, Opponent
from bench.report import OURS, RowResult, format_table, to_json
from bench.rows import OTHERS, ROWS, Pace, Row
from bench.world import RamDisk, make_template, measure_fdatasync, name_of, refuse_ram_disk, token_of

_RESULTS: Final = Path(__file__).parent / "results"
_JOB_S: Final = 60
_AMQTT_ROUNDS: Final = 2  # its figures are far away and slow to get


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run, and where."""

    rows: tuple[Row, ...]
    rounds: int
    work: Path
    pace: Pace
    template: Path | None = None


def run_job(job: Job) -> dict[str, Any]:
    """Let a fresh generator process do a job."""
    command = (sys.executable, "-m", "bench.generator")
    try:
        done = subprocess.run(command, input=pickle.dumps(job), capture_output=True, timeout=_JOB_S, check=False)
    except subprocess.TimeoutExpired:
        return {"failed": f"not done after {_JOB_S} s"}
    if done.returncode:
        return {"failed": (done.stderr.decode(errors="replace").strip().splitlines() or ["generator ended"])[-1]}
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def run_row(plan: Plan, row: Row) -> RowResult:
    """All rounds of a row; who begins changes from round to round."""
    result = RowResult(row)
    rounds = max(1, round(plan.rounds * row.rounds_factor))
    if row.has_ceiling:
        result.ceiling = _run_one(plan, row, opponents.null_server, 0, is_ours=False)
        result.single_ceiling = _run_one(plan, row, opponents.single_null_server, 0, is_ours=False)
    contenders: list[tuple[str, Opponent]] = [(OURS, row.ours), *((name, OTHERS[name]) for name in row.against)]
    for number in range(rounds):
        shift = number % len(contenders)
        for name, opponent in contenders[shift:] + contenders[:shift]:
            if name == "amqtt" and number >= _AMQTT_ROUNDS:
                continue
            result.add(name, _run_one(plan, row, opponent, number, is_ours=name == OURS))
        _say(f"{row.name} {number + 1}/{rounds}: {_describe(result)}")
    return result


def _run_one(plan: Plan, row: Row, opponent: Opponent, number: int, *, is_ours: bool) -> dict[str, Any]:
    needs = Needs(plan.work, plan.template, _passwords(plan) if row.name == "connect" else ())
    make = row.make_job if is_ours or row.plain is None else row.plain
    try:
        with opponent(needs) as running:
            result = run_job(make(plan.pace, running, number))
            if "failed" in result and (words := opponents.last_words(running)):
                result["failed"] += f" ({words})"
            return result
    except NotAvailable as problem:
        return {"failed": str(problem)}


def _passwords(plan: Plan) -> tuple[tuple[str, str], ...]:
    return tuple((name_of(n), token_of(n)) for n in range(plan.pace.people))


def _describe(result: RowResult) -> str:
    metric = result.row.metric
    last = {name: runs[-1] for name, runs in result.runs.items()}
    return ", ".join(
        f"{name} {run['failed']}" if "failed" in run else f"{name} {run[metric]:,.1f}" for name, run in last.items()
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def describe_machine() -> str:
    """What a reader needs to compare."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
    price = f"a socket call {measure_socket_call():.1f} us"
    version = f"Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {model}, {version}, load {os.getloadavg()[0]:.1f}, {price}"


def measure_socket_call(times: int = 5_000) -> float:
    """Microseconds for one small send or receive over loopback: what a broker pays that writes each packet alone."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as one:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        other, _ = server.accept()
        with other:
            began = time.perf_counter()
            for _ in range(times):
                one.send(b"x")
                other.recv(1)
            return (time.perf_counter() - began) / (2 * times) * 1e6


def main(argv: Sequence[str]) -> int:
    """Run the benchmark; exit code 1 when a chat row was asked for and there is no disk."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = [row.name for row in ROWS]
    parser.add_argument("--rows", default="", help=f"a choice of {','.join(names)} (default: all)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--measure", type=float, default=Pace().measure_s, help="seconds that each run counts")
    parser.add_argument("--work", type=Path, default=_RESULTS / "work", help="folder for data, on a disk")
    args = parser.parse_args(argv)
    wanted = args.rows.split(",") if args.rows else names
    if unknown := set(wanted) - set(names):
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    rows = tuple(row for row in ROWS if row.name in wanted)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # brokers are ended and what was measured is shown
    args.work.mkdir(parents=True, exist_ok=True)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, hard), hard))
    with tempfile.TemporaryDirectory(dir=args.work) as folder:
        try:
            return _run(Plan(rows, args.rounds, Path(folder), Pace(measure_s=args.measure)))
        except RamDisk as problem:
            _say(f"bench: {problem}")
            return 1


def _run(plan: Plan) -> int:
    began, machine = time.monotonic(), describe_machine()
    disk = "no chat rows"
    if any(row.is_chat for row in plan.rows):
        refuse_ram_disk(plan.work)
        disk = "fdatasync median {:.2f} ms, p99 {:.2f} ms".format(*measure_fdatasync(plan.work))
        crowd = plan.pace.crowd if any(row.name == "presence" for row in plan.rows) else 0
        template = make_template(plan.work / "template", plan.pace.people, crowd)
        plan = Plan(plan.rows, plan.rounds, plan.work, plan.pace, template)
    _say(f"{machine}; {disk}")
    results: list[RowResult] = []
    try:
        for row in plan.rows:
            results.append(run_row(plan, row))
    except KeyboardInterrupt:
        _say("interrupted: only what was finished is shown")
    when = datetime.datetime.now().astimezone()
    print(f"{when:%Y-%m-%d %H:%M}, {machine}; {disk}; {plan.rounds} rounds, {time.monotonic() - began:.0f} s\n")
    print(format_table(results))
    _RESULTS.mkdir(exist_ok=True)
    path = _RESULTS / f"{when:%Y-%m-%dT%H-%M-%S}.json"
    content = {"at": when.isoformat(), "machine": machine, "disk": disk, "rows": [to_json(each) for each in results]}
    path.write_text(json.dumps(content, indent=1) + "\n")
    print(f"\nwritten to {path}")
    shutil.rmtree(plan.work / "template", ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
