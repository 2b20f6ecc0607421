"""Mail as an operator sets it up: a real server, a real mail server, and a link that works."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest

from hongyan_broker.mail_options import read_mail_route, read_sender
from hongyan_core.mail_route import MailRoute
from tests.support.mail import running_mail_server
from tests.support.process import Server

PASSWORD = "a long enough password"


def call(url: str, method: str, path: str, body: dict[str, str]) -> int:
    request = urllib.request.Request(
        f"{url}/api/v1{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        status: int = answer.status
        return status


def test_a_forgotten_password_is_replaced_by_the_mail_of_a_running_server(tmp_path: Path) -> None:
    with running_mail_server() as mail_server:
        smtp = f"smtp://127.0.0.1:{mail_server.route.port}?starttls=no"
        options = ["--email", "optional", "--smtp-url", smtp, "--mail-from", "chat@example.org"]
        server = Server(tmp_path / "data", *options)
        server.start()
        try:
            ann = {"username": "ann", "password": PASSWORD, "email": "ann@example.org"}
            assert call(server.url, "POST", "/accounts", ann) == 201
            confirm = mail_server.wait(1)
            assert f"{server.url}/#/confirm/" in confirm.text
            assert call(server.url, "POST", "/email-confirmations", {"token": confirm.secret}) == 204
            assert call(server.url, "POST", "/password-resets", {"login": "ann@example.org"}) == 202
            reset = {"token": mail_server.wait(2).secret, "new_password": "another long password"}
            assert call(server.url, "PUT", "/password-resets", reset) == 204
            signed_in = {"username": "ann", "password": "another long password"}
            assert call(server.url, "POST", "/session", signed_in) == 200
        finally:
            server.stop()
        said = server.read_log()
        server.close()
    for secret in (confirm.secret, reset["token"], "ann@example.org", "Traceback"):
        assert secret not in said


def test_the_url_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "smtp").write_text("smtps://chat:hush@mail.example.org\n")
    route = read_mail_route(f"file:{tmp_path}/smtp", from_environment=False)
    assert route == MailRoute("mail.example.org", 465, "tls", "chat", "hush")


@pytest.mark.parametrize(
    ("text", "sender"),
    [
        ("chat@example.org", "chat@example.org"),
        ("Hongyan <chat@example.org>", "Hongyan <chat@example.org>"),
        ("鸿雁 <chat@example.org>", "鸿雁 <chat@example.org>"),
        ('"Hongyan, Ltd." <chat@example.org>', '"Hongyan, Ltd." <chat@example.org>'),
    ],
)
def test_a_sender_is_an_address_perhaps_with_a_name(text: str, sender: str) -> None:
    assert read_sender(text) == sender


@pytest.mark.parametrize("text", ["", "Hongyan", "chat@", "chat@localhost", "a@b.c\nBcc: d@e.f", "<>", "a@b.c\0"])
def test_what_is_no_sender_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="--mail-from"):
        read_sender(text)
