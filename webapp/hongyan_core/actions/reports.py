"""Tell the moderators of a person, a group or a message; and what they make of it."""

from __future__ import annotations

from typing import Final

from hongyan import topics
from hongyan.topics import ConversationKey
from hongyan_core import rules
from hongyan_core.actions.audit import Actor, demand_office, write_audit
from hongyan_core.fields import MAX_OUTCOME_CHARS, parse_report_text
from hongyan_core.problems import Problem
from hongyan_core.standing import Claim
from hongyan_core.store.administration import list_officers
from hongyan_core.store.database import write_transaction
from hongyan_core.store.groups import find_group
from hongyan_core.store.history import read_history
from hongyan_core.store.keys import store_key
from hongyan_core.store.models import Account, ChatGroup, Conversation, Membership, Report
from hongyan_core.store.outbox import tell_notice
from hongyan_core.store.people import find_account, load_pair

MAX_OPEN_REPORTS: Final = 50  # of one reporter
_MAX_ID: Final = 2**31 - 1  # of PostgreSQL's serial


def report_person(account: Account, username: str, seq: int | None, text: str, *, at_ms: int) -> Report:
    """Report somebody whom the account can see, or a message of the conversation with them.

    Raises:
        Problem: malformed_field, report_self, unknown_account, unknown_message, too_many.
    """
    words = parse_report_text(text)
    other = find_account(username)
    myself = other is not None and other.id == account.id
    claim = Claim(myself=myself, visible=other is not None and not myself and _can_see(account, other))
    refusal = rules.REPORT_PERSON.decide(claim)
    if refusal is not None:
        raise Problem(refusal, "username")
    _refuse_unseen(account, topics.user(username), seq)
    return _keep(account, Report(account=other, seq=seq, text=words), at_ms)


def report_group(account: Account, name: str, seq: int | None, text: str, *, at_ms: int) -> Report:
    """Report a group that the account is or was a member of, or a message that it can read there.

    Raises:
        Problem: malformed_field, unknown_group, unknown_message, too_many.
    """
    words = parse_report_text(text)
    group = find_group(name)
    refusal = rules.REPORT_GROUP.decide(Claim(visible=group is not None and _was_member(account, group)))
    if refusal is not None or group is None:
        raise Problem(refusal or "unknown_group", "group")
    _refuse_unseen(account, topics.group(name), seq)
    return _keep(account, Report(group_id=group.id, seq=seq, text=words), at_ms)


def _can_see(account: Account, other: Account) -> bool:
    """A friend, somebody with whom there are messages, or somebody who is found by everybody."""
    pair = load_pair(account, other)
    key = store_key(account.name, topics.user(other.name))
    found_by_all = pair.other_in_use and not other.hidden and not pair.blocks_me
    return pair.friends or found_by_all or Conversation.select().where(Conversation.key == key).exists()


def _was_member(account: Account, group: ChatGroup) -> bool:
    return Membership.select().where((Membership.account == account) & (Membership.group == group)).exists()


def _refuse_unseen(account: Account, key: ConversationKey, seq: int | None) -> None:
    if seq is None:
        return
    refusal = rules.REPORT_MESSAGE.decide(Claim(visible=seq > 0 and _can_read(account, key, seq)))
    if refusal is not None:
        raise Problem(refusal, "seq")


def _can_read(account: Account, key: ConversationKey, seq: int) -> bool:
    try:
        return bool(read_history(account, key, after=seq - 1, before=seq + 1, limit=1).messages)
    except Problem:  # no conversation
        return False


def _keep(account: Account, report: Report, at_ms: int) -> Report:
    officers = list_officers()
    report.reporter, report.created_at_ms = account, at_ms
    with write_transaction():
        waiting = (Report.reporter == account) & (Report.state == "open")
        if Report.select().where(waiting).count() >= MAX_OPEN_REPORTS:
            raise Problem("too_many", limit=MAX_OPEN_REPORTS)
        report.save(force_insert=True)
        tell_notice(officers, {"type": "report", "id": report.id, "at": at_ms})
    return report


def close_report(actor: Actor, report_id: int, outcome: str, *, at_ms: int) -> None:
    """Say what came of an open report; the moderators are told that it is done.

    Raises:
        Problem: malformed_field (outcome: 1 to 200 characters), not_permitted, unknown_report (a closed one too).
    """
    words = parse_report_text(outcome, "outcome", MAX_OUTCOME_CHARS)
    officers = list_officers()
    with write_transaction():
        demand_office(actor, rules.MODERATE)
        waiting = (Report.id == min(report_id, _MAX_ID)) & (Report.state == "open")
        done = {"state": "closed", "decided_by": actor.account, "decided_at_ms": at_ms, "outcome": words}
        if not Report.update(done).where(waiting).execute():
            raise Problem("unknown_report")
        write_audit(actor, "close_report", f"report/{report_id}", at_ms=at_ms, outcome=words)
        tell_notice(officers, {"type": "report", "id": report_id, "at": at_ms})
