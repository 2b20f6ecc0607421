"""The description at `/api/v1/openapi.json`: APIFlask makes it from the routes, and this adds what all share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from apiflask import APIFlask

from hongyan_web.security import BODY_ENDPOINTS, IN_PERSON_ENDPOINTS, OPEN_ENDPOINTS, OwnBody

_SECURITY_SCHEMES: Final = {
    "cookie": {"type": "apiKey", "in": "cookie", "name": "hongyan_session"},
    "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"},
    "device_token": {"type": "http", "scheme": "bearer"},
}
_SECURITY_OF_READS: Final[list[dict[str, list[str]]]] = [{"cookie": []}, {"device_token": []}]
_SECURITY_OF_CHANGES: Final[list[dict[str, list[str]]]] = [{"cookie": [], "csrf": []}, {"device_token": []}]
_ERROR: Final = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {name: {"type": "string"} for name in ("code", "message", "field")},
            "required": ["code", "message"],
            "additionalProperties": False,
        }
    },
    "required": ["error"],
    "additionalProperties": False,
}
_ANY_ERROR: Final = {
    "description": "What went wrong, in the person's language",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
}


def install(app: APIFlask) -> None:
    """Describe the routes at `app.spec_path`."""
    app.config.update(
        AUTO_404_RESPONSE=False,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        AUTO_OPERATION_ID=True,
        AUTO_SERVERS=False,  # paths are whole, and the Host header of one caller is no fact for another
        SECURITY_SCHEMES=_SECURITY_SCHEMES,
    )
    app.spec_processor(_complete)


def _complete(spec: dict[str, Any] | str) -> dict[str, Any] | str:
    assert isinstance(spec, dict)  # noqa: S101  (SPEC_FORMAT is json)
    spec["components"].setdefault("schemas", {})["Error"] = _ERROR
    open_ids = _operation_ids(OPEN_ENDPOINTS)
    bodies = {endpoint.replace(".", "_"): body for endpoint, body in BODY_ENDPOINTS.items()}
    in_person_ids = _operation_ids(IN_PERSON_ENDPOINTS)
    for path in spec["paths"].values():
        for method, operation in path.items():
            operation["responses"]["default"] = _ANY_ERROR
            operation["responses"].get("304", {}).pop("content", None)
            operation_id = operation["operationId"].removeprefix(f"{method}_")
            if operation_id in bodies:
                operation["requestBody"] = _describe_body(bodies[operation_id])
            if operation_id not in open_ids:
                ways = _SECURITY_OF_READS if method == "get" else _SECURITY_OF_CHANGES
                in_person = operation_id in in_person_ids or operation_id.startswith("admin_")
                operation["security"] = ways[:1] if in_person else ways
    return spec


def _describe_body(body: OwnBody) -> dict[str, Any]:
    binary = {"schema": {"type": "string", "format": "binary"}}
    return {"required": True, "content": dict.fromkeys(body.types, binary)}


def _operation_ids(endpoints: Iterable[str]) -> set[str]:
    return {endpoint.replace(".", "_") for endpoint in endpoints}
