"""`python -m tests.torture`: kill -9 in the middle of a flood, many times over; exit code 1 if anything is wrong.

It is bounded (a minute for 20 kills) and talks to 127.0.0.1 only.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.postgres import MENDING, find_postgres, running_postgres
from tests.torture.judge import FAULTS, Report
from tests.torture.storm import DEPLOYMENTS, Plan, run_storm


def main(argv: Sequence[str] | None = None) -> int:
    """Run the storms that were asked for, and print their tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--broker", choices=[*DEPLOYMENTS, "all"], default="embedded")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite", help="(sqlite)")
    parser.add_argument("--rounds", type=int, default=20, help="kills (20)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments (1)")
    parser.add_argument("--rate", type=float, default=200.0, help="messages a second of each of four senders (200)")
    parser.add_argument("--router-only", action="store_true", help="on Mosquitto never kill Mosquitto itself")
    args = parser.parse_args(argv)
    plan = Plan(args.rounds, args.seed, args.rate, brokers_too=not args.router_only)
    reports = [_run(kind, args.database, plan) for kind in (DEPLOYMENTS if args.broker == "all" else [args.broker])]
    return 0 if all(report.is_clean for report in reports) else 1


def _run(kind: str, database: str, plan: Plan) -> Report:
    started_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hongyan-torture-") as folder, empty_postgres(database) as url:
        report = run_storm(kind, Path(folder), plan, _say, postgres_url=url)
    _say(f"\n{kind} on {database}, {plan.rounds} kills, seed {plan.seed}, {time.monotonic() - started_s:.0f} s")
    _say("\n".join(table(report)) + "\n")
    return report


@contextmanager
def empty_postgres(database: str) -> Iterator[str]:
    """The URL of an empty database of a server that ends with it; none for SQLite, which lies in the data folder."""
    if database == "sqlite":
        yield ""
        return
    bin_dir = find_postgres()
    if bin_dir is None:
        raise SystemExit(f"PostgreSQL is not installed: {MENDING}")
    with running_postgres(bin_dir) as url:
        yield url


def table(report: Report) -> list[str]:
    """The counts, then what must be 0, then examples of what is not."""
    counts = [(name, count) for name, count in report.counts.items() if count]
    faults = [(name, report.faults[name]) for name in FAULTS]
    return [*(f"  {name:<44}{count:>9,}" for name, count in (*counts, *faults)), *report.examples]


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
