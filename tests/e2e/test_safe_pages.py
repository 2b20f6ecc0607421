"""What keeps the pages harmless, seen in a real browser: no text becomes markup, nothing secret is written down."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Error, expect

from tests.e2e.browser import PATIENCE_MS, Person
from tests.support.deployment import EmbeddedDeployment
from tests.support.people import befriend, participant, register

expect.set_options(timeout=PATIENCE_MS)

SETTINGS = ("profile", "security", "devices", "bots", "privacy", "blocked", "data")
WATCH = """addEventListener("securitypolicyviolation", ({ violatedDirective, sample, sourceFile }) => {
    (window.violations ??= []).push(`${violatedDirective} ${sample} ${sourceFile}`);
})"""
STORED = """async () => {
    const found = { ...localStorage, ...Object.fromEntries(Object.entries(sessionStorage)) };
    for (const { name } of await indexedDB.databases()) {
        const asked = indexedDB.open(name);
        const database = await new Promise((resolve) => { asked.onsuccess = () => resolve(asked.result); });
        for (const store of database.objectStoreNames) {
            const all = database.transaction(store).objectStore(store).getAll();
            found[`${name}/${store}`] = await new Promise((resolve) => { all.onsuccess = () => resolve(all.result); });
        }
        database.close();
    }
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) found[request.url] = await (await cache.match(request)).text();
    }
    return JSON.stringify(found);
}"""
# Each is shown letter for letter, and nothing of it becomes an element.
HOSTILE = [
    "<script>document.title = 'owned'</script>",
    "<img src=x onerror=\"document.title = 'owned'\">",
    "<svg onload=\"document.title = 'owned'\"></svg>",
    "[press](javascript:document.title='owned')",
    "[press](data:text/html,<script>parent.document.title='owned'</script>)",
    "javascript:document.title='owned'",
    "&lt;b&gt; &#60;b&#62;",
    "{@html '<b>x</b>'} ${document.title = 'owned'}",
    "\u202egnp.exe \u2066abc\u2069 \u200f",
    "Z" + "\u0335\u0321\u0322\u0327\u0328" * 60,
]


@pytest.fixture
def talk(ann: Person, house: EmbeddedDeployment) -> None:
    """ann and bob are friends, and ann looks at their conversation."""
    befriend(participant(house.url, "ann"), register(house.url, "bob", "<b>小波</b>"))
    ann.page.add_init_script(WATCH)
    ann.page.reload()
    ann.open_conversation("user/bob")


def test_every_text_is_text(ann: Person, talk: None) -> None:
    for text in HOSTILE:
        ann.send(text)
    texts = ann.page.locator("[data-testid=message-text]")
    expect(texts).to_have_count(len(HOSTILE))
    for number, text in enumerate(HOSTILE):
        expect(texts.nth(number)).to_contain_text("press" if text.startswith("[") else text)
    assert texts.locator("script, img, svg, b, iframe").count() == 0
    assert texts.locator("a:not([href^='http'])").count() == 0
    ann.send("see https://pond.example/a and [this](https://pond.example/b)")
    links = texts.last.locator("a")
    expect(links).to_have_count(2)
    for link in links.all():
        assert link.get_attribute("rel") == "noopener noreferrer"
        assert link.get_attribute("target") == "_blank"
    expect(ann.page).not_to_have_title("owned")


def test_the_pages_walk_about_without_breaking_their_own_policy(ann: Person, talk: None) -> None:
    for sink in ("document.body.innerHTML = '<b>x</b>'", "new DOMParser().parseFromString('<b>', 'text/html')"):
        with pytest.raises(Error, match="TrustedHTML"):
            ann.page.evaluate(f"() => {{ {sink} }}")
    with pytest.raises(Error, match="TrustedScriptURL"):
        ann.page.evaluate("() => { document.createElement('script').src = '/sw.js' }")
    with pytest.raises(Error, match=r"(?i)policy"):
        ann.page.evaluate("() => { trustedTypes.createPolicy('mine', {}) }")
    ann.page.evaluate("() => { window.violations = [] }")
    ann.problems.clear()  # the browser reports what was tried above

    picture = {"name": "dot.svg", "mimeType": "image/png", "buffer": DOT}
    with ann.page.expect_file_chooser() as chooser:
        ann.find("attach").click()
        ann.page.get_by_text("Photos and videos").click()
    chooser.value.set_files([picture])
    expect(ann.find("upload")).to_have_attribute("data-state", "done")
    ann.find("send").click()
    ann.find("emoji").click()
    ann.page.locator("[data-popup] ~ *").first.wait_for()
    ann.page.keyboard.press("Escape")
    ann.page.locator("[data-testid=message] img").first.click()
    ann.page.keyboard.press("Escape")
    for address in ("#/people", "#/search", "#/share", *(f"#/settings/{section}" for section in SETTINGS), "#/admin"):
        ann.go(address)
        expect(ann.page.locator("main h1, main input[type=search]").first).to_be_visible()
    for panel in ("details", "media"):
        ann.go(f"#/chat/user/bob/{panel}")
        ann.find("panel").wait_for()
    ann.page.evaluate("async () => { await navigator.serviceWorker.ready }")
    assert ann.page.evaluate("() => window.violations") == []


def test_nothing_secret_is_written_down(ann: Person, talk: None) -> None:
    secrets: set[str] = set()

    def note(response: Any) -> None:
        if response.url.endswith("/mqtt-token"):
            secrets.add(response.json()["password"])
        if response.url.endswith("/me"):
            secrets.add(response.json()["csrf_token"])

    ann.page.on("response", note)
    ann.page.reload()
    ann.open_conversation("user/bob")
    ann.send("good morning")
    ann.wait_for_progress("good morning", "sent")
    ann.page.evaluate("async () => { await navigator.serviceWorker.ready }")
    secrets |= {cookie["value"] for cookie in ann.context.cookies()}
    assert len(secrets) >= 3
    stored = ann.page.evaluate(STORED)
    assert "hongyan" in stored
    assert [secret for secret in secrets if secret in stored] == []
    assert ann.page.evaluate("() => document.cookie") == ""  # no script reads it


DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c63606060f80f0001040100b5a3ad6a0000000049454e44ae426082"
)
