"""A long conversation: where it opens, what is held while one scrolls, and that nothing moves for the reader."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from hongyan import Client
from tests.e2e.browser import People, Person
from tests.support.deployment import EmbeddedDeployment
from tests.support.people import Participant, befriend, register
from tests.support.waiting import wait_for

LONG = 420
A_FEW_SCREENS = 120  # more than the pages ask for when a conversation is opened


@pytest.fixture
def friends(house: EmbeddedDeployment) -> tuple[Participant, Participant]:
    """ann and bob; ann has said much to bob."""
    ann, bob = register(house.url, "ann", "Ann"), register(house.url, "bob", "小波")
    befriend(ann, bob)
    with Client(house.url, ann.token) as client:
        for number in range(1, LONG + 1):
            client.send("user/bob", f"line {number}")
    return ann, bob


def stand(page: Page, text: str) -> float | None:
    """How far below the top of the view a message begins; None where it is not in the page."""
    found: float | None = page.evaluate(
        """text => {
            const box = document.querySelector("[data-testid=messages]").getBoundingClientRect();
            const said = [...document.querySelectorAll("[data-testid=message-text]")];
            const row = said.find((part) => part.textContent.trim() === text)?.closest("li");
            return row ? row.getBoundingClientRect().top - box.top : null;
        }""",
        text,
    )
    return found


def scroll(person: Person, pixels: int) -> None:
    """And let the pages see it."""
    person.page.evaluate(
        """by => new Promise((done) => {
            document.querySelector("[data-testid=messages]").scrollTop += by;
            window.watched?.note();
            requestAnimationFrame(() => done());
        })""",
        pixels,
    )


def watch(page: Page) -> None:
    """From now on note by how much what is in view moves when rows come or go."""
    page.evaluate(
        """() => {
            const box = document.querySelector("[data-testid=messages]");
            const topOf = (row) => row.getBoundingClientRect().top;
            const note = () => {
                const rows = [...box.querySelectorAll("[data-testid=message]")];
                watched.row = rows.find((row) => row.getBoundingClientRect().bottom > topOf(box) + 1);
                watched.top = topOf(watched.row);
            };
            window.watched = { moved: 0, most: 0, changes: 0, note };
            new MutationObserver(() => {
                watched.changes += 1;
                watched.most = Math.max(watched.most, box.querySelectorAll("li").length);
                if (watched.row.isConnected)
                    watched.moved = Math.max(watched.moved, Math.abs(topOf(watched.row) - watched.top));
            }).observe(box.querySelector("ol"), { childList: true, subtree: true });
            box.addEventListener("scroll", note);
            note();
        }"""
    )


NOTE_FRAMES = """() => {
    window.frames = [];
    const look = () => {
        const box = document.querySelector("[data-testid=messages]");
        const count = box?.querySelectorAll("[data-testid=message]").length ?? 0;
        const fromEnd = box ? box.scrollHeight - box.scrollTop - box.clientHeight : 0;
        if (count !== (frames.at(-1)?.count ?? 0)) frames.push({ count, fromEnd });
        requestAnimationFrame(look);
    };
    look();
}"""


def numbers(person: Person) -> list[int]:
    return [int(text.removeprefix("line ")) for text in person.texts()]


def test_a_long_conversation_is_read_from_its_first_unread_message_to_both_ends(
    people: People, friends: tuple[Participant, Participant]
) -> None:
    bob = people.sign_in("bob")
    bob.open_conversation("user/ann")
    # It opens at what is new, with the line near the top, and nothing counts as read yet.
    bob.wait_for_text("line 1")
    expect(bob.find("to-end")).to_contain_text(str(LONG))
    assert numbers(bob)[0] == 1
    # Down to the end: what was above is let go, without a hole or a double.
    held: list[int] = []

    def at_the_end() -> bool:
        scroll(bob, 700)
        seen = numbers(bob)
        held.append(len(seen))
        assert seen == list(range(seen[0], seen[0] + len(seen)))
        return seen[-1] == LONG and bob.find("to-end").count() == 0

    wait_for(at_the_end, what="the end of the conversation")
    assert max(held) <= 200
    assert numbers(bob)[0] > 1
    wait_for(lambda: bob.unread("user/ann") == 0, what="everything to be read")
    # Up again: nothing moves when rows come above and go below.
    watch(bob.page)
    scroll(bob, -100_000)  # faster than the pages come

    def at_the_beginning() -> bool:
        scroll(bob, -700)
        return numbers(bob)[0] == 1 and stand(bob.page, "line 1") is not None

    wait_for(at_the_beginning, what="the beginning of the conversation")
    watched: dict[str, float] = bob.page.evaluate("({ ...watched, row: 0, note: 0 })")
    assert watched["changes"] > 0
    assert watched["moved"] < 1.5
    assert watched["most"] < 300
    assert numbers(bob)[-1] < LONG
    # By key to both ends.
    log = bob.find("messages")
    log.press("End")
    bob.wait_for_text(f"line {LONG}")
    expect(bob.find("to-end")).to_have_count(0)
    log.press("Home")
    bob.wait_for_text("line 1")
    wait_for(lambda: (stand(bob.page, "line 1") or -1) >= 0, what="the first line in view")


def test_a_conversation_that_is_read_shows_its_end_at_once_and_what_is_above_with_the_next_frames(
    people: People, friends: tuple[Participant, Participant]
) -> None:
    ann = people.sign_in("ann")
    ann.page.evaluate(NOTE_FRAMES)
    ann.open_conversation("user/bob")
    ann.wait_for_text(f"line {LONG - 49}")
    frames: list[dict[str, float]] = ann.page.evaluate("frames")
    assert [frame["count"] for frame in frames[:3]] == [17, 32, 47]
    assert all(frame["fromEnd"] < 2 for frame in frames)  # nothing moves for who has begun to read
    assert numbers(ann) == list(range(LONG - 49, LONG + 1))


def test_a_conversation_opens_where_it_was_left_and_says_what_arrives(
    people: People, friends: tuple[Participant, Participant], house: EmbeddedDeployment
) -> None:
    bob = people.sign_in("bob")
    bob.open_conversation("user/ann")
    bob.wait_for_text("line 1")
    bob.find("messages").press("End")
    bob.wait_for_text(f"line {LONG}")
    wait_for(lambda: bob.unread("user/ann") == 0, what="everything to be read")
    bob.find("messages").press("Home")
    bob.wait_for_text("line 40")
    bob.page.get_by_text("line 40", exact=True).scroll_into_view_if_needed()
    scroll(bob, 7)
    before = stand(bob.page, "line 40")
    bob.go("#/people")
    bob.find("search").wait_for()
    bob.go("#/chat/user/ann")
    bob.wait_for_text("line 40")
    wait_for(lambda: stand(bob.page, "line 40") == pytest.approx(before, abs=1), what="the place where it was left")
    # What arrives moves nothing, is counted, and is said; what is loaded is not said.
    announcer = bob.find("announcer")
    assert announcer.inner_text() == ""
    with Client(house.url, friends[0].token) as ann:
        ann.send("user/bob", "the goose has landed")
        expect(announcer).to_have_text("Ann: the goose has landed")
        expect(bob.find("to-end")).to_contain_text("1")
        assert stand(bob.page, "line 40") == pytest.approx(before, abs=1)
        # A message of one's own goes to the end.
        bob.send("so it has")
        bob.wait_for_progress("so it has", "sent")
        expect(bob.find("to-end")).to_have_count(0)
        bob.wait_for_text("the goose has landed")


def test_pictures_are_turned_over_to_the_first_of_the_conversation_though_the_page_does_not_hold_it(
    house: EmbeddedDeployment, people: People, tmp_path: Path
) -> None:
    ann, bob = register(house.url, "ann", "Ann"), register(house.url, "bob", "小波")
    befriend(ann, bob)
    files = {name: tmp_path / f"{name}.png" for name in ("first", "second", "third", "last")}
    for file in files.values():
        Image.new("RGB", (32, 20), "teal").save(file)
    with Client(house.url, ann.token) as client:
        client.send_image("user/bob", files["first"])
        client.send_image("user/bob", files["second"], files["third"])
        for number in range(A_FEW_SCREENS):
            client.send("user/bob", f"line {number}")
        client.send_image("user/bob", files["last"])
    reader = people.sign_in("ann")
    reader.open_conversation("user/bob")
    title = reader.find("viewer").locator(".tools span").first
    for where, picture in (("", "[data-testid=images] button"), ("/media", ".panel .grid button")):
        reader.go(f"#/chat/user/bob{where}")
        reader.page.locator(picture).first.click()
        for name in ("last.png · 4/4", "third.png · 3/4", "second.png · 2/4", "first.png · 1/4", "last.png · 4/4"):
            expect(title).to_have_text(name)
            reader.page.keyboard.press("ArrowLeft")
        reader.page.keyboard.press("Escape")
        expect(title).to_have_count(0)
