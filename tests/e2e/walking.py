"""A person who walks through the pages and reaches routes of the API by their controls."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from io import BytesIO
from typing import Final
from urllib.parse import urlsplit

from flask import Flask
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Response
from werkzeug.exceptions import HTTPException

from tests.e2e.browser import Person
from tests.e2e.controls import CONTROLS, name_rule
from tests.support.deployment import EmbeddedDeployment
from tests.support.people import PASSWORD, Participant


class Walk:
    """A person at a browser who reaches routes by their controls."""

    pressed: Final[set[str]] = set()  # the routes that were reached in this run

    def __init__(self, person: Person, app: Flask) -> None:
        self.person = person
        self._urls = app.url_map.bind("localhost")

    def press(
        self, *routes: str, act: Callable[[Locator], object] = Locator.click, inside: Locator | None = None
    ) -> None:
        """Press the control of the first route, its last part by `act`; each route is asked for and answered well."""
        *way, last = CONTROLS[routes[0]].split(" ")

        def go() -> None:
            places = [inside, *(None for _ in way)]  # only what opens the rest is in there
            for step, place in zip(way, places, strict=False):
                self.person.find(step, place).first.click()
            target = self.person.find(last, places[len(way)]).first
            target.wait_for(state="attached")
            act(target)

        self.expect(go, *routes)

    def open(self, address: str, *routes: str) -> None:
        """Open a page that asks by itself."""
        for route in routes:
            assert address.startswith(CONTROLS[route]), route
        self.expect(lambda: self.person.go(address), *routes)

    def download(self, route: str) -> None:
        """Press the control of a route whose answer is a file."""
        with self.person.page.expect_download() as download:
            self.person.find(CONTROLS[route]).first.click()
        assert self._rule("GET", download.value.url) == route
        assert download.value.failure() is None
        Walk.pressed.add(route)

    def expect(self, do: Callable[[], object], *routes: str) -> None:
        """Each of these routes is asked for by what is done, and not refused."""
        with ExitStack() as stack:
            listen = self.person.page.expect_response
            answers = [stack.enter_context(listen(partial(self._is, route))) for route in routes]
            do()
        for route, answer in zip(routes, answers, strict=True):
            assert answer.value.status < 400, (route, answer.value.status)
        Walk.pressed.update(routes)

    def _is(self, route: str, answer: Response) -> bool:
        return self._rule(answer.request.method, answer.request.url) == route

    def _rule(self, method: str, url: str) -> str:
        try:
            rule, _ = self._urls.match(urlsplit(url).path, method=method, return_rule=True)
        except HTTPException:  # not one of ours
            return ""
        return name_rule(method, rule.rule)


def goose() -> FilePayload:
    file = BytesIO()
    Image.new("RGB", (300, 200), "teal").save(file, "PNG")
    return {"name": "goose.png", "mimeType": "image/png", "buffer": file.getvalue()}


def give_goose(control: Locator) -> None:
    control.set_input_files(goose())


def choose(value: str) -> Callable[[Locator], object]:
    return lambda control: control.select_option(value)


def fill(text: str) -> Callable[[Locator], object]:
    return lambda control: control.fill(text)


def prove(walk: Walk, *routes: str, code: str = "") -> None:
    """Say the password once more, and a code where one is asked for."""
    walk.person.find("proof-password").fill(PASSWORD)
    if code:
        walk.person.find("prove").click()
        walk.person.find("proof-code").fill(code)
    walk.press(*routes)
    walk.person.find("proof").wait_for(state="detached")


def newest(person: Person, words: str) -> Locator:
    """The message with these words, under the pointer, where its menu is shown."""
    row = person.find("message").filter(has_text=words).last
    row.hover()
    return row


def put_picture(who: Participant, house: EmbeddedDeployment) -> None:
    """Give somebody a face."""
    headers = {"Authorization": f"Bearer {who.token}", "Content-Type": "image/png"}
    request = urllib.request.Request(f"{house.url}/api/v1/me/picture", goose()["buffer"], headers, method="PUT")
    urllib.request.urlopen(request, timeout=10).close()


def report(house: EmbeddedDeployment, who: Participant) -> None:
    """Somebody complains of ann."""
    headers = {"Authorization": f"Bearer {who.token}", "Content-Type": "application/json"}
    said = b'{"username": "ann", "text": "She sells geese."}'
    urllib.request.urlopen(urllib.request.Request(f"{house.url}/api/v1/reports", said, headers), timeout=10).close()
