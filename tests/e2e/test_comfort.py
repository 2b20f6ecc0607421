"""What makes the pages pleasant: looks, the jump list, the keyboard, the list of conversations, a phone's layout."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import PATIENCE_MS, People, Person
from tests.support.deployment import EmbeddedDeployment
from tests.support.people import Participant, befriend, mosquitto_pub, register
from tests.support.waiting import wait_for

expect.set_options(timeout=PATIENCE_MS)

# By address: what is there once the page is.
PAGES = {
    "": "conversations",
    "people": "search",
    "settings": "section-privacy",
    "settings/appearance": "look-sample",
    "chat/group/lab": "composer",
    "chat/group/lab/details": "details-pins",
    "search": "search-words",
}


@pytest.fixture
def cast(house: EmbeddedDeployment) -> dict[str, Participant]:
    """ann has friends, a group and an unread letter of bob's."""
    people = {
        name: register(house.url, name, title)
        for name, title in (("ann", "Ann"), ("bob", "小波"), ("eve", "Eve"), ("zoe", "Zoe"))
    }
    for friend in ("bob", "eve"):
        befriend(people["ann"], people[friend])
    people["ann"].api.create_group("lab", "实验室")
    people["ann"].api.add_member("lab", "bob")
    wait_for(lambda: people["ann"].api.history("group/lab").last_seq == 2, what="the line about bob")
    say(house, people["ann"], "group/lab", "the geese are back")
    say(house, people["eve"], "user/ann", "good morning")
    say(house, people["bob"], "user/ann", "四点喝茶？")
    return people


def say(house: EmbeddedDeployment, who: Participant, key: str, body: str) -> None:
    """And wait for its stamp: what several people say within milliseconds may get its place in any order."""
    mosquitto_pub(house.mqtt_port, who, f"im/{who.name}/send/{key}", body)
    wait_for(lambda: body in [message.body for message in who.api.history(key).messages], what="the stamp")


def order(person: Person) -> list[str]:
    """The conversations in the list, by key, notes to self aside."""
    keys = person.page.eval_on_selector_all(
        "[data-testid^='conversation-']", "rows => rows.map(row => row.dataset.testid.slice(13))"
    )
    return [key for key in keys if key != "user/ann"]


def do(person: Person, key: str, deed: str) -> None:
    """Choose from the menu of a conversation in the list."""
    person.find(f"conversation-{key}").click(button="right")
    person.find(f"list-{deed}").click()


