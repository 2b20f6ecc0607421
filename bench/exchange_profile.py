"""How long the exchange takes for a message, in one process and without a broker.

    python bench/exchange_profile.py                      # 50 pairs and a group of 100, batches of 20 to 1000
    python bench/exchange_profile.py --busy               # beside a thread that never rests, as a broker's loop can be
    python bench/exchange_profile.py --seconds 5 --directory /var/tmp

For each run: messages/s, CPU µs a message of this thread (`cpu`), then wall µs a message by stage. `rest` is what no
stage has: deciding, mostly. The disk counts: a RAM disk tells nothing.
"""

from __future__ import annotations

import argparse
import itertools
import secrets
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hongyan.limits import Limits
from hongyan_core import exchange as module
from hongyan_core.clock import now_ms
from hongyan_core.decisions import Accepted, Submission
from hongyan_core.exchange import Exchange
from hongyan_core.store.database import open_database, write_transaction
from hongyan_core.store.models import Account, ChatGroup, Conversation, Friendship, Membership

PAIRS, MEMBERS = 50, 100
BODY = "x" * 64
# What the exchange calls for each stage, as far as this version has it.
STAGES = {"parse": "parse_submission parse_all", "facts": "gather_facts gather", "write": "record", "transaction": ""}
NewId = Callable[[], str]
# Ids decide how many pages of the index of ids a batch touches.
IDS: dict[str, NewId] = {
    "rising": lambda: f"{time.time_ns():016x}{secrets.token_hex(8)}",  # as a UUID of version 7 begins with its time
    "random": lambda: secrets.token_hex(16),
}
_spent: defaultdict[str, float] = defaultdict(float)


def people(database_url: str) -> None:
    """50 pairs of friends, a0 and b0 to a49 and b49, and one group `lab` of 100."""
    open_database(database_url)
    names = [f"{side}{n}" for n in range(PAIRS) for side in "ab"]
    with write_transaction():
        rows = [(name, name, "-", 1) for name in names]
        fields = [Account.name, Account.display_name, Account.password_hash, Account.created_at_ms]
        Account.insert_many(rows, fields).execute()
        ids = {account.name: account for account in Account.select()}
        pairs = [(ids[f"{x}{n}"], ids[f"{y}{n}"], 1) for n in range(PAIRS) for x, y in ("ab", "ba")]
        Friendship.insert_many(pairs, [Friendship.account, Friendship.friend, Friendship.since_ms]).execute()
        log = Conversation.create(key="group:lab", kind="group")
        lab = ChatGroup.create(name="lab", title="", owner=ids["a0"], conversation=log, created_at_ms=1)
        seats = [(lab, ids[name], 0, 1) for name in names[:MEMBERS]]
        columns = [Membership.group, Membership.account, Membership.since_seq, Membership.joined_at_ms]
        Membership.insert_many(seats, columns).execute()


def pairs(new_id: NewId) -> Iterator[Submission]:
    """Everybody to their friend, in turn."""
    for n in itertools.cycle(range(PAIRS)):
        yield message(f"a{n}", f"user/b{n}", new_id())


def window(new_id: NewId) -> Iterator[Submission]:
    """One to one."""
    while True:
        yield message("a0", "user/b0", new_id())


def group(new_id: NewId) -> Iterator[Submission]:
    """One member to the group."""
    while True:
        yield message("a0", "group/lab", new_id())


def message(sender: str, to: str, message_id: str) -> Submission:
    """A text of 64 bytes."""
    payload = f'{{"id":"{message_id}","kind":"text","body":"{BODY}"}}'.encode()
    return Submission(sender, f"im/{sender}/send/{to}", payload, "")


WORKS: dict[str, Callable[[NewId], Iterator[Submission]]] = {"pairs": pairs, "one": window, "group": group}


