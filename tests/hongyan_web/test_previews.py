from __future__ import annotations

import threading
from collections.abc import Callable
from urllib.parse import quote

import pytest

from hongyan_web import limits, previews
from hongyan_web.page_reader import SeenPage
from hongyan_web.page_words import PageWords
from tests.hongyan_web.site import Site, Visitor
from tests.support.images import draw, write

PAGE = "https://news.example.org/a?b=1"
DAY_MS = 86_400_000
IMAGE = write(draw(), "WEBP")
SHOWN = {"url": PAGE, "title": "Hi", "description": "words", "site": "The News", "picture": True}


class Web:
    """What there is to see, and what was looked at."""

    def __init__(self) -> None:
        self.page: SeenPage | None = SeenPage(PageWords("Hi", "words", "The News", "x"), IMAGE)
        self.asked: list[str] = []

    def look_at(self, url: str) -> SeenPage | None:
        self.asked.append(url)
        return self.page


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    web = Web()
    monkeypatch.setattr(previews, "look_at", web.look_at)
    return web


def ask(visitor: Visitor, url: str = PAGE) -> object:
    said = visitor.get(f"/previews?url={quote(url, safe='')}")
    assert said.status == 200
    return said.body["preview"]


def test_a_page_is_looked_at_once_a_week_for_all(site: Site, ann: Visitor, bob: Visitor, web: Web) -> None:
    assert [ask(ann), ask(bob), ask(ann, f"{PAGE}#part")] == [SHOWN] * 3
    assert web.asked == [PAGE]
    site.clock.now_ms += 7 * DAY_MS - 1
    assert ask(ann) == SHOWN
    site.clock.now_ms += 1
    assert ask(ann) == SHOWN
    assert web.asked == [PAGE] * 2


def test_that_there_is_nothing_is_known_for_an_hour(site: Site, ann: Visitor, web: Web) -> None:
    page, web.page = web.page, None
    assert [ask(ann), ask(ann)] == [None, None]
    web.page = page
    site.clock.now_ms += DAY_MS // 24
    assert ask(ann) == SHOWN
    assert web.asked == [PAGE] * 2


def test_its_picture_is_served_by_us(ann: Visitor, web: Web) -> None:
    picture = f"/previews/picture?url={quote(PAGE, safe='')}"
    assert ann.get(picture).refusal == (404, "no_picture", None)  # nobody has looked yet
    ask(ann)
    answer = ann.send("GET", picture)
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/webp", IMAGE)
    again = ann.send("GET", picture, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_page_without_a_picture_says_so(ann: Visitor, web: Web) -> None:
    web.page = SeenPage(PageWords("Hi", "", "x", ""), None)
    assert ask(ann) == {**SHOWN, "description": "", "site": "x", "picture": False}
    assert ann.get(f"/previews/picture?url={quote(PAGE, safe='')}").status == 404


def test_a_page_in_the_clear_is_not_looked_at(ann: Visitor, web: Web) -> None:
    assert ask(ann, "http://news.example.org/") is None
    assert web.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "news.example.org",
        "ftp://x/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https://[",
        "https://x:99999/",
        "https://ann:secret@x/",
        "https://x/\u202e",
        "https://x/" + "a" * 2_048,
    ],
    ids=lambda url: url[:30],
)
def test_what_is_no_address_is_refused(ann: Visitor, web: Web, url: str) -> None:
    said = ann.get(f"/previews?url={quote(url, safe='')}")
    assert said.refusal == (400, "malformed_field", "url")
    assert web.asked == []


def test_only_who_is_signed_in_may_ask(site: Site, web: Web) -> None:
    assert site.visitor().get(f"/previews?url={quote(PAGE, safe='')}").refusal == (401, "not_signed_in", None)
    assert web.asked == []


def test_one_account_cannot_let_the_server_look_at_everything(make_site: Callable[..., Site], web: Web) -> None:
    from hongyan.limits import Limits

    throttle = limits.Throttle("previews", "2 per minute", limits.account)
    ann = make_site(limits=Limits(), throttles={"previews.show": (throttle,)}).member("ann")
    codes = [ann.get(f"/previews?url=https://x/{number}").status for number in range(3)]
    assert codes == [200, 200, 429]


def test_two_who_ask_at_once_let_the_server_look_once(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    entered, go_on = threading.Event(), threading.Event()
    inside: list[bool] = []

    def work() -> None:
        with previews._alone(PAGE) as is_free:
            inside.append(is_free)
            entered.set()
            go_on.wait(10)

    first = threading.Thread(target=work)
    first.start()
    assert entered.wait(10)
    monkeypatch.setattr(previews, "_WAIT_S", 0.0)
    with previews._alone(PAGE) as is_free:
        assert not is_free
    go_on.set()
    first.join()
    with previews._alone(PAGE) as is_free:
        assert is_free
    assert inside == [True]


def test_when_too_many_are_looked_at_the_next_one_is_told_nothing_and_may_ask_again(
    ann: Visitor, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "_slots", threading.BoundedSemaphore(1))
    with previews._slots:
        assert ask(ann) is None
    assert web.asked == []
    assert ask(ann) == SHOWN
