"""Who acts for the whole server, and the log of it: each deed leaves a line, which nothing changes or deletes."""

from __future__ import annotations

import json
from dataclasses import dataclass

from hongyan_core.problems import Problem, ProblemCode
from hongyan_core.rules import Rule
from hongyan_core.standing import Office
from hongyan_core.store.administration import load_office
from hongyan_core.store.models import Account, AuditEntry


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts for the whole server."""

    account: Account | None  # None: whoever may use the server's own command line
    in_person: bool  # in a browser or at the command line, not by a device token
    address: str = ""

    @property
    def name(self) -> str:
        """The user name; empty for the command line."""
        return "" if self.account is None else self.account.name


COMMAND_LINE = Actor(None, in_person=True)


def demand_office(actor: Actor, rule: Rule[Office, ProblemCode]) -> None:
    """Refuse who may not look at what only moderators (`rules.MODERATE`) or administrators see.

    Raises:
        Problem: not_permitted.
    """
    refusal = rule.decide(load_office(actor.account, in_person=actor.in_person, other=None))
    if refusal is not None:
        raise Problem(refusal)


def write_audit(actor: Actor, action: str, target: str, *, at_ms: int, **detail: object) -> None:
    """Add a line; only inside the `write_transaction()` of the deed, and nothing secret in `detail`."""
    AuditEntry.insert(
        at_ms=at_ms,
        actor=actor.name,
        action=action,
        target=target,
        detail=json.dumps(detail, ensure_ascii=False) if detail else "",
        address=actor.address,
    ).execute()
