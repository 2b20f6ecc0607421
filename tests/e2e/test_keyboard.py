"""A whole day without a mouse: every step by keys alone, and the focus never lost."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import PATIENCE_MS, Person
from tests.e2e.household import Household
from tests.support.people import PASSWORD

expect.set_options(timeout=PATIENCE_MS)
MOST_STOPS = 90
NOWHERE = "() => document.activeElement === document.body || document.activeElement === null"
RINGED = """() => {
    const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 1;
}"""
# Keys without a moment between them: whatever the first one opens is still on its way.
AT_ONCE = """async (keys) => {
    for (const key of keys) {
        const pressed = new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...key });
        document.activeElement.dispatchEvent(pressed);
        for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    }
}"""
# Where each stop of the Tab key is: left, top, right, bottom.
PLACE = """() => {
    const { left, top } = document.activeElement.getBoundingClientRect();
    let scrolled = 0;
    for (let each = document.activeElement; each; each = each.parentElement) scrolled += each.scrollTop;
    return [left, top + scrolled];
}"""


class Typist:
    """Somebody who has no mouse."""

    def __init__(self, person: Person) -> None:
        self.person = person

    def keys(self, *keys: str) -> None:
        """Press one after the other; the focus is somewhere after each."""
        for key in keys:
            self.person.page.keyboard.press(key)
            self.is_somewhere()

    def write(self, text: str) -> None:
        """Into whatever has the focus."""
        self.person.page.keyboard.type(text)

    def is_somewhere(self) -> None:
        """Wait until it is: a dialog gives it back a frame after it has gone."""
        self.person.page.wait_for_function(f"() => !({NOWHERE})()")

    def at(self) -> str:
        """The testid of what has the focus, or its tag."""
        found: str = self.person.page.evaluate(
            "() => document.activeElement.dataset.testid ?? document.activeElement.localName"
        )
        return found

    def go(self, testid: str, key: str = "Tab") -> None:
        """Press until it has the focus."""
        met: list[str] = []
        for _ in range(MOST_STOPS):
            if self.at() == testid:
                return
            met.append(self.at())
            self.person.page.keyboard.press(key)
        raise AssertionError(f"{testid} was not met: {met}")

    def stands(self, testid: str) -> None:
        """Wait until it has the focus."""
        expect(self.person.page.locator(f"[data-testid='{testid}']:focus").first).to_be_attached()

    def open_menu(self) -> None:
        """Of the newest message."""
        self.stands("composer")
        self.go("message-menu", "Shift+Tab")
        self.keys("Enter")
        self.person.find("menu").wait_for()

    def do(self, deed: str) -> None:
        """Choose from the menu that is open."""
        self.go(f"do-{deed}", "ArrowDown")
        self.keys("Enter")


@pytest.fixture
def bob(chromium: Browser, household: Household) -> Iterator[Typist]:
    """bob at the door."""
    person = Person(chromium, household.url)
    person.open()
    yield Typist(person)
    assert person.problems == []
    person.close()


def sign_in(bob: Typist) -> None:
    bob.stands("username")
    bob.write("bob")
    bob.go("password")
    bob.write(PASSWORD)
    bob.keys("Enter")
    bob.person.find("conversation-group/lab").wait_for()


def test_from_the_door_to_a_message_that_was_answered_marked_changed_and_forwarded(bob: Typist) -> None:
    page = bob.person
    sign_in(bob)
    bob.go("conversation-group/lab")
    assert page.page.evaluate(RINGED)
    bob.keys("Enter")
    bob.stands("composer")
    bob.write("Written by keys")
    bob.keys("Enter")
    page.wait_for_progress("Written by keys", "sent")
    bob.stands("composer")

    bob.open_menu()
    bob.keys("Escape")
    bob.stands("message-menu")
    assert page.page.evaluate(RINGED)
    bob.keys("Enter")
    bob.do("reply")
    bob.stands("composer")
    bob.write("An answer by keys")
    bob.keys("Enter")
    page.wait_for_progress("An answer by keys", "sent")
    expect(page.find("quote").last).to_contain_text("Written by keys")

    bob.open_menu()
    bob.keys("Enter")  # the first sign
    expect(page.find("reaction").last).to_contain_text("👍")
    bob.stands("message-menu")
    bob.keys("Enter")
    bob.do("edit")
    bob.stands("composer")
    bob.keys("End")
    bob.write("!")
    bob.keys("Enter")
    page.wait_for_text("An answer by keys!")

    bob.open_menu()
    bob.do("select")
    bob.is_somewhere()
    bob.go("selected-forward")
    bob.keys("Enter")
    bob.stands("forward-search")
    bob.write("安妮")
    bob.go("forward-user/ann")
    bob.keys("Space")
    bob.go("forward-send")
    bob.keys("Enter")
    page.find("forward-send").wait_for(state="detached")
    bob.stands("composer")
    expect(page.find("conversation-user/ann")).to_contain_text("[Forwarded message]")


def test_what_is_opened_is_closed_and_the_focus_is_where_it_was(bob: Typist) -> None:
    page = bob.person
    sign_in(bob)
    page.go("#/chat/group/lab")
    bob.stands("composer")
    bob.go("media", "Shift+Tab")
    bob.keys("Enter")
    bob.stands("panel")
    bob.go("media-file")
    bob.keys("Enter", "Escape")
    bob.stands("media")

    bob.keys("Control+f")
    bob.stands("search-words")
    bob.write("周三")
    page.find("result").first.wait_for()
    bob.go("result")
    bob.keys("Enter")
    page.find("messages").wait_for()
    bob.is_somewhere()

    bob.go("attach")
    bob.keys("Enter")
    bob.stands("attach-photo")
    bob.go("attach-poll", "ArrowDown")
    bob.keys("Enter")
    bob.stands("poll-question")
    bob.keys("Escape")
    page.find("poll-question").wait_for(state="detached")
    bob.is_somewhere()
    assert bob.at() in ("attach", "composer")

    bob.go("emoji")
    bob.keys("Enter")
    bob.stands("emoji-search")
    bob.keys("Escape")
    page.find("emoji-search").wait_for(state="detached")
    bob.is_somewhere()


def test_each_screen_begins_at_its_title_and_the_window_is_called_after_it(bob: Typist) -> None:
    page = bob.person
    sign_in(bob)
    for address, called in (
        ("#/people", "People"),
        ("#/settings", "Settings"),
        ("#/settings/privacy", "Privacy"),
        ("#/join/none", "Link"),
    ):
        page.go(address)
        expect(page.page.locator("h1:focus")).to_be_attached()
        expect(page.page).to_have_title(re.compile(rf"^(\(\d+\) )?{called} · 鸿雁 Hongyan$"))
    page.go("#/chat/group/news")
    expect(page.page).to_have_title("消息 News · 鸿雁 Hongyan")  # which is read now


def test_the_list_is_skipped_by_one_key_and_stops_follow_the_eye(bob: Typist) -> None:
    page = bob.person
    sign_in(bob)
    page.go("#/settings")
    page.find("section-privacy").wait_for()
    page.page.reload()
    page.find("section-privacy").wait_for()
    page.page.evaluate("document.activeElement.blur()")
    bob.go("skip")
    assert page.page.evaluate(RINGED)
    bob.keys("Enter")
    assert bob.at() == "main"
    bob.go("section-profile")
    seen: list[tuple[int, float]] = []
    while bob.at().startswith(("section-", "status", "language-", "theme")):
        left, top = page.page.evaluate(PLACE)
        seen.append((round(top / 20), left))  # what stands in one row is not aligned to the pixel
        page.page.keyboard.press("Tab")
    assert len(seen) > 8
    assert seen == sorted(seen)


def test_what_is_typed_before_the_jump_list_is_there_is_not_lost(bob: Typist) -> None:
    bob.person.sign_in("bob", PASSWORD)
    jump = {"key": "k", "ctrlKey": True}
    bob.person.page.evaluate(AT_ONCE, [jump, *({"key": key} for key in ("a", "p", "x", "Backspace", "p", "e"))])
    expect(bob.person.find("jump-words")).to_have_value("appe")
    bob.person.page.reload()
    bob.person.find("conversations").wait_for()
    bob.person.page.evaluate(AT_ONCE, [jump, *({"key": key} for key in "appearance"), {"key": "Enter"}])
    bob.person.find("look-dark").wait_for()
    bob.person.page.reload()
    bob.person.find("look-dark").wait_for()
    bob.person.page.evaluate(AT_ONCE, [jump, {"key": "a"}, {"key": "Escape"}, {"key": "b"}])
    bob.person.page.wait_for_load_state("networkidle")
    expect(bob.person.find("jump-list")).to_have_count(0)
