"""Every common kind of message and every mark, written by one person at a browser and seen by another at theirs."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Locator, expect

from tests.e2e.browser import PATIENCE_MS, Person
from tests.support.deployment import EmbeddedDeployment
from tests.support.people import register

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(autouse=True)
def lab(ann: Person, bob: Person) -> None:
    """ann and bob are friends, members of one group, and look at it."""
    ann.add_friend("bob")
    bob.accept("ann")
    ann.create_group("lab", "The lab", ["bob"])
    for person in (ann, bob):
        person.open_conversation("group/lab")


def bubble(person: Person, words: str) -> Locator:
    """The newest message with these words, quotes aside."""
    said = person.find("message-text").filter(has_text=words)
    return person.find("message").filter(has=said).last


def do(person: Person, words: str, deed: str) -> None:
    """Choose from the menu of a message."""
    row = bubble(person, words)
    row.hover()
    person.find("message-menu", row).click()
    person.find(deed).click()


def both_see(ann: Person, bob: Person, words: str) -> None:
    """Stamped for the one, arrived at the other."""
    for person in (ann, bob):
        person.page.locator("[data-testid=message][data-seq]").filter(has_text=words).wait_for()


def picture(name: str, color: str) -> FilePayload:
    file = io.BytesIO()
    Image.new("RGB", (320, 200), color).save(file, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": file.getvalue()}


def test_marked_words_are_shown_with_their_marks_and_nothing_else(ann: Person, bob: Person) -> None:
    ann.send("**bold** and *slanted*, `code`, <b>no tag</b>\n- one\n- two")
    words = bob.find("message-text").last
    for tag, text in (("strong", "bold"), ("em", "slanted"), ("code", "code"), ("li >> nth=1", "two")):
        expect(words.locator(tag)).to_have_text(text)
    expect(words).to_contain_text("<b>no tag</b>")
    expect(words.locator("b")).to_have_count(0)


def test_pictures_go_up_by_the_file_chooser_and_are_seen(ann: Person, bob: Person) -> None:
    ann.find("attach").click()
    with ann.page.expect_file_chooser() as chooser:
        ann.find("attach-photo").click()
    chooser.value.set_files([picture("sea.png", "teal"), picture("sand.png", "orange")])
    expect(ann.find("upload")).to_have_count(2)
    ann.send("By the sea")
    both_see(ann, bob, "By the sea")
    images = bob.find("images").last.locator("img")
    expect(images).to_have_count(2)
    for place in (0, 1):
        expect(images.nth(place)).to_have_js_property("complete", value=True)
        assert images.nth(place).evaluate("image => image.naturalWidth") == 320
    images.first.click()
    bob.find("viewer").wait_for()
    bob.page.keyboard.press("Escape")
    bob.find("viewer").wait_for(state="detached")


def test_votes_are_counted_for_everybody_and_can_be_taken_back(ann: Person, bob: Person) -> None:
    ann.find("attach").click()
    ann.find("attach-poll").click()
    ann.find("poll-question").fill("Lunch?")
    for place, option in enumerate(("Noodles", "饺子")):
        ann.find("poll-option").nth(place).fill(option)
    ann.find("dialog-do").click()
    ann.find("poll-question").wait_for(state="detached")
    both_see(ann, bob, "Lunch?")
    bob.find("poll-option").filter(has_text="饺子").click()
    ann.find("poll-option").filter(has_text="饺子").click()
    for person in (ann, bob):
        expect(person.find("poll-result").filter(has_text="饺子")).to_contain_text("2")
        expect(person.find("poll-result").filter(has_text="Noodles")).to_contain_text("0")
    bob.find("poll-take-back").click()
    expect(ann.find("poll-result").filter(has_text="饺子")).to_contain_text("1")


def test_an_answer_quotes_and_follows_what_becomes_of_it(ann: Person, bob: Person) -> None:
    ann.send("Tea at for?")
    both_see(ann, bob, "Tea at for?")
    do(bob, "Tea at for?", "do-reply")
    bob.find("reply-bar").wait_for()
    bob.send("Gladly")
    expect(ann.find("quote", bubble(ann, "Gladly"))).to_contain_text("Tea at for?")

    do(ann, "Tea at for?", "do-edit")
    expect(ann.find("composer")).to_have_value("Tea at for?")
    ann.send("Tea at four?")
    ann.find("edit-bar").wait_for(state="detached")
    bob.wait_for_text("Tea at four?")
    bob.find("edited").wait_for()
    expect(bob.find("quote")).to_contain_text("Tea at four?")

    do(bob, "Gladly", "do-takeBack")
    bob.find("confirm").click()
    for person in (ann, bob):
        person.find("gone").wait_for()
        expect(person.find("message").filter(has_text="Gladly")).to_have_count(0)


def test_a_sign_is_set_joined_and_taken_away(ann: Person, bob: Person) -> None:
    ann.send("It works")
    both_see(ann, bob, "It works")
    do(bob, "It works", "react-🎉")
    expect(ann.find("reaction")).to_have_text("🎉")
    ann.find("reaction").click()
    expect(bob.find("reaction")).to_have_text("🎉2")
    bob.find("reaction").click()
    expect(ann.find("reaction")).to_have_text("🎉")
    ann.find("reaction").click()
    for person in (ann, bob):
        person.find("reaction").wait_for(state="detached")


def test_what_is_found_is_jumped_to_and_where_nothing_was_said_nothing_is_found(
    ann: Person, bob: Person, house: EmbeddedDeployment
) -> None:
    register(house.url, "eve", "Eve")
    for friend_or_stranger in ("ann", "eve"):
        bob.go(f"#/chat/user/{friend_or_stranger}")
        bob.find("composer").wait_for()
        bob.page.keyboard.press("Control+f")
        bob.find("search-words").fill("龙井")
        bob.find("nothing-found").wait_for()
        expect(bob.page.get_by_role("alert")).to_have_count(0)
    bob.open_conversation("group/lab")
    ann.send("今天喝龙井茶")
    for count in range(30):
        ann.send(f"and then {count}")
    both_see(ann, bob, "and then 29")
    bob.page.keyboard.press("Control+Shift+F")
    bob.find("search-words").fill("龙井")
    expect(bob.find("result").locator("mark")).to_have_text("龙井")
    bob.find("result").click()
    expect(bubble(bob, "今天喝龙井茶")).to_be_in_viewport()
    expect(bubble(bob, "and then 29")).not_to_be_in_viewport()
