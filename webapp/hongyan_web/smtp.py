"""Hand one message to the mail server of the settings."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from typing import Final

from hongyan_core.mail_route import MailRoute

_TIMEOUT_S: Final = 20.0


def deliver(route: MailRoute, message: EmailMessage) -> None:
    """Send it, over TLS as the route demands: a server that offers none gets neither password nor message.

    Raises:
        OSError: It was not taken; `is_final` knows whether to try again.
    """
    with _connect(route) as server:
        if route.security == "starttls":
            server.starttls(context=_context(route))
        if route.username:
            server.login(route.username, route.password)
        server.send_message(message)


def _connect(route: MailRoute) -> smtplib.SMTP:
    if route.security == "tls":
        return smtplib.SMTP_SSL(route.host, route.port, timeout=_TIMEOUT_S, context=_context(route))
    return smtplib.SMTP(route.host, route.port, timeout=_TIMEOUT_S)


def _context(route: MailRoute) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=route.ca)


def is_final(error: Exception) -> bool:
    """Whether the server has said that another time will not help (RFC 5321: replies of 500 and more)."""
    codes = _codes(error)
    return bool(codes) and min(codes) >= 500


def describe(error: Exception) -> str:
    """What went wrong, without what the server quotes: addresses and links stay out of the log."""
    return " ".join([type(error).__name__, *map(str, _codes(error))])


def _codes(error: Exception) -> list[int]:
    if isinstance(error, smtplib.SMTPResponseException):
        return [error.smtp_code]
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return [code for code, _ in error.recipients.values()]
    return []
