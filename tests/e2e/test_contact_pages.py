"""People, requests, labels, links, mutes and blocks, as a person uses them in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from hongyan import Client
from tests.e2e.browser import People, Person
from tests.support.deployment import EmbeddedDeployment
from tests.support.people import Participant, befriend, register
from tests.support.waiting import wait_for


@pytest.fixture
def strangers(house: EmbeddedDeployment) -> tuple[Participant, Participant]:
    """ann and bob, who do not know each other."""
    return register(house.url, "ann", "Ann"), register(house.url, "bob", "小波")


@pytest.fixture
def friends(strangers: tuple[Participant, Participant]) -> tuple[Participant, Participant]:
    """ann and bob, who are friends."""
    befriend(*strangers)
    return strangers


def put_label(person: Person, friend: str, label: str) -> None:
    person._open_details(f"user/{friend}")
    person.find("new-label").fill(label)
    person.find("add-label").click()
    person.find(f"unlabel-{label}").wait_for()


@pytest.mark.usefixtures("strangers")
def test_one_chinese_character_finds_somebody(people: People) -> None:
    ann = people.sign_in("ann")
    ann._go("people")
    ann.find("search").fill("波")
    expect(ann.find("person-bob", ann.find("found"))).to_contain_text("小波")


@pytest.mark.usefixtures("strangers")
def test_a_request_can_be_withdrawn_and_is_gone_on_both_sides(people: People) -> None:
    ann, bob = people.sign_in("ann"), people.sign_in("bob")
    ann.add_friend("bob", "Hello")
    bob._go("people")
    expect(bob.find("incoming")).to_contain_text("expires in 14 days")
    ann.find("withdraw-bob").click()
    bob.find("accept-ann").wait_for(state="detached")
    ann.find("withdraw-bob").wait_for(state="detached")


@pytest.mark.usefixtures("strangers")
def test_an_ignored_request_goes_here_and_waits_there(people: People) -> None:
    ann, bob = people.sign_in("ann"), people.sign_in("bob")
    ann.add_friend("bob")
    bob._go("people")
    bob.find("ignore-ann").click()
    bob.find("ignore-ann").wait_for(state="detached")
    ann.page.reload()
    ann._go("people")
    ann.find("withdraw-bob").wait_for()


@pytest.mark.usefixtures("friends")
def test_a_remark_is_what_ann_calls_bob_everywhere_and_he_does_not_see_it(people: People) -> None:
    ann, phone, bob = people.sign_in("ann"), people.sign_in("ann", phone=True), people.sign_in("bob")
    ann._open_details("user/bob")
    ann.find("remark").fill("Bobby")
    ann.find("remark").press("Enter")
    for window in (ann, phone):  # her other window is told
        expect(window.find("conversation-user/bob")).to_contain_text("Bobby")
    expect(ann.find("person-title")).to_have_text("Bobby")
    bob._open_details("user/ann")
    expect(bob.page.locator("body")).not_to_contain_text("Bobby")


def test_labels_filter_the_friends_and_stars_come_first(
    people: People, house: EmbeddedDeployment, friends: tuple[Participant, Participant]
) -> None:
    befriend(friends[0], register(house.url, "eve", "Eve"))
    ann = people.sign_in("ann")
    put_label(ann, "eve", "Work")
    ann._go("people")
    ann.find("star-eve").click()
    rows = ann.find("friends").locator("[data-testid^=person-]")
    expect(rows.first).to_have_attribute("data-testid", "person-eve")
    expect(rows).to_have_count(2)
    ann.find("label-Work").click()
    expect(rows).to_have_count(1)
    ann.find("change-label").click()
    ann.find("label-name").fill("Tea")
    ann.find("label-name-save").click()
    ann.find("label-Tea").wait_for()
    ann.find("change-label").click()
    ann.find("delete-label").click()
    ann.find("confirm").click()
    expect(rows).to_have_count(2)
    expect(ann.find("labels")).to_have_count(0)


def test_a_message_to_a_label_reaches_each_friend_alone(
    people: People, house: EmbeddedDeployment, friends: tuple[Participant, Participant]
) -> None:
    befriend(friends[0], register(house.url, "eve", "Eve"))
    ann, bob, eve = people.sign_in("ann"), people.sign_in("bob"), people.sign_in("eve")
    put_label(ann, "bob", "Work")
    ann._go("people")
    ann.find("label-Work").click()
    ann.find("write-to-label").click()
    ann.find("broadcast-text").fill("The meeting is at ten")
    ann.find("send-broadcast").click()
    expect(ann.find("broadcast-sent")).to_contain_text("1 friend")
    bob.open_conversation("user/ann")
    bob.wait_for_text("The meeting is at ten")
    eve.open_conversation("user/ann")
    assert eve.texts() == []


@pytest.mark.usefixtures("strangers")
def test_a_link_leads_to_a_person_until_it_is_renewed(people: People) -> None:
    ann, bob = people.sign_in("ann"), people.sign_in("bob", locale="zh-CN", phone=True)
    ann._go("people")
    ann.find("my-link").click()
    ann.find("my-code").wait_for()
    old = ann.find("my-link-url").inner_text()
    ann.find("renew-link").click()
    ann.find("confirm").click()
    ann.find("confirm").wait_for(state="detached")
    expect(ann.find("my-link-url")).not_to_have_text(old)
    bob.page.goto(old)
    expect(bob.find("link-error")).to_contain_text("链接")
    bob.page.goto(ann.find("my-link-url").inner_text())
    expect(bob.find("link-title")).to_have_text("Ann")
    bob.find("request-text").fill("我们在茶馆见过")
    bob.find("send-request").click()
    bob.find("request-sent").wait_for()
    ann.page.keyboard.press("Escape")
    expect(ann.find("incoming")).to_contain_text("我们在茶馆见过")


@pytest.mark.usefixtures("strangers")
def test_a_link_that_is_pasted_into_the_search_is_opened(people: People) -> None:
    ann = people.sign_in("ann")
    ann._go("people")
    ann.find("my-link").click()
    own = ann.find("my-link-url").inner_text()
    ann.page.keyboard.press("Escape")
    ann.find("search").fill(own)
    ann.find("open-link").click()
    expect(ann.find("link")).to_contain_text("your own link")


def test_a_muted_conversation_is_marked_and_not_counted_until_it_is_unmuted(
    people: People, friends: tuple[Participant, Participant]
) -> None:
    ann = people.sign_in("ann")
    ann._open_details("user/bob")
    ann.find("mute").select_option("forever")
    row = ann.find("conversation-user/bob")
    ann.find("muted", row).wait_for()
    ann._home()
    with Client(ann.url, friends[1].token) as bob:
        bob.send("user/ann", "psst")
    wait_for(lambda: ann.unread("user/bob") == 1, what="one unread, quietly")
    expect(ann.page).to_have_title("鸿雁 Hongyan")
    ann._open_details("user/bob")
    ann.find("mute").select_option("off")
    ann.find("muted", row).wait_for(state="detached")


@pytest.mark.usefixtures("friends")
def test_the_list_of_blocks_takes_one_back(people: People) -> None:
    ann = people.sign_in("ann")
    ann.block("bob")
    expect(ann.find("closed")).to_contain_text("blocked")
    ann._go("people")
    ann.find("unblock-bob").click()
    ann.find("blocks").wait_for(state="detached")


@pytest.mark.usefixtures("strangers")
def test_notes_to_self_are_kept_under_their_own_name(people: People) -> None:
    ann, phone = people.sign_in("ann"), people.sign_in("ann", locale="zh-CN", phone=True)
    ann._go("people")
    ann.find("note-to-self").click()
    ann.send("buy tea")
    ann.wait_for_progress("buy tea", "sent")
    expect(phone.find("conversation-user/ann")).to_contain_text("给自己的便笺")
    phone.open_conversation("user/ann")
    phone.wait_for_text("buy tea")


@pytest.mark.usefixtures("friends")
def test_a_report_says_that_it_was_sent(people: People) -> None:
    ann = people.sign_in("ann")
    ann._open_details("user/bob")
    ann.find("report").click()
    ann.find("report-text").fill("He sells geese.")
    ann.find("send-report").click()
    expect(ann.find("report-sent")).to_contain_text("Thank you")


def test_a_deleted_account_is_called_so_wherever_it_appears(
    people: People, friends: tuple[Participant, Participant]
) -> None:
    ann, bob = people.sign_in("ann"), people.sign_in("bob")
    with Client(ann.url, friends[1].token) as program:
        program.send("user/ann", "farewell")
    bob.page.evaluate(
        """async password => {
            const me = await (await fetch('/api/v1/me')).json();
            const headers = {'Content-Type': 'application/json', 'X-CSRF-Token': me.csrf_token};
            await fetch('/api/v1/me', {method: 'DELETE', headers, body: JSON.stringify({password})});
        }""",
        "a long enough password",
    )
    ann.page.reload()
    ann.open_conversation("user/bob")
    expect(ann.find("chat-title")).to_have_text("Deleted account")
    expect(ann.find("conversation-user/bob")).to_contain_text("Deleted account")
    expect(ann.find("closed")).to_contain_text("deleted")
    ann.wait_for_text("farewell")
