from __future__ import annotations

from typing import Any

import pytest

from tests.hongyan_web.site import Visitor, publish


def test_a_group_and_a_message_in_it_are_reported(ann: Visitor, bob: Visitor) -> None:
    ann.post("/groups", {"name": "lab", "title": "Lab"})
    publish(("ann", "send/group/lab", b"hello"))
    first = ann.post("/reports", {"group": "lab", "text": "Loud."})
    second = ann.post("/reports", {"group": "lab", "seq": 1, "text": "This one."})
    assert (first.status, second.status) == (201, 201)
    assert first.body["id"] < second.body["id"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param({"text": "x"}, (400, "missing_field", "username"), id="of nothing"),
        pytest.param(
            {"username": "bob", "group": "lab", "text": "x"}, (400, "malformed_field", "username"), id="of two things"
        ),
        pytest.param({"username": "bob"}, (400, "missing_field", "text"), id="without words"),
        pytest.param({"username": "bob", "text": " "}, (400, "malformed_field", "text"), id="blank"),
        pytest.param({"username": "bob", "text": "x" * 1_001}, (400, "malformed_field", "text"), id="too long"),
        pytest.param({"username": "bob", "text": "x", "seq": 0}, (400, "malformed_field", "seq"), id="seq 0"),
        pytest.param({"username": "bob", "text": "x", "seq": 2**63}, (400, "malformed_field", "seq"), id="seq 2^63"),
        pytest.param({"username": "bob", "text": "x", "seq": 2**63 - 1}, (404, "unknown_message", "seq"), id="no seq"),
        pytest.param({"username": "nobody", "text": "x"}, (404, "unknown_account", "username"), id="an unknown name"),
        pytest.param({"username": "ann", "text": "x"}, (409, "report_self", "username"), id="oneself"),
        pytest.param({"group": "lab", "text": "x"}, (404, "unknown_group", "group"), id="an unknown group"),
        pytest.param({"username": "bob", "text": "x", "kind": "spam"}, (400, "unknown_field", "kind"), id="more"),
    ],
)
def test_a_bad_report_is_refused(
    ann: Visitor, bob: Visitor, body: dict[str, Any], expected: tuple[int, str, str | None]
) -> None:
    assert ann.post("/reports", body).refusal == expected


def test_who_is_not_signed_in_reports_nobody(site: Any, bob: Visitor) -> None:
    assert site.visitor().post("/reports", {"username": "bob", "text": "x"}).refusal[:2] == (401, "not_signed_in")
