"""What the pages weigh: the JavaScript of signing in, the first conversation and sending, as it is transferred."""

from __future__ import annotations

import re
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import Browser

from hongyan import Client
from tests.e2e.browser import Person
from tests.support.deployment import EmbeddedDeployment
from tests.support.people import PASSWORD, befriend, register

# 90 KB by either coding: over https and on localhost browsers ask for Brotli, on plain http in a LAN for gzip.
BUDGET_BYTES = 92_160


class Scale:
    """Weighs the scripts that a page loads, as they are transferred."""

    def __init__(self, person: Person, coding: str) -> None:
        self.scripts: dict[str, int] = {}
        cdp = person.context.new_cdp_session(person.page)
        cdp.on("Network.responseReceived", self._note)
        cdp.send("Network.enable")
        person.context.set_extra_http_headers({"Accept-Encoding": coding})

    def _note(self, event: dict[str, Any]) -> None:
        response = event["response"]
        if event["type"] == "Script" or response["url"].endswith(".js"):
            headers = {name.lower(): value for name, value in response["headers"].items()}
            self.scripts[response["url"].rsplit("/", 1)[-1]] = int(headers["content-length"])

    def report(self) -> str:
        """Every script, the heaviest first."""
        rows = sorted(self.scripts.items(), key=lambda item: -item[1])
        return "\n".join([f"{sum(self.scripts.values()):7} in all", *(f"{size:7} {name}" for name, size in rows)])


@pytest.mark.parametrize("coding", ["br", "gzip"])
@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_signing_in_reading_and_sending_load_at_most_90_kb_of_javascript(
    chromium: Browser, house: EmbeddedDeployment, locale: str, coding: str
) -> None:
    ann, bob = register(house.url, "ann", "Ann"), register(house.url, "bob", "小波")
    befriend(ann, bob)
    with Client(house.url, bob.token) as client:
        client.send("user/ann", "Good morning")
    person = Person(chromium, house.url, locale=locale)
    scale = Scale(person, coding)
    person.sign_in("ann", PASSWORD)
    person.open_conversation("user/bob")
    person.wait_for_text("Good morning")
    person.send("早安")
    person.wait_for_progress("早安", "sent")
    person.page.wait_for_load_state("networkidle")
    assert len(scale.scripts) > 1
    assert sum(scale.scripts.values()) <= BUDGET_BYTES, scale.report()
    assert person.problems == []
    person.close()


def test_both_files_of_the_start_are_asked_for_by_the_page_and_compiled_while_they_come(
    house: EmbeddedDeployment,
) -> None:
    def fetch(path: str) -> str:
        with urllib.request.urlopen(house.url + path, timeout=10) as answer:
            return str(answer.read().decode())

    files = re.findall(r'<link rel="modulepreload"[^>]* href="([^"]+)"', fetch("/"))
    assert [file.rsplit("/", 1)[-1] for file in files] == ["start.js", "chat.js"]
    for file in files:
        assert fetch(file).startswith("//# allFunctionsCalledOnLoad\n"), file
