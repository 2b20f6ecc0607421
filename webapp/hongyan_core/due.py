"""What the exchange does by the clock: messages that disappear, and messages for later. Requests in, outcomes out."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

import msgspec

from hongyan import topics
from hongyan.envelope import Draft
from hongyan.kinds import ERASE_KIND
from hongyan.limits import MAX_PAYLOAD_BYTES
from hongyan.topics import ConversationKey
from hongyan_core.decisions import Decision, Refused, Submission
from hongyan_core.intake import EraseRequest, Request, SendRequest, parse_submission
from hongyan_core.schedule import next_time, repeat_id
from hongyan_core.store.due import PAGE, Expired, Outcome, Ready, find_expired, find_ready

MAX_ERASED: Final = 100  # messages that one entry names
_PAUSE_MS: Final = 1_000


class Due(msgspec.Struct, frozen=True):
    """What the database has found to be due."""

    expired: list[Expired]
    ready: list[Ready]

    def make_requests(self) -> list[Request]:
        """What the exchange has to decide: the messages for later first, in the order of `ready`."""
        return [*map(_make_send, self.ready), *_make_erasures(self.expired)]

    def judge(self, decisions: Sequence[Decision], at_ms: int) -> list[Outcome]:
        """What becomes of the messages for later, from the decisions on `make_requests`."""
        return [_judge(one, decision, at_ms) for one, decision in zip(self.ready, decisions, strict=False)]


class Watch:
    """Looks at the database once a second at most."""

    def __init__(self) -> None:
        self._not_before_ms = 0

    def look(self, at_ms: int) -> Due | None:
        """What is due; None: nothing, or too early to look again. A full page makes the next look come at once."""
        if self._not_before_ms - _PAUSE_MS <= at_ms < self._not_before_ms:  # a clock that was set back is no excuse
            return None
        self._not_before_ms = at_ms + _PAUSE_MS
        due = Due(find_expired(at_ms), find_ready(at_ms))
        if PAGE in (len(due.expired), len(due.ready)):
            self._not_before_ms = at_ms
        return due if due.expired or due.ready else None


def _make_erasures(expired: Sequence[Expired]) -> list[EraseRequest]:
    """One entry a conversation and sender, up to MAX_ERASED messages each."""
    requests = []
    for (key, sender), messages in groupby(expired, lambda one: (one.key, one.sender)):
        seqs = [one.seq for one in messages]
        for at in range(0, len(seqs), MAX_ERASED):
            requests.append(_make_erasure(key, sender, tuple(seqs[at : at + MAX_ERASED])))
    return requests


def _make_erasure(key: str, sender: str, seqs: tuple[int, ...]) -> EraseRequest:
    draft = Draft(ERASE_KIND, {"of": list(seqs)})
    return EraseRequest(sender, _name(key, sender), draft, f"erase-{uuid.uuid4().hex}", key, seqs)


def _name(key: str, account: str) -> ConversationKey:
    """A key of the store as `account` calls the conversation."""
    kind, _, names = key.partition(":")
    if kind == "group":
        return topics.group(names)
    low, _, high = names.partition(":")
    return topics.user(high if account == low else low)


def _make_send(one: Ready) -> Request:
    """Decided like any other message, but not counted against the rate: its sender may be asleep."""
    fields = {name: value for name, value in json.loads(one.draft).items() if name not in ("deliver_at", "repeat")}
    message_id = repeat_id(one.message_id, one.times)
    payload = json.dumps({**fields, "id": message_id}).encode()
    topic = f"im/{one.account}/send/{one.key}"
    limit = max(len(payload), MAX_PAYLOAD_BYTES)  # it was measured when it came, written otherwise perhaps
    request = parse_submission(Submission(one.account, topic, payload, message_id), max_payload_bytes=limit)
    return msgspec.structs.replace(request, counted=False) if isinstance(request, SendRequest) else request


def _judge(one: Ready, decision: Decision, at_ms: int) -> Outcome:
    if isinstance(decision, Refused):
        return Outcome(one.id, None, refusal=decision.code.value)
    if not one.repeat:
        return Outcome(one.id, None)
    draft: dict[str, Any] = json.loads(one.draft)
    first_ms = draft.setdefault("deliver_at", one.due_ms)  # what the repeats are counted from
    due_ms = next_time(first_ms, one.repeat, one.time_zone, after_ms=max(one.due_ms, at_ms))
    return Outcome(one.id, due_ms, json.dumps(draft, ensure_ascii=False, separators=(",", ":")))
