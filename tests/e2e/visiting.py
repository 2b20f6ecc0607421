"""One who goes from screen to screen: a window per person and device, each signed in once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Browser, Page

from tests.e2e.browser import Person
from tests.e2e.household import Household
from tests.support.people import PASSWORD

SIZES = {"desktop": (1200, 800), "phone": (390, 844)}
BOTH = ("desktop", "phone")


@dataclass(frozen=True)
class At:
    """Where somebody stands, handed to each step."""

    person: Person
    house: Household
    device: str

    @property
    def page(self) -> Page:
        """The page."""
        return self.person.page


Step = Callable[[At], object]


@dataclass(frozen=True)
class Screen:
    """One thing that a person sees.

    Attributes:
        name: Also the name of its picture.
        address: Behind the server's own; `{lab}` is a code or a seq of the household.
        sees: What must be visible at the end: a testid, or a CSS selector where it has one of `.[# `.
        who: "" is somebody who is not signed in.
        after: What tidies up what the steps left behind on the server or in the browser.
        devices: Where it looks different.
        dark: Whether pictures in the dark and in forced colours are made too.
    """

    name: str
    address: str
    sees: str
    steps: tuple[Step, ...] = ()
    who: str = "ann"
    after: tuple[Step, ...] = ()
    devices: tuple[str, ...] = BOTH
    dark: bool = False


def click(testid: str) -> Step:
    """Press something, the last of its kind."""
    return lambda at: at.person.find(testid).last.click()


def fill(testid: str, text: str) -> Step:
    """Write into a field, the first of its name."""
    return lambda at: at.person.find(testid).first.fill(text)


def wait(testid: str) -> Step:
    """Until it is there."""
    return lambda at: at.person.find(testid).first.wait_for()


def press(*keys: str) -> Step:
    """On the keyboard, one after the other."""

    def run(at: At) -> None:
        for key in keys:
            at.page.keyboard.press(key)

    return run


def menu(word: str) -> Step:
    """Open the menu of the message of this word; the button is shown to a mouse that is near, and to the keyboard."""

    def run(at: At) -> None:
        row = at.page.locator(f"[data-testid=message][data-seq='{at.house.seqs[word]}']").first
        row.scroll_into_view_if_needed()
        at.person.find("message-menu", row).focus()
        at.page.keyboard.press("Enter")
        at.person.find("menu").wait_for()

    return run


def show(word: str) -> Step:
    """Scroll to the message of this word."""

    def run(at: At) -> None:
        at.page.locator(f"[data-testid=message][data-seq='{at.house.seqs[word]}']").first.scroll_into_view_if_needed()

    return run


def refuse(pattern: str) -> Step:
    """Nothing of these addresses comes."""
    return lambda at: at.page.route(pattern, lambda route: route.abort())


class Visitor:
    """Goes to a screen without a reload, where an address is enough."""

    def __init__(self, browser: Browser, house: Household, *, language: str = "en") -> None:
        self._browser = browser
        self._house = house
        self._language = language
        self._windows: dict[tuple[str, str], Person] = {}

    def go(self, screen: Screen, device: str) -> Person:
        """Stand before a screen, complete."""
        at = At(self._window(screen.who, device), self._house, device)
        address = screen.address.format(**self._house.codes, **{k: str(v) for k, v in self._house.seqs.items()})
        at.person.go("#/")
        at.person.go(address)
        for step in screen.steps:
            step(at)
        where = screen.sees if any(sign in screen.sees for sign in ".[# ") else f"[data-testid='{screen.sees}']"
        at.page.locator(where).first.wait_for()
        at.page.evaluate(SETTLED)
        return at.person

    def leave(self, screen: Screen, device: str) -> None:
        """Close what is open, and tidy up."""
        at = At(self._window(screen.who, device), self._house, device)
        for step in screen.after:
            step(at)
        at.page.keyboard.press("Escape")
        if at.page.locator("dialog[open]").count() or screen.who == "":
            at.person.go("#/")
            at.page.reload()
            self._settle(at.person, screen.who)

    def problems(self) -> list[str]:
        """What any page has complained about."""
        return [problem for person in self._windows.values() for problem in person.problems]

    def close(self) -> None:
        """Close every window."""
        for person in self._windows.values():
            person.close()

    def _window(self, who: str, device: str) -> Person:
        if (who, device) not in self._windows:
            self._windows[who, device] = self._open(who, device)
        return self._windows[who, device]

    def _open(self, who: str, device: str) -> Person:
        width, height = SIZES[device]
        locale = {"en": "en-GB", "zh": "zh-CN"}[self._language]
        person = Person(
            self._browser, self._house.url.replace("127.0.0.1", "localhost"), locale=locale, width=width, height=height
        )
        person.page.emulate_media(reduced_motion="reduce")  # nothing is caught half way between two colours
        person.open()
        if who:
            person.sign_in(who, PASSWORD)
        self._settle(person, who)
        return person

    @staticmethod
    def _settle(person: Person, who: str) -> None:
        person.find("settings" if who else "welcome-form").first.wait_for(state="attached")


# Pictures are there, and what moves has come to rest.
SETTLED = """async () => {
    const inView = [...document.images].filter((image) => image.loading !== "lazy" || image.complete);
    await Promise.all(inView.map((image) => image.decode().catch(() => null)));
    const ending = document.getAnimations().filter((one) => one.effect.getTiming().iterations !== Infinity);
    await Promise.all(ending.map((one) => one.finished.catch(() => null)));
}"""
