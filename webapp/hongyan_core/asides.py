"""Special messages that are no entries of the log: live cards, and messages for later.

A repeat is answered and delivered like the first one: no history of a broker's has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from hongyan.errors import Code
from hongyan.limits import MAX_CARDS, MAX_SCHEDULED
from hongyan.topics import Branch
from hongyan_core import notices
from hongyan_core.content import YEAR_MS, Fields
from hongyan_core.decisions import Accepted, Delivery
from hongyan_core.store.changes import Changes, Scheduled
from hongyan_core.subjects import Ask, KnownSchedule, Subjects, Unfit

_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class _Stamp:
    id: str


_decode_stamp: Final = msgspec.json.Decoder(_Stamp).decode


# --- cards


def put_card(ask: Ask, subjects: Subjects, changes: Changes) -> Accepted:
    """The newest values in the place of those before; no values take it away.

    The same id again as that of the newest is a repeat; an older one is not known any more, and is taken as new.

    Raises:
        Unfit: too_many.
    """
    cards = subjects.cards.setdefault((ask.request.key, ask.me.id), {})
    name = ask.fields["name"]
    before = cards.get(name)
    if before is not None and _decode_stamp(before).id == ask.request.message_id:
        return Accepted(_deliver_card(ask, before))
    payload = _encode(_stamp_card(ask))
    if not ask.fields["data"]:
        cards.pop(name, None)
    elif before is None and len(cards) >= MAX_CARDS:
        raise Unfit(Code.TOO_MANY, "name", MAX_CARDS)
    else:
        cards[name] = payload
    changes.cards[ask.request.key, ask.me.id, name] = (payload, ask.at_ms) if ask.fields["data"] else None
    return Accepted(_deliver_card(ask, payload))


def _stamp_card(ask: Ask) -> Fields:
    stamp = {"from": ask.me.name, "to": ask.lane.sent, "at": ask.at_ms}
    return {"id": ask.request.message_id, "kind": "card", **ask.fields, **stamp}


def _deliver_card(ask: Ask, payload: bytes) -> tuple[Delivery, ...]:
    """To the others, and to the sender's own devices."""
    lane = ask.lane
    mine = Delivery(lane.mine, Branch.LIVE, f"card/{lane.sent}", payload)
    return (Delivery(lane.others, Branch.LIVE, f"card/{lane.inbox}", payload), mine) if lane.others else (mine,)


# --- messages for later


def schedule(ask: Ask, subjects: Subjects, changes: Changes) -> Accepted:
    """Keep it for its time. The same id again is a repeat as long as it is kept.

    Raises:
        Unfit: too_many, past_time; id_reused.
    """
    planner = subjects.planners[ask.me.id]
    message_id, due_ms = ask.request.message_id, ask.fields["deliver_at"]
    known = planner.waiting.get(message_id)
    if known is not None:
        return _repeat(ask, known)
    if not ask.at_ms < due_ms <= ask.at_ms + YEAR_MS:
        raise Unfit(Code.PAST_TIME, "deliver_at")
    if sum(waiting.due_ms is not None for waiting in planner.waiting.values()) >= MAX_SCHEDULED:
        raise Unfit(Code.TOO_MANY, "deliver_at", MAX_SCHEDULED)
    planner.waiting[message_id] = KnownSchedule(ask.lane.sent, due_ms)
    changes.scheduled.append(
        Scheduled(
            account_id=ask.me.id,
            key=ask.lane.sent,
            message_id=message_id,
            draft=_make_draft(ask),
            due_ms=due_ms,
            repeat=ask.fields.get("repeat", ""),
            time_zone=planner.time_zone,
        )
    )
    return Accepted((_tell(ask, due_ms),))


def _repeat(ask: Ask, known: KnownSchedule) -> Accepted:
    if known.key != ask.lane.sent:
        raise Unfit(Code.ID_REUSED, "id")
    due_ms = known.due_ms if known.due_ms is not None else ask.fields["deliver_at"]
    return Accepted((_tell(ask, due_ms),))


def _make_draft(ask: Ask) -> str:
    """The envelope as it was sent, without its time."""
    fields = {name: value for name, value in ask.fields.items() if name not in ("deliver_at", "repeat")}
    return _encode({"id": ask.request.message_id, "kind": ask.request.draft.kind, **fields}).decode()


def _tell(ask: Ask, due_ms: int) -> Delivery:
    said = {"type": "scheduled", "id": ask.request.message_id, "to": ask.lane.sent, "deliver_at": due_ms}
    return notices.notice(ask.lane.mine, said | {"at": ask.at_ms})
