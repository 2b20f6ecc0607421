"""What must hold after all kills, as a pure function: evidence in, counts and faults out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple


class Place(NamedTuple):
    """Where a message stands in its conversation; `conversation` is the database's key, `user:ann:bob`."""

    conversation: str
    seq: int


class Name(NamedTuple):
    """Which message it is; ids are `{sender}-{n}`, n from 1 in the order of sending."""

    sender: str
    message_id: str


class Row(NamedTuple):
    """A message in the database."""

    position: int
    place: Place
    name: Name


class Seen(NamedTuple):
    """A delivery to a receiver."""

    place: Place
    name: Name
    dup: bool = False


@dataclass
class SenderEvidence:
    """What a sender knows: which ids it has sent to which conversation, and each stamp that it has seen."""

    account: str
    sent: dict[str, str] = field(default_factory=dict)  # message id → conversation
    stamps: list[Seen] = field(default_factory=list)
    acknowledged: int = 0
    refusals: list[str] = field(default_factory=list)


@dataclass
class ReceiverEvidence:
    """What a receiver has got: each connection's deliveries in order; a live one also pages of the history."""

    account: str
    persistent: bool
    conversations: tuple[str, ...]
    connections: list[list[Seen]] = field(default_factory=list)
    history: list[Seen] = field(default_factory=list)
    sessions_lost: int = 0


@dataclass(frozen=True)
class Rules:
    """What the broker promises beyond the exchange.

    Attributes:
        strict: Each connection is dense and without repeats: the embedded broker. Behind Mosquitto the router may
            deliver again after a crash.
        queues_survive: A persistent session misses nothing: false where Mosquitto itself was killed, which writes its
            queues to the disk once a minute.
    """

    strict: bool
    queues_survive: bool


