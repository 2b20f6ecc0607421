from __future__ import annotations

import json
from dataclasses import dataclass

import peewee
import pytest

from hongyan_core.actions import reports
from hongyan_core.actions.audit import Actor
from hongyan_core.actions.deletion import delete_account
from hongyan_core.actions.groups import add_member, create_group, remove_member
from hongyan_core.actions.reports import close_report, report_group, report_person
from hongyan_core.problems import Problem
from hongyan_core.store.administration import list_audit
from hongyan_core.store.groups import load_group
from hongyan_core.store.models import Account, Report
from hongyan_core.store.reports import ReportRow, list_reports
from tests.support.cast import make_account, make_block, make_friends, take_notices
from tests.support.exchanging import accept_one, code, running_exchange, text
from tests.support.recorded import recorded


@dataclass(frozen=True)
class Cast:
    """Ann and bob are friends and in lab, and bob wrote once to each; eve is a stranger; boss and mod hold offices."""

    ann: Account
    bob: Account
    eve: Account
    boss: Account
    mod: Account


@pytest.fixture
def cast(database: peewee.Database) -> Cast:
    cast = Cast(
        *(make_account(name) for name in ("ann", "bob", "eve")),
        make_account("boss", role="admin"),
        make_account("mod", role="moderator"),
    )
    make_account("off", role="moderator", disabled_at_ms=5)
    make_friends(cast.ann, cast.bob)
    lab = create_group(cast.ann, "lab", "Lab", at_ms=1)
    add_member(cast.ann, lab, "bob", at_ms=1)
    with running_exchange() as exchange:
        for number, (to, body) in enumerate((("user/ann", "rude"), ("group/lab", "loud"))):
            assert code(accept_one(exchange, text("bob", to, body, str(number)))) == "accepted"
    take_notices()
    return cast


def test_a_person_is_reported_and_the_moderators_are_told(cast: Cast) -> None:
    made = report_person(cast.ann, "eve", None, " She is not\nherself. ", at_ms=10)
    assert list_reports("open", before=None, limit=50) == [
        ReportRow(made.id, "ann", "eve", None, None, "She is not\nherself.", 10, "open", "", None, None, None)
    ]
    assert take_notices() == [(["boss", "mod"], {"type": "report", "id": made.id, "at": 10})]


def test_a_message_is_shown_to_moderators_whatever_became_of_the_conversation(cast: Cast) -> None:
    report_person(cast.ann, "bob", 1, "rude", at_ms=10)
    report_group(cast.ann, "lab", 1, "loud", at_ms=11)
    lab = create_group(cast.eve, "lab2", "x", at_ms=12)
    remove_member(cast.eve, lab, "eve", at_ms=13)
    delete_account(Actor(cast.boss, in_person=True), "bob", at_ms=14)
    rows = list_reports("open", before=None, limit=50)
    assert [(row.group, row.username, row.seq) for row in rows] == [("lab", None, 1), (None, "bob", 1)]
    assert [json.loads(row.message or "{}")["body"] for row in rows] == ["loud", "rude"]


@pytest.mark.parametrize(
    ("whom", "seq", "expected"),
    [
        pytest.param("nobody", None, ("unknown_account", "username"), id="an unknown name"),
        pytest.param("no name\0", None, ("unknown_account", "username"), id="no name"),
        pytest.param("hidden", None, ("unknown_account", "username"), id="a stranger who is not to be found"),
        pytest.param("blocker", None, ("unknown_account", "username"), id="a stranger who blocks"),
        pytest.param("gone", None, ("unknown_account", "username"), id="a deleted stranger"),
        pytest.param("ann", None, ("report_self", "username"), id="oneself"),
        pytest.param("bob", 2, ("unknown_message", "seq"), id="a message that is not there"),
        pytest.param("bob", 0, ("unknown_message", "seq"), id="no seq"),
        pytest.param("eve", 1, ("unknown_message", "seq"), id="a conversation that is not there"),
    ],
)
def test_nobody_reports_whom_they_cannot_see(cast: Cast, whom: str, seq: int | None, expected: tuple[str, str]) -> None:
    make_account("hidden", hidden=True)
    make_account("gone", deleted_at_ms=5)
    make_block(make_account("blocker"), cast.ann)
    with pytest.raises(Problem) as caught:
        report_person(cast.ann, whom, seq, "Hm.", at_ms=10)
    assert (caught.value.code, caught.value.field) == expected
    assert (Report.select().count(), take_notices()) == (0, [])


