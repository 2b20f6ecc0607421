"""Groups and channels, as a person uses them in a real browser."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.e2e.browser import People, Person
from tests.support.deployment import EmbeddedDeployment
from tests.support.people import Participant, befriend, register
from tests.support.waiting import wait_for


@pytest.fixture
def cast(house: EmbeddedDeployment) -> tuple[Participant, Participant, Participant]:
    """ann is a friend of bob and of eve; she owns the group lab, and bob is in it."""
    ann, bob, eve = (register(house.url, *who) for who in (("ann", "Ann"), ("bob", "小波"), ("eve", "Eve")))
    befriend(ann, bob)
    befriend(ann, eve)
    ann.api.create_group("lab", "The lab")
    ann.api.add_member("lab", "bob")
    return ann, bob, eve


def open_section(person: Person, section: str) -> None:
    person._open_details("group/lab")
    person.find(f"section-{section}").click()
    person.find("section-back").wait_for()


def manage(person: Person, member: str) -> None:
    person._open_details("group/lab")
    person.find(f"manage-{member}").click()


def choose(person: Person, setting: str, choice: str) -> None:
    open_section(person, "settings")
    person.find(f"setting-{setting}").select_option(choice)
    expect(person.find("settings-state")).to_have_text("Saved.")


def events(person: Person) -> list[str]:
    return person.find("event").all_inner_texts()


@pytest.mark.usefixtures("cast")
def test_what_changes_is_a_line_in_each_readers_own_language(people: People) -> None:
    ann, bob = people.sign_in("ann"), people.sign_in("bob", locale="zh-CN", phone=True)
    ann.open_conversation("group/lab")
    bob.open_conversation("group/lab")
    ann.add_member("lab", "eve")
    expect(ann.find("event").last).to_have_text("Ann added Eve")
    expect(bob.find("event").last).to_have_text("Ann 邀请 Eve 加入")
    ann.remove_member("lab", "eve")
    expect(bob.find("event").last).to_have_text("Ann 把 Eve 移出")


@pytest.mark.usefixtures("cast")
def test_a_plain_member_is_offered_nothing_that_admins_do(people: People) -> None:
    bob = people.sign_in("bob")
    bob._open_details("group/lab")
    bob.find("members").wait_for()
    for testid in ("edit-title", "change-picture", "section-settings", "section-add", "dissolve", "manage-ann"):
        expect(bob.find(testid)).to_have_count(0)
    bob.page.evaluate("location.hash = '#/chat/group/lab/details/bans'")  # nor by the address
    bob.find("members").wait_for()


@pytest.mark.usefixtures("cast")
def test_title_and_picture_change_for_everybody(people: People) -> None:
    ann, bob = people.sign_in("ann"), people.sign_in("bob")
    bob.open_conversation("group/lab")
    ann._open_details("group/lab")
    ann.find("edit-title").click()
    ann.find("title").fill("The tea house")
    ann.find("title").press("Enter")
    expect(bob.find("chat-title")).to_have_text("The tea house")
    image = BytesIO()
    Image.new("RGB", (300, 200), "teal").save(image, "PNG")
    ann.find("picture-file").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": image.getvalue()})
    ann.find("remove-picture").wait_for()
    picture = bob.find("conversation-group/lab").locator("img")
    expect(picture).to_have_js_property("naturalWidth", 256)


@pytest.mark.usefixtures("cast")
def test_an_announcement_hangs_in_the_group_and_says_who_has_read_it(people: People) -> None:
    ann, bob = people.sign_in("ann"), people.sign_in("bob")
    open_section(ann, "announcement")
    ann.find("announcement-text").fill("Tea at ten.\nhttps://example.org")
    ann.find("announce").click()
    bob.open_conversation("group/lab")
    bob._open_details("group/lab")
    expect(bob.find("announcement")).to_contain_text("Tea at ten.")
    expect(bob.find("announcement").get_by_role("link")).to_have_attribute("href", "https://example.org")
    expect(bob.find("announcement-readers")).to_have_count(0)  # that is for admins

    def bob_is_a_reader() -> bool:
        ann.page.reload()
        readers = ann.find("readers")
        ann.find("person-ann", readers).wait_for()
        return ann.find("person-bob", readers).count() == 1

    wait_for(bob_is_a_reader, what="bob among the readers")  # his read mark is on its way


@pytest.mark.usefixtures("cast")
def test_a_muted_member_reads_why_and_writes_again_when_it_is_over(people: People) -> None:
    ann, bob = people.sign_in("ann"), people.sign_in("bob")
    bob.open_conversation("group/lab")
    manage(ann, "bob")
    ann.find("mute-bob").select_option("hour")
    expect(bob.find("closed")).to_contain_text(re.compile(r"muted here until .*\d\d:\d\d"))
    expect(bob.find("composer")).to_have_count(0)
    ann.find("mute-bob").select_option("off")
    bob.find("composer").wait_for()


@pytest.mark.usefixtures("cast")
def test_all_are_muted_but_the_admins(people: People) -> None:
    ann, bob = people.sign_in("ann"), people.sign_in("bob")
    bob.open_conversation("group/lab")
    open_section(ann, "settings")
    ann.find("mute-all").select_option("forever")
    expect(bob.find("closed")).to_contain_text("Only admins may write")
    manage(ann, "bob")
    ann.find("role-bob").click()
    bob.find("composer").wait_for()


@pytest.mark.usefixtures("cast")
def test_only_admins_write_where_it_is_set_so(people: People) -> None:
    ann, bob = people.sign_in("ann"), people.sign_in("bob", locale="zh-CN", phone=True)
    bob.open_conversation("group/lab")
    choose(ann, "writers", "admins")
    expect(bob.find("closed")).to_have_text("这里只有群主和管理员可以发言。")


@pytest.mark.usefixtures("cast")
def test_in_a_channel_readers_read(people: People) -> None:
    ann, bob = people.sign_in("ann"), people.sign_in("bob")
    ann._home()
    ann.find("new-group").click()
    ann.find("kind-channel").check()
    ann.find("group-title").fill("The news")
    ann.find("group-name").fill("news")
    ann.find("create-group").click()
    ann.find("members").wait_for()
    ann.add_member("news", "bob")
    bob.open_conversation("group/news")
    expect(bob.find("closed")).to_contain_text("This is a channel")
    expect(bob.find("subtitle")).to_contain_text("2 readers")


@pytest.mark.usefixtures("cast")
def test_a_banned_member_is_out_until_the_ban_is_lifted(people: People) -> None:
    ann, bob = people.sign_in("ann"), people.sign_in("bob")
    bob.open_conversation("group/lab")
    manage(ann, "bob")
    ann.find("ban-bob").click()
    ann.find("confirm").click()
    bob.find("conversation-group/lab").wait_for(state="detached")
    open_section(ann, "bans")
    ann.find("unban-bob").click()
    ann.find("unban-bob").wait_for(state="detached")
    ann.add_member("lab", "bob")
    bob.find("conversation-group/lab").wait_for()


@pytest.mark.usefixtures("cast")
def test_a_new_owner_rules_and_the_old_one_stays_an_admin(people: People) -> None:
    ann, bob = people.sign_in("ann"), people.sign_in("bob")
    manage(ann, "bob")
    ann.find("transfer-bob").click()
    ann.find("confirm").click()
    ann.find("dissolve").wait_for(state="detached")
    ann.find("section-settings").wait_for()
    bob._open_details("group/lab")
    bob.find("dissolve").click()
    bob.find("confirm").click()
    for person in (ann, bob):
        person.find("conversation-group/lab").wait_for(state="detached")


@pytest.mark.usefixtures("cast")
def test_one_comes_in_by_a_link_after_an_admins_yes(people: People) -> None:
    ann, eve = people.sign_in("ann"), people.sign_in("eve", locale="zh-CN", phone=True)
    choose(ann, "joins", "approval")
    open_section(ann, "links")
    ann.find("link-uses").select_option("5")
    ann.find("make-link").click()
    eve.page.goto(ann.find("link-url").first.inner_text())
    expect(eve.find("link-title")).to_have_text("The lab")
    eve.find("join-text").fill("我也爱喝茶")
    eve.find("join").click()
    eve.find("join-waiting").wait_for()
    ann.find("toast").get_by_role("link").click()
    expect(ann.find("join-requests")).to_contain_text("我也爱喝茶")
    ann.find("let-eve").click()
    eve.find("conversation-group/lab").wait_for(state="attached")
    open_section(ann, "links")
    expect(ann.find("links")).to_contain_text("used 1 of 5")
    ann.find("delete-link").click()
    ann.find("confirm").click()
    ann.find("delete-link").wait_for(state="detached")


@pytest.mark.usefixtures("cast")
def test_one_comes_in_at_once_where_that_is_set(people: People) -> None:
    ann, eve = people.sign_in("ann"), people.sign_in("eve")
    choose(ann, "joins", "open")
    open_section(ann, "links")
    ann.find("make-link").click()
    eve.page.goto(ann.find("link-url").first.inner_text())
    eve.find("join").click()
    expect(eve.find("chat-title")).to_have_text("The lab")
    expect(eve.find("event").last).to_have_text("Eve joined")


@pytest.mark.usefixtures("cast")
def test_a_nickname_stands_beside_what_one_says(people: People) -> None:
    ann, bob = people.sign_in("ann"), people.sign_in("bob")
    ann.open_conversation("group/lab")
    bob._open_details("group/lab")
    bob.find("my-nickname").fill("Dr Wave")
    bob.find("my-nickname").press("Enter")
    expect(ann.find("event").last).to_have_text("Dr Wave is called “Dr Wave” here")
    bob.open_conversation("group/lab")
    bob.send("hello")
    expect(ann.find("message-name").last).to_have_text("Dr Wave")


def test_members_beyond_the_first_page_are_loaded_and_searched(
    people: People, house: EmbeddedDeployment, cast: tuple[Participant, Participant, Participant]
) -> None:
    for number in range(55):
        guest = register(house.url, f"guest{number:02}", f"Guest {number:02}")
        befriend(cast[0], guest)
        cast[0].api.add_member("lab", guest.name)
    ann = people.sign_in("ann", phone=True)
    ann._open_details("group/lab")
    rows = ann.find("members").locator("> li")
    expect(rows).to_have_count(50)
    ann.find("more-members").click()
    expect(rows).to_have_count(57)
    ann.find("search-members").fill("guest54")
    expect(rows).to_have_count(1)
    ann.find("manage-guest54").click()
    ann.find("remove-guest54").click()
    ann.find("confirm").click()
    expect(rows).to_have_count(1)
    expect(ann.find("members")).to_contain_text("No member of that name")
