"""`/reports`: tell the moderators of a person, a group or a message."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from marshmallow import ValidationError, fields, validates_schema
from marshmallow.validate import Range

from hongyan.limits import MAX_INT
from hongyan_core.actions.reports import report_group, report_person
from hongyan_core.fields import MAX_REPORT_TEXT_CHARS
from hongyan_web.context import now_ms
from hongyan_web.shapes import Answer, Body, Text
from hongyan_web.signin import me

reports = APIBlueprint("reports", __name__, tag="Reports")


class NewReport(Body):
    """A person or a group; with `seq` a message of the conversation with them, or there."""

    username = Text()
    group = Text()
    seq = fields.Integer(validate=Range(1, MAX_INT))
    text = Text(required=True, max_chars=MAX_REPORT_TEXT_CHARS)

    @validates_schema
    def check_one(self, data: dict[str, Any], **_: Any) -> None:
        """One of the two, not both."""
        if ("username" in data) == ("group" in data):
            raise ValidationError("malformed_field" if "group" in data else "missing_field", "username")


class ReportId(Answer):
    """The report's number, to ask about it."""

    id = fields.Integer(required=True)


@reports.post("/reports")
@reports.input(NewReport)
@reports.output(ReportId, 201)
def report(json_data: dict[str, Any]) -> dict[str, int]:
    """Report what the caller can see; moderators read it, and nobody else is told."""
    seq, text = json_data.get("seq"), json_data["text"]
    if "username" in json_data:
        made = report_person(me(), json_data["username"], seq, text, at_ms=now_ms())
    else:
        made = report_group(me(), json_data["group"], seq, text, at_ms=now_ms())
    return {"id": made.id}
