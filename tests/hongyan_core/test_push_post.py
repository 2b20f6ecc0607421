from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping

import peewee
import pytest

from hongyan_core.actions.credentials import issue_credential
from hongyan_core.actions.push import subscribe
from hongyan_core.push.parcels import Address, Packer
from hongyan_core.push.post import Answer, Post
from hongyan_core.push.vapid import Vapid, encode_base64url
from hongyan_core.store import push as store
from hongyan_core.store.models import Account, Credential, PushSubscription, StoredMessage
from tests.support.cast import make_account
from tests.support.push_service import Subscribed, check_sender, decrypt
from tests.support.talk import Log, open_log
from tests.support.waiting import wait_for

KEY = b"k" * 32
NOW = 10**12
WEEK_MS = 7 * 86_400_000
OK, GONE, BUSY = Answer(201), Answer(410), Answer(503)


class Desk:
    """A post whose push service says what a test wants: answers one after the other, then `OK`."""

    def __init__(self, ann: Account) -> None:
        self.ann = ann
        self.answers: list[Answer | Exception] = []
        self.taken: list[tuple[str, dict[str, str], bytes]] = []
        self.looks = 0  # at the clock
        self.meanwhile: Callable[[], object] = lambda: None
        self.post = Post(
            Vapid(KEY, "https://chat.example.org"),
            self._deliver,
            clock=self._now,
            max_waiting=3,
            retry_after_s=(0.0, 0.0),
        )

    def _now(self) -> int:
        self.looks += 1
        return NOW

    def _deliver(self, endpoint: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.taken.append((endpoint, dict(headers), body))
        self.meanwhile()
        answer = self.answers.pop(0) if self.answers else OK
        if isinstance(answer, Exception):
            raise answer
        return answer

    def send(self, *, about: str = "user/bob", of: tuple[int, int] | None = None, urgent: bool = True) -> None:
        """Tell every browser of ann's."""
        packer = Packer(KEY)
        found = store.find_subscriptions([self.ann.id], at_ms=NOW)
        self.post.post(packer.pack(each, b"{}", about=about, of=of, urgent=urgent) for each in found)

    def wait_for(self, times: int) -> None:
        wait_for(lambda: len(self.taken) >= times, what="the push service to be asked")


@pytest.fixture
def ann(database: peewee.Database) -> Account:
    return make_account("ann")


@pytest.fixture
def desk(ann: Account) -> Iterator[Desk]:
    desk = Desk(ann)
    yield desk
    desk.post.close()


@pytest.fixture
def browser(ann: Account) -> Subscribed:
    return listen(ann)


def listen(ann: Account) -> Subscribed:
    credential, _ = issue_credential(ann, "cookie", "Firefox", at_ms=1)
    browser = Subscribed(f"https://push.example/send/{credential.id}-secret")
    address = Address(browser.endpoint, encode_base64url(browser.point), encode_base64url(browser.auth))
    subscribe(ann, credential, address, server_key=KEY, own_origins=(), at_ms=NOW - 1)
    return browser


def row() -> PushSubscription | None:
    found: PushSubscription | None = PushSubscription.get_or_none()
    return found


def test_what_leaves_is_for_the_browser_alone_and_says_how_urgent_it_is(desk: Desk, browser: Subscribed) -> None:
    desk.send()
    desk.wait_for(1)
    ((endpoint, headers, body),) = desk.taken
    assert (endpoint, decrypt(body, browser)) == (browser.endpoint, b"{}")
    assert check_sender(headers.pop("Authorization"))["aud"] == "https://push.example"
    assert len(headers.pop("Topic")) == 32
    assert headers == {
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": "86400",
        "Urgency": "high",
    }


def test_the_newest_of_a_conversation_takes_the_place_of_the_one_before(desk: Desk, browser: Subscribed) -> None:
    for about in ("user/bob", "user/bob", "group/lab"):
        desk.send(about=about)
    desk.wait_for(3)
    topics = {headers["Topic"] for _, headers, _ in desk.taken}
    assert len(topics) == 2


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(desk: Desk, browser: Subscribed, status: int) -> None:
    desk.answers = [Answer(status)]
    desk.send()
    wait_for(lambda: row() is None, what="the subscription to go")


@pytest.mark.parametrize("answer", [BUSY, Answer(429, 0.0), ConnectionError("https://push.example/send/1-secret")])
def test_what_another_time_may_mend_is_tried_again(desk: Desk, browser: Subscribed, answer: Answer | Exception) -> None:
    desk.answers = [answer, answer]
    desk.send()
    desk.wait_for(3)
    wait_for(lambda: (row() or PushSubscription()).last_ok_ms == NOW, what="the success to be kept")


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda: Credential.delete().execute(), id="signed out"),
        pytest.param(lambda: PushSubscription.delete().execute(), id="turned off"),
        pytest.param(lambda: Credential.update(expires_at_ms=NOW).execute(), id="the session is over"),
    ],
)
def test_who_went_meanwhile_is_not_tried_again(desk: Desk, browser: Subscribed, end: Callable[[], object]) -> None:
    desk.answers, desk.meanwhile = [BUSY, BUSY, BUSY], end
    desk.send()
    wait_for(lambda: desk.looks >= 2, what="the second turn")
    desk.post.close()
    assert len(desk.taken) == 1


