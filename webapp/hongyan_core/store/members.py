"""Who is in a group, page by page: a group may have 100,000 members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from peewee import Expression, ModelSelect

from hongyan_core import rules
from hongyan_core.problems import Problem
from hongyan_core.standing import Role
from hongyan_core.store.database import read_rows
from hongyan_core.store.groups import check, has_read, is_open, load_standing, still, was_told
from hongyan_core.store.models import Account, ChatGroup, GroupBan, Membership, ReadMark

MAX_PAGE: Final = 200
_MAX_ID: Final = 2**31 - 1  # of PostgreSQL's serial
_RULERS: Final = (Role.OWNER.value, Role.ADMIN.value)


class _Numbered(Protocol):
    @property
    def id(self) -> int: ...


_Row = TypeVar("_Row", bound=_Numbered)


@dataclass(frozen=True, slots=True)
class Member:
    """A member of today; `nickname` is empty where there is none, `id` their place in the list."""

    id: int
    username: str
    display_name: str
    nickname: str
    role: Role
    muted_until_ms: int | None
    picture: str | None


@dataclass(frozen=True, slots=True)
class MemberPage:
    """Members, who is there longest first; `next` goes on, None: that was all."""

    members: list[Member]
    next: int | None


@dataclass(frozen=True, slots=True)
class Reader:
    """A member who has read the announcement."""

    id: int
    username: str
    display_name: str


@dataclass(frozen=True, slots=True)
class ReaderPage:
    """Readers, as `MemberPage`."""

    readers: list[Reader]
    next: int | None


@dataclass(frozen=True, slots=True)
class Banned:
    """Somebody who may not come back."""

    id: int
    username: str
    display_name: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class BanPage:
    """Who is banned, as `MemberPage`."""

    bans: list[Banned]
    next: int | None


def list_members(
    viewer: Account, group: ChatGroup, *, after: int = 0, limit: int = 50, q: str = "", at_ms: int = 0
) -> MemberPage:
    """The members of today as far as the viewer may see them: a reader of a channel sees its admins.

    Args:
        after: `next` of the page before.
        limit: 1 to 200 members.
        q: The beginning of a user name, or a part of a display name or nickname; case does not count.

    Raises:
        Problem: unknown_group, when the viewer is no member.
    """
    facts = load_standing(viewer, group)
    if not facts.member:
        raise Problem("unknown_group")
    conditions = [is_open(group), Membership.id > min(after, _MAX_ID)]
    if rules.SEE_MEMBERS.decide(facts) is not None:
        conditions.append(Membership.role.in_(_RULERS))
    if wanted := q.strip().lower():
        conditions.append(_is_called(wanted))
    query = (
        Membership.select(
            Membership.id,
            Account.name,
            Account.display_name,
            Membership.nickname,
            Membership.role,
            Membership.muted_until_ms,
            Account.picture,
        )
        .join(Account, on=(Membership.account == Account.id))
        .where(*conditions)
        .order_by(Membership.id)
    )
    found = [
        Member(id_, name, shown, nickname, Role(role), still(muted_until_ms, at_ms), picture)
        for id_, name, shown, nickname, role, muted_until_ms, picture in _read_page(query, limit)
    ]
    return MemberPage(*_cut(found, limit))


def _is_called(wanted: str) -> Expression:
    # SQLite folds the case of ASCII only; its own function does, in a tenth of the time of ours.
    return (
        Account.name.startswith(wanted) | Account.display_name.contains(wanted) | Membership.nickname.contains(wanted)
    )


def list_readers(viewer: Account, group: ChatGroup, *, after: int = 0, limit: int = 50) -> ReaderPage:
    """Who has read the announcement, of those who were there; nobody when there is none.

    Raises:
        Problem: unknown_group, not_owner.
    """
    check(rules.SEE_READERS, viewer, group)
    if not group.announcement:
        return ReaderPage([], None)
    query = (
        Membership.select(Membership.id, Account.name, Account.display_name)
        .join(ReadMark, on=has_read(group))
        .join(Account, on=(Membership.account == Account.id))
        .where(was_told(group), Membership.id > min(after, _MAX_ID))
        .order_by(Membership.id)
    )
    return ReaderPage(*_cut([Reader(*row) for row in _read_page(query, limit)], limit))


def list_bans(viewer: Account, group: ChatGroup, *, after: int = 0, limit: int = 50) -> BanPage:
    """Who may not come back.

    Raises:
        Problem: unknown_group, not_owner.
    """
    check(rules.SEE_BANS, viewer, group)
    query = (
        GroupBan.select(Account.id, Account.name, Account.display_name, GroupBan.at_ms)
        .join(Account, on=(GroupBan.account == Account.id))
        .where(GroupBan.group == group, GroupBan.account > min(after, _MAX_ID))
        .order_by(GroupBan.account)
    )
    return BanPage(*_cut([Banned(*row) for row in _read_page(query, limit)], limit))


def list_ruler_names(group: ChatGroup) -> list[str]:
    """The user names of the owner and the admins."""
    query = (
        Membership.select(Account.name)
        .join(Account, on=(Membership.account == Account.id))
        .where(is_open(group) & Membership.role.in_(_RULERS))
        .order_by(Membership.id)
    )
    return [name for (name,) in read_rows(query)]


def _read_page(query: ModelSelect[Any], limit: int) -> list[tuple[Any, ...]]:
    """One more than asked for tells whether there are more."""
    return list(read_rows(query.limit(_bound(limit) + 1)))


def _cut(found: Sequence[_Row], limit: int) -> tuple[list[_Row], int | None]:
    page = list(found[: _bound(limit)])
    return page, page[-1].id if len(found) > len(page) else None


def _bound(limit: int) -> int:
    return max(1, min(limit, MAX_PAGE))
