"""A clock that stands still and short words for what clients publish, for the tests of the exchange."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hongyan.limits import Limits
from hongyan_core.exchange import Accepted, Decision, Delivery, Exchange, Refused, Submission


@dataclass
class StoppedClock:
    """Tells the same time until it is set."""

    at_ms: int = 1_000

    def __call__(self) -> int:
        return self.at_ms


@contextmanager
def running_exchange(
    limits: Limits | None = None, *, leases: bool = False, clock: StoppedClock | None = None
) -> Iterator[Exchange]:
    """An open exchange on the database of the test."""
    exchange = Exchange(limits=limits or Limits(), now_ms=clock or StoppedClock(), leases=leases)
    exchange.open()
    try:
        yield exchange
    finally:
        exchange.close()


def publish(account: str, topic: str, payload: Any, *, fallback_id: str = "fallback") -> Submission:
    """A PUBLISH; anything but bytes is sent as JSON."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Submission(account, topic, body, fallback_id)


def text(account: str, to: str, body: str, message_id: str) -> Submission:
    """A text message of `account` to `user/bob` or `group/lab`."""
    return publish(account, f"im/{account}/send/{to}", {"id": message_id, "kind": "text", "body": body})


def status(account: str, device: str, state: str, note: str = "") -> Submission:
    """A word of a device about itself."""
    return publish(account, f"im/{account}/status/{device}", {"state": state, "text": note})


def accept_one(exchange: Exchange, submission: Submission) -> Decision:
    """The decision about a batch of one."""
    (decision,) = exchange.accept([submission])
    return decision


def told(decision: Decision) -> list[tuple[tuple[str, ...], str, dict[str, Any]]]:
    """Its deliveries as (accounts, what follows `im/{account}/`, payload)."""
    return [unfold(delivery) for delivery in decision.deliveries]


def unfold(delivery: Delivery) -> tuple[tuple[str, ...], str, dict[str, Any]]:
    """A delivery as (accounts, what follows `im/{account}/`, payload)."""
    place = f"{delivery.branch.value}/{delivery.tail}" if delivery.tail else delivery.branch.value
    return delivery.accounts, place, json.loads(delivery.payload)


def stamp(decision: Decision) -> dict[str, Any]:
    """The sender's own copy of an accepted message."""
    assert isinstance(decision, Accepted), decision
    (payload,) = [json.loads(d.payload) for d in decision.deliveries if d.branch == "sent"]
    return payload


def code(decision: Decision) -> str:
    """The code of a refusal, or "accepted"."""
    return decision.code.value if isinstance(decision, Refused) else "accepted"
