"""What the browser bench does in Chromium, and what it reads there: one function a question."""

from __future__ import annotations

import gzip
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

from bench.web_world import GROUP
from bench.world import PASSWORD, name_of

Figures = dict[str, float]
_REST_MS: Final = 1_500  # so that no start shares the processors with the end of the page before it
_LOG: Final = "[data-testid=messages]"
# Runs before the pages' own scripts. `painted(run)`: the time when what was changed now is on the screen.
_PROBES: Final = """
window.probes = { longest: 0, frames: [], nodes: 0, keys: [], sent: [], listed: 0, opened: 0, watching: false };
new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) probes.longest = Math.max(probes.longest, duration);
}).observe({ type: "longtask", buffered: false });
const afterThisFrame = (run) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => run(performance.now());
    port2.postMessage(null);
};
const painted = (run) => requestAnimationFrame(() => afterThisFrame(run));
addEventListener("keydown", ({ timeStamp, key, target }) => {
    if (key === "Enter") {
        const log = document.querySelector("[data-testid=messages]");
        const own = () => [...log.querySelectorAll("[data-progress=sending], [data-progress=sent]")].at(-1);
        const before = own();
        const look = () => painted((now) => (own() === before ? look() : probes.sent.push(now - timeStamp)));
        look();
    } else if (target instanceof HTMLTextAreaElement) painted((now) => probes.keys.push(now - timeStamp));
}, true);
probes.watch = () => {
    const rows = document.querySelector("[data-testid=messages]").getElementsByTagName("li");
    let last = performance.now();
    const frame = (now) => {
        probes.frames.push(now - last);
        last = now;
        probes.nodes = Math.max(probes.nodes, rows.length);
        if (probes.watching) requestAnimationFrame(frame);
    };
    probes.watching = true;
    requestAnimationFrame(frame);
};
probes.start = () => {
    const wait = (testid, then) => requestAnimationFrame(() => {
        const found = document.querySelector(testid);
        if (found) afterThisFrame((now) => then(now, found));
        else wait(testid, then);
    });
    wait("[data-testid=conversations] a", (now, first) => {
        probes.listed = now;
        first.click();
        wait("[data-testid=messages] [data-testid=message]", (then) => { probes.opened = then; });
    });
};
"""


@dataclass
class Window:
    """A person's window, signed out; every script that came over the network is counted."""

    page: Page
    session: CDPSession
    scripts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def count_scripts(self) -> None:
        """From now on."""
        self.session.send("Network.enable")
        self.session.on("Network.responseReceived", self._note_response)
        self.session.on("Network.loadingFinished", self._note_size)

    def _note_response(self, event: dict[str, Any]) -> None:
        if event["type"] == "Script":
            headers = {name.lower(): value for name, value in event["response"]["headers"].items()}
            self.scripts[event["requestId"]] = {"packed": "content-encoding" in headers, "bytes": 0}

    def _note_size(self, event: dict[str, Any]) -> None:
        if found := self.scripts.get(event["requestId"]):
            found["bytes"] = int(event["encodedDataLength"])

    def script_bytes(self) -> int:
        """Compressed: as sent, or as gzip makes of what was sent as it is."""
        return sum(self._packed_size(identifier, found) for identifier, found in self.scripts.items())

    def _packed_size(self, identifier: str, found: dict[str, Any]) -> int:
        if found["packed"]:
            return int(found["bytes"])
        body = self.session.send("Network.getResponseBody", {"requestId": identifier})["body"]
        return len(gzip.compress(str(body).encode(), 9))

    def sign_in(self, url: str) -> None:
        """Sign the reader in, ending in the list."""
        self.page.goto(url)
        self.page.get_by_test_id("username").fill(name_of(0))
        self.page.get_by_test_id("password").fill(PASSWORD)
        self.page.get_by_test_id("submit").click()
        self.page.locator("[data-testid=conversations] a").first.wait_for()

    def open_group(self) -> None:
        """Open the long conversation at its end."""
        self.page.evaluate(f"location.hash = '#/chat/group/{GROUP}'")
        self.page.locator(f"{_LOG} [data-testid=message]").first.wait_for()

    def wait(self, condition: str) -> None:
        """Until it is true; Playwright's own way needs `eval`, which the pages forbid."""
        look = f"const look = () => ({condition}) ? done() : requestAnimationFrame(look)"
        self.page.evaluate(f"new Promise((done) => {{ {look}; look(); }})")

    def probe(self, script: str) -> Any:
        """Run something of the probes."""
        return self.page.evaluate(script)


@contextmanager
def open_window(browser: Browser, **options: Any) -> Iterator[Window]:
    """A context of its own: its own cookies and cache."""
    context: BrowserContext = browser.new_context(locale="en-GB", viewport={"width": 1200, "height": 800}, **options)
    context.add_init_script(_PROBES)
    page = context.new_page()
    try:
        yield Window(page, context.new_cdp_session(page))
    finally:
        context.close()