@pytest.mark.parametrize(
    ("change", "times"),
    [
        pytest.param(lambda talk, ann: talk.read(ann, 0), 3, id="not read"),
        pytest.param(lambda talk, ann: talk.read(ann, 1), 1, id="read"),
        pytest.param(lambda talk, ann: StoredMessage.update(kind="gone").execute(), 1, id="taken back"),
        pytest.param(lambda talk, ann: StoredMessage.delete().execute(), 1, id="removed by age"),
    ],
)
def test_a_message_that_was_read_or_taken_back_meanwhile_is_not_tried_again(
    desk: Desk, browser: Subscribed, ann: Account, change: Callable[[Log, Account], object], times: int
) -> None:
    bob = make_account("bob")
    talk = open_log(ann, bob)
    seq = talk.say(bob, "hello")
    desk.answers, desk.meanwhile = [BUSY, BUSY, BUSY], lambda: change(talk, ann)
    desk.send(of=(talk.id, seq))
    desk.wait_for(times)
    wait_for(lambda: desk.looks >= 2, what="the second turn")
    desk.post.close()
    assert len(desk.taken) == times


def test_a_push_service_that_is_slow_holds_up_nobody_else(ann: Account) -> None:
    slow, quick = listen(ann), listen(ann)
    over, asked = threading.Event(), list[str]()

    def deliver(endpoint: str, _headers: Mapping[str, str], _body: bytes) -> Answer:
        asked.append(endpoint)
        if endpoint == slow.endpoint:
            over.wait(0.1 if asked.count(endpoint) == 1 else None)
        return OK

    post = Post(Vapid(KEY, "https://chat.example.org"), deliver, clock=lambda: NOW, slow_s=0.05)
    to_slow, to_quick = (
        Packer(KEY).pack(each, b"{}", urgent=True) for each in store.find_subscriptions([ann.id], at_ms=NOW)
    )
    try:
        post.post([to_slow])
        wait_for(
            lambda: PushSubscription.select().where(PushSubscription.last_ok_ms == NOW).exists(), what="the answer"
        )
        post.post([to_slow] * 10)
        wait_for(lambda: len(asked) >= 3, what="it to be slow")
        post.post([to_quick])
        wait_for(lambda: quick.endpoint in asked, what="the other one to be told")
    finally:
        over.set()
        post.close()


def test_who_fails_again_and_again_is_given_up_and_nothing_secret_is_logged(
    desk: Desk, browser: Subscribed, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    desk.answers = [BUSY, ConnectionError(browser.endpoint), BUSY]
    desk.send()
    wait_for(lambda: (row() or PushSubscription()).failures == 1, what="the failure to be counted")
    assert len(desk.taken) == 3
    assert "given up" in caplog.text
    assert "push.example" not in caplog.text


def test_a_refusal_is_not_repeated(desk: Desk, browser: Subscribed) -> None:
    desk.answers = [Answer(403)]
    desk.send()
    wait_for(lambda: (row() or PushSubscription()).failures == 1, what="the failure to be counted")
    desk.send()
    wait_for(lambda: (row() or PushSubscription()).failures == 0, what="the success to be kept")
    assert len(desk.taken) == 2


@pytest.mark.parametrize(
    ("failures", "last_ok_ms", "stays"),
    [(18, None, True), (19, None, False), (19, NOW - WEEK_MS + 1, True), (19, NOW - WEEK_MS - 1, False)],
)
def test_a_browser_is_forgotten_after_a_week_of_failures(
    browser: Subscribed, failures: int, last_ok_ms: int | None, stays: bool
) -> None:
    PushSubscription.update(failures=failures, last_ok_ms=last_ok_ms, created_at_ms=1).execute()
    store.note_failure(PushSubscription.get().id, at_ms=NOW)
    assert (row() is not None) is stays


def test_what_is_too_much_is_dropped_and_the_log_says_so(
    desk: Desk, ann: Account, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(5):
        listen(ann)
    desk.send()
    assert "2 push messages were dropped" in caplog.text
    desk.wait_for(3)


def test_after_the_end_nothing_leaves(desk: Desk, browser: Subscribed) -> None:
    desk.post.close()
    desk.send()
    assert desk.taken == []
