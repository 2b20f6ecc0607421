"""The pages without the server: what was read is there, what is written waits, what is over leaves nothing behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Route, expect

from tests.e2e.browser import PATIENCE_MS, Person
from tests.support.deployment import EmbeddedDeployment
from tests.support.people import PASSWORD, Participant, befriend, mosquitto_pub, participant
from tests.support.waiting import wait_for

expect.set_options(timeout=PATIENCE_MS)

API = "**/api/**"
READ_ALL = """async () => {
    const open = (request) => new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });
    const database = await open(indexedDB.open("hongyan"));
    const kept = {};
    for (const store of database.objectStoreNames) {
        const all = database.transaction(store).objectStore(store);
        const [keys, values] = await Promise.all([open(all.getAllKeys()), open(all.getAll())]);
        kept[store] = keys.map((key, index) => [String(key), values[index]]);
    }
    database.close();
    return kept;
}"""

WATCH_ROWS = """() => {
    window.rowsSeen = [];
    const look = () => {
        const rows = [...document.querySelectorAll("[data-testid^='conversation-']")].map((row) => row.dataset.testid);
        const shown = rows.map((name) => name.replace("conversation-", "")).join(" ");
        if (window.rowsSeen.at(-1) !== shown) window.rowsSeen.push(shown);
    };
    look();
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}"""


def kept(person: Person) -> dict[str, dict[str, Any]]:
    """Everything in IndexedDB: stores, and what stands there by key."""
    return {store: dict(records) for store, records in person.page.evaluate(READ_ALL).items()}


def wait_until_kept(person: Person, words: str, there: Callable[[bool], bool] = bool) -> None:
    """Wait until the words stand in what is kept of conversations; `there` turns that round."""
    wait_for(lambda: there(words in json.dumps(kept(person)["conversations"])), what=f"IndexedDB and “{words}”")


def shut_door(person: Person) -> None:
    """No answer from the API, and so no connection, in any page that is opened from now on."""
    person.context.route(API, lambda route: route.abort())


def sign_in_beside(person: Person, name: str) -> None:
    """Somebody signs in to this browser, and no window of it knows yet."""
    body = {"username": name, "password": PASSWORD}
    assert person.context.request.post(f"{person.url}/api/v1/session", data=body).ok


def hold(person: Person, urls: str) -> list[Route]:
    """What the page asks there from now on waits; the list grows with it."""
    held: list[Route] = []

    def keep(route: Route) -> None:
        held.append(route)

    person.page.route(urls, keep)
    return held


@pytest.fixture
def talk(house: EmbeddedDeployment, ann: Person, bob: Person) -> tuple[Participant, Participant]:
    """ann and bob are friends, bob has written twice, and ann has read it."""
    both = participant(house.url, "ann"), participant(house.url, "bob")
    befriend(*both)
    for words in ("the first goose", "the second goose"):
        say(house, both[1], "ann", kind="text", body=words)
    ann.open_conversation("user/bob")
    ann.wait_for_texts(["the first goose", "the second goose"])
    wait_until_kept(ann, "the second goose")
    return both


def say(house: EmbeddedDeployment, who: Participant, to: str, **fields: object) -> None:
    mosquitto_pub(house.mqtt_port, who, f"im/{who.name}/send/user/{to}", json.dumps(fields))


def test_without_the_server_all_is_there_and_what_is_written_leaves_once(
    ann: Person, talk: tuple[Participant, Participant]
) -> None:
    shut_door(ann)
    ann.page.reload()
    ann.wait_for_texts(["the first goose", "the second goose"])
    expect(ann.find("conversation-user/bob")).to_contain_text("the second goose")
    ann.find("reconnecting").wait_for()
    for words in ("a third", "a fourth"):
        ann.send(words)
        ann.wait_for_progress(words, "sending")
    address = ann.page.url
    ann.page.goto("about:blank")
    ann.page.goto(address)
    ann.wait_for_texts(["the first goose", "the second goose", "a third", "a fourth"])
    waiting = sorted(kept(ann)["outbox"].values(), key=lambda item: str(item["id"]))
    assert [item["draft"]["body"] for item in waiting] == ["a third", "a fourth"]
    ann.context.unroute(API)
    ann.find("reconnecting").wait_for(state="detached")
    for words in ("a third", "a fourth"):
        ann.wait_for_progress(words, "sent")
    wait_for(lambda: kept(ann)["outbox"] == {}, what="nothing to wait any longer")
    said = [message for message in talk[0].api.history("user/bob").messages if message.sender == "ann"]
    assert [(message.id, message.body) for message in said] == [(item["id"], item["draft"]["body"]) for item in waiting]


def test_what_is_taken_back_is_taken_from_what_is_kept_and_signing_out_leaves_nothing(
    house: EmbeddedDeployment, ann: Person, talk: tuple[Participant, Participant]
) -> None:
    say(house, talk[1], "ann", kind="recall", of=1)
    ann.find("gone").wait_for()
    wait_until_kept(ann, "the first goose", lambda there: not there)
    ann.page.goto("about:blank")  # she is away
    say(house, talk[1], "ann", kind="recall", of=2)
    ann.open()
    ann.find("conversations").wait_for()
    wait_until_kept(ann, "the second goose", lambda there: not there)
    ann.sign_out()
    wait_for(lambda: not any(kept(ann).values()), what="an empty IndexedDB")
    assert ann.page.evaluate("localStorage.getItem('hongyan.account')") is None


def test_a_sign_in_that_ended_elsewhere_is_said_at_the_door_and_takes_along_what_was_read(
    house: EmbeddedDeployment, ann: Person, talk: tuple[Participant, Participant]
) -> None:
    ann.page.goto("about:blank")
    ann.context.clear_cookies()
    ann.open()
    ann.find("welcome-form").wait_for()
    wait_for(lambda: not any(kept(ann).values()), what="an empty IndexedDB")


def test_who_signed_in_here_meanwhile_gets_their_own_pages_and_nothing_of_the_other_stays(
    ann: Person, talk: tuple[Participant, Participant]
) -> None:
    ann.page.goto("about:blank")
    ann.context.clear_cookies()
    sign_in_beside(ann, "bob")
    ann.open()
    ann.find("conversation-user/ann").wait_for()
    wait_for(lambda: not any("ann" in key.split(",")[0] for key in kept(ann)["lists"]), what="nothing of hers")
    expect(ann.find("conversation-user/bob")).to_have_count(0)


def test_a_window_follows_who_signs_in_in_another_and_shows_nothing_of_who_was_here_before(
    ann: Person, talk: tuple[Participant, Participant]
) -> None:
    ann.go("#/")
    with ann.page.expect_response("**/api/v1/me"):
        ann.page.reload()
    ann.find("conversation-user/bob").wait_for()
    held = hold(ann, "**/api/v1/me")
    ann.page.evaluate(WATCH_ROWS)
    sign_in_beside(ann, "bob")
    other = ann.context.new_page()
    with ann.page.expect_request("**/api/v1/me"):
        other.goto(ann.url)
    other.get_by_test_id("conversation-user/ann").wait_for()
    wait_for(lambda: "bob,heads" in kept(ann)["lists"], what="what bob's window keeps")
    expect(ann.find("conversation-user/bob")).to_have_count(0)
    for route in held:
        route.continue_()
    ann.find("conversation-user/ann").wait_for()
    assert ann.page.evaluate("window.rowsSeen") == ["user/bob", "", "user/ann"]


def test_what_a_window_asked_before_somebody_else_signed_in_is_not_answered_with_theirs(
    ann: Person, talk: tuple[Participant, Participant]
) -> None:
    ann.go("#/")
    held = hold(ann, "**/api/v1/conversations")
    with ann.page.expect_request("**/api/v1/conversations"):
        ann.page.reload()
    ann.find("conversation-user/bob").wait_for()
    wait_for(lambda: held, what="the question that is on its way")
    ann.page.evaluate(WATCH_ROWS)
    sign_in_beside(ann, "bob")
    with ann.page.expect_response("**/api/v1/me") as asked:  # it finds out that its proof is of another
        held[0].continue_()
    assert asked.value.json()["username"] == "bob"
    expect(ann.find("conversation-user/bob")).to_be_visible()
    assert ann.page.evaluate("window.rowsSeen") == ["user/bob"]


def test_what_is_kept_can_be_forgotten_and_what_waits_stays(ann: Person, talk: tuple[Participant, Participant]) -> None:
    shut_door(ann)
    ann.page.reload()
    ann.find("reconnecting").wait_for()
    ann.send("not yet")
    ann.wait_for_progress("not yet", "sending")
    ann.open_settings("data")
    ann.find("forget-kept").click()
    expect(ann.page.get_by_role("dialog")).to_contain_text("One message of yours is not sent yet")
    ann.find("confirm").click()
    ann.find("forgotten").wait_for()
    left = kept(ann)
    assert [len(left[store]) for store in ("accounts", "lists", "conversations", "outbox")] == [0, 0, 0, 1]
    ann.context.unroute(API)
    ann.open_conversation("user/bob")
    ann.wait_for_progress("not yet", "sent")


def test_signing_out_asks_first_where_something_is_unsent(ann: Person, talk: tuple[Participant, Participant]) -> None:
    ann.context.route("**/api/v1/mqtt-token", lambda route: route.abort())  # the server answers, and nothing can leave
    ann.page.reload()
    ann.find("reconnecting").wait_for()
    for words in ("not yet", "nor this"):
        ann.send(words)
        ann.wait_for_progress(words, "sending")
    ann._go("settings")
    ann.find("sign-out").press("Enter")
    question = ann.page.get_by_role("dialog")
    expect(question).to_contain_text("2 messages of yours have not been sent yet")
    ann.page.keyboard.press("Enter")  # what has the focus first is the way to stay
    expect(question).to_have_count(0)
    expect(ann.find("sign-out")).to_be_focused()
    assert len(kept(ann)["outbox"]) == 2
    ann.use_language("zh")
    ann.page.keyboard.press("Control+k")
    ann.find("jump-words").fill("退出登录")
    ann.page.keyboard.press("Enter")
    expect(question).to_contain_text("你还有 2 条消息没有发出")
    question.get_by_role("button", name="仍然退出").press("Enter")
    ann.find("welcome-form").wait_for()
    wait_for(lambda: not any(kept(ann).values()), what="an empty IndexedDB")


def test_a_file_that_was_on_its_way_goes_on_when_the_page_is_opened_again(
    ann: Person, talk: tuple[Participant, Participant]
) -> None:
    ann.context.route("**/api/v1/uploads**", lambda route: route.abort())
    ann.find("attach").click()
    with ann.page.expect_file_chooser() as chooser:
        ann.find("attach-file").click()
    birds: FilePayload = {"name": "list.txt", "mimeType": "text/plain", "buffer": b"goose, swan"}
    chooser.value.set_files(birds)
    expect(ann.find("upload")).to_have_count(1)
    ann.send("the list")
    ann.find("leaving").wait_for()
    wait_for(lambda: len(kept(ann)["uploads"]) == 2, what="the file and what becomes of it to be kept")
    address = ann.page.url
    ann.page.once("dialog", lambda dialog: dialog.accept())  # something has not left yet
    ann.page.goto("about:blank")
    ann.context.unroute("**/api/v1/uploads**")
    ann.page.goto(address)
    ann.wait_for_progress("the list", "sent")
    wait_for(lambda: kept(ann)["uploads"] == {}, what="nothing to be kept of it")
    (said,) = [message for message in talk[0].api.history("user/bob").messages if message.sender == "ann"]
    assert (said.kind, said.body) == ("file", "the list")