def overflow(person: Person) -> int:
    """By how many pixels the page is wider than the window."""
    return int(person.page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def test_a_day_at_a_desk(house: EmbeddedDeployment, cast: dict[str, Participant], people: People) -> None:
    ann = people.sign_in("ann")
    keys = ann.page.keyboard
    expect(ann.find("conversation-user/bob")).to_contain_text("四点喝茶？")
    wait_for(lambda: order(ann) == ["user/bob", "user/eve", "group/lab"], what="the list in its order")

    # The jump list: what fits the first letters of pinyin, an action, a stranger, the search.
    keys.press("Control+k")
    expect(ann.find("jump-words")).to_be_focused()
    keys.type("sys")
    expect(ann.find("way-group/lab")).to_have_attribute("aria-selected", "true")
    keys.press("Enter")
    ann.wait_for_text("the geese are back")
    keys.press("Control+k")
    expect(ann.find("jump-words")).to_be_focused()
    keys.type("zoe")
    expect(ann.find("way-user/zoe")).to_be_visible()
    keys.press("ArrowUp")
    expect(ann.find("way-search")).to_have_attribute("aria-selected", "true")
    keys.press("Escape")
    expect(ann.find("jump-list")).to_have_count(0)
    expect(ann.find("composer")).to_be_focused()

    keys.press("Control+k")
    keys.type("new group")
    keys.press("Enter")
    ann.find("group-title").wait_for()
    keys.press("Escape")
    expect(ann.find("composer")).to_be_focused()

    # From one conversation to the next; everything that is left unread; back to writing.
    keys.press("Alt+ArrowUp")
    expect(ann.find("chat-title")).to_have_text("Eve")
    expect(ann.find("unread", ann.find("conversation-user/eve"))).to_have_count(0)
    keys.press("Alt+Shift+ArrowDown")
    expect(ann.find("chat-title")).to_have_text("小波")
    ann.wait_for_text("四点喝茶？")
    expect(ann.find("unread")).to_have_count(0)
    ann.find("messages").focus()
    keys.press("Escape")
    expect(ann.find("composer")).to_be_focused()
    keys.press("Control+/")
    expect(ann.find("shortcuts")).to_contain_text("Jump to a conversation")
    keys.press("Escape")
    expect(ann.find("composer")).to_be_focused()

    # The list: pinned, marked as unread, muted and archived, by pointer and by keyboard; it is so after a reload.
    # Her phone shows each as it is done.
    phone = people.sign_in("ann", locale="zh-CN", phone=True)
    do(ann, "group/lab", "pin")
    expect(ann.find("pinned")).to_have_count(1)
    assert order(ann) == ["group/lab", "user/bob", "user/eve"]
    expect(phone.find("pinned")).to_have_count(1)
    assert order(phone) == ["group/lab", "user/bob", "user/eve"]
    ann.find("conversation-user/bob").focus()
    keys.press("ArrowDown")
    expect(ann.find("conversation-user/eve")).to_be_focused()
    keys.press("Shift+F10")
    expect(ann.find("list-markUnread")).to_be_focused()
    keys.press("Enter")
    expect(ann.find("marked-unread")).to_have_count(1)
    expect(ann.find("conversation-user/eve")).to_be_focused()
    expect(phone.find("marked-unread")).to_have_count(1)
    do(ann, "user/eve", "mute")
    expect(ann.find("muted")).to_have_count(1)
    do(ann, "user/eve", "archive")
    assert order(ann) == ["group/lab", "user/bob"]
    wait_for(lambda: order(phone) == ["group/lab", "user/bob"], what="the archive on the phone")
    ann.find("chip-archived").click()
    assert order(ann) == ["user/eve"]
    expect(ann.find("marked-unread")).to_have_count(1)

    # And the other way: what is opened on the phone is not unread here any longer. A new message leaves it archived.
    phone.find("chip-archived").click()
    phone.find("conversation-user/eve").click()
    expect(ann.find("marked-unread")).to_have_count(0)
    phone.page.go_back()
    say(house, cast["eve"], "user/ann", "still there?")
    expect(ann.find("unread", ann.find("conversation-user/eve"))).to_have_text("1")
    ann.find("chip-groups").click()
    assert order(ann) == ["group/lab"]

    # Without a network it shows here at once, and there as soon as there is one.
    ann.cut()
    do(ann, "group/lab", "unpin")
    expect(ann.find("pinned")).to_have_count(0)
    phone.find("chip-all").click()
    expect(phone.find("pinned")).to_have_count(1)
    ann.mend()
    expect(phone.find("pinned")).to_have_count(0)

    # What a browser kept by itself, before the server did, comes to all of them and is forgotten there.
    phone.page.evaluate('localStorage.setItem(\'hongyan.list.ann\', \'{"pinned":["group/lab"],"archived":[]}\')')
    phone.page.reload()
    expect(ann.find("pinned")).to_have_count(1)
    expect(phone.find("pinned")).to_have_count(1)
    wait_for(lambda: phone.page.evaluate("localStorage.getItem('hongyan.list.ann')") is None, what="nothing to be kept")

    # Looks are kept, and another tab follows them at once.
    ann.open_settings("appearance")
    other = ann.context.new_page()
    other.goto(ann.url)
    other.get_by_test_id("conversations").wait_for()
    for choice in ("dark", "plum", "large", "compact", "high", "less"):
        ann.find(f"look-{choice}").check()
    expect(other.locator("html")).to_have_attribute("data-theme", "dark")
    expect(other.locator("html")).to_have_attribute("data-accent", "plum")
    other.close()
    ann.page.reload()
    root = ann.page.locator("html")
    for part, choice in (("theme", "dark"), ("size", "large"), ("density", "compact"), ("contrast", "high")):
        expect(root).to_have_attribute(f"data-{part}", choice)
    ann._home()
    expect(ann.find("pinned")).to_have_count(1)
    assert order(ann) == ["group/lab", "user/bob"]

    # An address that is none, and signing out from the jump list: nothing of the list stays behind.
    ann.go("#/elsewhere")
    ann.find("lost-home").click()
    ann.find("jump").click()
    keys.type("sign out")
    keys.press("Enter")
    ann.find("welcome-form").wait_for()
    assert ann.page.evaluate("localStorage.getItem('hongyan.list.ann')") is None
    ann.find("theme").click()
    expect(root).to_have_attribute("data-theme", "light")


def test_a_day_on_a_phone(house: EmbeddedDeployment, cast: dict[str, Participant], people: People) -> None:
    card = '{"kind": "card", "name": "heater", "data": {"t": 21}}'
    mosquitto_pub(house.mqtt_port, cast["bob"], "im/bob/send/group/lab", card)
    ann = people.sign_in("ann", locale="zh-CN", phone=True)
    ann.find("conversation-group/lab").click()
    ann.find("fold-cards").wait_for()  # folded: the room is for the messages
    expect(ann.find("card")).to_have_count(0)
    ann.find("fold-cards").click()
    expect(ann.find("card")).to_have_count(1)

    # Back goes one step at a time, as on any phone: panel, conversation, list.
    ann.find("details").click()
    ann.find("details-media").click()
    expect(ann.find("media-image")).to_be_visible()
    ann.page.go_back()
    expect(ann.find("details-pins")).to_be_visible()
    ann.page.go_back()
    expect(ann.find("composer")).to_be_visible()
    ann.page.go_back()
    expect(ann.find("conversation-group/lab")).to_be_visible()

    # Nothing is wider than the narrowest window, not from right to left either, nor with the largest letters.
    ann.page.set_viewport_size({"width": 320, "height": 568})
    ann.page.evaluate("document.documentElement.dataset.size = 'largest'")
    for direction in ("ltr", "rtl"):
        ann.page.evaluate("direction => { document.documentElement.dir = direction }", direction)
        for page, sign in PAGES.items():
            ann.go(f"#/{page}")
            expect(ann.find(sign)).to_be_visible()
            assert (page, direction, overflow(ann)) == (page, direction, 0)
