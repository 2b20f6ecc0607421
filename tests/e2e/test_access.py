"""What is said to those who hear the page, and what stays usable in other circumstances: large text, a narrow window,
no motion, few colours.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import Person
from tests.e2e.household import Household, Voice
from tests.e2e.visiting import SETTLED
from tests.support.people import PASSWORD
from tests.support.waiting import wait_for

# What a live region has come to say, in order; a region that says the same still, or nothing, adds nothing.
LISTEN = """() => {
    window.heard = [];
    const LIVE = "[role=status], [role=alert], [aria-live=polite], [aria-live=assertive]";
    const off = (element) => element.closest("[aria-live=off]") !== null;
    new MutationObserver((changes) => {
        for (const change of changes) {
            const parts = change.type === "childList" ? [...change.addedNodes] : [change.target];
            for (const part of parts) {
                const element = part instanceof Element ? part : part.parentElement;
                const text = part.textContent.trim();
                if (element?.closest(LIVE) && !off(element) && text) window.heard.push(text);
            }
        }
    }).observe(document.body, { childList: true, characterData: true, subtree: true });
}"""
ADDRESSES = (
    "#/",
    "#/chat/group/lab",
    "#/chat/group/lab/details",
    "#/chat/user/ann/details",
    "#/people",
    "#/search",
    "#/settings",
    "#/settings/profile",
    "#/settings/security",
    "#/settings/devices",
)
TOO_WIDE = """() => [...document.querySelectorAll("#app *")]
    .filter((element) => element.checkVisibility() && getComputedStyle(element).overflowX !== "hidden"
        && element.scrollWidth > element.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(element).overflowX)
        && !element.matches("pre, [data-scrolls]") && element.clientWidth > 200)
    .map((element) => `${element.className} ${element.scrollWidth} > ${element.clientWidth}`)
    .concat(document.documentElement.scrollWidth > innerWidth ? ["the page"] : [])"""


@pytest.fixture
def bob(chromium: Browser, household: Household) -> Iterator[Person]:
    """bob, signed in, hearing."""
    person = Person(chromium, household.url)
    person.sign_in("bob", PASSWORD)
    yield person
    assert person.problems == []
    person.close()


@pytest.fixture
def ann(household: Household) -> Iterator[Voice]:
    """ann, who writes."""
    voice = Voice(household.port, household["ann"])
    yield voice
    voice.close()


def heard(bob: Person) -> list[str]:
    found: list[str] = bob.page.evaluate("window.heard")
    return found


def test_what_arrives_is_said_once_and_older_pages_are_not(bob: Person, ann: Voice) -> None:
    bob.open_conversation("group/news")
    for number in range(60):
        ann.say("group/news", body=f"line {number}")
    bob.wait_for_text("line 59")
    bob.page.reload()  # then it is read, and opens at its end
    bob.wait_for_text("line 59")
    bob.page.evaluate(LISTEN)
    bob.scroll_up_to("line 0")
    ann.say("group/news", body="到了 arrived")
    bob.wait_for_text("到了 arrived")
    wait_for(lambda: any("到了 arrived" in line for line in heard(bob)), what="the words aloud")
    said = [line for line in heard(bob) if "line" in line or "arrived" in line]
    assert said == ["安妮 Ann: 到了 arrived"]


def test_the_connection_the_search_and_a_refused_form_speak(bob: Person) -> None:
    bob.page.evaluate(LISTEN)
    bob.cut()
    wait_for(lambda: any("reconnect" in line.lower() for line in heard(bob)), what="that the connection is gone")
    bob.mend()
    wait_for(lambda: "Connected again." in heard(bob), what="that it is back")
    bob.go("#/search")
    bob.find("search-words").fill("周三")
    bob.find("result").first.wait_for()
    wait_for(lambda: any(line.endswith(("message", "messages")) for line in heard(bob)), what="how many were found")
    bob.go("#/settings/security")
    bob.find("old-password").fill("not mine")
    bob.find("new-password").fill("a long enough one")
    bob.find("change-password").click()
    wait_for(lambda: any("not your current password" in line for line in heard(bob)), what="why it was refused")


MOVING = "document.getAnimations().map((one) => one.animationName ?? 'a transition')"


def test_nothing_moves_for_those_who_want_no_motion(bob: Person) -> None:
    bob.page.emulate_media(reduced_motion="reduce")
    # What appears only if the first connection takes long stands ready until then.
    expect(bob.page.locator(".connecting")).to_have_count(0)
    expect(bob.find("conversations")).to_have_attribute("aria-busy", "false")
    for address in ADDRESSES:
        bob.go(address)
        bob.page.wait_for_load_state("networkidle")
        assert bob.page.evaluate(MOVING) == []
    bob.go("#/chat/user/ann")
    bob.send("sent without a movement")
    bob.wait_for_progress("sent without a movement", "sent")
    assert bob.page.evaluate(MOVING) == []


def test_a_narrow_window_and_large_text_need_no_sideways_scrolling(bob: Person) -> None:
    sizes = {"320 px wide": (320, 640, "100%"), "text of 200 %": (640, 800, "200%")}
    found = {}
    for name, (width, height, text) in sizes.items():
        bob.page.set_viewport_size({"width": width, "height": height})
        bob.page.evaluate("size => { document.documentElement.style.fontSize = size }", text)
        for address in ADDRESSES:
            bob.go(address)
            bob.page.wait_for_load_state("networkidle")
            bob.page.evaluate(SETTLED)
            for _ in range(20):  # what is still being drawn may be wide for a moment
                wide = bob.page.evaluate(TOO_WIDE)
                if not wide:
                    break
                bob.page.wait_for_timeout(250)
            else:
                found[f"{name} {address}"] = wide
    assert found == {}
