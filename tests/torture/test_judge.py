"""The judge of the torture finds each kind of harm in evidence that was made up by hand."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field

import pytest

from tests.torture.judge import Name, Place, ReceiverEvidence, Row, Rules, Seen, SenderEvidence, judge

LOG = "user:ann:bob"
STRICT = Rules(strict=True, queues_survive=True)
BEHIND_MOSQUITTO = Rules(strict=False, queues_survive=True)
MOSQUITTO_KILLED = Rules(strict=False, queues_survive=False)


def seen(seq: int, number: int | None = None, *, dup: bool = False) -> Seen:
    return Seen(Place(LOG, seq), Name("ann", f"ann-{number or seq}"), dup)


def row(position: int, seq: int, number: int) -> Row:
    return Row(position, Place(LOG, seq), Name("ann", f"ann-{number}"))


@dataclass
class Evidence:
    """Ann has sent three messages to bob, and everything went well: `live` and `lamp` are bob's two devices."""

    rows: list[Row] = field(default_factory=lambda: [row(1, 1, 1), row(2, 2, 2), row(3, 3, 3)])
    heads: dict[str, int] = field(default_factory=lambda: {LOG: 3})
    ann: SenderEvidence = field(
        default_factory=lambda: SenderEvidence("ann", {f"ann-{n}": LOG for n in (1, 2, 3)}, [seen(1), seen(3)], 3)
    )
    live: ReceiverEvidence = field(
        default_factory=lambda: ReceiverEvidence("bob", False, (LOG,), [[seen(1)], [seen(3)]], [seen(2)])
    )
    lamp: ReceiverEvidence = field(
        default_factory=lambda: ReceiverEvidence("bob", True, (LOG,), [[seen(1), seen(2)], [seen(3)]])
    )

    def faults(self, rules: Rules = STRICT) -> dict[str, int]:
        return dict(judge(self.rows, self.heads, [self.ann], [self.live, self.lamp], rules).faults)


def test_a_good_day_has_no_faults_and_is_counted() -> None:
    good = Evidence()
    report = judge(good.rows, good.heads, [good.ann], [good.live, good.lamp], STRICT)
    assert report.is_clean
    assert report.counts == {
        "stored": 3,
        "sent": 3,
        "PUBACKs seen": 3,
        "stamps seen": 2,
        "delivered": 5,
        "read from the history": 1,
    }


def _lose_a_row(bad: Evidence) -> None:
    bad.rows.pop()
    bad.heads[LOG] = 2
    bad.ann.stamps.pop()
    bad.live.connections.pop()
    bad.lamp.connections.pop()


def _store_twice(bad: Evidence) -> None:
    bad.rows.append(row(4, 4, 3))
    bad.heads[LOG] = 4
    bad.live.connections[1].append(seen(4, 3))
    bad.lamp.connections[1].append(seen(4, 3))


def _swap_in_the_log(bad: Evidence) -> None:
    bad.rows[:2] = [row(1, 1, 2), row(2, 2, 1)]
    bad.ann.stamps = []
    bad.live.connections, bad.live.history = [[seen(1, 2), seen(2, 1), seen(3)]], []
    bad.lamp.connections = [[seen(1, 2), seen(2, 1), seen(3)]]


def _swap_the_positions(bad: Evidence) -> None:
    bad.rows[:2] = [row(2, 1, 1), row(1, 2, 2)]


def _leave_a_hole(bad: Evidence) -> None:
    bad.heads[LOG] = 4
    bad.live.history.append(seen(4))
    bad.lamp.connections[1].append(seen(4))


@pytest.mark.parametrize(
    ("harm", "expected"),
    [
        pytest.param(_lose_a_row, {"lost": 1}, id="a sent message is not stored"),
        pytest.param(_store_twice, {"doubled": 1}, id="an id is stored twice"),
        pytest.param(_swap_in_the_log, {"out of order": 1}, id="a sender's order is not the log's"),
        pytest.param(_swap_the_positions, {"out of order": 2}, id="seq against commit order"),
        pytest.param(_leave_a_hole, {"holes": 1, "contradicted": 2}, id="a seq that was delivered and is not there"),
        pytest.param(lambda bad: bad.ann.stamps.append(seen(2, 3)), {"contradicted": 1}, id="a stamp not on disk"),
        pytest.param(lambda bad: bad.live.history.clear(), {"lost": 1}, id="a live client never got one"),
        pytest.param(lambda bad: bad.lamp.connections.pop(), {"lost": 1}, id="a queue forgot one"),
        pytest.param(lambda bad: bad.lamp.connections[1].append(seen(3)), {"doubled": 1}, id="delivered twice"),
        pytest.param(lambda bad: bad.lamp.connections[0].reverse(), {"out of order": 2}, id="delivered out of order"),
        pytest.param(lambda bad: bad.live.connections[0].append(seen(3)), {"holes": 1}, id="a gap on one connection"),
        pytest.param(lambda bad: bad.ann.refusals.append("muted"), {"refused": 1}, id="a refusal"),
        pytest.param(lambda bad: setattr(bad.lamp, "sessions_lost", 1), {"sessions lost": 1}, id="a session forgotten"),
    ],
)
def test_each_harm_is_found(harm: Callable[[Evidence], object], expected: dict[str, int]) -> None:
    bad = Evidence()
    harm(bad)
    assert bad.faults() == expected


def test_a_crash_may_repeat_on_the_next_connection() -> None:
    repeated = Evidence()
    repeated.lamp.connections[1] = [seen(2, dup=True), seen(3)]
    assert repeated.faults() == {}
    report = judge(repeated.rows, repeated.heads, [repeated.ann], [repeated.lamp], STRICT)
    assert report.counts["repeated with DUP"] == 1


def test_behind_mosquitto_the_router_may_deliver_again_but_nothing_may_be_missing() -> None:
    repeated = Evidence()
    repeated.lamp.connections[0] += [seen(1), seen(2)]
    assert repeated.faults(BEHIND_MOSQUITTO) == {}
    missing = deepcopy(repeated)
    missing.lamp.connections.pop()
    assert missing.faults(BEHIND_MOSQUITTO) == {"lost": 1}
    assert missing.faults(MOSQUITTO_KILLED) == {}
