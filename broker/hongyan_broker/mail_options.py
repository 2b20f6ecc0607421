"""The mail server and the sender of the options, whose secrets do not belong on a command line."""

from __future__ import annotations

from email.headerregistry import Address
from email.utils import parseaddr
from pathlib import Path
from typing import Final

from hongyan_core.fields import parse_email
from hongyan_core.mail_route import MailRoute, parse_mail_route
from hongyan_core.problems import Problem

_FILE: Final = "file:"


def read_mail_route(text: str, *, from_environment: bool) -> MailRoute:
    """The mail server of `--smtp-url`: a URL, or `file:` and the path of a file that holds one.

    Raises:
        ValueError: None is given, it makes no sense, or every program of the machine could read its password.
    """
    if not text:
        raise ValueError("--email needs a mail server: give --smtp-url smtp://mail.example.org (docs/settings.md)")
    try:
        route = parse_mail_route(_read(text))
    except ValueError as problem:
        raise ValueError(f"--smtp-url: {problem}") from None
    if route.password and not from_environment and not text.startswith(_FILE):
        raise ValueError(
            "everybody on this machine can read a password on the command line: set HONGYAN_SMTP_URL instead, "
            "or put the URL into a file and give --smtp-url file:/path"
        )
    return route


def _read(text: str) -> str:
    if not text.startswith(_FILE):
        return text
    path = Path(text.removeprefix(_FILE)).expanduser()
    if not path.is_file():
        raise ValueError(f"there is no file {path}")
    return path.read_text().strip()


def read_sender(text: str) -> str:
    """The `From` line of `--mail-from`.

    Raises:
        ValueError: It is no address.
    """
    name, address = parseaddr(text if text.isprintable() else "")
    try:
        parse_email(address)
        return str(Address(name, addr_spec=address))
    except (Problem, ValueError):
        raise ValueError("--mail-from is who our mails come from: 'Hongyan <chat@example.org>'") from None
