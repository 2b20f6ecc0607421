"""What administrators and moderators do with accounts; each deed leaves a line in the audit log."""

from __future__ import annotations

from typing import Final

from hongyan_core import rules
from hongyan_core.actions.audit import Actor, write_audit
from hongyan_core.actions.broadcasts import join_everyone, set_everyones_writer
from hongyan_core.actions.credentials import end_credentials
from hongyan_core.actions.tickets import issue_ticket
from hongyan_core.problems import Problem, ProblemCode
from hongyan_core.rules import Rule
from hongyan_core.standing import Office, ServerRole
from hongyan_core.store.administration import load_office
from hongyan_core.store.database import raise_relations_version, write_transaction
from hongyan_core.store.models import Account
from hongyan_core.store.outbox import tell, tell_notice
from hongyan_core.store.people import find_account, is_in_use

RESET_LIFETIME_MS: Final = 86_400_000


def load_target(actor: Actor, name: str, rule: Rule[Office, ProblemCode], *, ends_admin: bool = False) -> Account:
    """The account that a deed is about, where the rule allows the deed; only inside its `write_transaction()`.

    Raises:
        Problem: not_permitted, unknown_account, and what else the rule says.
    """
    other = find_account(name)
    facts = load_office(actor.account, in_person=actor.in_person, other=other, ends_admin=ends_admin)
    refusal = rule.decide(facts)
    if refusal is not None or other is None:
        raise Problem(refusal or "unknown_account")
    return other


def disable_account(actor: Actor, name: str, *, at_ms: int) -> None:
    """Keep somebody out, with their bots and devices: every way in ends at once. Twice is once.

    Raises:
        Problem: not_permitted, unknown_account, not_yourself, last_admin.
    """
    with write_transaction():
        raise_relations_version()
        other = load_target(actor, name, rules.DISABLE_ACCOUNT, ends_admin=True)
        if not is_in_use(other):
            return
        for account in [other, *_owned_in_use(other)]:
            Account.update(disabled_at_ms=at_ms).where(Account.id == account.id).execute()
            end_credentials(account, keep=None)
        write_audit(actor, "disable", other.name, at_ms=at_ms)


def _owned_in_use(owner: Account) -> list[Account]:
    alive = Account.disabled_at_ms.is_null() & Account.deleted_at_ms.is_null()
    return list(Account.select().where((Account.owner == owner) & alive).order_by(Account.id))


def enable_account(actor: Actor, name: str, *, at_ms: int) -> None:
    """Let somebody in again, with the bots and devices that were disabled together with them. Twice is once.

    Raises:
        Problem: not_permitted, unknown_account.
    """
    with write_transaction():
        raise_relations_version()
        other = load_target(actor, name, rules.ENABLE_ACCOUNT)
        if other.disabled_at_ms is None:
            return
        together = (Account.owner == other) & (Account.disabled_at_ms == other.disabled_at_ms)
        names = [other.name, *(a.name for a in Account.select().where(together).order_by(Account.id))]
        Account.update(disabled_at_ms=None).where((Account.id == other.id) | together).execute()
        join_everyone(other, at_ms=at_ms)
        write_audit(actor, "enable", other.name, at_ms=at_ms)
        for enabled in names:
            tell("account", {"account": enabled})


def change_role(actor: Actor, name: str, role: ServerRole, *, at_ms: int) -> None:
    """Make somebody an administrator, a moderator, or neither. Twice is once.

    Raises:
        Problem: not_permitted, unknown_account, not_a_person, last_admin.
    """
    with write_transaction():
        raise_relations_version()
        other = load_target(actor, name, rules.CHANGE_ROLE, ends_admin=role is not ServerRole.ADMIN)
        if other.role == role.value:
            return
        Account.update(role=role.value).where(Account.id == other.id).execute()
        set_everyones_writer(other, may_write=role is ServerRole.ADMIN)
        write_audit(actor, "role", other.name, at_ms=at_ms, role=role.value)
        tell_notice([other.name], {"type": "profile_changed", "who": other.name, "at": at_ms})


def make_reset_secret(actor: Actor, name: str, *, at_ms: int) -> str:
    """The secret of a link by which somebody chooses a new password, once and within a day; to be handed over.

    Raises:
        Problem: not_permitted, unknown_account, not_a_person.
    """
    with write_transaction():
        other = load_target(actor, name, rules.RESET_PASSWORD)
        secret = issue_ticket(other, "reset", "", at_ms=at_ms, lifetime_ms=RESET_LIFETIME_MS)
        write_audit(actor, "reset", other.name, at_ms=at_ms)
    return secret
