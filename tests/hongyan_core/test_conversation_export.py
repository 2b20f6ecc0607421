from __future__ import annotations

import io
import json
import re
import zipfile
from typing import Any

import peewee
import pytest

from hongyan import topics
from hongyan_core import conversation_export
from hongyan_core.actions.groups import add_member, create_group
from hongyan_core.conversation_export import Form, export_conversation, name_file
from hongyan_core.problems import Problem
from hongyan_core.store.models import Account, Attachment, Pin, Reaction, Vote
from tests.support.cast import make_account, make_friends
from tests.support.talk import Log, log_of, open_log

AT_MS = 1_790_000_000_000  # 2026-09-21 14:13:20 UTC
BOB = topics.user("bob")
SCRIPT = "<script>alert('&')</script>"
PICTURE = {"id": "f" * 22, "name": "../cat <b>.png", "type": "image/png", "size": 3, "thumb": True}


@pytest.fixture
def ann(database: peewee.Database) -> Account:
    return make_account("ann", "Ann <Arbor>")


@pytest.fixture
def bob(ann: Account) -> Account:
    bob = make_account("bob", "鲍勃", language="zh", time_zone="Asia/Shanghai")
    make_friends(ann, bob)
    return bob


@pytest.fixture
def talk(ann: Account, bob: Account) -> Log:
    return open_log(ann, bob)


def export(who: Account, key: topics.ConversationKey, form: Form = "json", files: Any = None) -> tuple[str, bytes]:
    made = export_conversation(who, key, form, at_ms=AT_MS, files=files)
    return made.file_name, b"".join(made.pieces)


def test_json_has_every_envelope_and_what_hangs_on_it(
    ann: Account, bob: Account, talk: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation_export, "_PAGE", 2)
    for n in range(5):
        talk.say(ann if n % 2 else bob, f"雁 {n}")
    Reaction.create(conversation=talk.id, seq=2, account=bob, emoji="👍", at_ms=1)
    name, data = export(ann, BOB)
    told = json.loads(data)
    assert name == "hongyan-user-bob.json"
    assert (told["key"], told["title"], told["exported_at"]) == ("user/bob", "鲍勃", AT_MS)
    assert [message["body"] for message in told["messages"]] == [f"雁 {n}" for n in range(5)]
    marked = [message["seq"] for message in told["messages"] if "marks" in message]
    assert marked == [2]
    assert told["messages"][1]["marks"]["reactions"][0]["count"] == 1


def test_an_empty_conversation_is_a_file_too(ann: Account, bob: Account) -> None:
    assert json.loads(export(ann, BOB)[1])["messages"] == []
    assert export(ann, BOB, "html")[1].decode().endswith("</html>\n")


def test_of_a_group_only_what_one_may_see_leaves(ann: Account, bob: Account) -> None:
    lab = create_group(ann, "lab", "The lab", at_ms=1)
    log_of(lab).say(ann, "before")
    add_member(ann, lab, "bob", at_ms=1)
    log_of(lab).say(ann, "within")
    told = json.loads(export(bob, topics.group("lab"))[1])
    assert (told["title"], [message["body"] for message in told["messages"]]) == ("The lab", ["within"])
    with pytest.raises(Problem, match="unknown_conversation"):
        export(make_account("eve"), topics.group("lab"))


def test_the_page_escapes_all_that_people_wrote_and_runs_nothing(ann: Account, bob: Account, talk: Log) -> None:
    talk.say(ann, SCRIPT)
    talk.say(ann, SCRIPT, kind="poll", options=[SCRIPT, "no"])
    talk.say(ann, kind="data", data={SCRIPT: SCRIPT})
    talk.say(ann, kind="location", lat=1.5, lon=2.5, name=SCRIPT)
    talk.say(ann, kind="contact", who="bob", display_name=SCRIPT)
    talk.say(ann, kind="sticker", pack="p", name="n", emoji=SCRIPT)
    talk.say(ann, kind="forward", items=[{"kind": "text", "from": SCRIPT, "at": 1, "body": SCRIPT}])
    talk.say(ann, SCRIPT, imported={"from": SCRIPT, "at": 1})
    talk.say(ann, SCRIPT, kind="image", files=[PICTURE | {"name": SCRIPT}])
    talk.say(ann, SCRIPT, kind="hologram")
    page = export(bob, topics.user("ann"), "html")[1].decode()
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 15
    assert "<h1>Ann &lt;Arbor&gt;</h1>" in page
    assert re.search(r"""(?:src|href)="(?:https?:|//)""", page) is None