def measure_loading(browser: Browser, url: str) -> Figures:
    """Kilobytes of scripts until somebody has signed in, opened a conversation and sent a message."""
    with open_window(browser) as window:
        window.count_scripts()
        window.sign_in(url)
        window.open_group()
        composer = window.page.get_by_test_id("composer")
        composer.fill("hello")
        composer.press("Enter")
        window.page.locator(f"{_LOG} [data-progress=sent]").last.wait_for()
        return {"script_bytes": window.script_bytes()}


def measure_scroll(window: Window, seconds: float) -> Figures:
    """Scroll up without a rest, by wheel and then by key, and down again; the window shows the end of the group."""
    tasks = Tasks(window.session)
    page = window.page
    box = page.locator(_LOG).bounding_box()
    assert box is not None  # it is in view
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    window.probe("probes.longest = 0; probes.frames = []; probes.nodes = 0; probes.watch()")
    tasks.begin()
    for turn in (_wheel(page, -400), _press(page, "PageUp"), _wheel(page, 400)):
        end = time.monotonic() + seconds / 3
        while time.monotonic() < end:
            next(turn)
    window.probe("probes.watching = false")
    longest_ms, busy_ms = tasks.end()
    frames = sorted(window.probe("probes.frames"))
    return {
        "longest_task_ms": longest_ms,
        "longest_task_cpu_ms": busy_ms,
        "longest_frame_ms": frames[-1],
        "p99_frame_ms": _percentile(frames, 0.99),
        "nodes": window.probe("probes.nodes"),
        "memory_mb": _memory_mb(window),
    }


def _wheel(page: Page, step: int) -> Iterator[None]:
    while True:
        page.mouse.wheel(0, step)
        yield


def _press(page: Page, key: str) -> Iterator[None]:
    page.locator(_LOG).focus()
    while True:
        page.keyboard.press(key)
        yield


def _memory_mb(window: Window) -> float:
    window.session.send("HeapProfiler.collectGarbage")
    return float(window.session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


class Tasks:
    """The tasks of the page's main thread, by Chromium's own trace."""

    def __init__(self, session: CDPSession) -> None:
        self._session = session
        self._events: list[dict[str, Any]] = []
        self._done = False
        session.on("Tracing.dataCollected", lambda part: self._events.extend(part["value"]))
        session.on("Tracing.tracingComplete", lambda _: setattr(self, "_done", True))

    def begin(self) -> None:
        """Listen from now on."""
        categories = {"includedCategories": ["toplevel", "__metadata", "devtools.timeline"]}
        self._session.send("Tracing.start", {"traceConfig": categories, "transferMode": "ReportEvents"})

    def end(self) -> tuple[float, float]:
        """The longest task in milliseconds, by the clock and by the processor's time."""
        self._session.send("Tracing.end")
        while not self._done:
            self._session.send("Runtime.evaluate", {"expression": "0"})  # lets what was traced arrive
        main = {
            (event["pid"], event["tid"])
            for event in self._events
            if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
        }
        tasks = [
            e for e in self._events if e["ph"] == "X" and e["name"].endswith("RunTask") and (e["pid"], e["tid"]) in main
        ]
        return max(e["dur"] for e in tasks) / 1_000, max(e.get("tdur", 0) for e in tasks) / 1_000


def measure_typing(window: Window, words: str, keys: int) -> Figures:
    """Milliseconds from a key to the picture with it, after `words` were written."""
    composer = window.page.get_by_test_id("composer")
    composer.fill(words)
    composer.press("End")
    window.probe("probes.keys = []")
    composer.press_sequentially("the goose flies "[: keys % 16] + "the goose flies " * (keys // 16), delay=25)
    window.wait(f"probes.keys.length >= {keys}")
    took = sorted(window.probe("probes.keys"))
    composer.fill("")
    return {"p50_ms": statistics.median(took), "p99_ms": _percentile(took, 0.99), "max_ms": took[-1]}


def measure_sending(window: Window, times: int) -> Figures:
    """Milliseconds from Enter to the bubble."""
    composer = window.page.get_by_test_id("composer")
    window.probe("probes.sent = []")
    for number in range(times):
        composer.fill(f"message {number}")
        composer.press("Enter")
        window.wait(f"probes.sent.length > {number}")
    took = sorted(window.probe("probes.sent"))
    return {"p50_ms": statistics.median(took), "max_ms": took[-1]}


def measure_start(window: Window, url: str, *, cold: bool) -> Figures:
    """Somebody who is signed in opens the pages with a processor 4 times slower.

    Cold: the browser has nothing of the pages, as at a first visit. Warm: it has installed them.

    Milliseconds from the start of the navigation until the list is shown, and until a click has opened a conversation:
    its newest messages are on the screen.
    """
    session = window.session
    if not cold:
        window.probe("navigator.serviceWorker.ready.then(() => undefined)")
    window.page.goto("about:blank")
    if cold:
        session.send("Network.clearBrowserCache")
        session.send("Storage.clearDataForOrigin", {"origin": url, "storageTypes": "service_workers,cache_storage"})
    window.page.wait_for_timeout(_REST_MS)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    window.page.goto(url, wait_until="commit")
    window.probe("probes.start()")
    window.wait("probes.opened > 0")
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    return {"listed_ms": window.probe("probes.listed"), "interactive_ms": window.probe("probes.opened")}


def _percentile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
