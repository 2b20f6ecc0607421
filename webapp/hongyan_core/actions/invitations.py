"""Invitations to this server: links that somebody who moderates it makes, counts and ends."""

from __future__ import annotations

from typing import Final

from hongyan_core import rules
from hongyan_core.problems import Problem
from hongyan_core.standing import Office, ServerRole
from hongyan_core.store.database import write_transaction
from hongyan_core.store.models import FOREVER_MS, Account, AuditEntry, Link

MAX_INVITATIONS: Final = 200  # that nobody has ended
MAX_USES: Final = 10_000
_MAX_ID: Final = 2**31 - 1  # of PostgreSQL's serial
# Invitations have no group: that index finds them among the links into groups.
_INVITATIONS: Final = Link.group_id.is_null() & (Link.kind == "signup") & Link.ended_at_ms.is_null()


def list_invitations(account: Account, *, in_person: bool) -> list[Link]:
    """Those that nobody has ended, newest first.

    Raises:
        Problem: not_permitted.
    """
    _check(account, in_person)
    return list(Link.select().where(_INVITATIONS).order_by(Link.id.desc()))


def make_invitation(
    account: Account, *, in_person: bool, expires_at_ms: int | None, max_uses: int | None, at_ms: int
) -> Link:
    """Make a link to register with, until then and for so many; None: without an end.

    Raises:
        Problem: not_permitted, malformed_field, too_many.
    """
    _check(account, in_person)
    if expires_at_ms is not None and not at_ms < expires_at_ms <= FOREVER_MS:
        raise Problem("malformed_field", "expires_at")
    if max_uses is not None and not 1 <= max_uses <= MAX_USES:
        raise Problem("malformed_field", "max_uses")
    with write_transaction():
        if Link.select().where(_INVITATIONS).count() >= MAX_INVITATIONS:
            raise Problem("too_many", limit=MAX_INVITATIONS)
        link = Link.create(
            kind="signup", creator=account, created_at_ms=at_ms, expires_at_ms=expires_at_ms, max_uses=max_uses
        )
        _note(account, "make_invitation", link.id, at_ms)
    return link


def end_invitation(account: Account, link_id: int, *, in_person: bool, at_ms: int) -> None:
    """Nobody comes by this link any more.

    Raises:
        Problem: not_permitted, unknown_link.
    """
    _check(account, in_person)
    with write_transaction():
        mine = _INVITATIONS & (Link.id == link_id)
        if not 0 < link_id <= _MAX_ID or not Link.update(ended_at_ms=at_ms).where(mine).execute():
            raise Problem("unknown_link")
        _note(account, "end_invitation", link_id, at_ms)


def find_invitation(link_id: int, *, at_ms: int) -> Link:
    """An invitation that still counts.

    Raises:
        Problem: invalid_link.
    """
    link = Link.get_or_none(_counts(link_id, at_ms)) if 0 < link_id <= _MAX_ID else None
    if link is None:
        raise Problem("invalid_link")
    return link


def use_invitation(link_id: int, *, at_ms: int) -> bool:
    """Count one more who came by it; only inside the `write_transaction()` of the registration."""
    if not 0 < link_id <= _MAX_ID:
        return False
    return bool(Link.update(uses=Link.uses + 1).where(_counts(link_id, at_ms)).execute())


def _counts(link_id: int, at_ms: int) -> object:
    in_time = Link.expires_at_ms.is_null() | (Link.expires_at_ms > at_ms)
    has_room = Link.max_uses.is_null() | (Link.uses < Link.max_uses)
    return _INVITATIONS & (Link.id == link_id) & in_time & has_room


def _check(account: Account, in_person: bool) -> None:
    refusal = rules.INVITE_TO_SERVER.decide(Office(role=ServerRole(account.role), in_person=in_person))
    if refusal is not None:
        raise Problem(refusal)


def _note(account: Account, action: str, link_id: int, at_ms: int) -> None:
    AuditEntry.create(at_ms=at_ms, actor=account.name, action=action, target=str(link_id))
