"""Our pages as a person uses them, by their data-testid attributes, over Playwright's sync API.

with open_chromium() as chromium:
    ann = Person(chromium, "http://localhost:8000")
    ann.sign_up("ann", "goose-feather", display_name="安妮")
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, ViewportSize, expect, sync_playwright

from tests.support.people import PASSWORD
from tests.support.waiting import wait_for

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
PATIENCE_MS = 15_000
# How far a message may be when one waits for it to have come so far.
LATER = {"sent": ("sent", "delivered", "read"), "delivered": ("delivered", "read")}
# How lines begin that the browser itself writes to the console: answers, not faults of the pages.
OF_THE_BROWSER = (
    "Failed to load resource",  # each 401 and each refused connection
    "WebSocket is already in CLOSING or CLOSED state",  # the server ends it, as it must, while who leaves says goodbye
    "Chrome currently does not support the Push API in incognito mode",  # as all windows here are
)

SHARE = """([words, name]) => {
    const form = document.createElement("form");
    Object.assign(form, { action: "/share", method: "post", enctype: "multipart/form-data" });
    for (const [name, value] of Object.entries(words))
        form.append(Object.assign(document.createElement("input"), { name, value }));
    const files = Object.assign(document.createElement("input"), { name: "files", type: "file" });
    const data = new DataTransfer();
    data.items.add(new File(["feather"], name, { type: "text/plain" }));
    files.files = data.files;
    form.append(files);
    document.body.append(form);
    form.submit();
}"""


@contextmanager
def open_chromium() -> Iterator[Browser]:
    """Debian's Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@dataclass(frozen=True)
class Seen:
    """One bubble as it is shown. `progress`: received | sending | sent | delivered | read | failed."""

    sender: str
    text: str
    progress: str