@pytest.mark.parametrize(
    ("who", "group", "seq", "expected"),
    [
        pytest.param("eve", "lab", None, ("unknown_group", "group"), id="a foreign group"),
        pytest.param("eve", "nowhere", None, ("unknown_group", "group"), id="an unknown group"),
        pytest.param("eve", "no name", None, ("unknown_group", "group"), id="no name"),
        pytest.param("ann", "lab", 2, ("unknown_message", "seq"), id="a message that is not there"),
        pytest.param("mod", "lab", 1, ("unknown_message", "seq"), id="a message before one came"),
    ],
)
def test_nobody_reports_a_group_or_a_message_that_they_cannot_see(
    cast: Cast, who: str, group: str, seq: int | None, expected: tuple[str, str]
) -> None:
    make_friends(cast.ann, cast.mod)
    add_member(cast.ann, load_group(cast.ann, "lab"), "mod", at_ms=5)
    take_notices()
    with pytest.raises(Problem) as caught:
        report_group(getattr(cast, who), group, seq, "Hm.", at_ms=10)
    assert (caught.value.code, caught.value.field) == expected
    assert (Report.select().count(), take_notices()) == (0, [])


def test_who_hides_or_has_left_is_reported_by_those_who_know_them(cast: Cast) -> None:
    Account.update(hidden=True).where(Account.name == "bob").execute()
    delete_account(Actor(cast.boss, in_person=True), "bob", at_ms=5)
    assert report_person(cast.ann, "bob", 1, "Even so.", at_ms=10).account == cast.bob


def test_a_former_member_reports_what_they_could_read(cast: Cast) -> None:
    lab = load_group(cast.ann, "lab")
    remove_member(cast.ann, lab, "bob", at_ms=5)
    assert report_group(cast.bob, "lab", 1, "Mine.", at_ms=10).group_id == lab.id


@pytest.mark.parametrize("words", ["", "  ", "a" * 1_001, "a\0b", "a\u202eb"])
def test_a_report_without_words_or_with_hidden_ones_is_refused(cast: Cast, words: str) -> None:
    with pytest.raises(Problem, match="malformed_field: text"):
        report_person(cast.ann, "eve", None, words, at_ms=10)


def test_open_reports_of_one_person_are_bounded(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "MAX_OPEN_REPORTS", 1)
    made = report_person(cast.ann, "eve", None, "One.", at_ms=10)
    with pytest.raises(Problem, match="too_many"):
        report_person(cast.ann, "eve", None, "Two.", at_ms=11)
    report_person(cast.bob, "eve", None, "Mine.", at_ms=12)
    close_report(Actor(cast.mod, in_person=True), made.id, "Warned.", at_ms=13)
    report_person(cast.ann, "eve", None, "Again.", at_ms=14)


def test_a_report_is_closed_once_with_what_came_of_it(cast: Cast) -> None:
    made = report_person(cast.ann, "eve", None, "Hm.", at_ms=10)
    take_notices()
    by_mod = Actor(cast.mod, in_person=True)
    close_report(by_mod, made.id, " Warned. ", at_ms=20)
    (row,) = list_reports("closed", before=None, limit=50)
    assert (row.state, row.outcome, row.decided_by, row.decided_at_ms) == ("closed", "Warned.", "mod", 20)
    assert list_reports("open", before=None, limit=50) == []
    assert take_notices() == [(["boss", "mod"], {"type": "report", "id": made.id, "at": 20})]
    (line,) = list_audit(before=None, limit=50)
    assert (line.actor, line.action, line.target) == ("mod", "close_report", f"report/{made.id}")
    with pytest.raises(Problem, match="unknown_report"):
        close_report(by_mod, made.id, "Twice.", at_ms=30)


@pytest.mark.parametrize(
    ("who", "in_person", "report_id", "outcome", "expected"),
    [
        pytest.param("ann", True, 1, "Mine.", "not_permitted", id="who holds no office"),
        pytest.param("mod", False, 1, "By token.", "not_permitted", id="a device token"),
        pytest.param("mod", True, 2, "None.", "unknown_report", id="an unknown one"),
        pytest.param("mod", True, 10**17, "None.", "unknown_report", id="beyond every id"),
        pytest.param("mod", True, 1, " ", "malformed_field: outcome", id="no outcome"),
        pytest.param("mod", True, 1, "x" * 201, "malformed_field: outcome", id="a long outcome"),
    ],
)
def test_closing_is_refused(cast: Cast, who: str, in_person: bool, report_id: int, outcome: str, expected: str) -> None:
    report_person(cast.ann, "eve", None, "Hm.", at_ms=10)
    with pytest.raises(Problem, match=expected):
        close_report(Actor(getattr(cast, who), in_person=in_person), report_id, outcome, at_ms=20)
    assert Report.get().state == "open"
    assert list_audit(before=None, limit=50) == []


def test_reports_are_read_in_pages_by_a_fixed_number_of_queries(cast: Cast, database: peewee.Database) -> None:
    for number in range(5):
        report_person(cast.ann, "bob", 1, f"{number}", at_ms=number)
    first = list_reports("open", before=None, limit=2)
    assert [row.text for row in first] == ["4", "3"]
    with recorded(database) as statements:
        rest = list_reports("open", before=first[-1].id, limit=200)
    assert [row.text for row in rest] == ["2", "1", "0"]
    assert len(statements) == 2
