"""`python -m tests.torture`: kill -9 in the middle of a flood, many times over; exit code 1 if anything is wrong.

It is bounded (a minute for 20 kills) and talks to 127.0.0.1 only.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.torture.judge import FAULTS, Report
from tests.torture.storm import DEPLOYMENTS, Plan, run_storm


def main(argv: Sequence[str] | None = None) -> int:
    """Run the storms that were asked for, and print their tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--broker", choices=[*DEPLOYMENTS, "all"], default="embedded")
    parser.add_argument("--rounds", type=int, default=20, help="kills (20)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments (1)")
    parser.add_argument("--rate", type=float, default=200.0, help="messages a second of each of four senders (200)")
    parser.add_argument("--router-only", action="store_true", help="on Mosquitto never kill Mosquitto itself")
    args = parser.parse_args(argv)
    plan = Plan(args.rounds, args.seed, args.rate, brokers_too=not args.router_only)
    reports = [_run(kind, plan) for kind in (DEPLOYMENTS if args.broker == "all" else [args.broker])]
    return 0 if all(report.is_clean for report in reports) else 1


def _run(kind: str, plan: Plan) -> Report:
    started_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hongyan-torture-") as folder:
        report = run_storm(kind, Path(folder), plan, _say)
    _say(f"\n{kind}, {plan.rounds} kills, seed {plan.seed}, {time.monotonic() - started_s:.0f} s")
    _say("\n".join(table(report)) + "\n")
    return report


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
