"""`python -m bench.history`: a page of history at the head, in the middle and at the start of one long conversation.

Through the API; the target is that no page takes more than 1.5 times as long as one of a short conversation.
"""

from __future__ import annotations

import argparse
import datetime
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.__main__ import describe_machine
from bench.reader import Reader
from bench.talk import make_dialogue

TARGET: Final = 1.5
_RESULTS: Final = Path(__file__).parent / "results"
_PAGE: Final = 50


def measure(folder: Path, messages: int, rounds: int) -> dict[str, dict[str, float]]:
    """Median milliseconds of each page, and its ratio to the page of a short conversation: the first row."""
    make_dialogue(folder, {"p0001": 2 * _PAGE, "p0002": messages})
    reader = Reader(folder)
    places = {
        "short": ("p0001", {}),
        "head": ("p0002", {}),
        "middle, back": ("p0002", {"before": messages // 2}),
        "middle, on": ("p0002", {"after": messages // 2}),
        "start": ("p0002", {"after": 0}),
    }
    took: dict[str, list[float]] = {name: [] for name in places}
    for number in range(rounds + 3):  # the first ones: connections, caches, compiled queries
        for name, (peer, page) in places.items():
            began = time.perf_counter()
            answer = reader.get(f"/conversations/user/{peer}/messages", limit=_PAGE, **page)
            took_ms = (time.perf_counter() - began) * 1_000
            if len(answer["messages"]) != _PAGE:
                raise RuntimeError(f"{name}: {len(answer['messages'])} messages")
            if number >= 3:
                took[name].append(took_ms)
    reader.close()
    medians = {name: statistics.median(figures) for name, figures in took.items()}
    return {name: {"median_ms": ms, "ratio": ms / medians["short"]} for name, ms in medians.items()}


def main(argv: Sequence[str]) -> int:
    """Print the table and write it to bench/results; exit code 1 when a ratio is beyond the target."""
    parser = argparse.ArgumentParser(prog="python -m bench.history", description=__doc__)
    parser.add_argument("--messages", type=lambda text: int(text.replace("_", "")), default=1_000_000)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--work", type=Path, default=_RESULTS / "work", help="folder for data, on a disk")
    args = parser.parse_args(argv)
    args.work.mkdir(parents=True, exist_ok=True)
    machine = describe_machine()
    with tempfile.TemporaryDirectory(dir=args.work) as folder:
        found = measure(Path(folder), args.messages, args.rounds)
    when = datetime.datetime.now().astimezone()
    print(f"{when:%Y-%m-%d %H:%M}, {machine}; {_PAGE} of {args.messages:,} messages\n")
    for name, row in found.items():
        verdict = "reached" if row["ratio"] <= TARGET else "MISSED"
        print(f"{name:14}{row['median_ms']:>10.2f} ms{row['ratio']:>8.2f}   {TARGET} {verdict}")
    path = _RESULTS / f"{when:%Y-%m-%dT%H-%M-%S}-history.json"
    path.write_text(json.dumps({"at": when.isoformat(), "machine": machine, "pages": found}, indent=1) + "\n")
    print(f"\nwritten to {path}")
    return 0 if all(row["ratio"] <= TARGET for row in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
