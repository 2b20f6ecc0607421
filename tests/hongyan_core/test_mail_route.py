from __future__ import annotations

from pathlib import Path

import pytest

from hongyan_core.mail_route import MailRoute, parse_mail_route


@pytest.mark.parametrize(
    ("url", "route"),
    [
        ("smtp://mail.example.org", MailRoute("mail.example.org", 587, "starttls")),
        ("smtp://mail.example.org?starttls=yes", MailRoute("mail.example.org", 587, "starttls")),
        ("smtp://127.0.0.1?starttls=no", MailRoute("127.0.0.1", 25, "none")),
        ("smtp://[::1]:2525/?starttls=no", MailRoute("::1", 2525, "none")),
        ("smtps://mail.example.org", MailRoute("mail.example.org", 465, "tls")),
        ("smtps://a%40b:p%3A%2F@mail:99", MailRoute("mail", 99, "tls", "a@b", "p:/")),
    ],
)
def test_a_url_says_where_how_and_as_whom(url: str, route: MailRoute) -> None:
    assert parse_mail_route(url) == route


def test_other_certificates_can_be_trusted(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("")
    assert parse_mail_route(f"smtps://mail?ca={tmp_path}/ca.pem").ca == tmp_path / "ca.pem"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mail.example.org", "begins with smtp://"),
        ("http://mail.example.org", "begins with smtp://"),
        ("smtp://mail?starttls=maybe", "begins with smtp://"),
        ("smtps://mail?starttls=no", "begins with smtp://"),
        ("smtp://", "has a host"),
        ("smtp://mail/inbox", "has a host"),
        ("smtp://mail?tls=yes", "has a host"),
        ("smtp://mail?starttls", "looks like"),
        ("smtp://mail:port", "looks like"),
        ("smtp://mail:99999", "looks like"),
        ("smtp://mail?ca=/none.pem", "no file /none.pem"),
    ],
)
def test_what_makes_no_sense_is_refused_without_a_word_of_the_password(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        parse_mail_route(url.replace("://", "://ann:hush@") if "://" in url else url)
    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_password_is_not_printed() -> None:
    assert "hush" not in repr(parse_mail_route("smtps://ann:hush@mail"))
