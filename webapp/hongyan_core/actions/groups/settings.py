"""What a group is called, how it looks, who may do what in it, and what its admins announce."""

from __future__ import annotations

from typing import Any, Final, TypedDict

from hongyan_core import rules
from hongyan_core.actions.groups.seats import reload_group, say, tell_change
from hongyan_core.fields import parse_announcement, parse_mute, parse_title
from hongyan_core.pictures import make_picture
from hongyan_core.problems import Problem
from hongyan_core.store.database import raise_relations_version, write_transaction
from hongyan_core.store.groups import check, touch_group
from hongyan_core.store.models import Account, ChatGroup, Conversation
from hongyan_core.store.pictures import replace_picture

# setting → its values
SETTINGS: Final[dict[str, tuple[str, ...]]] = {
    "invites": ("admins", "members"),
    "joins": ("closed", "approval", "open"),
    "history": ("joined", "all"),
    "writers": ("all", "admins"),
}


class GroupChanges(TypedDict, total=False):
    """What is to be changed; what is left out stays.

    `muted_until`: nobody but admins writes before; None: until it is taken back, 0 takes it back.
    """

    title: str
    invites: str
    joins: str
    history: str
    writers: str
    muted_until: int | None
    announcement: str


def change_group(account: Account, group: ChatGroup, changes: GroupChanges, *, at_ms: int) -> ChatGroup:
    """Change some things at once; a line for each that is not as it was.

    Raises:
        Problem: malformed_display_name (field title), malformed_field, unknown_group, not_owner.
    """
    wanted = _parse(changes, at_ms)
    with write_transaction():
        raise_relations_version()
        group = reload_group(group)
        check(rules.CHANGE_GROUP, account, group)
        if group.kind == "channel" and wanted.get("writers") == "all":
            raise Problem("malformed_field", "writers")
        changed = {column: value for column, value in wanted.items() if getattr(group, column) != value}
        if not changed:
            return group
        columns = changed | (_sign(account, group, at_ms) if "announcement" in changed else {})
        ChatGroup.update(columns).where(ChatGroup.id == group.id).execute()
        touch_group(group)
        _say_all(account, group, changed)
        tell_change(group, [account])
    return group


def _parse(changes: GroupChanges, at_ms: int) -> dict[str, Any]:
    """The columns as they are to be."""
    wanted: dict[str, Any] = {}
    if "title" in changes:
        wanted["title"] = parse_title(changes["title"])
    if "muted_until" in changes:
        wanted["muted_until_ms"] = parse_mute(changes["muted_until"], at_ms)
    if "announcement" in changes:
        wanted["announcement"] = parse_announcement(changes["announcement"])
    for name, value in changes.items():
        if name in SETTINGS:
            if value not in SETTINGS[name]:
                raise Problem("malformed_field", name)
            wanted[name] = value
    return wanted


def _sign(account: Account, group: ChatGroup, at_ms: int) -> dict[str, Any]:
    """Whoever reads beyond the present head reads the announcement: its line is to come."""
    last_seq = Conversation.get_by_id(group.conversation_id).last_seq
    return {"announced_at_ms": at_ms, "announced_by": account.id, "announced_after_seq": last_seq}


def _say_all(account: Account, group: ChatGroup, changed: dict[str, Any]) -> None:
    if "title" in changed:
        say(account, group, "title", title=changed["title"])
    if "muted_until_ms" in changed:
        until = changed["muted_until_ms"]
        say(account, group, "unmuted_all") if until is None else say(account, group, "muted_all", until=until)
    if "announcement" in changed:
        text = changed["announcement"]
        say(account, group, "announcement" if text else "announcement:none", announcement=text)
    if settings := {name: value for name, value in changed.items() if name in SETTINGS}:
        say(account, group, "settings", settings=settings)


def change_group_picture(account: Account, group: ChatGroup, file: bytes | None) -> str | None:
    """Give the group another face; None: none.

    Returns:
        The version of the picture.

    Raises:
        Problem: unknown_group, not_owner, bad_picture, picture_too_large, rate_limited.
    """
    check(rules.CHANGE_GROUP, account, group)  # before the work of a picture
    image = None if file is None else make_picture(file)
    with write_transaction():
        group = reload_group(group)
        check(rules.CHANGE_GROUP, account, group)
        picture = replace_picture(f"group/{group.name}", group.picture, image)
        if group.picture == picture:
            return picture
        ChatGroup.update(picture=picture).where(ChatGroup.id == group.id).execute()
        touch_group(group)
        say(account, group, "picture")
        tell_change(group, [account])
    return picture
