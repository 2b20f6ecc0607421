"""Make groups, let people in and out, say how it is to be there; every change is a line of the group's conversation.

A membership is an interval of the group's seq. The version of the relations is raised first, which keeps the exchange
out until the commit: no message falls between two intervals.
"""

from __future__ import annotations

from hongyan_core.actions.groups.joining import (
    accept_join,
    decline_join,
    end_link,
    join_by_link,
    make_link,
    withdraw_join,
)
from hongyan_core.actions.groups.lifecycle import create_group, dissolve_group, transfer_group
from hongyan_core.actions.groups.members import (
    MemberChanges,
    add_member,
    ban_member,
    change_member,
    mute_member,
    name_member,
    remove_member,
    set_role,
    unban_member,
)
from hongyan_core.actions.groups.settings import GroupChanges, change_group, change_group_picture

__all__ = [
    "GroupChanges",
    "MemberChanges",
    "accept_join",
    "add_member",
    "ban_member",
    "change_group",
    "change_group_picture",
    "change_member",
    "create_group",
    "decline_join",
    "dissolve_group",
    "end_link",
    "join_by_link",
    "make_link",
    "mute_member",
    "name_member",
    "remove_member",
    "set_role",
    "transfer_group",
    "unban_member",
    "withdraw_join",
]
