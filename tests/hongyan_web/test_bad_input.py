"""Everything that is no request: one clear answer each, in both languages, and nothing in the log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from hongyan_core.store.models import Account
from tests.hongyan_web.site import PASSWORD, Site, Visitor

ANN = {"username": "ann", "password": PASSWORD}
JSON = "application/json"

# What was sent to POST /accounts → status, code, field.
BODIES: dict[str, tuple[bytes | str, str, tuple[int, str, str | None]]] = {
    "no JSON at all": ("username=ann", JSON, (400, "malformed_json", None)),
    "a JSON array": ("[1]", JSON, (400, "malformed_json", None)),
    "a JSON string": ('"ann"', JSON, (400, "malformed_json", None)),
    "a JSON null": ("null", JSON, (400, "malformed_json", None)),
    "cut short": ('{"username": "ann", ', JSON, (400, "malformed_json", None)),
    "no UTF-8": (b'{"username": "\xff\xfe"}', JSON, (400, "malformed_json", None)),
    "a lone surrogate": ('{"username": "\\ud800", "password": "12345678"}', JSON, (400, "malformed_json", None)),
    "60,000 brackets": ("[" * 60_000, JSON, (400, "malformed_json", None)),
    "a number of 40 digits": ('{"username": %s}' % ("1" * 40), JSON, (400, "malformed_field", "username")),
    "a number of 5,000 digits": ('{"username": %s}' % ("1" * 5_000), JSON, (400, "malformed_json", None)),
    "a form": ("username=ann&password=12345678", "application/x-www-form-urlencoded", (415, "not_json", None)),
    "JSON called text": ('{"username": "ann"}', "text/plain", (415, "not_json", None)),
    "nothing": ("", JSON, (400, "missing_field", "username")),
    "more than 64 KiB": ('{"username": "%s"}' % ("a" * 66_000), JSON, (413, "too_large", None)),
}

# Fields of POST /accounts that are not as they must be.
FIELDS: dict[str, tuple[dict[str, Any], tuple[int, str, str | None]]] = {
    "no password": ({"username": "ann"}, (400, "missing_field", "password")),
    "a field that nobody knows": ({**ANN, "admin": True}, (400, "unknown_field", "admin")),
    "a name that is a number": ({**ANN, "username": 7}, (400, "malformed_field", "username")),
    "a name that is an object": ({**ANN, "username": {"a": 1}}, (400, "malformed_field", "username")),
    "a name that is null": ({**ANN, "username": None}, (400, "malformed_field", "username")),
    "a name with a NUL": ({**ANN, "username": "ann\0"}, (400, "malformed_field", "username")),
    "a name of 300": ({**ANN, "username": "a" * 300}, (400, "malformed_field", "username")),
    "a name of one letter": ({**ANN, "username": "a"}, (400, "malformed_name", "username")),
    "a name with a wildcard": ({**ANN, "username": "an#"}, (400, "malformed_name", "username")),
    "a name with a dot": ({**ANN, "username": "an.n"}, (400, "malformed_name", "username")),
    "a name in capitals": ({**ANN, "username": "Ann"}, (400, "malformed_name", "username")),
    "a reserved name": ({**ANN, "username": "group"}, (400, "reserved_name", "username")),
    "a short password": ({**ANN, "password": "1234567"}, (400, "weak_password", "password")),
    "a blank display name": ({**ANN, "display_name": "  "}, (400, "malformed_display_name", "display_name")),
    "a display name of 65": ({**ANN, "display_name": "a" * 65}, (400, "malformed_display_name", "display_name")),
    "a name that looks reserved": ({**ANN, "username": "adm1n"}, (409, "confusable_name", "username")),
    "a name with a Cyrillic a": ({**ANN, "display_name": "аnn"}, (409, "confusable_name", "display_name")),
    "the name of an office": ({**ANN, "display_name": "管理员"}, (400, "reserved_name", "display_name")),
    "a name with nothing to see": (
        {**ANN, "display_name": "a\u200bnn"},
        (400, "malformed_display_name", "display_name"),
    ),
    "an address where none is kept": ({**ANN, "email": "ann@example.org"}, (409, "no_mail", "email")),
    "an invitation that is a number": ({**ANN, "invitation": 7}, (400, "malformed_field", "invitation")),
    "a language of the moon": ({**ANN, "language": "lunar"}, (400, "malformed_field", "language")),
}


@pytest.fixture(autouse=True)
def _nothing_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.WARNING):
        yield
    assert caplog.records == []


@pytest.mark.parametrize(("body", "content_type", "refusal"), BODIES.values(), ids=BODIES)
@pytest.mark.usefixtures("database")
def test_a_body_that_is_no_request_is_refused(
    site: Site, body: bytes | str, content_type: str, refusal: tuple[int, str, str | None]
) -> None:
    said = site.visitor().call("POST", "/accounts", data=body, content_type=content_type)
    assert said.refusal == refusal
    assert Account.select().count() == 0


@pytest.mark.parametrize(("body", "refusal"), FIELDS.values(), ids=FIELDS)
def test_a_field_that_is_wrong_is_named_in_both_languages(
    site: Site, body: dict[str, Any], refusal: tuple[int, str, str | None]
) -> None:
    english, chinese = site.visitor("en").post("/accounts", body), site.visitor("zh-CN").post("/accounts", body)
    assert english.refusal == chinese.refusal == refusal
    assert english.body["error"]["message"] != chinese.body["error"]["message"]
    assert english.body["error"]["message"].isascii() or "“" in english.body["error"]["message"]
    assert any("\u4e00" <= char <= "\u9fff" for char in chinese.body["error"]["message"])
    assert Account.select().count() == 0


def test_a_name_that_is_taken_stays_with_its_owner(site: Site, ann: Visitor) -> None:
    said = site.visitor().post("/accounts", {"username": "ann", "password": "another one"})
    assert said.refusal == (409, "name_taken", "username")
    assert site.visitor().sign_in("ann", "another one").refusal == (401, "bad_credentials", None)


ADDRESSES: dict[str, tuple[str, str, tuple[int, str, str | None]]] = {
    "no such route": ("GET", "/nowhere", (404, "not_found", None)),
    "no such route to post to": ("POST", "/nowhere", (404, "not_found", None)),
    "a method that is not there": ("DELETE", "/conversations", (405, "method_not_allowed", None)),
    "an id that is no number": ("DELETE", "/tokens/one", (404, "not_found", None)),
    "an id of 40 digits": ("DELETE", "/tokens/" + "1" * 40, (404, "not_found", None)),
    "an id of 5,000 digits": ("DELETE", "/tokens/" + "1" * 5_000, (404, "not_found", None)),
    "a NUL in the path": ("DELETE", "/friends/a%00b", (409, "not_friends", None)),
    "a name that is none": ("DELETE", "/friends/NOT%20A%20NAME", (409, "not_friends", None)),
    "bytes that are no UTF-8": ("PUT", "/blocks/%ff%fe", (404, "unknown_account", None)),
    "a slash in a name": ("PUT", "/blocks/a%2Fb", (404, "not_found", None)),
    "pages that are no numbers": ("GET", "/conversations/user/bob/messages?after=x", (400, "malformed_field", "after")),
    "a page of 201": ("GET", "/conversations/user/bob/messages?limit=201", (400, "malformed_field", "limit")),
    "a page of none": ("GET", "/conversations/user/bob/messages?limit=0", (400, "malformed_field", "limit")),
    "a negative seq": ("GET", "/conversations/user/bob/messages?before=-1", (400, "malformed_field", "before")),
    "a seq of 40 digits": (
        "GET",
        "/conversations/user/bob/messages?after=" + "1" * 40,
        (400, "malformed_field", "after"),
    ),
    "a seq of 5,000 digits": (
        "GET",
        "/conversations/user/bob/messages?after=" + "1" * 5_000,
        (400, "malformed_field", "after"),
    ),
    "a conversation with a stranger": (
        "GET",
        "/conversations/user/nobody/messages",
        (404, "unknown_conversation", None),
    ),
    "a foreign group": ("GET", "/conversations/group/lab/messages", (404, "unknown_conversation", None)),
    "a conversation with a NUL": ("GET", "/conversations/group/a%00b/messages", (404, "unknown_conversation", None)),
    "a conversation that is no name": (
        "GET",
        "/conversations/user/NO%20NAME/messages",
        (404, "unknown_conversation", None),
    ),
}


@pytest.mark.parametrize(("method", "path", "refusal"), ADDRESSES.values(), ids=ADDRESSES)
def test_an_address_that_leads_nowhere_says_so(
    ann: Visitor, method: str, path: str, refusal: tuple[int, str, str | None]
) -> None:
    status, code, field = refusal
    said = ann.call(method, path)
    assert said.refusal[:2] == (status, code)
    assert field is None or said.refusal[2] == field


def test_a_method_that_is_not_there_names_those_that_are(ann: Visitor) -> None:
    assert ann.send("DELETE", "/conversations").headers["Allow"] == "GET, HEAD, OPTIONS"
