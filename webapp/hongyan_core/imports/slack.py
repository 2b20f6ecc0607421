"""Slack's export of a workspace: a zip archive of `users.json` and `{channel}/{day}.json`, a list of messages a day.

Source: Slack's help centre, "How to read Slack data exports". Files are links to Slack there; their names stay as text.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator
from html import unescape
from typing import Any, Final

from hongyan_core.imports.archive import Archive
from hongyan_core.imports.found import BadArchive, Found, clean_body, clean_name, read_time_ms
from hongyan_core.imports.walking import walk_list

_DAY: Final = re.compile(r"(?:.*/)?([^/]+)/(\d{4}-\d{2}-\d{2})\.json")
_LINK: Final = re.compile(r"<([@#!]?)([^<>|]+)(?:\|([^<>]*))?>")
# Said by people; channel_join, channel_topic and the like are not.
_SAID: Final = frozenset({None, "bot_message", "me_message", "thread_broadcast", "file_share", "file_comment"})
People = dict[str, str]


def count_messages(archive: Archive) -> int:
    """How many messages there are, said or not.

    Raises:
        BadArchive: There is nothing of Slack's in it.
    """
    days = [day for channel in _list_days(archive).values() for day in channel]
    return sum(1 for day in days for _ in walk_list(archive.read_text(day)))


def read_messages(archive: Archive) -> Iterator[Found | None]:
    """All messages of all channels by time; None stands for one that nobody said."""
    people = _read_people(archive)
    channels = [_read_channel(archive, name, days, people) for name, days in _list_days(archive).items()]
    for _, found in heapq.merge(*channels, key=lambda pair: pair[0]):
        yield found


def _list_days(archive: Archive) -> dict[str, list[str]]:
    channels: dict[str, list[str]] = {}
    for name in sorted(archive.sizes):
        if (match := _DAY.fullmatch(name)) is not None:
            channels.setdefault(match.group(1), []).append(name)
    if not channels:
        raise BadArchive("no channel in it")
    return channels


def _read_people(archive: Archive) -> People:
    listed = [name for name in archive.sizes if name.rpartition("/")[2] == "users.json"]
    users = [user for name in listed[:1] for user in walk_list(archive.read_text(name)) if isinstance(user, dict)]
    return {str(user.get("id")): _name_person(user) for user in users}


def _name_person(user: dict[str, Any]) -> str:
    profile = user.get("profile")
    shown = profile if isinstance(profile, dict) else {}
    return clean_name(shown.get("display_name") or shown.get("real_name") or user.get("real_name") or user.get("name"))


def _read_channel(
    archive: Archive, channel: str, days: list[str], people: People
) -> Iterator[tuple[int, Found | None]]:
    at_ms = 0
    for day in days:
        for entry in walk_list(archive.read_text(day)):
            found = _read_entry(entry, channel, people)
            at_ms = max(at_ms, found.at_ms if found is not None else 0)
            yield at_ms, found


def _read_entry(entry: Any, channel: str, people: People) -> Found | None:
    if not isinstance(entry, dict) or entry.get("type") != "message" or entry.get("subtype") not in _SAID:
        return None
    body = clean_body("\n".join(filter(None, (_read_text(entry, people), *_name_files(entry)))))
    if not body:
        return None
    return Found((channel, str(entry.get("ts"))), _find_sender(entry, people), read_time_ms(entry.get("ts")), body)


def _find_sender(entry: dict[str, Any], people: People) -> str:
    profile = entry.get("user_profile")
    shown = profile if isinstance(profile, dict) else {}
    known = people.get(str(entry.get("user")))
    return known or clean_name(
        shown.get("display_name") or shown.get("real_name") or entry.get("username") or entry.get("user")
    )


def _read_text(entry: dict[str, Any], people: People) -> str:
    text = entry.get("text")
    return unescape(_LINK.sub(lambda link: _show_link(link, people), text)) if isinstance(text, str) else ""


def _show_link(link: re.Match[str], people: People) -> str:
    """`<@U1>`, `<#C1|general>`, `<!here>` and `<https://…|words>` as people read them."""
    sign, target, label = link.groups()
    match sign:
        case "@":
            return f"@{people.get(target) or label or target}"
        case "#":
            return f"#{label or target}"
        case "!":
            return f"@{label or target.partition('^')[0]}"
    return target if not label or label == target else f"{label} ({target})"


def _name_files(entry: dict[str, Any]) -> Iterator[str]:
    files = entry.get("files")
    for file in files if isinstance(files, list) else ():
        if isinstance(file, dict) and file.get("name"):
            yield f"📎 {clean_name(file['name'])}"
