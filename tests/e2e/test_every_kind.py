"""A message of every kind from a bare MQTT client to another: on the embedded broker and on Mosquitto."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest

from hongyan.kinds import KINDS
from tests.support.calls import ask, call, upload
from tests.support.deployment import Deployment
from tests.support.images import png
from tests.support.mqtt import Client
from tests.support.people import Participant, befriend, register
from tests.support.waiting import wait_for

SOON_MS = 1_500
PICTURE = png((640, 480))
# The head of a WebM file: EBML, document type "webm".
SOUND = bytes.fromhex(
    "1a45dfa39f4286810142f7810142f2810442f381084282847765626d42878104428581021853806701ffffffffffffff"
)


class Writer:
    """Somebody with a bare MQTT client, heard by another one."""

    def __init__(self, port: int, me: Participant, other: Participant) -> None:
        self.me = me
        self.other = other
        self.mine, self.others = (Client(port, each.name, each.mqtt_password) for each in (me, other))
        self.mine.subscribe(f"im/{me.name}/sent/#", f"im/{me.name}/notice", f"im/{me.name}/live/#")
        self.others.subscribe(f"im/{other.name}/inbox/#", f"im/{other.name}/live/#")
        self._count = 0

    def say(self, to: str, draft: dict[str, Any]) -> dict[str, Any]:
        """Send a draft; returns it with its stamp, which the other has received byte for byte."""
        message_id = self.send(to, draft)
        stamped = self.mine.receive_until(lambda m: m.json.get("id") == message_id)[-1]
        assert stamped.topic == f"im/{self.me.name}/sent/{to}", stamped.json
        heard = self.others.receive_until(lambda m: m.json.get("id") == message_id)[-1]
        assert heard.payload == stamped.payload
        found: dict[str, Any] = stamped.json
        assert found["from"] == self.me.name
        return found

    def send(self, to: str, draft: dict[str, Any]) -> str:
        """Send a draft and wait for nothing."""
        self._count += 1
        message_id = f"{draft['kind']}-{self._count}"
        self.mine.publish(f"im/{self.me.name}/send/{to}", {"id": message_id, **draft})
        return message_id

    def is_refused(self, to: str, draft: dict[str, Any]) -> str:
        """The code of the notice."""
        message_id = self.send(to, draft)
        notice = self.mine.receive_until(lambda m: m.json.get("id") == message_id)[-1].json
        assert notice["type"] == "rejected", notice
        code: str = notice["code"]
        return code

    def close(self) -> None:
        """Both connections."""
        self.mine.close()
        self.others.close()


@pytest.fixture
def cast(deployment: Deployment) -> dict[str, Participant]:
    """Friends in a group whose lines (made, joined) stand already: they are written a moment later."""
    cast = {name: register(deployment.url, name, name.title()) for name in ("ann", "bob", "eve")}
    befriend(cast["ann"], cast["bob"])
    cast["ann"].api.create_group("lab", "The lab")
    cast["ann"].api.add_member("lab", "bob")
    wait_for(lambda: page(cast["ann"])["last_seq"] == 2, what="the lines of the group")
    return cast


@pytest.fixture
def ann(deployment: Deployment, cast: dict[str, Participant]) -> Iterator[Writer]:
    """She writes and bob listens."""
    writer = Writer(deployment.mqtt_port, cast["ann"], cast["bob"])
    yield writer
    writer.close()


def page(who: Participant, key: str = "group/lab") -> dict[str, Any]:
    found: dict[str, Any] = call(who, "GET", f"/conversations/{key}/messages?limit=200")
    return found


@pytest.mark.timeout(120)
def test_a_message_of_every_kind_reaches_the_others_and_the_history(
    deployment: Deployment, cast: dict[str, Participant], ann: Writer
) -> None:
    said = say_all_content(cast, ann) | put_all_marks(cast, ann)
    show_a_card(cast, ann)
    assert said.keys() | {"card"} == KINDS.keys()
    history = page(cast["bob"])
    assert [m["seq"] for m in history["messages"]] == list(range(history["first_seq"], history["last_seq"] + 1))


def say_all_content(cast: dict[str, Participant], ann: Writer) -> dict[str, dict[str, Any]]:
    me, bob = cast["ann"], cast["bob"]
    photo, sound, film, paper = (
        upload(me, name, data)
        for name, data in (
            ("雁.png", PICTURE),
            ("hello.webm", SOUND),
            ("film.webm", SOUND + b"\0"),
            ("notes.txt", "一二三".encode()),
        )
    )
    said = {
        kind: ann.say("group/lab", {"kind": kind, **fields})
        for kind, fields in {
            "text": {"body": "**hello** @bob", "format": "markdown", "mentions": ["bob"]},
            "image": {"files": [photo], "body": "a goose"},
            "voice": {"files": [sound], "duration_ms": 1_000, "waveform": [0, 31, 7]},
            "video": {"files": [film], "duration_ms": 1_000},
            "file": {"files": [paper]},
            "location": {"lat": 30.25, "lon": 120.17, "name": "西湖"},
            "contact": {"who": "bob"},
            "poll": {"body": "Lunch?", "options": ["noodles", "rice"]},
            "data": {"data": {"temperature": 21.5}},
        }.items()
    }
    (picture,) = said["image"]["files"]
    assert {name: picture[name] for name in ("id", "name", "width", "height", "thumb")} == {
        "id": photo,
        "name": "雁.png",
        "width": 640,
        "height": 480,
        "thumb": True,
    }
    assert ask(bob, "GET", f"/files/{paper}", None)[1] == "一二三".encode()
    assert said["contact"]["display_name"] == "Bob"
    make_sticker(me)
    said["sticker"] = ann.say("group/lab", {"kind": "sticker", "pack": "geese", "name": "hello"})
    assert said["sticker"]["emoji"] == "🪿"
    seqs = [said["text"]["seq"], said["image"]["seq"]]
    said["forward"] = ann.say("user/bob", {"kind": "forward", "source": "group/lab", "seqs": seqs})
    assert [(item["kind"], item["from"], item["body"]) for item in said["forward"]["items"]] == [
        ("text", "ann", "**hello** @bob"),
        ("image", "ann", "a goose"),
    ]
    answer = ann.say("group/lab", {"kind": "text", "body": "an answer", "reply": said["text"]["seq"]})
    below = ann.say("group/lab", {"kind": "text", "body": "below", "thread": said["poll"]["seq"]})
    assert (answer["reply"], below["thread"]) == (said["text"]["seq"], said["poll"]["seq"])
    thread = call(bob, "GET", f"/conversations/group/lab/threads/{said['poll']['seq']}")
    assert [m["body"] for m in thread["messages"]] == ["below"]
    return said


def make_sticker(who: Participant) -> None:
    call(who, "POST", "/stickers", {"name": "geese", "title": "Geese"})
    goose = upload(who, "goose.png", png((128, 128)))
    call(who, "PUT", "/stickers/geese/hello", {"file": goose, "emoji": "🪿"})


def put_all_marks(cast: dict[str, Participant], ann: Writer) -> dict[str, dict[str, Any]]:
    """Each on a message of its own; then what the page says of them."""
    bob = cast["bob"]
    base = {word: ann.say("group/lab", {"kind": "text", "body": word})["seq"] for word in ("wrongh", "secret", "good")}
    poll = ann.say("group/lab", {"kind": "poll", "body": "When?", "options": ["now", "later"]})["seq"]
    said = {
        draft["kind"]: ann.say("group/lab", draft)
        for draft in (
            {"kind": "edit", "of": base["wrongh"], "body": "wrong"},
            {"kind": "recall", "of": base["secret"]},
            {"kind": "reaction", "of": base["good"], "emoji": "👍"},
            {"kind": "pin", "of": base["good"]},
            {"kind": "vote", "of": poll, "choices": [1]},
            {"kind": "close", "of": poll},
        )
    }
    history = page(bob)
    now = {m["seq"]: m for m in history["messages"]}
    assert (now[base["wrongh"]]["body"], now[base["wrongh"]]["edited"]) == ("wrong", said["edit"]["at"])
    assert (now[base["secret"]]["kind"], "body" in now[base["secret"]]) == ("gone", False)
    assert now[poll]["closed"] == said["close"]["at"]
    marks = history["marks"]
    assert marks[str(base["good"])]["pinned"] is True
    assert [(r["emoji"], r["count"]) for r in marks[str(base["good"])]["reactions"]] == [("👍", 1)]
    assert marks[str(poll)]["poll"]["counts"] == [0, 1]
    assert ann.is_refused("group/lab", {"kind": "vote", "of": poll, "choices": [0]}) in ("already_voted", "too_late")
    assert ann.is_refused("group/lab", {"kind": "edit", "of": base["secret"], "body": "x"}) == "unknown_message"
    return said


def show_a_card(cast: dict[str, Participant], ann: Writer) -> None:
    """The newest takes the place of the one before, and is no entry of the log."""
    before = page(cast["bob"])["last_seq"]
    for value in (20, 21):
        card = {"kind": "card", "name": "heater", "data": {"t": value}, "buttons": [{"label": "On", "command": "on"}]}
        message_id = ann.send("group/lab", card)
        shown = ann.others.receive_until(lambda m, wanted=message_id: m.json.get("id") == wanted)[-1]
        assert (shown.topic, shown.json["data"]) == ("im/bob/live/card/group/lab", {"t": value})
    cards = call(cast["bob"], "GET", "/conversations/group/lab/cards")["cards"]
    assert [(card["name"], card["data"], card["from"]) for card in cards] == [("heater", {"t": 21}, "ann")]
    assert page(cast["bob"])["last_seq"] == before
    command = {"type": "command", "for": "ann", "card": "heater", "command": "on"}
    ann.others.publish("im/bob/signal/group/lab", command)
    heard = ann.mine.receive_until(lambda m: m.json.get("type") == "command")[-1].json
    assert (heard["from"], heard["command"]) == ("bob", "on")


def test_a_message_for_later_comes_at_its_time_and_one_that_disappears_goes(
    deployment: Deployment, cast: dict[str, Participant], ann: Writer
) -> None:
    now_ms = ann.say("user/bob", {"kind": "text", "body": "now"})["at"]
    later = ann.send("user/bob", {"kind": "text", "body": "later", "deliver_at": now_ms + SOON_MS})
    notice = ann.mine.receive_until(lambda m: m.json.get("id") == later)[-1].json
    assert (notice["type"], notice["deliver_at"]) == ("scheduled", now_ms + SOON_MS)
    came = ann.others.receive_until(lambda m: m.json.get("body") == "later")[-1].json
    assert came["at"] >= now_ms + SOON_MS
    fleeting = ann.say("user/bob", {"kind": "text", "body": "gone soon", "disappear_s": 5})
    ann.others.publish("im/bob/read/user/ann", {"seq": fleeting["seq"]})
    erased = ann.others.receive_until(lambda m: m.json.get("kind") == "erase", timeout_s=30)[-1].json
    assert erased["of"] == [fleeting["seq"]]
    kept = {m["seq"]: m for m in page(cast["bob"], "user/ann")["messages"]}
    assert (kept[fleeting["seq"]]["kind"], "body" in kept[fleeting["seq"]]) == ("gone", False)


def test_what_was_said_is_found_until_it_is_taken_back(
    deployment: Deployment, cast: dict[str, Participant], ann: Writer
) -> None:
    def find(who: str, words: str) -> list[int]:
        asked = urllib.parse.urlencode({"q": words})
        return [r["message"]["seq"] for r in call(cast[who], "GET", f"/search?{asked}")["results"]]

    seq = ann.say("group/lab", {"kind": "text", "body": "鸿雁传书 letters"})["seq"]
    for words in ("雁", "传书", "鸿雁传书", "lett"):
        wait_for(lambda asked=words: find("bob", asked) == [seq], what=words)
    assert find("eve", "雁") == []
    ann.say("group/lab", {"kind": "recall", "of": seq})
    wait_for(lambda: find("bob", "雁") == [], what="nothing to be found")


BAD = {
    "a message that is not there": ({"kind": "reaction", "of": 999, "emoji": "👍"}, "unknown_message"),
    "a reply across conversations": ({"kind": "text", "body": "x", "reply": 999}, "unknown_message"),
    "a mark of a mark's kind without its place": ({"kind": "edit", "body": "x"}, "malformed"),
    "a file of nobody's": ({"kind": "file", "files": ["A" * 22]}, "unknown_file"),
    "a card of a stranger": ({"kind": "contact", "who": "eve"}, "unknown_account"),
    "a sticker of no pack": ({"kind": "sticker", "pack": "none", "name": "none"}, "unknown_sticker"),
    "a time in the past": ({"kind": "text", "body": "x", "deliver_at": 1}, "past_time"),
    "a time beyond a year": ({"kind": "text", "body": "x", "deliver_at": 2**52}, "past_time"),
    "a poll of one answer": ({"kind": "poll", "body": "x", "options": ["a"]}, "malformed"),
    "a forward of a foreign group": ({"kind": "forward", "source": "group/other", "seqs": [1]}, "unknown_message"),
}


def test_each_bad_draft_is_refused_by_its_code_and_leaves_nothing(
    deployment: Deployment, cast: dict[str, Participant], ann: Writer
) -> None:
    first = ann.say("group/lab", {"kind": "text", "body": "first"})["seq"]
    assert {why: ann.is_refused("group/lab", draft) for why, (draft, _) in BAD.items()} == {
        why: code for why, (_, code) in BAD.items()
    }
    taken = upload(cast["bob"], "bobs.txt", b"bob's")
    assert ann.is_refused("group/lab", {"kind": "file", "files": [taken]}) == "unknown_file"
    assert ann.say("group/lab", {"kind": "text", "body": "second"})["seq"] == first + 1
