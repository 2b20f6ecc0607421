"""Archives as other messengers write them, small and by hand."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any


def pack(files: dict[str, Any]) -> bytes:
    """A zip archive; what is no bytes is written as JSON."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content if isinstance(content, bytes) else json.dumps(content))
    return packed.getvalue()


SLACK: dict[str, Any] = {
    "users.json": [
        {"id": "U1", "name": "ann", "profile": {"display_name": "Ann", "real_name": "Ann Arbor"}},
        {"id": "U2", "name": "bob", "real_name": "Bob B.", "profile": {"display_name": ""}},
    ],
    "channels.json": [{"id": "C1", "name": "general"}],
    "general/2020-01-02.json": [
        {"type": "message", "user": "U2", "text": "second", "ts": "1577923200.000200"},
    ],
    "general/2020-01-01.json": [
        {"type": "message", "subtype": "channel_join", "user": "U1", "text": "joined", "ts": "1577836800.000100"},
        {
            "type": "message",
            "user": "U1",
            "text": "hi <@U2>, see <https://example.org|the page> in <#C1|general> &amp; <!here>",
            "ts": "1577836801.000100",
        },
    ],
    "random/2020-01-01.json": [
        {"type": "message", "subtype": "bot_message", "username": "robot", "text": "beep", "ts": "1577880000.000100"},
        {"type": "message", "user": "U9", "text": "", "files": [{"name": "a.pdf"}], "ts": "1577880001.000100"},
    ],
}
TELEGRAM: dict[str, Any] = {
    "name": "Lab",
    "type": "private_group",
    "id": 4242,
    "messages": [
        {"id": 1, "type": "service", "action": "create_group", "actor": "Ann", "date_unixtime": "1577836800"},
        {
            "id": 2,
            "type": "message",
            "date": "2020-01-01T00:00:01",
            "date_unixtime": "1577836801",
            "from": "Ann 安",
            "from_id": "user1",
            "text": ["see ", {"type": "bold", "text": "this"}, "!"],
        },
        {
            "id": 3,
            "type": "message",
            "date": "2020-01-01T00:00:02",
            "from": None,
            "from_id": "user2",
            "text": "look",
            "photo": "photos/photo_1.jpg",
        },
        {
            "id": 4,
            "type": "message",
            "date_unixtime": "1577836803",
            "from": "Bob",
            "text": "",
            "media_type": "sticker",
            "file": "(File not included. Change data exporting settings to download.)",
            "sticker_emoji": "🪿",
        },
        {
            "id": 5,
            "type": "message",
            "date_unixtime": "1577836804",
            "from": "Bob",
            "text": "",
            "location_information": {"latitude": 48.1, "longitude": 11.5},
        },
    ],
}
WEFLOW: dict[str, Any] = {
    "success": True,
    "talker": "wxid_bob",
    "messages": [
        {
            "localId": 1,
            "localType": 10000,
            "content": "你已添加了鲍勃",
            "createTime": 1577836800000,
            "senderUsername": "wxid_bob",
        },
        {"localId": 2, "localType": 1, "content": "你好", "createTime": 1577836801, "senderUsername": "wxid_bob"},
        {"localId": 3, "localType": 3, "content": "[图片]", "createTime": 1577836802000, "senderUsername": "wxid_ann"},
    ],
}
CHATLAB: dict[str, Any] = {
    "chatlab": {"version": "0.0.2", "generator": "WeFlow"},
    "meta": {"name": "鲍勃", "platform": "wechat", "type": "private", "ownerId": "wxid_ann"},
    "messages": [
        {"sender": "wxid_bob", "timestamp": 1577836801, "type": 0, "content": "你好"},
        {"sender": "wxid_ann", "accountName": "Ann", "timestamp": 1577836802, "type": 0, "content": "你好"},
        {"sender": "wxid_ann", "timestamp": 1577836803, "type": 80, "content": "system"},
    ],
    "members": [{"platformId": "wxid_bob", "accountName": "鲍勃", "groupNickname": ""}],
}
