from __future__ import annotations

import logging
import smtplib
import threading
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from typing import Any

import pytest

from hongyan_core.mail import Letter
from hongyan_web.mailer import Mailer
from tests.support.waiting import wait_for

LATER = smtplib.SMTPDataError(451, b"later, ann@example.org")
NEVER = smtplib.SMTPDataError(554, b"never, ann@example.org")
SILENT = Letter("moved", "ann@example.org", "ann", "en")


class Door:
    """What was delivered; `troubles` happen first."""

    def __init__(self, *troubles: Exception) -> None:
        self.troubles = list(troubles)
        self.got: list[str] = []

    def __call__(self, message: EmailMessage) -> None:
        if self.troubles:
            raise self.troubles.pop(0)
        self.got.append(message["To"])


def write(draft: Callable[[], Letter | None]) -> EmailMessage | None:
    letter = draft()
    if letter is None:
        return None
    message = EmailMessage()
    message["To"] = letter.to
    return message


def to(name: str) -> Callable[[], Letter]:
    return lambda: Letter("moved", name, "ann", "en")


@pytest.fixture
def make() -> Iterator[Callable[..., Mailer]]:
    made: list[Mailer] = []

    def make_mailer(door: Door, **options: Any) -> Mailer:
        made.append(Mailer(write, door, **{"retry_after_s": (0.01, 0.02), **options}))
        return made[-1]

    yield make_mailer
    for mailer in made:
        mailer.close()


def test_letters_leave_in_order_and_nothing_is_no_letter(make: Callable[..., Mailer]) -> None:
    door = Door()
    mailer = make(door)
    for draft in (to("ann"), lambda: None, to("bob")):
        mailer.post(draft)
    wait_for(lambda: door.got == ["ann", "bob"], what="both")


def test_a_letter_waits_for_nobody_who_posts_it(make: Callable[..., Mailer]) -> None:
    door, gate = Door(), threading.Event()
    mailer = make(door)

    def slow() -> Letter:
        gate.wait(10)
        return SILENT

    mailer.post(slow)
    mailer.post(to("bob"))
    assert door.got == []
    gate.set()
    wait_for(lambda: len(door.got) == 2, what="both")


def test_what_a_later_time_mends_is_sent_then_and_others_go_meanwhile(
    make: Callable[..., Mailer], caplog: pytest.LogCaptureFixture
) -> None:
    door = Door(LATER, ConnectionRefusedError())
    mailer = make(door)
    mailer.post(to("ann"))
    wait_for(lambda: door.got == ["ann"], what="the third try")
    assert [record.getMessage() for record in caplog.records] == [
        "a letter was not sent (SMTPDataError 451), will try again",
        "a letter was not sent (ConnectionRefusedError), will try again",
    ]


@pytest.mark.parametrize(
    ("troubles", "said"),
    [
        pytest.param([NEVER], "a letter was not sent (SMTPDataError 554), given up", id="refused for good"),
        pytest.param([LATER] * 3, "a letter was not sent (SMTPDataError 451), given up", id="once too often"),
    ],
)
def test_what_no_time_mends_is_given_up_and_the_next_one_goes(
    make: Callable[..., Mailer], caplog: pytest.LogCaptureFixture, troubles: list[Exception], said: str
) -> None:
    door = Door(*troubles)
    mailer = make(door)
    mailer.post(to("ann"))
    wait_for(lambda: not door.troubles, what="all tries")
    mailer.post(to("bob"))
    wait_for(lambda: door.got == ["bob"], what="the next one")
    assert caplog.records[-1].getMessage() == said
    assert caplog.records[-1].levelno == logging.ERROR


def test_an_error_of_ours_costs_one_letter_and_tells_the_log_no_address(
    make: Callable[..., Mailer], caplog: pytest.LogCaptureFixture
) -> None:
    door = Door()
    mailer = make(door)

    def broken() -> Letter:
        raise KeyError(SILENT.to)

    mailer.post(broken)
    mailer.post(to("bob"))
    wait_for(lambda: door.got == ["bob"], what="the next one")
    assert "a letter could not be written (KeyError)" in caplog.text
    assert "test_mailer.py" in caplog.text
    assert "ann@example.org" not in caplog.text


def test_a_queue_that_is_full_drops_and_says_so(make: Callable[..., Mailer], caplog: pytest.LogCaptureFixture) -> None:
    door, gate, began = Door(), threading.Event(), threading.Event()
    mailer = make(door, max_waiting=1)

    def slow() -> Letter:
        began.set()
        gate.wait(10)
        return SILENT

    mailer.post(slow)
    assert began.wait(10)
    mailer.post(to("bob"))
    mailer.post(to("eve"))
    gate.set()
    wait_for(lambda: door.got == ["ann@example.org", "bob"], what="two of three")
    assert "a letter was dropped, 1 wait already" in caplog.text


def test_a_mailer_that_has_nothing_to_do_has_no_thread(make: Callable[..., Mailer]) -> None:
    before = threading.active_count()
    mailer = make(Door())
    assert threading.active_count() == before
    mailer.post(to("ann"))
    mailer.close()
    assert threading.active_count() == before
    mailer.post(to("bob"))
    assert threading.active_count() == before
