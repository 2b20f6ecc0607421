"""While no page of ours is open: what was written leaves, and what was said to a person is told."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, WebSocket, expect

from tests.e2e.backstage import READY, Backstage
from tests.e2e.browser import PATIENCE_MS, Person
from tests.support.cable import Cable
from tests.support.deployment import EmbeddedDeployment
from tests.support.mqtt import Client
from tests.support.people import PASSWORD, Participant, befriend, register
from tests.support.push_service import PushService, running_push_service
from tests.support.waiting import wait_for

expect.set_options(timeout=PATIENCE_MS)

WAITING = """async () => {
    const asked = indexedDB.open("hongyan");
    const database = await new Promise((resolve, reject) => {
        asked.onsuccess = () => resolve(asked.result);
        asked.onerror = () => reject(asked.error);
    });
    const all = database.transaction("outbox").objectStore("outbox").getAll();
    await new Promise((resolve) => { all.onsuccess = resolve; });
    database.close();
    return all.result.sort((one, other) => one.at - other.at).map(({ id, draft }) => [id, draft.body]);
}"""
ASKED_FOR = "async () => (await navigator.serviceWorker.ready).sync.getTags()"
SUBSCRIBE = """async (body) => {
    const { csrf_token } = await (await fetch("/api/v1/me")).json();
    const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf_token };
    return (await fetch("/api/v1/push/subscriptions", { method: "POST", headers, body: JSON.stringify(body) })).status;
}"""
NOTE_BADGE = "() => { navigator.setAppBadge = async (count) => { self.badge = count } }"
SHOWN = """async () => (await registration.getNotifications())
    .map(({ title, body, tag, icon, badge }) => [title, body, tag, new URL(icon).pathname, new URL(badge).pathname])"""
# Of what a script makes the browser neither waits for the end nor lets it take the focus: that is left to the browser.
CLICK = """async () => {
    const [notification] = await registration.getNotifications();
    const event = new NotificationEvent("notificationclick", { notification });
    const done = new Promise((resolve) => { event.waitUntil = (work) => resolve(work.catch(() => undefined)) });
    dispatchEvent(event);
    await done;
}"""


@pytest.fixture
def service() -> Iterator[PushService]:
    with running_push_service() as service:
        yield service


@pytest.fixture
def options(service: PushService) -> tuple[str, ...]:
    return ("--push-origins", service.origin)


@pytest.fixture
def both(house: EmbeddedDeployment) -> tuple[Participant, Participant]:
    """ann and bob, who are friends."""
    ann, bob = register(house.url, "ann", "Ann"), register(house.url, "bob", "小波")
    befriend(ann, bob)
    return ann, bob


@pytest.fixture
def cable(house: EmbeddedDeployment) -> Cable:
    """What pages and worker have of a network."""
    return house.lay_cable()


@pytest.fixture
def ann(chromium: Browser, cable: Cable, both: tuple[Participant, Participant]) -> Iterator[Person]:
    """ann at her browser, with a worker, and an empty page beside hers."""
    person = Person(chromium, cable.url)
    person.sign_in("ann", PASSWORD)
    person.page.evaluate(READY)
    yield person
    assert person.problems == []
    person.close()


@pytest.fixture
def backstage(ann: Person) -> Backstage:
    """Her worker, seen from a page that stays open when hers are closed."""
    return Backstage(ann, ann.context.new_page())


def test_what_was_written_without_a_network_leaves_once_when_it_returns_though_every_page_is_closed(
    ann: Person, both: tuple[Participant, Participant], cable: Cable, backstage: Backstage
) -> None:
    ann.open_conversation("user/bob")
    cable.cut()
    ann.cut()
    for words in ("written in a tunnel", "and still in it"):
        ann.send(words)
        ann.wait_for_progress(words, "sending")
    wait_for(lambda: len(ann.page.evaluate(WAITING)) == 2, what="both to wait in the browser")
    waiting = [tuple(one) for one in ann.page.evaluate(WAITING)]
    wait_for(lambda: ann.page.evaluate(ASKED_FOR) == ["hongyan-outbox"], what="the browser to be asked")
    ann.page.close()
    assert heard(both[1]) == []

    cable.mend()
    ann.context.set_offline(False)
    calls = itertools.count()

    def came() -> bool:
        if next(calls) % 40 == 0:  # as a browser calls again, where the page that closes still held the line
            backstage.dispatch_sync()
        return len(heard(both[1])) == 2

    backstage.wait(came, "both messages at bob's")
    assert heard(both[1]) == waiting
    backstage.wait(lambda: backstage.worker().evaluate(WAITING) == [], "nothing to wait any longer")

    sent: list[str] = []
    ann.reopen()
    ann.page.on("websocket", lambda socket: note_frames(socket, sent))
    ann.open()
    ann.open_conversation("user/bob")
    ann.wait_for_texts(["written in a tunnel", "and still in it"])
    for words in ("written in a tunnel", "and still in it"):
        ann.wait_for_progress(words, "sent")
    ann.send("out again")
    ann.wait_for_progress("out again", "sent")
    wait_for(lambda: ann.page.evaluate(WAITING) == [], what="nothing to wait any longer")
    assert [words for words in ("tunnel", "still in it", "out again") if words in "".join(sent)] == ["out again"]
    assert [words for _, words in heard(both[1])] == ["written in a tunnel", "and still in it", "out again"]


def heard(bob: Participant) -> list[tuple[str, str]]:
    """What ann has said to him: ids and words."""
    return [(message.id, message.body) for message in bob.api.history("user/ann").messages]


def note_frames(socket: WebSocket, sent: list[str]) -> None:
    socket.on(
        "framesent", lambda frame: sent.append(frame.decode(errors="replace") if isinstance(frame, bytes) else frame)
    )


def test_a_push_message_is_shown_when_no_page_is_looked_at_and_a_click_leads_there(
    ann: Person,
    house: EmbeddedDeployment,
    both: tuple[Participant, Participant],
    service: PushService,
    backstage: Backstage,
) -> None:
    ann.context.grant_permissions(["notifications"])
    subscribed = service.subscribe()
    assert ann.page.evaluate(SUBSCRIBE, subscribed.body) == 201
    ann.page.close()
    bob = Client(house.mqtt_port, "bob", both[1].mqtt_password)
    bob.publish_and_wait(
        "im/bob/send/user/ann", {"id": "m1", "kind": "text", "body": "大雁 **北飞**", "format": "markdown"}
    )
    bob.cut()
    wait_for(lambda: subscribed.pushed, what="the push service to be told")
    backstage.deliver_push("{}")  # not ours, and no harm
    worker = backstage.worker()
    worker.evaluate(NOTE_BADGE)
    backstage.deliver_push(json.dumps(subscribed.pushed[0].said))
    backstage.wait(lambda: worker.evaluate(SHOWN), "the notification")
    assert worker.evaluate(SHOWN) == [["小波", "大雁 北飞", "user/bob", "/icons/icon-192.png", "/icons/badge-96.png"]]
    assert worker.evaluate("badge") == 1

    ann.reopen()
    ann.open()
    ann.find("worker-said").wait_for(state="attached")  # now the page hears its worker
    worker.evaluate(CLICK)
    ann.wait_for_texts(["大雁 北飞"])
    assert worker.evaluate(SHOWN) == []
