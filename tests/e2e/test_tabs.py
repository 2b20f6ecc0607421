"""Several tabs of one browser: one connection, one conversation, one sign-in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, WebSocket, expect

from hongyan import Client
from tests.e2e.browser import PATIENCE_MS, Person
from tests.support.deployment import EmbeddedDeployment
from tests.support.people import PASSWORD, befriend, register
from tests.support.waiting import wait_for

expect.set_options(timeout=PATIENCE_MS)

URL_OF_BOB = "/#/chat/user/bob"


class Tab(Person):
    """One more tab of a person's browser: the same cookies, locks and storage."""

    def __init__(self, person: Person) -> None:
        self.url = person.url
        self.context = person.context
        self.problems = person.problems
        self.page: Page = person.context.new_page()
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._note)
        self.page.goto(self.url + URL_OF_BOB)
        self.find("messages").wait_for(state="attached")


class Sockets:
    """The WebSockets of a browser."""

    def __init__(self, person: Person) -> None:
        self._all: list[tuple[Page, WebSocket]] = []
        for page in person.context.pages:
            self._watch(page)
        person.context.on("page", self._watch)

    def count_open(self) -> int:
        """How many are open; those of a closed tab are not."""
        return sum(not page.is_closed() and not socket.is_closed() for page, socket in self._all)

    def _watch(self, page: Page) -> None:
        page.on("websocket", lambda socket: self._all.append((page, socket)))


@pytest.fixture
def bob(house: EmbeddedDeployment) -> Iterator[Client]:
    """bob as a program, a friend of ann."""
    ann, bob = register(house.url, "ann", "Ann"), register(house.url, "bob", "小波")
    befriend(ann, bob)
    with Client(house.url, bob.token) as client:
        yield client


def test_three_tabs_share_one_connection_and_one_outlives_the_others(
    chromium: Browser, house: EmbeddedDeployment, bob: Client
) -> None:
    first = Person(chromium, house.url)
    sockets = Sockets(first)
    first.sign_in("ann", PASSWORD)
    second, third = Tab(first), Tab(first)
    first.open_conversation("user/bob")
    bob.send("user/ann", "to all of you")
    for tab in (first, second, third):
        tab.wait_for_text("to all of you")
    assert sockets.count_open() == 1
    second.send("from the second")
    for tab in (first, second, third):
        tab.wait_for_texts(["to all of you", "from the second"])
    second.wait_for_progress("from the second", "sent")

    first.page.close()  # the one that led
    third.send("from the third")
    third.wait_for_progress("from the third", "sent")
    bob.send("user/ann", "still there?")
    for tab in (second, third):
        tab.wait_for_texts(["to all of you", "from the second", "from the third", "still there?"])
    assert sockets.count_open() == 1
    stored = bob.api.history("user/ann").messages
    assert [message.body for message in stored if message.sender == "ann"] == ["from the second", "from the third"]
    assert first.problems == []
    first.close()


def test_what_is_read_chosen_ended_and_begun_in_one_tab_is_so_in_all(
    chromium: Browser, house: EmbeddedDeployment, bob: Client
) -> None:
    first = Person(chromium, house.url)
    first.sign_in("ann", PASSWORD)
    second = Tab(first)
    for tab in (first, second):
        tab.page.evaluate("location.hash = '#/'")
        tab.find("conversations").wait_for()
    bob.send("user/ann", "read me")
    for tab in (first, second):
        expect(tab.find("unread", tab.find("conversation-user/bob"))).to_have_text("1")
    second.page.bring_to_front()
    second.open_conversation("user/bob")
    wait_for(lambda: first.unread("user/bob") == 0, what="nothing unread in the other tab")

    second.use_language("zh")
    first.page.locator("html[lang=zh-CN]").wait_for()
    second.sign_out()
    first.find("welcome-form").wait_for()
    second.sign_in("bob", PASSWORD)
    first.find("conversation-user/ann").wait_for()
    assert first.problems == []
    first.close()
