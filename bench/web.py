"""`python -m bench.web`: what the pages cost in Chromium: bytes, tasks while scrolling, keys, the start, memory.

One reader with a list of conversations, one of which is long; of each figure the median and the largest of all rounds.
"""

from __future__ import annotations

import argparse
import datetime
import json
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Final
from urllib.request import Request, urlopen

from playwright.sync_api import Browser, sync_playwright

from bench import web_page
from bench.__main__ import describe_machine
from bench.web_page import Figures
from bench.web_world import GROUP, make_world
from bench.world import token_of
from hongyan import Client
from tests.e2e.browser import CHROMIUM, FLAGS
from tests.support.process import Server
from tests.support.waiting import wait_for

_RESULTS: Final = Path(__file__).parent / "results"
_TALKING_S: Final = 0.05  # between messages: 20 a second
_LONG: Final = "The goose flies over the lake. " * 65  # 2,000 characters


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure must not exceed; `rule`: whether the median counts, or the largest of all rounds."""

    row: str
    figure: str
    most: float
    rule: str = "max"


TARGETS: Final = (
    Target("loading", "script_bytes", 92_160),
    Target("scrolling", "longest_task_ms", 50),
    Target("scrolling", "nodes", 299),
    Target("start, cold", "interactive_ms", 1_500, "median"),
    Target("start, warm", "interactive_ms", 1_500, "median"),
)


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is, and how long it is measured."""

    messages: int = 100_000
    talks: int = 300
    scroll_s: float = 15.0
    keys: int = 100
    sent: int = 20


_FULL: Final = Size()
Rows = dict[str, list[Figures]]


def measure(folder: Path, size: Size, rounds: int) -> Rows:
    """The figures of each round, by row."""
    make_world(folder, size.messages, size.talks)
    server = Server(folder, "--limits", "off")
    rows: Rows = {}
    try:
        server.start()
        _wait_for_index(server.url)
        with _open_chromium() as browser:
            for _ in range(rounds):
                for name, figures in _run_round(browser, server.url, size):
                    rows.setdefault(name, []).append(figures)
    finally:
        server.close()
    return rows


def _run_round(browser: Browser, url: str, size: Size) -> Iterator[tuple[str, Figures]]:
    yield "loading", web_page.measure_loading(browser, url)
    with web_page.open_window(browser) as window:
        window.sign_in(url)
        window.open_group()
        yield "scrolling", web_page.measure_scroll(window, size.scroll_s)
        end = window.page.get_by_test_id("to-end")
        if end.is_visible():  # a short log may be at its end already
            end.click()
        yield "typing", web_page.measure_typing(window, "", size.keys)
        with _talking(url):
            yield "typing, 20 messages/s", web_page.measure_typing(window, "", size.keys)
            yield "typing, and 2,000 characters", web_page.measure_typing(window, _LONG, size.keys)
        yield "sending", web_page.measure_sending(window, size.sent)
        yield "start, cold", web_page.measure_start(window, url, cold=True)
        yield "start, warm", web_page.measure_start(window, url, cold=False)


@contextmanager
def _open_chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


def _wait_for_index(url: str) -> None:
    """The server reads everything into its search index first; that would be measured too."""
    request = Request(f"{url}/api/v1/search?q=goose", headers={"Authorization": f"Bearer {token_of(1)}"})

    def is_done() -> bool:
        with urlopen(request, timeout=10) as answer:
            return json.load(answer)["behind"] is False

    wait_for(is_done, timeout_s=300, what="the search index")


@contextmanager
def _talking(url: str) -> Iterator[None]:
    """Somebody writes into the group."""
    enough = Event()

    def talk() -> None:
        with Client(url, token_of(1)) as client:
            while not enough.wait(_TALKING_S):
                client.send(f"group/{GROUP}", "The pump in room 4 runs again. 水泵修好了。")

    thread = Thread(target=talk)
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()


def judge(rows: Rows) -> dict[str, dict[str, dict[str, float | bool | None]]]:
    """Median and largest of each figure; and where there is a target, that and whether it is reached."""
    return {
        row: {name: _judge(row, name, [each[name] for each in runs]) for name in runs[0]} for row, runs in rows.items()
    }


def _judge(row: str, figure: str, values: list[float]) -> dict[str, float | bool | None]:
    found: dict[str, float | bool | None] = {"median": statistics.median(values), "max": max(values)}
    for target in TARGETS:
        if (target.row, target.figure) == (row, figure):
            found |= {"target": target.most, "reached": (found[target.rule] or 0) <= target.most}
    return found


def main(argv: Sequence[str]) -> int:
    """Print the table and write it to bench/results; exit code 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.web", description=__doc__)
    parser.add_argument("--messages", type=lambda text: int(text.replace("_", "")), default=_FULL.messages)
    parser.add_argument("--talks", type=int, default=_FULL.talks, help="conversations in the list")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--work", type=Path, default=_RESULTS / "work", help="folder for data, on a disk")
    args = parser.parse_args(argv)
    args.work.mkdir(parents=True, exist_ok=True)
    machine = describe_machine()
    with tempfile.TemporaryDirectory(dir=args.work) as folder:
        rows = measure(Path(folder), Size(args.messages, args.talks), args.rounds)
    found = judge(rows)
    when = datetime.datetime.now().astimezone()
    title = f"{args.messages:,} messages, {args.talks} conversations, {args.rounds} rounds"
    print(f"{when:%Y-%m-%d %H:%M}, {machine}; {title}\n")
    _show(found)
    path = _RESULTS / f"{when:%Y-%m-%dT%H-%M-%S}-web.json"
    content = {"at": when.isoformat(), "machine": machine, "size": title, "rows": found, "runs": rows}
    path.write_text(json.dumps(content, indent=1) + "\n")
    print(f"\nwritten to {path}")
    return 0 if all(figure.get("reached", True) for row in found.values() for figure in row.values()) else 1


def _show(found: dict[str, dict[str, dict[str, float | bool | None]]]) -> None:
    print(f"{'':30}{'':22}{'median':>12}{'largest':>12}{'target':>12}")
    for row, figures in found.items():
        for name, figure in figures.items():
            goal = (
                f"{figure['target']:>12,.0f}  {'reached' if figure['reached'] else 'MISSED'}"
                if "target" in figure
                else ""
            )
            print(f"{row:30}{name:22}{figure['median']:>12,.1f}{figure['max']:>12,.1f}{goal}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
