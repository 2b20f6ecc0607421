"""How a group is called and set, what its admins announce and who has read it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import peewee
import pytest
from PIL import Image

from hongyan_core.actions.groups import (
    GroupChanges,
    add_member,
    change_group,
    change_group_picture,
    create_group,
    mute_member,
    remove_member,
)
from hongyan_core.problems import Problem
from hongyan_core.store.groups import Announcement, describe_group
from hongyan_core.store.members import list_readers
from hongyan_core.store.models import FOREVER_MS, Account, ChatGroup, Picture, ReadMark
from hongyan_core.store.pictures import find_picture
from tests.support.cast import make_friends, take_lines, take_notices, take_outbox
from tests.support.lab import Lab, make_lab


@pytest.fixture
def lab(database: peewee.Database) -> Lab:
    return make_lab()


CHANGES: dict[str, tuple[GroupChanges, dict[str, Any], dict[str, Any]]] = {
    "title": (
        {"title": " 实验室 "},
        {"title": "实验室"},
        {"event": "title", "body": "Dan changed the title to “实验室”", "title": "实验室"},
    ),
    "members invite": (
        {"invites": "members"},
        {"invites": "members"},
        {"event": "settings", "body": "Dan changed the settings", "settings": {"invites": "members"}},
    ),
    "several settings": (
        {"joins": "approval", "history": "all", "writers": "admins"},
        {"joins": "approval", "history": "all", "writers": "admins"},
        {
            "event": "settings",
            "body": "Dan changed the settings",
            "settings": {"joins": "approval", "history": "all", "writers": "admins"},
        },
    ),
    "mute all for a while": (
        {"muted_until": 31},
        {"muted_until_ms": 31},
        {"event": "muted_all", "body": "Dan muted everybody", "until": 31},
    ),
    "mute all": (
        {"muted_until": None},
        {"muted_until_ms": FOREVER_MS},
        {"event": "muted_all", "body": "Dan muted everybody", "until": FOREVER_MS},
    ),
    "announce": (
        {"announcement": " Tea\nat four "},
        {"announcement": "Tea\nat four", "announced_at_ms": 30, "announced_after_seq": 7},
        {"event": "announcement", "body": "Dan announced: Tea\nat four", "announcement": "Tea\nat four"},
    ),
}


@pytest.mark.parametrize(("changes", "columns", "line"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_kept_and_said(
    lab: Lab, changes: GroupChanges, columns: dict[str, Any], line: dict[str, Any]
) -> None:
    lab.speak(7)
    change_group(lab.dan, lab.group, changes, at_ms=30)
    now = lab.again()
    assert {name: getattr(now, name) for name in columns} == columns
    assert now.version == lab.group.version + 1
    assert take_lines() == [("dan", line)]
    change_group(lab.dan, lab.group, changes, at_ms=30)
    assert take_outbox() == []


def test_a_change_is_a_notice_to_whoever_made_it(lab: Lab) -> None:
    change_group(lab.dan, lab.group, {"title": "x"}, at_ms=30)
    assert take_notices() == [(["dan"], {"type": "group_changed", "group": "lab"})]


def test_what_was_muted_is_let_speak_again(lab: Lab) -> None:
    change_group(lab.ann, lab.group, {"muted_until": None}, at_ms=30)
    take_outbox()
    change_group(lab.ann, lab.group, {"muted_until": 0}, at_ms=40)
    assert lab.again().muted_until_ms is None
    assert take_lines() == [("ann", {"event": "unmuted_all", "body": "Ann unmuted everybody"})]


WRONG: dict[str, tuple[str, dict[str, Any], str, str | None]] = {
    "a member": ("bob", {"title": "mine"}, "not_owner", None),
    "a foreigner": ("eve", {"title": "mine"}, "unknown_group", None),
    "a blank title": ("ann", {"title": " "}, "malformed_display_name", "title"),
    "a title of 65": ("ann", {"title": "x" * 65}, "malformed_display_name", "title"),
    "invitations by nobody": ("ann", {"invites": "nobody"}, "malformed_field", "invites"),
    "joins of the moon": ("ann", {"joins": "lunar"}, "malformed_field", "joins"),
    "half a history": ("ann", {"history": "half"}, "malformed_field", "history"),
    "no writers": ("ann", {"writers": ""}, "malformed_field", "writers"),
    "a silence that is over": ("ann", {"muted_until": 30}, "malformed_field", "muted_until"),
    "a silence beyond all numbers": ("ann", {"muted_until": 2**53}, "malformed_field", "muted_until"),
    "an announcement of 2,001": ("ann", {"announcement": "x" * 2_001}, "malformed_field", "announcement"),
    "an announcement with a NUL": ("ann", {"announcement": "a\0b"}, "malformed_field", "announcement"),
    "one good and one bad": ("ann", {"title": "good", "joins": "bad"}, "malformed_field", "joins"),
}


@pytest.mark.parametrize(("who", "changes", "code", "field"), WRONG.values(), ids=WRONG)
def test_a_change_that_cannot_be(lab: Lab, who: str, changes: Any, code: str, field: str | None) -> None:
    with pytest.raises(Problem) as caught:
        change_group(Account.get(name=who), lab.group, changes, at_ms=30)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert lab.again().title == "The lab"
    assert take_outbox() == []


def test_a_channel_is_written_by_its_admins_and_stays_so(lab: Lab) -> None:
    news = create_group(lab.ann, "news", "News", kind="channel", at_ms=10)
    assert (news.kind, news.writers) == ("channel", "admins")
    with pytest.raises(Problem) as caught:
        change_group(lab.ann, news, {"writers": "all"}, at_ms=30)
    assert (caught.value.code, caught.value.field) == ("malformed_field", "writers")


# --- what is shown


def test_a_group_is_described_as_its_viewer_may_know_it(lab: Lab) -> None:
    mute_member(lab.ann, lab.group, "bob", 100, at_ms=30)
    change_group(lab.ann, lab.group, {"muted_until": 50, "invites": "members"}, at_ms=30)
    shown = describe_group(lab.bob, lab.again(), at_ms=49)
    assert (shown.invites, shown.joins, shown.history, shown.writers) == ("members", "closed", "joined", "all")
    assert (shown.summary.member_count, shown.summary.role.value, shown.my_nickname) == (4, "member", "")
    assert (shown.muted_until_ms, shown.my_muted_until_ms, shown.announcement) == (50, 100, None)
    later = describe_group(lab.bob, lab.again(), at_ms=100)
    assert (later.muted_until_ms, later.my_muted_until_ms) == (None, None)
    with pytest.raises(Problem, match="unknown_group"):
        describe_group(lab.eve, lab.again(), at_ms=49)


# --- announcements


def read_up_to(lab: Lab, name: str, seq: int) -> None:
    ReadMark.create(account=Account.get(name=name), conversation=lab.group.conversation_id, seq=seq)


def test_who_has_read_the_announcement_is_who_has_read_beyond_it(lab: Lab) -> None:
    lab.speak(7)
    change_group(lab.dan, lab.group, {"announcement": "Tea"}, at_ms=30)
    for name, seq in (("ann", 8), ("bob", 7), ("thermo", 9)):
        read_up_to(lab, name, seq)
    group = lab.again()
    assert [reader.username for reader in list_readers(lab.ann, group).readers] == ["ann", "thermo"]
    first = list_readers(lab.ann, group, limit=1)
    assert [reader.username for reader in first.readers] == ["ann"]
    assert first.next is not None
    second = list_readers(lab.ann, group, limit=1, after=first.next)
    assert ([reader.username for reader in second.readers], second.next) == (["thermo"], None)
    assert describe_group(lab.ann, group, at_ms=40).announcement == Announcement("Tea", 30, "dan", 2)
    assert describe_group(lab.bob, group, at_ms=40).announcement == Announcement("Tea", 30, "dan", None)


def test_readers_are_for_admins_and_those_of_today(lab: Lab) -> None:
    assert list_readers(lab.ann, lab.group).readers == []
    lab.speak(7)
    change_group(lab.ann, lab.group, {"announcement": "Tea", "history": "all"}, at_ms=30)
    read_up_to(lab, "bob", 8)
    lab.speak(9)
    make_friends(lab.ann, lab.eve)
    add_member(lab.ann, lab.group, "eve", at_ms=40)
    assert [reader.username for reader in list_readers(lab.ann, lab.again()).readers] == ["bob"]
    remove_member(lab.bob, lab.group, "bob", at_ms=50)
    assert list_readers(lab.ann, lab.again()).readers == []
    for viewer, code in ((lab.thermo, "not_owner"), (lab.bob, "unknown_group")):
        with pytest.raises(Problem, match=code):
            list_readers(viewer, lab.again())


def test_an_announcement_is_taken_back(lab: Lab) -> None:
    change_group(lab.ann, lab.group, {"announcement": "Tea"}, at_ms=30)
    take_outbox()
    change_group(lab.ann, lab.group, {"announcement": ""}, at_ms=40)
    assert describe_group(lab.ann, lab.again(), at_ms=50).announcement is None
    assert take_lines() == [
        ("ann", {"event": "announcement", "body": "Ann took the announcement back", "announcement": ""})
    ]


# --- the picture


def draw(colour: str) -> bytes:
    file = BytesIO()
    Image.new("RGB", (40, 30), colour).save(file, "PNG")
    return file.getvalue()


def test_a_group_has_a_picture_and_loses_it(lab: Lab) -> None:
    red = change_group_picture(lab.dan, lab.group, draw("red"))
    assert red is not None
    assert (find_picture(lab.again().picture) or b"")[8:12] == b"WEBP"
    assert take_lines() == [("dan", {"event": "picture", "body": "Dan changed the picture"})]
    assert change_group_picture(lab.dan, lab.group, draw("red")) == red
    assert take_outbox() == []
    assert change_group_picture(lab.dan, lab.group, draw("blue")) != red
    assert change_group_picture(lab.dan, lab.group, None) is None
    assert Picture.select().count() == 0


@pytest.mark.parametrize(
    ("who", "data", "code"),
    [("bob", draw("red"), "not_owner"), ("eve", draw("red"), "unknown_group"), ("ann", b"no picture", "bad_picture")],
)
def test_a_picture_that_cannot_be(lab: Lab, who: str, data: bytes, code: str) -> None:
    with pytest.raises(Problem, match=code):
        change_group_picture(Account.get(name=who), lab.group, data)
    assert ChatGroup.get().picture is None
    assert take_outbox() == []
