"""A word to everybody: the channel `everyone`, which all people are members of and administrators write to.

It is made at the first broadcast. Nobody owns it, so that it outlives every administrator; nobody leaves it.
"""

from __future__ import annotations

from typing import Final

from hongyan_core import rules
from hongyan_core.actions.audit import Actor, demand_office, write_audit
from hongyan_core.courtesy import one_page
from hongyan_core.fields import parse_broadcast
from hongyan_core.problems import Problem
from hongyan_core.standing import Role
from hongyan_core.store.database import raise_relations_version, write_transaction
from hongyan_core.store.groups import EVERYONE, find_group, touch_group
from hongyan_core.store.models import Account, ChatGroup, Conversation, Membership
from hongyan_core.store.outbox import tell_notice, tell_send
from hongyan_core.store.sets import read, write

_STEP: Final = 500
_TITLE: Final = "所有人 · Everyone"
_MAX_ID: Final = 2**31 - 1  # of PostgreSQL's serial
# People in use who are no members, by a range of ids: (beyond, up to, group).
_OUTSIDERS: Final = """FROM account a WHERE a.id > ? AND a.id <= ? AND a.kind = 'person'
    AND a.disabled_at_ms IS NULL AND a.deleted_at_ms IS NULL AND NOT a.unconfirmed
    AND NOT EXISTS (
        SELECT 1 FROM membership m WHERE m.account_id = a.id AND m.group_id = ? AND m.until_seq IS NULL)"""


def broadcast_to_all(actor: Actor, body: str, *, at_ms: int) -> None:
    """Send a text to everybody in use; who is no member of the channel yet becomes one first.

    Raises:
        Problem: not_permitted, malformed_field (body: 1 to 10,000 characters).
    """
    demand_office(actor, rules.ADMINISTER)
    account = actor.account
    if account is None:  # the command line is nobody whom an answer would reach
        raise Problem("not_permitted")
    words = parse_broadcast(body)
    _make_channel(account, at_ms)
    _let_everybody_in(at_ms)
    with write_transaction():
        raise_relations_version()
        demand_office(actor, rules.ADMINISTER)
        set_everyones_writer(account, may_write=True)
        tell_send(account.name, f"group/{EVERYONE}", {"kind": "text", "body": words})
        write_audit(actor, "broadcast", f"group/{EVERYONE}", at_ms=at_ms, characters=len(words))


def join_everyone(account: Account, *, at_ms: int) -> None:
    """A new person is a member from now on, where there is a channel; inside the transaction of the registration.

    The version of the relations was raised in it already. A bot or a device is no member, nor is who is one already.
    """
    group = find_group(EVERYONE)
    if group is not None and _is_outsider(group, account):
        _open_memberships(group, account.id - 1, account.id, at_ms)


def _is_outsider(group: ChatGroup, account: Account) -> bool:
    return bool(read(f"SELECT 1 {_OUTSIDERS}", account.id - 1, account.id, group.id))


def set_everyones_writer(account: Account, *, may_write: bool) -> None:
    """An administrator writes to the channel, and who is one no more does not; inside the transaction of that."""
    group = find_group(EVERYONE)
    if group is None:
        return
    role = Role.ADMIN if may_write else Role.MEMBER
    open_row = (Membership.group == group) & (Membership.account == account) & Membership.until_seq.is_null()
    if Membership.update(role=role.value).where(open_row & (Membership.role != role.value)).execute():
        touch_group(group)


def leave_everyone(account: Account, *, at_ms: int) -> None:
    """Only for an account that is being deleted, and inside a transaction of that."""
    group = find_group(EVERYONE)
    if group is None:
        return
    until_seq = Conversation.get_by_id(group.conversation_id).last_seq
    open_row = (Membership.group == group) & (Membership.account == account) & Membership.until_seq.is_null()
    Membership.update(until_seq=until_seq, left_at_ms=at_ms).where(open_row).execute()
    touch_group(group)


def _make_channel(account: Account, at_ms: int) -> None:
    with write_transaction():
        raise_relations_version()
        if find_group(EVERYONE) is None:
            ChatGroup.create(
                name=EVERYONE,
                title=_TITLE,
                owner=account,  # the column wants one; no membership has the role
                conversation=Conversation.create(key=f"group:{EVERYONE}", kind="group"),
                created_at_ms=at_ms,
                kind="channel",
                writers="admins",
            )


def _let_everybody_in(at_ms: int) -> None:
    """In steps, between which the exchange works on; who registers meanwhile joins by themselves."""
    group = find_group(EVERYONE)
    after = 0
    # The long walk past those who are in needs no transaction; what is found is looked at again inside it.
    with one_page.stepping_out():
        while group is not None and (ids := _find_outsiders(group, after)):
            with write_transaction():
                raise_relations_version()
                _open_memberships(group, after, ids[-1], at_ms)
            after = ids[-1]


def _find_outsiders(group: ChatGroup, after: int) -> list[int]:
    """The ids of the next 500 people in use who are not members."""
    rows = read(f"SELECT a.id {_OUTSIDERS} ORDER BY a.id LIMIT {_STEP}", after, _MAX_ID, group.id)
    return [account_id for (account_id,) in rows]


def _open_memberships(group: ChatGroup, after: int, upto: int, at_ms: int) -> None:
    """By one statement a step: row by row a hundred thousand people took a quarter of a minute."""
    outsiders = (after, upto, group.id)
    names = [name for (name,) in read(f"SELECT a.name {_OUTSIDERS}", *outsiders)]
    since_seq = Conversation.get_by_id(group.conversation_id).last_seq
    write(
        "INSERT INTO membership (group_id, account_id, role, since_seq, joined_at_ms, nickname) "
        "SELECT CAST(? AS integer), a.id, CASE WHEN a.role = 'admin' THEN 'admin' ELSE 'member' END, "
        f"CAST(? AS bigint), CAST(? AS bigint), '' {_OUTSIDERS}",
        *(group.id, since_seq, at_ms, *outsiders),
    )
    touch_group(group)
    notice = {"type": "group_added", "group": group.name, "title": group.title, "by": "", "at": at_ms}
    tell_notice(names, notice)
