"""What a link in a mail proves, once: 256 random bits, of which a SHA-256 is kept."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from typing import Final, Literal

from hongyan_core.problems import Problem
from hongyan_core.store.models import Account, Ticket
from hongyan_core.store.people import is_in_use

TicketKind = Literal["reset", "email"]
LIFETIME_MS: Final[Mapping[TicketKind, int]] = {"reset": 3_600_000, "email": 2 * 86_400_000}
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def issue_ticket(account: Account, kind: TicketKind, email: str, *, at_ms: int, lifetime_ms: int | None = None) -> str:
    """Make a ticket and return its secret, 43 characters; earlier ones of the kind end. Inside a `write_transaction()`.

    Args:
        email: Where the secret is sent; empty where an administrator hands it over.
    """
    end_tickets(account, kind)
    secret = secrets.token_urlsafe(32)
    lasts_ms = LIFETIME_MS[kind] if lifetime_ms is None else lifetime_ms
    Ticket.create(secret_hash=_hash(secret), kind=kind, account=account, email=email, expires_at_ms=at_ms + lasts_ms)
    return secret


def find_ticket(secret: str, kind: TicketKind, *, at_ms: int) -> Ticket:
    """The ticket of this secret, its account loaded with it.

    Raises:
        Problem: invalid_link (unknown, used, expired, of an account that is not in use).
    """
    ticket = _load(secret, kind) if _SECRET.fullmatch(secret) else None
    if ticket is None or ticket.expires_at_ms <= at_ms or not is_in_use(ticket.account):
        raise Problem("invalid_link")
    return ticket


def redeem_ticket(secret: str, kind: TicketKind, *, at_ms: int) -> Ticket:
    """As `find_ticket`, and use it up; inside the `write_transaction()` of what it allows.

    Raises:
        Problem: invalid_link.
    """
    ticket = find_ticket(secret, kind, at_ms=at_ms)
    # On PostgreSQL two may have read it; one of them deletes it.
    if not Ticket.delete().where(Ticket.secret_hash == ticket.secret_hash).execute():
        raise Problem("invalid_link")
    return ticket


def end_tickets(account: Account, kind: TicketKind) -> None:
    """The account's links of this kind lead nowhere any more; inside a `write_transaction()`."""
    Ticket.delete().where((Ticket.account == account) & (Ticket.kind == kind)).execute()


def _load(secret: str, kind: TicketKind) -> Ticket | None:
    wanted = (Ticket.secret_hash == _hash(secret)) & (Ticket.kind == kind)
    found: Ticket | None = Ticket.select(Ticket, Account).join(Account).where(wanted).first()
    return found


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
