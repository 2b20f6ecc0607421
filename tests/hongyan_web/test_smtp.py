from __future__ import annotations

import shutil
import smtplib
import ssl
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from hongyan_core.mail import Letter, compose
from hongyan_web.smtp import deliver, describe, is_final
from tests.support.certificates import make_certificate
from tests.support.mail import running_mail_server
from tests.support.missing import leave_out

LETTER = Letter("reset", "ann@example.org", "ann", "zh", "s3cr3t")


@pytest.fixture
def message() -> EmailMessage:
    return compose(LETTER, sender="Hongyan <chat@example.org>", origin="https://chat.example")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    if shutil.which("openssl") is None:
        leave_out("openssl", "apt-get install openssl")
    return make_certificate(tmp_path_factory.mktemp("mail"))


def test_a_letter_arrives_as_it_was_written(message: EmailMessage) -> None:
    with running_mail_server() as server:
        deliver(server.route, message)
        mail = server.wait()
    assert (mail.to, mail.over_tls, mail.username) == (["ann@example.org"], False, "")
    assert mail.message["Subject"] == "鸿雁: 重设密码"
    assert "https://chat.example/#/reset/s3cr3t" in mail.text.splitlines()


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_letter_travels_over_tls_and_the_password_with_it(
    message: EmailMessage, certificate: tuple[Path, Path], security: str
) -> None:
    with running_mail_server(security, certificate=certificate, password="hush") as server:
        deliver(server.route, message)
        mail = server.wait()
        with pytest.raises(smtplib.SMTPAuthenticationError) as caught:
            deliver(replace(server.route, password="a guess"), message)
    assert (mail.over_tls, mail.username) == (True, "chat")
    assert is_final(caught.value)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_trusts_gets_nothing(
    message: EmailMessage, certificate: tuple[Path, Path], security: str
) -> None:
    with running_mail_server(security, certificate=certificate) as server:
        with pytest.raises(ssl.SSLCertVerificationError):
            deliver(replace(server.route, ca=None), message)
        with pytest.raises(ssl.SSLCertVerificationError):
            deliver(replace(server.route, host="localhost"), message)
        assert server.got == []


def test_a_server_that_offers_no_tls_gets_nothing_where_it_is_demanded(message: EmailMessage) -> None:
    with running_mail_server() as server:
        with pytest.raises(smtplib.SMTPNotSupportedError):
            deliver(replace(server.route, security="starttls", username="chat", password="hush"), message)
        assert server.got == []


@pytest.mark.parametrize(
    ("error", "final", "said"),
    [
        (smtplib.SMTPDataError(451, b"later, ann@example.org"), False, "SMTPDataError 451"),
        (smtplib.SMTPDataError(554, b"spam: s3cr3t"), True, "SMTPDataError 554"),
        (smtplib.SMTPRecipientsRefused({"ann@example.org": (550, b"who?")}), True, "SMTPRecipientsRefused 550"),
        (smtplib.SMTPRecipientsRefused({"ann@example.org": (450, b"full")}), False, "SMTPRecipientsRefused 450"),
        (smtplib.SMTPServerDisconnected("gone"), False, "SMTPServerDisconnected"),
        (ConnectionRefusedError("127.0.0.1"), False, "ConnectionRefusedError"),
        (TimeoutError(), False, "TimeoutError"),
    ],
)
def test_what_a_later_time_may_mend_is_known_and_nobody_is_named(error: OSError, final: bool, said: str) -> None:
    assert (is_final(error), describe(error)) == (final, said)
