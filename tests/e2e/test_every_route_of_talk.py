"""The other half of `test_every_route.py`: groups, conversations, files, what is sent later, stickers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Route, expect

from hongyan import Client
from tests.e2e.browser import PATIENCE_MS
from tests.e2e.controls import OF_CONVERSATIONS
from tests.e2e.walking import Walk, choose, fill, give_goose, goose, newest
from tests.support.archives import SLACK, pack
from tests.support.deployment import EmbeddedDeployment
from tests.support.people import Participant, befriend, register

expect.set_options(timeout=PATIENCE_MS)
Enter = Callable[..., Walk]


@pytest.fixture
def lab(trio: dict[str, Participant]) -> dict[str, Participant]:
    """ann owns the group lab, and bob is in it; ann and eve are friends."""
    befriend(trio["ann"], trio["eve"])
    trio["ann"].api.create_group("lab", "The lab")
    trio["ann"].api.add_member("lab", "bob")
    return trio


def test_groups(enter: Enter, trio: dict[str, Participant]) -> None:
    walk = enter("ann")
    ann = walk.person
    ann.find("new-group").click()
    ann.find("group-title").fill("The lab")
    ann.find("group-name").fill("lab")
    walk.press("POST /groups", "GET /groups")
    ann.find("members").wait_for()
    ann.find("section-add").click()
    walk.press("PUT /groups/<name>/members/<username>")
    walk.open("#/chat/group/lab/details", "GET /groups/<name>")
    ann.find("edit-title").click()
    ann.find("title").fill("The tea house")
    walk.press("PATCH /groups/<name>")
    walk.press("PUT /groups/<name>/picture", "GET /groups/<name>/picture", act=give_goose)
    walk.press("DELETE /groups/<name>/picture")
    walk.press("PUT /mutes/group/<name>", act=choose("forever"))
    walk.press("DELETE /mutes/group/<name>", act=choose("off"))
    ann.find("section-announcement").click()
    ann.find("announcement-text").fill("Tea at ten.")
    walk.press("GET /groups/<name>/announcement/readers")
    ann.find("section-back").click()
    ann.find("manage-bob").click()
    walk.press("PATCH /groups/<name>/members/<username>")
    walk.press("PUT /groups/<name>/bans/<username>")
    ann.find("confirm").wait_for(state="detached")
    walk.press("GET /groups/<name>/bans")
    walk.press("DELETE /groups/<name>/bans/<username>")
    ann.add_member("lab", "bob")
    ann.find("manage-bob").click()
    walk.press("DELETE /groups/<name>/members/<username>")
    ann.find("confirm").wait_for(state="detached")
    ann.add_member("lab", "bob")
    ann.find("manage-bob").click()
    walk.press("POST /groups/<name>/owner")
    owner = enter("bob")
    owner.person._open_details("group/lab")
    owner.press("DELETE /groups/<name>")


def test_a_long_group(enter: Enter, house: EmbeddedDeployment, lab: dict[str, Participant]) -> None:
    for number in range(50):
        guest = register(house.url, f"guest{number:02}")
        befriend(lab["ann"], guest)
        lab["ann"].api.add_member("lab", guest.name)
    walk = enter("ann")
    walk.person._open_details("group/lab")
    walk.press("GET /groups/<name>/members", act=fill("guest49"))


def test_links_of_a_group(enter: Enter, lab: dict[str, Participant]) -> None:
    walk, other = enter("ann"), enter("eve")
    ann, eve = walk.person, other.person
    ann._open_details("group/lab")
    ann.find("section-settings").click()
    ann.find("setting-joins").select_option("approval")
    expect(ann.find("settings-state")).to_have_text("Saved.")
    ann.find("section-back").click()
    walk.press("GET /groups/<name>/links")
    walk.press("POST /groups/<name>/links")
    code = ann.find("link-url").first.inner_text().rpartition("/")[2]
    eve.go(f"#/join/{code}")
    other.press("POST /links/<code>/join", "GET /me/join-requests")
    other.press("DELETE /me/join-requests/<request_id>")
    for answer, waits in (("decline", "refuse-eve"), ("accept", "let-eve")):
        eve.find("join").click()
        eve.find("join-waiting").wait_for()
        ann._open_details("group/lab")
        walk.press("GET /groups/<name>/join-requests")
        walk.press(f"POST /groups/<name>/join-requests/<request_id>/{answer}")
        ann.find(waits).wait_for(state="detached")
        eve.page.reload()
    ann._open_details("group/lab")
    ann.find("section-links").click()
    walk.press("DELETE /groups/<name>/links/<link_id>")


CONVERSATION = "/conversations/<conversation>"


def test_a_conversation(enter: Enter, house: EmbeddedDeployment, lab: dict[str, Participant]) -> None:
    with Client(house.url, lab["ann"].token) as device:
        for count in range(120):  # more than what is loaded at once; while nobody is there to get them as they come
            device.send("group/lab", f"Tea {count}")
    walk = enter("ann")
    ann = walk.person
    walk.open("#/chat/group/lab", *(f"GET {CONVERSATION}/{each}" for each in ("pins", "cards")))
    walk.expect(lambda: ann.scroll_up_to("Tea 0"), f"GET {CONVERSATION}/messages")
    walk.open("#/chat/group/lab/thread/4", f"GET {CONVERSATION}/threads/<seq>")
    ann.go("#/chat/group/lab")
    ann.wait_for_text("Tea 119")
    with Client(ann.url, lab["bob"].token) as bob:
        asked = bob.send_poll("group/lab", "Tea?", "yes", "no", anonymous=True)
        ann.find("poll").wait_for()  # of an anonymous poll the sums have to be asked for
        walk.expect(lambda: bob.vote(asked, 0), f"GET {CONVERSATION}/messages/<seq>")
    ann.send("Gladli")
    ann.wait_for_progress("Gladli", "sent")
    ann.find("composer").press("ArrowUp")
    ann.send("Gladly")
    ann.find("edited").wait_for()
    for deed in ("versions", "readers"):
        walk.press(f"GET {CONVERSATION}/messages/<seq>/{deed}", inside=newest(ann, "Gladly"))
        ann.page.keyboard.press("Escape")
        ann.page.locator("dialog").wait_for(state="detached")
    walk.press(f"POST {CONVERSATION}/hidden", inside=newest(ann, "Gladly"))
    ann.find("confirm").wait_for(state="detached")
    for key in ("group", "user"):
        ann.go(f"#/chat/{key}/{'lab' if key == 'group' else 'bob'}")
        name = "<name>" if key == "group" else "<peer>"
        walk.press(f"PUT /conversations/{key}/{name}/draft", act=fill("Tea at"))
        walk.press(f"DELETE /conversations/{key}/{name}/draft", act=fill(""))
    for method in ("PUT", "DELETE"):
        ann.find("conversation-group/lab").hover()  # where its menu is shown
        walk.press(f"{method} {CONVERSATION}/marks/<mark>")
    walk.press(f"GET {CONVERSATION}/media")
    ann.go("#/search")
    walk.press("GET /search", act=fill("Tea"))


def test_how_long_it_is_kept_and_where_it_goes(enter: Enter, lab: dict[str, Participant]) -> None:
    walk = enter("ann")
    ann = walk.person
    walk.open("#/chat/user/bob/details", "GET /imports")
    walk.press(f"PATCH {CONVERSATION}", act=choose("30"))
    walk.download(f"GET {CONVERSATION}/export")
    ann.find("import").click()
    archive: FilePayload = {"name": "slack.zip", "mimeType": "application/zip", "buffer": pack(SLACK)}
    ann.find("import-file").set_input_files(archive)
    walk.press(f"POST {CONVERSATION}/imports")
    walk.press("DELETE /imports/<import_id>")


def test_a_link_is_shown_with_its_page(enter: Enter, trio: dict[str, Participant]) -> None:
    walk = enter("ann")
    ann = walk.person

    def tell(route: Route) -> None:  # the page itself lies outside; what is asked for is ours
        page = {"url": "https://example.org/tea", "title": "Tea", "description": "", "site": "", "picture": True}
        if "/picture" in route.request.url:
            route.fulfill(body=goose()["buffer"], content_type="image/png")
        else:
            route.fulfill(json={"preview": page})

    ann.page.route("**/api/v1/previews**", tell)
    ann.page.route("**/api/v1/previews/**", tell)
    with Client(ann.url, trio["bob"].token) as bob:
        bob.send("user/ann", "https://example.org/tea")
    walk.open("#/chat/user/bob", "GET /previews", "GET /previews/picture")


def test_files(enter: Enter, trio: dict[str, Participant]) -> None:
    walk = enter("ann")
    ann = walk.person
    ann.open_conversation("user/bob")
    ann.page.route(
        "**/api/v1/uploads/*", lambda route: route.abort() if route.request.method == "PATCH" else route.continue_()
    )
    ann.find("attach").click()
    ann.find("pick-photo").set_input_files(goose())
    expect(ann.find("upload")).to_have_attribute("data-state", "waiting")
    walk.press("DELETE /uploads/<upload_id>")
    ann.page.unroute("**/api/v1/uploads/*")
    ann.find("attach").click()
    walk.press("POST /uploads", "PATCH /uploads/<upload_id>", "GET /files/<file_id>/about", act=give_goose)
    expect(ann.find("upload")).to_have_attribute("data-state", "done")
    walk.press("GET /files/<file_id>/thumb")
    walk.expect(ann.find("images").locator("button").first.click, "GET /files/<file_id>")


def test_later(enter: Enter, trio: dict[str, Participant]) -> None:
    walk = enter("ann")
    ann = walk.person
    ann.open_conversation("user/bob")
    for _ in range(2):
        ann.find("composer").fill("Good morning")
        ann.find("attach").click()
        ann.find("attach-later").click()
        walk.press("POST /scheduled")
        ann.find("dialog-do").wait_for(state="detached")
    walk.press("GET /scheduled")
    ann.find("scheduled-change").first.click()
    ann.find("scheduled-body").fill("Good evening")
    walk.press("PATCH /scheduled/<number>")
    walk.press("POST /scheduled/<number>/send")
    expect(ann.find("scheduled-delete")).to_have_count(1)
    walk.press("DELETE /scheduled/<number>")


def test_stickers(enter: Enter, trio: dict[str, Participant]) -> None:
    walk, other = enter("ann"), enter("bob")
    ann, bob = walk.person, other.person
    ann.open_conversation("user/bob")
    walk.press("GET /stickers")
    ann.find("new-pack").click()
    ann.find("pack-title").fill("Geese")
    ann.find("pack-name").fill("geese")
    walk.press("POST /stickers")
    ann.find("add-sticker").click()
    ann.find("sticker-file").set_input_files(goose())
    ann.find("sticker-name").fill("goose")
    walk.press("PUT /stickers/<pack>/<name>")
    ann.find("sticker-goose").click()
    bob.open_conversation("user/ann")
    other.press("GET /stickers/<pack>")
    for route in ("PUT /me/stickers/<pack>", "DELETE /me/stickers/<pack>"):
        other.press(route)
    ann.find("sticker").click()
    walk.press("DELETE /stickers/<pack>/<name>")
    ann.find("close-dialog").click()
    ann.find("emoji").click()
    ann.find("tab-stickers").click()
    walk.press("DELETE /stickers/<pack>")


def test_every_control_was_pressed() -> None:
    """Last: the tests above have reached what the table lists."""
    missed = set(OF_CONVERSATIONS) - Walk.pressed
    assert missed == set(), "not reached by the tests of this file: run all of them, or press it in one"
