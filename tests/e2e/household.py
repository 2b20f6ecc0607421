"""The people and words that every screen is looked at with: one house, made once, with something on every page.

*ann* administers the server and owns the group lab and the channel news; *bob* is her friend and a member; *lin* is a
friend with labels and a remark; *eve* is blocked; *dan* waits for an answer; *kim* is new and has nothing yet.
"""

from __future__ import annotations

import io
import math
import struct
import time
import uuid
import wave
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from tests.support.calls import ask, call, upload
from tests.support.deployment import EmbeddedDeployment
from tests.support.mqtt import Client
from tests.support.people import Participant, befriend, register
from tests.support.waiting import wait_for

NAMES = {
    "ann": "安妮 Ann",
    "bob": "小波 Bob",
    "lin": "林小雨",
    "eve": "Eve",
    "dan": "Dan",
    "kim": "Kim",
    "mia": "Mia Marković",
}
HOUR_MS = 3_600_000
LONG = (
    "周末计划 · Plan for the weekend\n\nWe meet **at nine** at the *north gate*, then:\n\n- 早饭 breakfast\n"
    "- the [museum](https://example.org/museum)\n- tea at `teahouse.example`\n\n> 读万卷书，行万里路。\n\n"
    "```\nbus 27 → West Lake\n```\n"
)