def test_the_page_speaks_the_language_of_whoever_takes_it_and_tells_their_time(
    ann: Account, bob: Account, talk: Log
) -> None:
    talk.say(ann, kind="gone", at_ms=AT_MS)
    talk.say(ann, "later", at_ms=AT_MS, edited=AT_MS, reply=1)
    english, chinese = (export(*who, "html")[1].decode() for who in ((ann, BOB), (bob, topics.user("ann"))))
    assert '<html lang="en">' in english
    assert "(this message is gone)" in english
    assert '2026-09-21 14:13</time> · #2 · edited · <a href="#m1">in reply to #1</a>' in english
    assert '<html lang="zh-CN">' in chinese
    assert "（消息已不在）" in chinese
    assert "2026-09-21 22:13</time> · #2 · 已编辑" in chinese


def test_the_page_shows_marks_at_their_messages_and_not_as_lines(ann: Account, bob: Account, talk: Log) -> None:
    talk.say(ann, "when?", kind="poll", options=["now", "later"])
    talk.say(bob, kind="vote", of=1, choices=[1])
    talk.say(bob, kind="reaction", of=1, emoji="👍")
    Vote.create(conversation=talk.id, seq=1, account=bob, choice=1, at_ms=1)
    Reaction.create(conversation=talk.id, seq=1, account=bob, emoji="👍", at_ms=1)
    Pin.create(conversation=talk.id, seq=1, account=bob, at_ms=1)
    page = export(ann, BOB, "html")[1].decode()
    assert page.count("<article") == 1
    assert "<li>now: 0 votes<li>later: 1 votes" in page
    assert "<footer>📌 👍 1</footer>" in page


# --- with files


def test_files_lie_beside_the_text_in_an_archive(ann: Account, talk: Log) -> None:
    inside = PICTURE | {"id": "g" * 22, "name": "inside.txt"}
    lost = PICTURE | {"id": "h" * 22, "name": "lost.txt"}
    talk.say(ann, kind="image", files=[PICTURE])
    talk.say(ann, kind="forward", items=[{"kind": "file", "from": "dan", "at": 1, "files": [inside, lost]}])
    Attachment.create(conversation=talk.id, seq=1, place=0, file_id=PICTURE["id"], kind="image")
    kept = {PICTURE["id"]: [b"c", b"at"], inside["id"]: [b"text"]}
    for form in ("json", "html"):
        name, data = export(ann, BOB, form, kept.get)
        assert name == "hongyan-user-bob.zip"
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert archive.testzip() is None
            assert sorted(archive.namelist()) == [
                f"conversation.{form}",
                f"files/{'f' * 22}-_cat <b>.png",
                f"files/{'g' * 22}-inside.txt",
            ]
            assert archive.read(f"files/{'f' * 22}-_cat <b>.png") == b"cat"
            text = archive.read(f"conversation.{form}").decode()
    assert f'<a href="files/{"f" * 22}-_cat%20%3Cb%3E.png">../cat &lt;b&gt;.png</a>' in text


def test_without_files_there_is_no_archive(ann: Account, talk: Log) -> None:
    talk.say(ann, "hi")
    assert export(ann, BOB, "html", {}.get)[0] == "hongyan-user-bob.html"


@pytest.mark.parametrize(
    ("given", "kept"),
    [("a.txt", "a.txt"), ("../../etc/passwd", "_.._etc_passwd"), ("..\\x", "_x"), ("...", "file"), ("/", "_")],
    ids=["plain", "a path", "a path of Windows", "dots", "a slash"],
)
def test_a_name_is_never_a_path(given: str, kept: str) -> None:
    assert name_file({"id": "f", "name": given}) == f"files/f-{kept}"
