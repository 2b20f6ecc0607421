from __future__ import annotations

from typing import Any

import pytest

from tests.hongyan_web.site import START_MS, Visitor

Friends = tuple[Visitor, Visitor]
SOON = START_MS + 60_000


def plan(**changes: Any) -> dict[str, Any]:
    return {"to": "user/bob", "draft": {"kind": "text", "body": "hi", "id": "m"}, "deliver_at": SOON, **changes}


def test_a_message_waits_until_it_is_cancelled(friends: Friends) -> None:
    ann, bob = friends
    said = ann.post("/scheduled", plan(repeat="weekdays"))
    waiting = {
        "id": said.body["id"],
        "to": "user/bob",
        "message_id": "m",
        "draft": {"kind": "text", "body": "hi"},
        "deliver_at": SOON,
        "repeat": "weekdays",
        "times": 0,
        "refusal": None,
    }
    assert (said.status, said.body) == (201, waiting)
    assert ann.get("/scheduled").body == {"scheduled": [waiting]}
    assert bob.get("/scheduled").body == {"scheduled": []}
    place = f"/scheduled/{waiting['id']}"
    changed = ann.call("PATCH", place, {"body": "hello", "repeat": None})
    assert changed.body == {**waiting, "draft": {"kind": "text", "body": "hello"}, "repeat": None}
    assert ann.post(f"{place}/send").status == 204
    assert ann.get("/scheduled").body["scheduled"][0]["deliver_at"] == START_MS
    assert ann.call("DELETE", place).status == 204
    assert ann.call("DELETE", place).refusal == (404, "unknown_scheduled", None)


BAD: dict[str, tuple[Any, tuple[int, str, str | None]]] = {
    "in the past": (plan(deliver_at=START_MS), (400, "past_time", "deliver_at")),
    "beyond a year": (plan(deliver_at=START_MS + 367 * 86_400_000), (400, "past_time", "deliver_at")),
    "beyond all numbers": (plan(deliver_at=2**53), (400, "malformed_field", "deliver_at")),
    "at a word": (plan(deliver_at="tomorrow"), (400, "malformed_field", "deliver_at")),
    "at no time": ({"to": "user/bob", "draft": {"body": "hi"}}, (400, "missing_field", "deliver_at")),
    "an unknown repeat": (plan(repeat="hourly"), (400, "malformed_field", "repeat")),
    "to a stranger": (plan(to="user/eve"), (404, "unknown_conversation", "to")),
    "to a list": (plan(to=["user/bob"]), (400, "malformed_field", "to")),
    "a draft that is none": (plan(draft="hi"), (400, "malformed_field", "draft")),
    "a draft without words": (plan(draft={"kind": "text"}), (400, "malformed_field", "body")),
    "a mark": (plan(draft={"kind": "recall", "of": 1}), (400, "malformed_field", "kind")),
    "a field too much": (plan(seq=7), (400, "unknown_field", "seq")),
}


@pytest.mark.parametrize(("body", "refusal"), BAD.values(), ids=BAD)
def test_what_cannot_wait(friends: Friends, body: Any, refusal: tuple[int, str, str | None]) -> None:
    assert friends[0].post("/scheduled", body).refusal == refusal


def test_anothers_is_not_there(friends: Friends) -> None:
    ann, bob = friends
    place = f"/scheduled/{ann.post('/scheduled', plan()).body['id']}"
    refused = (404, "unknown_scheduled", None)
    assert bob.call("PATCH", place, {"body": "x"}).refusal == refused
    assert bob.post(f"{place}/send").refusal == refused
    assert bob.call("DELETE", place).refusal == refused