def draw_landscape(size: tuple[int, int] = (960, 640), sky: str = "#dce9ea", hills: str = "#3d6b66") -> bytes:
    """Hills in mist, as PNG."""
    width, height = size
    image = Image.new("RGB", size, sky)
    draw = ImageDraw.Draw(image)
    draw.ellipse((width * 0.68, height * 0.12, width * 0.80, height * 0.12 + width * 0.12), fill="#f3d9a4")
    for depth in range(3):
        base = height * (0.45 + 0.17 * depth)
        wave_line = [
            (x, base + height * 0.08 * math.sin(x / width * (5 + 2 * depth) + depth * 2)) for x in range(width)
        ]
        shade = Image.new("RGB", (1, 1), hills).getpixel((0, 0))
        assert isinstance(shade, tuple)
        tint = tuple(int(part + (225 - part) * (0.6 - 0.3 * depth)) for part in shade)
        draw.polygon([*wave_line, (width, height), (0, height)], fill=(tint[0], tint[1], tint[2]))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def make_sound(seconds: float = 3.0, rate: int = 8_000) -> bytes:
    """A tone that comes and goes, as WAV."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        samples = (int(9_000 * math.sin(n / 9) * math.sin(n / rate * 3) ** 2) for n in range(int(seconds * rate)))
        sound.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return file.getvalue()


class Voice:
    """One who writes over MQTT, as a device does."""

    def __init__(self, port: int, who: Participant) -> None:
        self.who = who
        self._client = Client(port, who.name, who.mqtt_password)
        self._client.subscribe(f"im/{who.name}/sent/#", f"im/{who.name}/notice")

    def say(self, to: str, kind: str = "text", **fields: Any) -> int:
        """Send and wait for the stamp; returns the seq."""
        message_id = uuid.uuid4().hex
        self._client.publish(f"im/{self.who.name}/send/{to}", {"id": message_id, "kind": kind, **fields})
        found = self._client.receive_until(lambda m: m.json.get("id") == message_id)[-1].json
        assert "seq" in found, found
        seq: int = found["seq"]
        return seq

    def show_card(self, to: str, **fields: Any) -> None:
        """What takes the place of the card before; it has no stamp."""
        self._client.publish_and_wait(f"im/{self.who.name}/send/{to}", {"id": "card-1", "kind": "card", **fields})

    def close(self) -> None:
        """Say goodbye."""
        self._client.close()


@dataclass
class Household:
    """A running server with its people. `seqs` are messages of group/lab by a word of their own, `codes` are links."""

    url: str
    port: int
    people: dict[str, Participant] = field(default_factory=dict)
    seqs: dict[str, int] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Participant:
        return self.people[name]


MAIL = ("--email", "optional", "--smtp-url", "smtp://127.0.0.1:9?starttls=no", "--mail-from", "Hongyan <h@example.org>")


def move_in(server: EmbeddedDeployment, folder: Path) -> Household:
    """Everybody registers and says what they have to say."""
    house = Household(server.url, server.mqtt_port, files=write_files(folder))
    for name, title in NAMES.items():
        house.people[name] = register(server.url, name, title)
    _meet(house)
    _found_groups(house)
    ann, bob = (Voice(server.mqtt_port, house[name]) for name in ("ann", "bob"))
    _talk(house, ann, bob)
    for voice in (ann, bob):
        voice.close()
    _arrange(house)
    return house


def _meet(house: Household) -> None:
    ann, bob, lin = (house[name] for name in ("ann", "bob", "lin"))
    for one, other in ((ann, bob), (ann, lin), (bob, lin), (ann, house["eve"])):
        befriend(one, other)
    house["dan"].api.request_friend("ann", "你好，我是丹。We met at the tea house.")
    ann.api.request_friend("mia", "Hello from the lab")
    ask(ann, "PUT", "/me/picture", draw_landscape((300, 300)), Content_Type="image/png")
    ask(lin, "PUT", "/me/picture", draw_landscape((300, 300), "#f6e7d8", "#8c4a3b"), Content_Type="image/png")
    call(lin, "PATCH", "/me", {"about": "山高水长。Walks, tea, and letters."})
    call(ann, "PATCH", "/friends/lin", {"remark": "雨", "labels": ["tea", "读书会"], "starred": True})


def _found_groups(house: Household) -> None:
    ann = house["ann"]
    ann.api.create_group("lab", "实验室 The lab")
    for member in ("bob", "lin", "eve"):
        ann.api.add_member("lab", member)
    call(ann, "PATCH", "/groups/lab", {"joins": "approval", "announcement": "周五十点喝茶。\nTea on Friday at ten."})
    ask(ann, "PUT", "/groups/lab/picture", draw_landscape((300, 300), "#e9e4d4", "#4a5d7a"), Content_Type="image/png")
    house.codes["lab"] = call(ann, "POST", "/groups/lab/links", {})["code"]
    call(house["mia"], "POST", f"/links/{house.codes['lab']}/join", {"text": "May I?"})
    call(ann, "PUT", "/groups/lab/bans/eve")
    ann.api.block("eve")
    call(ann, "POST", "/groups", {"name": "news", "title": "消息 News", "kind": "channel"})
    ann.api.add_member("news", "bob")
    call(ann, "POST", "/groups", {"name": "open", "title": "Open door"})
    house.codes["open"] = call(ann, "POST", "/groups/open/links", {})["code"]
    house.codes["ann"] = call(ann, "GET", "/me/link")["code"]
    wait_for(
        lambda: call(ann, "GET", "/conversations/group/news/messages")["last_seq"] >= 1, what="lines of the groups"
    )


def _talk(house: Household, ann: Voice, bob: Voice) -> None:
    seqs = house.seqs
    ann.say("group/news", body="今晚九点维护。The server rests tonight at nine.")
    bob.say("user/ann", body="早！Did the letters arrive?")
    ann.say("user/bob", body="到了，谢谢！They did, all seven of them.")
    ann.say("user/lin", body="明天见？")
    seqs["hello"] = bob.say("group/lab", body="大家好！Hello everybody 👋")
    seqs["long"] = ann.say("group/lab", body=LONG, format="markdown")
    seqs["answer"] = bob.say("group/lab", body="好的 @ann", reply=seqs["long"], mentions=["ann"])
    pictures = [
        upload(ann.who, f"湖 {n}.png", draw_landscape(hills=tone)) for n, tone in enumerate(("#3d6b66", "#6b4a3d"))
    ]
    seqs["images"] = ann.say("group/lab", "image", files=pictures, body="West Lake · 西湖")
    sound = upload(bob.who, "voice.wav", make_sound())
    waveform = [int(31 * abs(math.sin(n / 5))) for n in range(48)]
    bob.say("group/lab", "voice", files=[sound], duration_ms=3_000, waveform=waveform)
    paper = upload(ann.who, "会议记录 minutes.txt", "一二三\n".encode() * 900)
    ann.say("group/lab", "file", files=[paper])
    seqs["poll"] = ann.say(
        "group/lab", "poll", body="午饭吃什么？Lunch?", options=["面 noodles", "饭 rice", "dumplings"]
    )
    bob.say("group/lab", "vote", of=seqs["poll"], choices=[0])
    bob.say("group/lab", body="There is a place round the corner.", thread=seqs["poll"])
    seqs["place"] = bob.say("group/lab", "location", lat=30.25, lon=120.17, name="西湖 West Lake")
    bob.say("group/lab", "contact", who="lin")
    call(bob.who, "POST", "/stickers", {"name": "geese", "title": "大雁 Geese"})
    goose = upload(bob.who, "goose.png", draw_landscape((128, 128)))
    call(bob.who, "PUT", "/stickers/geese/hello", {"file": goose, "emoji": "🪿"})
    call(ann.who, "PUT", "/me/stickers/geese")
    bob.say("group/lab", "sticker", pack="geese", name="hello")
    ann.say("group/lab", "data", data={"temperature": 21.5, "湿度": "48 %"})
    seqs["forward"] = ann.say("group/lab", "forward", source="user/bob", seqs=[1, 2])
    wrong = ann.say("group/lab", body="Wensday then")
    ann.say("group/lab", "edit", of=wrong, body="Wednesday then · 那就周三")
    seqs["edited"] = wrong
    secret = bob.say("group/lab", body="secret")
    bob.say("group/lab", "recall", of=secret)
    for who, emoji in ((ann, "👍"), (bob, "👍"), (bob, "🎉")):
        who.say("group/lab", "reaction", of=seqs["hello"], emoji=emoji)
    ann.say("group/lab", "pin", of=seqs["long"])
    ann.show_card(
        "group/lab",
        name="heater",
        title="暖气 Heater",
        data={"t": 21.5, "on": True},
        buttons=[{"label": "关 Off", "command": "off"}],
    )
    seqs["last"] = bob.say("group/lab", body="好，周三见。See you on Wednesday!")


def _arrange(house: Household) -> None:
    ann = house["ann"]
    call(ann, "POST", "/bots", {"username": "thermo", "display_name": "温度计 Thermometer", "kind": "device"})
    later = {"to": "user/bob", "draft": {"kind": "text", "body": "生日快乐！Happy birthday!"}}
    call(ann, "POST", "/scheduled", {**later, "deliver_at": int(time.time() * 1000) + 48 * HOUR_MS})
    call(ann, "PUT", "/conversations/user/lin/draft", {"body": "我想说"})
    call(house["bob"], "POST", "/reports", {"username": "lin", "text": "卖鹅。Sells geese in every message."})


def write_files(folder: Path) -> dict[str, Path]:
    """What somebody chooses from a disk: a picture and a text."""
    files = {"picture": folder / "lake.png", "paper": folder / "notes.txt"}
    files["picture"].write_bytes(draw_landscape())
    files["paper"].write_text("一二三\n" * 50)
    return files
