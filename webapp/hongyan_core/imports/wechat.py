"""A conversation of WeChat's as WeFlow and its like export it: one JSON text, alone or in a zip archive.

Two shapes are read, which share the list `messages`:

    ChatLab   {"chatlab": …, "members": [{"platformId", "accountName", "groupNickname"}],
               "messages": [{"sender", "accountName", "timestamp", "type", "content"}]}
    WeFlow    {"messages": [{"localId", "createTime", "localType", "senderUsername", "content"}]}

Source: docs/HTTP-API.md of WeFlow. Times are seconds or milliseconds. Pictures and recordings are placeholders such as
`[图片]` in `content`, and stay so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Final

from hongyan_core.imports.archive import Archive
from hongyan_core.imports.found import BadArchive, Found, clean_body, clean_name, read_time_ms
from hongyan_core.imports.walking import find_list, walk_list

_SYSTEM_OF_CHATLAB: Final = frozenset({80, 81})  # a line about the conversation, a message taken back
_SYSTEM_OF_WECHAT: Final = frozenset({10_000, 10_002})
_IDS: Final = ("platformMessageId", "serverId", "svrid", "msgSvrId", "localId", "id")
_TIMES: Final = ("timestamp", "createTime", "CreateTime")
_NAMES: Final = ("groupNickname", "accountName", "senderDisplayName", "senderName", "nickname")
_ACCOUNTS: Final = ("sender", "senderUsername", "talker")
_WORDS: Final = ("content", "parsedContent", "msg", "text")


def count_messages(archive: Archive) -> int:
    """How many messages there are, said or not.

    Raises:
        BadArchive: There is no such text in it.
    """
    return find_list(_read_text(archive), "messages")[2]


def read_messages(archive: Archive) -> Iterator[Found | None]:
    """All messages in their order; None stands for one that nobody said."""
    text = _read_text(archive)
    others, begins, _ = find_list(text, "messages")
    people, channel = _read_members(others.get("members")), _name_channel(others)
    for entry in walk_list(text, begins):
        yield _read_entry(entry, channel, people)


def _read_text(archive: Archive) -> str:
    texts = [name for name in archive.sizes if name.endswith(".json")]
    if len(texts) != 1:
        raise BadArchive("not one JSON text")
    return archive.read_text(texts[0])


def _read_members(members: Any) -> dict[str, str]:
    listed = members if isinstance(members, list) else []
    return {
        str(member.get("platformId")): clean_name(_pick(member, _NAMES))
        for member in listed
        if isinstance(member, dict) and _pick(member, _NAMES)
    }


def _name_channel(others: dict[str, Any]) -> str:
    """What tells one conversation from another: the name in its head."""
    for head in ("meta", "session"):
        part = others.get(head)
        if isinstance(part, dict):
            return str(_pick(part, ("groupId", "wxid", "username", "name", "displayName")))
    return str(others.get("talker", ""))


def _read_entry(entry: Any, channel: str, people: dict[str, str]) -> Found | None:
    if not isinstance(entry, dict) or _is_system(entry):
        return None
    words = _pick(entry, _WORDS)
    body = clean_body(words) if isinstance(words, str) else ""
    if not body:
        return None
    account = str(_pick(entry, _ACCOUNTS))
    at_ms = read_time_ms(_pick(entry, _TIMES))
    sender = clean_name(_pick(entry, _NAMES) or people.get(account) or account)
    return Found((channel, *_identify(entry, account, at_ms, body)), sender, at_ms, body)


def _is_system(entry: dict[str, Any]) -> bool:
    return entry.get("type") in _SYSTEM_OF_CHATLAB or entry.get("localType") in _SYSTEM_OF_WECHAT


def _identify(entry: dict[str, Any], account: str, at_ms: int, body: str) -> tuple[str, ...]:
    """ChatLab's messages have no name: then who said what when is one."""
    given = _pick(entry, _IDS)
    if given not in ("", None):
        return (str(given),)
    return account, str(at_ms), hashlib.sha256(body.encode()).hexdigest()


def _pick(fields: dict[str, Any], names: tuple[str, ...]) -> Any:
    """The first of these that is there and not empty."""
    return next((fields[name] for name in names if fields.get(name) not in (None, "")), "")