def measure(exchange: Exchange, work: str, new_id: NewId, size: int, seconds: float) -> str:
    """One row of the table."""
    source = WORKS[work](new_id)
    batches: list[float] = []
    cpu = count = 0.0
    _spent.clear()
    while sum(batches) < seconds:
        batch = list(itertools.islice(source, size))
        wall, used = time.perf_counter(), time.thread_time()
        decisions = exchange.accept(batch)
        batches.append(time.perf_counter() - wall)
        cpu += time.thread_time() - used
        count += size
        if not all(isinstance(decision, Accepted) for decision in decisions):
            raise SystemExit(f"refused: {next(d for d in decisions if not isinstance(d, Accepted))}")
    total = sum(batches)
    known = {stage: _spent[stage] for stage in STAGES}
    known["rest"] = total - sum(known.values())
    stages = " ".join(f"{known[stage] / count * 1e6:11.2f}" for stage in known)
    p99 = statistics.quantiles(batches, n=100)[-1] * 1e3 if len(batches) > 1 else 0.0
    return f"{work:6} {size:5} {count / total:9.0f} {cpu / count * 1e6:7.2f} {p99:8.2f} {stages}"


def watch_stages() -> None:
    """Put a watch around what each stage calls."""
    for stage, names in STAGES.items():
        for name in names.split():
            if hasattr(module, name):
                setattr(module, name, _timed(stage, getattr(module, name)))
    if hasattr(module, "Known"):
        module.Known.gather = _timed("facts", module.Known.gather)  # a stopwatch
    for name in ("ExchangeTransaction",):
        if hasattr(module, name):
            setattr(module, name, _timed_transaction(getattr(module, name)))


def _timed(stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def timed(*args: Any, **kwargs: Any) -> Any:
        start = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            _spent[stage] += time.perf_counter() - start

    return timed


def _timed_transaction(transaction: Callable[[], Any]) -> Callable[[], Any]:
    @contextmanager
    def timed() -> Iterator[int]:
        entering = time.perf_counter()
        with transaction() as version:
            _spent["transaction"] += time.perf_counter() - entering
            yield version
            leaving = time.perf_counter()
        _spent["transaction"] += time.perf_counter() - leaving

    return timed


@contextmanager
def busy(wanted: bool) -> Iterator[None]:
    """A thread that computes and, every 50 µs or so, gives others their turn as a socket call does."""
    done = threading.Event()

    def spin() -> None:
        while not done.is_set():
            for _ in range(20):
                sum(range(100))
            time.sleep(0)  # gives the GIL away, as a thread that does I/O would

    thread = threading.Thread(target=spin)
    if wanted:
        thread.start()
    try:
        yield
    finally:
        done.set()
        if wanted:
            thread.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each run (1)")
    parser.add_argument("--sizes", default="1,20,50,200,1000", help="of the batches")
    parser.add_argument("--works", default="pairs,one,group")
    parser.add_argument("--directory", default=".", help="where the database is made: a real disk (.)")
    parser.add_argument("--busy", action="store_true", help="beside a thread that computes")
    parser.add_argument("--no-stages", action="store_true", help="without watches, which cost some 0.2 µs a message")
    parser.add_argument("--ids", choices=IDS, default="rising", help="of the messages (rising)")
    options = parser.parse_args()
    new_id = IDS[options.ids]
    if not options.no_stages:
        watch_stages()
    with tempfile.TemporaryDirectory(dir=options.directory, prefix="exchange-profile-") as directory:
        people(f"sqlite:///{Path(directory) / 'hongyan.sqlite3'}")
        exchange = Exchange(limits=Limits().lifted(), now_ms=now_ms, leases=False)
        exchange.open()
        for submission in itertools.islice(pairs(new_id), 100):  # at first it looks every id up
            exchange.accept([submission])
        print("work    size     msg/s  cpu µs  p99 ms " + " ".join(f"{stage:>11}" for stage in (*STAGES, "rest")))
        with busy(options.busy):
            for work in options.works.split(","):
                for size in options.sizes.split(","):
                    print(measure(exchange, work, new_id, int(size), options.seconds), flush=True)
        exchange.close()


if __name__ == "__main__":
    main()