@dataclass
class Report:
    """Counts of what was seen, and of what must be 0 (`faults` has up to a few examples of each)."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults.total()

    def blame(self, fault: str, example: str) -> None:
        """Count a fault."""
        self.faults[fault] += 1
        if self.faults[fault] <= 3:
            self.examples.append(f"{fault}: {example}")


FAULTS = ("lost", "doubled", "out of order", "holes", "contradicted", "refused", "sessions lost")


def judge(
    rows: Sequence[Row],
    heads: Mapping[str, int],
    senders: Iterable[SenderEvidence],
    receivers: Iterable[ReceiverEvidence],
    rules: Rules,
) -> Report:
    """Compare everything that anybody has seen with the database (`heads`: last_seq of each conversation)."""
    report = Report()
    stored = {row.place: row.name for row in rows}
    report.counts["stored"] = len(rows)
    _judge_log(rows, heads, report)
    for sender in senders:
        _judge_sender(sender, rows, stored, report)
    for receiver in receivers:
        _judge_receiver(receiver, stored, heads, rules, report)
    return report


def _judge_log(rows: Sequence[Row], heads: Mapping[str, int], report: Report) -> None:
    names = Counter(row.name for row in rows)
    for name, count in names.items():
        if count > 1:
            report.blame("doubled", f"{name} is stored {count} times")
    seqs: dict[str, list[int]] = {conversation: [] for conversation in heads}
    for row in sorted(rows):
        seqs.setdefault(row.place.conversation, []).append(row.place.seq)
    for conversation, in_commit_order in seqs.items():
        if in_commit_order != sorted(in_commit_order):
            report.blame("out of order", f"{conversation}: seq does not follow the position")
        if sorted(in_commit_order) != list(range(1, heads.get(conversation, 0) + 1)):
            report.blame("holes", f"{conversation} is not dense up to {heads.get(conversation)}")


def _judge_sender(sender: SenderEvidence, rows: Sequence[Row], stored: Mapping[Place, Name], report: Report) -> None:
    mine = sorted(row for row in rows if row.name.sender == sender.account)
    where = {row.name.message_id: row.place.conversation for row in mine}
    report.counts["sent"] += len(sender.sent)
    report.counts["PUBACKs seen"] += sender.acknowledged
    report.counts["stamps seen"] += len(sender.stamps)
    for message_id, conversation in sender.sent.items():
        if message_id not in where:
            report.blame("lost", f"{message_id} is not stored")
        elif where[message_id] != conversation:
            report.blame("contradicted", f"{message_id} went to {where[message_id]} instead of {conversation}")
    sent = [row for row in mine if row.name.message_id in sender.sent]  # not the lines of a group, which nobody sends
    for conversation in set(sender.sent.values()):
        numbers = [_number(row.name) for row in sent if row.place.conversation == conversation]
        if any(later < earlier for earlier, later in pairwise(numbers)):
            report.blame("out of order", f"messages of {sender.account} in {conversation}")
    _contradict(sender.stamps, stored, f"a stamp of {sender.account}", report)
    for refusal in sender.refusals:
        report.blame("refused", f"{sender.account}: {refusal}")


def last_lines(stored: Mapping[Place, Name]) -> dict[str, int]:
    """Where the lines about who came into a group end: all of them are there before the first message is sent."""
    said: dict[str, int] = {}
    for place, name in stored.items():
        if name.message_id.startswith("web-"):
            said[place.conversation] = max(place.seq, said.get(place.conversation, 0))
    return said


def _number(name: Name) -> int:
    return int(name.message_id.rpartition("-")[2])


def _contradict(seen: Iterable[Seen], stored: Mapping[Place, Name], who: str, report: Report) -> None:
    for one in seen:
        if stored.get(one.place) != one.name:
            report.blame("contradicted", f"{who}: {one.name} at {one.place}, on disk {stored.get(one.place)}")


def _judge_receiver(
    receiver: ReceiverEvidence, stored: Mapping[Place, Name], heads: Mapping[str, int], rules: Rules, report: Report
) -> None:
    delivered = [one for connection in receiver.connections for one in connection]
    report.counts["delivered"] += len(delivered)
    report.counts["read from the history"] += len(receiver.history)
    _contradict([*delivered, *receiver.history], stored, receiver.account, report)
    got = {one.place for one in (*delivered, *receiver.history)}
    said = last_lines(stored)
    wanted = {Place(c, seq) for c in receiver.conversations for seq in range(said.get(c, 0) + 1, heads.get(c, 0) + 1)}
    for place in sorted(wanted - got):
        if receiver.persistent and not rules.queues_survive:
            report.counts["gone with a killed Mosquitto (history only)"] += 1
        else:
            report.blame("lost", f"{receiver.account} never got {place}")
    if rules.queues_survive:
        for _ in range(receiver.sessions_lost):
            report.blame("sessions lost", receiver.account)
    elif receiver.sessions_lost:
        report.counts["sessions gone with a killed Mosquitto"] += receiver.sessions_lost
    _judge_connections(receiver, rules, report)
    if receiver.persistent and rules.queues_survive:
        _judge_order(_first_sightings(delivered), receiver.account, report)


def _judge_connections(receiver: ReceiverEvidence, rules: Rules, report: Report) -> None:
    before: set[Place] = set()
    for connection in receiver.connections:
        within: set[Place] = set()
        for one in connection:
            if one.place in within and rules.strict:
                report.blame("doubled", f"{one.place} twice on one connection of {receiver.account}")
            elif one.place in within | before:
                kind = "repeated with DUP" if one.dup else "repeated after a crash"
                report.counts[kind] += 1
            within.add(one.place)
        before |= within
        if rules.strict:
            _judge_order([one.place for one in connection], receiver.account, report)
            if not receiver.persistent:
                _judge_density(connection, receiver.account, report)


def _judge_density(connection: Iterable[Seen], account: str, report: Report) -> None:
    for conversation, seqs in _by_conversation(one.place for one in connection):
        if any(later > earlier + 1 for earlier, later in pairwise(seqs)):
            report.blame("holes", f"{account} saw a gap in {conversation} on one connection")


def _judge_order(places: Iterable[Place], account: str, report: Report) -> None:
    for conversation, seqs in _by_conversation(places):
        if any(later < earlier for earlier, later in pairwise(seqs)):
            report.blame("out of order", f"{conversation} as {account} saw it")


def _first_sightings(seen: Iterable[Seen]) -> Iterator[Place]:
    yield from dict.fromkeys(one.place for one in seen)


def _by_conversation(places: Iterable[Place]) -> Iterable[tuple[str, list[int]]]:
    seqs: dict[str, list[int]] = {}
    for place in places:
        seqs.setdefault(place.conversation, []).append(place.seq)
    return seqs.items()