class Person:
    """One person at one browser of their own, with cookies of its own."""

    def __init__(
        self,
        browser: Browser,
        url: str,
        *,
        locale: str = "en-GB",
        width: int = 1200,
        height: int = 800,
        touch: bool = False,
    ) -> None:
        self.url = url
        size: ViewportSize = {"width": width, "height": height}
        self.context = browser.new_context(locale=locale, viewport=size, has_touch=touch, is_mobile=touch)
        self.context.set_default_timeout(PATIENCE_MS)
        self.problems: list[str] = []  # what the console complained about, and broken scripts
        self.page: Page = self._open_page()

    def find(self, testid: str, inside: Locator | None = None) -> Locator:
        """The element of that data-testid."""
        return (inside or self.page).get_by_test_id(testid)

    # signing in

    def open(self) -> None:
        """Open the first page."""
        self.page.goto(self.url)

    def sign_up(self, username: str, password: str, *, display_name: str = "") -> None:
        """Make an account, which signs in too; ends in the empty list of conversations."""
        self.open()
        self.find("turn").click()
        self.find("username").fill(username)
        self.find("display-name").fill(display_name)
        self.find("password").fill(password)
        self.find("submit").click()
        self.find("conversations").wait_for()

    def sign_in(self, username: str, password: str) -> None:
        """Sign in; ends in the list of conversations. To see a refusal, use `try_sign_in`."""
        self.try_sign_in(username, password)
        self.find("conversations").wait_for()

    def try_sign_in(self, username: str, password: str) -> None:
        """Fill in the form and press the button."""
        self.open()
        self.find("username").fill(username)
        self.find("password").fill(password)
        self.find("submit").click()

    def sign_out(self) -> None:
        """Sign out on purpose."""
        self._go("settings")
        self.find("sign-out").click()
        self.find("welcome-form").wait_for()

    def form_error(self) -> str:
        """What the form complains about."""
        return self.find("form-error").inner_text()

    def use_language(self, language: str) -> None:
        """Turn the pages to zh or en: the switch is on the first page and in the settings."""
        if not self.find(f"language-{language}").is_visible():
            self._go("settings")
        self.find(f"language-{language}").click()

    # people

    def add_friend(self, name: str, text: str = "") -> None:
        """Search for someone and send a friend request."""
        self._go("people")
        self.find("search").fill(name)
        self.find(f"befriend-{name}").click()
        self.find("request-text").fill(text)
        self.find("send-request").click()
        self.find("send-request").wait_for(state="detached")

    def accept(self, name: str) -> None:
        """Accept the friend request of `name`, waiting for it."""
        self._go("people")
        self.find(f"accept-{name}").click()
        self.find(f"message-{name}").wait_for()

    def decline(self, name: str) -> None:
        """Decline the friend request of `name`, waiting for it."""
        self._go("people")
        self.find(f"decline-{name}").click()
        self.find(f"decline-{name}").wait_for(state="detached")

    def wait_for_friend(self, name: str) -> None:
        """Wait until `name` is in the list of friends."""
        self._go("people")
        self.find(f"message-{name}").wait_for()

    def unfriend(self, name: str) -> None:
        """Remove a friend."""
        self._open_details(f"user/{name}")
        self.find("unfriend").click()
        self.find("confirm").click()
        self.find("confirm").wait_for(state="detached")

    def block(self, name: str) -> None:
        """Block someone one may have a conversation with."""
        self._open_details(f"user/{name}")
        self.find("block").click()
        self.find("confirm").click()
        self.find("unblock").wait_for()

    def unblock(self, name: str) -> None:
        """Take a block back."""
        self._open_details(f"user/{name}")
        self.find("unblock").click()
        self.find("block").wait_for()

    # groups

    def create_group(self, name: str, title: str, members: Sequence[str] = ()) -> None:
        """Make a group and add friends to it; ends in its conversation."""
        self._home()
        self.find("new-group").click()
        self.find("group-title").fill(title)
        self.find("group-name").fill(name)
        self.find("create-group").click()
        self.find("members").wait_for()
        for member in members:
            self.add_member(name, member)
        self.find("close-panel").click()

    def add_member(self, group: str, name: str) -> None:
        """Add a friend to a group."""
        self._open_details(f"group/{group}")
        self.find("section-add").click()
        self.find(f"add-{name}").click()
        self.find(f"add-{name}").wait_for(state="detached")
        self.find("section-back").click()
        self.find(f"person-{name}", self.find("members")).wait_for()

    def remove_member(self, group: str, name: str) -> None:
        """Remove a member from a group."""
        self._open_details(f"group/{group}")
        self.find(f"manage-{name}").click()
        self.find(f"remove-{name}").click()
        self.find("confirm").click()
        self.find(f"person-{name}", self.find("members")).wait_for(state="detached")

    def leave_group(self, group: str) -> None:
        """Leave a group; ends in the list of conversations."""
        self._open_details(f"group/{group}")
        self.find("leave").click()
        self.find("confirm").click()
        self.find(f"conversation-group/{group}").wait_for(state="detached")

    # conversations

    def open_conversation(self, key: str) -> None:
        """Open `user/bob` or `group/lab` from the list, waiting until it is there."""
        self._home()
        self.find(f"conversation-{key}").click()
        self.find("messages").wait_for(state="attached")

    def send(self, text: str) -> None:
        """Write into the open conversation and press Enter. Does not wait for the stamp."""
        self.find("composer").fill(text)
        self.find("composer").press("Enter")

    def messages(self) -> list[Seen]:
        """All bubbles of the open conversation, oldest first. A data message reads `name value` by line."""
        found = self.page.evaluate(
            """() => [...document.querySelectorAll('[data-testid=message]')].map((row) => [
                row.dataset.from,
                [...row.querySelectorAll('[data-testid=message-text], dt')]
                    .map((part) => part.textContent.trim() + (part.localName === 'dt'
                        ? ' ' + part.nextElementSibling.textContent.trim() : '')).join('\\n'),
                row.dataset.progress,
            ])"""
        )
        return [Seen(*one) for one in found]

    def texts(self) -> list[str]:
        """The texts of all bubbles, oldest first."""
        return [message.text for message in self.messages()]

    def wait_for_text(self, text: str, *, patience_ms: int = PATIENCE_MS) -> None:
        """Wait until a bubble of exactly this text is shown."""
        self._bubble(text).first.wait_for(timeout=patience_ms)

    def wait_for_progress(self, text: str, progress: str, *, patience_ms: int = PATIENCE_MS) -> None:
        """Wait until our bubble of this text is `sending`, `sent`, `delivered`, `read` or `failed`, or further."""
        wanted = ", ".join(f"[data-progress={word}]" for word in LATER.get(progress, (progress,)))
        self.page.locator(wanted).filter(has=self._bubble(text)).first.wait_for(timeout=patience_ms)

    def wait_for_texts(self, texts: Sequence[str]) -> None:
        """Wait until the bubbles are exactly these, in this order."""
        expect(self.page.locator("[data-testid=message-text]")).to_have_text(list(texts), timeout=PATIENCE_MS)

    def failure(self) -> str:
        """Why the last refused message was refused, as the person reads it."""
        return self.find("failure").last.inner_text()

    def retry(self) -> None:
        """Try the last refused message again."""
        self.find("retry").last.click()

    def unread(self, key: str) -> int:
        """The unread count of a conversation in the list."""
        badge = self.find("unread", self.find(f"conversation-{key}"))
        badges = badge.all_inner_texts()  # read as it is found: it comes and goes
        return int(badges[0].rstrip("+")) if badges else 0

    def presence(self, name: str) -> str:
        """What the list of friends says about someone: online | away | busy | offline, in the page's language."""
        self._go("people")
        return self.find(f"person-{name}").get_by_role("img").first.get_attribute("aria-label") or ""

    def scroll_up_to(self, text: str) -> None:
        """Scroll the open conversation up, as often as it takes, until this message is there."""

        def there() -> bool:
            self.page.evaluate("document.querySelector('[data-testid=messages]').scrollTop = 0")
            return text in self.texts()

        wait_for(there, what=f"“{text}” above")

    # settings

    def go(self, address: str) -> None:
        """Open an address inside the pages: `#/settings/profile`."""
        self.page.evaluate("address => { location.hash = address }", address)

    def open_settings(self, section: str) -> None:
        """Open a part of the settings: profile, notifications, security, devices, bots, privacy or another."""
        self._go("settings")
        self.find(f"section-{section}").click()

    def prove(self, password: str, code: str = "") -> None:
        """Say the password once more, and a code where one is asked for; ends when that was taken."""
        self.find("proof-password").fill(password)
        self.find("prove").click()
        if code:
            self.find("proof-code").fill(code)
            self.find("prove").click()
        self.find("proof").wait_for(state="detached")

    def create_token(self, label: str) -> str:
        """Make a device token; it is shown this once."""
        self.open_settings("devices")
        self.find("token-label").fill(label)
        self.find("create-token").click()
        return self.find("token").inner_text()

    # the network

    def share(self, title: str, text: str, url: str, file: str) -> None:
        """Hand something over as another app of the system does: a form that is posted to the worker."""
        self.page.evaluate(SHARE, [{"title": title, "text": text, "url": url}, file])

    def cut(self) -> None:
        """Close the laptop: no new connection works; wait until the page has noticed."""
        self.context.set_offline(True)
        self.find("reconnecting").wait_for()

    def mend(self) -> None:
        """Open it again and wait until the page is connected."""
        self.context.set_offline(False)
        self.find("reconnecting").wait_for(state="detached")

    def reopen(self) -> None:
        """Open another page, where the one before was closed."""
        self.page = self._open_page()

    def close(self) -> None:
        """Close the browser window."""
        self.context.close()

    def _open_page(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._note)
        return page

    def _note(self, line: ConsoleMessage) -> None:
        cut_off = "ERR_INTERNET_DISCONNECTED" in line.text  # at the end of lines that begin in several ways
        if line.type == "error" and not line.text.startswith(OF_THE_BROWSER) and not cut_off:
            self.problems.append(line.text)

    def _bubble(self, text: str) -> Locator:
        return self.page.locator("[data-testid=message-text]").get_by_text(text, exact=True)

    def _home(self) -> None:
        """The list of conversations, on a phone too."""
        self.page.evaluate("location.hash = '#/'")
        self.find("conversations").wait_for()

    def _go(self, page: str) -> None:
        self._home()
        self.find(page).click()

    def _open_details(self, key: str) -> None:
        self.page.evaluate("key => { location.hash = `#/chat/${key}/details` }", key)
        self.find("panel").wait_for()


class People:
    """Everybody who sits at a browser in a test: `people.sign_in("ann")`."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._present: list[Person] = []

    def sign_in(self, name: str, *, locale: str = "en-GB", phone: bool = False, touch: bool = False) -> Person:
        """Open a window for somebody who has an account, at a desk or on a phone, which may feel fingers."""
        width, height = (390, 844) if phone else (1200, 800)
        person = Person(self._browser, self._url, locale=locale, width=width, height=height, touch=touch)
        self._present.append(person)
        person.sign_in(name, PASSWORD)
        return person

    def leave(self) -> None:
        """Close every window; what a page complained about fails the test."""
        problems = [problem for person in self._present for problem in person.problems]
        for person in self._present:
            person.close()
        assert problems == []
