"""Writing and handling messages in craft: with keys and a mouse at a desk, with fingers on a phone."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pytest
from PIL import Image
from playwright.sync_api import CDPSession, FilePayload, Locator, expect

from tests.e2e.browser import PATIENCE_MS, People, Person
from tests.support.deployment import EmbeddedDeployment
from tests.support.people import Participant, befriend, register

expect.set_options(timeout=PATIENCE_MS)


@dataclass(frozen=True)
class Cast:
    """Two friends."""

    ann: Participant
    bob: Participant


@pytest.fixture
def cast(house: EmbeddedDeployment) -> Cast:
    cast = Cast(register(house.url, "ann", "Ann"), register(house.url, "bob", "小波"))
    befriend(cast.ann, cast.bob)
    return cast


def bubble(person: Person, words: str) -> Locator:
    """The message of ours or of another with exactly these words."""
    said = person.page.locator("[data-testid=message-text]").get_by_text(words, exact=True)
    return person.page.locator("[data-testid=message][data-seq]").filter(has=said).last


def picture() -> FilePayload:
    file = io.BytesIO()
    Image.new("RGB", (320, 200), "teal").save(file, "PNG")
    return {"name": "sea.png", "mimeType": "image/png", "buffer": file.getvalue()}


def clipboard(person: Person) -> str:
    text: str = person.page.evaluate("navigator.clipboard.readText()")
    return text


def test_at_a_desk_everything_is_written_chosen_and_copied_with_keys(people: People, cast: Cast) -> None:
    ann, bob = (people.sign_in(name) for name in ("ann", "bob"))
    ann.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for person, other in ((ann, "bob"), (bob, "ann")):
        person.open_conversation(f"user/{other}")
    composer, keys = ann.find("composer"), ann.page.keyboard

    # A slash offers what the composer can do; Esc gives the focus back.
    composer.press_sequentially("/po")
    expect(ann.find("command-poll")).to_have_attribute("aria-selected", "true")
    keys.press("Enter")
    ann.find("poll-question").wait_for()
    keys.press("Escape")
    expect(composer).to_be_focused()
    expect(composer).to_have_value("")

    # A colon offers emoji, in both languages; a few of them alone are drawn large.
    composer.press_sequentially("：微笑")
    expect(ann.find("emoji-completion").get_by_role("option").first).to_contain_text("☺️")
    composer.fill("")
    composer.press_sequentially(":goose")
    ann.find("complete-🪿").wait_for()
    keys.press("Tab")
    expect(composer).to_have_value("🪿")
    keys.press("Enter")
    bob.wait_for_text("🪿")
    drawn = bob.find("message-text", bubble(bob, "🪿"))
    assert drawn.evaluate("words => parseFloat(getComputedStyle(words).fontSize)") > 30

    # Enter can be told to make a new line; then Ctrl+Enter sends.
    ann.find("attach").click()
    ann.find("attach-enter").select_option("newline")
    keys.press("Escape")
    composer.fill("one")
    composer.press("Enter")
    composer.press_sequentially("two")
    composer.press("Control+Enter")
    ann.wait_for_progress("one\ntwo", "sent")
    ann.find("attach").click()
    ann.find("attach-enter").select_option("send")
    keys.press("Escape")

    # Code is copied as it stands; what is long is folded.
    ann.send("```\nx = 1\n```")
    ann.find("copy-code").click()
    expect(ann.find("copied")).to_have_text("Copied.")
    assert clipboard(ann) == "x = 1"
    ann.send("\n".join(f"line {number}" for number in range(60)))
    fold = bob.find("fold")
    expect(fold).to_have_text("Show all")
    fold.click()
    expect(fold).to_have_attribute("aria-expanded", "true")
    ann.send("the end")
    bob.wait_for_text("the end")

    # From message to message with the arrows, several with Shift; copied with names and times.
    bob.send("Gladly")
    ann.wait_for_text("Gladly")
    bubble(ann, "the end").evaluate("row => { row.tabIndex = -1; row.focus() }")
    keys.press("Shift+ArrowDown")
    expect(ann.find("selection")).to_contain_text("2 selected")
    ann.find("selected-copy").click()
    lines = clipboard(ann).splitlines()
    assert [lines[1], lines[4]] == ["the end", "Gladly"]
    assert lines[0].startswith("Ann, ")
    assert lines[3].startswith("小波, ")
    keys.press("Escape")
    expect(ann.find("selection")).to_have_count(0)

    # Beside the message below the mouse: answer, and signs.
    bubble(ann, "Gladly").hover()
    ann.find("hover-👍").click()
    expect(bob.find("reaction")).to_have_text("👍")
    bubble(ann, "Gladly").hover()  # the sign below it has moved it
    ann.find("hover-reply").click()
    ann.find("reply-bar").wait_for()
    ann.send("At four")
    bob.wait_for_text("At four")

    # The link of a message leads to it, and from an answer there is a way to its question and back.
    row = bubble(ann, "Gladly")
    row.hover()
    ann.find("message-menu", row).click()
    ann.find("do-link").click()
    expect(ann.find("copied")).to_have_text("The link is copied.")
    assert clipboard(ann).endswith(f"/#/chat/user/bob/at/{row.get_attribute('data-seq')}")
    ann.find("quote", bubble(ann, "At four")).click()
    ann.find("back-to-answer").click()
    expect(ann.find("back-to-answer")).to_have_count(0)

    # A long text that is pasted is offered as a file; files change places before they leave.
    ann.page.evaluate("navigator.clipboard.writeText('一二三四'.repeat(1200))")
    composer.focus()
    keys.press("Control+v")
    ann.find("paste-as-file").click()
    expect(composer).to_have_value("")
    expect(ann.find("upload")).to_have_attribute("data-state", "done")
    ann.find("attach").click()
    ann.find("pick-photo").set_input_files([picture()])
    expect(ann.find("upload").last).to_have_attribute("data-state", "done")
    ann.find("upload-earlier").last.click()
    expect(ann.find("upload").first).to_contain_text("sea.png")
    ann.find("upload-original").click()
    ann.send("with two files")
    bob.wait_for_text("with two files")
    sent = bob.find("message").filter(has_text="with two files")
    expect(sent).to_contain_text("sea.png")
    expect(sent).to_contain_text("text.txt")


class Finger:
    """One finger on the glass, as the browser's own devices send it."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._session: CDPSession = person.context.new_cdp_session(person.page)

    def down(self, x: float, y: float) -> None:
        self._send("touchStart", [{"x": x, "y": y}])

    def move(self, x: float, y: float) -> None:
        self._send("touchMove", [{"x": x, "y": y}])

    def up(self) -> None:
        self._send("touchEnd", [])

    def draw(self, target: Locator, dx: float, dy: float) -> None:
        """From the middle of it, in four steps."""
        x, y = middle(target)
        self.down(x, y)
        for step in range(1, 5):
            self.move(x + dx * step / 4, y + dy * step / 4)
        self.up()

    def _send(self, kind: str, points: list[dict[str, float]]) -> None:
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def middle(target: Locator) -> tuple[float, float]:
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_on_a_phone_messages_are_answered_and_handled_with_fingers(people: People, cast: Cast) -> None:
    ann = people.sign_in("ann", locale="zh-CN", phone=True, touch=True)
    bob = people.sign_in("bob")
    bob.open_conversation("user/ann")
    ann.open_conversation("user/bob")
    for words in ("早", "下午喝茶吗？"):
        bob.send(words)
        ann.wait_for_text(words)
    finger = Finger(ann)
    asked = bubble(ann, "下午喝茶吗？")

    # Drawn aside it is answered; drawn only a little it is not.
    finger.draw(asked.locator(".bubble"), -30, 2)
    expect(ann.find("reply-bar")).to_have_count(0)
    finger.draw(asked.locator(".bubble"), -110, 4)
    expect(ann.find("reply-bar")).to_contain_text("下午喝茶吗？")
    ann.send("好")
    bob.wait_for_text("好")

    # A finger that stays opens the menu, two taps set a sign.
    finger.down(*middle(asked.locator(".bubble")))
    ann.find("menu").wait_for()
    finger.up()
    ann.find("do-select").tap()
    expect(ann.find("selection")).to_contain_text("已选 1 条")
    ann.find("selection").get_by_role("button", name="取消").tap()
    x, y = middle(bubble(ann, "早").locator(".bubble"))
    ann.page.touchscreen.tap(x - 5, y)
    ann.page.touchscreen.tap(x - 5, y)
    expect(bob.find("reaction")).to_have_text("👍")

    # A picture is drawn down to close it.
    ann.find("attach").tap()
    ann.find("pick-photo").set_input_files([picture()])
    ann.find("send").tap()
    ann.find("images").locator("button").tap()
    finger.draw(ann.find("viewer"), 4, 200)
    ann.find("viewer").wait_for(state="detached")
