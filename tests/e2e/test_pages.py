"""What a person sees and does in the pages beyond the one scenario, in a real browser on the embedded broker."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from hongyan import Client
from tests.e2e.browser import Person
from tests.support.deployment import EmbeddedDeployment
from tests.support.people import PASSWORD, Participant, befriend, mosquitto_pub, register
from tests.support.waiting import wait_for


@pytest.fixture
def friends(house: EmbeddedDeployment) -> tuple[Participant, Participant]:
    """ann and bob, who are friends already."""
    ann, bob = register(house.url, "ann", "Ann"), register(house.url, "bob", "小波")
    befriend(ann, bob)
    return ann, bob


def signed_in(chromium: Browser, house: EmbeddedDeployment, name: str, **options: object) -> Person:
    person = Person(chromium, house.url, **options)  # type: ignore[arg-type]
    person.sign_in(name, PASSWORD)
    return person


def close_all(*people: Person) -> None:
    for person in people:
        assert person.problems == []
        person.close()


@pytest.mark.parametrize(
    ("locale", "said"),
    [("en-GB", "Wrong username or password. Please check both."), ("zh-CN", "用户名或密码不对，请检查。")],
)
def test_a_wrong_password_is_answered_in_the_persons_language(
    chromium: Browser, house: EmbeddedDeployment, locale: str, said: str
) -> None:
    register(house.url, "ann")
    for name, password in (("ann", "not her password"), ("nobody", "not a password")):
        person = Person(chromium, house.url, locale=locale)
        person.try_sign_in(name, password)
        expect(person.find("form-error")).to_contain_text(said)
        person.close()


def test_a_name_that_is_taken_is_said_at_sign_up(chromium: Browser, house: EmbeddedDeployment) -> None:
    register(house.url, "ann")
    person = Person(chromium, house.url)
    person.open()
    person.find("turn").click()
    person.find("username").fill("ann")
    person.find("password").fill(PASSWORD)
    person.find("submit").click()
    expect(person.find("welcome-form")).to_contain_text("taken")
    person.close()


def test_unread_counts_rise_away_and_fall_when_the_conversation_is_seen(
    chromium: Browser, house: EmbeddedDeployment, friends: tuple[Participant, Participant]
) -> None:
    bob = signed_in(chromium, house, "bob")
    with Client(house.url, friends[0].token) as ann:
        for number in range(3):
            ann.send("user/bob", f"number {number}")
        wait_for(lambda: bob.unread("user/ann") == 3, what="three unread")
        bob.open_conversation("user/ann")
        wait_for(lambda: bob.unread("user/ann") == 0, what="nothing unread")

        def read_seq() -> int:
            (head,) = [h for h in friends[1].api.conversations() if h.key == "user/ann"]
            return head.read_seq

        wait_for(lambda: read_seq() == 3, what="the read mark on the server")
    close_all(bob)


def test_the_mark_turns_from_sent_to_read_when_the_other_has_seen_it(
    chromium: Browser, house: EmbeddedDeployment, friends: tuple[Participant, Participant]
) -> None:
    ann, bob = signed_in(chromium, house, "ann"), signed_in(chromium, house, "bob")
    ann.open_conversation("user/bob")
    ann.send("seen?")
    ann.wait_for_progress("seen?", "sent")
    bob.open_conversation("user/ann")
    ann.wait_for_progress("seen?", "read")
    close_all(ann, bob)


def test_presence_follows_a_friend_who_comes_and_goes(
    chromium: Browser, house: EmbeddedDeployment, friends: tuple[Participant, Participant]
) -> None:
    ann = signed_in(chromium, house, "ann")
    assert ann.presence("bob").lower() == "offline"
    bob = signed_in(chromium, house, "bob")
    wait_for(lambda: ann.presence("bob").lower() == "online", what="bob to be online")
    close_all(bob)
    wait_for(lambda: ann.presence("bob").lower() == "offline", what="bob to be offline")
    close_all(ann)


def test_typing_is_shown_while_the_other_writes(
    chromium: Browser, house: EmbeddedDeployment, friends: tuple[Participant, Participant]
) -> None:
    ann, bob = signed_in(chromium, house, "ann"), signed_in(chromium, house, "bob")
    ann.open_conversation("user/bob")
    bob.open_conversation("user/ann")
    bob.find("composer").press_sequentially("hm")
    expect(ann.find("subtitle")).to_contain_text("小波 is typing")
    close_all(ann, bob)


def test_history_loads_while_scrolling_up_without_a_hole_or_a_double(
    chromium: Browser, house: EmbeddedDeployment, friends: tuple[Participant, Participant]
) -> None:
    texts = [f"line {number}" for number in range(1, 121)]
    with Client(house.url, friends[0].token) as device:
        for text in texts:
            device.send("user/bob", text)
    ann = signed_in(chromium, house, "ann", width=390, height=844)
    ann.open_conversation("user/bob")  # at its end: all of it is her own
    ann.wait_for_text("line 120")
    assert len(ann.texts()) < 120  # not everything at once
    ann.scroll_up_to("line 1")
    assert ann.texts() == texts
    close_all(ann)


def test_two_windows_of_one_account_show_the_same(
    chromium: Browser, house: EmbeddedDeployment, friends: tuple[Participant, Participant]
) -> None:
    desk, phone = signed_in(chromium, house, "ann"), signed_in(chromium, house, "ann", width=390, height=844)
    desk.open_conversation("user/bob")
    phone.open_conversation("user/bob")
    desk.send("from the desk")
    phone.wait_for_texts(["from the desk"])
    phone.send("from the phone")
    for window in (desk, phone):
        window.wait_for_texts(["from the desk", "from the phone"])
    close_all(desk, phone)


def test_readings_of_a_device_are_a_table(
    chromium: Browser, house: EmbeddedDeployment, friends: tuple[Participant, Participant]
) -> None:
    ann = signed_in(chromium, house, "ann")
    ann.open_conversation("user/bob")
    mosquitto_pub(house.mqtt_port, friends[1], "im/bob/send/user/ann", '{"temperature": 21.5, "door": "open"}')
    ann.find("message-data").wait_for()
    assert [cell.inner_text() for cell in ann.find("message-data").locator("dt, dd").all()] == [
        "temperature",
        "21.5",
        "door",
        "open",
    ]
    close_all(ann)


def test_html_in_a_message_is_text(
    chromium: Browser, house: EmbeddedDeployment, friends: tuple[Participant, Participant]
) -> None:
    evil = '<img src=x onerror="document.title=1"><script>document.title=2</script> javascript:alert(1)'
    with Client(house.url, friends[1].token) as bob:
        bob.send("user/ann", evil)
        bob.send("user/ann", "see https://example.org/a?b=c now")
    ann = signed_in(chromium, house, "ann")
    ann.open_conversation("user/bob")
    ann.wait_for_text(evil)
    link = ann.find("messages").get_by_role("link")
    assert link.get_attribute("href") == "https://example.org/a?b=c"
    assert {"noopener", "noreferrer"} <= set((link.get_attribute("rel") or "").split())
    assert ann.find("messages").locator("img, script").count() == 0
    assert ann.page.title() not in ("1", "2")
    close_all(ann)


def test_a_friend_request_can_be_declined_and_a_friend_removed(chromium: Browser, house: EmbeddedDeployment) -> None:
    register(house.url, "ann", "Ann")
    register(house.url, "bob", "小波")
    ann, bob = signed_in(chromium, house, "ann"), signed_in(chromium, house, "bob")
    ann.add_friend("bob", "Hello")
    bob.decline("ann")
    bob.add_friend("ann", "Sorry, that was a slip")
    ann.accept("bob")
    bob.wait_for_friend("ann")
    ann.unfriend("bob")
    bob._go("people")
    bob.find("message-ann").wait_for(state="detached")
    close_all(ann, bob)


def test_members_come_and_go_and_a_group_can_be_left(
    chromium: Browser, house: EmbeddedDeployment, friends: tuple[Participant, Participant]
) -> None:
    ann, bob = signed_in(chromium, house, "ann"), signed_in(chromium, house, "bob")
    ann.create_group("lab", "The lab", ["bob"])
    bob.open_conversation("group/lab")
    ann.remove_member("lab", "bob")
    bob.find("conversation-group/lab").wait_for(state="detached")
    ann.add_member("lab", "bob")
    bob.open_conversation("group/lab")
    bob.leave_group("lab")
    close_all(ann, bob)


def test_a_device_token_is_shown_once_and_opens_mqtt(chromium: Browser, house: EmbeddedDeployment) -> None:
    register(house.url, "thermo", "Thermometer")
    thermo = signed_in(chromium, house, "thermo")
    token = thermo.create_token("the cellar")
    assert token.startswith("hy_")
    with Client(house.url, token) as client:
        assert client.account == "thermo"
    thermo.page.reload()
    thermo.find("conversations").wait_for()
    assert token not in thermo.page.content()
    close_all(thermo)


def test_signing_out_ends_the_window_and_its_connection(
    chromium: Browser, house: EmbeddedDeployment, friends: tuple[Participant, Participant]
) -> None:
    ann, bob = signed_in(chromium, house, "ann"), signed_in(chromium, house, "bob")
    wait_for(lambda: ann.presence("bob").lower() == "online", what="bob to be online")
    bob.sign_out()
    wait_for(lambda: ann.presence("bob").lower() == "offline", what="bob to be offline")
    bob.page.reload()
    bob.find("welcome-form").wait_for()
    close_all(ann)
    bob.close()


def test_the_language_is_switched_and_remembered(chromium: Browser, house: EmbeddedDeployment) -> None:
    register(house.url, "ann", "Ann")
    ann = signed_in(chromium, house, "ann")
    ann.use_language("zh")
    expect(ann.page.locator("html")).to_have_attribute("lang", "zh-CN")
    ann.page.reload()
    ann.find("conversations").wait_for()
    expect(ann.page.locator("html")).to_have_attribute("lang", "zh-CN")
    close_all(ann)
