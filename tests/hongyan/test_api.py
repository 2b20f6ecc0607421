from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from hongyan.api import (
    Address,
    Api,
    ConversationHead,
    Friend,
    Group,
    Import,
    IncomingRequest,
    Login,
    Me,
    Presence,
    Token,
)
from hongyan.envelope import Message
from hongyan.errors import ApiError, NotConnected
from tests.support.ports import free_port

HI = {"id": "m1", "kind": "text", "body": "hi", "from": "ann", "to": "user/bob", "seq": 7, "at": 1_790_000_000_000}
LAB = {"name": "lab", "title": "The lab", "owner": "ann", "role": "member", "member_count": 3}


@contextmanager
def answering(status, body, **headers):
    """A server that gives one answer to everything; yields its URL and what it was asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            length = int(self.headers.get("Content-Length") or 0)
            sent = self.rfile.read(length).decode()
            asked.append((self.command, self.path, self.headers.get("Authorization"), sent))
            payload = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_):
            pass

    for verb in ("GET", "POST", "PUT", "DELETE"):
        setattr(Handler, f"do_{verb}", Handler.answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


CALLS = [
    pytest.param(
        lambda api: api.me(),
        ("GET", "/api/v1/me", ""),
        {"username": "bob", "display_name": "Bob", "language": "en"},
        Me("bob", "Bob", "en"),
        id="me",
    ),
    pytest.param(
        lambda api: api.create_token("bob", "secret words", "bot"),
        ("POST", "/api/v1/tokens", '{"username": "bob", "password": "secret words", "label": "bot"}'),
        {"id": 3, "label": "bot", "token": "hy_x", "mqtt_password": "hy_x", "created_at": 1},
        Token(3, "bot", "hy_x", "hy_x", 1),
        id="create_token",
    ),
    pytest.param(
        lambda api: api.create_token("bob", "secret words", "bot", "123456"),
        (
            "POST",
            "/api/v1/tokens",
            '{"username": "bob", "password": "secret words", "label": "bot", "code": "123456"}',
        ),
        {"id": 3, "label": "bot", "token": "hy_x", "mqtt_password": "hy_x", "created_at": 1},
        Token(3, "bot", "hy_x", "hy_x", 1),
        id="create_token with a code",
    ),
    pytest.param(
        lambda api: api.mqtt_token(),
        ("POST", "/api/v1/mqtt-token", "{}"),
        {
            "username": "bob",
            "password": "hy_y",
            "expires_at": None,
            "client_id_prefix": "bob-",
            "websocket_url": "ws://localhost:8000/mqtt",
            "tcp": {"host": "localhost", "port": 1883, "tls": False},
            "protocol": 1,
        },
        Login("bob", "hy_y", Address("localhost", 1883), None, "ws://localhost:8000/mqtt"),
        id="mqtt_token",
    ),
    pytest.param(
        lambda api: api.begin_import("group/lab", "f" * 22, "slack"),
        ("POST", "/api/v1/conversations/group/lab/imports", f'{{"file": "{"f" * 22}", "source": "slack"}}'),
        {"id": 7},
        7,
        id="begin_import",
    ),
    pytest.param(
        lambda api: api.imports(),
        ("GET", "/api/v1/imports", ""),
        {
            "imports": [
                {
                    "id": 7,
                    "key": "group/lab",
                    "source": "slack",
                    "state": "running",
                    "total": 9,
                    "done": 4,
                    "skipped": 1,
                    "problem": "",
                }
            ]
        },
        [Import(7, "group/lab", "slack", "running", 9, 4, 1)],
        id="imports",
    ),
    pytest.param(
        lambda api: api.end_import(7),
        ("DELETE", "/api/v1/imports/7", ""),
        None,
        None,
        id="end_import",
    ),
    pytest.param(
        lambda api: api.friends(),
        ("GET", "/api/v1/friends", ""),
        {
            "friends": [
                {
                    "username": "ann",
                    "display_name": "Ann",
                    "since": 1,
                    "presence": {"state": "online", "text": "", "last_seen": 2},
                }
            ]
        },
        [Friend("ann", "Ann", 1, Presence("online", "", 2))],
        id="friends",
    ),
    pytest.param(
        lambda api: api.incoming_requests(),
        ("GET", "/api/v1/friend-requests", ""),
        {"incoming": [{"id": 7, "from": "ann", "display_name": "Ann", "text": "hi", "created_at": 1}], "outgoing": []},
        [IncomingRequest(7, "ann", "Ann", "hi", 1)],
        id="incoming_requests",
    ),
    pytest.param(
        lambda api: api.request_friend("ann", "it is me"),
        ("POST", "/api/v1/friend-requests", '{"to": "ann", "text": "it is me"}'),
        {"id": 7, "to": "ann", "text": "it is me", "state": "pending", "created_at": 1},
        None,
        id="request_friend",
    ),
    pytest.param(
        lambda api: api.accept(7), ("POST", "/api/v1/friend-requests/7/accept", "{}"), {"id": 7}, None, id="accept"
    ),
    pytest.param(
        lambda api: api.decline(7), ("POST", "/api/v1/friend-requests/7/decline", "{}"), {"id": 7}, None, id="decline"
    ),
    pytest.param(
        lambda api: api.groups(),
        ("GET", "/api/v1/groups", ""),
        {"groups": [LAB]},
        [Group("lab", "The lab", "ann", "member", 3)],
        id="groups",
    ),
    pytest.param(
        lambda api: api.create_group("lab", "The lab"),
        ("POST", "/api/v1/groups", '{"name": "lab", "title": "The lab"}'),
        LAB | {"members": []},
        Group("lab", "The lab", "ann", "member", 3),
        id="create_group",
    ),
    pytest.param(
        lambda api: api.add_member("lab", "bob"),
        ("PUT", "/api/v1/groups/lab/members/bob", "{}"),
        b"",
        None,
        id="add_member",
    ),
    pytest.param(
        lambda api: api.remove_member("lab", "../bob"),
        ("DELETE", "/api/v1/groups/lab/members/..%2Fbob", ""),
        b"",
        None,
        id="remove_member",
    ),
    pytest.param(
        lambda api: api.conversations(),
        ("GET", "/api/v1/conversations", ""),
        {
            "conversations": [
                {"key": "user/ann", "title": "Ann", "last_seq": 7, "read_seq": 5, "unread": 2, "last_message": HI}
            ]
        },
        [ConversationHead("user/ann", "Ann", 7, 5, 2)],
        id="conversations",
    ),
]


@pytest.mark.parametrize(("call", "request_line", "answer", "result"), CALLS)
def test_a_call_asks_and_reads_as_documented(call, request_line, answer, result):
    with answering(200, answer) as (url, asked):
        got = call(Api(url, "hy_token"))
    method, path, sent = request_line
    assert asked == [(method, path, "Bearer hy_token", sent)]
    if result is not None:
        assert got == result


def test_a_page_of_history_holds_messages_and_skips_what_is_none():
    with answering(200, {"messages": [{"seq": 6}, HI], "first_seq": 1, "last_seq": 9, "peer_read_seq": 3}) as (
        url,
        asked,
    ):
        page = Api(url, "hy_token").history("user/ann", after=5, limit=2)
    assert asked[0][:2] == ("GET", "/api/v1/conversations/user/ann/messages?after=5&limit=2")
    assert page.messages == (Message("m1", "text", "hi", 7, 1_790_000_000_000, "ann", "user/bob"),)
    assert (page.first_seq, page.last_seq) == (1, 9)


def test_an_error_of_the_server_is_raised_with_its_code_and_field():
    error = {"error": {"code": "malformed_field", "message": "the title is too long", "field": "title"}}
    with answering(400, error) as (url, _), pytest.raises(ApiError) as wrong:
        Api(url, "hy_token").create_group("lab", "x" * 100)
    assert (wrong.value.status, wrong.value.code, wrong.value.field) == (400, "malformed_field", "title")
    assert wrong.value.message == "the title is too long"


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"error": "no"}', b"\xff"], ids=repr)
def test_an_error_of_something_else_is_told_apart(body):
    with answering(404, body) as (url, _), pytest.raises(ApiError) as wrong:
        Api(url).me()
    assert (wrong.value.status, wrong.value.code) == (404, "not_hongyan")


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b"\xff", b""], ids=repr)
def test_an_answer_of_something_else_is_no_answer(body):
    with answering(200, body) as (url, _), pytest.raises(NotConnected, match="did not answer as a Hongyan server"):
        Api(url).me()


def test_a_redirect_is_not_followed_with_the_token():
    with answering(200, {}) as (elsewhere, asked_elsewhere):
        with answering(302, b"", Location=f"{elsewhere}/api/v1/me") as (url, _), pytest.raises(ApiError) as moved:
            Api(url, "hy_token").me()
        assert moved.value.status == 302
        assert asked_elsewhere == []


def test_a_server_that_is_not_there_is_not_connected():
    with pytest.raises(NotConnected, match="cannot be reached"):
        Api(f"http://127.0.0.1:{free_port()}").me()


@pytest.mark.parametrize("url", ["", "localhost:8000", "ftp://x", "file:///etc/passwd", "http://"])
def test_a_url_must_be_a_servers(url):
    with pytest.raises(ValueError, match="not the URL of a server"):
        Api(url)
