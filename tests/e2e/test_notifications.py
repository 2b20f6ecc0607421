"""Being told of messages while one looks elsewhere, and what others see of oneself."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.e2e.browser import People, Person
from tests.support.deployment import EmbeddedDeployment
from tests.support.people import PASSWORD, befriend, register
from tests.support.waiting import wait_for

# Nobody sees the notifications of a browser without a window: they are written down. And a page of it is never hidden.
# Whether a tab of this browser has taken it upon itself to tell of what comes.
SPEAKS = "async (name) => (await navigator.locks.query()).held.some((lock) => lock.name === name)"
WATCH = """
window.shown = [];
window.looksAway = false;
window.Notification = class {
    static permission = Notification.permission;
    static requestPermission = async () => Notification.permission;
    constructor(title, options) { window.shown.push([title, options.body, options.tag]); }
};
const real = ServiceWorkerRegistration.prototype.showNotification; // once there is a worker, it shows them
ServiceWorkerRegistration.prototype.showNotification = function (title, options) {
    window.shown.push([title, options.body, options.tag]);
    return real.call(this, title, options);
};
Object.defineProperty(document, "hidden", { get: () => window.looksAway });
"""
SHOW_ONE = """async () => {
    const worker = await navigator.serviceWorker.ready;
    await worker.showNotification("Ann", { body: "between us", tag: "user/ann" });
    return (await worker.getNotifications()).length;
}"""
COUNT_SHOWN = "async () => (await (await navigator.serviceWorker.ready).getNotifications()).length"


def test_notifications_are_offered_at_a_good_moment_and_turned_on(
    chromium: Browser, house: EmbeddedDeployment, people: People
) -> None:
    befriend(register(house.url, "ann", "Ann"), register(house.url, "bob", "小波"))
    ann = people.sign_in("ann")
    ann.open_conversation("user/bob")
    expect(ann.find("offer-notifications")).to_have_count(0)
    ann.send("hello")
    ann.find("offer-notifications").wait_for()
    ann.find("offer-later").click()
    ann.page.reload()
    ann.send("are you there?")
    ann.wait_for_progress("are you there?", "sent")
    expect(ann.find("offer-notifications")).to_have_count(0)

    bob = Person(chromium, house.url, locale="zh-CN")
    bob.context.grant_permissions(["notifications"])
    bob.page.add_init_script(WATCH)
    bob.sign_in("bob", PASSWORD)
    bob.open_settings("notifications")
    expect(bob.find("notify-how")).to_contain_text("不会有任何提醒")
    bob.find("notify-here").check()
    expect(bob.find("notify-how")).to_contain_text("只要这个浏览器里还开着本站页面")
    bob.find("notify-test").click()
    wait_for(lambda: bob.page.evaluate("shown.length") == 1, what="the test")
    bob.find("push-words").uncheck()
    expect(bob.find("push-words")).to_be_enabled()
    bob.find("quiet").check()
    bob.find("quiet-from").wait_for()
    bob.find("quiet").uncheck()
    bob.find("quiet-from").wait_for(state="detached")
    bob.page.reload()
    expect(bob.find("push-words")).not_to_be_checked()
    expect(bob.find("notify-here")).to_be_checked()

    bob.open_conversation("user/ann")
    ann.send("in view")
    bob.wait_for_text("in view")
    bob.open_settings("notifications")
    wait_for(lambda: bob.page.evaluate(SPEAKS, "hongyan.notify.bob"), what="this tab to be the one that tells")
    bob.page.evaluate("looksAway = true")
    ann.send("**honk**")
    wait_for(lambda: bob.page.evaluate("shown.length"), what="the notification")
    assert bob.page.evaluate("shown") == [["Ann", "新消息", "user/ann"]]
    bob.page.evaluate("looksAway = false")
    bob.find("push-words").check()
    expect(bob.find("push-words")).to_be_enabled()
    bob.page.reload()
    expect(bob.find("push-words")).to_be_checked()
    expect(bob.page.locator(".connecting")).to_have_count(0)  # what was said before is no news
    wait_for(lambda: bob.page.evaluate(SPEAKS, "hongyan.notify.bob"), what="this tab to be the one that tells")
    bob.page.evaluate("looksAway = true")
    ann.send("**honk** again")
    wait_for(lambda: bob.page.evaluate("shown.length"), what="the notification")
    assert bob.page.evaluate("shown") == [["Ann", "honk again", "user/ann"]]
    bob.page.evaluate("looksAway = false")
    bob.find("notify-here").click()
    expect(bob.find("notify-how")).to_contain_text("不会有任何提醒")
    expect(bob.find("notify-here")).not_to_be_checked()
    # Whoever comes to this browser next sees nothing of what came for bob.
    assert bob.page.evaluate(SHOW_ONE) == 1
    bob.sign_out()
    wait_for(lambda: bob.page.evaluate(COUNT_SHOWN) == 0, what="what was shown to be taken away")
    assert bob.problems == []
    bob.close()


def test_ones_status_and_its_words_are_what_friends_see(house: EmbeddedDeployment, people: People) -> None:
    befriend(register(house.url, "ann", "Ann"), register(house.url, "bob", "小波"))
    ann, bob = people.sign_in("ann"), people.sign_in("bob")
    ann.open_conversation("user/bob")
    expect(ann.find("subtitle")).to_have_text("online")
    bob._go("settings")
    bob.find("status").select_option("busy")
    bob.find("status-text").fill("开会中")
    bob.find("status-text").press("Tab")
    expect(ann.find("subtitle")).to_have_text("开会中")
    bob.page.reload()
    expect(bob.find("status")).to_have_value("busy")
    expect(bob.find("status-text")).to_have_value("开会中")
    expect(ann.find("subtitle")).to_have_text("开会中")
