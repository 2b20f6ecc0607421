"""A real mail server on loopback, and what it was handed."""

from __future__ import annotations

import email
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from hongyan_core.mail_route import MailRoute, Security
from tests.support.ports import free_port
from tests.support.waiting import wait_for

SENDER = "Hongyan <chat@example.org>"


@dataclass(frozen=True, slots=True)
class Mail:
    """One message as it came."""

    to: list[str]
    message: EmailMessage
    over_tls: bool
    username: str

    @property
    def text(self) -> str:
        return cast(str, self.message.get_content())

    @property
    def secret(self) -> str:
        """What stands behind the last slash of its link."""
        found = re.search(r"#/\w+/([\w-]+)", self.text)
        assert found, self.text
        return found[1]


@dataclass
class MailServer:
    """What has come, and what is said to the next ones: `refusals` are replies that are given before any is taken."""

    route: MailRoute
    got: list[Mail] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        """A hook of aiosmtpd."""
        if self.refusals:
            return self.refusals.pop(0)
        message = email.message_from_bytes(cast(bytes, envelope.content), policy=policy.default)
        login = cast(bytes, getattr(session.auth_data, "login", b"")).decode()
        over_tls = self.route.security == "tls" or session.ssl is not None
        self.got.append(Mail(envelope.rcpt_tos, cast(EmailMessage, message), over_tls, login))
        return "250 taken"

    def wait(self, count: int = 1) -> Mail:
        """Wait until so many have come; the last one."""
        wait_for(lambda: len(self.got) >= count, what=f"{count} mails")
        assert len(self.got) == count, [mail.text for mail in self.got]
        return self.got[-1]


@contextmanager
def running_mail_server(
    security: Security = "none", *, certificate: tuple[Path, Path] | None = None, password: str = ""
) -> Iterator[MailServer]:
    """A mail server; with a password it takes nothing from others than `chat`."""
    ca = certificate[0] if certificate else None
    username = "chat" if password else ""
    kept = MailServer(MailRoute("127.0.0.1", free_port(), security, username, password, ca))
    options: dict[str, Any] = {}
    if password:
        options = {"authenticator": _authenticator(password), "auth_required": True, "auth_require_tls": True}
        if security == "tls":  # aiosmtpd counts STARTTLS only
            options |= {"auth_required": False, "auth_require_tls": False}
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*certificate)
        options |= {"ssl_context": context} if security == "tls" else {"tls_context": context, "require_starttls": True}
    controller = Controller(kept, hostname="127.0.0.1", port=kept.route.port, **options)
    controller.start()
    try:
        yield kept
    finally:
        controller.stop()


def _authenticator(password: str) -> Any:
    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"chat", password.encode())
        return AuthResult(success=good, handled=False, auth_data=data if good else None)

    return authenticate
