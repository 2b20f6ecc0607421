"""Every error of the API is `{"error": {"code", "message", "field"?}}`; the statuses by code are a table."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, cast

from apiflask import HTTPError
from flask import Flask, Response, current_app, jsonify, request
from flask_limiter import RateLimitExceeded
from peewee import InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from hongyan_core import texts
from hongyan_core.problems import Problem, ProblemCode
from hongyan_web import limits, signin
from hongyan_web.context import is_api_call

LANGUAGES: Final = ("en", "zh")
STORE_RETRY_S: Final = 5  # the store's own busy timeout: who comes back earlier only waits in its queue
_log: Final = logging.getLogger(__name__)

# The sections of problems.py.
_STATUSES: Final[tuple[tuple[int, str], ...]] = (
    # the request itself
    (400, "malformed_json missing_field malformed_field unknown_field malformed_name reserved_name weak_password"),
    (400, "malformed_display_name"),
    (413, "too_large"),
    (415, "not_json"),
    # who asks
    (401, "not_signed_in bad_credentials token_expired token_invalid"),
    (403, "csrf forbidden_origin"),
    # what it names
    (404, "unknown_account unknown_group unknown_request unknown_token unknown_conversation"),
    (409, "name_taken"),
    # what stands between people
    (403, "blocked not_owner"),
    (404, "not_a_member"),
    (409, "request_to_self already_friends already_requested you_blocked not_friends block_self already_member"),
    # registration, mail and sign-in
    (400, "email_needed malformed_email"),
    (403, "registration_closed invitation_needed"),
    (404, "invalid_link unknown_link"),
    (409, "confusable_name no_mail"),
    # second factors, passkeys, providers
    (401, "second_factor_required wrong_code passkey_invalid"),
    (403, "email_unconfirmed sign_in_again"),
    (404, "unknown_passkey unknown_identity no_provider"),
    (409, "second_factor_on second_factor_off last_way_in identity_taken not_pending"),
    # profile, devices, bots
    (404, "unknown_device unknown_session unknown_bot no_picture"),
    (403, "persons_only"),
    (415, "not_a_picture"),
    (400, "bad_picture"),
    (413, "picture_too_large"),
    # administration and reports
    (403, "not_permitted"),
    (404, "unknown_report unknown_message"),
    (409, "not_yourself not_a_person last_admin everyone_stays report_self"),
    # contacts and links
    (404, "unknown_label"),
    (409, "request_too_soon"),
    # groups
    (403, "owner_only outranked banned joins_closed"),
    (404, "unknown_join_request"),
    (409, "member_banned"),
    # files
    (404, "unknown_file unknown_upload"),
    (409, "wrong_offset quota_full"),
    (412, "tus_version"),
    (416, "bad_range"),
    (413, "file_too_large upload_too_long"),
    (415, "not_octets"),
    (423, "upload_busy"),
    (503, "files_unavailable"),
    # stickers and previews
    (404, "unknown_sticker unknown_pack"),
    (403, "not_your_pack"),
    # search and history
    (403, "not_yours"),
    # scheduled messages, drafts, receipts
    (400, "past_time"),
    (404, "unknown_scheduled"),
    # export and import
    (400, "bad_archive"),
    (404, "unknown_import"),
    (413, "archive_too_large"),
    # web push
    (404, "unknown_subscription"),
    (409, "push_off"),
    (502, "not_pushed"),
    # limits and the server
    (404, "not_found"),
    (405, "method_not_allowed"),
    (409, "too_many"),
    (429, "rate_limited"),
    (500, "internal"),
    (503, "broker_not_ready store_unavailable"),
)
STATUS: Final[Mapping[str, int]] = {code: status for status, codes in _STATUSES for code in codes.split()}

_COME_BACK: Final = frozenset({429, 503})

# What Flask and Werkzeug raise by themselves, in our words.
_CODE_OF_STATUS: Final[Mapping[int, ProblemCode]] = {
    400: "malformed_json",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "not_json",
    429: "rate_limited",
}


def install(app: Flask) -> None:
    """Answer every error under `/api/` in one shape, and in the person's language."""
    app.register_error_handler(Problem, answer)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(HTTPError, _answer_invalid_input)
    for broken in (OperationalError, InterfaceError):
        app.register_error_handler(broken, _answer_broken_store)


def answer(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The answer to a problem of a person."""
    error = {"code": problem.code, "message": texts.say(problem.code, language(), **problem.params)}
    if problem.field:
        error["field"] = problem.field
    response = jsonify({"error": error})
    response.status_code = STATUS[problem.code]
    response.headers.update(headers or {})
    if STATUS[problem.code] in _COME_BACK or "wait_s" in problem.params:
        response.headers.setdefault("Retry-After", str(problem.params.get("wait_s", 1)))
    return response


def language() -> str:
    """zh or en: what the browser asks for, else the account's own, else en."""
    asked = request.accept_languages.best_match(LANGUAGES)
    caller = signin.known_caller()
    return asked or (caller.account.language if caller else "en")


def _answer_http(error: HTTPException) -> Response | HTTPException:
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST or not is_api_call():
        return error
    unforeseen: ProblemCode = "internal" if error.code >= HTTPStatus.INTERNAL_SERVER_ERROR else "malformed_json"
    return answer(Problem(_CODE_OF_STATUS.get(error.code, unforeseen)), _headers_of(error))


def _answer_broken_store(error: Exception) -> Response:
    """Locked, full or gone; the transaction was rolled back, so the same call may come again."""
    if not is_api_call():
        raise error
    _log.error("the database cannot be used", exc_info=error)
    return answer(Problem("store_unavailable", wait_s=STORE_RETRY_S))


def _headers_of(error: HTTPException) -> dict[str, str]:
    if isinstance(error, RateLimitExceeded):
        return {"Retry-After": str(limits.retry_after_s(current_app))}
    if isinstance(error, MethodNotAllowed):
        return {"Allow": ", ".join(sorted(error.valid_methods or ()))}
    return {}


def _answer_invalid_input(error: HTTPError) -> Response:
    """The first complaint of a schema; its messages are codes already (`shapes.Body`), a validator's are not."""
    complaints = next(iter(error.detail.values()))
    field, messages = next(iter(complaints.items()))
    known = isinstance(messages, list) and messages[0] in STATUS
    code = cast(ProblemCode, messages[0]) if known else "malformed_field"
    return answer(Problem(code, field=None if field == "_schema" else field))
