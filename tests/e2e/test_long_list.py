"""A list of many conversations: drawn as one comes to it, whole for the keyboard."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.browser import PATIENCE_MS, People, Person
from tests.support.deployment import EmbeddedDeployment
from tests.support.people import register
from tests.support.waiting import wait_for

expect.set_options(timeout=PATIENCE_MS)
GROUPS = 70


def rows(person: Person) -> list[str]:
    found: list[str] = person.page.eval_on_selector_all(
        "[data-testid=conversations] a.row", "rows => rows.map((row) => row.getAttribute('href'))"
    )
    return found


def test_a_long_list_is_drawn_as_one_comes_to_it(house: EmbeddedDeployment, people: People) -> None:
    ann = register(house.url, "ann", "Ann").api
    for number in range(GROUPS):
        ann.create_group(f"pond-{number:02}", f"Pond {number:02}")
    page = people.sign_in("ann")
    keys = page.page.keyboard
    page.find("conversations").locator("a.row").first.wait_for()
    assert len(rows(page)) < 60
    # By wheel to the end: all of it comes.
    page.find("conversations").hover()

    def at_the_end() -> bool:
        page.page.mouse.wheel(0, 900)
        return len(rows(page)) == GROUPS

    wait_for(at_the_end, what="the whole list")
    # By key, and by an address of which the row was not drawn yet.
    page.page.reload()
    page.find("conversations").locator("a.row").first.focus()
    keys.press("End")
    wait_for(lambda: len(rows(page)) == GROUPS, what="the whole list")
    expect(page.find("conversations").locator("a.row").last).to_be_focused()
    last = rows(page)[-1]
    page.page.reload()
    page.find("conversations").locator("a.row").first.wait_for()
    page.go(last)
    expect(page.find("conversations").locator(f"a.row[href='{last}']")).to_have_attribute("aria-current", "page")
