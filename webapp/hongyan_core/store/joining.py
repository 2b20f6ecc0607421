"""Links into groups, and who waits to be let in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hongyan_core import rules
from hongyan_core.problems import Problem
from hongyan_core.store.database import read_rows
from hongyan_core.store.groups import check, count_members
from hongyan_core.store.models import Account, ChatGroup, JoinRequest, Link

_MAX_ID: Final = 2**31 - 1  # of PostgreSQL's serial
_MAX_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class GroupDoor:
    """What somebody with a link may know of a group before they are in."""

    name: str
    title: str
    kind: str
    member_count: int
    joins: str
    picture: str | None


@dataclass(frozen=True, slots=True)
class WaitingJoin:
    """Somebody who asks to come in."""

    id: int
    username: str
    display_name: str
    text: str
    created_at_ms: int


@dataclass(frozen=True, slots=True)
class MyJoin:
    """A group that the viewer has asked to come into."""

    id: int
    group: str
    title: str
    text: str
    created_at_ms: int


def find_link(link_id: int) -> Link | None:
    """The link into a group of this id, ended ones included."""
    if not 0 < link_id <= _MAX_ID:
        return None
    return Link.get_or_none((Link.id == link_id) & (Link.kind == "group"))


def find_working_link(link_id: int, *, at_ms: int) -> tuple[Link | None, ChatGroup | None]:
    """The link and its group; neither when it has ended, expired or is used up, or the group is dissolved."""
    link = find_link(link_id)
    if link is None or not _works(link, at_ms):
        return None, None
    group = ChatGroup.get_by_id(link.group_id)
    return (None, None) if group.dissolved_at_ms is not None else (link, group)


def _works(link: Link, at_ms: int) -> bool:
    expired = link.expires_at_ms is not None and link.expires_at_ms <= at_ms
    used_up = link.max_uses is not None and link.uses >= link.max_uses
    return link.ended_at_ms is None and not expired and not used_up


def describe_door(link_id: int, *, at_ms: int) -> GroupDoor:
    """The group behind a link.

    Raises:
        Problem: invalid_link.
    """
    _, group = find_working_link(link_id, at_ms=at_ms)
    if group is None:
        raise Problem("invalid_link")
    return GroupDoor(group.name, group.title, group.kind, count_members(group), group.joins, group.picture)


def list_links(viewer: Account, group: ChatGroup, *, at_ms: int) -> list[Link]:
    """The links into the group that work, newest first.

    Raises:
        Problem: unknown_group, not_owner.
    """
    check(rules.INVITE, viewer, group)
    alive = (Link.group_id == group.id) & (Link.kind == "group") & Link.ended_at_ms.is_null()
    in_time = Link.expires_at_ms.is_null() | (Link.expires_at_ms > at_ms)
    with_uses_left = Link.max_uses.is_null() | (Link.uses < Link.max_uses)
    return list(Link.select().where(alive, in_time, with_uses_left).order_by(Link.id.desc()))


def find_pending_join(group: ChatGroup, account: Account) -> JoinRequest | None:
    """The request of the account that waits for an answer."""
    return JoinRequest.get_or_none(
        (JoinRequest.group == group) & (JoinRequest.account == account) & (JoinRequest.state == "pending")
    )


def load_pending_join(group: ChatGroup | None, request_id: int) -> JoinRequest:
    """A request that waits for an answer, of this group; None: of any.

    Raises:
        Problem: unknown_join_request.
    """
    request: JoinRequest | None = None
    if 0 < request_id <= _MAX_ID:
        request = JoinRequest.get_or_none((JoinRequest.id == request_id) & (JoinRequest.state == "pending"))
    if request is None or (group is not None and request.group_id != group.id):
        raise Problem("unknown_join_request")
    return request


def list_waiting_joins(viewer: Account, group: ChatGroup) -> list[WaitingJoin]:
    """Who asks to come in, the first 200 of them, who asked first first.

    Raises:
        Problem: unknown_group, not_owner.
    """
    check(rules.DECIDE_JOIN, viewer, group)
    query = (
        JoinRequest.select(
            JoinRequest.id, Account.name, Account.display_name, JoinRequest.text, JoinRequest.created_at_ms
        )
        .join(Account, on=(JoinRequest.account == Account.id))
        .where((JoinRequest.group == group) & (JoinRequest.state == "pending"))
        .where(Account.disabled_at_ms.is_null() & Account.deleted_at_ms.is_null())
        .order_by(JoinRequest.id)
        .limit(_MAX_SHOWN)
    )
    return [WaitingJoin(*row) for row in read_rows(query)]


def list_my_joins(viewer: Account) -> list[MyJoin]:
    """The groups that the viewer waits to be let into, newest first."""
    query = (
        JoinRequest.select(JoinRequest.id, ChatGroup.name, ChatGroup.title, JoinRequest.text, JoinRequest.created_at_ms)
        .join(ChatGroup, on=(JoinRequest.group == ChatGroup.id))
        .where((JoinRequest.account == viewer) & (JoinRequest.state == "pending") & ChatGroup.dissolved_at_ms.is_null())
        .order_by(JoinRequest.id.desc())
    )
    return [MyJoin(*row) for row in read_rows(query)]
