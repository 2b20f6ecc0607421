"""Come into a group by a link: at once, or after an admin's yes."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from hongyan.limits import Limits
from hongyan_core import rules
from hongyan_core.actions.groups.seats import open_membership, reload_group, say_of_member, tell_added, tell_change
from hongyan_core.fields import parse_request_text
from hongyan_core.problems import Problem
from hongyan_core.standing import Entry, Role
from hongyan_core.store.database import raise_relations_version, write_transaction
from hongyan_core.store.groups import (
    check,
    count_members,
    find_role,
    is_banned,
    load_standing,
)
from hongyan_core.store.joining import (
    find_link,
    find_pending_join,
    find_working_link,
    list_links,
    list_my_joins,
    load_pending_join,
)
from hongyan_core.store.members import list_ruler_names
from hongyan_core.store.models import Account, ChatGroup, JoinRequest, Link
from hongyan_core.store.outbox import tell_notice

MAX_LINKS: Final = 100  # of one group, that work
MAX_LINK_USES: Final = 100_000
MAX_PENDING_JOINS: Final = 50  # of one account
_MAX_MEMBERS: Final = Limits().max_group_members


def make_link(
    account: Account, group: ChatGroup, *, expires_at_ms: int | None, max_uses: int | None, at_ms: int
) -> Link:
    """Make a link into the group; whether one comes in by it is for the group's setting `joins`.

    Args:
        expires_at_ms: A time to come, or None: it does not expire.
        max_uses: 1 to 100,000, or None: as often as you like.

    Raises:
        Problem: malformed_field (expires_at, max_uses), unknown_group, not_owner, too_many.
    """
    if expires_at_ms is not None and expires_at_ms <= at_ms:
        raise Problem("malformed_field", "expires_at")
    if max_uses is not None and not 1 <= max_uses <= MAX_LINK_USES:
        raise Problem("malformed_field", "max_uses")
    with write_transaction():
        group = reload_group(group)
        check(rules.INVITE, account, group)
        if len(list_links(account, group, at_ms=at_ms)) >= MAX_LINKS:
            raise Problem("too_many", limit=MAX_LINKS)
        link: Link = Link.create(
            kind="group",
            creator=account,
            group_id=group.id,
            created_at_ms=at_ms,
            expires_at_ms=expires_at_ms,
            max_uses=max_uses,
        )
    return link


def end_link(account: Account, group: ChatGroup, link_id: int, *, at_ms: int) -> None:
    """Make a link useless.

    Raises:
        Problem: unknown_group, not_owner, unknown_link (of another group too).
    """
    with write_transaction():
        group = reload_group(group)
        check(rules.INVITE, account, group)
        link = find_link(link_id)
        if link is None or link.group_id != group.id or link.ended_at_ms is not None:
            raise Problem("unknown_link")
        Link.update(ended_at_ms=at_ms).where(Link.id == link.id).execute()


def join_by_link(
    account: Account, link_id: int, text: str, *, at_ms: int, max_members: int = _MAX_MEMBERS
) -> JoinRequest | None:
    """Come in by a link, or ask to; who is in already, or has asked already, changes nothing.

    Returns:
        The request that waits for an admin; None: the account is a member now.

    Raises:
        Problem: malformed_field, invalid_link, banned, joins_closed, too_many.
    """
    words = parse_request_text(text)
    with write_transaction():
        raise_relations_version()
        link, group = find_working_link(link_id, at_ms=at_ms)
        if group is not None and find_role(group, account) is not None:
            return None
        refusal = rules.JOIN_BY_LINK.decide(_load_entry(account, group, max_members))
        if refusal is not None or link is None or group is None:
            raise Problem(refusal or "invalid_link", limit=max_members)
        if group.joins == "approval":
            return _ask(account, group, link, words, at_ms)
        _use(link)
        _let_in(account, group, account, "joined:link", at_ms)
    return None


def _load_entry(account: Account, group: ChatGroup | None, max_members: int) -> Entry:
    if group is None:
        return Entry()
    return Entry(
        link_works=True,
        member=find_role(group, account) is not None,
        banned=is_banned(group, account),
        joins_open=group.joins in ("open", "approval"),
        has_room=count_members(group) < max_members,
    )


def _use(link: Link) -> None:
    Link.update(uses=Link.uses + 1).where(Link.id == link.id).execute()


def _ask(account: Account, group: ChatGroup, link: Link, text: str, at_ms: int) -> JoinRequest:
    waiting = find_pending_join(group, account)
    if waiting is not None:
        return waiting
    if len(list_my_joins(account)) >= MAX_PENDING_JOINS:
        raise Problem("too_many", limit=MAX_PENDING_JOINS)
    _use(link)
    request: JoinRequest = JoinRequest.create(group=group, account=account, text=text, created_at_ms=at_ms)
    notice = {"group": group.name, "from": account.name, "display_name": account.display_name, "text": text}
    tell_notice(list_ruler_names(group), {"type": "join_request", "id": request.id, **notice, "at": at_ms})
    return request


def _let_in(actor: Account, group: ChatGroup, account: Account, sentence: str, at_ms: int) -> None:
    open_membership(group, account, Role.MEMBER, at_ms=at_ms)
    say_of_member(actor, group, Role.MEMBER, sentence, [account])
    tell_added(group, account, by=actor, at_ms=at_ms)


def accept_join(
    account: Account, group: ChatGroup, request_id: int, *, at_ms: int, max_members: int = _MAX_MEMBERS
) -> None:
    """Say yes to somebody who has asked to come in.

    Raises:
        Problem: unknown_group, not_owner, unknown_join_request (answered ones too), too_many.
    """
    with write_transaction():
        raise_relations_version()
        group = reload_group(group)
        check(rules.DECIDE_JOIN, account, group)
        request = load_pending_join(group, request_id)
        has_room = count_members(group) < max_members
        facts = replace(load_standing(account, group, request.account), has_room=has_room)
        refusal = rules.LET_IN.decide(facts)
        if refusal is not None:
            raise Problem(refusal, limit=max_members)
        _decide(request, "accepted", account, at_ms)
        _let_in(account, group, request.account, "joined:approved", at_ms)
        _tell_rulers(group)


def decline_join(account: Account, group: ChatGroup, request_id: int, *, at_ms: int) -> None:
    """Say no to somebody who has asked to come in; they may ask again, unless they are banned.

    Raises:
        Problem: unknown_group, not_owner, unknown_join_request (answered ones too).
    """
    with write_transaction():
        raise_relations_version()
        group = reload_group(group)
        check(rules.DECIDE_JOIN, account, group)
        request = load_pending_join(group, request_id)
        _decide(request, "declined", account, at_ms)
        tell_change(group, [request.account])
        _tell_rulers(group)


def withdraw_join(account: Account, request_id: int, *, at_ms: int) -> None:
    """Take one's own request back.

    Raises:
        Problem: unknown_join_request (answered ones and other people's too).
    """
    with write_transaction():
        raise_relations_version()
        request = load_pending_join(None, request_id)
        if request.account_id != account.id:
            raise Problem("unknown_join_request")
        _decide(request, "recalled", account, at_ms)
        _tell_rulers(request.group)


def _decide(request: JoinRequest, state: str, by: Account, at_ms: int) -> None:
    changes = {"state": state, "decided_by": by.id, "decided_at_ms": at_ms}
    JoinRequest.update(changes).where(JoinRequest.id == request.id).execute()


def _tell_rulers(group: ChatGroup) -> None:
    """Whoever could answer sees that it is answered."""
    tell_notice(list_ruler_names(group), {"type": "group_changed", "group": group.name})
