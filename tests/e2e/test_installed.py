"""The pages as an installed app: without a network, with what others share, in a newer version."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.backstage import READY
from tests.e2e.browser import PATIENCE_MS, Person
from tests.support.deployment import EmbeddedDeployment
from tests.support.people import PASSWORD, befriend, participant, register
from tests.support.waiting import wait_for

expect.set_options(timeout=PATIENCE_MS)

KEPT = "async () => (await caches.keys()).filter((name) => name.startsWith('hongyan-pages-'))"
KEPT_PATHS = """async () => {
    const caught = [];
    for (const name of await caches.keys())
        for (const { url } of await (await caches.open(name)).keys()) caught.push(new URL(url).pathname);
    return caught;
}"""
HEAR = """() => {
    window.heard = [];
    for (const name of ["wheel", "keydown", "pointerdown"]) addEventListener(name, () => heard.push(name), true);
}"""
# Where answers came from: "" through the worker itself.
SOURCES = """() => ["/api/", "/assets/"].map((prefix) => {
    const all = performance.getEntriesByType("resource");
    const ours = all.filter(({ name }) => new URL(name).pathname.startsWith(prefix));
    return [...new Set(ours.map(({ workerFinalSourceType }) => workerFinalSourceType))];
})"""
FILES_OF_THE_PAGES = re.compile(r"/$|/assets/[0-9a-f]{12}/[\w.-]+$|/[\w-]+\.(svg|webmanifest)$|/looks\.js$")


@pytest.fixture
def friends(ann: Person, house: EmbeddedDeployment) -> Iterator[None]:
    """ann and bob are friends, and ann's worker is there."""
    befriend(participant(house.url, "ann"), register(house.url, "bob", "小波"))
    ann.page.evaluate(READY)
    yield


def wait_in(page: Page, condition: Callable[[], object]) -> None:
    """Wait as `wait_for` does, and let the page's events come in meanwhile."""
    wait_for(lambda: bool(page.evaluate("1")) and condition())


def test_without_a_network_the_pages_open_and_with_it_they_go_on(ann: Person, friends: None) -> None:
    ann.open_conversation("user/bob")
    ann.send("from the pier")
    ann.wait_for_progress("from the pier", "sent")
    # Nothing that the API answers is among what is kept.
    kept = ann.page.evaluate(KEPT_PATHS)
    assert [path for path in kept if not FILES_OF_THE_PAGES.match(path)] == []
    assert "/" in kept
    ann.cut()
    ann.go("#/settings/data")  # a part that this browser never loaded before
    ann.find("export").wait_for()
    for address in ("/", "/chat/user/bob"):
        ann.page.goto(ann.url + address)
        expect(ann.page.locator("#app main").first).to_be_visible()
    ann.context.set_offline(False)
    ann.open_conversation("user/bob")
    ann.send("back again")
    ann.wait_for_progress("back again", "sent")


def test_what_needs_no_worker_does_not_wait_for_it(ann: Person, friends: None) -> None:
    ann.page.reload()
    ann.open_conversation("user/bob")
    assert ann.page.evaluate(SOURCES) == [["network"], ["cache"]]


def test_what_another_app_shares_goes_where_the_person_says(ann: Person, friends: None) -> None:
    ann.share("A pond", "Look at this", "https://pond.example/", "feather.txt")
    expect(ann.find("shared")).to_contain_text("Look at this")
    expect(ann.find("shared")).to_contain_text("feather.txt")
    ann.find("share-search").fill("小波")
    ann.find("share-user/bob").click()
    expect(ann.find("composer")).to_have_value("A pond\nLook at this\nhttps://pond.example/")
    expect(ann.find("tray")).to_contain_text("feather.txt")
    assert ann.texts() == []  # nothing was sent
    ann.go("#/share")
    ann.find("nothing-shared").wait_for()  # it was given away


def test_it_can_be_installed_and_asks_only_when_the_person_wants_it(ann: Person) -> None:
    ann.page.evaluate(
        """() => dispatchEvent(Object.assign(new Event("beforeinstallprompt", { cancelable: true }),
            { prompt: async () => { document.title = "asked" } }))"""
    )
    ann.find("settings").click()
    ann.find("install").click()
    expect(ann.page).to_have_title("asked")
    expect(ann.find("install-card")).to_have_count(0)
    manifest = json.loads(ann.page.request.get(f"{ann.url}/manifest.webmanifest").text())
    sizes = ann.page.evaluate(
        """(icons) => Promise.all(icons.map(async ({ src }) => {
            const image = new Image();
            image.src = src;
            await image.decode();
            return `${image.naturalWidth}x${image.naturalHeight}`;
        }))""",
        manifest["icons"],
    )
    assert sizes == [icon["sizes"] for icon in manifest["icons"]]
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable", "monochrome"}
    problems = ann.context.new_cdp_session(ann.page).send("Page.getAppManifest")["errors"]
    assert problems == []


def test_the_first_installation_waits_until_nobody_scrolls_types_or_taps(
    chromium: Browser, house: EmbeddedDeployment
) -> None:
    register(house.url, "ann", "Ann")
    person = Person(chromium, house.url)
    page = person.page
    began: list[str] = []
    page.on("request", lambda request: began.append(request.url) if request.url.endswith("/Worker.js") else None)
    person.context.request.post(f"{house.url}/api/v1/session", data={"username": "ann", "password": PASSWORD})
    page.clock.install(time=0)
    page.clock.pause_at(1)  # from now on time passes when we say so
    person.open()
    person.find("conversations").wait_for()
    page.evaluate(HEAR)
    for name, do in (
        ("wheel", lambda: page.mouse.wheel(0, 100)),
        ("keydown", lambda: page.keyboard.press("Shift")),
        ("pointerdown", lambda: page.mouse.click(5, 5)),
    ):
        page.clock.run_for(2_999)
        do()
        wait_in(page, lambda name=name: name in page.evaluate("window.heard"))
    page.clock.run_for(2_999)
    page.evaluate("fetch('/healthz')")  # whatever was asked for before it is known by then
    assert began == []
    with page.expect_request("**/Worker.js"):
        page.clock.run_for(1)
    page.evaluate(READY)
    person.close()


def test_a_newer_build_is_offered_and_an_open_page_keeps_its_files(ann: Person, friends: None) -> None:
    ann.page.evaluate("caches.open('hongyan-pages-older')")
    newer = ann.context.new_page()
    ann.context.new_cdp_session(newer).send("Page.setBypassCSP", {"enabled": True})  # only the pages may name a script
    newer.goto(f"{ann.url}/healthz")
    newer.evaluate("navigator.serviceWorker.register('/sw.js?newer')")
    ann.find("new-version").wait_for()
    with ann.page.expect_navigation():
        ann.find("reload").click()
    ann.find("conversations").wait_for()
    assert len(ann.page.evaluate(KEPT)) == 2  # the other page may be of the older build
    newer.close()
    # The page has registered the usual name again, which is another build to the browser.
    ann.find("new-version").wait_for()
    with ann.page.expect_navigation():
        ann.find("reload").click()
    ann.find("conversations").wait_for()
    wait_in(ann.page, lambda: "hongyan-pages-older" not in ann.page.evaluate(KEPT))
    assert ann.find("new-version").count() == 0
