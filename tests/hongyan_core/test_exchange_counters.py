"""What is counted, and that the log alone tells the state of every mark: on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from peewee import Database

from hongyan.limits import Limits
from hongyan_core.exchange import Exchange, Submission
from hongyan_core.store.database import write_transaction
from hongyan_core.store.models import (
    Conversation,
    MessageVersion,
    Pin,
    Reaction,
    ReadMark,
    StoredMessage,
    Vote,
)
from hongyan_core.store.outbox import tell_line, tell_send
from tests.support.exchanging import StoppedClock, running_exchange, stamp
from tests.support.lab import Lab, make_lab
from tests.support.talking import refusal, say, send, stored, trust


@pytest.fixture
def lab(database: Database) -> Lab:
    return make_lab()


@pytest.fixture
def exchange(lab: Lab) -> Iterator[Exchange]:
    with running_exchange(Limits().lifted(), clock=StoppedClock(10_000)) as opened:
        yield opened


def counts() -> list[tuple[int, str, int]]:
    rows = StoredMessage.select().order_by(StoredMessage.seq)
    return [(row.seq, row.kind, row.ordinal) for row in rows]


@pytest.mark.parametrize("at_once", [True, False])
def test_only_content_is_counted_and_lines_stand_as_rows(exchange: Exchange, lab: Lab, at_once: bool) -> None:
    first = [say("ann", "group/lab"), send("bob", "group/lab", "reaction", of=1, emoji="x"), say("bob", "group/lab")]
    for part in [first] if at_once else [[one] for one in first]:
        exchange.accept(part)
    with write_transaction():
        tell_line("ann", "lab", {"event": "title", "body": "x"})
    exchange.drain_outbox()
    exchange.accept([send("ann", "group/lab", "pin", of=3), send("ann", "group/lab", "recall", of=1)])
    assert counts() == [
        (1, "gone", 1), (2, "reaction", 1), (3, "text", 2), (4, "event", 2), (5, "pin", 2), (6, "recall", 2),
    ]  # fmt: skip
    talk = Conversation.get_by_id(lab.group.conversation_id)
    assert (talk.last_seq, talk.counted, talk.shown_seq) == (6, 2, 4)


def test_a_mark_does_not_say_that_its_sender_has_read(exchange: Exchange, lab: Lab) -> None:
    exchange.accept([say("ann", "group/lab"), say("bob", "group/lab"), say("ann", "group/lab")])
    exchange.accept([send("bob", "group/lab", "reaction", of=3, emoji="x"), send("dan", "group/lab", "pin", of=1)])
    marks = {
        row.account.name: row.seq for row in ReadMark.select().where(ReadMark.conversation == lab.group.conversation_id)
    }
    assert marks == {"ann": 3, "bob": 2}


def test_counters_go_on_after_a_start(exchange: Exchange, lab: Lab) -> None:
    exchange.accept([say("ann", "group/lab"), send("bob", "group/lab", "reaction", of=1, emoji="x")])
    exchange.close()
    with running_exchange() as again:
        again.accept([say("ann", "group/lab")])
    assert counts() == [(1, "text", 1), (2, "reaction", 1), (3, "text", 2)]


def test_the_server_adds_fields_that_clients_may_not_send(exchange: Exchange) -> None:
    imported = {"from": "Zoë", "at": 5}
    with write_transaction():
        for _ in range(2):
            tell_send(
                "ann", "group/lab", {"kind": "text", "body": "x"}, message_id="import-1", server={"imported": imported}
            )
    first, again = exchange.drain_outbox()
    assert stamp(first.decision)["imported"] == imported
    assert (again.decision.repeat, StoredMessage.select().count()) == (True, 1)
    (forged,) = exchange.accept([say("ann", "group/lab", imported=imported)])
    assert refusal(forged) == ("malformed", "imported")


# --- the log tells the state


def make_step(rng: random.Random, last: int) -> Submission:
    """Anything that anybody may try, half of it wrong."""
    who = rng.choice(["ann", "dan", "bob", "thermo"])
    of = rng.randint(1, max(1, last))
    kind = rng.choice(
        ["text", "poll", "edit", "recall", "reaction", "reaction", "pin", "vote", "vote", "close", "close"]
    )
    fields: dict[str, Any] = {
        "text": {"body": f"t{rng.random()}"},
        "poll": {"body": "?", "options": ["a", "b", "c"], "multiple": True},
        "edit": {"of": of, "body": f"e{rng.random()}"},
        "recall": {"of": of},
        "reaction": {"of": of, "emoji": rng.choice("xyz"), "remove": rng.random() < 0.3},
        "pin": {"of": of, "remove": rng.random() < 0.3},
        "vote": {"of": of, "choices": rng.sample(range(3), rng.randint(0, 2))},
        "close": {"of": of},
    }[kind]
    return send(who, "group/lab", kind, **fields)


State = dict[str, set[Any]]


def replay(entries: list[dict[str, Any]]) -> State:
    """What the entries of the log, read from the first, say of messages that are not gone."""
    state: State = {"words": set(), "reactions": set(), "pins": set(), "votes": set(), "closed": set()}
    gone = {entry["of"] for entry in entries if entry["kind"] == "recall"}
    words: dict[int, str] = {}
    for entry in entries:
        of, who = entry.get("of"), entry["from"]
        match entry["kind"]:
            case "edit" if of not in gone:
                words[of] = entry["body"]
            case "reaction":
                change = state["reactions"].discard if entry["remove"] else state["reactions"].add
                change((of, who, entry["emoji"]))
            case "pin":
                change = state["pins"].discard if entry["remove"] else state["pins"].add
                change(of)
            case "vote":
                state["votes"] = {vote for vote in state["votes"] if vote[:2] != (of, who)}
                state["votes"] |= {(of, who, choice) for choice in entry["choices"]}
            case "close":
                state["closed"].add(of)
    state["words"] = set(words.items())
    return {name: {one for one in values if _seq(one) not in gone} for name, values in state.items()}


def _seq(value: Any) -> int:
    return value if isinstance(value, int) else value[0]


def read_state() -> State:
    payloads = [json.loads(row.payload) for row in StoredMessage.select()]
    return {
        "words": {(one["seq"], one["body"]) for one in payloads if "edited" in one},
        "reactions": {(row.seq, row.account.name, row.emoji) for row in Reaction.select()},
        "pins": {row.seq for row in Pin.select()},
        "votes": {(row.seq, row.account.name, row.choice) for row in Vote.select()},
        "closed": {one["seq"] for one in payloads if "closed" in one},
    }


@pytest.mark.parametrize("seed", range(4))
def test_the_log_replayed_gives_the_state(exchange: Exchange, seed: int) -> None:
    rng = random.Random(seed)
    last = 0
    while last < 150:
        if rng.random() < 0.3:
            trust(exchange)
        batch = [make_step(rng, last + n) for n in range(rng.choice([1, 3, 20]))]
        if rng.random() < 0.2:
            batch.insert(rng.randint(0, len(batch)), Submission("ann", "im/ann/send/group/lab", b"x", "\ud800"))
        if rng.random() < 0.3:
            batch.append(batch[0])
        last += sum(refusal(one) is None and not one.repeat for one in exchange.accept(batch))
    entries = [stored("group:lab", seq) for seq in range(1, last + 1)]
    assert [entry["seq"] for entry in entries] == list(range(1, last + 1))
    state = read_state()
    assert state == replay(entries)
    assert all(state[name] for name in ("words", "reactions", "votes"))
    versions = {row.seq for row in MessageVersion.select()}
    assert versions == {seq for seq, _ in state["words"]}
    texts = sum(kind in ("text", "poll", "gone") for _, kind, _ in counts())
    assert Conversation.get(Conversation.key == "group:lab").counted == texts
